/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/report.h"

#include <errno.h>
#include <string.h>

#include "airtime/count.h"
#include "airtime/report_quota.h"
#include "airtime/report_tally.h"
#include "airtime/report_zones.h"
#include "airtime/topics.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "station/period.h"

enum { MONTHS_MAX = 120 };

struct builder {
    const struct station *station;
    struct tally_shape shape;
    struct topics topics;
    struct tally_section by_topic;
    struct tally_section by_tag;
    struct tally_section by_kind;
    struct zone_tallies zones;
    struct tally *without_topic; /* NULL: nothing aired without one */
    struct tally *total;
    struct line_set lines; /* who heard any of the airing at hand within the period */
    int64_t n_airings;
    /* The tallies that the airing at hand counts in; first the total, then its topics. */
    struct tally **hits;
    size_t n_hits;
    size_t n_topic_hits;
    size_t hits_capacity;
};

/* A topic's quotas are windows of its tally where they lie within the report's period;
 * the others stay empty. */
static void open_quota_windows(const struct builder *builder, struct tally *tally,
                               const struct topic_def *topic)
{
    for (size_t i = 0; i < topic->n_quotas; i++) {
        struct count_window *window = &tally->bucket.windows[1 + builder->shape.n_months + i];
        int64_t from = frames_from_us(topic->quotas[i].from_us);
        int64_t until = frames_from_us(topic->quotas[i].until_us);
        if (from >= builder->shape.from_frame && until <= builder->shape.until_frame) {
            window->from_frame = from;
            window->until_frame = until;
        }
    }
}

static int fill_sections(struct builder *builder)
{
    const struct station *station = builder->station;
    int r = 0;
    for (size_t i = 0; i < station->n_topics && r == 0; i++) {
        const struct topic_def *topic = &station->topics[i];
        struct tally *tally = tally_make(&builder->shape, topic->id, topic->title, topic->n_quotas);
        if (tally) {
            open_quota_windows(builder, tally, topic);
        }
        r = tally_section_add(&builder->shape, &builder->by_topic, tally);
    }
    for (size_t i = 0; i < station->n_tags && r == 0; i++) {
        r = tally_section_add(&builder->shape, &builder->by_tag,
                              tally_make(&builder->shape, station->tags[i].id,
                                         station->tags[i].title, 0));
    }
    for (size_t i = 0; i < station->n_kinds && r == 0; i++) {
        r = tally_section_add(&builder->shape, &builder->by_kind,
                              tally_make(&builder->shape, station->kinds[i].id,
                                         station->kinds[i].title, 0));
    }
    builder->by_topic.n_known = builder->by_topic.n;
    builder->by_tag.n_known = builder->by_tag.n;
    builder->by_kind.n_known = builder->by_kind.n;
    return r;
}

static int on_begin(void *context, const struct count_walk *walk)
{
    struct builder *builder = context;
    builder->shape.n_lines = walk->n_lines;
    builder->lines = line_set_make(builder->shape.arena, walk->n_lines);
    builder->total = tally_make(&builder->shape, NULL, _("total"), 0);
    if (!builder->total || !builder->lines.words) {
        return -ENOMEM;
    }
    int r = topics_init(&builder->topics, builder->station, builder->shape.arena);
    if (r == 0) {
        r = fill_sections(builder);
    }
    return r < 0 ? r : zone_tallies_init(&builder->zones, builder->station, &builder->shape);
}

static int hit(struct builder *builder, struct tally *tally)
{
    struct tally **hits = arena_grow(builder->shape.arena, builder->hits, builder->n_hits,
                                     &builder->hits_capacity, sizeof(struct tally *));
    if (!tally || !hits) {
        return -ENOMEM;
    }
    builder->hits = hits;
    for (size_t i = 0; i < builder->n_hits; i++) {
        if (hits[i] == tally) {
            return 0; /* a tag written twice counts once */
        }
    }
    hits[builder->n_hits++] = tally;
    return 0;
}

static int hit_topics(struct builder *builder, const char *id)
{
    size_t topic = topics_find(&builder->topics, id);
    if (topic == SIZE_MAX && id) {
        return hit(builder,
                   tally_section_find(&builder->shape, &builder->by_topic, id, strlen(id)));
    }
    if (topic == SIZE_MAX) {
        if (!builder->without_topic) {
            builder->without_topic = tally_make(&builder->shape, NULL, _("without a topic"), 0);
        }
        return hit(builder, builder->without_topic);
    }
    int r = 0;
    for (; topic != SIZE_MAX && r == 0; topic = builder->station->topics[topic].parent) {
        r = hit(builder, builder->by_topic.items[topic]);
    }
    return r;
}

/* Each of the topics is divided by kind. */
static int hit_kind(struct builder *builder, const char *kind)
{
    struct tally *tally =
        tally_section_find(&builder->shape, &builder->by_kind, kind, strlen(kind));
    int r = hit(builder, tally);
    for (size_t i = 0; i < builder->n_topic_hits && r == 0; i++) {
        r = hit(builder, tally_part(&builder->shape, builder->hits[1 + i], tally));
    }
    return r;
}

