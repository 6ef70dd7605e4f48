/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_LIBRARY_INT_H
#define MEDIA_LIBRARY_INT_H

#include <stdint.h>

#include "base/attr.h"

struct db;
struct fault;

/*
 * Inside the library: library.c reads, library_decide.c approves and withdraws,
 * library_paths.c knows where files lie. Private to media.
 */

/* Add a step to the record of a row, in the transaction that makes it. reason NULL: none. */
MUST_CHECK int library_note_step(struct db *db, int64_t segment_id, int64_t at_us, const char *who,
                                 const char *act, const char *reason, struct fault *reterr);

/* -ENOENT, with the sentence. */
int library_no_such_code(struct db *db, const char *code, struct fault *reterr);

#endif
