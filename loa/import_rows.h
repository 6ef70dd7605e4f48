/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_IMPORT_ROWS_H
#define LOA_IMPORT_ROWS_H

#include "loa/out.h"
#include "loa/table.h"

struct arena;
struct import_result;

/* What became of recordings, as `loa import` and `loa inbox` list it: a row each. */

/* One as JSON. */
void import_rows_json(struct out *out, const struct import_result *result);

struct table import_rows_table(struct arena *arena);
/* As JSON into `out` or as a row into the table, as the listing is. */
void import_rows_show(struct out *out, struct table *table, const struct import_result *result);

#endif
