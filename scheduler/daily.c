/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "scheduler/planner_int.h"

/* When may each line sound, and how loud? The station file says it in minutes of the
 * wall clock; a plan needs it as instants, also on days that have 23 or 25 hours. */

enum { DAY_MINUTES = 1440 };
static const int64_t MINUTE_US = 60LL * 1000000;
static const int64_t DAY_US = DAY_MINUTES * MINUTE_US;

static bool hours_equal(const struct hours *a, const struct hours *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (a->ranges[i].from_min != b->ranges[i].from_min ||
            a->ranges[i].until_min != b->ranges[i].until_min) {
            return false;
        }
    }
    return true;
}

static bool levels_equal(const struct level *a, const struct level *b)
{
    if (a->n != b->n || a->base_db != b->base_db) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (a->ranges[i].range.from_min != b->ranges[i].range.from_min ||
            a->ranges[i].range.until_min != b->ranges[i].range.until_min ||
            a->ranges[i].db != b->ranges[i].db) {
            return false;
        }
    }
    return true;
}

static int daily_group_lines(const struct station *station, struct arena *arena,
                             struct daily *daily)
{
    size_t capacity = 0;
    for (size_t l = 0; l < station->n_lines; l++) {
        const struct line_def *line = &station->lines[l];
        size_t g = 0;
        while (g < daily->n_groups && !(hours_equal(daily->groups[g].hours, &line->hours) &&
                                        levels_equal(daily->groups[g].level, &line->level))) {
            g++;
        }
        if (g == daily->n_groups) {
            daily->groups = arena_grow(arena, daily->groups, g, &capacity, sizeof *daily->groups);
            if (!daily->groups) {
                return -ENOMEM;
            }
            daily->groups[g] = (struct daily_group){.lines = line_set_make(arena, station->n_lines),
                                                    .hours = &line->hours,
                                                    .level = &line->level};
            if (!daily->groups[g].lines.words) {
                return -ENOMEM;
            }
            daily->n_groups++;
        }
        line_set_add(daily->groups[g].lines, l);
    }
    return 0;
}

/* Minutes at which a group may change, 0 among them, sorted; at most DAY_MINUTES. */
static size_t group_minutes(const struct daily_group *group, int16_t minutes[static DAY_MINUTES])
{
    bool marks[DAY_MINUTES + 1] = {[0] = true};
    for (size_t i = 0; i < group->hours->n; i++) {
        marks[group->hours->ranges[i].from_min] = true;
        marks[group->hours->ranges[i].until_min] = true;
    }
    for (size_t i = 0; i < group->level->n; i++) {
        marks[group->level->ranges[i].range.from_min] = true;
        marks[group->level->ranges[i].range.until_min] = true;
    }
    size_t n = 0;
    for (int m = 0; m < DAY_MINUTES; m++) {
        if (marks[m]) {
            minutes[n++] = (int16_t)m;
        }
    }
    return n;
}

static int group_add_span(struct daily_group *group, size_t *capacity, int64_t at_us, int minute,
                          struct arena *arena)
{
    bool open = hours_hold(*group->hours, minute);
    double gain_db = level_at(*group->level, minute);
    if (group->n_spans) {
        const struct span *last = &group->spans[group->n_spans - 1];
        if (last->open == open && last->gain_db == gain_db) {
            return 0;
        }
    }
    group->spans = arena_grow(arena, group->spans, group->n_spans, capacity, sizeof *group->spans);
    if (!group->spans) {
        return -ENOMEM;
    }
    group->spans[group->n_spans++] =
        (struct span){.from_frame = frames_from_us(at_us), .open = open, .gain_db = gain_db};
    return 0;
}

/* One day of the wall clock: by arithmetic when it has 24 hours, else minute by minute. */
static int group_add_day(struct daily_group *group, size_t *capacity, int64_t start_us,
                         int64_t end_us, const int16_t *minutes, size_t n_minutes,
                         struct arena *arena)
{
    int r = 0;
    if (end_us - start_us == DAY_US) {
        for (size_t i = 0; r == 0 && i < n_minutes; i++) {
            r = group_add_span(group, capacity, start_us + minutes[i] * MINUTE_US, minutes[i],
                               arena);
        }
        return r;
    }
    for (int64_t us = start_us; r == 0 && us < end_us; us += MINUTE_US) {
        struct civil civil;
        zone_to_civil(us, &civil);
        r = group_add_span(group, capacity, us, civil.hour * 60 + civil.minute, arena);
    }
    return r;
}

