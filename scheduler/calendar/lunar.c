/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/lunar.h"

#include <math.h>
#include <stddef.h>

#include "scheduler/calendar/sky.h"
#include "scheduler/calendar/wall.h"

static const double EPOCH_JD = 2440587.5; /* 1 January 1970, 00:00 UTC */
static const double EAST_DAYS = 7.0 / 24; /* UTC+7 */

enum {
    WINTER_SOLSTICE = 9, /* the twelfth of the sun's way that begins with it, 270° */
    MONTHS_OF_TWO = 27,  /* between three solstices, and the one after */
};

static int64_t first_day_of(int lunation)
{
    return (int64_t)floor(sky_new_moon_jd(lunation) - EPOCH_JD + EAST_DAYS);
}

/* In which twelfth of its way, 0..11 from the spring equinox, the sun is when a day begins. */
static int twelfth_at(int64_t day)
{
    return (int)(sky_sun_degrees(EPOCH_JD + (double)day - EAST_DAYS) / 30) % 12;
}

/* The month that holds the winter solstice of a Gregorian year. */
static int month_11_of(int year)
{
    int64_t day = wall_of_day(year, 12, 31) / WALL_DAY_S;
    /* Twelve lunations and 4/11 a year; one more than can be, and back from there. */
    int lunation = (int)floor(((double)day - (6.0 + 10957)) / 29.530588861) + 2;
    while (first_day_of(lunation) > day) {
        lunation--;
    }
    /* The last that begins in the year; if it begins behind the solstice, the one before. */
    return twelfth_at(first_day_of(lunation)) >= WINTER_SOLSTICE ? lunation - 1 : lunation;
}

/* The months from one month 11 up to the next, into months[0, n); months[n] is begun. */
static int number_months(struct lunar_month *months, int from, int to)
{
    int n = to - from;
    bool may_leap = n == LUNAR_MONTHS_MAX;
    int twelfth[LUNAR_MONTHS_MAX + 1];
    for (int i = 0; i <= n; i++) {
        months[i] = (struct lunar_month){.first_day = first_day_of(from + i), .lunation = from + i};
        twelfth[i] = may_leap ? twelfth_at(months[i].first_day) : 0;
    }
    for (int i = 0, number = 11; i < n; i++) {
        months[i].n_days = (int)(months[i + 1].first_day - months[i].first_day);
        months[i].is_leap = may_leap && twelfth[i] == twelfth[i + 1];
        may_leap = may_leap && !months[i].is_leap;
        months[i].month = months[i].is_leap ? months[i - 1].month : number;
        number = months[i].month % 12 + 1;
    }
    return n;
}

bool lunar_year_of(int year, struct lunar_year *ret_year)
{
    struct lunar_month months[MONTHS_OF_TWO + 1] = {0};
    if (year < LUNAR_YEAR_MIN || year > LUNAR_YEAR_MAX) {
        return false;
    }
    int before = month_11_of(year - 1);
    int middle = month_11_of(year);
    int after = month_11_of(year + 1);
    int n = number_months(months, before, middle);
    n += number_months(months + n, middle, after);
    int i = 1;
    while (i < n && months[i].month != 1) {
        i++;
    }
    *ret_year = (struct lunar_year){.year = year};
    do {
        ret_year->months[ret_year->n_months++] = months[i++];
    } while (i < n && ret_year->n_months < LUNAR_MONTHS_MAX &&
             (months[i].month != 1 || months[i].is_leap));
    return true;
}

bool lunar_date_of(int64_t day, struct lunar_date *ret_date)
{
    struct lunar_year year = {0};
    /* A little more than the range, so that the year below is one of its own or beside it. */
    if (day < -62200 || day > 84100) {
        return false;
    }
    int number = wall_day_of(day * WALL_DAY_S).year;
    if (!lunar_year_of(number, &year) || day < year.months[0].first_day) {
        if (!lunar_year_of(number - 1, &year)) { /* before Tết */
            return false;
        }
    }
    for (int i = 0; i < year.n_months; i++) {
        const struct lunar_month *month = &year.months[i];
        if (day >= month->first_day && day < month->first_day + month->n_days) {
            *ret_date = (struct lunar_date){.year = year.year,
                                            .day = (int)(day - month->first_day) + 1,
                                            .month = *month};
            return true;
        }
    }
    return false;
}

bool lunar_day_of(int year, int month, bool is_leap, int day, int64_t *ret_day)
{
    struct lunar_year months;
    if (!lunar_year_of(year, &months)) {
        return false;
    }
    for (int i = 0; i < months.n_months; i++) {
        const struct lunar_month *m = &months.months[i];
        if (m->month == month && m->is_leap == is_leap && day >= 1 && day <= m->n_days) {
            *ret_day = m->first_day + day - 1;
            return true;
        }
    }
    return false;
}
