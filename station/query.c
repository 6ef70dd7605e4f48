/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "station/station.h"

/* Questions to a station that has been read. */

struct station *station_destroy(struct station *station)
{
    if (station) {
        arena_destroy(station->arena); /* the station itself lives in it */
    }
    return NULL;
}

/* Every named thing begins with its id. */
static size_t find(const void *items, size_t n, size_t item_bytes, const char *id)
{
    for (size_t i = 0; i < n; i++) {
        const char *const *item_id = (const void *)((const char *)items + i * item_bytes);
        if (strcmp(*item_id, id) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

_Static_assert(offsetof(struct line_def, id) == 0, "find() reads the id there");
_Static_assert(offsetof(struct zone_def, id) == 0, "find() reads the id there");
_Static_assert(offsetof(struct topic_def, id) == 0, "find() reads the id there");
_Static_assert(offsetof(struct tag_def, id) == 0, "find() reads the id there");
_Static_assert(offsetof(struct kind_def, id) == 0, "find() reads the id there");
_Static_assert(offsetof(struct clock_def, id) == 0, "find() reads the id there");
_Static_assert(offsetof(struct source_def, id) == 0, "find() reads the id there");

size_t station_find_line(const struct station *station, const char *id)
{
    return find(station->lines, station->n_lines, sizeof *station->lines, id);
}

size_t station_find_topic(const struct station *station, const char *id)
{
    return find(station->topics, station->n_topics, sizeof *station->topics, id);
}

size_t station_find_tag(const struct station *station, const char *id)
{
    return find(station->tags, station->n_tags, sizeof *station->tags, id);
}

size_t station_find_kind(const struct station *station, const char *id)
{
    return find(station->kinds, station->n_kinds, sizeof *station->kinds, id);
}

size_t station_find_clock(const struct station *station, const char *id)
{
    return find(station->clocks, station->n_clocks, sizeof *station->clocks, id);
}

size_t station_find_mode(const struct station *station, const char *id)
{
    return find(station->modes, station->n_modes, sizeof *station->modes, id);
}

size_t station_find_relay(const struct station *station, const char *id)
{
    return find(station->relays, station->n_relays, sizeof *station->relays, id);
}

size_t station_find_input(const struct station *station, const char *id)
{
    return find(station->inputs, station->n_inputs, sizeof *station->inputs, id);
}

const struct source_def *station_find_source(const struct station *station, const char *name)
{
    static const char RELAY[] = "relay:";
    static const char INPUT[] = "input:";
    if (name && strncmp(name, RELAY, strlen(RELAY)) == 0) {
        size_t i = station_find_relay(station, name + strlen(RELAY));
        return i == SIZE_MAX ? NULL : &station->relays[i];
    }
    if (name && strncmp(name, INPUT, strlen(INPUT)) == 0) {
        size_t i = station_find_input(station, name + strlen(INPUT));
        return i == SIZE_MAX ? NULL : &station->inputs[i];
    }
    return NULL;
}

int station_resolve_lines(const struct station *station, const char *id, int64_t at_us,
                          struct line_set into)
{
    size_t line = station_find_line(station, id);
    if (line != SIZE_MAX) {
        line_set_add(into, line);
        return 0;
    }
    if (strcmp(id, "all") == 0) {
        line_set_fill(into, station->n_lines);
        return 0;
    }
    size_t zone = find(station->zones, station->n_zones, sizeof *station->zones, id);
    if (zone == SIZE_MAX) {
        return -ENOENT;
    }
    const struct zone_def *def = &station->zones[zone];
    if (at_us >= def->from_us && at_us < def->until_us) {
        line_set_or(into, def->lines);
    }
    return 0;
}

bool hours_hold(struct hours hours, int minute)
{
    for (size_t i = 0; i < hours.n; i++) {
        if (minute >= hours.ranges[i].from_min && minute < hours.ranges[i].until_min) {
            return true;
        }
    }
    return false;
}

double level_at(struct level level, int minute)
{
    for (size_t i = 0; i < level.n; i++) {
        if (minute >= level.ranges[i].range.from_min && minute < level.ranges[i].range.until_min) {
            return level.ranges[i].db;
        }
    }
    return level.base_db;
}
