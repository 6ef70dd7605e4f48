/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/plan.h"

#include <string.h>

#include "base/arena.h"
#include "scheduler/planner_int.h"

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

const char *item_source_name(enum item_source source)
{
    static const char *const names[] = {"copy", "relay", "input"};
    return names[source];
}

enum item_source item_source_parse(const char *name)
{
    enum item_source source = ITEM_SOURCE_INPUT;
    while (source > ITEM_SOURCE_COPY && strcmp(item_source_name(source), name) != 0) {
        source--;
    }
    return source;
}

enum plan_state plan_state_parse(const char *name)
{
    enum plan_state state = PLAN_PLANNED;
    while (state < PLAN_UNFILLED && strcmp(plan_state_name(state), name) != 0) {
        state++;
    }
    return state;
}
