/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "station/station.h"

static int place_compare(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->id, ((const struct place *)b)->id);
}

int places_make(const struct station *station, struct arena *arena, struct places *ret_places)
{
    struct places places = {.n_lines = station->n_lines};
    places.items = arena_take(arena, station->n_lines + station->n_zones + 1, sizeof *places.items);
    if (!places.items) {
        return -ENOMEM;
    }
    places.items[places.n++] = (struct place){.id = "all", .line = SIZE_MAX};
    for (size_t i = 0; i < station->n_lines; i++) {
        places.items[places.n++] = (struct place){.id = station->lines[i].id, .line = i};
    }
    for (size_t i = 0; i < station->n_zones; i++) {
        const struct zone_def *zone = &station->zones[i];
        places.items[places.n++] = (struct place){.id = zone->id, .zone = zone, .line = SIZE_MAX};
    }
    qsort(places.items, places.n, sizeof *places.items, place_compare);
    *ret_places = places;
    return 0;
}

const struct place *places_find(const struct places *places, const char *id)
{
    const struct place key = {.id = id};
    return bsearch(&key, places->items, places->n, sizeof key, place_compare);
}

void place_add_lines(const struct places *places, const struct place *place, int64_t at_us,
                     struct line_set into)
{
    if (place->line != SIZE_MAX) {
        line_set_add(into, place->line);
    } else if (!place->zone) {
        line_set_fill(into, places->n_lines);
    } else if (at_us >= place->zone->from_us && at_us < place->zone->until_us) {
        line_set_or(into, place->zone->lines);
    }
}
