/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_RECUR_INT_H
#define SCHEDULER_CALENDAR_RECUR_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "scheduler/calendar/recur.h"

/* What recur_parse.c, which reads the text of a rule, and recur_days_parse.c and recur_lunar.c,
 * which make a rule of days or of the lunar calendar of it, know of each other. */

enum part {
    PART_FREQ,
    PART_INTERVAL,
    PART_COUNT,
    PART_UNTIL,
    PART_WKST,
    PART_RSCALE,
    PART_SKIP,
    PART_BYSECOND,
    PART_BYMINUTE,
    PART_BYHOUR,
    PART_BYDAY,
    PART_BYMONTHDAY,
    PART_BYYEARDAY,
    PART_BYWEEKNO,
    PART_BYMONTH,
    PART_BYSETPOS,
    N_PARTS,
};

/* RFC 5545 allows what a rule can use: more numbers than there are in a year are none. */
enum { RECUR_LIST_MAX = 400, RECUR_LEAP = 16 };

struct recur_list {
    int numbers[RECUR_LIST_MAX]; /* BYDAY: ordinal × 8 + weekday, the ordinal from -53 to
                                  * 53; BYMONTH of lunar rules: RECUR_LEAP more for 4L */
    size_t n;
};

struct recur_parser {
    const char *file;
    unsigned line;
    struct fault *reterr;
    const char *values[N_PARTS]; /* NULL: not there */
    struct recur_list list;      /* the part that is looked at */
    enum recur_freq freq;
    bool is_lunar;
};

/* The name of a part, such as BYDAY. */
const char *recur_part_name(enum part part);

/* Say a sentence with or without one "%s". Returns -EINVAL. */
int recur_wrong(struct recur_parser *parser, const char *sentence, const char *what);

/* The part's list into parser->list, sorted and without doubles; empty if the rule has
 * none. -EINVAL. */
MUST_CHECK int recur_read_list(struct recur_parser *parser, enum part part);

/* The part's list, which has been read, as what a day must match. -EINVAL. */
MUST_CHECK int recur_limit_by(struct recur_parser *parser, enum part part,
                              struct recur_limits *limits);

/* recur_days_parse.c: does the rule come once on each of some days, which BYDAY, BYMONTHDAY
 * and BYMONTH tell by themselves? */
bool recur_is_of_days(const struct recur_parser *parser);

/* recur_days_parse.c: recur->days, of a rule that is shared out. -EINVAL, -ENOMEM. */
MUST_CHECK int recur_build_days(struct recur_parser *parser, struct arena *arena,
                                int64_t start_wall_s, struct recur *recur);

/* recur_lunar.c: does the rule follow the lunar calendar? Into parser->is_lunar, by what
 * the event says of it, RSCALE and SKIP. -EINVAL. */
MUST_CHECK int recur_read_scale(struct recur_parser *parser, bool event_is_lunar);

/* recur_lunar.c: refuse what no lunar rule can say. -EINVAL. */
MUST_CHECK int recur_check_lunar(struct recur_parser *parser);

/* recur_lunar.c: recur->lunar, of a rule whose heads are read. -EINVAL, -ENOMEM. */
MUST_CHECK int recur_build_lunar(struct recur_parser *parser, struct arena *arena,
                                 int64_t start_wall_s, struct recur *recur);

#endif