static int group_make_spans(struct daily_group *group, int64_t from_us, int64_t to_us,
                            struct arena *arena)
{
    int16_t minutes[DAY_MINUTES];
    size_t n_minutes = group_minutes(group, minutes);
    size_t capacity = 0;
    struct civil day;
    zone_to_civil(from_us, &day);
    day.hour = day.minute = day.second = 0;
    int64_t start_us = zone_from_civil(&day);
    int r = 0;
    do {
        day.day++;
        int64_t end_us = zone_from_civil(&day);
        r = group_add_day(group, &capacity, start_us, end_us, minutes, n_minutes, arena);
        start_us = end_us;
    } while (r == 0 && start_us < to_us);
    return r;
}

int daily_make(const struct station *station, int64_t from_us, int64_t to_us, struct arena *arena,
               struct daily *ret_daily)
{
    struct daily daily = {0};
    int r = daily_group_lines(station, arena, &daily);
    for (size_t g = 0; r == 0 && g < daily.n_groups; g++) {
        r = group_make_spans(&daily.groups[g], from_us, to_us, arena);
    }
    if (r == 0) {
        *ret_daily = daily;
    }
    return r;
}

int daily_make_kinds(const struct station *station, int64_t from_us, int64_t to_us,
                     struct arena *arena, struct daily *daily)
{
    static const struct level even = {0};
    daily->kinds = arena_take(arena, station->n_kinds, sizeof *daily->kinds);
    int r = daily->kinds ? 0 : -ENOMEM;
    for (size_t k = 0; r == 0 && k < station->n_kinds; k++) {
        daily->kinds[k] = (struct daily_group){.hours = &station->kinds[k].hours, .level = &even};
        if (station->kinds[k].hours.n) {
            r = group_make_spans(&daily->kinds[k], from_us, to_us, arena);
        }
    }
    return r;
}

struct kind_time daily_kind_time(const struct daily *daily, size_t kind, int64_t frame)
{
    struct kind_time time = {.from_frame = frame, .until_frame = INT64_MAX};
    const struct daily_group *group = kind == SIZE_MAX ? NULL : &daily->kinds[kind];
    if (!group || !group->n_spans) {
        return time;
    }
    const struct span *end = group->spans + group->n_spans;
    const struct span *span = daily_span(group, frame);
    if (!span->open) {
        span++;
        time.from_frame = span < end ? span->from_frame : INT64_MAX;
    }
    time.until_frame = span + 1 < end ? span[1].from_frame : INT64_MAX;
    return time;
}

const struct span *daily_span(const struct daily_group *group, int64_t frame)
{
    size_t low = 0; /* spans[low] is the last known to begin at or before the frame */
    size_t high = group->n_spans;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (group->spans[middle].from_frame <= frame) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &group->spans[low];
}

static int plan_level_compare(const void *a, const void *b)
{
    const struct plan_level *x = a;
    const struct plan_level *y = b;
    if (x->from_frame != y->from_frame) {
        return x->from_frame < y->from_frame ? -1 : 1;
    }
    return (x->line > y->line) - (x->line < y->line);
}

/* The frame after the last sound of a plan, or its end. */
static int64_t plan_until_frame(const struct plan *plan)
{
    int64_t until = frames_from_us(plan->to_us);
    for (size_t i = 0; i < plan->n_items; i++) {
        int64_t end = plan->items[i].start_frame + plan->items[i].n_frames;
        until = end > until ? end : until;
    }
    return until;
}

int plan_make_levels(const struct station *station, struct plan *plan, struct arena *scratch)
{
    struct plan_level *levels = NULL;
    size_t capacity = 0;
    struct daily daily = {0};
    int64_t from_frame = frames_from_us(plan->from_us);
    int64_t until_frame = plan_until_frame(plan);
    int r = daily_make(station, plan->from_us, frames_to_us(until_frame), scratch, &daily);
    for (size_t g = 0; r == 0 && g < daily.n_groups; g++) {
        const struct daily_group *group = &daily.groups[g];
        const struct span *end = group->spans + group->n_spans;
        for (const struct span *s = daily_span(group, from_frame);
             s < end && (s->from_frame < until_frame || s->from_frame <= from_frame); s++) {
            int64_t frame = s->from_frame > from_frame ? s->from_frame : from_frame;
            for (size_t l = line_set_next(group->lines, 0); l != SIZE_MAX;
                 l = line_set_next(group->lines, l + 1)) {
                levels = arena_grow(plan->arena, levels, plan->n_levels, &capacity, sizeof *levels);
                if (!levels) {
                    return -ENOMEM;
                }
                levels[plan->n_levels++] = (struct plan_level){.from_frame = frame,
                                                               .line = (uint32_t)l,
                                                               .open = s->open,
                                                               .gain_db = s->gain_db};
            }
        }
    }
    if (plan->n_levels) {
        qsort(levels, plan->n_levels, sizeof *levels, plan_level_compare);
    }
    plan->levels = levels;
    return r;
}
