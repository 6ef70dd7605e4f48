/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/wall.h"

#include <ctype.h>
#include <string.h>

#include "base/frames.h"
#include "base/zone.h"
#include "scheduler/calendar/ical.h"
#include "scheduler/calendar/tzfile.h"

static const int64_t SECOND_US = 1000000;

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1 January 1970 and back, of the proleptic Gregorian calendar, by counting
 * years from March, so that the leap day is the last of its year. */
int64_t wall_of_day(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = frames_floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (era * 146097 + day_of_era - 719468) * WALL_DAY_S;
}

struct wall_day wall_day_of(int64_t wall_s)
{
    int64_t days = frames_floor_div(wall_s, WALL_DAY_S);
    int64_t since_march = days + 719468;
    int64_t era = frames_floor_div(since_march, 146097);
    int64_t day_of_era = since_march - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct wall_day out = {.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
                           .month = (int)(month < 10 ? month + 3 : month - 9)};
    out.year = (int)(year_of_era + era * 400 + (out.month <= 2));
    out.days_in_month = days_in(out.year, out.month);
    out.days_in_year = is_leap(out.year) ? 366 : 365;
    out.day_of_year = (int)(days - wall_of_day(out.year, 1, 1) / WALL_DAY_S) + 1;
    out.weekday = (int)(((days + 4) % 7 + 7) % 7); /* 1 January 1970 was a Thursday */
    return out;
}

static int64_t offset_s(const struct cal_zone *zone, int64_t utc_s)
{
    if (zone->kind == CAL_ZONE_UTC) {
        return 0;
    }
    if (zone->kind == CAL_ZONE_SYSTEM) {
        return tzfile_offset_s(zone->tzfile, utc_s);
    }
    if (zone->kind == CAL_ZONE_ICAL) {
        return ical_zone_offset_s(zone->ical, utc_s);
    }
    struct civil c;
    zone_to_civil(utc_s * SECOND_US, &c);
    return wall_of_day(c.year, c.month, c.day) + c.hour * 3600 + c.minute * 60 + c.second - utc_s;
}

int64_t cal_zone_instant_us(const struct cal_zone *zone, int64_t wall_s)
{
    if (zone->kind == CAL_ZONE_UTC) {
        return wall_s * SECOND_US;
    }
    int64_t before_s = offset_s(zone, wall_s - WALL_DAY_S);
    if (offset_s(zone, wall_s - before_s) == before_s) {
        return (wall_s - before_s) * SECOND_US;
    }
    int64_t after_s = offset_s(zone, wall_s + WALL_DAY_S);
    if (offset_s(zone, wall_s - after_s) == after_s) {
        return (wall_s - after_s) * SECOND_US;
    }
    return (wall_s - before_s) * SECOND_US; /* skipped by a change */
}

int64_t cal_zone_wall_s(const struct cal_zone *zone, int64_t us)
{
    int64_t utc_s = frames_floor_div(us, SECOND_US);
    return utc_s + offset_s(zone, utc_s);
}

/* Exactly n digits at *at, which then stands behind them. */
static bool take_digits(const char **at, int n, int *ret)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)(*at)[i])) {
            return false;
        }
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += n;
    *ret = value;
    return true;
}

bool when_parse(const char *text, struct when *ret_when)
{
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    enum when_kind kind = WHEN_DATE;
    const char *at = text;
    if (!take_digits(&at, 4, &year) || !take_digits(&at, 2, &month) || !take_digits(&at, 2, &day) ||
        year < 1 || month < 1 || month > 12 || day < 1 || day > days_in(year, month)) {
        return false;
    }
    if (*at == 'T' || *at == 't') {
        at++;
        if (!take_digits(&at, 2, &hour) || !take_digits(&at, 2, &minute) ||
            !take_digits(&at, 2, &second) || hour > 23 || minute > 59 || second > 60) {
            return false;
        }
        kind = *at == 'Z' || *at == 'z' ? WHEN_UTC : WHEN_LOCAL;
        at += kind == WHEN_UTC;
    }
    if (*at != '\0') {
        return false;
    }
    ret_when->kind = kind;
    ret_when->wall_s = wall_of_day(year, month, day) + hour * 3600 + minute * 60 + second;
    return true;
}

bool duration_parse(const char *text, int64_t *ret_clock_s, int64_t *ret_exact_s)
{
    static const struct {
        char letter;
        bool in_time;
        int seconds;
    } units[] = {{'W', false, 604800},
                 {'D', false, 86400},
                 {'H', true, 3600},
                 {'M', true, 60},
                 {'S', true, 1}};
    static const int64_t most_s = 100LL * 366 * 86400;
    const char *at = text;
    int sign = *at == '-' ? -1 : 1;
    at += *at == '-' || *at == '+';
    if (*at != 'P' && *at != 'p') {
        return false;
    }
    at++;
    int64_t sums[2] = {0, 0};
    bool in_time = false;
    size_t n_parts = 0;
    for (size_t unit = 0; *at; n_parts++) {
        if (!in_time && (*at == 'T' || *at == 't')) {
            in_time = true;
            at++;
        }
        int64_t value = 0;
        const char *digits = at;
        for (; isdigit((unsigned char)*at) && value <= most_s; at++) {
            value = value * 10 + (*at - '0');
        }
        char letter = (char)toupper((unsigned char)*at);
        while (unit < 5 && (units[unit].letter != letter || units[unit].in_time != in_time)) {
            unit++;
        }
        if (at == digits || unit == 5 || value > most_s / units[unit].seconds) {
            return false;
        }
        sums[in_time] += value * units[unit].seconds;
        unit++;
        at++;
    }
    *ret_clock_s = sign * sums[0];
    *ret_exact_s = sign * sums[1];
    return n_parts > 0;
}
