/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/report_document.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "airtime/document/format.h"
#include "airtime/seal.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "station/station.h"

/* What is being put together. Once memory is short, nothing is added any more. */
struct composer {
    const struct report *report;
    const struct station *station;
    struct arena *arena;
    struct document_block *blocks;
    size_t n_blocks;
    size_t capacity;
    int n_headings;
    bool failed;
};

static void *take(struct composer *composer, size_t n, size_t size)
{
    void *memory = arena_take(composer->arena, n ? n : 1, size);
    composer->failed |= !memory;
    return memory;
}

/* Every text of a document goes through here, so that one place asks for memory. */
static const char *kept(struct composer *composer, const char *text)
{
    composer->failed |= !text;
    return text ? text : "";
}

static struct document_block *add_block(struct composer *composer, enum document_block_kind kind)
{
    static struct document_block nowhere;
    struct document_block *blocks =
        arena_grow(composer->arena, composer->blocks, composer->n_blocks, &composer->capacity,
                   sizeof(struct document_block));
    if (!blocks) {
        composer->failed = true;
        return &nowhere;
    }
    composer->blocks = blocks;
    struct document_block *block = &blocks[composer->n_blocks++];
    block->kind = kind;
    return block;
}

static void heading(struct composer *composer, const char *text)
{
    composer->n_headings++;
    add_block(composer, DOCUMENT_HEADING)->text =
        kept(composer, arena_printf(composer->arena, "%d. %s", composer->n_headings, text));
}

static void paragraph(struct composer *composer, const char *text)
{
    add_block(composer, DOCUMENT_PARAGRAPH)->text = kept(composer, text);
}

/* ---- tables */

/* A table that grows to as many rows as it was made for. */
struct table_maker {
    struct composer *composer;
    struct document_row *rows;
    struct document_cell *cells;
    size_t n_columns;
    size_t n_rows;
    size_t at; /* the next cell of the row at hand */
};

static struct table_maker table_begin(struct composer *composer, size_t n_columns, size_t max_rows)
{
    struct table_maker maker = {.composer = composer, .n_columns = n_columns};
    maker.rows = take(composer, max_rows, sizeof *maker.rows);
    maker.cells = take(composer, max_rows * n_columns, sizeof *maker.cells);
    return maker;
}

static void add_row(struct table_maker *maker, int depth, bool is_total)
{
    maker->at = maker->n_rows * maker->n_columns;
    maker->rows[maker->n_rows++] = (struct document_row){.cells = &maker->cells[maker->at],
                                                         .depth = depth,
                                                         .is_total = is_total};
}

static void add_text(struct table_maker *maker, const char *text)
{
    maker->cells[maker->at++] = (struct document_cell){.text = text};
}

static void add_value(struct table_maker *maker, int64_t value)
{
    maker->cells[maker->at++] = (struct document_cell){.value = value, .has_value = true};
}

static void add_nothing(struct table_maker *maker)
{
    maker->at++;
}

static void table_end(struct table_maker *maker, const char *name, const char *caption,
                      const struct document_column *columns)
{
    struct document_block *block = add_block(maker->composer, DOCUMENT_TABLE);
    block->table = (struct document_table){.name = name,
                                           .caption = caption,
                                           .columns = columns,
                                           .n_columns = maker->n_columns,
                                           .rows = maker->rows,
                                           .n_rows = maker->n_rows};
}

static const struct document_column *keep_columns(struct composer *composer,
                                                  const struct document_column *columns, size_t n)
{
    struct document_column *copy = take(composer, n, sizeof *copy);
    if (copy) {
        memcpy(copy, columns, n * sizeof *copy);
    }
    return copy;
}

/* ---- what aired, against its quotas */

static void add_counts(struct table_maker *maker, const struct report_row *row)
{
    add_value(maker, row->frames / AIR_RATE);
    add_value(maker, row->features);
    add_value(maker, row->items);
    add_value(maker, row->first_runs);
    add_value(maker, row->repeats);
}

static int64_t tenths(double percent)
{
    return llround(percent * 10);
}

static void add_topic(struct table_maker *maker, const struct report_row *row, bool is_total)
{
    add_row(maker, row->depth, is_total);
    add_text(maker, row->title);
    add_counts(maker, row);
    add_value(maker, (int64_t)row->n_lines);
    if (isnan(row->percent)) {
        add_nothing(maker);
    } else {
        add_value(maker, tenths(row->percent));
    }
}

