/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "airtime/report.h"
#include "airtime/report_cells.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/zone.h"

enum { CELL_MAX = REPORT_CELL_MAX, GAP = 2 };

enum column {
    COLUMN_TITLE,
    COLUMN_TIME,
    COLUMN_FEATURES,
    COLUMN_ITEMS,
    COLUMN_FIRST_RUNS,
    COLUMN_REPEATS,
    COLUMN_LINES,
    COLUMN_QUOTA, /* topics only, as is the next */
    COLUMN_PERCENT,
    N_COLUMNS,
};

static const char *heading(enum column column, const char *first)
{
    switch (column) {
    case COLUMN_TITLE:
        return first;
    case COLUMN_TIME:
        return _("time");
    case COLUMN_FEATURES:
        return _("features");
    case COLUMN_ITEMS:
        return _("items");
    case COLUMN_FIRST_RUNS:
        return _("first runs");
    case COLUMN_REPEATS:
        return _("repeats");
    case COLUMN_LINES:
        return _("lines");
    case COLUMN_QUOTA:
        return _("quota");
    default:
        return _("reached");
    }
}

static void quota_text(const struct report_row *row, char out[static CELL_MAX])
{
    char minutes[CELL_MAX / 4] = "";
    char features[CELL_MAX / 4] = "";
    char items[CELL_MAX / 4] = "";
    if (row->quota_seconds) {
        /* Whole minutes, as nearly every quota is; else to the second. */
        if (row->quota_seconds % 60 == 0) {
            snprintf(minutes, sizeof minutes, _("%lld min"), (long long)row->quota_seconds / 60);
        } else {
            snprintf(minutes, sizeof minutes, _("%lld s"), (long long)row->quota_seconds);
        }
    }
    if (row->quota_features) {
        snprintf(features, sizeof features, _("%lld features"), (long long)row->quota_features);
    }
    if (row->quota_items) {
        snprintf(items, sizeof items, _("%lld items"), (long long)row->quota_items);
    }
    snprintf(out, CELL_MAX, "%s%s%s%s%s", minutes, minutes[0] && features[0] ? ", " : "", features,
             (minutes[0] || features[0]) && items[0] ? ", " : "", items);
}

