/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/station_watch.h"
#include "loa/stop.h"
#include "loa/table.h"
#include "scheduler/calendar/remote.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"watch", NULL, N_("stay, and ask again and again, until stopped")},
};

enum { POLL_MS = 500, FINDINGS_LOGGED_MAX = 20 };
static const int64_t US_NS = 1000;

enum trouble { NO_TROUBLE, NOT_THERE, HAS_MISTAKES };

/* A layer as it is watched. */
struct watched {
    bool is_chosen;
    int64_t next_ns;     /* steady clock; 0: at once */
    unsigned n_failures; /* in a row */
    enum trouble told;
};

struct fetching {
    struct app *app;
    struct watched *layers; /* one a layer of the station, in the app's arena */
    const volatile sig_atomic_t *stop;
    struct log log;
    struct out out;
    struct table table;
};

/* ---- which --------------------------------------------------------------------------------- */

static size_t find_layer(const struct station *station, const char *id)
{
    size_t i = 0;
    while (i < station->n_layers && strcmp(station->layers[i].id, id) != 0) {
        i++;
    }
    return i;
}

static int choose_one(struct fetching *fetching, const char *id)
{
    const struct station *station = fetching->app->station;
    size_t layer = find_layer(station, id);
    if (layer == station->n_layers) {
        const char *near = station_nearest_id(id, &station->layers[0].id, station->n_layers,
                                              sizeof station->layers[0]);
        if (near) {
            say(_("there is no layer \"%s\"; did you mean \"%s\"?"), id, near);
        } else {
            say(_("there is no layer \"%s\"; the [layer] sections of %s are the layers that exist"),
                id, station->file);
        }
        return 1;
    }
    if (!station->layers[layer].url) {
        say(_("the calendar of layer \"%s\" is the file %s; there is nothing to fetch"), id,
            station->layers[layer].calendar);
        return 1;
    }
    fetching->layers[layer].is_chosen = true;
    return 0;
}

/* The layers that were named, or else all that lie at an address. */
static int choose(struct fetching *fetching, const struct args *args, size_t *ret_n)
{
    const struct station *station = fetching->app->station;
    fetching->layers =
        arena_take(fetching->app->arena, station->n_layers + 1, sizeof *fetching->layers);
    if (!fetching->layers) {
        say(_("out of memory"));
        return 3;
    }
    for (int i = 0; i < args->n_operands; i++) {
        int status = choose_one(fetching, args->operands[i]);
        if (status != 0) {
            return status;
        }
    }
    *ret_n = 0;
    for (size_t i = 0; i < station->n_layers; i++) {
        fetching->layers[i].is_chosen |= args->n_operands == 0 && station->layers[i].url;
        *ret_n += fetching->layers[i].is_chosen;
    }
    return 0;
}

/* ---- telling -------------------------------------------------------------------------------- */

static void reason_of(const struct remote_result *result, char *out, size_t n)
{
    const struct fault *fault = &result->findings.items[0].fault;
    if (*fault->file && fault->line) {
        snprintf(out, n, "%s:%u: %s", fault->file, fault->line, fault->text);
    } else {
        snprintf(out, n, "%s%s%s", fault->file, *fault->file ? ": " : "", fault->text);
    }
}

static void show_json(struct fetching *fetching, const struct layer_def *layer,
                      const struct remote_result *result)
{
    char reason[FAULT_FILE_MAX + FAULT_TEXT_MAX + 16] = "";
    struct json *json = out_object(&fetching->out);
    json_text(json, "layer", layer->id);
    json_text(json, "status", remote_status_name(result->status));
    json_text(json, "url", layer->url);
    if (result->findings.n) {
        reason_of(result, reason, sizeof reason);
    }
    json_text(json, "reason", *reason ? reason : NULL);
    if (result->fetched_us == INT64_MIN) {
        json_null(json, "fetched");
    } else {
        json_instant(json, "fetched", result->fetched_us);
    }
    out_end_object(&fetching->out);
    fflush(stdout);
}

static void show(struct fetching *fetching, const struct layer_def *layer,
                 const struct remote_result *result)
{
    char date[ZONE_INSTANT_MAX] = "";
    char time[ZONE_INSTANT_MAX] = "";
    if (fetching->out.is_json) {
        show_json(fetching, layer, result);
        return;
    }
    if (result->fetched_us != INT64_MIN) {
        zone_format_date(result->fetched_us, date);
        zone_format_time(result->fetched_us, time);
    }
    table_cell(&fetching->table, "%s", layer->id);
    table_cell(&fetching->table, "%s",
               result->status == REMOTE_FAILED ? _("not fetched")
                                               : out_word(remote_status_name(result->status)));
    table_cell(&fetching->table, "%s", *date ? date : _("never fetched"));
    table_cell(&fetching->table, "%s", time);
}

/* What went wrong is told when it begins, and that it is over; not every try. */
static void log_result(struct fetching *fetching, struct watched *watched,
                       const struct layer_def *layer, const struct remote_result *result)
{
    const struct log *log = &fetching->log;
    enum trouble trouble = result->status != REMOTE_FAILED ? NO_TROUBLE
                           : result->err == EBADMSG        ? HAS_MISTAKES
                                                           : NOT_THERE;
    if (result->status == REMOTE_FETCHED) {
        log_line(log, LOG_INFO, _("layer \"%s\": a new calendar was fetched"), layer->id);
    } else if (trouble == NO_TROUBLE && watched->told != NO_TROUBLE) {
        log_line(log, LOG_INFO, _("layer \"%s\": its calendar can be fetched again"), layer->id);
    }
    if (trouble != NO_TROUBLE && trouble != watched->told) {
        for (size_t i = 0; i < result->findings.n && i < FINDINGS_LOGGED_MAX; i++) {
            log_fault(log, LOG_WARNING, &result->findings.items[i].fault);
        }
        log_line(log, LOG_WARNING,
                 result->fetched_us == INT64_MIN
                     ? _("layer \"%s\": its calendar cannot be fetched; it is tried again")
                     : _("layer \"%s\": its calendar cannot be fetched; the copy before stays in "
                         "force, and it is tried again"),
                 layer->id);
    }
    watched->told = trouble;
}