static int find_hits(struct builder *builder, const char *topic, const char *kind, const char *tags)
{
    builder->n_hits = 0;
    int r = hit(builder, builder->total);
    if (r == 0) {
        r = hit_topics(builder, topic);
    }
    builder->n_topic_hits = builder->n_hits - 1;
    if (r == 0) {
        r = hit_kind(builder, kind);
    }
    while (*tags && r == 0) {
        size_t n = strcspn(tags, " ");
        r = n ? hit(builder, tally_section_find(&builder->shape, &builder->by_tag, tags, n)) : 0;
        tags += n + (tags[n] == ' ');
    }
    return r;
}

static int on_heard(void *context, const struct count_heard *heard)
{
    struct builder *builder = context;
    const struct airing *airing = heard->airing;
    if (airing->role != AIRING_PROGRAMME || heard->until_frame <= builder->shape.from_frame ||
        heard->from_frame >= builder->shape.until_frame || heard->n_parts == 0) {
        return 0;
    }
    int r = find_hits(builder, airing->topic, airing->kind, airing->tags);
    line_set_clear(builder->lines);
    count_lines_between(heard, builder->shape.from_frame, builder->shape.until_frame,
                        builder->lines);
    for (size_t i = 0; i < builder->n_hits && r == 0; i++) {
        struct tally *tally = builder->hits[i];
        r = tally_hear(&builder->shape, tally, heard->parts, heard->n_parts);
        line_set_or(tally->lines, builder->lines);
        if (heard->first_whole_of_item) {
            count_run(&tally->bucket, airing->repeat, heard->until_frame);
        }
    }
    if (r == 0) {
        r = zone_tallies_hear(&builder->zones, &builder->shape, heard, builder->lines,
                              builder->hits + 1, builder->n_topic_hits);
    }
    builder->n_airings +=
        heard->first_sound_of_item && heard->from_frame >= builder->shape.from_frame;
    return r;
}

static int on_first(void *context, const struct count_first *first)
{
    struct builder *builder = context;
    if (!count_window_has_end(&builder->total->bucket.windows[0], first->end_frame)) {
        return 0;
    }
    enum counts_as counts = topics_counts(&builder->topics, first->kind);
    int r = find_hits(builder, first->topic, first->kind, first->tags);
    for (size_t i = 0; i < builder->n_hits && r == 0; i++) {
        count_recording(&builder->hits[i]->bucket, counts, first->end_frame);
    }
    return r;
}

/* The topics as people read them, each before those below it. */
struct tree {
    const struct tally **tallies;
    struct report_row *rows;
    size_t n;
};

/* A topic and all below it, as the station file orders them. */
static int write_tree(const struct builder *builder, size_t topic, int depth, struct tree *tree)
{
    const struct topic_def *topics = builder->station->topics;
    const struct tally *tally = builder->by_topic.items[topic];
    struct report_row *row = &tree->rows[tree->n];
    tree->tallies[tree->n++] = tally;
    int r = tally_row(&builder->shape, tally, row);
    row->depth = depth;
    if (r == 0) {
        r = report_hold_against_quotas(row, &topics[topic],
                                       &tally->bucket.windows[1 + builder->shape.n_months],
                                       builder->shape.arena);
    }
    for (size_t i = 0; i < builder->station->n_topics && r == 0; i++) {
        if (topics[i].parent == topic) {
            r = write_tree(builder, i, depth + 1, tree);
        }
    }
    return r;
}

/* The rows of a tally's parts, in the order of what they are parts for, and as deep as the rows of
 * that (NULL: all are roots). */
static int rows_of_parts(const struct builder *builder, const struct tally *tally,
                         const struct tally *const *keys, const struct report_row *key_rows,
                         size_t n_keys, struct report_rows *ret_rows)
{
    struct tally_shape shape = builder->shape;
    struct report_row *rows = arena_take(shape.arena, n_keys, sizeof *rows);
    size_t n = 0;
    int r = rows || n_keys == 0 ? 0 : -ENOMEM;
    for (size_t i = 0; i < n_keys && r == 0; i++) {
        const struct tally *part = tally_find_part(tally, keys[i]);
        if (part) {
            shape.n_months = part->bucket.n_windows - 1;
            r = tally_row(&shape, part, &rows[n]);
            rows[n++].depth = key_rows ? key_rows[i].depth : 0;
        }
    }
    *ret_rows = (struct report_rows){.items = rows, .n = n};
    return r;
}

static int add_to_tree(const struct builder *builder, struct tree *tree, const struct tally *tally)
{
    tree->tallies[tree->n] = tally;
    return tally_row(&builder->shape, tally, &tree->rows[tree->n++]);
}

