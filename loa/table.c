/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/decimal.h"
#include "base/i18n.h"
#include "base/utf8.h"

struct table table_make(struct arena *arena, const char *const *heads, size_t n_columns,
                        unsigned right)
{
    return (struct table){.arena = arena, .heads = heads, .n_columns = n_columns, .right = right};
}

void table_cell(struct table *table, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c; c++) { /* one row is one line, whatever a title holds */
        if ((unsigned char)*c < 0x20) {
            *c = ' ';
        }
    }
    const char **cells = arena_grow(table->arena, (void *)table->cells, table->n_cells,
                                    &table->capacity, sizeof *cells);
    char *copy = cells ? arena_strdup(table->arena, text) : NULL;
    if (!copy) {
        table->failed = true;
        return;
    }
    table->cells = cells;
    cells[table->n_cells++] = copy;
}

void table_real(struct table *table, bool is_known, int decimals, double value)
{
    if (is_known) {
        char text[DECIMAL_MAX];
        table_cell(table, "%s", decimal_text(value, decimals, text));
    } else {
        table_cell(table, "%s", "");
    }
}

static void print_cell(const char *text, size_t width, bool right, bool last)
{
    size_t columns = utf8_columns(text);
    int padding = width > columns ? (int)(width - columns) : 0;
    if (right) {
        printf("%*s%s%s", padding, "", text, last ? "\n" : "  ");
    } else if (last) {
        printf("%s\n", text);
    } else {
        printf("%s%*s  ", text, padding, "");
    }
}

int table_print(const struct table *table)
{
    if (table->failed) {
        return -ENOMEM;
    }
    if (table->n_cells == 0 || table->n_columns == 0) {
        return 0;
    }
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    for (size_t c = 0; c < table->n_columns; c++) {
        widths[c] = utf8_columns(_(table->heads[c]));
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t columns = utf8_columns(table->cells[i]);
        size_t c = i % table->n_columns;
        widths[c] = columns > widths[c] ? columns : widths[c];
    }
    for (size_t c = 0; c < table->n_columns; c++) {
        print_cell(_(table->heads[c]), widths[c], table->right >> c & 1, c + 1 == table->n_columns);
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t c = i % table->n_columns;
        print_cell(table->cells[i], widths[c], table->right >> c & 1, c + 1 == table->n_columns);
    }
    return 0;
}
