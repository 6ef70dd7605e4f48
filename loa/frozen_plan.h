/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_FROZEN_PLAN_H
#define LOA_FROZEN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct app;
struct fault;
struct log;
struct plan_sources;
struct radio;

/*
 * The plan while on air: kept made, frozen in the database and handed to the radio for as
 * long ahead as the station file says. What is frozen is what is played, after another start
 * too, until a calendar file or the station file changes or a recording is approved or
 * withdrawn: then what lies ahead is planned anew, and what that changes is a revision
 * (scheduler/revision.h), which the log tells. What has begun stays as it was frozen, but for
 * what is withdrawn. A calendar that is broken is told, and those that were read before stay
 * in force, also after another start. The station file is read at the start only.
 */
struct frozen_plan {
    struct app *app; /* borrowed; its station, db and calendars, which are renewed */
    const struct log *log;
    int64_t until_us;             /* slots that start before this are frozen and handed over */
    int64_t extend_us;            /* when to freeze on */
    int64_t retry_us;             /* after a failure: not before this */
    bool is_stored;               /* what was planned last is in the database */
    struct plan_sources *sources; /* what plans were made of when they were last read; NULL */
};

/* At start, when the calendars have mistakes or are gone: those that a radio read last without a
 * mistake, if what it froze reaches beyond now; the app's calendars from then on, and the log
 * says so. -ENOENT: there are none. */
MUST_CHECK int frozen_plan_kept_calendars(struct app *app, const struct log *log);
/* At start: read the calendars and the library anew, hand over what is frozen and stays, plan
 * and freeze the rest, and give the radio its ladders. Again after it, for another start of the
 * same process; then frozen_plan_finish(). */
MUST_CHECK int frozen_plan_start(struct frozen_plan *frozen, struct radio *radio, int64_t now_us,
                                 struct fault *reterr);
/* To be called every second: looks for changes, and freezes on when it is time. What
 * fails is logged and tried again; what is frozen plays on. */
void frozen_plan_tend(struct frozen_plan *frozen, struct radio *radio, int64_t now_us);

void frozen_plan_finish(struct frozen_plan *frozen); /* frees; a second call is harmless */

#endif
