/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_RECONCILE_ROWS_H
#define LOA_RECONCILE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/line_set.h"

struct app;
struct db;

/* What was planned to start in [from_us, to_us) on these lines, of it what was to be over by
 * over_by_us (INT64_MAX: all of it). */
struct reconcile_window {
    int64_t from_us;
    int64_t to_us;
    int64_t over_by_us;
    struct line_set lines;
};

/* What came of it. */
struct reconcile_outcome {
    int64_t missed_frames;  /* over all lines */
    int64_t frozen_till_us; /* of the window: beyond, no radio had made a plan */
};

/*
 * Hold the frozen plan of a database against its ledger. Prints each difference with its reason,
 * then the totals: planned = aired + cut + missed. The exit status.
 */
MUST_CHECK int reconcile_rows_print(struct app *app, struct db *db,
                                    const struct reconcile_window *window, bool as_json,
                                    struct reconcile_outcome *ret_outcome);

#endif
