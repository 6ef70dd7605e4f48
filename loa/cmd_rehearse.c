/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "airtime/ledger.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/paths.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/log_rows.h"
#include "loa/progress.h"
#include "loa/reconcile_rows.h"
#include "loa/say.h"
#include "loa/scratch_db.h"
#include "loa/stop.h"
#include "playout/radio.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/planner.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"from", "INSTANT", N_("2023-05-10, 2023-05-10T17:00 or a full RFC 3339 instant")},
    {"to", "INSTANT", N_("the first instant that no longer belongs")},
    {"day", "DATE", N_("one whole day instead of --from and --to; today without any of them")},
    {"lines", "IDS", N_("only these lines or zones, with commas between")},
    {"out", "DIR", N_("keep each line's sound there, as LINE.flac")},
    {"keep-ledger", "FILE", N_("keep the database it wrote; it serves as a station's loa.db")},
};

/* One rehearsal: the station's radio with a clock, a database and a ledger of its own. */
struct rehearsal {
    struct app *app;
    int64_t start_us; /* planning begins here: app_plan_start() */
    int64_t from_us;
    int64_t to_us;
    struct line_set lines;
    const char *out_dir; /* NULL: no sound is kept */
    struct clock clock;
    struct log log;
    char db_path[PATHS_MAX];
    bool keeps_db;
    struct db *db; /* plans are made from it and frozen in it */
    struct db *ledger_db;
    struct ledger *ledger;
    struct radio *radio;
    struct progress progress;
};

static struct planner_inputs inputs_of(const struct rehearsal *rehearsal)
{
    return (struct planner_inputs){.station = rehearsal->app->station,
                                   .calendars = rehearsal->app->calendars,
                                   .segments = &rehearsal->app->segments,
                                   .db = rehearsal->db};
}

/* Plan [from, to) as the radio will have it by then, freeze it and hand it over. */
static int plan_window(struct rehearsal *rehearsal, int64_t from_us, int64_t to_us,
                       struct fault *reterr)
{
    struct planner_inputs inputs = inputs_of(rehearsal);
    AUTO(plan_destroy) struct plan *plan = NULL;
    int r = plan_make(&inputs, from_us, to_us, &plan, reterr);
    if (r == 0) {
        r = plan_store(rehearsal->db, rehearsal->app->station, plan, from_us, reterr);
    }
    if (r == 0) {
        r = radio_give_plan(rehearsal->radio, plan, reterr);
    }
    if (r == 0) {
        (void)STEAL(plan);
    }
    return r;
}

/* What was frozen of the two days up to an instant: what is on by then is among it. */
static int hand_over_frozen(struct rehearsal *rehearsal, int64_t until_us, struct fault *reterr)
{
    struct planner_inputs inputs = inputs_of(rehearsal);
    AUTO(plan_destroy) struct plan *plan = NULL;
    int r = plan_load(&inputs, until_us - 2 * SLOT_MAX_US, until_us, &plan, reterr);
    if (r == 0) {
        r = radio_give_plan(rehearsal->radio, plan, reterr);
    }
    if (r == 0) {
        (void)STEAL(plan);
    }
    return r;
}

static int open_radio(struct rehearsal *rehearsal, int64_t from_us, const char *out_dir,
                      struct fault *reterr)
{
    rehearsal->clock = clock_virtual(from_us);
    struct radio_options radio = {
        .station = rehearsal->app->station,
        .segments = &rehearsal->app->segments,
        .clock = &rehearsal->clock,
        .ledger = rehearsal->ledger,
        .log = &rehearsal->log,
        .sound = out_dir ? RADIO_FILES : RADIO_SILENT,
        .files_dir = out_dir,
        .lines = rehearsal->lines,
    };
    return radio_open(&radio, &rehearsal->radio, reterr);
}

/* [from, to) day by day, as the live radio does it: what aired today decides what rotates
 * tomorrow. Planning goes on from *planned_us. */
static int play(struct rehearsal *rehearsal, int64_t from_us, int64_t to_us, int64_t *planned_us,
                struct fault *reterr)
{
    const volatile sig_atomic_t *stop = stop_on_signals();
    int r = hand_over_frozen(rehearsal, *planned_us, reterr);
    for (int64_t at_us = from_us; r == 0 && at_us < to_us;) {
        int64_t end_us = app_next_day_start(at_us);
        end_us = end_us < to_us ? end_us : to_us;
        if (*planned_us < end_us) {
            r = plan_window(rehearsal, *planned_us, end_us, reterr);
            *planned_us = end_us;
        }
        if (r == 0) {
            r = radio_run_until(rehearsal->radio, end_us, stop, reterr);
        }
        at_us = end_us;
        progress_draw(&rehearsal->progress, (double)(at_us - rehearsal->start_us), "");
    }
    int finished = radio_finish(rehearsal->radio, r == 0 ? reterr : NULL);
    return r < 0 ? r : finished;
}

/* What comes before the window airs too, unheard: it decides what rotates and repeats. */
static int play_all(struct rehearsal *rehearsal, struct fault *reterr)
{
    int64_t planned_us = rehearsal->start_us;
    int r = 0;
    if (rehearsal->start_us < rehearsal->from_us) {
        r = open_radio(rehearsal, rehearsal->start_us, NULL, reterr);
        if (r == 0) {
            r = play(rehearsal, rehearsal->start_us, rehearsal->from_us, &planned_us, reterr);
        }
        rehearsal->radio = radio_close(rehearsal->radio);
    }
    if (r == 0) {
        r = open_radio(rehearsal, rehearsal->from_us, rehearsal->out_dir, reterr);
    }
    if (r == 0) {
        r = play(rehearsal, rehearsal->from_us, rehearsal->to_us, &planned_us, reterr);
    }
    return r;
}

