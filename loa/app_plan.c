/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "loa/app.h"
#include "loa/say.h"
#include "scheduler/planner.h"
#include "scheduler/slot.h"

static const size_t SLOTS_MEMORY_MAX = (size_t)256 << 20;
static const int64_t AHEAD_MAX_US = 400LL * 24 * 3600 * 1000000;

void app_plans_finish(struct app_plans *plans)
{
    for (size_t i = 0; i < plans->n; i++) {
        plan_destroy(plans->plans[i]);
    }
    plans->n = 0;
}

/* The start of the earliest slot that is on at an instant, or else the instant itself. */
static int on_since(struct app *app, int64_t at_us, int64_t *ret_us)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(SLOTS_MEMORY_MAX);
    struct slots slots = {0};
    struct fault fault = {0};
    if (!arena) {
        say(_("out of memory"));
        return 3;
    }
    if (calendars_expand(app->calendars, at_us - SLOT_MAX_US, at_us, arena, &slots, &fault) < 0) {
        return say_fault(&fault);
    }
    *ret_us = at_us;
    for (size_t i = 0; i < slots.n; i++) { /* by start: the first that is still on */
        if (slots.items[i].end_us > at_us && slots.items[i].start_us < *ret_us) {
            *ret_us = slots.items[i].start_us;
        }
    }
    return 0;
}

int app_plan_start(struct app *app, int64_t from_us, int64_t to_us, int64_t *ret_us)
{
    int64_t now_us = clock_now_us(&app->clock);
    if (to_us > now_us && from_us < now_us + AHEAD_MAX_US) {
        return on_since(app, now_us, ret_us);
    }
    *ret_us = app_day_start(app_day_start(from_us) - 1);
    return 0;
}

int app_plan(struct app *app, int64_t from_us, int64_t to_us, struct app_plans *ret_plans)
{
    struct planner_inputs inputs = {.station = app->station,
                                    .calendars = app->calendars,
                                    .segments = &app->segments,
                                    .db = app->db};
    struct app_plans plans = {0};
    struct fault fault = {0};
    int64_t start_us = 0;
    int status = app_plan_start(app, from_us, to_us, &start_us);
    if (status != 0) {
        return status;
    }
    /* A window that is past keeps what was frozen for it; of one ahead, what has begun. */
    bool is_past = to_us <= clock_now_us(&app->clock);
    int64_t frozen_from_us = app_day_start(app_day_start(from_us) - 1);
    int64_t frozen_to_us = is_past ? to_us : start_us;
    int r = 0;
    if (app->db && frozen_from_us < frozen_to_us) {
        r = plan_load(&inputs, frozen_from_us, frozen_to_us, &plans.plans[0], &fault);
        plans.n = r == 0;
        if (r == 0 && is_past && plans.plans[0]->to_us > start_us) {
            start_us = plans.plans[0]->to_us;
        }
    }
    if (r == 0 && start_us < to_us) {
        r = plan_make(&inputs, start_us, to_us, &plans.plans[plans.n], &fault);
        plans.n += r == 0;
    }
    if (r < 0) {
        app_plans_finish(&plans);
        return say_fault(&fault);
    }
    *ret_plans = plans;
    return 0;
}
