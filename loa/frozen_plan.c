/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/frozen_plan.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/plan_sources.h"
#include "loa/revision_text.h"
#include "media/library.h"
#include "playout/radio.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/planner.h"
#include "station/station.h"

static const size_t LIBRARY_MEMORY_MAX = (size_t)1 << 30;
enum { LOG_CAUSES_MAX = 4096 };
static const int64_t HOUR_US = 3600LL * 1000000;
static const int64_t RETRY_AFTER_US = 60LL * 1000000;

/* When the frozen plan is prolonged: well before it ends; soon, if it could not be stored. */
static void extend_later(struct frozen_plan *frozen, int64_t now_us)
{
    int64_t after_us = frozen->app->station->freeze_us / 4;
    after_us = after_us > HOUR_US ? HOUR_US : after_us;
    after_us = after_us < RETRY_AFTER_US || !frozen->is_stored ? RETRY_AFTER_US : after_us;
    frozen->extend_us = now_us + after_us;
}

/* The calendars as they are now; the old ones stay if the new ones are broken. */
static bool read_calendars(struct frozen_plan *frozen)
{
    struct calendars *calendars = NULL;
    struct findings findings = {0};
    int r = calendars_load_and_keep(frozen->app->station, &calendars, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        if (r < 0 || strcmp(findings.items[i].rule, CALENDAR_NOT_KEPT) == 0) {
            log_fault(frozen->log, r < 0 ? LOG_ERROR : LOG_WARNING, &findings.items[i].fault);
        }
    }
    if (r == 0) {
        calendars_destroy(frozen->app->calendars);
        frozen->app->calendars = calendars;
    }
    findings_finish(&findings);
    return r == 0;
}

int frozen_plan_kept_calendars(struct app *app, const struct log *log)
{
    int64_t now_us = clock_now_us(&app->clock);
    int64_t until_us = now_us;
    struct findings findings = {0};
    int r = plan_frozen_until(app->db, now_us, &until_us, NULL);
    if (r == 0 && until_us > now_us) {
        r = calendars_load_kept(app->station, &app->calendars, &findings);
    }
    findings_finish(&findings);
    if (r < 0 || !app->calendars) {
        return -ENOENT;
    }
    log_line(log, LOG_WARNING,
             _("the calendars as they were before stay in force until the mistake is mended; they "
               "lie in calendars/ as ID.kept.ics"));
    return 0;
}

/* ---- planning */

/* Freeze a plan in the database, and log what that changes of the one before. */
static int store(struct frozen_plan *frozen, const struct plan *plan, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(LIBRARY_MEMORY_MAX);
    struct plan_origin origin = {0};
    struct plan_revised revised = {0};
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = plan_sources_origin(frozen->app, frozen->sources, clock_now_us(&frozen->app->clock),
                                arena, &origin, reterr);
    r = r < 0 ? r
              : plan_revise(frozen->app->db, frozen->app->station, plan, &origin, &revised, reterr);
    if (r == 0 && revised.id) {
        struct strbuf causes;
        strbuf_init(&causes, LOG_CAUSES_MAX);
        revision_causes_text(&causes, origin.causes, origin.n_causes);
        log_line(frozen->log, LOG_INFO, _("revision %lld of the frozen plan, changes: %zu (%s)"),
                 (long long)revised.id, revised.n_changes, strbuf_text(&causes));
        strbuf_finish(&causes);
    }
    return r;
}

/* Slots that start in [from, to): planned, frozen, and handed over in place of what the radio
 * has of them. */
static int freeze(struct frozen_plan *frozen, struct radio *radio, int64_t from_us, int64_t to_us,
                  const struct segments *segments, struct fault *reterr)
{
    struct planner_inputs inputs = {.station = frozen->app->station,
                                    .calendars = frozen->app->calendars,
                                    .segments = segments,
                                    .db = frozen->app->db};
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct fault fault = {0};
    int r = plan_make(&inputs, from_us, to_us, &plan, reterr);
    if (r < 0) {
        return r;
    }
    frozen->is_stored = store(frozen, plan, &fault) == 0;
    if (!frozen->is_stored) {
        log_fault(frozen->log, LOG_ERROR, &fault); /* a full disk does not silence the station */
    }
    r = radio_revise(radio, plan, segments, from_us, reterr);
    if (r == 0) {
        (void)STEAL(plan); /* the radio's from now on */
        frozen->until_us = to_us;
    }
    return r;
}

static int plan_on(struct frozen_plan *frozen, struct radio *radio, int64_t from_us, int64_t to_us,
                   struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(LIBRARY_MEMORY_MAX);
    struct segments segments = {0};
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = library_read(frozen->app->db, arena, &segments, reterr);
    return r < 0 ? r : freeze(frozen, radio, from_us, to_us, &segments, reterr);
}

/* Hand over what is frozen and stays: what has begun, and what lies ahead if it is made of what
 * plans are made of now. *ret_from_us is where planning goes on. */
