/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_PLANNER_H
#define SCHEDULER_PLANNER_H

#include <stdint.h>

#include "base/attr.h"
#include "media/segment.h"
#include "scheduler/plan.h"

struct calendars;
struct db;
struct fault;
struct station;

/* Everything a plan depends on; all borrowed for the call. The clock is not among them. */
struct planner_inputs {
    const struct station *station;
    struct calendars *calendars;
    const struct segments *segments; /* all versions in every state */
    struct db *db;                   /* the ledger so far; NULL: nothing has aired */
};

/*
 * Resolve the slots that start in [from_us, to_us) to items. What has aired before
 * from_us (the ledger) decides rotation; then the plan counts its own items as it goes.
 * Given to the caller: plan_destroy(). -E2BIG, -ENOMEM, or the database's errno.
 */
MUST_CHECK int plan_make(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
                         struct plan **ret_plan, struct fault *reterr);

/* Freeze a plan: plan_revise() (scheduler/revision.h) where nothing is known of its origin. */
MUST_CHECK int plan_store(struct db *db, const struct station *station, const struct plan *plan,
                          int64_t made_us, struct fault *reterr);

/* The frozen items whose slots start in [from_us, to_us), with levels made anew from the
 * station file, and what modes withhold from the calendars, which may be NULL. What was not over
 * when its segment was withdrawn becomes PLAN_REFUSED. *ret_plan->to_us is where the frozen plan
 * ends, at most to_us; from_us if nothing is frozen. Times before that end in which no radio ran
 * hold nothing. */
MUST_CHECK int plan_load(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
                         struct plan **ret_plan, struct fault *reterr);

#endif
