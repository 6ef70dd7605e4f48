/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/reserve.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/segment_edit.h"
#include "loa/segment_list.h"
#include "loa/segment_show.h"
#include "media/library.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"topic", "ID", N_("list: only this topic and those below it; edit: its topic")},
    {"kind", "ID", N_("list: only this kind; edit: its kind")},
    {"state", "STATE", N_("list: only draft, approved, withdrawn or expired")},
    {"from", "DATE", N_("list: only what was imported on this day or later")},
    {"to", "DATE", N_("list: only what was imported before this day")},
    {"all", NULL, N_("list: also drafts that a newer version has replaced")},
    {"title", "TEXT", N_("edit: its title")},
    {"tags", "IDS", N_("edit: its tags, with commas between")},
    {"valid-from", "INSTANT", N_("edit: not to be heard before")},
    {"valid-until", "INSTANT", N_("edit: not to be heard from then on")},
    {"cue-in", "TIME", N_("edit: where in its copy it begins, as 1.5 or 0:01.500")},
    {"cue-out", "TIME", N_("edit: where in its copy it ends")},
    {"trim", NULL, N_("edit: the silence at its ends does not air")},
    {"untrim", NULL, N_("edit: all of its copy airs")},
    {"approve", NULL, N_("edit: approve at once")},
    {"reason", "TEXT", N_("edit, withdraw: why, for the record and the plan")},
};

typedef int decision_call(struct db *db, const char *code, const struct library_decision *decision,
                          struct fault *reterr);

/* An approval may bring back what somebody took off the air: then whoever approves is to know it.
 */
static void warn_of_withdrawal(const struct library_history *history)
{
    for (size_t i = history->n - 1; i-- > 0;) {
        const struct segment *before = &history->items[i].segment;
        if (before->state == SEGMENT_APPROVED) {
            return;
        }
        if (before->state == SEGMENT_WITHDRAWN) {
            char instant[ZONE_INSTANT_MAX];
            zone_format_instant(before->decided_us, instant);
            say(_("warning: version %d of %s was withdrawn by %s on %s; the reason: %s"),
                before->version, before->code, before->decided_by ? before->decided_by : "?",
                instant,
                before->decided_reason && *before->decided_reason ? before->decided_reason : "—");
            return;
        }
    }
}

/* What was decided, in words or as an object. */
static int tell(struct app *app, const char *code, bool is_approval, struct out *out)
{
    struct library_history history = {0};
    struct fault fault = {0};
    if (library_read_history(app->db, code, app->arena, &history, &fault) < 0) {
        return say_fault(&fault);
    }
    const struct segment *newest = &history.items[history.n - 1].segment;
    if (out->is_json) {
        segment_keys(out_object(out), newest);
        out_end_object(out);
    } else if (is_approval) {
        printf(_("%s, version %d, \"%s\": approved\n"), code, newest->version, newest->title);
    } else {
        printf(_("%s, \"%s\": withdrawn\n"), code, newest->title);
    }
    if (is_approval) {
        warn_of_withdrawal(&history);
    }
    return 0;
}

/* To take something off the air nothing but the database is needed: a mistake in the station file
 * is not to stand in the way. */
static bool is_station(const struct app *app)
{
    char path[PATHS_MAX];
    return path_join(path, app->dir, "station.ini", NULL) == 0 && access(path, F_OK) == 0;
}

/* Each code on its own: one that cannot be decided does not stop the others. */
static int decide_each(struct app *app, const struct args *args, decision_call *decide,
                       bool is_approval)
{
    bool needs_station = is_approval || args->json || !is_station(app);
    int status = app_need(app, needs_station ? APP_STATION | APP_DB_WRITE : APP_DB_WRITE);
    struct out out = out_begin(args->json);
    for (int i = 1; status != 3 && app->db && i < args->n_operands; i++) {
        struct fault fault = {0};
        struct library_decision decision = {.who = app_who(),
                                            .now_us = clock_now_us(&app->clock),
                                            .reason = args_value(args, "reason"),
                                            .two_person = app->station && app->station->two_person};
        int r = decide(app->db, args->operands[i], &decision, &fault);
        while (r == -ENOSPC && reserve_give(db_path(app->db))) {
            r = decide(app->db, args->operands[i], &decision, &fault);
        }
        bool is_done = r == 0;
        int told = is_done ? tell(app, args->operands[i], is_approval, &out) : say_fault(&fault);
        status = told > status ? told : status;
    }
    int finished = out_finish(&out, NULL);
    return status ? status : finished;
}

static int approve(struct app *app, const struct args *args)
{
    return decide_each(app, args, library_approve, true);
}

static int withdraw(struct app *app, const struct args *args)
{
    return decide_each(app, args, library_withdraw, false);
}

/* What can be done, with how many codes, and which of the options mean something there. */
static const struct verb {
    const char *name;
    int min_codes;
    int max_codes; /* -1: any number */
    const char *options;
    int (*run)(struct app *app, const struct args *args);
} verbs[] = {
    {"list", 0, -1, " topic kind state from to all ", segment_list},
    {"show", 1, 1, "", segment_show},
    {"approve", 1, -1, "", approve},
    {"withdraw", 1, -1, " reason ", withdraw},
    {"edit", 1, -1,
     " title kind topic tags valid-from valid-until cue-in cue-out trim untrim approve reason ",
     segment_edit},
};

/* The option that was given and means nothing here, or NULL: what is asked for is not to be
 * passed over in silence. */
static const char *stray_option(const struct args *args, const struct verb *verb)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        char word[64];
        snprintf(word, sizeof word, " %s ", options[i].name);
        if (args->values[i] && !strstr(verb->options, word)) {
            return options[i].name;
        }
    }
    return NULL;
}

static int run(struct app *app, const struct args *args)
{
    int n_codes = args->n_operands - 1;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        const struct verb *verb = &verbs[i];
        if (strcmp(args->operands[0], verb->name) != 0 || n_codes < verb->min_codes ||
            (verb->max_codes >= 0 && n_codes > verb->max_codes)) {
            continue;
        }
        const char *stray = stray_option(args, verb);
        return stray ? say_usage("segment", _("--%s does not go with %s"), stray, verb->name)
                     : verb->run(app, args);
    }
    return say_usage(
        "segment", _("write list [WORD…], show CODE, approve CODE…, withdraw CODE… or edit CODE…"));
}

const struct command command_segment = {
    .spec = {.name = "segment",
             .operands = "list [WORD…] | show CODE | approve CODE… | withdraw CODE… | edit CODE…",
             .summary = N_("find, look at, approve, withdraw and edit recordings"),
             .detail =
                 N_("Nothing that is not approved is ever heard. Approving a code approves its\n"
                    "newest version; withdrawing takes every version off the air. An edit makes a\n"
                    "new version with the same sound, a draft; what is approved stays on air."),
             .options = options,
             .n_options = ARRAY_LEN(options),
             .min_operands = 1,
             .max_operands = -1},
    .run = run,
};
