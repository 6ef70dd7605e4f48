/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_LIBRARY_INT_H
#define MEDIA_LIBRARY_INT_H

#include <stdint.h>

#include "base/attr.h"

struct db;
struct fault;
struct library_decision;

/*
 * Inside the library: library.c reads, library_decide.c approves and withdraws,
 * library_edit.c makes versions of versions, library_paths.c knows where files lie. Private to
 * media.
 */

/* Add a step to the record of a row, in the transaction that makes it. reason NULL: none. */
MUST_CHECK int library_note_step(struct db *db, int64_t segment_id, int64_t at_us, const char *who,
                                 const char *act, const char *reason, struct fault *reterr);

/* Do `change` inside a transaction that keeps others from deciding meanwhile, with the decision's
 * reason as it is kept. */
typedef int library_change(struct db *db, const char *code, const struct library_decision *decision,
                           void *context, struct fault *reterr);
MUST_CHECK int library_decide(struct db *db, const char *code,
                              const struct library_decision *decision, library_change *change,
                              void *context, struct fault *reterr);

/* As library_approve(), inside library_decide(); without a context. */
library_change library_change_approve;

/* -ENOENT, with the sentence; -ENODATA, of files that were removed. */
int library_no_such_code(struct db *db, const char *code, struct fault *reterr);
int library_files_removed(struct db *db, const char *code, struct fault *reterr);

#endif
