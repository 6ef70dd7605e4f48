/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_LUNAR_STEPS_H
#define SCHEDULER_CALENDAR_LUNAR_STEPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "scheduler/calendar/recur.h"

/*
 * Recurrence rules of the lunar calendar: their times, step by step, as scheduler/calendar/ical.h
 * gives those of the others. A day is looked up by its date on the event's own clock; a
 * rule counts lunar months and lunar years where another counts those of the sun.
 */
enum lunar_skip {
    LUNAR_OMIT,     /* a date that there is not is left out; */
    LUNAR_BACKWARD, /* or the day or month before is taken, */
    LUNAR_FORWARD,  /* or the one behind */
};

struct lunar_rule {
    enum recur_freq freq; /* RECUR_DAILY, RECUR_MONTHLY or RECUR_YEARLY */
    int interval;
    int64_t start_day; /* where INTERVAL counts from */
    int start_lunation;
    int start_year;
    enum lunar_skip skip;
    uint16_t months;        /* bit 1..12; with leap_months 0: every month, leap or not */
    uint16_t leap_months;   /* bit 1..11 */
    uint32_t days;          /* bit 1..30; with days_from_end 0: every day */
    uint32_t days_from_end; /* bit 1 the last … */
    uint8_t weekdays;       /* bit 0 Sunday .. 6; 0: each */
    const int *positions;   /* BYSETPOS */
    size_t n_positions;
    const int *times_s; /* of the day, ascending; one at least */
    size_t n_times;
};

struct lunar_steps;

/* The times from `from_wall_s` on, which is not before the start, up to `until_wall_s`;
 * ascending, and as far as the calendar is known. The rule is borrowed. Given to the caller:
 * lunar_steps_close(). -ENOMEM. */
MUST_CHECK int lunar_steps_open(const struct lunar_rule *rule, int64_t from_wall_s,
                                int64_t until_wall_s, struct lunar_steps **ret_steps);
struct lunar_steps *lunar_steps_close(struct lunar_steps *steps); /* NULL is a no-op */
DEFINE_AUTO(struct lunar_steps, lunar_steps_close)
/* 1: *ret_wall_s is the next; 0: no more; -E2BIG: *budget, which counts steps of libical
 * down and is charged as many as a lunar year takes, ended. */
MUST_CHECK int lunar_steps_next(struct lunar_steps *steps, int64_t *budget, int64_t *ret_wall_s);

#endif
