/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/paths.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/import_rows.h"
#include "loa/say.h"
#include "loa/speak_slots.h"
#include "loa/station_watch.h"
#include "loa/stop.h"
#include "media/inbox.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"watch", NULL, N_("stay, and take in what is dropped, until stopped")},
};

enum {
    POLL_MS = 500,       /* how soon a signal is noticed, at the latest */
    ROUND_MS = 200,      /* between two looks, however much happens */
    WAITING_MS = 1000,   /* while a recording may become whole */
    RESCAN_MS = 5000,    /* where no event tells of a change: a network file system */
    PATIENCE_MS = 10000, /* of a person, for what is not whole yet */
    LOCK_MS = 2000,      /* for a watcher to end that has been told to */
};

static const int64_t MS_NS = 1000000;

struct watch {
    struct app *app;
    struct inbox *inbox;
    struct inbox_library into;
    struct slot_speaking speaking;
    struct station_watch station_file;
    struct log log;
    struct out out;
    struct table table;
    bool is_watching;
    bool was_overfull;
    char failure[FAULT_TEXT_MAX]; /* the last that was logged of the inbox as a whole */
    size_t by_status[IMPORT_REJECTED + 1];
    int status;
};

static bool is_stopped(const struct watch *watch)
{
    return *watch->into.stop != 0;
}

static int64_t now_ms(struct watch *watch)
{
    return clock_steady_ns(&watch->app->clock) / MS_NS;
}

/* --- the station's file ----------------------------------------------------------------- */

/* A kind or topic that was added counts from now on. */
static void follow_station(struct watch *watch)
{
    struct station *station = station_watch_renewed(&watch->station_file);
    if (station) {
        slot_speaking_finish(&watch->speaking);
        station_destroy(watch->app->station);
        watch->app->station = station;
        watch->into.station = station;
        say_speak(station->language);
    }
}

/* --- telling ---------------------------------------------------------------------------- */

static void log_findings(const struct watch *watch, const struct import_result *result,
                         enum log_level errors)
{
    for (size_t i = 0; i < result->findings.n; i++) {
        const struct finding *finding = &result->findings.items[i];
        log_fault(&watch->log, finding->severity == SEVERITY_ERROR ? errors : LOG_WARNING,
                  &finding->fault);
    }
}

static void log_taken(const struct watch *watch, const struct import_result *result)
{
    char length[OUT_DURATION_MAX];
    if (result->status == IMPORT_DUPLICATE) {
        log_line(&watch->log, LOG_INFO, _("%s: is in the library already, as %s, version %d"),
                 result->path, result->code, result->version);
    } else {
        log_line(&watch->log, LOG_INFO,
                 _("%s: taken in as %s, version %d (%s), a draft; approve it with `loa segment "
                   "approve %s`"),
                 result->path, result->code, result->version, out_duration(result->frames, length),
                 result->code);
    }
}

static void tell_by_log(const struct watch *watch, const struct inbox_outcome *outcome)
{
    if (outcome->act == INBOX_TAKEN) {
        log_taken(watch, outcome->result);
    }
    log_findings(watch, outcome->result, outcome->act == INBOX_FAILED ? LOG_ERROR : LOG_WARNING);
    if (outcome->stays_err) {
        log_line(&watch->log, LOG_ERROR,
                 _("%s: was taken in, but cannot be removed from the inbox; remove it by hand: %s"),
                 outcome->stays, errno_text(outcome->stays_err));
    }
}

static void tell_by_rows(struct watch *watch, const struct inbox_outcome *outcome)
{
    const struct import_result *result = outcome->result;
    say_findings(&result->findings);
    import_rows_show(&watch->out, &watch->table, result);
    if (outcome->stays_err) {
        say(_("%s: was taken in, but cannot be removed from the inbox; remove it by hand: %s"),
            outcome->stays, errno_text(outcome->stays_err));
    }
}

static void tell(struct watch *watch, const struct inbox_outcome *outcome)
{
    if (watch->is_watching) {
        tell_by_log(watch, outcome);
        if (watch->out.is_json) {
            import_rows_show(&watch->out, &watch->table, outcome->result);
            fflush(stdout);
        }
    } else {
        tell_by_rows(watch, outcome);
    }
    watch->by_status[outcome->result->status]++;
    int status = outcome->act == INBOX_FAILED || outcome->stays_err ? 3
                 : outcome->act == INBOX_REFUSED                    ? 1
                                                                    : 0;
    watch->status = status > watch->status ? status : watch->status;
}

