/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/frozen_plan.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/zone.h"
#include "loa/app.h"
#include "media/library.h"
#include "playout/radio.h"
#include "scheduler/planner.h"
#include "scheduler/slot.h"
#include "station/station.h"

static const size_t LIBRARY_MEMORY_MAX = (size_t)1 << 30;
static const int64_t HOUR_US = 3600LL * 1000000;
static const int64_t RETRY_AFTER_US = 60LL * 1000000;

/* How often the frozen plan is prolonged: well before it ends. */
static int64_t extend_every_us(const struct station *station)
{
    int64_t quarter_us = station->freeze_us / 4;
    return quarter_us > HOUR_US          ? HOUR_US
           : quarter_us < RETRY_AFTER_US ? RETRY_AFTER_US
                                         : quarter_us;
}

/* ---- what plans are made of, as a number that changes with it */

static uint64_t mix(uint64_t sum, int64_t value)
{
    return (sum ^ (uint64_t)value) * 0x9e3779b97f4a7c15U + 1;
}

static uint64_t look_at_calendars(const struct app *app, uint64_t sum)
{
    for (size_t i = 0; i < app->station->n_layers; i++) {
        char path[PATHS_MAX];
        struct stat st;
        if (path_join(path, app->dir, app->station->layers[i].calendar, NULL) == 0 &&
            stat(path, &st) == 0) {
            sum = mix(mix(sum, st.st_size), (int64_t)st.st_ino);
            sum = mix(mix(sum, st.st_mtim.tv_sec), st.st_mtim.tv_nsec);
        }
    }
    return sum;
}

uint64_t frozen_plan_sources(const struct app *app)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    uint64_t sum = look_at_calendars(app, 0);
    /* What is brought in or edited is a draft, and changes nothing that airs. */
    if (db_prepare(app->db,
                   "SELECT id FROM segment_event WHERE act NOT IN ('imported', 'spoken', 'edited') "
                   "ORDER BY id DESC LIMIT 1",
                   &row, NULL) == 0 &&
        stmt_step(row, NULL) == 1) {
        sum = mix(sum, stmt_i64(row, 0));
    }
    return sum;
}

/* The calendars as they are now; the old ones stay if the new ones are broken. */
static bool read_calendars(struct frozen_plan *frozen)
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
    return r == 0;
}

/* ---- planning */

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
    if (plan_store(frozen->app->db, frozen->app->station, plan, from_us, &fault) < 0) {
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

int frozen_plan_start(struct frozen_plan *frozen, struct radio *radio, int64_t now_us,
                      struct fault *reterr)
{
    struct app *app = frozen->app;
    AUTO(arena_destroy) struct arena *arena = arena_create(LIBRARY_MEMORY_MAX);
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct segments segments = {0};
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    /* Looked at before they are read, so that what changes meanwhile is noticed; and read here,
     * because this may be the second start of one process, long after the first. */
    frozen->sources = frozen_plan_sources(app);
    (void)read_calendars(frozen); /* broken ones are told, and those before stay */
    int r = library_read(app->db, arena, &segments, reterr);
    if (r < 0) {
        return r;
    }
    struct planner_inputs inputs = {.station = app->station,
                                    .calendars = app->calendars,
                                    .segments = &segments,
                                    .db = app->db};
    int64_t to_us = now_us + app->station->freeze_us;
    int64_t from_us = 0;
    if (app_plan_start(app, now_us, to_us, &from_us) != 0) {
        return fault_set(reterr, EINVAL, NULL, 0, _("the plan cannot be made"));
    }
    /* What crosses midnight began the day before. */
    r = plan_load(&inputs, app_day_start(app_day_start(now_us) - 1), now_us, &plan, reterr);
    if (r < 0) {
        return r;
    }
    bool has_begun = plan->to_us > from_us; /* what is on was frozen by an earlier run */
    r = radio_give_plan(radio, plan, reterr);
    if (r < 0) {
        return r;
    }
    (void)STEAL(plan);
    frozen->extend_us = now_us + extend_every_us(app->station);
    return freeze(frozen, radio, has_begun ? now_us : from_us, to_us, &segments, reterr);
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

void frozen_plan_tend(struct frozen_plan *frozen, struct radio *radio, int64_t now_us)
{
    if (now_us < frozen->retry_us) {
        return;
    }
    uint64_t sources = frozen_plan_sources(frozen->app);
    if (sources != frozen->sources) {
        bool are_read = read_calendars(frozen);
        if (try_plan(frozen, radio, now_us, now_us)) {
            frozen->sources = sources;
            frozen->extend_us = now_us + extend_every_us(frozen->app->station);
            log_line(frozen->log, are_read ? LOG_INFO : LOG_WARNING,
                     are_read
                         ? _("the calendars or the library changed: what lies ahead was planned "
                             "anew")
                         : _("the calendars as they were before stay in force until the mistake is "
                             "mended"));
        }
    } else if (now_us >= frozen->extend_us) {
        /* After a long jump of the clock nobody needs a plan of the time between. */
        int64_t from_us = frozen->until_us > now_us ? frozen->until_us : now_us;
        if (try_plan(frozen, radio, from_us, now_us)) {
            frozen->extend_us = now_us + extend_every_us(frozen->app->station);
        }
    }
}