static void topics_table(struct composer *composer)
{
    const struct report *report = composer->report;
    const struct document_column columns[] = {
        {_("topic"), DOCUMENT_TEXT, 33},      {_("time"), DOCUMENT_SECONDS, 14},
        {_("features"), DOCUMENT_COUNT, 10},  {_("items"), DOCUMENT_COUNT, 8},
        {_("first runs"), DOCUMENT_COUNT, 9}, {_("repeats"), DOCUMENT_COUNT, 10},
        {_("lines"), DOCUMENT_COUNT, 9},      {_("reached"), DOCUMENT_PERCENT, 12},
    };
    struct table_maker maker = table_begin(composer, ARRAY_LEN(columns), report->topics.n + 1);
    if (composer->failed) {
        return;
    }
    for (size_t i = 0; i < report->topics.n; i++) {
        add_topic(&maker, &report->topics.items[i], false);
    }
    add_topic(&maker, &report->total, true);
    table_end(&maker, _("Topics"), NULL, keep_columns(composer, columns, ARRAY_LEN(columns)));
}

static void quota_bars(struct composer *composer)
{
    const struct report_rows *topics = &composer->report->topics;
    struct document_bar *bars = take(composer, topics->n, sizeof *bars);
    size_t n = 0;
    for (size_t i = 0; i < topics->n && bars; i++) {
        const struct report_row *row = &topics->items[i];
        if (!isnan(row->percent)) {
            const char *lagging = row->lagging ? _(row->lagging) : "";
            long long percent = (long long)tenths(row->percent) / 10;
            const char *text =
                arena_printf(composer->arena, row->lagging ? "%lld %% (%s)" : "%lld %%", percent,
                             lagging);
            bars[n++] = (struct document_bar){.label = row->title,
                                              .percent = tenths(row->percent),
                                              .text = kept(composer, text)};
        }
    }
    if (n > 0) {
        struct document_block *block = add_block(composer, DOCUMENT_BARS);
        block->bars = (struct document_bars){
            .name = _("Quotas"),
            .caption = _("Reached of each quota, by the measure that is furthest behind"),
            .bars = bars,
            .n_bars = n};
    }
}

/* ---- by month, by kind */

static void months_table(struct composer *composer)
{
    const struct report *report = composer->report;
    size_t n_columns = report->n_months + 2;
    struct document_column *columns = take(composer, n_columns, sizeof *columns);
    struct table_maker maker = table_begin(composer, n_columns, report->topics.n + 1);
    if (composer->failed) {
        return;
    }
    columns[0] = (struct document_column){_("topic"), DOCUMENT_TEXT, 24};
    for (size_t month = 0; month < report->n_months; month++) {
        columns[1 + month] =
            (struct document_column){report->months[month].name, DOCUMENT_MINUTES, 6};
    }
    columns[n_columns - 1] = (struct document_column){_("total"), DOCUMENT_MINUTES, 8.5};
    for (size_t i = 0; i <= report->topics.n; i++) {
        bool is_total = i == report->topics.n;
        const struct report_row *row = is_total ? &report->total : &report->topics.items[i];
        add_row(&maker, row->depth, is_total);
        add_text(&maker, row->title);
        for (size_t month = 0; month < report->n_months; month++) {
            add_value(&maker, row->months[month].frames / AIR_RATE);
        }
        add_value(&maker, row->frames / AIR_RATE);
    }
    table_end(&maker, _("Months"), _("Airtime by month, in minutes"), columns);
}

static void kinds_table(struct composer *composer)
{
    const struct report *report = composer->report;
    const struct document_column columns[] = {
        {_("topic and kind"), DOCUMENT_TEXT, 40}, {_("time"), DOCUMENT_SECONDS, 14},
        {_("features"), DOCUMENT_COUNT, 11},      {_("items"), DOCUMENT_COUNT, 11},
        {_("first runs"), DOCUMENT_COUNT, 11},    {_("repeats"), DOCUMENT_COUNT, 11},
    };
    size_t n_rows = 0;
    for (size_t i = 0; i < report->topics.n; i++) {
        n_rows += 1 + report->topics.items[i].parts.n;
    }
    struct table_maker maker = table_begin(composer, ARRAY_LEN(columns), n_rows);
    for (size_t i = 0; i < report->topics.n && !composer->failed; i++) {
        const struct report_row *topic = &report->topics.items[i];
        if (topic->parts.n == 0) {
            continue;
        }
        add_row(&maker, topic->depth, true);
        add_text(&maker, topic->title);
        add_counts(&maker, topic);
        for (size_t kind = 0; kind < topic->parts.n; kind++) {
            add_row(&maker, topic->depth + 1, false);
            add_text(&maker, topic->parts.items[kind].title);
            add_counts(&maker, &topic->parts.items[kind]);
        }
    }
    if (maker.n_rows > 0) {
        table_end(&maker, _("Kinds"), NULL, keep_columns(composer, columns, ARRAY_LEN(columns)));
    }
}