/* ---- once ----------------------------------------------------------------------------------- */

static int fetch_once(struct fetching *fetching)
{
    const struct station *station = fetching->app->station;
    int status = 0;
    for (size_t i = 0; i < station->n_layers && *fetching->stop == 0; i++) {
        struct remote_result result;
        if (!fetching->layers[i].is_chosen) {
            continue;
        }
        remote_fetch(station, i, clock_now_us(&fetching->app->clock), &REMOTE_PATIENCE,
                     fetching->stop, &result);
        say_findings(&result.findings);
        show(fetching, &station->layers[i], &result);
        if (result.status == REMOTE_FAILED && fault_exit_status(result.err) > status) {
            status = fault_exit_status(result.err);
        }
        remote_result_finish(&result);
    }
    int shown = out_finish(&fetching->out, &fetching->table);
    return status ? status : shown;
}

/* ---- and again and again -------------------------------------------------------------------- */

static void fetch_what_is_due(struct fetching *fetching)
{
    struct app *app = fetching->app;
    for (size_t i = 0; i < app->station->n_layers && *fetching->stop == 0; i++) {
        struct watched *watched = &fetching->layers[i];
        const struct layer_def *layer = &app->station->layers[i];
        struct remote_result result;
        if (!watched->is_chosen ||
            (watched->next_ns && clock_steady_ns(&app->clock) < watched->next_ns)) {
            continue;
        }
        remote_fetch(app->station, i, clock_now_us(&app->clock), &REMOTE_PATIENCE, fetching->stop,
                     &result);
        if (result.err != EINTR) {
            log_result(fetching, watched, layer, &result);
            if (fetching->out.is_json) {
                show_json(fetching, layer, &result);
            }
        }
        watched->n_failures = result.status == REMOTE_FAILED ? watched->n_failures + 1 : 0;
        watched->next_ns = clock_steady_ns(&app->clock) +
                           remote_pause_us(layer->every_us, watched->n_failures) * US_NS;
        remote_result_finish(&result);
    }
}

/* A station file was edited: its layers are asked for at once, and what was told of them is not
 * told again. */
static int renew(struct fetching *fetching, struct station *station, const struct args *args)
{
    const struct watched *told_before = fetching->layers;
    AUTO(station_destroy) struct station *before = fetching->app->station;
    size_t n_chosen = 0;
    fetching->app->station = station;
    int status = choose(fetching, args, &n_chosen);
    for (size_t i = 0; status == 0 && i < station->n_layers; i++) {
        size_t same = find_layer(before, station->layers[i].id);
        fetching->layers[i].told = same < before->n_layers ? told_before[same].told : NO_TROUBLE;
    }
    return status;
}

static int watch(struct fetching *fetching, struct station_watch *station_file,
                 const struct args *args, size_t n_chosen)
{
    log_line(&fetching->log, LOG_INFO, _("watching the calendars of %zu layers"), n_chosen);
    while (*fetching->stop == 0) {
        struct station *station = station_watch_renewed(station_file);
        int status = station ? renew(fetching, station, args) : 0;
        if (status != 0) {
            return status;
        }
        fetch_what_is_due(fetching);
        poll(NULL, 0, POLL_MS);
    }
    log_line(&fetching->log, LOG_INFO, _("stopping"));
    return 0;
}

static int run(struct app *app, const struct args *args)
{
    static const char *const heads[] = {N_("layer"), N_("status"), N_("last fetched"), ""};
    struct fetching fetching = {
        .app = app,
        .stop = stop_on_signals(),
        .log = {.stream = stderr, .prefix = "fetch", .most = LOG_INFO, .clock = &app->clock},
        .out = out_begin(args->json)};
    struct station_watch station_file = station_watch_begin(app->dir, &fetching.log);
    size_t n_chosen = 0;
    int status = app_need(app, APP_STATION);
    status = status ? status : choose(&fetching, args, &n_chosen);
    if (status != 0) {
        return status;
    }
    if (n_chosen == 0) {
        say(_("no layer's calendar lies at an address; there is nothing to fetch"));
        return 0;
    }
    fetching.table = table_make(app->arena, heads, ARRAY_LEN(heads), 0);
    return args_value(args, "watch") ? watch(&fetching, &station_file, args, n_chosen)
                                     : fetch_once(&fetching);
}

const struct command command_fetch = {
    .spec =
        {.name = "fetch",
         .operands = "[LAYER…]",
         .summary = N_("fetch the calendars that lie on a server"),
         .detail = N_(
             "Asks the server of each layer whose calendar is an address, and keeps what it gives\n"
             "as a copy in calendars/, of which plans are made. A calendar with mistakes, or one\n"
             "that did not come whole, never replaces a good copy. `loa run` does this all the\n"
             "time."),
         .options = options,
         .n_options = ARRAY_LEN(options),
         .min_operands = 0,
         .max_operands = -1},
    .run = run,
};