static int rows_of_topics(struct builder *builder, struct tree *tree, struct report_rows *ret_rows)
{
    struct tally_section *section = &builder->by_topic;
    tree->rows = arena_take(builder->shape.arena, section->n + 1, sizeof *tree->rows);
    tree->tallies = arena_take(builder->shape.arena, section->n + 1, sizeof(struct tally *));
    int r = tree->rows && tree->tallies ? 0 : -ENOMEM;
    for (size_t i = 0; i < section->n_known && r == 0; i++) {
        if (builder->station->topics[i].parent == SIZE_MAX) {
            r = write_tree(builder, i, 0, tree);
        }
    }
    tally_section_sort(section);
    for (size_t i = section->n_known; i < section->n && r == 0; i++) {
        r = add_to_tree(builder, tree, section->items[i]);
    }
    if (builder->without_topic && r == 0) {
        r = add_to_tree(builder, tree, builder->without_topic);
    }
    const struct tally *const *kinds = (const struct tally *const *)builder->by_kind.items;
    for (size_t i = 0; i < tree->n && r == 0; i++) {
        r = rows_of_parts(builder, tree->tallies[i], kinds, NULL, builder->by_kind.n,
                          &tree->rows[i].parts);
    }
    *ret_rows = (struct report_rows){.items = tree->rows, .n = tree->n};
    return r;
}

static int rows_of_section(struct builder *builder, struct tally_section *section,
                           struct report_rows *ret_rows)
{
    struct report_row *rows = arena_take(builder->shape.arena, section->n, sizeof *rows);
    int r = rows || section->n == 0 ? 0 : -ENOMEM;
    tally_section_sort(section);
    for (size_t i = 0; i < section->n && r == 0; i++) {
        r = tally_row(&builder->shape, section->items[i], &rows[i]);
    }
    *ret_rows = (struct report_rows){.items = rows, .n = section->n};
    return r;
}

static int rows_of_zones(const struct builder *builder, const struct tree *topics,
                         struct report_rows *ret_rows)
{
    const struct zone_tallies *zones = &builder->zones;
    struct report_row *rows = arena_take(builder->shape.arena, zones->n, sizeof *rows);
    int r = rows || zones->n == 0 ? 0 : -ENOMEM;
    for (size_t i = 0; i < zones->n && r == 0; i++) {
        const struct tally *tally = zone_tallies_of(zones, i);
        r = tally_row(&builder->shape, tally, &rows[i]);
        rows[i].n_lines_all = zone_tallies_n_lines(zones, i);
        if (r == 0) {
            r = rows_of_parts(builder, tally, topics->tallies, topics->rows, topics->n,
                              &rows[i].parts);
        }
        for (size_t part = 0; part < rows[i].parts.n; part++) {
            rows[i].parts.items[part].n_lines_all = rows[i].n_lines_all;
        }
    }
    *ret_rows = (struct report_rows){.items = rows, .n = zones->n};
    return r;
}

static int rows_of_all(struct builder *builder, struct report *report)
{
    struct tree topics = {0};
    int r = tally_row(&builder->shape, builder->total, &report->total);
    tally_section_sort(&builder->by_kind);
    r = r < 0 ? r : rows_of_topics(builder, &topics, &report->topics);
    r = r < 0 ? r : rows_of_section(builder, &builder->by_tag, &report->tags);
    r = r < 0 ? r : rows_of_section(builder, &builder->by_kind, &report->kinds);
    return r < 0 ? r : rows_of_zones(builder, &topics, &report->zones);
}

/* A period of many years is not divided. */
static int list_months(struct arena *arena, struct report *report)
{
    int first_day = period_first_day(report->from_us);
    struct report_month *months = arena_take(arena, MONTHS_MAX, sizeof *months);
    if (!months) {
        return -ENOMEM;
    }
    size_t n = 0;
    for (int64_t at = report->from_us; at < report->to_us; n++) {
        int64_t end = period_month_end(at, first_day);
        if (n == MONTHS_MAX) {
            return 0;
        }
        months[n].from_us = at;
        months[n].to_us = end < report->to_us ? end : report->to_us;
        period_month_name(end, months[n].name);
        at = end;
    }
    report->months = months;
    report->n_months = n;
    return 0;
}

int report_make(struct db *db, const struct station *station, int64_t from_us, int64_t to_us,
                struct arena *arena, struct report *ret_report, struct fault *reterr)
{
    struct report report = {.station_title = station->title, .from_us = from_us, .to_us = to_us};
    if (list_months(arena, &report) < 0) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    struct builder builder = {.station = station,
                              .shape = {.arena = arena,
                                        .from_frame = frames_from_us(from_us),
                                        .until_frame = frames_from_us(to_us),
                                        .months = report.months,
                                        .n_months = report.n_months},
                              .by_topic.by_id.arena = arena,
                              .by_tag.by_id.arena = arena,
                              .by_kind.by_id.arena = arena};
    struct count_walk walk = {.db = db,
                              .station = station,
                              .to_us = to_us,
                              .items_from_us = from_us - AIRING_MAX_US,
                              .context = &builder,
                              .begin = on_begin,
                              .heard = on_heard,
                              .first = on_first};
    int r = count_walk(&walk, reterr);
    zone_tallies_finish(&builder.zones);
    if (r < 0) {
        return r;
    }
    report.n_airings = builder.n_airings;
    if (rows_of_all(&builder, &report) < 0) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    *ret_report = report;
    return 0;
}