static int hand_over_frozen(struct frozen_plan *frozen, struct radio *radio,
                            const struct segments *segments, int64_t now_us, int64_t to_us,
                            int64_t *ret_from_us, struct fault *reterr)
{
    struct app *app = frozen->app;
    struct planner_inputs inputs = {.station = app->station,
                                    .calendars = app->calendars,
                                    .segments = segments,
                                    .db = app->db};
    AUTO(plan_destroy) struct plan *plan = NULL;
    int64_t on_since_us = 0;
    int64_t until_us = now_us;
    if (app_plan_start(app, now_us, to_us, &on_since_us) != 0) {
        return fault_set(reterr, EINVAL, NULL, 0, _("the plan cannot be made"));
    }
    int r = plan_sources_frozen_until(app, frozen->sources, now_us, &until_us, reterr);
    if (r < 0) {
        return r;
    }
    until_us = until_us < to_us ? until_us : now_us; /* beyond it only after the clock went back */
    /* What crosses midnight began the day before. */
    r = plan_load(&inputs, app_day_start(app_day_start(now_us) - 1), until_us, &plan, reterr);
    if (r < 0) {
        return r;
    }
    /* What is on was frozen by an earlier run, or else is planned now. */
    *ret_from_us = plan->to_us > on_since_us ? until_us : on_since_us;
    r = radio_give_plan(radio, plan, reterr);
    if (r == 0) {
        (void)STEAL(plan);
    }
    return r;
}

int frozen_plan_start(struct frozen_plan *frozen, struct radio *radio, int64_t now_us,
                      struct fault *reterr)
{
    struct app *app = frozen->app;
    AUTO(arena_destroy) struct arena *arena = arena_create(LIBRARY_MEMORY_MAX);
    /* Looked at before they are read, so that what changes meanwhile is noticed; and read here,
     * because this may be the second start of one process, long after the first. */
    AUTO(plan_sources_destroy)
    struct plan_sources *sources = plan_sources_look(app, frozen->sources);
    struct segments segments = {0};
    if (!arena || !sources) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    plan_sources_destroy(frozen->sources);
    frozen->sources = STEAL(sources);
    (void)read_calendars(frozen); /* broken ones are told, and those before stay */
    int64_t to_us = now_us + app->station->freeze_us;
    int64_t from_us = 0;
    int r = library_read(app->db, arena, &segments, reterr);
    r = r < 0 ? r : hand_over_frozen(frozen, radio, &segments, now_us, to_us, &from_us, reterr);
    r = r < 0 ? r : freeze(frozen, radio, from_us, to_us, &segments, reterr);
    frozen->retry_us = INT64_MIN; /* it may be of a clock that was wrong */
    extend_later(frozen, now_us);
    return r;
}

void frozen_plan_finish(struct frozen_plan *frozen)
{
    frozen->sources = plan_sources_destroy(frozen->sources);
}

/* Plans [from, now + freeze); a failure is logged, and puts off the next try. */
static bool try_plan(struct frozen_plan *frozen, struct radio *radio, int64_t from_us,
                     int64_t now_us)
{
    struct fault fault = {0};
    int64_t to_us = now_us + frozen->app->station->freeze_us;
    if (from_us >= to_us || plan_on(frozen, radio, from_us, to_us, &fault) == 0) {
        return true;
    }
    log_fault(frozen->log, LOG_ERROR, &fault);
    frozen->retry_us = now_us + RETRY_AFTER_US;
    return false;
}

/* The calendars or the library are not what they were: what lies ahead is planned anew. Until
 * that has worked the sources stay what they were, and it is tried again. */
static void follow(struct frozen_plan *frozen, struct radio *radio, struct plan_sources *sources,
                   int64_t now_us)
{
    struct plan_sources *before = frozen->sources;
    bool are_read = read_calendars(frozen);
    frozen->sources = sources;
    if (!try_plan(frozen, radio, now_us, now_us)) {
        frozen->sources = before;
        plan_sources_destroy(sources);
        return;
    }
    plan_sources_destroy(before);
    extend_later(frozen, now_us);
    log_line(frozen->log, are_read ? LOG_INFO : LOG_WARNING,
             are_read ? _("the calendars or the library changed: what lies ahead was planned "
                          "anew")
                      : _("the calendars as they were before stay in force until the mistake is "
                          "mended; they lie in calendars/ as ID.kept.ics"));
}

void frozen_plan_tend(struct frozen_plan *frozen, struct radio *radio, int64_t now_us)
{
    if (now_us < frozen->retry_us) {
        return;
    }
    AUTO(plan_sources_destroy)
    struct plan_sources *sources = plan_sources_look(frozen->app, frozen->sources);
    if (sources && !plan_sources_equal(sources, frozen->sources)) {
        follow(frozen, radio, STEAL(sources), now_us);
    } else if (now_us >= frozen->extend_us) {
        /* After a long jump of the clock nobody needs a plan of the time between; and what could
         * not be stored is planned again. */
        bool goes_on = frozen->is_stored && frozen->until_us > now_us;
        if (try_plan(frozen, radio, goes_on ? frozen->until_us : now_us, now_us)) {
            extend_later(frozen, now_us);
        }
    }
}
