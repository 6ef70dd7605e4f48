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
 * long ahead as the station file says. Calendars and library are read anew for each
 * piece, so tomorrow's edit airs tomorrow; a calendar that is broken by then is told in the
 * log, and the one that was read before is used.
 */
struct frozen_plan {
    struct app *app; /* borrowed; its station, db and first calendars */
    const struct log *log;
    int64_t until_us; /* slots that start before this are frozen and handed over */
};

/* At start: hand over what is frozen already and freeze the rest. */
MUST_CHECK int frozen_plan_start(struct frozen_plan *frozen, struct radio *radio, int64_t now_us,
                                 struct fault *reterr);
/* Later, at any time: freeze on to now + freeze. */
MUST_CHECK int frozen_plan_extend(struct frozen_plan *frozen, struct radio *radio, int64_t now_us,
                                  struct fault *reterr);

#endif
