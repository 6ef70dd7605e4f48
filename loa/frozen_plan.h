/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_FROZEN_PLAN_H
#define LOA_FROZEN_PLAN_H

#include <stdint.h>

#include "base/attr.h"

struct app;
struct fault;
struct log;
struct radio;

/*
 * The plan while on air: kept made, frozen in the database and handed to the radio for as
 * long ahead as the station file says. What has begun stays as it was frozen, but for what is
 * withdrawn. What lies ahead is planned anew as soon as a calendar file changes or a recording
 * is approved or withdrawn, which the log tells; a calendar that is broken by then is told
 * too, and the one that was read before stays in force.
 */
struct frozen_plan {
    struct app *app; /* borrowed; its station, db and calendars, which are renewed */
    const struct log *log;
    int64_t until_us;  /* slots that start before this are frozen and handed over */
    int64_t extend_us; /* when to freeze on */
    int64_t retry_us;  /* after a failure: not before this */
    uint64_t sources;  /* what the calendars and the library looked like when last read */
};

/* At start: read the calendars and the library anew, hand over what has begun as it was frozen,
 * plan what lies ahead, and give the radio its ladders. */
MUST_CHECK int frozen_plan_start(struct frozen_plan *frozen, struct radio *radio, int64_t now_us,
                                 struct fault *reterr);
/* To be called every second: looks for changes, and freezes on when it is time. What
 * fails is logged and tried again; what is frozen plays on. */
void frozen_plan_tend(struct frozen_plan *frozen, struct radio *radio, int64_t now_us);

/* What plans are made of, the calendars' files and the library, as a number that changes when they
 * do. Needs station and db; files are looked at and not read. */
uint64_t frozen_plan_sources(const struct app *app);

#endif
