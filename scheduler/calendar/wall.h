/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_WALL_H
#define SCHEDULER_CALENDAR_WALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * Wall clocks. A rule such as "every day at 05:00" speaks of a clock on a wall, and
 * only afterwards of instants, so the calendar counts in two ways:
 *
 *     _wall_s  seconds of a wall clock: date and time of day counted as if they were
 *              UTC. Every day has 86,400 of them, also the nights of change.
 *     _us      instants, microseconds UTC, as everywhere.
 *
 * A cal_zone leads from one to the other.
 */
static const int64_t WALL_DAY_S = 86400;

struct ical_zone;
struct tzfile;

enum cal_zone_kind {
    CAL_ZONE_STATION, /* base/zone.h: the system's tz database */
    CAL_ZONE_UTC,
    CAL_ZONE_SYSTEM, /* another zone of that database */
    CAL_ZONE_ICAL,   /* one that the calendar defines: by libical */
};

struct cal_zone {
    enum cal_zone_kind kind;
    const char *tzid;
    const struct tzfile *tzfile;
    struct ical_zone *ical;
};

/* A time that comes twice is its first coming; one that a change skips is counted with
 * the offset from before the change (RFC 5545, 3.3.5): 02:30 becomes 03:30. */
int64_t cal_zone_instant_us(const struct cal_zone *zone, int64_t wall_s);
int64_t cal_zone_wall_s(const struct cal_zone *zone, int64_t us);

enum when_kind {
    WHEN_DATE,  /* wall_s is its midnight */
    WHEN_LOCAL, /* of a zone that stands elsewhere */
    WHEN_UTC,
};

struct when {
    enum when_kind kind;
    int64_t wall_s;
};

/* "20230510", "20230510T170000", "20230510T170000Z"; years 1..9999. */
MUST_CHECK bool when_parse(const char *text, struct when *ret_when);

/* "PT15M", "P1DT2H", "P2W", "-PT5M": days and weeks are those of the wall clock, the rest
 * is exact. At most a hundred years. */
MUST_CHECK bool duration_parse(const char *text, int64_t *ret_clock_s, int64_t *ret_exact_s);

/* The parts of a wall clock's day that rules ask for. */
struct wall_day {
    int year;
    int month;         /* 1..12 */
    int day;           /* 1..31 */
    int days_in_month; /* 28..31 */
    int day_of_year;   /* 1..366 */
    int days_in_year;
    int weekday; /* 0 Sunday .. 6 */
};
struct wall_day wall_day_of(int64_t wall_s);
int64_t wall_of_day(int year, int month, int day); /* its midnight */

#endif