/* The inbox as a whole: once, as long as it stays so. */
static void tell_failure(struct watch *watch, const struct fault *fault)
{
    if (watch->failure[0] == '\0' && !watch->is_watching) {
        (void)!say_fault(fault);
    } else if (watch->failure[0] == '\0') {
        log_fault(&watch->log, LOG_ERROR, fault);
    }
    if (watch->failure[0] == '\0') {
        snprintf(watch->failure, sizeof watch->failure, "%s", fault->text);
    }
    watch->status = 3;
}

static void tell_overfull(struct watch *watch)
{
    bool is_overfull = inbox_is_overfull(watch->inbox);
    if (is_overfull && !watch->was_overfull) {
        log_line(&watch->log, LOG_WARNING,
                 _("more lies in the inbox than is looked at; what cannot be taken in should be "
                   "moved away"));
    }
    watch->was_overfull = is_overfull;
}

static void tell_lone_texts(struct watch *watch)
{
    const char *path = NULL;
    while ((path = inbox_next_lone_text(watch->inbox))) {
        const char *sentence = _("%s: belongs to no recording of that name; drop its recording "
                                 "beside it, or remove it");
        if (watch->is_watching) {
            log_line(&watch->log, LOG_WARNING, sentence, path);
        } else {
            say(sentence, path);
        }
    }
}

/* --- rounds ----------------------------------------------------------------------------- */

/* Look, and take all that is ready. How many there were. */
static size_t take_what_is_ready(struct watch *watch)
{
    struct fault fault = {0};
    struct inbox_outcome outcome;
    size_t n = 0;
    int r = inbox_look(watch->inbox, &fault);
    follow_station(watch); /* after the look: a change meanwhile is seen by the next */
    while (r == 0 && !is_stopped(watch)) {
        r = inbox_take(watch->inbox, &watch->into, &outcome, &fault);
        if (r == 0 && !outcome.result) {
            break;
        }
        if (r == 0) {
            tell(watch, &outcome);
            n++;
        }
    }
    if (r < 0) {
        tell_failure(watch, &fault);
    } else {
        watch->failure[0] = '\0';
        tell_overfull(watch);
        tell_lone_texts(watch);
    }
    return n;
}

/* --- what else is done in the background -------------------------------------------------- */

static void log_spoken(void *context, const struct slot *slot, const struct import_result *result)
{
    const struct watch *watch = context;
    log_line(&watch->log, LOG_INFO, _("%s: spoken as %s, version %d"), slot->title, result->code,
             result->version);
    log_findings(watch, result, LOG_WARNING);
}

static void log_unspoken(void *context, const struct fault *fault)
{
    const struct watch *watch = context;
    log_fault(&watch->log, LOG_WARNING, fault);
}

/* The texts of the calendars, ahead of their slots. */
static void speak_texts(struct watch *watch)
{
    struct fault fault = {0};
    int64_t now_us = clock_now_us(&watch->app->clock);
    int r = speak_slots(&watch->speaking, now_us, speak_slots_until(watch->app->station, now_us),
                        &fault);
    if (r < 0 && r != -EINTR) {
        log_fault(&watch->log, LOG_ERROR, &fault);
    }
}

/* Each is called once a round, every few seconds at least. It does nothing where nothing has
 * changed, says what fails, and goes on. */
typedef void background_step(struct watch *watch);
static background_step *const background_steps[] = {speak_texts};

static void do_background_steps(struct watch *watch)
{
    for (size_t i = 0; i < ARRAY_LEN(background_steps) && !is_stopped(watch); i++) {
        background_steps[i](watch);
    }
}

/* Until something happens in the inbox, or so long; a moment at least. */
static void wait_for_change(struct watch *watch, int64_t most_ms)
{
    int64_t began_ms = now_ms(watch);
    struct pollfd event = {.fd = inbox_fd(watch->inbox), .events = POLLIN};
    bool has_happened = false;
    while (!is_stopped(watch) && !has_happened && now_ms(watch) - began_ms < most_ms) {
        has_happened = poll(&event, 1, POLL_MS) > 0;
    }
    int64_t rest_ms = ROUND_MS - (now_ms(watch) - began_ms);
    if (has_happened && rest_ms > 0) {
        poll(NULL, 0, (int)rest_ms);
    }
}