static int open_all(struct rehearsal *rehearsal, struct fault *reterr)
{
    int64_t past_us =
        rehearsal->start_us < rehearsal->from_us ? rehearsal->start_us : rehearsal->from_us;
    int r = scratch_db_make(rehearsal->db_path, db_path(rehearsal->app->db), past_us,
                            rehearsal->start_us, reterr);
    if (r == 0) {
        r = db_open(rehearsal->db_path, DB_SCRATCH, &rehearsal->db, reterr);
    }
    if (r == 0) {
        r = db_open(rehearsal->db_path, DB_SCRATCH, &rehearsal->ledger_db, reterr);
    }
    return r < 0 ? r
                 : ledger_open(rehearsal->ledger_db, rehearsal->app->station, &rehearsal->ledger,
                               reterr);
}

static void close_all(struct rehearsal *rehearsal)
{
    rehearsal->radio = radio_close(rehearsal->radio);
    rehearsal->ledger = ledger_close(rehearsal->ledger);
    rehearsal->ledger_db = db_close(rehearsal->ledger_db);
    rehearsal->db = db_close(rehearsal->db);
}

/* Which lines: all, or those that --lines names. */
static int read_lines(struct rehearsal *rehearsal, const struct args *args)
{
    struct app *app = rehearsal->app;
    const char *ids = args_value(args, "lines");
    rehearsal->lines = line_set_make(app->arena, app->station->n_lines);
    if (!ids) {
        line_set_fill(rehearsal->lines, app->station->n_lines);
        return 0;
    }
    while (*ids) {
        char id[128];
        size_t n = strcspn(ids, ", ");
        snprintf(id, sizeof id, "%.*s", (int)n, ids);
        if (n &&
            station_resolve_lines(app->station, id, rehearsal->from_us, rehearsal->lines) < 0) {
            say(_("there is no line or zone \"%s\""), id);
            return 1;
        }
        ids += n + (ids[n] != '\0');
    }
    return 0;
}

static int name_db(struct rehearsal *rehearsal, const struct args *args)
{
    const char *keep = args_value(args, "keep-ledger");
    struct fault fault = {0};
    rehearsal->keeps_db = keep != NULL;
    if (keep && access(keep, F_OK) == 0) {
        (void)fault_set(&fault, EEXIST, keep, 0,
                        _("is there already; a ledger is never written over"));
        return say_fault(&fault);
    }
    const char *tmp = getenv("TMPDIR");
    int r = keep ? path_join(rehearsal->db_path, "", keep, &fault)
                 : scratch_db_name(rehearsal->db_path, tmp && *tmp ? tmp : "/tmp", &fault);
    return r < 0 ? say_fault(&fault) : 0;
}

static int rehearse(struct rehearsal *rehearsal, const struct args *args)
{
    struct fault fault = {0};
    rehearsal->log = (struct log){.stream = stderr,
                                  .prefix = "rehearse",
                                  .most = LOG_WARNING,
                                  .clock = &rehearsal->clock};
    rehearsal->progress =
        progress_start(_("rehearse"), (double)(rehearsal->to_us - rehearsal->start_us));
    int r = open_all(rehearsal, &fault);
    if (r == 0) {
        r = play_all(rehearsal, &fault);
    }
    progress_end(&rehearsal->progress);
    int status = 0;
    if (r == -EINTR) {
        say(_("stopped before the end"));
        status = 1;
    } else if (r < 0) {
        status = say_fault(&fault);
    }
    if (status == 0) {
        status = log_rows_print(rehearsal->app, rehearsal->db, rehearsal->from_us, rehearsal->to_us,
                                NULL, args->json);
    }
    if (status == 0) {
        struct reconcile_window window = {rehearsal->from_us, rehearsal->to_us, INT64_MAX,
                                          rehearsal->lines};
        struct reconcile_outcome outcome;
        status = reconcile_rows_print(rehearsal->app, rehearsal->db, &window, args->json, &outcome);
    }
    close_all(rehearsal);
    if (!rehearsal->keeps_db || status != 0) {
        scratch_db_remove(rehearsal->db_path);
    }
    return status;
}

static int run(struct app *app, const struct args *args)
{
    struct rehearsal rehearsal = {.app = app, .out_dir = args_value(args, "out")};
    int status = app_need(app, APP_STATION | APP_DB_READ | APP_CALENDARS | APP_SEGMENTS);
    if (status == 0) {
        status = app_window(app, args, &rehearsal.from_us, &rehearsal.to_us);
    }
    if (status == 0) {
        status = app_plan_start(app, rehearsal.from_us, rehearsal.to_us, &rehearsal.start_us);
    }
    if (status == 0) {
        status = read_lines(&rehearsal, args);
    }
    if (status == 0) {
        status = name_db(&rehearsal, args);
    }
    return status ? status : rehearse(&rehearsal, args);
}

const struct command command_rehearse = {
    .spec =
        {.name = "rehearse",
         .operands = "",
         .summary = N_("the whole radio, as fast as the machine can"),
         .detail =
             N_("Plans, plays and keeps a ledger of its own; the station's stays as it is. Prints\n"
                "what aired and the reconciliation: planned = aired + cut + missed."),
         .options = options,
         .n_options = ARRAY_LEN(options)},
    .run = run,
};
