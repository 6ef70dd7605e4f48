/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "airtime/report.h"
#include "airtime/report_cells.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/zone.h"

/*
 * The report divided: a line for each row and month, or for each zone and topic. JSON and CSV have
 * the same fields, so each is said once.
 */
enum field_type { FIELD_TEXT, FIELD_COUNT, FIELD_TIME, FIELD_INSTANT };

struct field {
    const char *key;
    enum field_type type;
    const char *text; /* of FIELD_TEXT; NULL: none */
    int64_t value;    /* of the others; of FIELD_TIME in frames */
};

/* One line of the output; `context` is the writer's. */
typedef void (*line_writer)(struct strbuf *out, const struct field *fields, size_t n);

static void write_json_line(struct strbuf *out, const struct field *fields, size_t n)
{
    struct json json = json_begin(out);
    json_open(&json, NULL, '{');
    for (size_t i = 0; i < n; i++) {
        const struct field *field = &fields[i];
        switch (field->type) {
        case FIELD_TEXT:
            json_text(&json, field->key, field->text);
            break;
        case FIELD_COUNT:
            json_int(&json, field->key, field->value);
            break;
        case FIELD_TIME:
            json_real(&json, field->key, frames_to_seconds(field->value), 3);
            break;
        case FIELD_INSTANT:
            json_instant(&json, field->key, field->value);
            break;
        }
    }
    json_close(&json, '}');
    strbuf_add(out, "\n");
}

static void write_csv_field(struct strbuf *out, const struct field *field)
{
    char instant[ZONE_INSTANT_MAX];
    switch (field->type) {
    case FIELD_TEXT:
        report_csv_text(out, field->text ? field->text : "");
        break;
    case FIELD_COUNT:
        strbuf_printf(out, "%lld", (long long)field->value);
        break;
    case FIELD_TIME:
        report_csv_seconds(out, field->value);
        break;
    case FIELD_INSTANT:
        zone_format_instant(field->value, instant);
        strbuf_add(out, instant);
        break;
    }
}

static void write_csv_line(struct strbuf *out, const struct field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        strbuf_add(out, i ? "," : "");
        write_csv_field(out, &fields[i]);
    }
    strbuf_add(out, "\r\n");
}

static void write_csv_head(struct strbuf *out, const struct field *fields, size_t n)
{
    strbuf_add(out, REPORT_BYTE_ORDER_MARK);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(out, "%s%s", i ? "," : "", fields[i].key);
    }
    strbuf_add(out, "\r\n");
}

/* ---- by month */

/* Whose months: what it is, and by which ids. */
struct subject {
    const char *row; /* "topic" … */
    const char *topic;
    const char *tag;
    const char *kind;
    const char *zone;
    const char *title;
};

enum { N_MONTH_FIELDS = 14 };

static void month_fields(const struct subject *subject, const struct report_month *month,
                         const struct report_part *part, struct field fields[static N_MONTH_FIELDS])
{
    const struct field all[N_MONTH_FIELDS] = {
        {"row", FIELD_TEXT, subject->row, 0},
        {"topic", FIELD_TEXT, subject->topic, 0},
        {"tag", FIELD_TEXT, subject->tag, 0},
        {"kind", FIELD_TEXT, subject->kind, 0},
        {"zone", FIELD_TEXT, subject->zone, 0},
        {"title", FIELD_TEXT, subject->title, 0},
        {"month", FIELD_TEXT, month->name, 0},
        {"from", FIELD_INSTANT, NULL, month->from_us},
        {"to", FIELD_INSTANT, NULL, month->to_us},
        {"seconds", FIELD_TIME, NULL, part->frames},
        {"features", FIELD_COUNT, NULL, part->features},
        {"items", FIELD_COUNT, NULL, part->items},
        {"first_runs", FIELD_COUNT, NULL, part->first_runs},
        {"repeats", FIELD_COUNT, NULL, part->repeats},
    };
    memcpy(fields, all, sizeof all);
}

static void write_months_of(const struct report *report, struct strbuf *out, line_writer write,
                            const struct subject *subject, const struct report_row *row)
{
    struct field fields[N_MONTH_FIELDS];
    for (size_t i = 0; i < report->n_months; i++) {
        month_fields(subject, &report->months[i], &row->months[i], fields);
        write(out, fields, N_MONTH_FIELDS);
    }
}

