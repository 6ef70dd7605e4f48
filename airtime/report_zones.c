/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/report_zones.h"

#include <errno.h>
#include <string.h>

#include "airtime/outages.h"
#include "base/arena.h"
#include "base/frames.h"
#include "station/station.h"

enum { COVER_MAX_BYTES = 64 << 20 };

struct zone_tally {
    struct tally *tally;
    struct line_set lines;
    int64_t from_frame;
    int64_t until_frame;
};

static int64_t frame_of(int64_t us)
{
    return us == INT64_MIN || us == INT64_MAX ? us : frames_from_us(us);
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
    return 0;
}

int zone_tallies_init(struct zone_tallies *zones, const struct station *station,
                      const struct tally_shape *shape)
{
    zones->n = station->n_zones;
    zones->items = arena_take(shape->arena, station->n_zones, sizeof *zones->items);
    zones->scratch = line_set_make(shape->arena, shape->n_lines);
    zones->cover_arena = arena_create(COVER_MAX_BYTES);
    zones->part_shape = *shape;
    zones->part_shape.n_months = 0;
    if ((zones->n && !zones->items) || !zones->scratch.words || !zones->cover_arena) {
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

static int hear_in_zone(struct zone_tallies *zones, struct zone_tally *zone,
                        const struct tally_shape *shape, const struct count_heard *heard,
                        struct line_set lines, struct tally *const *topics, size_t n_topics)
{
    struct cover_span span = {heard->from_frame, heard->until_frame};
    struct cover cover;
    line_set_clear(zones->scratch);
    if (span.from >= zone->from_frame && span.until <= zone->until_frame) {
        line_set_or(zones->scratch, lines);
    } else {
        span.from = span.from > zone->from_frame ? span.from : zone->from_frame;
        span.until = span.until < zone->until_frame ? span.until : zone->until_frame;
        count_lines_between(heard, span.from > shape->from_frame ? span.from : shape->from_frame,
                            span.until < shape->until_frame ? span.until : shape->until_frame,
                            zones->scratch);
    }
    line_set_and(zones->scratch, zone->lines);
    if (line_set_is_empty(zones->scratch)) {
        return 0;
    }
    int r = heard_by_scratch(zones, heard, &span, &cover);
    if (r == 0) {
        line_set_or(zone->tally->lines, zones->scratch);
        r = tally_hear(shape, zone->tally, cover.spans, cover.n);
    }
    for (size_t i = 0; i < n_topics && r == 0; i++) {
        struct tally *part = tally_part(&zones->part_shape, zone->tally, topics[i]);
        if (!part) {
            return -ENOMEM;
        }
        line_set_or(part->lines, zones->scratch);
        r = tally_hear(&zones->part_shape, part, cover.spans, cover.n);
    }
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
