/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/frozen_plan.h"

#include <errno.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/zone.h"
#include "loa/app.h"
#include "media/library.h"
#include "playout/radio.h"
#include "scheduler/planner.h"
#include "scheduler/slot.h"
#include "station/station.h"

static const size_t LIBRARY_MEMORY_MAX = (size_t)1 << 30;

static int hand_over(struct radio *radio, struct plan **plan, struct fault *reterr)
{
    int r = radio_give_plan(radio, *plan, reterr);
    if (r == 0) {
        *plan = NULL; /* the radio's from now on */
    }
    return r;
}

static int freeze(struct frozen_plan *frozen, struct radio *radio, int64_t now_us, int64_t to_us,
                  const struct segments *segments, struct fault *reterr)
{
    struct planner_inputs inputs = {.station = frozen->app->station,
                                    .calendars = frozen->app->calendars,
                                    .segments = segments,
                                    .db = frozen->app->db};
    AUTO(plan_destroy) struct plan *plan = NULL;
    int r = plan_make(&inputs, frozen->until_us, to_us, &plan, reterr);
    if (r < 0) {
        return r;
    }
    struct fault fault = {0};
    if (plan_store(frozen->app->db, frozen->app->station, plan, now_us, &fault) < 0) {
        log_fault(frozen->log, LOG_ERROR, &fault); /* a full disk does not silence the station */
    }
    r = hand_over(radio, &plan, reterr);
    if (r == 0) {
        char until[ZONE_INSTANT_MAX];
        zone_format_instant(to_us, until);
        log_line(frozen->log, LOG_INFO, _("the plan is frozen until %s"), until);
        frozen->until_us = to_us;
    }
    return r;
}

int frozen_plan_start(struct frozen_plan *frozen, struct radio *radio, int64_t now_us,
                      struct fault *reterr)
{
    struct app *app = frozen->app;
    struct planner_inputs inputs = {.station = app->station,
                                    .calendars = app->calendars,
                                    .segments = &app->segments,
                                    .db = app->db};
    AUTO(plan_destroy) struct plan *plan = NULL;
    int64_t to_us = now_us + app->station->freeze_us;
    /* From the day before, for repeats and for what crosses midnight. */
    int64_t from_us = app_day_start(app_day_start(now_us) - 1);
    int r = plan_load(&inputs, from_us, to_us, &plan, reterr);
    if (r < 0) {
        return r;
    }
    frozen->until_us = plan->to_us > from_us ? plan->to_us : from_us;
    r = hand_over(radio, &plan, reterr);
    if (r == 0 && frozen->until_us < to_us) {
        r = freeze(frozen, radio, now_us, to_us, &app->segments, reterr);
    }
    return r;
}

/* The calendars as they are now; the old ones stay if the new ones are broken. */
static void read_calendars(struct frozen_plan *frozen)
{
    struct calendars *calendars = NULL;
    struct findings findings = {0};
    int r = calendars_load(frozen->app->station, &calendars, &findings);
    for (size_t i = 0; r < 0 && i < findings.n; i++) {
        log_fault(frozen->log, LOG_ERROR, &findings.items[i].fault);
    }
    if (r == 0) {
        calendars_destroy(frozen->app->calendars);
        frozen->app->calendars = calendars;
    }
    findings_finish(&findings);
}

int frozen_plan_extend(struct frozen_plan *frozen, struct radio *radio, int64_t now_us,
                       struct fault *reterr)
{
    int64_t to_us = now_us + frozen->app->station->freeze_us;
    if (to_us <= frozen->until_us) {
        return 0;
    }
    /* After a long jump of the clock nobody needs a plan of the years between. */
    int64_t from_us = app_day_start(app_day_start(now_us) - 1);
    frozen->until_us = frozen->until_us > from_us ? frozen->until_us : from_us;
    AUTO(arena_destroy) struct arena *arena = arena_create(LIBRARY_MEMORY_MAX);
    struct segments segments = {0};
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    read_calendars(frozen);
    int r = library_read(frozen->app->db, arena, &segments, reterr);
    return r < 0 ? r : freeze(frozen, radio, now_us, to_us, &segments, reterr);
}