static void write_months(const struct report *report, struct strbuf *out, line_writer write)
{
    for (size_t i = 0; i < report->topics.n; i++) {
        const struct report_row *row = &report->topics.items[i];
        struct subject subject = {.row = "topic", .topic = row->id, .title = row->title};
        write_months_of(report, out, write, &subject, row);
        for (size_t k = 0; k < row->parts.n; k++) {
            const struct report_row *kind = &row->parts.items[k];
            subject = (struct subject){.row = "topic-kind",
                                       .topic = row->id,
                                       .kind = kind->id,
                                       .title = kind->title};
            write_months_of(report, out, write, &subject, kind);
        }
    }
    for (size_t i = 0; i < report->tags.n; i++) {
        const struct report_row *row = &report->tags.items[i];
        struct subject subject = {.row = "tag", .tag = row->id, .title = row->title};
        write_months_of(report, out, write, &subject, row);
    }
    for (size_t i = 0; i < report->kinds.n; i++) {
        const struct report_row *row = &report->kinds.items[i];
        struct subject subject = {.row = "kind", .kind = row->id, .title = row->title};
        write_months_of(report, out, write, &subject, row);
    }
    struct subject total = {.row = "total", .title = report->total.title};
    write_months_of(report, out, write, &total, &report->total);
}

void report_write_months_json(const struct report *report, struct strbuf *out)
{
    write_months(report, out, write_json_line);
}

void report_write_months_csv(const struct report *report, struct strbuf *out)
{
    struct field fields[N_MONTH_FIELDS];
    month_fields(&(struct subject){0}, &(struct report_month){0}, &(struct report_part){0}, fields);
    write_csv_head(out, fields, N_MONTH_FIELDS);
    write_months(report, out, write_csv_line);
}

/* ---- by zone */

enum { N_ZONE_FIELDS = 7 };

static void zone_fields(const struct report_row *zone, const struct report_row *topic,
                        struct field fields[static N_ZONE_FIELDS])
{
    const struct report_row *row = topic ? topic : zone;
    const struct field all[N_ZONE_FIELDS] = {
        {"row", FIELD_TEXT, topic ? "zone-topic" : "zone", 0},
        {"zone", FIELD_TEXT, zone->id, 0},
        {"topic", FIELD_TEXT, topic ? topic->id : NULL, 0},
        {"title", FIELD_TEXT, row->title, 0},
        {"seconds", FIELD_TIME, NULL, row->frames},
        {"lines", FIELD_COUNT, NULL, (int64_t)row->n_lines},
        {"lines_all", FIELD_COUNT, NULL, (int64_t)row->n_lines_all},
    };
    memcpy(fields, all, sizeof all);
}

static void write_zones(const struct report *report, struct strbuf *out, line_writer write)
{
    struct field fields[N_ZONE_FIELDS];
    for (size_t i = 0; i < report->zones.n; i++) {
        const struct report_row *zone = &report->zones.items[i];
        zone_fields(zone, NULL, fields);
        write(out, fields, N_ZONE_FIELDS);
        for (size_t t = 0; t < zone->parts.n; t++) {
            zone_fields(zone, &zone->parts.items[t], fields);
            write(out, fields, N_ZONE_FIELDS);
        }
    }
}

void report_write_zones_json(const struct report *report, struct strbuf *out)
{
    write_zones(report, out, write_json_line);
}

void report_write_zones_csv(const struct report *report, struct strbuf *out)
{
    struct field fields[N_ZONE_FIELDS];
    zone_fields(&(struct report_row){0}, NULL, fields);
    write_csv_head(out, fields, N_ZONE_FIELDS);
    write_zones(report, out, write_csv_line);
}

/* ---- as text */

enum { INDENT = 2, GAP = 2 };

static size_t widest_title(const struct report_rows *rows, size_t at_least)
{
    size_t widest = at_least;
    for (size_t i = 0; i < rows->n; i++) {
        const struct report_row *row = &rows->items[i];
        size_t columns = (size_t)row->depth * INDENT + utf8_columns(row->title);
        widest = columns > widest ? columns : widest;
        size_t below = widest_title(&row->parts, 0) + ((size_t)row->depth + 2) * INDENT;
        widest = row->parts.n && below > widest ? below : widest;
    }
    return widest;
}

