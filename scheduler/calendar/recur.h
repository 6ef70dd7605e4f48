/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_RECUR_H
#define SCHEDULER_CALENDAR_RECUR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "scheduler/calendar/recur_days.h"
#include "scheduler/calendar/wall.h"

struct arena;
struct fault;
struct ical_steps;
struct lunar_rule;
struct lunar_steps;

/*
 * Recurrence rules (RRULE). Rules that come once on each of some days are followed here
 * (scheduler/calendar/recur_days.h). Of all others libical takes the steps; this half gives it
 * only what it is known to do right, does the rest here, and refuses what neither can do:
 *
 *  - Lists are sorted: libical plays BYHOUR=17,5 in that order and stops at the first
 *    time past UNTIL.
 *  - What only narrows a rule (BYMONTH of a weekly rule, BYDAY of a daily one …) is
 *    checked here: libical knows no -1 there, and with BYHOUR in an hourly rule it
 *    forgets INTERVAL.
 *  - UNTIL is compared here: as an instant where it is one, to the end of the day where
 *    it is a date.
 *  - COUNT is followed once, by recur_settle(), and is an end from then on: only
 *    rules without COUNT can be entered in the middle.
 *  - Weeks that INTERVAL leaves out are left out here: libical counts them wrongly where
 *    WKST is not Monday.
 *  - BYWEEKNO is counted here, on the steps of a weekly rule: libical loses the last weeks
 *    of some years. Without BYDAY it gets the weekday of the start. A week belongs to the
 *    year that holds four of its days, also for INTERVAL.
 *  - BYMONTHDAY of a yearly rule without BYMONTH gets every month.
 *  - Rules of the lunar calendar never come to libical, whose calendar would be the
 *    Chinese one, and rough: scheduler/calendar/lunar_steps.h.
 *  - A monthly rule that no month can give is known here: libical would try every month up
 *    to the year 20000, for seconds.
 *  - Hourly and finer rules are entered in the middle by a start that was counted here:
 *    libical's own way to do it loses INTERVAL.
 */
struct recur_limits {
    uint16_t months;        /* bit 1..12; 0 in any field: not limited by it */
    uint8_t weekdays;       /* bit 0 Sunday .. 6 */
    uint32_t days;          /* of the month, bit 1..31 */
    uint32_t days_from_end; /* bit 1 the last … */
    uint64_t year_days[6];  /* bit 1..366 */
    uint64_t year_days_from_end[6];
    bool has_year_days;
    int64_t week_s; /* the first midnight of the start's week, … */
    int week_step;  /* … of which every so manieth counts; 0: each */
    uint64_t weeks; /* of the year, bit 1..53 */
    uint64_t weeks_from_end;
    int first_weekday; /* of such a week: 0 Sunday .. 6 */
    int week_year;     /* the start's, … */
    int year_step;     /* … of which every so manieth counts; 0: each */
    uint32_t hours;
    uint64_t minutes;
    uint64_t seconds;
};

struct recur {
    unsigned line; /* of the RRULE */
    enum recur_freq freq;
    int interval;
    const char *steps;                 /* the rule that libical is given … */
    const struct day_rule *days;       /* … unless it is of days; NULL: it is not … */
    const struct recur_limits *limits; /* … and what is checked here; NULL: nothing */
    const struct lunar_rule *lunar;    /* in place of all three; NULL: not a lunar rule */
    int64_t count;                     /* 0: none */
    bool has_until;
    struct when until;
    bool never;          /* no month has such a day, or so many of them */
    int64_t last_wall_s; /* by COUNT; INT64_MAX without; INT64_MIN: it never comes */
};

/*
 * Read a rule for an event that starts at start_wall_s and says X-LOA-LUNAR:YES or not; a
 * rule with RSCALE=CHINESE is a lunar one all the same. -EINVAL with a sentence for what
 * is wrong, what loa does not do, and what is denser than once a minute.
 */
MUST_CHECK int recur_parse(struct arena *arena, const char *text, bool event_is_lunar,
                           int64_t start_wall_s, const char *file, unsigned line,
                           struct recur *ret_recur, struct fault *reterr);

/* The year that holds four days of the week in which a time lies. */
int recur_week_year(int64_t wall_s, int first_weekday);

/*
 * Follow the rule from its start: resolves COUNT, of which the start is the first even
 * where the rule does not give it. *ret_first is the first time that the rule gives.
 * -ENODATA if it never comes. -E2BIG when *budget ends, which counts steps down.
 */
MUST_CHECK int recur_settle(struct recur *recur, const struct cal_zone *zone, int64_t start_wall_s,
                            int64_t *budget, int64_t *ret_first_wall_s);

/* The rule's times in a window of the wall clock, ascending but for what BYHOUR does
 * within a day; those of the start's own are among them only if the rule gives them. */
struct recur_walk {
    const struct recur *recur;
    const struct cal_zone *zone;
    struct ical_steps *steps; /* one of the three … */
    struct lunar_steps *lunar;
    struct day_walk days; /* … unless its rule is NULL */
    int64_t *budget;
};
/* 0, or -ENODATA, -E2BIG, -ENOMEM. recur_end() even after failure. */
MUST_CHECK int recur_begin(struct recur_walk *walk, const struct recur *recur,
                           const struct cal_zone *zone, int64_t start_wall_s, int64_t from_wall_s,
                           int64_t until_wall_s, int64_t *budget);
/* 1: *ret_wall_s is the next; 0: no more; -E2BIG: the budget ended. */
MUST_CHECK int recur_next(struct recur_walk *walk, int64_t *ret_wall_s);
void recur_end(struct recur_walk *walk);

#endif
