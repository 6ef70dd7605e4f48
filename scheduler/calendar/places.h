/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_PLACES_H
#define SCHEDULER_CALENDAR_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/line_set.h"

struct arena;
struct station;
struct zone_def;

/*
 * What RESOURCES may name: the station's lines and zones, and "all". Sorted by name once,
 * because each event of a calendar asks among thousands.
 */
struct place {
    const char *id;
    const struct zone_def *zone; /* NULL: not a zone */
    size_t line;                 /* index; SIZE_MAX: not a line. Neither of both: all lines */
};

struct places {
    size_t n_lines;
    struct place *items; /* by id */
    size_t n;
};

/* The station is borrowed. -ENOMEM. */
MUST_CHECK int places_make(const struct station *station, struct arena *arena,
                           struct places *ret_places);
const struct place *places_find(const struct places *places, const char *id); /* or NULL */
/* Add the lines of a place; a zone outside its dates adds nothing. */
void place_add_lines(const struct places *places, const struct place *place, int64_t at_us,
                     struct line_set into);

#endif
