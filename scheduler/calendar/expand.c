/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "scheduler/calendar/ahead.h"
#include "scheduler/calendar/calendar_int.h"
#include "scheduler/calendar/series.h"
#include "station/station.h"

/*
 * Series to slots. An occurrence is first a few words, so that a year of them can be
 * sorted cheaply; the slots are written once, in their order, into the caller's arena.
 */

/* Steps of libical for one expansion. A million slots take some five million, because
 * of times that limits or the window drop. */
static const int64_t EXPAND_STEPS = 32000000;

/* Instants so far away that nothing is near them: 1 January of the years 1 and 9999. */
static const int64_t FIRST_US = -62135596800LL * 1000000;
static const int64_t LAST_US = 253370764800LL * 1000000;

struct occurrence {
    int64_t start_us;
    int64_t end_us;
    int64_t recurrence_us;
    const struct event *event;
    uint64_t *line_words;
    const char *refusal; /* NULL: none */
};

/* The lines of an event, as long as none of its zones begins or ends. */
struct lines_at {
    const struct event *event;
    int64_t from_us;
    int64_t until_us;
    struct line_set lines;
    const char *refusal;
};

struct expansion {
    const struct calendars *calendars;
    int64_t from_us;
    int64_t to_us;
    struct arena *arena;
    struct fault *reterr;
    struct occurrence *items;
    size_t n;
    size_t capacity;
    int64_t budget;
    struct line_set all_lines;
    struct lines_at lines;
};

static int no_memory(struct expansion *e)
{
    return fault_set(e->reterr, ENOMEM, NULL, 0,
                     _("out of memory: the window holds too many slots; choose a shorter one"));
}

static int too_many(struct expansion *e, const struct event *event, unsigned line)
{
    return fault_set(e->reterr, E2BIG, event->slot.file, line,
                     _("with this event the window holds more slots than a station can play; "
                       "make its rule rarer, or the window shorter"));
}

/* Until when the answer for `at_us` holds, by a zone that the event names. */
static void narrow(const struct zone_def *zone, int64_t at_us, struct lines_at *lines)
{
    const int64_t edges[] = {zone->from_us, zone->until_us};
    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        if (edges[i] <= at_us && edges[i] > lines->from_us) {
            lines->from_us = edges[i];
        }
        if (edges[i] > at_us && edges[i] < lines->until_us) {
            lines->until_us = edges[i];
        }
    }
}

static int resolve_lines(struct expansion *e, const struct event *event, int64_t at_us)
{
    const struct station *station = e->calendars->station;
    struct lines_at *lines = &e->lines;
    if (lines->event == event && at_us >= lines->from_us && at_us < lines->until_us) {
        return 0;
    }
    *lines = (struct lines_at){.from_us = INT64_MIN, .until_us = INT64_MAX, .lines = e->all_lines};
    if (event->n_resources > 0) {
        lines->lines = line_set_make(e->arena, station->n_lines);
        if (station->n_lines && !lines->lines.words) {
            return no_memory(e);
        }
    }
    for (size_t i = 0; i < event->n_resources; i++) {
        const struct place *place = event->resources[i];
        if (place->zone) {
            narrow(place->zone, at_us, lines);
        }
        place_add_lines(&e->calendars->places, place, at_us, lines->lines);
    }
    if (event->n_resources > 0 && line_set_is_empty(lines->lines)) {
        lines->refusal =
            arena_printf(e->arena, _("no line is left: \"%s\" is not valid on this day"),
                         event->resources[0]->id);
        if (!lines->refusal) {
            return no_memory(e);
        }
    }
    lines->event = event;
    return 0;
}

static int add(struct expansion *e, const struct event *event, int64_t start_us, int64_t end_us,
               int64_t recurrence_us)
{
    bool begins = start_us >= e->from_us && start_us < e->to_us;
    bool holds = start_us < e->to_us && end_us > e->from_us;
    if (!(event->slot.mode ? holds : begins)) {
        return 0;
    }
    if (e->n == SLOTS_MAX) {
        return too_many(e, event, event->n_recurs ? event->recurs[0].line : event->slot.file_line);
    }
    if (e->n == e->capacity) {
        size_t capacity = e->capacity ? e->capacity * 2 : 256;
        struct occurrence *items = realloc(e->items, capacity * sizeof *items);
        if (!items) {
            return no_memory(e);
        }
        e->items = items;
        e->capacity = capacity;
    }
    int r = resolve_lines(e, event, start_us);
    if (r == 0) {
        e->items[e->n++] = (struct occurrence){.start_us = start_us,
                                               .end_us = end_us,
                                               .recurrence_us = recurrence_us,
                                               .event = event,
                                               .line_words = e->lines.lines.words,
                                               .refusal = e->lines.refusal};
    }
    return r;
}

