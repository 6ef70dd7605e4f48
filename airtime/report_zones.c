/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/report_zones.h"

#include <errno.h>
#include <string.h>

#include "airtime/outages.h"
#include "base/arena.h"
#include "base/frames.h"
#include "station/station.h"

enum { COVER_MAX_BYTES = 64 << 20 };

/* A zone's lines lie close together, so sets are only looked at where it has any. */
struct zone_tally {
    struct tally *tally;
    struct line_set lines;
    size_t first_word;
    size_t n_words;
    int64_t from_frame;
    int64_t until_frame;
};

static int64_t frame_of(int64_t us)
{
    return us == INT64_MIN || us == INT64_MAX ? us : frames_from_us(us);
}

static struct line_set where_it_lies(const struct zone_tally *zone, struct line_set set)
{
    return (struct line_set){set.words + zone->first_word, zone->n_words};
}

static void find_place(struct zone_tally *zone)
{
    size_t end = zone->lines.n_words;
    while (end > 0 && zone->lines.words[end - 1] == 0) {
        end--;
    }
    while (zone->first_word < end && zone->lines.words[zone->first_word] == 0) {
        zone->first_word++;
    }
    zone->n_words = end - zone->first_word;
}

static int init_zone(struct zone_tally *zone, const struct zone_def *def,
                     const struct tally_shape *shape)
{
    zone->tally = tally_make(shape, def->id, def->title, 0);
    zone->lines = line_set_make(shape->arena, shape->n_lines);
    zone->from_frame = frame_of(def->from_us);
    zone->until_frame = frame_of(def->until_us);
    if (!zone->tally || !zone->lines.words) {
        return -ENOMEM;
    }
    /* The ledger may know more lines than the station has today. */
    memcpy(zone->lines.words, def->lines.words, def->lines.n_words * sizeof *def->lines.words);
    find_place(zone);
    return 0;
}

int zone_tallies_init(struct zone_tallies *zones, const struct station *station,
                      const struct tally_shape *shape)
{
    zones->n = station->n_zones;
    zones->items = arena_take(shape->arena, station->n_zones, sizeof *zones->items);
    zones->scratch = line_set_make(shape->arena, shape->n_lines);
    zones->clipped = line_set_make(shape->arena, shape->n_lines);
    zones->cover_arena = arena_create(COVER_MAX_BYTES);
    zones->part_shape = *shape;
    zones->part_shape.n_months = 0;
    if ((zones->n && !zones->items) || !zones->scratch.words || !zones->clipped.words ||
        !zones->cover_arena) {
        return -ENOMEM;
    }
    int r = 0;
    for (size_t i = 0; i < zones->n && r == 0; i++) {
        r = init_zone(&zones->items[i], &station->zones[i], shape);
    }
    return r;
}

void zone_tallies_finish(struct zone_tallies *zones)
{
    zones->cover_arena = arena_destroy(zones->cover_arena);
}

/* Of an airing, what the lines in `scratch` heard between two frames. */
static int heard_by_scratch(struct zone_tallies *zones, const struct count_heard *heard,
                            struct cover_span *span, struct cover *cover)
{
    *cover = (struct cover){.spans = span, .n = 1};
    if (!heard->outages) {
        return 0;
    }
    arena_clear(zones->cover_arena);
    *cover = (struct cover){0};
    return outages_heard(heard->outages, zones->scratch, span->from, span->until,
                         zones->cover_arena, cover);
}

/* Who heard any of it while the zone was one, and when that was. */
static struct line_set clip(struct zone_tallies *zones, const struct zone_tally *zone,
                            const struct tally_shape *shape, const struct count_heard *heard,
                            struct line_set lines, struct cover_span *span)
{
    *span = (struct cover_span){heard->from_frame, heard->until_frame};
    if (span->from >= zone->from_frame && span->until <= zone->until_frame) {
        return lines;
    }
    span->from = span->from > zone->from_frame ? span->from : zone->from_frame;
    span->until = span->until < zone->until_frame ? span->until : zone->until_frame;
    line_set_clear(zones->clipped);
    count_lines_between(heard, span->from > shape->from_frame ? span->from : shape->from_frame,
                        span->until < shape->until_frame ? span->until : shape->until_frame,
                        zones->clipped);
    return zones->clipped;
}

/* zones->scratch has those of its lines that heard any of it. */
static int add_to_zone(struct zone_tallies *zones, struct zone_tally *zone,
                       const struct tally_shape *shape, const struct cover *cover,
                       struct tally *const *topics, size_t n_topics)
{
    struct line_set here = where_it_lies(zone, zones->scratch);
    line_set_or(where_it_lies(zone, zone->tally->lines), here);
    int r = tally_hear(shape, zone->tally, cover->spans, cover->n);
    for (size_t i = 0; i < n_topics && r == 0; i++) {
        struct tally *part = tally_part(&zones->part_shape, zone->tally, topics[i]);
        if (!part) {
            return -ENOMEM;
        }
        line_set_or(where_it_lies(zone, part->lines), here);
        r = tally_hear(&zones->part_shape, part, cover->spans, cover->n);
    }
    return r;
}

static int hear_in_zone(struct zone_tallies *zones, struct zone_tally *zone,
                        const struct tally_shape *shape, const struct count_heard *heard,
                        struct line_set lines, struct tally *const *topics, size_t n_topics)
{
    struct cover_span span;
    struct cover cover;
    struct line_set here = where_it_lies(zone, zones->scratch); /* the rest of it stays empty */
    lines = clip(zones, zone, shape, heard, lines, &span);
    line_set_clear(here);
    line_set_or(here, where_it_lies(zone, lines));
    line_set_and(here, where_it_lies(zone, zone->lines));
    if (line_set_is_empty(here)) {
        return 0;
    }
    int r = heard_by_scratch(zones, heard, &span, &cover);
    if (r == 0) {
        r = add_to_zone(zones, zone, shape, &cover, topics, n_topics);
    }
    line_set_clear(here);
    return r;
}

int zone_tallies_hear(struct zone_tallies *zones, const struct tally_shape *shape,
                      const struct count_heard *heard, struct line_set lines,
                      struct tally *const *topics, size_t n_topics)
{
    int r = 0;
    for (size_t i = 0; i < zones->n && r == 0; i++) {
        struct zone_tally *zone = &zones->items[i];
        if (heard->from_frame < zone->until_frame && heard->until_frame > zone->from_frame) {
            r = hear_in_zone(zones, zone, shape, heard, lines, topics, n_topics);
        }
    }
    return r;
}

const struct tally *zone_tallies_of(const struct zone_tallies *zones, size_t zone)
{
    return zones->items[zone].tally;
}

size_t zone_tallies_n_lines(const struct zone_tallies *zones, size_t zone)
{
    return line_set_count(zones->items[zone].lines);
}
