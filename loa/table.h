/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_TABLE_H
#define LOA_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;

/*
 * A listing for people: columns as wide as their widest text, counted in columns of
 * the screen (Vietnamese has more bytes than columns). Rows are kept until
 * table_print(); long texts in the last column are never cut.
 */
enum { TABLE_COLUMNS_MAX = 12 };

struct table {
    struct arena *arena; /* borrowed: cells are copied into it */
    const char *const *heads;
    size_t n_columns;
    unsigned right; /* bit i: column i is aligned to the right */
    const char **cells;
    size_t n_cells;
    size_t capacity;
    bool failed;
};

/* heads: n_columns N_() texts, borrowed. */
struct table table_make(struct arena *arena, const char *const *heads, size_t n_columns,
                        unsigned right);
/* The next cell, left to right, row by row. */
void table_cell(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same of a text that outlasts the table: it is not copied if it need not be. */
void table_text(struct table *table, const char *text);
/* A number, or an empty cell where it is not known. */
void table_real(struct table *table, bool is_known, int decimals, double value);
/* Print heads and rows to standard output; nothing at all without rows. -ENOMEM if a
 * cell was lost. */
MUST_CHECK int table_print(const struct table *table);

#endif
