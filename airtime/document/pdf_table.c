/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/document/format.h"
#include "airtime/document/pdf_int.h"

/* Tables: a grid with its head on every page. */

static const double PADDING = 3;
static const double RULE = 0.5;
static const double DEPTH_INDENT = 9;
static const double HEAD_GREY = 0.92;
enum { MANY_COLUMNS = 8, CELL_LINES_MAX = 8 };

struct grid {
    struct pdf_flow *flow;
    const struct document_table *table;
    double share;        /* of all columns together */
    double size;         /* of its text */
    double dense_height; /* of each row of a dense table; 0: another */
};

static double column_width(const struct grid *grid, size_t column)
{
    return PDF_WIDTH * grid->table->columns[column].share / grid->share;
}

static struct canvas_style cell_style(const struct grid *grid, size_t column, bool is_total)
{
    bool is_text = grid->table->columns[column].type == DOCUMENT_TEXT;
    return (struct canvas_style){.size = grid->size,
                                 .bold = is_total,
                                 .align = is_text ? CANVAS_LEFT : CANVAS_RIGHT,
                                 .max_lines = grid->table->is_dense ? 1 : CELL_LINES_MAX};
}

static double indent_of(const struct document_row *row, size_t column)
{
    return column == 0 ? row->depth * DEPTH_INDENT : 0;
}

static double row_height(const struct grid *grid, const struct document_row *row)
{
    char number[DOCUMENT_NUMBER_MAX];
    double height = 0;
    if (grid->dense_height > 0) {
        return grid->dense_height;
    }
    for (size_t i = 0; i < grid->table->n_columns; i++) {
        struct canvas_style style = cell_style(grid, i, row->is_total);
        const char *text = document_cell_text(grid->table->columns[i].type, &row->cells[i], number);
        double width = column_width(grid, i) - 2 * PADDING - indent_of(row, i);
        double needed = canvas_measure(grid->flow->canvas, text, &style, width).height;
        height = needed > height ? needed : height;
    }
    return height + 2 * PADDING;
}

static void frame(const struct grid *grid, double top, double height)
{
    struct canvas *canvas = grid->flow->canvas;
    double x = PDF_LEFT;
    for (size_t i = 0; i < grid->table->n_columns; i++) {
        canvas_rule(canvas, x, top, x, top + height, RULE);
        x += column_width(grid, i);
    }
    canvas_rule(canvas, x, top, x, top + height, RULE);
    canvas_rule(canvas, PDF_LEFT, top, x, top, RULE);
    canvas_rule(canvas, PDF_LEFT, top + height, x, top + height, RULE);
}

static struct canvas_style head_style(const struct grid *grid)
{
    return (struct canvas_style){.size = grid->size,
                                 .bold = true,
                                 .align = CANVAS_CENTRE,
                                 .max_lines = grid->table->is_dense ? 1 : CELL_LINES_MAX};
}

static double head_height(const struct grid *grid)
{
    struct canvas_style style = head_style(grid);
    double height = 0;
    for (size_t i = 0; i < grid->table->n_columns; i++) {
        double needed = canvas_measure(grid->flow->canvas, grid->table->columns[i].title, &style,
                                       column_width(grid, i) - 2 * PADDING)
                            .height;
        height = needed > height ? needed : height;
    }
    return height + 2 * PADDING;
}

static void draw_head(const struct grid *grid)
{
    struct pdf_flow *flow = grid->flow;
    struct canvas_style style = head_style(grid);
    double height = head_height(grid);
    double x = PDF_LEFT;
    canvas_fill(flow->canvas, PDF_LEFT, flow->y, PDF_WIDTH, height, HEAD_GREY);
    for (size_t i = 0; i < grid->table->n_columns; i++) {
        double width = column_width(grid, i) - 2 * PADDING;
        const char *title = grid->table->columns[i].title;
        double used = canvas_measure(flow->canvas, title, &style, width).height;
        canvas_text(flow->canvas, x + PADDING, flow->y + (height - used) / 2, width, title, &style);
        x += column_width(grid, i);
    }
    frame(grid, flow->y, height);
    flow->y += height;
}

static void draw_row(const struct grid *grid, const struct document_row *row, double height)
{
    char number[DOCUMENT_NUMBER_MAX];
    struct pdf_flow *flow = grid->flow;
    double x = PDF_LEFT;
    for (size_t i = 0; i < grid->table->n_columns; i++) {
        struct canvas_style style = cell_style(grid, i, row->is_total);
        const char *text = document_cell_text(grid->table->columns[i].type, &row->cells[i], number);
        double indent = indent_of(row, i);
        canvas_text(flow->canvas, x + PADDING + indent, flow->y + PADDING,
                    column_width(grid, i) - 2 * PADDING - indent, text, &style);
        x += column_width(grid, i);
    }
    frame(grid, flow->y, height);
    flow->y += height;
}

static void draw_caption(const struct grid *grid, double first_rows)
{
    struct pdf_flow *flow = grid->flow;
    const char *caption = grid->table->caption;
    struct canvas_style style = {.size = 12, .italic = true, .align = CANVAS_CENTRE};
    double height =
        caption ? canvas_measure(flow->canvas, caption, &style, PDF_WIDTH).height + PADDING : 0;
    pdf_make_room(flow, height + first_rows);
    if (caption) {
        canvas_text(flow->canvas, PDF_LEFT, flow->y, PDF_WIDTH, caption, &style);
        flow->y += height;
    }
}

void pdf_table(struct pdf_flow *flow, const struct document_table *table)
{
    struct grid grid = {.flow = flow, .table = table};
    for (size_t i = 0; i < table->n_columns; i++) {
        grid.share += table->columns[i].share;
    }
    grid.size = table->is_dense ? 9 : table->n_columns > MANY_COLUMNS ? 8 : 10.5;
    double first = table->n_rows ? row_height(&grid, &table->rows[0]) : 0;
    grid.dense_height = table->is_dense ? first : 0;
    draw_caption(&grid, head_height(&grid) + first);
    draw_head(&grid);
    for (size_t i = 0; i < table->n_rows; i++) {
        double height = row_height(&grid, &table->rows[i]);
        if (pdf_make_room(flow, height)) {
            draw_head(&grid);
        }
        draw_row(&grid, &table->rows[i], height);
    }
    flow->y += 3 * PADDING;
}