/* ---- whom it reached */

static void tags_table(struct composer *composer)
{
    const struct report_rows *tags = &composer->report->tags;
    const struct document_column columns[] = {
        {_("tag"), DOCUMENT_TEXT, 46},       {_("time"), DOCUMENT_SECONDS, 14},
        {_("features"), DOCUMENT_COUNT, 10}, {_("items"), DOCUMENT_COUNT, 10},
        {_("lines"), DOCUMENT_COUNT, 10},
    };
    struct table_maker maker = table_begin(composer, ARRAY_LEN(columns), tags->n);
    for (size_t i = 0; i < tags->n && !composer->failed; i++) {
        const struct report_row *row = &tags->items[i];
        add_row(&maker, 0, false);
        add_text(&maker, row->title);
        add_value(&maker, row->frames / AIR_RATE);
        add_value(&maker, row->features);
        add_value(&maker, row->items);
        add_value(&maker, (int64_t)row->n_lines);
    }
    if (maker.n_rows > 0) {
        table_end(&maker, _("Tags"), _("Fields and marks: coverage, not to be added up"),
                  keep_columns(composer, columns, ARRAY_LEN(columns)));
    }
}

static void add_reach(struct table_maker *maker, const struct report_row *row, int depth,
                      bool is_total)
{
    add_row(maker, depth, is_total);
    add_text(maker, row->title);
    add_value(maker, row->frames / AIR_RATE);
    add_value(maker, (int64_t)row->n_lines);
    add_value(maker, (int64_t)row->n_lines_all);
}

/* Each zone, and below it what it heard of each topic. */
static void zones_table(struct composer *composer)
{
    const struct report_rows *zones = &composer->report->zones;
    const struct document_column columns[] = {
        {_("zone and topic"), DOCUMENT_TEXT, 50},
        {_("time"), DOCUMENT_SECONDS, 16},
        {_("lines reached"), DOCUMENT_COUNT, 16},
        {_("lines in all"), DOCUMENT_COUNT, 16},
    };
    size_t n_rows = zones->n;
    for (size_t i = 0; i < zones->n; i++) {
        n_rows += zones->items[i].parts.n;
    }
    struct table_maker maker = table_begin(composer, ARRAY_LEN(columns), n_rows);
    for (size_t i = 0; i < zones->n && !composer->failed; i++) {
        const struct report_row *zone = &zones->items[i];
        add_reach(&maker, zone, 0, true);
        for (size_t topic = 0; topic < zone->parts.n; topic++) {
            const struct report_row *part = &zone->parts.items[topic];
            add_reach(&maker, part, part->depth + 1, false);
        }
    }
    if (maker.n_rows > 0) {
        table_end(&maker, _("Zones"), _("What each zone heard"),
                  keep_columns(composer, columns, ARRAY_LEN(columns)));
    }
}

/* ---- the evidence */

static const char *title_of_kind(const struct station *station, const char *id)
{
    for (size_t i = 0; i < station->n_kinds; i++) {
        if (strcmp(station->kinds[i].id, id) == 0) {
            return station->kinds[i].title;
        }
    }
    return id;
}

static const char *title_of_topic(const struct station *station, const char *id)
{
    for (size_t i = 0; id && i < station->n_topics; i++) {
        if (strcmp(station->topics[i].id, id) == 0) {
            return station->topics[i].title;
        }
    }
    return id;
}

static const char *note_of(const struct report_airing *airing)
{
    if (airing->cause != END_COMPLETE) {
        return _(end_cause_name(airing->cause));
    }
    return airing->repeat ? _("rpt.") : NULL;
}

static void airings_table(struct composer *composer, const struct report_airings *airings)
{
    const struct document_column columns[] = {
        {_("began"), DOCUMENT_INSTANT, 27}, {_("title"), DOCUMENT_TEXT, 40},
        {_("kind"), DOCUMENT_TEXT, 14},     {_("topic"), DOCUMENT_TEXT, 18},
        {_("lines"), DOCUMENT_COUNT, 11},   {_("heard"), DOCUMENT_SECONDS, 11},
        {_("note"), DOCUMENT_TEXT, 9},
    };
    struct table_maker maker = table_begin(composer, ARRAY_LEN(columns), airings->n);
    for (size_t i = 0; i < airings->n && !composer->failed; i++) {
        const struct report_airing *airing = &airings->items[i];
        add_row(&maker, 0, false);
        add_value(&maker, airing->start_us);
        add_text(&maker, airing->title);
        add_text(&maker, title_of_kind(composer->station, airing->kind));
        add_text(&maker, title_of_topic(composer->station, airing->topic));
        add_value(&maker, (int64_t)airing->n_lines);
        add_value(&maker, airing->frames / AIR_RATE);
        add_text(&maker, note_of(airing));
    }
    if (maker.n_rows > 0) {
        table_end(&maker, _("Airings"), NULL, keep_columns(composer, columns, ARRAY_LEN(columns)));
        composer->blocks[composer->n_blocks - 1].table.is_dense = true;
    }
}