void report_time_text(int64_t frames, char out[static REPORT_CELL_MAX])
{
    long long seconds = frames / AIR_RATE;
    snprintf(out, CELL_MAX, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/* A row's cell but its title. */
static void cell_text(const struct report_row *row, enum column column, char out[static CELL_MAX])
{
    const int64_t counts[N_COLUMNS] = {
        [COLUMN_FEATURES] = row->features,      [COLUMN_ITEMS] = row->items,
        [COLUMN_FIRST_RUNS] = row->first_runs,  [COLUMN_REPEATS] = row->repeats,
        [COLUMN_LINES] = (int64_t)row->n_lines,
    };
    out[0] = '\0';
    if (column == COLUMN_TIME) {
        report_time_text(row->frames, out);
    } else if (column == COLUMN_QUOTA) {
        quota_text(row, out);
    } else if (column == COLUMN_PERCENT) {
        if (!isnan(row->percent)) {
            snprintf(out, CELL_MAX, "%3.0f %%%s%s", floor(row->percent), row->lagging ? ": " : "",
                     row->lagging ? _(row->lagging) : "");
        }
    } else {
        snprintf(out, CELL_MAX, "%lld", (long long)counts[column]);
    }
}

struct layout {
    size_t widths[N_COLUMNS];
    size_t n_columns;
};

static void widen(size_t *width, size_t columns)
{
    *width = columns > *width ? columns : *width;
}

static void measure(struct layout *layout, const struct report_row *row)
{
    char cell[CELL_MAX];
    widen(&layout->widths[COLUMN_TITLE], (size_t)row->depth * 2 + utf8_columns(row->title));
    for (enum column column = COLUMN_TIME; column < layout->n_columns; column++) {
        cell_text(row, column, cell);
        widen(&layout->widths[column], utf8_columns(cell));
    }
}

static void pad(struct strbuf *out, size_t used, size_t width)
{
    strbuf_printf(out, "%*s", width > used ? (int)(width - used) : 0, "");
}

/* Titles, quotas and what is reached begin at the left of their column, other numbers end at its
 * right; a line has no blanks at its end. */
static void write_cell(struct strbuf *out, const struct layout *layout, enum column column,
                       const char *text)
{
    size_t used = utf8_columns(text);
    bool at_left = column == COLUMN_TITLE || column >= COLUMN_QUOTA;
    if (column > COLUMN_TITLE) {
        pad(out, 0, GAP);
    }
    if (!at_left) {
        pad(out, used, layout->widths[column]);
    }
    strbuf_add(out, text);
    if (at_left && column + 1 < layout->n_columns) {
        pad(out, used, layout->widths[column]);
    }
}

static void trim_line(struct strbuf *out)
{
    while (out->n > 0 && out->text[out->n - 1] == ' ') {
        out->text[--out->n] = '\0';
    }
    strbuf_add(out, "\n");
}

static void write_row(struct strbuf *out, const struct layout *layout, const struct report_row *row)
{
    char cell[CELL_MAX];
    size_t indent = (size_t)row->depth * 2;
    pad(out, 0, indent);
    strbuf_add(out, row->title);
    pad(out, indent + utf8_columns(row->title), layout->widths[COLUMN_TITLE]);
    for (enum column column = COLUMN_TIME; column < layout->n_columns; column++) {
        cell_text(row, column, cell);
        write_cell(out, layout, column, cell);
    }
    trim_line(out);
}

/* A section of rows, then one more unless NULL. */
static void write_section(struct strbuf *out, const char *first_heading, size_t n_columns,
                          const struct report_rows *rows, const struct report_row *total)
{
    struct layout layout = {.n_columns = n_columns};
    for (enum column column = COLUMN_TITLE; column < n_columns; column++) {
        layout.widths[column] = utf8_columns(heading(column, first_heading));
    }
    for (size_t i = 0; i < rows->n; i++) {
        measure(&layout, &rows->items[i]);
    }
    if (total) {
        measure(&layout, total);
    }
    strbuf_add(out, "\n");
    for (enum column column = COLUMN_TITLE; column < n_columns; column++) {
        write_cell(out, &layout, column, heading(column, first_heading));
    }
    trim_line(out);
    for (size_t i = 0; i < rows->n; i++) {
        write_row(out, &layout, &rows->items[i]);
    }
    if (total) {
        write_row(out, &layout, total);
    }
}

static bool is_midnight(int64_t us)
{
    char time[ZONE_INSTANT_MAX];
    zone_format_time(us, time);
    return us % 1000000 == 0 && time[0] == '0' && time[1] == '0' && time[3] == '0' &&
           time[4] == '0' && time[6] == '0' && time[7] == '0';
}

/* Whole days are said as days, the last one included. */
static void write_period(const struct report *report, struct strbuf *out)
{
    char from[ZONE_INSTANT_MAX];
    char until[ZONE_INSTANT_MAX];
    if (is_midnight(report->from_us) && is_midnight(report->to_us)) {
        zone_format_date(report->from_us, from);
        zone_format_date(report->to_us - 1, until);
        strbuf_printf(out, _("Airtime from %s to the end of %s\n"), from, until);
    } else {
        zone_format_instant(report->from_us, from);
        zone_format_instant(report->to_us, until);
        strbuf_printf(out, _("Airtime from %s until %s\n"), from, until);
    }
}

void report_write_head(const struct report *report, struct strbuf *out)
{
    strbuf_printf(out, "%s\n", report->station_title);
    write_period(report, out);
    strbuf_printf(out, _("Items that aired, whole or not: %lld\n"), (long long)report->n_airings);
}

void report_write_text(const struct report *report, struct strbuf *out)
{
    report_write_head(report, out);
    write_section(out, _("topic"), N_COLUMNS, &report->topics, &report->total);
    if (report->tags.n) {
        write_section(out, _("tag"), COLUMN_QUOTA, &report->tags, NULL);
    }
    write_section(out, _("kind"), COLUMN_QUOTA, &report->kinds, NULL);
}
