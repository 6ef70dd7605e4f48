/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/decimal.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/table.h"
#include "media/library.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"topic", "ID", N_("list: only this topic and those below it")},
    {"kind", "ID", N_("list: only this kind")},
    {"state", "STATE", N_("list: only draft, approved or withdrawn")},
};

static void instant_or_null(struct json *json, const char *key, int64_t us)
{
    if (us == INT64_MIN || us == INT64_MAX) {
        json_null(json, key);
    } else {
        json_instant(json, key, us);
    }
}

static void segment_keys(struct json *json, const struct segment *segment)
{
    json_text(json, "code", segment->code);
    json_text(json, "title", segment->title);
    json_text(json, "kind", segment->kind);
    json_text(json, "topic", segment->topic);
    out_words(json, "tags", segment->tags);
    json_text(json, "state", segment_state_name(segment->state));
    json_real(json, "duration", frames_to_seconds(segment->frames), 6);
    json_real(json, "lufs", segment->lufs, 2);
    instant_or_null(json, "valid_from", segment->valid_from_us);
    instant_or_null(json, "valid_until", segment->valid_until_us);
    json_int(json, "version", segment->version);
}

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
        table_cell(&table, "%s", out_word(segment_state_name(segment->state)));
        table_cell(&table, "%s", out_duration(segment->frames, length));
        table_real(&table, !isnan(segment->lufs), 1, segment->lufs);
        table_cell(&table, "%s", segment->title);
    }
    return out_finish(&out, &table);
}

static void show_version(const struct app *app, const struct library_version *version)
{
    const struct segment *segment = &version->segment;
    char length[OUT_DURATION_MAX];
    char instant[ZONE_INSTANT_MAX];
    char path[PATHS_MAX] = "";
    (void)!library_original_path(path, app->dir, version->original_sha256, version->original_name,
                                 NULL);
    zone_format_instant(version->imported_us, instant);
    printf(_("%s, version %d: %s\n"), segment->code, segment->version, segment->title);
    printf(_("  %s, %s, topic %s, tags %s\n"), out_word(segment_state_name(segment->state)),
           segment->kind, segment->topic ? segment->topic : "—",
           *segment->tags ? segment->tags : "—");
    char lufs[DECIMAL_MAX];
    char peak[DECIMAL_MAX];
    char gain[DECIMAL_MAX];
    printf(_("  %s, %s LUFS, true peak %s dBTP, played at %s%s dB\n"),
           out_duration(segment->frames, length), decimal_text(segment->lufs, 1, lufs),
           decimal_text(segment->true_peak_dbtp, 1, peak), segment->gain_db < 0 ? "" : "+",
           decimal_text(segment->gain_db, 1, gain));
    printf(_("  from %s, imported %s by %s\n"), version->original_name, instant,
           version->imported_by);
    if (version->decided_by) {
        zone_format_instant(version->decided_us, instant);
        printf(_("  last approved or withdrawn %s by %s\n"), instant, version->decided_by);
    }
    printf("  %s\n", path);
    if (*version->script) {
        printf("\n%s\n", version->script);
    }
}

static int show(struct app *app, const struct args *args, const char *code)
{
    struct library_history history = {0};
    struct fault fault = {0};
    int status = app_need(app, APP_STATION | APP_DB_READ);
    if (status != 0) {
        return status;
    }
    if (library_read_history(app->db, code, app->arena, &history, &fault) < 0) {
        return say_fault(&fault);
    }
    struct out out = out_begin(args->json);
    for (size_t i = 0; i < history.n; i++) {
        if (args->json) {
            struct json *json = out_object(&out);
            segment_keys(json, &history.items[i].segment);
            json_real(json, "true_peak", history.items[i].segment.true_peak_dbtp, 2);
            json_real(json, "gain", history.items[i].segment.gain_db, 9);
            json_text(json, "original", history.items[i].original_name);
            json_text(json, "sha256", history.items[i].original_sha256);
            json_text(json, "script", history.items[i].script);
            out_end_object(&out);
        } else {
            show_version(app, &history.items[i]);
        }
    }
    return out_finish(&out, NULL);
}

typedef int (*decision)(struct db *db, const char *code, const char *who, int64_t now_us,
                        struct fault *reterr);

/* Each code on its own: one that cannot be decided does not stop the others. */
static int decide_each(struct app *app, const struct args *args, decision decide)
{
    int status = app_need(app, APP_STATION | APP_DB_WRITE);
    for (int i = 1; status != 3 && i < args->n_operands; i++) {
        struct fault fault = {0};
        if (decide(app->db, args->operands[i], app_who(), clock_now_us(&app->clock), &fault) < 0) {
            status = say_fault(&fault);
        }
    }
    return status;
}

static int run(struct app *app, const struct args *args)
{
    const char *verb = args->operands[0];
    if (strcmp(verb, "list") == 0 && args->n_operands == 1) {
        return list(app, args);
    }
    if (strcmp(verb, "show") == 0 && args->n_operands == 2) {
        return show(app, args, args->operands[1]);
    }
    if (strcmp(verb, "approve") == 0 && args->n_operands > 1) {
        return decide_each(app, args, library_approve);
    }
    if (strcmp(verb, "withdraw") == 0 && args->n_operands > 1) {
        return decide_each(app, args, library_withdraw);
    }
    return say_usage("segment", _("write list, show CODE, approve CODE… or withdraw CODE…"));
}

const struct command command_segment = {
    .spec = {.name = "segment",
             .operands = "list | show CODE | approve CODE… | withdraw CODE…",
             .summary = N_("look at, approve and withdraw recordings"),
             .detail =
                 N_("Nothing that is not approved is ever heard. Approving a code approves its\n"
                    "newest version; withdrawing takes every version off the air."),
             .options = options,
             .n_options = ARRAY_LEN(options),
             .min_operands = 1,
             .max_operands = -1},
    .run = run,
};