static void write_title(struct strbuf *out, size_t indent, const char *title, size_t width)
{
    size_t used = indent + utf8_columns(title);
    strbuf_printf(out, "%*s%s%*s", (int)indent, "", title, width > used ? (int)(width - used) : 0,
                  "");
}

static void write_right(struct strbuf *out, const char *text, size_t width)
{
    size_t used = utf8_columns(text);
    strbuf_printf(out, "%*s%s", GAP + (width > used ? (int)(width - used) : 0), "", text);
}

/* A row's months and then all of it. A month of nothing is a stroke, which is seen sooner. */
static void write_month_row(const struct report *report, struct strbuf *out,
                            const struct report_row *row, size_t indent, size_t title_width)
{
    char time[REPORT_CELL_MAX];
    write_title(out, indent, row->title, title_width);
    for (size_t i = 0; i < report->n_months; i++) {
        report_time_text(row->months[i].frames, time);
        write_right(out, row->months[i].frames ? time : "-", strlen(report->months[i].name));
    }
    report_time_text(row->frames, time);
    write_right(out, time, strlen("00:00:00"));
    strbuf_add(out, "\n");
}

static void write_month_section(const struct report *report, struct strbuf *out,
                                const char *heading, const struct report_rows *rows,
                                const struct report_row *total)
{
    size_t width = widest_title(rows, utf8_columns(heading));
    size_t total_width = total ? utf8_columns(total->title) : 0;
    width = total_width > width ? total_width : width;
    strbuf_add(out, "\n");
    write_title(out, 0, heading, width);
    for (size_t i = 0; i < report->n_months; i++) {
        write_right(out, report->months[i].name, 0);
    }
    write_right(out, _("total"), strlen("00:00:00"));
    strbuf_add(out, "\n");
    for (size_t i = 0; i < rows->n; i++) {
        const struct report_row *row = &rows->items[i];
        size_t indent = (size_t)row->depth * INDENT;
        write_month_row(report, out, row, indent, width);
        for (size_t k = 0; k < row->parts.n; k++) {
            write_month_row(report, out, &row->parts.items[k], indent + 2 * INDENT, width);
        }
    }
    if (total) {
        write_month_row(report, out, total, 0, width);
    }
}

void report_write_months_text(const struct report *report, struct strbuf *out)
{
    report_write_head(report, out);
    write_month_section(report, out, _("topic"), &report->topics, &report->total);
    if (report->tags.n) {
        write_month_section(report, out, _("tag"), &report->tags, NULL);
    }
    write_month_section(report, out, _("kind"), &report->kinds, NULL);
}

static void write_zone_row(struct strbuf *out, const struct report_row *row, size_t indent,
                           size_t title_width, size_t lines_width)
{
    char text[REPORT_CELL_MAX];
    write_title(out, indent, row->title, title_width);
    report_time_text(row->frames, text);
    write_right(out, text, strlen("00:00:00"));
    snprintf(text, sizeof text, _("%zu of %zu"), row->n_lines, row->n_lines_all);
    write_right(out, text, lines_width);
    strbuf_add(out, "\n");
}

void report_write_zones_text(const struct report *report, struct strbuf *out)
{
    size_t width = widest_title(&report->zones, utf8_columns(_("zone")));
    size_t lines_width = strlen("00000 / 00000");
    report_write_head(report, out);
    if (report->zones.n == 0) {
        strbuf_add(out, _("The station file has no zones.\n"));
        return;
    }
    strbuf_add(out, "\n");
    write_title(out, 0, _("zone"), width);
    write_right(out, _("time"), strlen("00:00:00"));
    write_right(out, _("lines"), lines_width);
    strbuf_add(out, "\n");
    for (size_t i = 0; i < report->zones.n; i++) {
        const struct report_row *zone = &report->zones.items[i];
        write_zone_row(out, zone, 0, width, lines_width);
        for (size_t t = 0; t < zone->parts.n; t++) {
            const struct report_row *topic = &zone->parts.items[t];
            size_t indent = ((size_t)topic->depth + 2) * INDENT;
            write_zone_row(out, topic, indent, width, lines_width);
        }
    }
}