static void stay(struct watch *watch, const char *root)
{
    log_line(&watch->log, LOG_INFO, _("watching %s"), root);
    while (!is_stopped(watch)) {
        take_what_is_ready(watch);
        do_background_steps(watch);
        wait_for_change(watch, inbox_n_waiting(watch->inbox) ? WAITING_MS : RESCAN_MS);
    }
    log_line(&watch->log, LOG_INFO, _("stopping"));
}

/* What may be whole within seconds is waited for. */
static int take_once(struct watch *watch)
{
    int64_t idle_since_ms = now_ms(watch);
    while (!is_stopped(watch)) {
        idle_since_ms = take_what_is_ready(watch) > 0 ? now_ms(watch) : idle_since_ms;
        if (inbox_n_waiting(watch->inbox) == 0 || now_ms(watch) - idle_since_ms >= PATIENCE_MS) {
            break;
        }
        wait_for_change(watch, WAITING_MS);
    }
    int status = out_finish(&watch->out, &watch->table);
    const char *path = NULL;
    for (size_t i = 0; (path = inbox_waiting(watch->inbox, i)); i++) {
        say(_("%s: is still being copied, or is cut; run `loa inbox` again in a minute"), path);
    }
    say(_("%zu imported, %zu new versions, %zu known already, %zu rejected"),
        watch->by_status[IMPORT_IMPORTED], watch->by_status[IMPORT_NEW_VERSION],
        watch->by_status[IMPORT_DUPLICATE], watch->by_status[IMPORT_REJECTED]);
    return status ? status : watch->status;
}

/* A watcher that was told to end, by a radio that was, has a moment for it. */
static int open_inbox(struct watch *watch, struct fault *reterr)
{
    struct app *app = watch->app;
    int64_t began_ms = now_ms(watch);
    int r = inbox_open(app->dir, &app->clock, &watch->inbox, reterr);
    while (r == -EALREADY && watch->is_watching && now_ms(watch) - began_ms < LOCK_MS &&
           !is_stopped(watch)) {
        poll(NULL, 0, ROUND_MS);
        r = inbox_open(app->dir, &app->clock, &watch->inbox, reterr);
    }
    return r;
}

static int run(struct app *app, const struct args *args)
{
    bool is_watching = args_value(args, "watch") != NULL;
    struct watch watch = {
        .app = app,
        .is_watching = is_watching,
        .log = {.stream = stderr, .prefix = "inbox", .most = LOG_INFO, .clock = &app->clock},
        .out = out_begin(args->json)};
    watch.into.stop = stop_on_signals();
    watch.station_file = station_watch_begin(app->dir, &watch.log);
    int status = app_need(app, APP_STATION | APP_DB_WRITE);
    if (status != 0) {
        return status;
    }
    /* People read the notes in the folder, whose language is the station's. */
    say_speak(app->station->language);
    watch.into.station = app->station;
    watch.into.db = app->db;
    watch.into.who = app_who();
    watch.table = import_rows_table(app->arena);
    watch.speaking = (struct slot_speaking){.app = app,
                                            .spoken = log_spoken,
                                            .failed = log_unspoken,
                                            .context = &watch,
                                            .stop = watch.into.stop};
    struct fault fault = {0};
    if (open_inbox(&watch, &fault) < 0) {
        return say_fault(&fault);
    }
    if (is_watching) {
        char root[PATHS_MAX];
        stay(&watch, path_join(root, app->dir, "inbox", NULL) == 0 ? root : "inbox");
        status = 0;
    } else {
        status = take_once(&watch);
    }
    slot_speaking_finish(&watch.speaking);
    inbox_close(watch.inbox);
    return status;
}

const struct command command_inbox = {
    .spec =
        {.name = "inbox",
         .operands = "",
         .summary = N_("load what was dropped into the inbox"),
         .detail = N_(
             "Takes in the recordings that lie in inbox/, described by their folders, by the text\n"
             "file beside them, by their tags and their names. What is taken in is removed there;\n"
             "what cannot be stays, with a note beside it. `loa run` does this all the time."),
         .options = options,
         .n_options = ARRAY_LEN(options),
         .min_operands = 0,
         .max_operands = 0},
    .run = run,
};
