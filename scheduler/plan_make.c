/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/check.h"
#include "scheduler/planner.h"
#include "scheduler/planner_int.h"

/* From calendars and ledger to a plan, and to what is wrong with it. */

static const int64_t PART_US = 31LL * 24 * 3600 * 1000000; /* of a year, checked at a time */

/* The slots that a plan of [from_us, to_us) depends on. */
static int slots_around(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
                        struct arena *arena, struct slots *ret_slots, struct fault *reterr)
{
    return arena ? calendars_expand(inputs->calendars, from_us - SLOT_MAX_US, to_us + SLOT_MAX_US,
                                    arena, ret_slots, reterr)
                 : plan_no_memory(reterr);
}

int plan_make(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
              struct plan **ret_plan, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(PLAN_MAX_BYTES);
    struct slots slots = {0};
    int r = slots_around(inputs, from_us, to_us, arena, &slots, reterr);
    return r < 0 ? r
                 : plan_from_slots(inputs->station, &slots, inputs->segments, inputs->db, from_us,
                                   to_us, ret_plan, reterr);
}

/* One part of a longer time: the rotation of the part before is not known to it. */
static int check_part(const struct planner_inputs *inputs, struct checker *checker, int64_t from_us,
                      int64_t to_us, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(PLAN_MAX_BYTES);
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct slots slots = {0};
    int r = slots_around(inputs, from_us, to_us, arena, &slots, reterr);
    r = r < 0 ? r
              : plan_from_slots(inputs->station, &slots, inputs->segments, inputs->db, from_us,
                                to_us, &plan, reterr);
    return r < 0 ? r : checker_look(checker, &slots, plan, reterr);
}

int plan_check(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
               struct findings *findings, struct fault *reterr)
{
    AUTO(checker_destroy) struct checker *checker = NULL;
    int r = checker_create(inputs->station, inputs->segments, from_us, to_us, &checker, reterr);
    for (int64_t at_us = from_us; r == 0 && at_us < to_us; at_us += PART_US) {
        int64_t end_us = at_us + PART_US < to_us ? at_us + PART_US : to_us;
        r = check_part(inputs, checker, at_us, end_us, reterr);
    }
    return r < 0 ? r : checker_tell(checker, findings, reterr);
}
