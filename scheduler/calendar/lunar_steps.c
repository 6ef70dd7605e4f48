/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/lunar_steps.h"

#include <errno.h>
#include <stdlib.h>

#include "base/frames.h"
#include "scheduler/calendar/lunar.h"
#include "scheduler/calendar/wall.h"

/* A lunar year takes as long as so many steps of libical. */
enum { YEAR_STEPS = 100 };
/* The days of a lunar year, and one that SKIP=FORWARD puts into the next. */
enum { DAYS_MAX = 13 * 30 + 1 };

struct lunar_steps {
    const struct lunar_rule *rule;
    int64_t from_wall_s;
    int64_t until_wall_s;
    int next_year;
    struct lunar_year year;
    int next_month;         /* of the year; n_months: the year is done */
    int64_t days[DAYS_MAX]; /* of the year or month that is looked at, ascending */
    size_t n_days;
    size_t next_day;
    size_t next_time;
    int64_t last_day; /* the last one given, which SKIP may reach twice */
};

int lunar_steps_open(const struct lunar_rule *rule, int64_t from_wall_s, int64_t until_wall_s,
                     struct lunar_steps **ret_steps)
{
    AUTO(lunar_steps_close) struct lunar_steps *steps = calloc(1, sizeof *steps);
    if (!steps) {
        return -ENOMEM;
    }
    *steps = (struct lunar_steps){.rule = rule,
                                  .from_wall_s = from_wall_s,
                                  .until_wall_s = until_wall_s,
                                  .last_day = INT64_MIN};
    /* January is still the year before's, and its last day may be put into the next. */
    steps->next_year = wall_day_of(from_wall_s).year - 1;
    if (steps->next_year < rule->start_year) {
        steps->next_year = rule->start_year;
    }
    *ret_steps = STEAL(steps);
    return 0;
}

struct lunar_steps *lunar_steps_close(struct lunar_steps *steps)
{
    free(steps);
    return NULL;
}

static bool has_leap_month(const struct lunar_year *year, int month)
{
    for (int i = 0; i < year->n_months; i++) {
        if (year->months[i].is_leap) {
            return year->months[i].month == month;
        }
    }
    return false;
}

static bool month_is_of_rule(const struct lunar_rule *rule, const struct lunar_year *year,
                             const struct lunar_month *month)
{
    if (!rule->months && !rule->leap_months) {
        return true;
    }
    if (month->is_leap) {
        return rule->leap_months >> month->month & 1;
    }
    if (rule->months >> month->month & 1) {
        return true;
    }
    /* The leap month that a yearly rule asks for may be one that this year has not. */
    int asked = rule->skip == LUNAR_FORWARD ? month->month - 1 : month->month;
    return rule->freq == RECUR_YEARLY && rule->skip != LUNAR_OMIT &&
           (rule->leap_months >> asked & 1) && !has_leap_month(year, asked);
}

static void add_day(struct lunar_steps *steps, int64_t day)
{
    const struct lunar_rule *rule = steps->rule;
    bool is_double = steps->n_days > 0 && steps->days[steps->n_days - 1] == day;
    if (is_double ||
        (rule->weekdays && !(rule->weekdays >> wall_day_of(day * WALL_DAY_S).weekday & 1)) ||
        (rule->freq == RECUR_DAILY && (day - rule->start_day) % rule->interval != 0)) {
        return;
    }
    steps->days[steps->n_days++] = day;
}

static void add_days(struct lunar_steps *steps, const struct lunar_month *month)
{
    const struct lunar_rule *rule = steps->rule;
    bool lacks_30 = rule->days >> 30 & 1 && month->n_days < 30 && rule->freq != RECUR_DAILY;
    for (int day = 1; day <= month->n_days; day++) {
        bool is_last = day == month->n_days;
        if ((!rule->days && !rule->days_from_end) || (rule->days >> day & 1) ||
            (rule->days_from_end >> (month->n_days - day + 1) & 1) ||
            (is_last && lacks_30 && rule->skip == LUNAR_BACKWARD)) {
            add_day(steps, month->first_day + day - 1);
        }
    }
    if (lacks_30 && rule->skip == LUNAR_FORWARD) {
        add_day(steps, month->first_day + month->n_days);
    }
}

static void keep_positions(struct lunar_steps *steps)
{
    const struct lunar_rule *rule = steps->rule;
    int n_days = (int)steps->n_days;
    size_t n = 0;
    for (int i = 0; i < n_days; i++) {
        bool keep = false;
        for (size_t j = 0; j < rule->n_positions; j++) {
            keep = keep || rule->positions[j] == i + 1 || rule->positions[j] == i - n_days;
        }
        steps->days[n] = steps->days[i];
        n += keep;
    }
    steps->n_days = n;
}

static void fill_year(struct lunar_steps *steps)
{
    const struct lunar_rule *rule = steps->rule;
    steps->next_month = steps->year.n_months;
    if ((steps->year.year - rule->start_year) % rule->interval != 0) {
        return;
    }
    for (int i = 0; i < steps->year.n_months; i++) {
        if (month_is_of_rule(rule, &steps->year, &steps->year.months[i])) {
            add_days(steps, &steps->year.months[i]);
        }
    }
}

static void fill_month(struct lunar_steps *steps)
{
    const struct lunar_rule *rule = steps->rule;
    const struct lunar_month *month = &steps->year.months[steps->next_month++];
    bool is_step = rule->freq == RECUR_DAILY ||
                   (month->lunation >= rule->start_lunation &&
                    (month->lunation - rule->start_lunation) % rule->interval == 0);
    if (is_step && month_is_of_rule(rule, &steps->year, month)) {
        add_days(steps, month);
    }
}

/* The days of the next year or month into steps->days, perhaps none. 1, 0 behind the end,
 * -E2BIG. */
static int fill(struct lunar_steps *steps, int64_t *budget)
{
    if (steps->next_month == steps->year.n_months) {
        *budget -= YEAR_STEPS;
        if (*budget < 0) {
            return -E2BIG;
        }
        if (!lunar_year_of(steps->next_year++, &steps->year) ||
            steps->year.months[0].first_day > frames_floor_div(steps->until_wall_s, WALL_DAY_S)) {
            return 0;
        }
        steps->next_month = 0;
    }
    steps->n_days = steps->next_day = steps->next_time = 0;
    if (steps->rule->freq == RECUR_YEARLY) {
        fill_year(steps);
    } else {
        fill_month(steps);
    }
    if (steps->rule->n_positions > 0) {
        keep_positions(steps);
    }
    return 1;
}

int lunar_steps_next(struct lunar_steps *steps, int64_t *budget, int64_t *ret_wall_s)
{
    const struct lunar_rule *rule = steps->rule;
    for (;;) {
        while (steps->next_day == steps->n_days) {
            int r = fill(steps, budget);
            if (r <= 0) {
                return r;
            }
        }
        int64_t day = steps->days[steps->next_day];
        int64_t wall_s = day * WALL_DAY_S + rule->times_s[steps->next_time++];
        bool is_double = day <= steps->last_day;
        if (steps->next_time == rule->n_times) {
            steps->next_time = 0;
            steps->next_day++;
            steps->last_day = is_double ? steps->last_day : day;
        }
        if (wall_s > steps->until_wall_s) {
            return 0;
        }
        if (!is_double && wall_s >= steps->from_wall_s) {
            *ret_wall_s = wall_s;
            return 1;
        }
    }
}
