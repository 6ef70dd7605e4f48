/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/paths.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/say.h"
#include "media/library.h"
#include "media/speak.h"
#include "playout/outputs/output.h"
#include "scheduler/calendar/remote.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/check.h"
#include "scheduler/planner.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"from", "INSTANT", N_("look at the plan from here on; today without it")},
    {"to", "INSTANT", N_("and until here; a week without it")},
};

static const int64_t WEEK_US = 7LL * 24 * 3600 * 1000000;
static const int64_t PART_US = 31LL * 24 * 3600 * 1000000; /* of a year, expanded at a time */
static const size_t SLOTS_MEMORY_MAX = (size_t)1 << 30;

/* An approved recording whose copy is gone would be silence on air. */
static void check_copies(const struct app *app, struct findings *findings)
{
    for (size_t i = 0; i < app->segments.n; i++) {
        const struct segment *segment = &app->segments.items[i];
        char path[PATHS_MAX];
        if (segments_find_airable(&app->segments, segment->code) == segment &&
            (library_air_path(path, app->dir, segment->air_sha256, NULL) < 0 ||
             access(path, R_OK) != 0)) {
            findings_add(findings, SEVERITY_WARNING, "missing-copy", path, 0,
                         _("the prepared copy of \"%s\" cannot be read; put the safety copy of "
                           "library/ back"),
                         segment->code);
        }
    }
}

/* Folders that loa run would make, or could not write. */
static void check_outputs(const struct station *station, struct findings *findings)
{
    for (size_t line = 0; line < station->n_lines; line++) {
        const struct line_def *def = &station->lines[line];
        for (size_t i = 0; i < def->n_outputs; i++) {
            struct fault fault = {0};
            if (output_check(&def->outputs[i], station->dir, &fault) < 0) {
                findings_add(findings, SEVERITY_WARNING, "output", station->file,
                             def->outputs[i].file_line, "%s", fault.text);
            }
        }
    }
}

/* What plans are made of may not be what lies on the server. */
static void check_sources(struct app *app, struct findings *findings)
{
    for (size_t i = 0; i < app->station->n_layers; i++) {
        if (app->station->layers[i].url) {
            remote_check(app->station, i, clock_now_us(&app->clock), findings);
        }
    }
}

static bool has_finding(const struct findings *findings, const char *rule, const struct slot *slot)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->items[i];
        if (strcmp(finding->rule, rule) == 0 && finding->fault.line == slot->file_line &&
            strcmp(finding->fault.file, slot->file) == 0) {
            return true;
        }
    }
    return false;
}

/* What loa say --slots could not speak of the slots that start in [from, to); that it has not yet
 * is said of the plan. */
static int check_texts_of(struct app *app, int64_t from_us, int64_t to_us,
                          struct findings *findings, bool *needs_voice, struct fault *reterr)
{
    const struct station *station = app->station;
    AUTO(arena_destroy) struct arena *arena = arena_create(SLOTS_MEMORY_MAX);
    struct slots slots = {0};
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = calendars_expand(app->calendars, from_us, to_us, arena, &slots, reterr);
    for (size_t i = 0; r == 0 && i < slots.n; i++) {
        const struct slot *slot = &slots.items[i];
        char code[SPOKEN_CODE_MAX];
        struct slot_speech speech;
        struct fault fault = {0};
        if (!slot_speech(station, slot, &speech) || !slot_may_air(station, slot) ||
            spoken_code(speech.kind, speech.topic, speech.text, code) < 0 ||
            segments_find_newest(&app->segments, code)) {
            continue;
        }
        *needs_voice = true;
        if (speak_check_text(speech.text, &fault) < 0 && !has_finding(findings, "text", slot)) {
            findings_add(findings, SEVERITY_WARNING, "text", slot->file, slot->file_line,
                         _("the text of \"%s\" cannot be spoken: %s"), slot->title, fault.text);
        }
    }
    return r;
}

static int check_texts(struct app *app, int64_t from_us, int64_t to_us, struct findings *findings,
                       struct fault *reterr)
{
    bool needs_voice = false;
    int r = 0;
    for (int64_t at_us = from_us; r == 0 && at_us < to_us; at_us += PART_US) {
        int64_t end_us = at_us + PART_US < to_us ? at_us + PART_US : to_us;
        r = check_texts_of(app, at_us, end_us, findings, &needs_voice, reterr);
    }
    char program[PATHS_MAX];
    struct fault fault = {0};
    if (r == 0 && needs_voice && speak_find_voice(app->station, program, &fault) < 0) {
        findings_add(findings, SEVERITY_WARNING, "voice",
                     *fault.file ? fault.file : app->station->file, fault.line, "%s", fault.text);
    }
    return r;
}

static int check_plan(struct app *app, const struct args *args, struct findings *findings)
{
    struct planner_inputs inputs = {.station = app->station,
                                    .calendars = app->calendars,
                                    .segments = &app->segments,
                                    .db = app->db};
    int64_t from_us = 0;
    int64_t to_us = 0;
    struct fault fault = {0};
    int status = app_window(app, args, &from_us, &to_us);
    if (status != 0) {
        return status;
    }
    if (!args_value(args, "to")) {
        to_us = from_us + WEEK_US;
    }
    /* What is over cannot go wrong any more. */
    int64_t now_us = clock_now_us(&app->clock);
    from_us = to_us > now_us && from_us < now_us ? now_us : from_us;
    if (plan_check(&inputs, from_us, to_us, findings, &fault) < 0 ||
        check_texts(app, from_us, to_us, findings, &fault) < 0) {
        return say_fault(&fault);
    }
    check_copies(app, findings);
    return 0;
}

static void show(const struct args *args, const struct findings *findings)
{
    if (!args->json) {
        say_findings(findings);
        return;
    }
    struct out out = out_begin(true);
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->items[i];
        char where[FAULT_FILE_MAX + 16];
        snprintf(where, sizeof where, finding->fault.line ? "%s:%u" : "%s", finding->fault.file,
                 finding->fault.line);
        struct json *json = out_object(&out);
        json_text(json, "where", where);
        json_text(json, "severity", finding->severity == SEVERITY_ERROR ? "error" : "warning");
        json_text(json, "rule", finding->rule);
        json_text(json, "message", finding->fault.text);
        out_end_object(&out);
    }
    (void)!out_finish(&out, NULL);
}

static int run(struct app *app, const struct args *args)
{
    struct findings findings = {0};
    int status = app_need(app, 0);
    int r = 0;
    if (status == 0) {
        r = station_load(app->dir, &app->station, &findings);
    }
    if (status == 0 && r == 0) {
        r = calendars_load(app->station, &app->calendars, &findings);
    }
    if (status == 0 && r == 0) {
        status = app_need(app, APP_DB_MAYBE | APP_SEGMENTS);
    }
    if (status == 0 && r == 0) {
        status = check_plan(app, args, &findings);
    }
    if (status == 0 && app->station) {
        check_outputs(app->station, &findings);
        check_sources(app, &findings);
    }
    show(args, &findings);
    if (status == 0) {
        status = r < 0 ? fault_exit_status(-r) : findings.n_errors ? 1 : 0;
    }
    if (status == 0 && !args->json) {
        printf(findings.n ? _("No errors; look at the warnings above.\n") : _("All is well.\n"));
    }
    findings_finish(&findings);
    return status;
}

const struct command command_check = {
    .spec = {.name = "check",
             .operands = "",
             .summary = N_("what would go wrong, before it can"),
             .detail = N_(
                 "Reads the station file and the calendars and plans a week ahead. Mistakes are\n"
                 "named by file and line; what will not air is named with the reason."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
