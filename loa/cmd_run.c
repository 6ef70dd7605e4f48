/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "airtime/ledger.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/reserve.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/clock_doubt.h"
#include "loa/commands.h"
#include "loa/frozen_plan.h"
#include "loa/notify.h"
#include "loa/radio_control.h"
#include "loa/say.h"
#include "loa/stop.h"
#include "loa/supervisor.h"
#include "loa/watcher.h"
#include "playout/outputs/announcer.h"
#include "playout/radio.h"
#include "station/station.h"

/* How soon an edited calendar, an approval or a withdrawal is noticed. */
static const int64_t TEND_EVERY_US = 1LL * 1000000;
static const int64_t RESERVE_EVERY_US = 60LL * 1000000;

static const struct option_spec options[] = {
    {"no-supervisor", NULL, N_("one process, which nobody starts again: for a debugger")},
    {"trust-clock", NULL, N_("play by this machine's clock, even if it seems to be wrong")},
};

/* What works beside the radio. */
struct children {
    struct watcher items[2];
    size_t n;
};

/* One run of the radio; what is on air goes on through several, when the clock is set back. */
struct on_air {
    struct frozen_plan frozen;
    struct children children;
    struct ledger *ledger;
    struct radio_control *control;
    struct announcer *announcer; /* NULL: there is none */
    _Atomic uint64_t *pulse;
    struct notify *notify; /* NULL: the parent tells the service manager */
    bool is_believed;      /* the clock, once and for all: steps while running are followed */
    enum clock_doubt told;
    int64_t reserve_us; /* when it was looked to last */
    bool reserve_fails;
};

static void tell_doubt(struct on_air *on_air, enum clock_doubt doubt, int64_t latest_us)
{
    char latest[ZONE_INSTANT_MAX];
    if (doubt == on_air->told) {
        return;
    }
    on_air->told = doubt;
    if (doubt == CLOCK_NEVER_SET) {
        log_line(on_air->frozen.log, LOG_WARNING,
                 _("the clock of this machine was never set; what is scheduled is held until it "
                   "is: set its time, or start with --trust-clock"));
    } else if (doubt == CLOCK_BEFORE_LEDGER) {
        zone_format_instant(latest_us, latest);
        log_line(on_air->frozen.log, LOG_WARNING,
                 _("the clock of this machine is earlier than the ledger, which ends at %s; what "
                   "is scheduled is held until it is right: set its time, or start with "
                   "--trust-clock"),
                 latest);
    } else {
        log_line(on_air->frozen.log, LOG_INFO, _("the clock is right now; going on as planned"));
    }
}

/* Give the radio its plan as soon as the clock is believed. */
static int begin_plan(struct on_air *on_air, struct radio *radio, int64_t now_us,
                      struct fault *reterr)
{
    int64_t latest_us = INT64_MIN;
    int r = ledger_read_latest(on_air->frozen.app->db, &latest_us, reterr);
    if (r < 0) {
        return r;
    }
    enum clock_doubt doubt = clock_doubt(now_us, latest_us, clock_is_synchronised());
    tell_doubt(on_air, doubt, latest_us);
    on_air->is_believed = doubt == CLOCK_BELIEVED;
    radio_doubt_clock(radio, !on_air->is_believed);
    return on_air->is_believed ? frozen_plan_start(&on_air->frozen, radio, now_us, reterr) : 0;
}

/* Room for the ledger, as soon as there is some to spare. */
static void tend_reserve(struct on_air *on_air, int64_t now_us)
{
    struct fault fault = {0};
    if (llabs(now_us - on_air->reserve_us) < RESERVE_EVERY_US) {
        return;
    }
    on_air->reserve_us = now_us;
    bool fails = reserve_keep(db_path(on_air->frozen.app->db), NULL, &fault) < 0;
    if (fails && !on_air->reserve_fails) {
        log_fault(on_air->frozen.log, LOG_WARNING, &fault);
    }
    on_air->reserve_fails = fails;
}

static void tell_announcer(struct on_air *on_air)
{
    struct fault fault;
    if (on_air->announcer && announcer_take_fault(on_air->announcer, &fault)) {
        log_fault(on_air->frozen.log, LOG_WARNING, &fault);
    }
}

/* On air until somebody stops it. */
static int stay_on_air(struct on_air *on_air, struct radio *radio, struct fault *reterr)
{
    struct frozen_plan *frozen = &on_air->frozen;
    struct children *children = &on_air->children;
    const volatile sig_atomic_t *stop = stop_on_signals();
    int r = 0;
    while (r == 0) {
        int64_t now_us = clock_now_us(&frozen->app->clock);
        if (on_air->is_believed) {
            frozen_plan_tend(frozen, radio, now_us);
        } else if ((r = begin_plan(on_air, radio, now_us, reterr)) < 0) {
            break;
        }
        tend_reserve(on_air, now_us);
        tell_announcer(on_air);
        watchers_tend(children->items, children->n);
        if (on_air->notify) {
            notify_pulse(on_air->notify, atomic_load(on_air->pulse),
                         clock_steady_ns(&frozen->app->clock));
        }
        r = radio_run_until(radio, now_us + TEND_EVERY_US, stop, reterr);
    }
    if (r != -EINTR) {
        return r;
    }
    log_line(frozen->log, LOG_INFO, _("stopping"));
    radio_control_set(on_air->control, NULL);
    return radio_finish(radio, reterr);
}

