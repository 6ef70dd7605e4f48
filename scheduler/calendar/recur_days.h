/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_RECUR_DAYS_H
#define SCHEDULER_CALENDAR_RECUR_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

enum recur_freq {
    RECUR_SECONDLY,
    RECUR_MINUTELY,
    RECUR_HOURLY,
    RECUR_DAILY,
    RECUR_WEEKLY,
    RECUR_MONTHLY,
    RECUR_YEARLY,
};

/*
 * Rules that come once on each of some days, at the start's time of day: by the day, the week,
 * the month or the year, with BYDAY, BYMONTHDAY and BYMONTH and nothing else. That is nearly
 * every rule of a station, and to look at a day takes a hundredth of what libical's step does.
 * A test holds them to libical's steps.
 */
struct day_rule {
    enum recur_freq freq; /* RECUR_DAILY or rarer */
    int interval;
    int64_t start_wall_s;
    uint16_t months;        /* bit 1..12; 0: any */
    uint32_t days;          /* of the month, bit 1..31; with the next: 0 is any */
    uint32_t days_from_end; /* bit 1 the last … */
    uint16_t weekdays[7];   /* from Sunday: bit 0 every such day, 1..5 that of the month, … */
    bool has_weekdays;      /* … 8 + 1..5 that from the month's end; false: any */
};

/* A walk over its times, in order. */
struct day_walk {
    const struct day_rule *rule; /* NULL: there is none */
    int64_t at_wall_s;           /* the next day that is looked at, at the rule's time of day */
    int64_t until_wall_s;
};

/* Let one more of BYDAY through; ordinal 0: every such day of the month. */
void day_rule_add_weekday(struct day_rule *rule, int weekday, int ordinal);
/* What the rule does not say, by the start: the weekday, the day of the month, the month. */
void day_rule_settle(struct day_rule *rule);

/* Its times in [from, until], none before its start. */
struct day_walk day_walk_begin(const struct day_rule *rule, int64_t from_wall_s,
                               int64_t until_wall_s);
/* False: no more. *budget pays for the days that gave no time. */
MUST_CHECK bool day_walk_next(struct day_walk *walk, int64_t *budget, int64_t *ret_wall_s);

#endif
