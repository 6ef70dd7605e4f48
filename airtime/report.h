/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_REPORT_H
#define AIRTIME_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/period.h"

struct arena;
struct db;
struct fault;
struct station;
struct strbuf;

/*
 * The airtime report of a period: what the ledger holds for each topic against its
 * quota, coverage by tag, kind and zone, and all of it month by month. docs/counting.md says what
 * each number counts. The same ledger and station file give the same report, byte for byte.
 *
 * Units   frames of 48 kHz; lines and runs are counts; percent 0 and up.
 */
struct report_row;

struct report_rows {
    struct report_row *items;
    size_t n;
};

/* Of a period that begins on a 15th, as those of Decree 09/2019 do, from a 15th to the next 14th;
 * else a calendar month. The first and the last are those parts that lie in the period. */
struct report_month {
    int64_t from_us;
    int64_t to_us;               /* exclusive */
    char name[PERIOD_MONTH_MAX]; /* "2023-05"; from a 15th: the month in which it ends */
};

/* What counted within a month. */
struct report_part {
    int64_t frames;
    int64_t features;
    int64_t items;
    int64_t first_runs;
    int64_t repeats;
};

struct report_row {
    const char *id;    /* of the topic, tag or kind; NULL: no topic, or the total */
    const char *title; /* its id where the station file does not have it (any more) */
    int depth;         /* topics, and those of a zone: 0 is a root */
    int64_t frames;    /* in which at least one line carried it */
    int64_t features;  /* recordings heard whole for the first time */
    int64_t items;
    int64_t first_runs; /* items of slots that were heard whole, new … */
    int64_t repeats;    /* … and repeated */
    size_t n_lines;     /* different lines that heard any of it */
    size_t n_lines_all; /* zones: lines that it has today */
    /* The topic's own quotas of this period; 0: that measure is not asked for. */
    int64_t quota_seconds;
    int64_t quota_features;
    int64_t quota_items;
    double percent; /* of the measure furthest from its quota, down to a tenth; NAN: no quota */
    const char *lagging; /* "time", "features" or "items", N_(): whose percent it is; NULL: of
                          * the only measure asked for, or all measures have that percent */
    const struct report_part *months; /* as the report has them; NULL: a zone's topic */
    struct report_rows parts; /* topics: by kind; zones: by topic. Those that were heard, in the
                               * order of the report's own rows */
};

struct report {
    const char *station_title;
    int64_t from_us;
    int64_t to_us; /* exclusive */
    const struct report_month *months;
    size_t n_months; /* 0: more than ten years are not divided */
    /* The tree as in the station file, each topic before those below it; then what the
     * station file does not have, by id; then what aired without a topic. */
    struct report_rows topics;
    struct report_rows tags;  /* as in the station file, then others by id */
    struct report_rows kinds; /* the same */
    /* What any of a zone's lines heard while it was one: time and lines, nothing else. */
    struct report_rows zones;
    struct report_row total;
    int64_t n_airings; /* items of slots that began to sound in the period, whole or not */
};

/* From the ledger as it is. Lives in the arena, with titles borrowed from the station.
 * -ENOMEM, or the database's errno. */
MUST_CHECK int report_make(struct db *db, const struct station *station, int64_t from_us,
                           int64_t to_us, struct arena *arena, struct report *ret_report,
                           struct fault *reterr);

/* The writers add to the buffer; strbuf_failed() tells when that did not work.
 * Text: aligned columns for people, in the language of the locale. */
void report_write_text(const struct report *report, struct strbuf *out);
/* JSON Lines: one row a line. `topic` and the keys after it are on every line; `row` is
 * "topic", "tag", "kind" or "total", and a tag's or kind's id is under that name. */
void report_write_json(const struct report *report, struct strbuf *out);
/* RFC 4180 with a header line, UTF-8 with a byte order mark, as spreadsheets want it. */
void report_write_csv(const struct report *report, struct strbuf *out);

/* The same numbers month by month: of topics, of each topic by kind, of tags, kinds and the total.
 * JSON and CSV have one line a row and month; `row` is "topic", "topic-kind", "tag", "kind" or
 * "total". */
void report_write_months_text(const struct report *report, struct strbuf *out);
void report_write_months_json(const struct report *report, struct strbuf *out);
void report_write_months_csv(const struct report *report, struct strbuf *out);
/* What each zone heard, and of it each topic; `row` is "zone" or "zone-topic". */
void report_write_zones_text(const struct report *report, struct strbuf *out);
void report_write_zones_json(const struct report *report, struct strbuf *out);
void report_write_zones_csv(const struct report *report, struct strbuf *out);

#endif