static int go_on_air(struct on_air *on_air, struct fault *reterr)
{
    AUTO(radio_close) struct radio *radio = NULL;
    struct app *app = on_air->frozen.app;
    const struct log *log = on_air->frozen.log;
    struct radio_options radio_options = {
        .station = app->station,
        .clock = &app->clock,
        .ledger = on_air->ledger,
        .log = log,
        .sound = RADIO_OUTPUTS,
        .pulse = on_air->pulse,
    };
    int r = radio_open(&radio_options, &radio, reterr);
    if (r == 0) {
        radio_control_set(on_air->control, radio);
        int64_t now_us = clock_now_us(&app->clock);
        r = on_air->is_believed ? frozen_plan_start(&on_air->frozen, radio, now_us, reterr)
                                : begin_plan(on_air, radio, now_us, reterr);
    }
    if (r == 0) {
        log_line(log, LOG_INFO, _("on air: %s, %zu lines; Ctrl-C stops it"), app->station->title,
                 app->station->n_lines);
        r = stay_on_air(on_air, radio, reterr);
    }
    radio_control_set(on_air->control, NULL);
    return r;
}

static void add_child(struct children *children, struct app *app, const char *command,
                      const struct log *log)
{
    watcher_init(&children->items[children->n++], command, app->dir, log, &app->clock);
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

static int run_radio(struct app *app, const struct args *args, _Atomic uint64_t *pulse,
                     struct notify *notify)
{
    /* The last to be closed: with it goes the station's lock, and a radio that waits for that finds
     * the ledger's free as well. */
    AUTO(radio_control_close) struct radio_control *control = NULL;
    /* The ledger is written by a thread of the radio's own, so it has its own handle. */
    AUTO(db_close) struct db *ledger_db = NULL;
    AUTO(ledger_close) struct ledger *ledger = NULL;
    AUTO(announcer_close) struct announcer *announcer = NULL;
    struct log log = {.stream = stderr, .prefix = "run", .most = LOG_INFO, .clock = &app->clock};
    struct on_air on_air = {.frozen = {.app = app, .log = &log},
                            .pulse = pulse,
                            .notify = notify,
                            .is_believed = args_value(args, "trust-clock")};
    struct fault fault = {0};
    int status = app_need(app, APP_STATION | APP_DB_WRITE);
    if (status != 0) {
        return status;
    }
    status = app_need(app, APP_CALENDARS);
    if (status != 0 && frozen_plan_kept_calendars(app, &log) < 0) {
        return status;
    }
    add_children(&on_air.children, app, &log);
    struct radio_control_options control_options = {app->dir, app->station, &log, &app->clock};
    int r = radio_control_open(&control_options, &control, &fault);
    if (r < 0) {
        return say_fault(&fault);
    }
    on_air.control = control;
    r = db_open(db_path(app->db), DB_WRITE, &ledger_db, &fault);
    if (r == 0) {
        r = ledger_open(ledger_db, app->station, &ledger, &fault);
    }
    /* After a clock that was wrong by more than a minute everything begins anew, at the
     * right time of day. */
    if (r == 0) {
        if (announcer_open(app->station, &announcer, &fault) < 0) {
            log_fault(&log, LOG_WARNING, &fault);
        }
        on_air.announcer = announcer;
        do {
            on_air.ledger = ledger;
            r = go_on_air(&on_air, &fault);
            if (r == -ETIME) {
                log_fault(&log, LOG_WARNING, &fault);
            }
        } while (r == -ETIME);
    }
    watchers_stop(on_air.children.items, on_air.children.n);
    frozen_plan_finish(&on_air.frozen);
    return r < 0 ? say_fault(&fault) : 0;
}

static int run(struct app *app, const struct args *args)
{
    _Atomic uint64_t own_pulse = 0;
    _Atomic uint64_t *pulse = &own_pulse;
    struct notify notify = {0};
    int status = 0;
    if (args_value(args, "no-supervisor")) {
        return run_radio(app, args, pulse, &notify);
    }
    struct log log = {.stream = stderr, .prefix = "run", .most = LOG_INFO, .clock = &app->clock};
    struct supervisor supervisor = {&log, &app->clock};
    return supervise(&supervisor, &pulse, &status) ? run_radio(app, args, pulse, NULL) : status;
}

const struct command command_run = {
    .spec =
        {.name = "run",
         .operands = "",
         .summary = N_("on air, until it is stopped with Ctrl-C"),
         .detail = N_(
             "Plans, plays on every line and keeps the ledger. After a power cut or a crash just\n"
             "start it again: it goes on where it should be, and nothing airs twice."),
         .options = options,
         .n_options = ARRAY_LEN(options)},
    .run = run,
};
