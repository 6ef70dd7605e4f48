/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "airtime/report.h"
#include "airtime/report_cells.h"
#include "base/frames.h"
#include "base/json.h"
#include "base/strbuf.h"

/* Which list a row is of; its word in both formats. */
enum row_kind { ROW_TOPIC, ROW_TAG, ROW_KIND, ROW_TOTAL };

static const char *row_word(enum row_kind kind)
{
    static const char *const words[] = {"topic", "tag", "kind", "total"};
    return words[kind];
}

typedef void (*row_writer)(struct strbuf *out, enum row_kind kind, const struct report_row *row);

static void write_rows(struct strbuf *out, row_writer write, enum row_kind kind,
                       const struct report_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        write(out, kind, &rows->items[i]);
    }
}

static void write_all(const struct report *report, struct strbuf *out, row_writer write)
{
    write_rows(out, write, ROW_TOPIC, &report->topics);
    write_rows(out, write, ROW_TAG, &report->tags);
    write_rows(out, write, ROW_KIND, &report->kinds);
    write(out, ROW_TOTAL, &report->total);
}

static void json_quota(struct json *json, const char *key, int64_t amount)
{
    if (amount) {
        json_int(json, key, amount);
    } else {
        json_null(json, key);
    }
}

static void write_json_row(struct strbuf *out, enum row_kind kind, const struct report_row *row)
{
    struct json json = json_begin(out);
    json_open(&json, NULL, '{');
    json_text(&json, "topic", kind == ROW_TOPIC ? row->id : NULL);
    json_text(&json, "title", row->title);
    json_real(&json, "seconds", frames_to_seconds(row->frames), 3);
    json_int(&json, "features", row->features);
    json_int(&json, "items", row->items);
    json_int(&json, "first_runs", row->first_runs);
    json_int(&json, "repeats", row->repeats);
    json_int(&json, "lines", (int64_t)row->n_lines);
    json_quota(&json, "quota_seconds", row->quota_seconds);
    json_quota(&json, "quota_features", row->quota_features);
    json_quota(&json, "quota_items", row->quota_items);
    json_real(&json, "percent", row->percent, 1);
    json_text(&json, "row", row_word(kind));
    if (kind == ROW_TAG || kind == ROW_KIND) {
        json_text(&json, row_word(kind), row->id);
    }
    json_close(&json, '}');
    strbuf_add(out, "\n");
}

void report_write_json(const struct report *report, struct strbuf *out)
{
    write_all(report, out, write_json_row);
}

void report_csv_text(struct strbuf *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        strbuf_add(out, text);
        return;
    }
    strbuf_add(out, "\"");
    for (; *text; text++) {
        strbuf_add(out, *text == '"' ? "\"" : "");
        strbuf_add_bytes(out, text, 1);
    }
    strbuf_add(out, "\"");
}

/* Whole milliseconds by arithmetic: a decimal comma of the locale would be a column. */
void report_csv_seconds(struct strbuf *out, int64_t frames)
{
    int64_t ms = (frames + AIR_RATE / 2000) / (AIR_RATE / 1000);
    strbuf_printf(out, "%lld.%03lld", (long long)ms / 1000, (long long)ms % 1000);
}

static void csv_quota(struct strbuf *out, int64_t amount)
{
    strbuf_add(out, ",");
    if (amount) {
        strbuf_printf(out, "%lld", (long long)amount);
    }
}

static void write_csv_row(struct strbuf *out, enum row_kind kind, const struct report_row *row)
{
    strbuf_add(out, row_word(kind));
    for (enum row_kind column = ROW_TOPIC; column < ROW_TOTAL; column++) {
        strbuf_add(out, ",");
        report_csv_text(out, column == kind && row->id ? row->id : "");
    }
    strbuf_add(out, ",");
    report_csv_text(out, row->title);
    strbuf_add(out, ",");
    report_csv_seconds(out, row->frames);
    strbuf_printf(out, ",%lld,%lld,%lld,%lld,%zu", (long long)row->features, (long long)row->items,
                  (long long)row->first_runs, (long long)row->repeats, row->n_lines);
    csv_quota(out, row->quota_seconds);
    csv_quota(out, row->quota_features);
    csv_quota(out, row->quota_items);
    strbuf_add(out, ",");
    if (!isnan(row->percent)) {
        long long tenths = llround(row->percent * 10);
        strbuf_printf(out, "%lld.%lld", tenths / 10, tenths % 10);
    }
    strbuf_add(out, "\r\n");
}

void report_write_csv(const struct report *report, struct strbuf *out)
{
    strbuf_add(out, REPORT_BYTE_ORDER_MARK
               "row,topic,tag,kind,title,seconds,features,items,first_runs,repeats,lines,"
               "quota_seconds,quota_features,quota_items,percent\r\n");
    write_all(report, out, write_csv_row);
}
