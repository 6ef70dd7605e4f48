/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdbool.h>

#include "airtime/ledger.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "loa/app.h"
#include "loa/child.h"
#include "loa/commands.h"
#include "loa/frozen_plan.h"
#include "loa/say.h"
#include "loa/stop.h"
#include "playout/radio.h"
#include "station/station.h"

/* How soon an edited calendar, an approval or a withdrawal is noticed. */
static const int64_t TEND_EVERY_US = 1LL * 1000000;

/* What works beside the radio. */
struct children {
    struct child items[2];
    size_t n;
};

/* On air until somebody stops it. */
static int stay_on_air(struct frozen_plan *frozen, struct children *children, struct radio *radio,
                       struct fault *reterr)
{
    const volatile sig_atomic_t *stop = stop_on_signals();
    int r = 0;
    while (r == 0) {
        int64_t now_us = clock_now_us(&frozen->app->clock);
        frozen_plan_tend(frozen, radio, now_us);
        children_tend(children->items, children->n);
        r = radio_run_until(radio, now_us + TEND_EVERY_US, stop, reterr);
    }
    if (r != -EINTR) {
        return r;
    }
    log_line(frozen->log, LOG_INFO, _("stopping"));
    return radio_finish(radio, reterr);
}

static int go_on_air(struct frozen_plan *frozen, struct ledger *ledger, struct children *children,
                     struct fault *reterr)
{
    AUTO(radio_close) struct radio *radio = NULL;
    struct app *app = frozen->app;
    const struct log *log = frozen->log;
    struct radio_options options = {
        .station = app->station,
        .clock = &app->clock,
        .ledger = ledger,
        .log = log,
        .sound = RADIO_OUTPUTS,
    };
    int r = radio_open(&options, &radio, reterr);
    if (r == 0) {
        r = frozen_plan_start(frozen, radio, clock_now_us(&app->clock), reterr);
    }
    if (r == 0) {
        log_line(log, LOG_INFO, _("on air: %s, %zu lines; Ctrl-C stops it"), app->station->title,
                 app->station->n_lines);
        r = stay_on_air(frozen, children, radio, reterr);
    }
    return r;
}

static void add_child(struct children *children, struct app *app, const char *command,
                      const struct log *log)
{
    children->items[children->n++] =
        (struct child){.command = command, .dir = app->dir, .log = log, .clock = &app->clock};
}

/* The inbox always has something to do; the network only where a calendar lies there. */
static void add_children(struct children *children, struct app *app, const struct log *log)
{
    bool has_address = false;
    for (size_t i = 0; i < app->station->n_layers; i++) {
        has_address |= app->station->layers[i].url != NULL;
    }
    add_child(children, app, "inbox", log);
    if (has_address) {
        add_child(children, app, "fetch", log);
    }
}

static int run(struct app *app, const struct args *args)
{
    (void)args;
    /* The ledger is written by a thread of the radio's own, so it has its own handle. */
    AUTO(db_close) struct db *ledger_db = NULL;
    AUTO(ledger_close) struct ledger *ledger = NULL;
    struct log log = {.stream = stderr, .prefix = "run", .most = LOG_INFO, .clock = &app->clock};
    struct children children = {.n = 0};
    struct frozen_plan frozen = {.app = app, .log = &log};
    struct fault fault = {0};
    int status = app_need(app, APP_STATION | APP_DB_WRITE);
    if (status != 0) {
        return status;
    }
    status = app_need(app, APP_CALENDARS);
    if (status != 0 && frozen_plan_kept_calendars(app, &log) < 0) {
        return status;
    }
    add_children(&children, app, &log);
    int r = db_open(db_path(app->db), DB_WRITE, &ledger_db, &fault);
    if (r == 0) {
        r = ledger_open(ledger_db, app->station, &ledger, &fault);
    }
    /* After a clock that was wrong by more than a minute everything begins anew, at the
     * right time of day. */
    if (r == 0) {
        do {
            r = go_on_air(&frozen, ledger, &children, &fault);
            if (r == -ETIME) {
                log_fault(&log, LOG_WARNING, &fault);
            }
        } while (r == -ETIME);
    }
    children_stop(children.items, children.n);
    frozen_plan_finish(&frozen);
    return r < 0 ? say_fault(&fault) : 0;
}

const struct command command_run = {
    .spec =
        {.name = "run",
         .operands = "",
         .summary = N_("on air, until it is stopped with Ctrl-C"),
         .detail = N_(
             "Plans, plays on every line and keeps the ledger. After a power cut or a crash just\n"
             "start it again: it goes on where it should be, and nothing airs twice.")},
    .run = run,
};
