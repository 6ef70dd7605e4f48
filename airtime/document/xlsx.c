/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/document/xlsx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "airtime/document/format.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "station/station.h"

enum {
    CELL_BYTES_MAX = 32000, /* a cell holds 32,767 characters */
    ROWS_MAX = LXW_ROW_MAX - 1,
    N_TYPES = DOCUMENT_INSTANT + 1,
    DEPTHS = 8,
    PAPER_A4 = 9,
};

/* A workbook in the making. Formats are its own and made when they are first used. */
struct book {
    lxw_workbook *workbook;
    lxw_format *head;
    lxw_format *title;
    lxw_format *wrapped;
    lxw_format *numbers[N_TYPES][2]; /* [1]: of a total */
    lxw_format *texts[DEPTHS][2];
    lxw_error error; /* the first */
    char cell[CELL_BYTES_MAX + 8];
};

static void note(struct book *book, lxw_error error)
{
    if (book->error == LXW_NO_ERROR) {
        book->error = error;
    }
}

/* ---- cells */

/* As a cell can hold it, in the book's own memory until the next call. */
static const char *clean(struct book *book, const char *text)
{
    size_t n = 0;
    while (*text && n < CELL_BYTES_MAX) {
        size_t bytes = utf8_char_bytes(text);
        if (bytes == 0 || (unsigned char)*text < ' ') {
            memcpy(book->cell + n, "\xef\xbf\xbd", 3);
            n += 3;
            text++;
        } else {
            memcpy(book->cell + n, text, bytes);
            n += bytes;
            text += bytes;
        }
    }
    book->cell[n] = '\0';
    return book->cell;
}

static const char *number_format(enum document_type type)
{
    switch (type) {
    case DOCUMENT_COUNT:
        return "#,##0";
    case DOCUMENT_SECONDS:
        return "[h]:mm:ss";
    case DOCUMENT_MINUTES:
        return "#,##0.0";
    case DOCUMENT_PERCENT:
        return "0.0%";
    case DOCUMENT_INSTANT:
        return _("yyyy-mm-dd hh:mm:ss");
    case DOCUMENT_TEXT:
        break;
    }
    return "General";
}

static lxw_format *number_style(struct book *book, enum document_type type, bool is_total)
{
    lxw_format **format = &book->numbers[type][is_total];
    if (!*format) {
        *format = workbook_add_format(book->workbook);
        format_set_num_format(*format, number_format(type));
        if (is_total) {
            format_set_bold(*format);
        }
    }
    return *format;
}

static lxw_format *text_style(struct book *book, int depth, bool is_total)
{
    lxw_format **format = &book->texts[depth < DEPTHS ? depth : DEPTHS - 1][is_total];
    if (!*format) {
        *format = workbook_add_format(book->workbook);
        format_set_indent(*format, (uint8_t)(depth < DEPTHS ? depth : DEPTHS - 1));
        if (is_total) {
            format_set_bold(*format);
        }
    }
    return *format;
}

static lxw_error write_number(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column,
                              enum document_type type, int64_t value, lxw_format *format)
{
    struct civil civil;
    switch (type) {
    case DOCUMENT_SECONDS:
        return worksheet_write_number(sheet, row, column, (double)value / 86400, format);
    case DOCUMENT_MINUTES:
        return worksheet_write_number(sheet, row, column, (double)value / 60, format);
    case DOCUMENT_PERCENT:
        return worksheet_write_number(sheet, row, column, (double)value / 1000, format);
    case DOCUMENT_INSTANT:
        zone_to_civil(value, &civil);
        return worksheet_write_datetime(sheet, row, column,
                                        &(lxw_datetime){.year = civil.year,
                                                        .month = civil.month,
                                                        .day = civil.day,
                                                        .hour = civil.hour,
                                                        .min = civil.minute,
                                                        .sec = civil.second},
                                        format);
    case DOCUMENT_COUNT:
    case DOCUMENT_TEXT:
        break;
    }
    return worksheet_write_number(sheet, row, column, (double)value, format);
}

/* ---- sheets */

static lxw_worksheet *add_sheet(struct book *book, const char *name)
{
    lxw_worksheet *sheet = workbook_add_worksheet(book->workbook, name);
    if (!sheet) {
        note(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return NULL;
    }
    worksheet_set_paper(sheet, PAPER_A4);
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, 0);
    return sheet;
}

