/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/plan.h"

#include "base/arena.h"

struct plan *plan_destroy(struct plan *plan)
{
    if (plan) {
        arena_destroy(plan->arena); /* the plan itself lies in it */
    }
    return NULL;
}

const char *plan_state_name(enum plan_state state)
{
    static const char *const names[] = {"planned", "filler", "refused", "unfilled"};
    return names[state];
}
