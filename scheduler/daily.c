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

/* The midnights of the wall clock from the one at or before from_us on to the first at or
 * after to_us. */
struct midnights {
    int64_t *us;
    size_t n;
};

static int midnights_make(int64_t from_us, int64_t to_us, struct arena *arena,
                          struct midnights *into)
{
    size_t capacity = 0;
    struct civil day;
    zone_to_civil(from_us, &day);
    day.hour = day.minute = day.second = 0;
    do {
        into->us = arena_grow(arena, into->us, into->n, &capacity, sizeof *into->us);
        if (!into->us) {
            return -ENOMEM;
        }
        into->us[into->n++] = zone_from_civil(&day);
        day.day++;
    } while (into->n < 2 || into->us[into->n - 1] < to_us);
    return 0;
}

static int group_make_spans(struct daily_group *group, const struct midnights *midnights,
                            struct arena *arena)
{
    int16_t minutes[DAY_MINUTES];
    size_t n_minutes = group_minutes(group, minutes);
    size_t capacity = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i + 1 < midnights->n; i++) {
        r = group_add_day(group, &capacity, midnights->us[i], midnights->us[i + 1], minutes,
                          n_minutes, arena);
    }
    return r;
}

int daily_make(const struct station *station, int64_t from_us, int64_t to_us, struct arena *arena,
               struct daily *ret_daily)
{
    struct daily daily = {0};
    struct midnights midnights = {0};
    int r = daily_group_lines(station, arena, &daily);
    r = r == 0 ? midnights_make(from_us, to_us, arena, &midnights) : r;
    for (size_t g = 0; r == 0 && g < daily.n_groups; g++) {
        r = group_make_spans(&daily.groups[g], &midnights, arena);
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
    struct midnights midnights = {0};
    daily->kinds = arena_take(arena, station->n_kinds, sizeof *daily->kinds);
    int r = daily->kinds ? midnights_make(from_us, to_us, arena, &midnights) : -ENOMEM;
    for (size_t k = 0; r == 0 && k < station->n_kinds; k++) {
        daily->kinds[k] = (struct daily_group){.hours = &station->kinds[k].hours, .level = &even};
        if (station->kinds[k].hours.n) {
            r = group_make_spans(&daily->kinds[k], &midnights, arena);
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

/* From this frame on the lines of a group have another level. */
struct group_change {
    int64_t from_frame;
    size_t group;
    const struct span *span;
};

static int group_change_compare(const void *a, const void *b)
{
    const struct group_change *x = a;
    const struct group_change *y = b;
    if (x->from_frame != y->from_frame) {
        return x->from_frame < y->from_frame ? -1 : 1;
    }
    return (x->group > y->group) - (x->group < y->group);
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

/* All changes of all groups while a plan lasts, in order; *ret_n_levels is of their lines. */
static int group_changes(const struct daily *daily, int64_t from_frame, int64_t until_frame,
                         struct arena *scratch, struct group_change **ret_changes, size_t *ret_n,
                         size_t *ret_n_levels)
{
    struct group_change *changes = NULL;
    size_t n = 0;
    size_t capacity = 0;
    *ret_n_levels = 0;
    for (size_t g = 0; g < daily->n_groups; g++) {
        const struct daily_group *group = &daily->groups[g];
        const struct span *end = group->spans + group->n_spans;
        size_t n_lines = line_set_count(group->lines);
        for (const struct span *s = daily_span(group, from_frame);
             s < end && (s->from_frame < until_frame || s->from_frame <= from_frame); s++) {
            changes = arena_grow(scratch, changes, n, &capacity, sizeof *changes);
            if (!changes) {
                return -ENOMEM;
            }
            int64_t frame = s->from_frame > from_frame ? s->from_frame : from_frame;
            changes[n++] = (struct group_change){.from_frame = frame, .group = g, .span = s};
            *ret_n_levels += n_lines;
        }
    }
    if (n) {
        qsort(changes, n, sizeof *changes, group_change_compare);
    }
    *ret_changes = changes;
    *ret_n = n;
    return 0;
}

/* The group of each line. */
static uint32_t *groups_of_lines(const struct daily *daily, size_t n_lines, struct arena *scratch)
{
    uint32_t *of_line = arena_take(scratch, n_lines, sizeof *of_line);
    for (size_t g = 0; of_line && g < daily->n_groups; g++) {
        struct line_set lines = daily->groups[g].lines;
        for (size_t l = line_set_next(lines, 0); l != SIZE_MAX; l = line_set_next(lines, l + 1)) {
            of_line[l] = (uint32_t)g;
        }
    }
    return of_line;
}

/* What changes[0 .. n) do at one frame, line by line. Returns the end of the levels. */
static struct plan_level *levels_at(const struct daily *daily, const struct group_change *changes,
                                    size_t n, const uint32_t *of_line, struct line_set lines,
                                    struct plan_level *into)
{
    line_set_clear(lines);
    for (size_t i = 0; i < n; i++) {
        line_set_or(lines, daily->groups[changes[i].group].lines);
    }
    for (size_t l = line_set_next(lines, 0); l != SIZE_MAX; l = line_set_next(lines, l + 1)) {
        size_t i = 0;
        while (changes[i].group != of_line[l]) {
            i++;
        }
        *into++ = (struct plan_level){.from_frame = changes[i].from_frame,
                                      .line = (uint32_t)l,
                                      .open = changes[i].span->open,
                                      .gain_db = changes[i].span->gain_db};
    }
    return into;
}

int plan_make_levels(const struct station *station, struct plan *plan, struct arena *scratch)
{
    struct daily daily = {0};
    struct group_change *changes = NULL;
    size_t n = 0;
    size_t n_levels = 0;
    int64_t from_frame = frames_from_us(plan->from_us);
    int64_t until_frame = plan_until_frame(plan);
    int r = daily_make(station, plan->from_us, frames_to_us(until_frame), scratch, &daily);
    r = r == 0 ? group_changes(&daily, from_frame, until_frame, scratch, &changes, &n, &n_levels)
               : r;
    if (r < 0) {
        return r;
    }
    const uint32_t *of_line = groups_of_lines(&daily, station->n_lines, scratch);
    struct line_set lines = line_set_make(scratch, station->n_lines);
    struct plan_level *levels = arena_take(plan->arena, n_levels, sizeof *levels);
    if (!of_line || (station->n_lines && !lines.words) || !levels) {
        return -ENOMEM;
    }
    struct plan_level *at = levels;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && changes[end].from_frame == changes[i].from_frame;) {
            end++;
        }
        at = levels_at(&daily, &changes[i], end - i, of_line, lines, at);
    }
    plan->levels = levels;
    plan->n_levels = n_levels;
    return 0;
}