/* How many of the sorted changes are at or before that instant. */
static size_t count_until(struct event *const *changes, size_t n, int64_t us)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (changes[middle]->changed_us <= us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The change of that very occurrence, else the latest that is for it and the following. */
static const struct event *change_at(const struct series *series, int64_t us)
{
    size_t n = count_until(series->changes, series->n_changes, us);
    if (n > 0 && series->changes[n - 1]->changed_us == us) {
        return series->changes[n - 1];
    }
    n = count_until(series->following, series->n_following, us);
    return n > 0 ? series->following[n - 1] : NULL;
}

static int add_instance(struct expansion *e, const struct series *series,
                        const struct instance *instance)
{
    const struct event *master = series->master;
    const struct event *change = series->n_changes ? change_at(series, instance->us) : NULL;
    if (!change) {
        int64_t end_us = instance->length_s ? instance->us + instance->length_s * 1000000
                                            : event_end_us(master, instance->us, instance->wall_s);
        return add(e, master, instance->us, end_us, instance->us);
    }
    if (!change->and_following) {
        return 0; /* it stands where the change put it: add_changes() */
    }
    int64_t wall_s = cal_zone_wall_s(change->zone, instance->us) + series_shift_s(change);
    int64_t start_us = cal_zone_instant_us(change->zone, wall_s);
    return add(e, change, start_us, event_end_us(change, start_us, wall_s), instance->us);
}

/* Changes of one occurrence are where they say, inside or outside the window, wherever
 * their occurrence was. */
static int add_changes(struct expansion *e, const struct series *series)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < series->n_changes; i++) {
        const struct event *change = series->changes[i];
        const struct event *master = series->master;
        if (master && (change->and_following ||
                       series_excludes(master, change->changed_us,
                                       cal_zone_wall_s(master->zone, change->changed_us)))) {
            continue;
        }
        int64_t end_us = event_end_us(change, change->start_us, change->start_wall_s);
        r = add(e, change, change->start_us, end_us, change->changed_us);
    }
    return r;
}

static int expand_series(struct expansion *e, const struct series *series)
{
    if (series->master) {
        int64_t shift_us = series->n_following ? (series->shift_max_s + WALL_DAY_S) * 1000000 : 0;
        unsigned line = 0;
        const struct instance *instances = NULL;
        size_t n = 0;
        int r =
            ahead_instances(series->ahead, series->master, e->from_us - shift_us - series->reach_us,
                            e->to_us + shift_us, &e->budget, &instances, &n, &line);
        if (r == -E2BIG) {
            return too_many(e, series->master, line);
        }
        if (r < 0) {
            return no_memory(e);
        }
        for (size_t i = 0; i < n; i++) {
            r = add_instance(e, series, &instances[i]);
            if (r < 0) {
                return r;
            }
        }
    }
    return add_changes(e, series);
}

static int compare_occurrences(const void *a, const void *b)
{
    const struct occurrence *x = a;
    const struct occurrence *y = b;
    if (x->start_us != y->start_us) {
        return x->start_us < y->start_us ? -1 : 1;
    }
    if (x->event->slot.layer != y->event->slot.layer) {
        return x->event->slot.layer < y->event->slot.layer ? -1 : 1;
    }
    int order = strcmp(x->event->slot.uid, y->event->slot.uid);
    return order ? order
                 : (x->recurrence_us > y->recurrence_us) - (x->recurrence_us < y->recurrence_us);
}

static int write_slots(struct expansion *e, struct slots *ret_slots)
{
    size_t n_modes = 0;
    for (size_t i = 0; i < e->n; i++) {
        n_modes += e->items[i].event->slot.mode != NULL;
    }
    struct slots slots = {.items = arena_take(e->arena, e->n - n_modes, sizeof *slots.items),
                          .modes = arena_take(e->arena, n_modes, sizeof *slots.modes)};
    if (!slots.items || !slots.modes) {
        return no_memory(e);
    }
    if (e->n > 1) {
        qsort(e->items, e->n, sizeof *e->items, compare_occurrences);
    }
    for (size_t i = 0; i < e->n; i++) {
        const struct occurrence *o = &e->items[i];
        struct slot *slot =
            o->event->slot.mode ? &slots.modes[slots.n_modes++] : &slots.items[slots.n++];
        *slot = o->event->slot;
        slot->start_us = o->start_us;
        slot->end_us = o->end_us;
        slot->recurrence_us = o->recurrence_us;
        slot->lines = (struct line_set){.words = o->line_words, .n_words = e->all_lines.n_words};
        if (o->refusal && slot->state == SLOT_CONFIRMED) {
            slot->state = SLOT_REFUSED;
            slot->reason = o->refusal;
        }
    }
    *ret_slots = slots;
    return 0;
}

static int expand(struct calendars *calendars, int64_t from_us, int64_t to_us, bool modes_only,
                  struct arena *arena, struct slots *ret_slots, struct fault *reterr)
{
    const struct station *station = calendars->station;
    struct expansion e = {.calendars = calendars,
                          .from_us = from_us < FIRST_US ? FIRST_US : from_us,
                          .to_us = to_us > LAST_US ? LAST_US : to_us,
                          .arena = arena,
                          .reterr = reterr,
                          .budget = EXPAND_STEPS,
                          .all_lines = line_set_make(arena, station->n_lines)};
    if (station->n_lines && !e.all_lines.words) {
        return no_memory(&e);
    }
    line_set_fill(e.all_lines, station->n_lines);
    int r = 0;
    for (size_t i = 0; r == 0 && e.from_us < e.to_us && i < calendars->n_series; i++) {
        if (!modes_only || calendars->series[i].declares_mode) {
            r = expand_series(&e, &calendars->series[i]);
        }
    }
    r = r < 0 ? r : write_slots(&e, ret_slots);
    free(e.items);
    return r;
}

int calendars_expand(struct calendars *calendars, int64_t from_us, int64_t to_us,
                     struct arena *arena, struct slots *ret_slots, struct fault *reterr)
{
    return expand(calendars, from_us, to_us, false, arena, ret_slots, reterr);
}

int calendars_expand_modes(struct calendars *calendars, int64_t from_us, int64_t to_us,
                           struct arena *arena, struct slots *ret_slots, struct fault *reterr)
{
    return expand(calendars, from_us, to_us, true, arena, ret_slots, reterr);
}
