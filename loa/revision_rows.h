/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_REVISION_ROWS_H
#define LOA_REVISION_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct app;

/*
 * Print how the frozen plan of [from, to) was changed: as JSON or as a table a row a change.
 * line: only what concerns that one; SIZE_MAX: all. Needs station; without a db there is
 * nothing. The exit status.
 */
MUST_CHECK int revision_rows_print(struct app *app, int64_t from_us, int64_t to_us, size_t line,
                                   bool as_json);

#endif
