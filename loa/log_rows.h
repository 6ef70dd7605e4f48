/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_LOG_ROWS_H
#define LOA_LOG_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct app;
struct db;

/*
 * Print the airings of [from, to) from a ledger (the station's or a rehearsal's): as JSON
 * a line for each line that carried one, as a table a row an airing. line_id: only that
 * line; NULL: all. The exit status.
 */
MUST_CHECK int log_rows_print(struct app *app, struct db *db, int64_t from_us, int64_t to_us,
                              const char *line_id, bool as_json);

#endif
