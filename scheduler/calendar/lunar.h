/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_LUNAR_H
#define SCHEDULER_CALENDAR_LUNAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * The Vietnamese lunar calendar, from 1800 to 2199, by the rules that Hồ Ngọc Đức has
 * published (Computing the Vietnamese lunar calendar):
 *
 *  - A day is one of the meridian 105° east, UTC+7, in every year. Before 1968 Vietnam
 *    reckoned by UTC+8 for most of the time, and the calendars printed then differ from
 *    this one in some months.
 *  - A month begins with the day of the new moon and has 29 or 30 days.
 *  - Month 11 holds the winter solstice. Where 13 months begin from one month 11 up to the
 *    next, the first in which the sun enters no new twelfth of its way (no major solar
 *    term) is a leap month, with the number of the month before.
 *  - The year begins with month 1 (Tết) and has the number of the Gregorian year in which
 *    it does.
 *
 * The Chinese calendar is that of UTC+8 and differs: by a day at Tết of 1968, 2007, 2030 and
 * 2053, by a month in 1985.
 *
 * Days are counted from 1 January 1970. Pure functions, of any thread; a year takes about
 * a tenth of a millisecond. How exactly sun and moon are known: scheduler/calendar/sky.h.
 */
enum { LUNAR_YEAR_MIN = 1800, LUNAR_YEAR_MAX = 2199, LUNAR_MONTHS_MAX = 13 };

struct lunar_month {
    int64_t first_day;
    int n_days;   /* 29 or 30 */
    int month;    /* 1..12 */
    bool is_leap; /* it follows the month of the same number */
    int lunation; /* one more each month; 0 began on 7 January 2000 */
};

struct lunar_year {
    int year;
    int n_months; /* 12 or 13 */
    struct lunar_month months[LUNAR_MONTHS_MAX];
};

struct lunar_date {
    int year;
    int day; /* 1..30 */
    struct lunar_month month;
};

/* False: the year is outside the range. */
MUST_CHECK bool lunar_year_of(int year, struct lunar_year *ret_year);

/* False: the day is outside the range. */
MUST_CHECK bool lunar_date_of(int64_t day, struct lunar_date *ret_date);

/* False: there is no such date: outside the range, no leap month of that number in that
 * year, or day 30 of a month with 29. */
MUST_CHECK bool lunar_day_of(int year, int month, bool is_leap, int day, int64_t *ret_day);

#endif
