/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/segment_edit.h"
#include "loa/segment_show.h"
#include "loa/table.h"
#include "media/library.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"topic", "ID", N_("list: only this topic and those below it; edit: its topic")},
    {"kind", "ID", N_("list: only this kind; edit: its kind")},
    {"state", "STATE", N_("list: only draft, approved or withdrawn")},
    {"title", "TEXT", N_("edit: its title")},
    {"tags", "IDS", N_("edit: its tags, with commas between")},
    {"valid-from", "INSTANT", N_("edit: not to be heard before")},
    {"valid-until", "INSTANT", N_("edit: not to be heard from then on")},
    {"cue-in", "TIME", N_("edit: where in its copy it begins, as 1.5 or 0:01.500")},
    {"cue-out", "TIME", N_("edit: where in its copy it ends")},
    {"untrim", NULL, N_("edit: all of its copy airs")},
    {"approve", NULL, N_("edit: approve at once")},
    {"reason", "TEXT", N_("edit, withdraw: why, for the record and the plan")},
};

static bool topic_is_under(const struct station *station, const char *topic, const char *above)
{
    size_t at = topic ? station_find_topic(station, topic) : SIZE_MAX;
    while (at != SIZE_MAX && strcmp(station->topics[at].id, above) != 0) {
        at = station->topics[at].parent;
    }
    return at != SIZE_MAX;
}

static bool is_asked_for(const struct app *app, const struct args *args,
                         const struct segment *segment)
{
    const char *topic = args_value(args, "topic");
    const char *kind = args_value(args, "kind");
    const char *state = args_value(args, "state");
    return (!topic || topic_is_under(app->station, segment->topic, topic)) &&
           (!kind || strcmp(kind, segment->kind) == 0) &&
           (!state || strcmp(state, segment_state_name(segment->state)) == 0);
}

static int list(struct app *app, const struct args *args)
{
    static const char *const heads[] = {N_("code"),  N_("ver"),    N_("kind"), N_("topic"),
                                        N_("state"), N_("length"), N_("LUFS"), N_("title")};
    int status = app_need(app, APP_STATION | APP_DB_READ | APP_SEGMENTS);
    if (status != 0) {
        return status;
    }
    struct out out = out_begin(args->json);
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 1 | 1 << 5 | 1 << 6);
    for (size_t i = 0; i < app->segments.n; i++) {
        const struct segment *segment = &app->segments.items[i];
        if (!is_asked_for(app, args, segment)) {
            continue;
        }
        if (args->json) {
            segment_keys(out_object(&out), segment);
            out_end_object(&out);
            continue;
        }
        char length[OUT_DURATION_MAX];
        table_cell(&table, "%s", segment->code);
        table_cell(&table, "%d", segment->version);
        table_cell(&table, "%s", segment->kind);
        table_cell(&table, "%s", segment->topic ? segment->topic : "");
        table_cell(&table, "%s%s", out_word(segment_state_name(segment->state)),
                   segment_mark(segment, clock_now_us(&app->clock)));
        table_cell(&table, "%s", out_duration(segment->frames, length));
        table_real(&table, !isnan(segment->lufs), 1, segment->lufs);
        table_cell(&table, "%s", segment->title);
    }
    return out_finish(&out, &table);
}

typedef int decision_call(struct db *db, const char *code, const struct library_decision *decision,
                          struct fault *reterr);

/* Each code on its own: one that cannot be decided does not stop the others. */
static int decide_each(struct app *app, const struct args *args, decision_call *decide)
{
    int status = app_need(app, APP_STATION | APP_DB_WRITE);
    for (int i = 1; status != 3 && app->db && i < args->n_operands; i++) {
        struct fault fault = {0};
        struct library_decision decision = {.who = app_who(),
                                            .now_us = clock_now_us(&app->clock),
                                            .reason = args_value(args, "reason"),
                                            .two_person = app->station->two_person};
        if (decide(app->db, args->operands[i], &decision, &fault) < 0) {
            status = say_fault(&fault);
        }
    }
    return status;
}

static int approve(struct app *app, const struct args *args)
{
    return decide_each(app, args, library_approve);
}

static int withdraw(struct app *app, const struct args *args)
{
    return decide_each(app, args, library_withdraw);
}

/* What can be done, with how many codes, and which of the options mean something there. */
static const struct verb {
    const char *name;
    int min_codes;
    int max_codes; /* -1: any number */
    const char *options;
    int (*run)(struct app *app, const struct args *args);
} verbs[] = {
    {"list", 0, 0, " topic kind state ", list},
    {"show", 1, 1, "", segment_show},
    {"approve", 1, -1, "", approve},
    {"withdraw", 1, -1, " reason ", withdraw},
    {"edit", 1, -1,
     " title kind topic tags valid-from valid-until cue-in cue-out untrim approve reason ",
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
    return say_usage("segment",
                     _("write list, show CODE, approve CODE…, withdraw CODE… or edit CODE…"));
}

const struct command command_segment = {
    .spec = {.name = "segment",
             .operands = "list | show CODE | approve CODE… | withdraw CODE… | edit CODE…",
             .summary = N_("look at, approve, withdraw and edit recordings"),
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