static void write_row(struct book *book, lxw_worksheet *sheet, lxw_row_t at,
                      const struct document_table *table, const struct document_row *row)
{
    for (lxw_col_t i = 0; i < table->n_columns; i++) {
        enum document_type type = table->columns[i].type;
        const struct document_cell *cell = &row->cells[i];
        if (type == DOCUMENT_TEXT && cell->text) {
            note(book,
                 worksheet_write_string(sheet, at, i, clean(book, cell->text),
                                        text_style(book, i == 0 ? row->depth : 0, row->is_total)));
        } else if (type != DOCUMENT_TEXT && cell->has_value) {
            note(book, write_number(sheet, at, i, type, cell->value,
                                    number_style(book, type, row->is_total)));
        }
    }
}

static void table_sheet(struct book *book, const struct document_table *table)
{
    static const double narrowest = 9;
    lxw_worksheet *sheet = add_sheet(book, table->name);
    double shares = 0;
    for (size_t i = 0; i < table->n_columns; i++) {
        shares += table->columns[i].share;
    }
    for (lxw_col_t i = 0; sheet && i < table->n_columns; i++) {
        double width = 120 * table->columns[i].share / shares;
        worksheet_set_column(sheet, i, i, width > narrowest ? width : narrowest, NULL);
        note(book,
             worksheet_write_string(sheet, 0, i, clean(book, table->columns[i].title), book->head));
    }
    if (!sheet) {
        return;
    }
    worksheet_freeze_panes(sheet, 1, 1);
    worksheet_repeat_rows(sheet, 0, 0);
    worksheet_autofilter(sheet, 0, 0, (lxw_row_t)table->n_rows, (lxw_col_t)(table->n_columns - 1));
    for (size_t i = 0; i < table->n_rows; i++) {
        write_row(book, sheet, (lxw_row_t)(i + 1), table, &table->rows[i]);
    }
}

