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

/* One row is one line, whatever a title holds. */
static bool is_control(char c)
{
    return (unsigned char)c < 0x20;
}

static void put_cell(struct table *table, const char *text)
{
    const char **cells = arena_grow(table->arena, (void *)table->cells, table->n_cells,
                                    &table->capacity, sizeof *cells);
    if (!cells || !text) {
        table->failed = true;
        return;
    }
    table->cells = cells;
    cells[table->n_cells++] = text;
}

void table_text(struct table *table, const char *text)
{
    const char *c = text;
    while (*c && !is_control(*c)) {
        c++;
    }
    if (*c) {
        table_cell(table, "%s", text);
    } else {
        put_cell(table, text);
    }
}

void table_cell(struct table *table, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c; c++) {
        if (is_control(*c)) {
            *c = ' ';
        }
    }
    put_cell(table, arena_strdup(table->arena, text));
}

void table_real(struct table *table, bool is_known, int decimals, double value)
{
    if (is_known) {
        char text[DECIMAL_MAX];
        put_cell(table, arena_strdup(table->arena, decimal_text(value, decimals, text)));
    } else {
        table_text(table, "");
    }
}

static void print_spaces(size_t n)
{
    static const char spaces[] = "                                ";
    for (; n >= sizeof spaces; n -= sizeof spaces - 1) {
        fputs_unlocked(spaces, stdout);
    }
    fputs_unlocked(&spaces[sizeof spaces - 1 - n], stdout);
}

static void print_cell(const char *text, size_t width, bool right, bool last)
{
    size_t columns = right || !last ? utf8_columns(text) : 0;
    size_t padding = width > columns ? width - columns : 0;
    if (right) {
        print_spaces(padding);
    }
    fputs_unlocked(text, stdout);
    if (!right && !last) {
        print_spaces(padding);
    }
    fputs_unlocked(last ? "\n" : "  ", stdout);
}

/* The translation of nothing is the header of all translations. */
static const char *head_text(const char *head)
{
    return *head ? _(head) : "";
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
    bool needs_width = table->right >> (table->n_columns - 1) & 1; /* of the last column */
    for (size_t c = 0; c < table->n_columns; c++) {
        widths[c] = utf8_columns(head_text(table->heads[c]));
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t c = i % table->n_columns;
        size_t columns =
            c + 1 < table->n_columns || needs_width ? utf8_columns(table->cells[i]) : 0;
        widths[c] = columns > widths[c] ? columns : widths[c];
    }
    for (size_t c = 0; c < table->n_columns; c++) {
        print_cell(head_text(table->heads[c]), widths[c], table->right >> c & 1,
                   c + 1 == table->n_columns);
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t c = i % table->n_columns;
        print_cell(table->cells[i], widths[c], table->right >> c & 1, c + 1 == table->n_columns);
    }
    return 0;
}
