/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "loa/app.h"
#include "loa/plan_sources.h"
#include "loa/say.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/planner.h"

static const size_t SLOTS_MEMORY_MAX = (size_t)256 << 20;
static const int64_t AHEAD_MAX_US = 400LL * 24 * 3600 * 1000000;

void app_plans_finish(struct app_plans *plans)
{
    for (size_t i = 0; i < plans->n; i++) {
        plan_destroy(plans->plans[i]);
    }
    plans->n = 0;
}

/* The start of the day before: what is on at its end began at the earliest there. */
static int64_t day_before(int64_t us)
{
    return app_day_start(app_day_start(us) - 1);
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
    *ret_us = day_before(from_us);
    return 0;
}

/* A plan of [from, to) more; none of a time that is empty. */
static int add_plan(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
                    struct app_plans *plans, struct fault *reterr)
{
    if (from_us >= to_us) {
        return 0;
    }
    int r = plan_make(inputs, from_us, to_us, &plans->plans[plans->n], reterr);
    plans->n += r == 0;
    return r;
}

/* A window that is past keeps what was frozen for it. */
static int plan_past(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
                     struct app_plans *plans, struct fault *reterr)
{
    int64_t start_us = day_before(from_us);
    int r = 0;
    if (inputs->db) {
        r = plan_load(inputs, start_us, to_us, &plans->plans[0], reterr);
        plans->n = r == 0;
    }
    if (r == 0 && plans->n && plans->plans[0]->to_us > start_us) {
        start_us = plans->plans[0]->to_us;
    }
    return r < 0 ? r : add_plan(inputs, start_us, to_us, plans, reterr);
}

/* Until when from now on the radio plays what is frozen; now_us: it plans anew. */
static int frozen_until(const struct app *app, int64_t now_us, int64_t *ret_until_us,
                        struct fault *reterr)
{
    AUTO(plan_sources_destroy) struct plan_sources *sources = plan_sources_look(app, NULL);
    return sources ? plan_sources_frozen_until(app, sources, now_us, ret_until_us, reterr)
                   : fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

/* Of one that is not over: what was frozen, as far as it stays; of a past of which nothing was,
 * what would have aired; and what is still to come, from what is on since start_us. */
static int plan_ahead(struct app *app, const struct planner_inputs *inputs, int64_t from_us,
                      int64_t to_us, int64_t start_us, struct app_plans *plans,
                      struct fault *reterr)
{
    int64_t now_us = clock_now_us(&app->clock);
    int64_t until_us = now_us;
    int64_t first_us = day_before(from_us < now_us ? from_us : now_us);
    bool was_frozen = false;
    int r = inputs->db ? frozen_until(app, now_us, &until_us, reterr) : 0;
    if (r == 0 && inputs->db) {
        r = plan_load(inputs, first_us, until_us, &plans->plans[0], reterr);
        plans->n = r == 0;
        was_frozen = r == 0 && plans->plans[0]->to_us > first_us;
    }
    if (r == 0 && !was_frozen && from_us < start_us) {
        r = add_plan(inputs, first_us, start_us, plans, reterr);
    }
    bool has_begun = was_frozen && plans->plans[0]->to_us > start_us;
    return r < 0 ? r : add_plan(inputs, has_begun ? until_us : start_us, to_us, plans, reterr);
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
    int64_t now_us = clock_now_us(&app->clock);
    int r = 0;
    if (to_us <= now_us) {
        r = plan_past(&inputs, from_us, to_us, &plans, &fault);
    } else if (from_us >= now_us + AHEAD_MAX_US) {
        r = add_plan(&inputs, day_before(from_us), to_us, &plans, &fault);
    } else {
        int status = on_since(app, now_us, &start_us);
        if (status != 0) {
            return status;
        }
        r = plan_ahead(app, &inputs, from_us, to_us, start_us, &plans, &fault);
    }
    if (r < 0) {
        app_plans_finish(&plans);
        return say_fault(&fault);
    }
    *ret_plans = plans;
    return 0;
}
