/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/count.h"
#include "airtime/report_quota.h"
#include "airtime/topics.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

/* What adds up to one row. */
struct tally {
    const char *id;
    const char *title;
    struct count_bucket bucket; /* windows: the report's period, then the topic's quotas */
    struct line_set lines;
};

/* The tallies of one section: those of the station file by index, then others as they come. */
struct section {
    struct tally **items;
    size_t n;
    size_t capacity;
    size_t n_known;
    struct table by_id;
};

struct builder {
    const struct station *station;
    struct arena *arena;
    struct topics topics;
    int64_t from_frame;
    int64_t until_frame;
    size_t n_lines;
    struct section by_topic;
    struct section by_tag;
    struct section by_kind;
    struct tally *without_topic; /* NULL: nothing aired without one */
    struct tally *total;
    int64_t n_airings;
    /* The tallies that the airing at hand counts in. */
    struct tally **hits;
    size_t n_hits;
    size_t hits_capacity;
};

static struct tally *new_tally(struct builder *builder, const char *id, const char *title,
                               size_t n_quotas)
{
    struct tally *tally = arena_take(builder->arena, 1, sizeof *tally);
    if (!tally) {
        return NULL;
    }
    tally->id = id;
    tally->title = title;
    tally->lines = line_set_make(builder->arena, builder->n_lines);
    tally->bucket.n_windows = 1 + n_quotas;
    tally->bucket.windows =
        arena_take(builder->arena, tally->bucket.n_windows, sizeof *tally->bucket.windows);
    if (!tally->lines.words || !tally->bucket.windows) {
        return NULL;
    }
    tally->bucket.windows[0].from_frame = builder->from_frame;
    tally->bucket.windows[0].until_frame = builder->until_frame;
    return tally;
}

static int section_add(struct builder *builder, struct section *section, struct tally *tally)
{
    struct tally **items = arena_grow(builder->arena, section->items, section->n,
                                      &section->capacity, sizeof(struct tally *));
    if (!tally || !items) {
        return -ENOMEM;
    }
    section->items = items;
    section->items[section->n++] = tally;
    return table_put(&section->by_id, tally->id, strlen(tally->id), tally);
}

/* The tally of an id; one that the station file does not have is made when it first airs. */
static struct tally *section_find(struct builder *builder, struct section *section, const char *id,
                                  size_t n_bytes)
{
    struct tally *tally = table_find(&section->by_id, id, n_bytes);
    if (!tally) {
        const char *copy = arena_strndup(builder->arena, id, n_bytes);
        tally = copy ? new_tally(builder, copy, copy, 0) : NULL;
        if (section_add(builder, section, tally) < 0) {
            return NULL;
        }
    }
    return tally;
}

/* A topic's quotas are windows of its tally where they lie within the report's period;
 * the others stay empty. */
