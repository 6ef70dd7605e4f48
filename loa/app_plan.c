/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fault.h"
#include "loa/app.h"
#include "loa/say.h"
#include "scheduler/planner.h"
#include "scheduler/slot.h"

void app_plans_finish(struct app_plans *plans)
{
    for (size_t i = 0; i < plans->n; i++) {
        plan_destroy(plans->plans[i]);
    }
    plans->n = 0;
}

/* What is frozen of [from, to), then what is planned of the rest. */
static int add_window(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
                      struct app_plans *plans, struct fault *reterr)
{
    int64_t rest_us = from_us;
    struct plan *plan = NULL;
    int r = 0;
    if (inputs->db) {
        r = plan_load(inputs, from_us, to_us, &plan, reterr);
        if (r < 0) {
            return r;
        }
        rest_us = plan->to_us > from_us ? plan->to_us : from_us;
        plans->plans[plans->n++] = plan;
    }
    if (rest_us < to_us) {
        r = plan_make(inputs, rest_us, to_us, &plan, reterr);
        if (r == 0) {
            plans->plans[plans->n++] = plan;
        }
    }
    return r;
}

int app_plan(struct app *app, int64_t from_us, int64_t to_us, struct app_plans *ret_plans)
{
    struct planner_inputs inputs = {.station = app->station,
                                    .calendars = app->calendars,
                                    .segments = &app->segments,
                                    .db = app->db};
    struct app_plans plans = {.from_us = app_day_start(app_day_start(from_us) - 1)};
    struct fault fault = {0};
    if (add_window(&inputs, plans.from_us, to_us, &plans, &fault) < 0) {
        app_plans_finish(&plans);
        return say_fault(&fault);
    }
    *ret_plans = plans;
    return 0;
}
