/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/planner.h"
#include "scheduler/planner_int.h"

/* From calendars and ledger to a plan. */

int plan_make(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
              struct plan **ret_plan, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(PLAN_MAX_BYTES);
    if (!arena) {
        return plan_no_memory(reterr);
    }
    struct slots slots = {0};
    int r = calendars_expand(inputs->calendars, from_us - SLOT_MAX_US, to_us + SLOT_MAX_US, arena,
                             &slots, reterr);
    return r < 0 ? r
                 : plan_from_slots(inputs->station, &slots, inputs->segments, inputs->db, from_us,
                                   to_us, ret_plan, reterr);
}
