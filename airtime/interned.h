/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_INTERNED_H
#define AIRTIME_INTERNED_H

#include <stddef.h>

#include "airtime/table.h"
#include "station/line_set.h"

/* The one copy of a set of lines in a table's arena, for n_lines lines: equal sets are
 * the same pointer. A set for fewer lines is filled up. NULL: out of memory. */
MUST_CHECK const struct line_set *interned_lines(struct table *table, struct line_set set,
                                                 size_t n_lines);

#endif