static void open_quota_windows(const struct builder *builder, struct tally *tally,
                               const struct topic_def *topic)
{
    for (size_t i = 0; i < topic->n_quotas; i++) {
        struct count_window *window = &tally->bucket.windows[1 + i];
        int64_t from = frames_from_us(topic->quotas[i].from_us);
        int64_t until = frames_from_us(topic->quotas[i].until_us);
        if (from >= builder->from_frame && until <= builder->until_frame) {
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
        struct tally *tally = new_tally(builder, topic->id, topic->title, topic->n_quotas);
        if (tally) {
            open_quota_windows(builder, tally, topic);
        }
        r = section_add(builder, &builder->by_topic, tally);
    }
    for (size_t i = 0; i < station->n_tags && r == 0; i++) {
        r = section_add(builder, &builder->by_tag,
                        new_tally(builder, station->tags[i].id, station->tags[i].title, 0));
    }
    for (size_t i = 0; i < station->n_kinds && r == 0; i++) {
        r = section_add(builder, &builder->by_kind,
                        new_tally(builder, station->kinds[i].id, station->kinds[i].title, 0));
    }
    builder->by_topic.n_known = builder->by_topic.n;
    builder->by_tag.n_known = builder->by_tag.n;
    builder->by_kind.n_known = builder->by_kind.n;
    return r;
}

static int on_begin(void *context, const struct count_walk *walk)
{
    struct builder *builder = context;
    builder->n_lines = walk->n_lines;
    builder->total = new_tally(builder, NULL, _("total"), 0);
    int r =
        builder->total ? topics_init(&builder->topics, builder->station, builder->arena) : -ENOMEM;
    return r < 0 ? r : fill_sections(builder);
}

static int hit(struct builder *builder, struct tally *tally)
{
    struct tally **hits = arena_grow(builder->arena, builder->hits, builder->n_hits,
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
        return hit(builder, section_find(builder, &builder->by_topic, id, strlen(id)));
    }
    if (topic == SIZE_MAX) {
        if (!builder->without_topic) {
            builder->without_topic = new_tally(builder, NULL, _("without a topic"), 0);
        }
        return hit(builder, builder->without_topic);
    }
    int r = 0;
    for (; topic != SIZE_MAX && r == 0; topic = builder->station->topics[topic].parent) {
        r = hit(builder, builder->by_topic.items[topic]);
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
    if (r == 0) {
        r = hit(builder, section_find(builder, &builder->by_kind, kind, strlen(kind)));
    }
    while (*tags && r == 0) {
        size_t n = strcspn(tags, " ");
        r = n ? hit(builder, section_find(builder, &builder->by_tag, tags, n)) : 0;
        tags += n + (tags[n] == ' ');
    }
    return r;
}

static int on_heard(void *context, const struct count_heard *heard)
{
    struct builder *builder = context;
    const struct airing *airing = heard->airing;
    if (airing->role != AIRING_PROGRAMME || heard->until_frame <= builder->from_frame ||
        heard->from_frame >= builder->until_frame || heard->n_parts == 0) {
        return 0;
    }
    int r = find_hits(builder, airing->topic, airing->kind, airing->tags);
    for (size_t i = 0; i < builder->n_hits && r == 0; i++) {
        struct tally *tally = builder->hits[i];
        for (size_t part = 0; part < heard->n_parts && r == 0; part++) {
            r = count_time(&tally->bucket, builder->arena, heard->parts[part].from,
                           heard->parts[part].until);
        }
        count_lines_between(heard, builder->from_frame, builder->until_frame, tally->lines);
        if (heard->first_whole_of_item) {
            count_run(&tally->bucket, airing->repeat, heard->until_frame);
        }
    }
    builder->n_airings += heard->first_sound_of_item && heard->from_frame >= builder->from_frame;
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

static struct report_row row_of(const struct tally *tally)
{
    const struct count_window *window = &tally->bucket.windows[0];
    return (struct report_row){.id = tally->id,
                               .title = tally->title,
                               .frames = window->frames,
                               .features = window->features,
                               .items = window->items,
                               .first_runs = window->first_runs,
                               .repeats = window->repeats,
                               .n_lines = line_set_count(tally->lines),
                               .percent = NAN};
}

static int compare_tallies(const void *a, const void *b)
{
    const struct tally *const *left = a;
    const struct tally *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

/* What the station file does not have comes in the order of the ledger; people get it by id. */
static void sort_unknown(struct section *section)
{
    if (section->n > section->n_known) {
        qsort(section->items + section->n_known, section->n - section->n_known,
              sizeof(struct tally *), compare_tallies);
    }
}

/* A topic and all below it, as the station file orders them. */
static int write_tree(const struct builder *builder, size_t topic, int depth,
                      struct report_row *rows, size_t *n)
{
    const struct topic_def *topics = builder->station->topics;
    const struct tally *tally = builder->by_topic.items[topic];
    struct report_row *row = &rows[(*n)++];
    *row = row_of(tally);
    row->depth = depth;
    int r =
        report_hold_against_quotas(row, &topics[topic], &tally->bucket.windows[1], builder->arena);
    for (size_t i = 0; i < builder->station->n_topics && r == 0; i++) {
        if (topics[i].parent == topic) {
            r = write_tree(builder, i, depth + 1, rows, n);
        }
    }
    return r;
}

static bool rows_of_topics(struct builder *builder, struct report_rows *ret_rows)
{
    struct section *section = &builder->by_topic;
    struct report_row *rows = arena_take(builder->arena, section->n + 1, sizeof *rows);
    size_t n = 0;
    if (!rows) {
        return false;
    }
    for (size_t i = 0; i < section->n_known; i++) {
        if (builder->station->topics[i].parent == SIZE_MAX &&
            write_tree(builder, i, 0, rows, &n) < 0) {
            return false;
        }
    }
    sort_unknown(section);
    for (size_t i = section->n_known; i < section->n; i++) {
        rows[n++] = row_of(section->items[i]);
    }
    if (builder->without_topic) {
        rows[n++] = row_of(builder->without_topic);
    }
    *ret_rows = (struct report_rows){.items = rows, .n = n};
    return true;
}

static bool rows_of_section(struct builder *builder, struct section *section,
                            struct report_rows *ret_rows)
{
    struct report_row *rows = arena_take(builder->arena, section->n, sizeof *rows);
    if (!rows) {
        return false;
    }
    sort_unknown(section);
    for (size_t i = 0; i < section->n; i++) {
        rows[i] = row_of(section->items[i]);
    }
    *ret_rows = (struct report_rows){.items = rows, .n = section->n};
    return true;
}

int report_make(struct db *db, const struct station *station, int64_t from_us, int64_t to_us,
                struct arena *arena, struct report *ret_report, struct fault *reterr)
{
    struct builder builder = {.station = station,
                              .arena = arena,
                              .from_frame = frames_from_us(from_us),
                              .until_frame = frames_from_us(to_us),
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
    if (r < 0) {
        return r;
    }
    struct report report = {.station_title = station->title, .from_us = from_us, .to_us = to_us};
    report.total = row_of(builder.total);
    report.n_airings = builder.n_airings;
    if (!rows_of_topics(&builder, &report.topics) ||
        !rows_of_section(&builder, &builder.by_tag, &report.tags) ||
        !rows_of_section(&builder, &builder.by_kind, &report.kinds)) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    *ret_report = report;
    return 0;
}
