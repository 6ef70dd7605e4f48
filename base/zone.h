/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct fault;

/*
 * The station's time zone. A process serves one station, so there is one zone,
 * chosen once after the station file is read; libc does the conversion from the
 * system's tz database. Until then, and for an unknown zone, nothing converts
 * silently: zone_use() fails.
 *
 * Threads: zone_use() before other threads start; the rest from any thread.
 */
enum { ZONE_INSTANT_MAX = 40 };

struct civil {
    int year;   /* 1..9999 */
    int month;  /* 1..12 */
    int day;    /* 1..31 */
    int hour;   /* 0..23 */
    int minute; /* 0..59 */
    int second; /* 0..60 */
};

/* Use an IANA zone ("Asia/Ho_Chi_Minh"). -ENOENT if the system does not know it. */
MUST_CHECK int zone_use(const char *name, struct fault *reterr);

/* The wall clock of an instant (microseconds UTC); fractions of a second are dropped. */
void zone_to_civil(int64_t us, struct civil *ret_civil);

/* The instant of a wall clock time. Fields past their range carry over (day 32
 * is the next month's first). A time that comes twice, when clocks go back, is
 * its first coming; one that a change skips is as far after the change as it
 * would have been after the hour before (02:30 becomes 03:30), as RFC 5545 says. */
int64_t zone_from_civil(const struct civil *civil);

/* "2023-05-10T17:00:00+07:00"; microseconds are written only when there are any. */
void zone_format_instant(int64_t us, char out[static ZONE_INSTANT_MAX]);
/* "2023-05-10" and "17:00:00" of the station's wall clock. */
void zone_format_date(int64_t us, char out[static ZONE_INSTANT_MAX]);
void zone_format_time(int64_t us, char out[static ZONE_INSTANT_MAX]);

/* Read "2023-05-10", "2023-05-10T17:00[:30]" (station time) or a full RFC 3339
 * instant. -EINVAL for anything else, dates that do not exist among it. */
MUST_CHECK int zone_parse_instant(const char *text, int64_t *ret_us, struct fault *reterr);

#endif
