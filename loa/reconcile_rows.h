/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_RECONCILE_ROWS_H
#define LOA_RECONCILE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/line_set.h"

struct app;
struct db;

/*
 * Hold the frozen plan of a database against its ledger: what was planned to start in
 * [from, to) on these lines. Prints each difference with its reason, then the totals:
 * planned = aired + cut + missed. The exit status.
 */
MUST_CHECK int reconcile_rows_print(struct app *app, struct db *db, struct line_set lines,
                                    int64_t from_us, int64_t to_us, bool as_json);

#endif
