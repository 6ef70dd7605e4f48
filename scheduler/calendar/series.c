/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/frames.h"

/* The instants that rules, RDATE and EXDATE of one event give. */

static const int64_t SECOND_US = 1000000;
/* A wall clock is less than a day off UTC, and a change of it less than another. */
static const int64_t SLACK_S = 2 * 86400;

void instances_finish(struct instances *instances)
{
    free(instances->items);
    *instances = (struct instances){0};
}

static int instances_add(struct instances *into, struct instance instance)
{
    if (into->n > SLOTS_MAX) {
        return -E2BIG;
    }
    if (into->n == into->capacity) {
        /* Most events come once, and every series holds its own. */
        size_t capacity = into->capacity ? into->capacity * 2 : 4;
        struct instance *items = realloc(into->items, capacity * sizeof *items);
        if (!items) {
            return -ENOMEM;
        }
        into->items = items;
        into->capacity = capacity;
    }
    into->items[into->n++] = instance;
    return 0;
}

static bool has_exdate(const struct exdate *sorted, size_t n, int64_t at)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle].at < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < n && sorted[low].at == at;
}

bool series_excludes(const struct event *master, int64_t us, int64_t wall_s)
{
    return has_exdate(master->exdates, master->n_exdates, us) ||
           (master->n_exdays && has_exdate(master->exdays, master->n_exdays,
                                           frames_floor_div(wall_s, WALL_DAY_S) * WALL_DAY_S));
}

/* The rule's instants in [from_us, to_us), which lie in that window of the wall clock. */
static int add_rule(const struct event *master, const struct recur *recur, int64_t from_us,
                    int64_t to_us, int64_t from_wall_s, int64_t until_wall_s, int64_t *budget,
                    struct instances *into)
{
    const struct cal_zone *zone = master->zone;
    struct recur_walk walk;
    struct instance instance = {0};
    int r =
        recur_begin(&walk, recur, zone, master->start_wall_s, from_wall_s, until_wall_s, budget);
    if (r == -ENODATA) {
        r = 0;
    }
    while (r == 0 && (r = recur_next(&walk, &instance.wall_s)) == 1) {
        instance.us = cal_zone_instant_us(zone, instance.wall_s);
        r = instance.us >= from_us && instance.us < to_us ? instances_add(into, instance) : 0;
    }
    recur_end(&walk);
    return r;
}

static int add_dates(const struct event *master, int64_t from_us, int64_t to_us,
                     struct instances *into)
{
    struct instance start = {.us = master->start_us, .wall_s = master->start_wall_s};
    int r = start.us >= from_us && start.us < to_us ? instances_add(into, start) : 0;
    for (size_t i = 0; r == 0 && i < master->n_rdates; i++) {
        int64_t us = master->rdates[i].us;
        if (us >= from_us && us < to_us) {
            r = instances_add(into, (struct instance){.us = us,
                                                      .wall_s = cal_zone_wall_s(master->zone, us),
                                                      .length_s = master->rdates[i].length_s});
        }
    }
    return r;
}

static int compare_instances(const void *a, const void *b)
{
    const struct instance *x = a;
    const struct instance *y = b;
    if (x->us != y->us) {
        return x->us < y->us ? -1 : 1;
    }
    /* Of equals the first stays: a length of its own, then the earlier clock time. */
    if (x->length_s != y->length_s) {
        return x->length_s > y->length_s ? -1 : 1;
    }
    return (x->wall_s > y->wall_s) - (x->wall_s < y->wall_s);
}

static bool is_sorted(const struct instances *instances)
{
    for (size_t i = 1; i < instances->n; i++) {
        if (instances->items[i - 1].us >= instances->items[i].us) {
            return false;
        }
    }
    return true;
}

static void settle(const struct event *master, struct instances *instances)
{
    if (!is_sorted(instances)) {
        qsort(instances->items, instances->n, sizeof *instances->items, compare_instances);
    }
    size_t n = 0;
    for (size_t i = 0; i < instances->n; i++) {
        struct instance instance = instances->items[i];
        bool is_double = n > 0 && instances->items[n - 1].us == instance.us;
        if (!is_double && !series_excludes(master, instance.us, instance.wall_s)) {
            instances->items[n++] = instance;
        }
    }
    instances->n = n;
}

int series_instances(const struct event *master, int64_t from_us, int64_t to_us, int64_t *budget,
                     struct instances *into, unsigned *ret_line)
{
    int64_t from_wall_s = frames_floor_div(from_us, SECOND_US) - SLACK_S;
    int64_t until_wall_s = frames_floor_div(to_us, SECOND_US) + SLACK_S;
    into->n = 0;
    *ret_line = master->slot.file_line;
    int r = add_dates(master, from_us, to_us, into);
    for (size_t i = 0; r == 0 && i < master->n_recurs; i++) {
        *ret_line = master->recurs[i].line;
        r = add_rule(master, &master->recurs[i], from_us, to_us, from_wall_s, until_wall_s, budget,
                     into);
    }
    if (r == 0) {
        settle(master, into);
    }
    return r;
}

static int occurs_within(const struct event *master, int64_t from_us, int64_t to_us,
                         int64_t from_wall_s, int64_t until_wall_s, int64_t *budget,
                         bool *ret_occurs)
{
    struct instances found = {0};
    int r = add_dates(master, from_us, to_us, &found);
    /* At that time of the clock, else back by what a change of it may have put it forward. */
    static const int64_t back_s[] = {0, 2 * 3600};
    for (size_t i = 0; r == 0 && found.n == 0 && i < ARRAY_LEN(back_s) * master->n_recurs; i++) {
        r = add_rule(master, &master->recurs[i % master->n_recurs], from_us, to_us,
                     from_wall_s - back_s[i / master->n_recurs], until_wall_s, budget, &found);
    }
    *ret_occurs = found.n > 0;
    instances_finish(&found);
    return r;
}

int series_occurs_at(const struct event *master, int64_t us, int64_t *budget, bool *ret_occurs)
{
    int64_t wall_s = cal_zone_wall_s(master->zone, us);
    return occurs_within(master, us, us + 1, wall_s, wall_s, budget, ret_occurs);
}

int series_occurs_on(const struct event *master, int64_t day_wall_s, int64_t *budget,
                     bool *ret_occurs)
{
    return occurs_within(master, cal_zone_instant_us(master->zone, day_wall_s),
                         cal_zone_instant_us(master->zone, day_wall_s + WALL_DAY_S), day_wall_s,
                         day_wall_s + WALL_DAY_S, budget, ret_occurs);
}

int64_t series_shift_s(const struct event *change)
{
    return change->start_wall_s - cal_zone_wall_s(change->zone, change->changed_us);
}

int64_t event_end_us(const struct event *event, int64_t start_us, int64_t start_wall_s)
{
    int64_t exact_us = event->exact_s * SECOND_US;
    int64_t end_us = start_us + exact_us;
    if (event->clock_s) {
        end_us = cal_zone_instant_us(event->zone, start_wall_s + event->clock_s) + exact_us;
    }
    if (end_us <= start_us) { /* the clocks went over all of it */
        end_us = start_us + event->clock_s * SECOND_US + exact_us;
    }
    int64_t max_us = event->slot.mode ? MODE_MAX_US : SLOT_MAX_US;
    return end_us - start_us > max_us ? start_us + max_us : end_us;
}
