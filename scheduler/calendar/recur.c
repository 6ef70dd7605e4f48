/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/recur.h"

#include <errno.h>
#include <string.h>

#include "base/frames.h"
#include "scheduler/calendar/ical.h"
#include "scheduler/calendar/lunar_steps.h"

/* What a search through libical is charged that finds nothing. It takes a tenth of a
 * second, because each year up to 20000 is tried; five times that is charged, because
 * such a rule is a mistake and nobody makes twenty. */
static const int64_t SEARCH_STEPS = 200000;
/* What one rule may take to find its first time: a second of work. The 29 February that
 * is a Monday, in an hourly rule, takes most of it. */
static const int64_t SEARCH_STEPS_MAX = 300000;

struct week {
    int year;
    int number;   /* 1..53 */
    int from_end; /* 1 is the year's last */
};

/* The week that holds a day: of the year in which four of its days lie. 28 December is
 * always in the last. */
static struct week week_of(int64_t wall_s, int first_weekday)
{
    int since = (wall_day_of(wall_s).weekday - first_weekday + 7) % 7;
    struct wall_day fourth = wall_day_of(wall_s + (3 - since) * WALL_DAY_S);
    struct wall_day last = wall_day_of(wall_of_day(fourth.year, 12, 28));
    int last_since = (last.weekday - first_weekday + 7) % 7;
    int number = (fourth.day_of_year - 1) / 7 + 1;
    int n_weeks = (last.day_of_year + 3 - last_since - 1) / 7 + 1;
    return (struct week){.year = fourth.year, .number = number, .from_end = n_weeks - number + 1};
}

int recur_week_year(int64_t wall_s, int first_weekday)
{
    return week_of(wall_s, first_weekday).year;
}

static bool week_is_allowed(const struct recur_limits *limits, int64_t wall_s)
{
    struct week week = week_of(wall_s, limits->first_weekday);
    return (limits->weeks >> week.number & 1) || (limits->weeks_from_end >> week.from_end & 1);
}

static bool day_is_allowed(const struct recur_limits *limits, int64_t wall_s)
{
    struct wall_day d = wall_day_of(wall_s);
    if (limits->months && !(limits->months >> d.month & 1)) {
        return false;
    }
    if (limits->weekdays && !(limits->weekdays >> d.weekday & 1)) {
        return false;
    }
    if ((limits->days || limits->days_from_end) && !(limits->days >> d.day & 1) &&
        !(limits->days_from_end >> (d.days_in_month - d.day + 1) & 1)) {
        return false;
    }
    if ((limits->weeks || limits->weeks_from_end) && !week_is_allowed(limits, wall_s)) {
        return false;
    }
    int from_end = d.days_in_year - d.day_of_year + 1;
    return !limits->has_year_days ||
           (limits->year_days[d.day_of_year / 64] >> d.day_of_year % 64 & 1) ||
           (limits->year_days_from_end[from_end / 64] >> from_end % 64 & 1);
}

static bool is_allowed(const struct recur_limits *limits, int64_t wall_s)
{
    if (limits->week_step &&
        frames_floor_div(wall_s - limits->week_s, 7 * WALL_DAY_S) % limits->week_step != 0) {
        return false;
    }
    if (limits->year_step &&
        (week_of(wall_s, limits->first_weekday).year - limits->week_year) % limits->year_step) {
        return false;
    }
    int64_t second = wall_s - frames_floor_div(wall_s, WALL_DAY_S) * WALL_DAY_S;
    if ((limits->hours && !(limits->hours >> second / 3600 & 1)) ||
        (limits->minutes && !(limits->minutes >> second / 60 % 60 & 1)) ||
        (limits->seconds && !(limits->seconds >> second % 60 & 1))) {
        return false;
    }
    return day_is_allowed(limits, wall_s);
}

static bool is_past_until(const struct recur *recur, const struct cal_zone *zone, int64_t wall_s)
{
    if (!recur->has_until) {
        return false;
    }
    switch (recur->until.kind) {
    case WHEN_UTC:
        return cal_zone_instant_us(zone, wall_s) > recur->until.wall_s * 1000000;
    case WHEN_DATE:
        return wall_s >= recur->until.wall_s + WALL_DAY_S;
    default:
        return wall_s > recur->until.wall_s;
    }
}

/* The last time at or before from_wall_s that INTERVAL reaches from the start. */
static int64_t enter_at(const struct recur *recur, int64_t start_wall_s, int64_t from_wall_s)
{
    static const int unit_s[] = {
        [RECUR_SECONDLY] = 1, [RECUR_MINUTELY] = 60, [RECUR_HOURLY] = 3600};
    if (recur->freq > RECUR_HOURLY || from_wall_s <= start_wall_s) {
        return start_wall_s;
    }
    int64_t step_s = (int64_t)unit_s[recur->freq] * recur->interval;
    return start_wall_s + (from_wall_s - start_wall_s) / step_s * step_s;
}

