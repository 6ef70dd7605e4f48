/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_RECONCILE_H
#define AIRTIME_RECONCILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/line_set.h"

struct arena;
struct db;
struct fault;
struct station;

/*
 * Reconciliation: what was planned against what was heard. For every planned piece and
 * every line of it, to the frame:
 *
 *     planned = aired + cut + missed
 *
 * aired   frames that the mixer gave to the line under this piece's key, fallbacks aside, while
 *         its way out carried them
 * cut     frames after an end that somebody decided: cut, preempted or stopped
 * missed  all others: nothing was on air, it began late, it failed, the radio crashed, or the
 *         line's way out failed
 *
 * Units   frames of 48 kHz. Totals count a frame once a line.
 */

/* A piece of the plan, as scheduler/plan.h has it. Borrowed for the call, and its texts
 * and lines as long as the result. */
struct reconcile_planned {
    const char *slot_uid;
    int64_t slot_recurrence_us;
    int position;
    int piece;
    int64_t start_frame;
    int64_t n_frames;   /* 0: refused or unfilled */
    const char *reason; /* why, where n_frames is 0 */
    struct line_set lines;
};

/* Lines of a piece that fared alike. */
struct reconcile_row {
    const struct reconcile_planned *planned;
    struct line_set lines;
    int64_t planned_frames; /* each of them a line */
    int64_t aired_frames;
    int64_t cut_frames;
    int64_t missed_frames;
    /* "" when all of it aired; else why not: a sentence, or several with "; " between, what took
     * most of it away first. */
    const char *reason;
};

struct reconcile {
    const struct reconcile_row *rows; /* in the order of the pieces, then by first line */
    size_t n_rows;
    int64_t planned_frames;
    int64_t aired_frames;
    int64_t cut_frames;
    int64_t missed_frames;
};

/* In the arena. A piece without lines has no row; no two pieces have the same key. Airings that are
 * not over count as far as the playhead. -ENOMEM, or the database's errno. */
MUST_CHECK int reconcile_make(struct db *db, const struct station *station,
                              const struct reconcile_planned *planned, size_t n_planned,
                              struct arena *arena, struct reconcile *ret_reconcile,
                              struct fault *reterr);

#endif