/* ---- all of it */

static const char *day_text(struct composer *composer, int64_t us)
{
    struct civil civil;
    zone_to_civil(us, &civil);
    return kept(composer, arena_printf(composer->arena, _("%1$04d-%2$02d-%3$02d"), civil.year,
                                       civil.month, civil.day));
}

static const char *count_text(struct composer *composer, int64_t count)
{
    char text[DOCUMENT_NUMBER_MAX];
    document_format(DOCUMENT_COUNT, count, text);
    return kept(composer, arena_strdup(composer->arena, text));
}

static void overview(struct composer *composer, const char *from, const char *until)
{
    const struct report *report = composer->report;
    const struct report_row *total = &report->total;
    int64_t seconds = total->frames / AIR_RATE;
    heading(composer, _("Overview"));
    paragraph(composer,
              arena_printf(composer->arena,
                           _("From %s to %s, %s broadcast %s hours and %d minutes of programmes: "
                             "%s features and %s items, %s first runs and %s repeats, heard on "
                             "%zu lines. Counted is what was really heard."),
                           from, until, report->station_title, count_text(composer, seconds / 3600),
                           (int)(seconds / 60 % 60), count_text(composer, total->features),
                           count_text(composer, total->items),
                           count_text(composer, total->first_runs),
                           count_text(composer, total->repeats), total->n_lines));
}

static void body(struct composer *composer, const char *from, const char *until)
{
    const struct report *report = composer->report;
    overview(composer, from, until);
    heading(composer, _("Airtime by topic, against the quotas"));
    topics_table(composer);
    quota_bars(composer);
    if (report->n_months > 1) {
        heading(composer, _("Airtime by month"));
        months_table(composer);
    }
    heading(composer, _("Airtime by topic and kind"));
    kinds_table(composer);
    if (report->tags.n + report->zones.n > 0) {
        heading(composer, _("Coverage"));
        tags_table(composer);
        zones_table(composer);
    }
    paragraph(composer, arena_printf(composer->arena,
                                     _("This is the report on airtime from %s to %s, made from the "
                                       "as-run log of %s./."),
                                     from, until, report->station_title));
}

/* On paper, in other hands, a seal holds even against somebody who makes all seals anew. */
static const char *foot(struct composer *composer, const struct seal_mark *seal)
{
    if (!seal) {
        return NULL;
    }
    return kept(composer, arena_printf(composer->arena,
                                       _("Seal %lld of the as-run log, the last of this period: "
                                         "%s. `loa verify --seal %.16s` tells whether what was "
                                         "written up to it is still as it was."),
                                       (long long)seal->id, seal->sha256, seal->sha256));
}

static struct document_blocks blocks_of(const struct composer *composer, size_t from)
{
    return (struct document_blocks){composer->blocks + from, composer->n_blocks - from};
}

int report_compose(const struct report *report, const struct report_airings *airings,
                   const struct station *station, const struct report_letter *letter,
                   struct arena *arena, struct document *ret_document, struct fault *reterr)
{
    struct composer composer = {.report = report, .station = station, .arena = arena};
    const char *from = day_text(&composer, report->from_us);
    const char *until = day_text(&composer, report->to_us - 1);
    struct letterhead *letterhead = take(&composer, 1, sizeof *letterhead);
    body(&composer, from, until);
    size_t n_body = composer.n_blocks;
    airings_table(&composer, airings);
    const char *abstract =
        kept(&composer, arena_printf(arena, _("on airtime from %s to %s"), from, until));
    const char *seal = foot(&composer, letter->seal);
    if (composer.failed) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    *letterhead = station->letterhead;
    letterhead->issuer = letterhead->issuer ? letterhead->issuer : station->title;
    *ret_document = (struct document){.letterhead = letterhead,
                                      .number = letter->number,
                                      .dated_us = letter->dated_us,
                                      .made_us = report->to_us,
                                      .type = _("REPORT"),
                                      .abstract = abstract,
                                      .body = {composer.blocks, n_body},
                                      .annex_title = _("ANNEX: EVERY AIRING"),
                                      .annex = blocks_of(&composer, n_body),
                                      .foot = seal};
    return 0;
}
