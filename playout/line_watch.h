/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_LINE_WATCH_H
#define PLAYOUT_LINE_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/line_set.h"

struct fault;
struct ledger_writer;
struct outputs;
struct station;

/*
 * Sees to it that the ledger knows when a line's ways out carried nothing. An output that
 * knows the frame says so (outputs/output.h); of another it is what had been heard when
 * it was seen, at most one look later; of one that never worked, where the radio began.
 * What fails and is well again between two looks is not seen.
 *
 * Threads: the control thread.
 */
struct line_watch;

/* station is borrowed; the radio begins at start_frame. -ENOMEM. */
MUST_CHECK int line_watch_create(const struct station *station, int64_t start_frame,
                                 struct line_watch **ret_watch, struct fault *reterr);
struct line_watch *line_watch_destroy(struct line_watch *watch); /* NULL is a no-op; returns NULL */

/* Look at these lines. Take the outputs' faults before: they are the reasons. */
void line_watch_look(struct line_watch *watch, const struct outputs *outputs, struct line_set lines,
                     struct ledger_writer *writer);

#endif
