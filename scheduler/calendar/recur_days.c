/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/recur_days.h"

#include "base/frames.h"
#include "scheduler/calendar/wall.h"

/* No rule is followed any further: libical's are not, and nobody plans so far ahead. */
enum { DAY_YEAR_MAX = 2582, DAYS_A_STEP = 20, FROM_END = 8, ORDINAL_MAX = 5 };

void day_rule_add_weekday(struct day_rule *rule, int weekday, int ordinal)
{
    rule->has_weekdays = true;
    if (ordinal >= -ORDINAL_MAX && ordinal <= ORDINAL_MAX) { /* else no month has so many */
        int bit = ordinal < 0 ? FROM_END - ordinal : ordinal;
        rule->weekdays[weekday] = (uint16_t)(rule->weekdays[weekday] | 1 << bit);
    }
}

void day_rule_settle(struct day_rule *rule)
{
    struct wall_day start = wall_day_of(rule->start_wall_s);
    if (rule->has_weekdays || rule->days || rule->days_from_end) {
        return;
    }
    if (rule->freq == RECUR_WEEKLY) {
        day_rule_add_weekday(rule, start.weekday, 0);
    } else if (rule->freq > RECUR_WEEKLY) {
        rule->days = (uint32_t)1 << start.day;
        if (rule->freq == RECUR_YEARLY && !rule->months) {
            rule->months = (uint16_t)(1 << start.month);
        }
    }
}

struct day_walk day_walk_begin(const struct day_rule *rule, int64_t from_wall_s,
                               int64_t until_wall_s)
{
    int64_t last_wall_s = wall_of_day(DAY_YEAR_MAX + 1, 1, 1) - 1;
    int64_t step_s = (rule->freq == RECUR_DAILY ? rule->interval : 1) * WALL_DAY_S;
    int64_t n_steps = -frames_floor_div(rule->start_wall_s - from_wall_s, step_s); /* up */
    return (struct day_walk){.rule = rule,
                             .at_wall_s = rule->start_wall_s + (n_steps > 0 ? n_steps * step_s : 0),
                             .until_wall_s =
                                 until_wall_s < last_wall_s ? until_wall_s : last_wall_s};
}

static bool weekday_matches(const struct day_rule *rule, const struct wall_day *day)
{
    uint16_t bits = rule->weekdays[day->weekday];
    int from_start = (day->day - 1) / 7 + 1;
    int from_end = (day->days_in_month - day->day) / 7 + 1;
    return (bits & 1) || (bits >> from_start & 1) || (bits >> (FROM_END + from_end) & 1);
}

static bool day_matches(const struct day_rule *rule, int64_t wall_s)
{
    if (rule->freq == RECUR_DAILY) {
        return true;
    }
    struct wall_day day = wall_day_of(wall_s);
    if ((rule->months && !(rule->months >> day.month & 1)) ||
        (rule->has_weekdays && !weekday_matches(rule, &day)) ||
        ((rule->days || rule->days_from_end) && !(rule->days >> day.day & 1) &&
         !(rule->days_from_end >> (day.days_in_month - day.day + 1) & 1))) {
        return false;
    }
    if (rule->interval == 1 || rule->freq == RECUR_WEEKLY) {
        return true; /* weeks are counted by the limits */
    }
    struct wall_day start = wall_day_of(rule->start_wall_s);
    int since = day.year - start.year;
    return (rule->freq == RECUR_YEARLY ? since : since * 12 + day.month - start.month) %
               rule->interval ==
           0;
}

bool day_walk_next(struct day_walk *walk, int64_t *budget, int64_t *ret_wall_s)
{
    const struct day_rule *rule = walk->rule;
    int64_t step_s = (rule->freq == RECUR_DAILY ? rule->interval : 1) * WALL_DAY_S;
    int64_t n_looked = 0;
    bool found = false;
    while (!found && walk->at_wall_s <= walk->until_wall_s) {
        found = day_matches(rule, walk->at_wall_s);
        *ret_wall_s = walk->at_wall_s;
        walk->at_wall_s += step_s;
        n_looked++;
    }
    *budget -= n_looked / DAYS_A_STEP;
    return found;
}