int recur_begin(struct recur_walk *walk, const struct recur *recur, const struct cal_zone *zone,
                int64_t start_wall_s, int64_t from_wall_s, int64_t until_wall_s, int64_t *budget)
{
    *walk = (struct recur_walk){.recur = recur, .zone = zone, .budget = budget};
    if (until_wall_s > recur->last_wall_s) {
        until_wall_s = recur->last_wall_s;
    }
    /* An UNTIL in UTC is less than a day off the wall clock's. */
    if (recur->has_until && until_wall_s > recur->until.wall_s + 2 * WALL_DAY_S) {
        until_wall_s = recur->until.wall_s + 2 * WALL_DAY_S;
    }
    if (until_wall_s < from_wall_s || until_wall_s < start_wall_s) {
        return 0;
    }
    if (recur->lunar) {
        return lunar_steps_open(recur->lunar,
                                from_wall_s > start_wall_s ? from_wall_s : start_wall_s,
                                until_wall_s, &walk->lunar);
    }
    if (recur->days) {
        walk->days = day_walk_begin(recur->days, from_wall_s, until_wall_s);
        return 0;
    }
    start_wall_s = enter_at(recur, start_wall_s, from_wall_s);
    if (recur->freq <= RECUR_HOURLY) {
        from_wall_s = start_wall_s;
    }
    int r = ical_steps_open(recur->steps, start_wall_s, from_wall_s, until_wall_s,
                            recur->freq <= RECUR_HOURLY, &walk->steps);
    if (r == -ENODATA) {
        *budget -= SEARCH_STEPS;
    }
    return *budget < 0 ? -E2BIG : r;
}

static int next_step(struct recur_walk *walk, int64_t *ret_wall_s)
{
    int r = 0;
    if (walk->days.rule) {
        r = day_walk_next(&walk->days, walk->budget, ret_wall_s);
    } else if (walk->lunar) {
        r = lunar_steps_next(walk->lunar, walk->budget, ret_wall_s);
    } else if (walk->steps) {
        r = ical_steps_next(walk->steps, ret_wall_s);
    }
    *walk->budget -= r == 1;
    return *walk->budget < 0 ? -E2BIG : r;
}

int recur_next(struct recur_walk *walk, int64_t *ret_wall_s)
{
    int64_t wall_s = 0;
    int r = 0;
    while ((r = next_step(walk, &wall_s)) == 1) {
        if ((!walk->recur->limits || is_allowed(walk->recur->limits, wall_s)) &&
            !is_past_until(walk->recur, walk->zone, wall_s)) {
            *ret_wall_s = wall_s;
            return 1;
        }
    }
    return r;
}

void recur_end(struct recur_walk *walk)
{
    walk->steps = ical_steps_close(walk->steps);
    walk->lunar = lunar_steps_close(walk->lunar);
}

/* The Gregorian calendar begins again, weekdays too, every 400 years. */
static bool has_a_day(const struct recur_limits *limits, int64_t start_wall_s)
{
    for (int64_t day = 0; day < 146097; day++) {
        if (day_is_allowed(limits, start_wall_s + day * WALL_DAY_S)) {
            return true;
        }
    }
    return false;
}

int recur_settle(struct recur *recur, const struct cal_zone *zone, int64_t start_wall_s,
                 int64_t *budget, int64_t *ret_first_wall_s)
{
    static const int64_t for_ever_s = 600LL * 366 * 86400;
    struct recur_walk walk;
    int64_t first_wall_s = 0;
    recur->last_wall_s = INT64_MAX;
    if (recur->never || (recur->limits && !has_a_day(recur->limits, start_wall_s))) {
        *budget -= SEARCH_STEPS;
        recur->last_wall_s = INT64_MIN;
        return *budget < 0 ? -E2BIG : -ENODATA;
    }
    int64_t search_budget = *budget < SEARCH_STEPS_MAX ? *budget : SEARCH_STEPS_MAX;
    int64_t unused = *budget - search_budget;
    int r = recur_begin(&walk, recur, zone, start_wall_s, start_wall_s, start_wall_s + for_ever_s,
                        &search_budget);
    r = r < 0 ? r : recur_next(&walk, &first_wall_s);
    *budget = unused + search_budget;
    walk.budget = budget;
    bool found = r == 1;
    int64_t last_wall_s = start_wall_s; /* which counts, given by the rule or not */
    int64_t wall_s = first_wall_s;
    for (int64_t n = 1; r == 1 && n < recur->count;) {
        if (wall_s != start_wall_s) {
            last_wall_s = wall_s;
            n++;
        }
        r = n < recur->count ? recur_next(&walk, &wall_s) : r;
    }
    recur_end(&walk);
    if (r == -ENODATA || (r == 0 && !found)) {
        recur->last_wall_s = INT64_MIN; /* so that nobody searches again */
        return -ENODATA;
    }
    if (r < 0) {
        return r;
    }
    if (recur->count) {
        recur->last_wall_s = last_wall_s;
    }
    *ret_first_wall_s = first_wall_s;
    return 0;
}