static void bars_sheet(struct book *book, const struct document_bars *bars)
{
    lxw_worksheet *sheet = add_sheet(book, bars->name);
    lxw_row_t last = (lxw_row_t)bars->n_bars;
    if (!sheet) {
        return;
    }
    worksheet_set_column(sheet, 0, 0, 50, NULL);
    worksheet_set_column(sheet, 1, 2, 18, NULL);
    note(book, worksheet_write_string(sheet, 0, 0, bars->caption ? bars->caption : bars->name,
                                      book->head));
    for (lxw_row_t i = 0; i < last; i++) {
        const struct document_bar *bar = &bars->bars[i];
        note(book, worksheet_write_string(sheet, i + 1, 0, clean(book, bar->label), NULL));
        note(book, write_number(sheet, i + 1, 1, DOCUMENT_PERCENT, bar->percent,
                                number_style(book, DOCUMENT_PERCENT, false)));
        note(book, worksheet_write_string(sheet, i + 1, 2, clean(book, bar->text), NULL));
    }
    lxw_chart *chart = workbook_add_chart(book->workbook, LXW_CHART_BAR);
    lxw_chart_series *series = chart ? chart_add_series(chart, NULL, NULL) : NULL;
    if (!series) {
        note(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    chart_series_set_categories(series, bars->name, 1, 0, last, 0);
    chart_series_set_values(series, bars->name, 1, 1, last, 1);
    chart_title_set_name(chart, bars->name);
    chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    chart_axis_set_reverse(chart->y_axis); /* the first stands on top, as in the table */
    chart_axis_set_min(chart->x_axis, 0);
    chart_axis_set_num_format(chart->x_axis, "0%");
    lxw_chart_options size = {.x_scale = 1.6, .y_scale = 0.6 + (double)last / 14};
    note(book, worksheet_insert_chart_opt(sheet, last + 2, 0, chart, &size));
}

/* Its paragraphs and headings; tables have sheets of their own. */
static void letter_sheet(struct book *book, const struct document *document)
{
    char text[DOCUMENT_HEAD_MAX];
    lxw_worksheet *sheet = add_sheet(book, _("Report"));
    if (!sheet) {
        return;
    }
    lxw_row_t row = 0;
    worksheet_set_column(sheet, 0, 0, 110, NULL);
    const char *heads[] = {document->letterhead->superior, document->letterhead->issuer,
                           document->type, document->abstract};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        if (heads[i]) {
            note(book, worksheet_write_string(sheet, row++, 0, clean(book, heads[i]), book->title));
        }
    }
    document_number_text(document, text);
    note(book, worksheet_write_string(sheet, row++, 0, clean(book, text), NULL));
    document_date_text(document, text);
    note(book, worksheet_write_string(sheet, row++, 0, clean(book, text), NULL));
    for (size_t i = 0; i < document->body.n; i++) {
        const struct document_block *block = &document->body.items[i];
        if (block->kind == DOCUMENT_PARAGRAPH) {
            note(book,
                 worksheet_write_string(sheet, ++row, 0, clean(book, block->text), book->wrapped));
        }
    }
    if (document->foot) {
        note(book,
             worksheet_write_string(sheet, row + 2, 0, clean(book, document->foot), book->wrapped));
    }
}

static void block_sheets(struct book *book, const struct document_blocks *blocks)
{
    for (size_t i = 0; i < blocks->n; i++) {
        const struct document_block *block = &blocks->items[i];
        if (block->kind == DOCUMENT_TABLE) {
            table_sheet(book, &block->table);
        } else if (block->kind == DOCUMENT_BARS) {
            bars_sheet(book, &block->bars);
        }
    }
}

static void begin(struct book *book, const struct document *document)
{
    char title[DOCUMENT_HEAD_MAX];
    char author[DOCUMENT_HEAD_MAX];
    snprintf(title, sizeof title, "%.240s", clean(book, document->abstract));
    snprintf(author, sizeof author, "%.240s", clean(book, document->letterhead->issuer));
    lxw_doc_properties facts = {.title = title,
                                .author = author,
                                .created = (time_t)(document->made_us / 1000000)};
    note(book, workbook_set_properties(book->workbook, &facts));
    book->head = workbook_add_format(book->workbook);
    format_set_bold(book->head);
    format_set_text_wrap(book->head);
    format_set_align(book->head, LXW_ALIGN_VERTICAL_CENTER);
    format_set_bg_color(book->head, 0xEBEBEB);
    format_set_border(book->head, LXW_BORDER_THIN);
    book->title = workbook_add_format(book->workbook);
    format_set_bold(book->title);
    book->wrapped = workbook_add_format(book->workbook);
    format_set_text_wrap(book->wrapped);
}

/* ---- the file */

static const char *rows_too_many(const struct document_blocks *blocks)
{
    for (size_t i = 0; i < blocks->n; i++) {
        if (blocks->items[i].kind == DOCUMENT_TABLE && blocks->items[i].table.n_rows > ROWS_MAX) {
            return blocks->items[i].table.name;
        }
    }
    return NULL;
}

/* On disk before it takes the place of what was there. */
static int take_place(const char *made, const char *path)
{
    int fd = open(made, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 || fsync(fd) < 0 ? -errno : 0;
    if (fd >= 0) {
        close(fd);
    }
    if (r == 0 && rename(made, path) < 0) {
        r = -errno;
    }
    return r;
}

static int fail(const char *path, int err, struct fault *reterr)
{
    return fault_set(reterr, err, path, 0, _("cannot be written: %s"), errno_text(err));
}

int document_write_xlsx(const struct document *document, const char *path, struct fault *reterr)
{
    char made[PATHS_MAX];
    struct book book = {0};
    const char *large = rows_too_many(&document->annex);
    if (large) {
        return fault_set(reterr, EFBIG, path, 0,
                         _("\"%s\" has more than %d rows, which no sheet holds; take a shorter "
                           "period, or --annex none"),
                         large, ROWS_MAX);
    }
    int n = snprintf(made, sizeof made, "%s.part", path);
    if (n < 0 || (size_t)n >= sizeof made) {
        return fail(path, ENAMETOOLONG, reterr);
    }
    int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666); /* can it be written? */
    if (fd < 0) {
        return fail(path, errno, reterr);
    }
    close(fd);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    book.workbook = workbook_new_opt(made, &options);
    if (!book.workbook) {
        unlink(made);
        return fail(path, ENOMEM, reterr);
    }
    begin(&book, document);
    letter_sheet(&book, document);
    block_sheets(&book, &document->body);
    block_sheets(&book, &document->annex);
    errno = 0;
    note(&book, workbook_close(book.workbook));
    int r = book.error == LXW_NO_ERROR ? take_place(made, path) : -(errno ? errno : EIO);
    if (r < 0) {
        unlink(made);
        return fail(path, -r, reterr);
    }
    return 0;
}
