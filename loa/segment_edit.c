/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/segment_edit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/args.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/segment_probe.h"
#include "media/library.h"
#include "station/station.h"

/* --- the options ------------------------------------------------------------------------ */

/* The edit, and the numbers that it points to. */
struct request {
    struct library_edit edit;
    int64_t valid_from_us;
    int64_t valid_until_us;
    int64_t cue_in_frames;
    int64_t cue_out_frames;
};

enum { CUE_PARTS_MAX = 3, CUE_DIGITS_MAX = 6, CUE_DECIMALS_MAX = 9 };

/* Digits at *at, which moves past them; -1: none, or too many. */
static int64_t take_digits(const char **at, int most)
{
    int64_t value = 0;
    int n = 0;
    for (; **at >= '0' && **at <= '9'; ++*at, n++) {
        value = n < most ? 10 * value + (**at - '0') : value;
    }
    return n > 0 && n <= most ? value : -1;
}

/* "83.5", "1:23.5" or "0:01:23.500", as frames; -1: it is none of these. */
static int64_t parse_cue(const char *text)
{
    int64_t seconds = 0;
    for (int part = 0; part < CUE_PARTS_MAX; part++) {
        int64_t value = take_digits(&text, CUE_DIGITS_MAX);
        if (value < 0 || (part > 0 && value >= 60)) {
            return -1;
        }
        seconds = 60 * seconds + value;
        if (*text != ':') {
            break;
        }
        text++;
    }
    int64_t frames = seconds * AIR_RATE;
    if (*text == '.') {
        const char *digits = ++text;
        int64_t value = take_digits(&text, CUE_DECIMALS_MAX);
        int64_t unit = 1;
        for (const char *c = digits; c < text; c++) {
            unit *= 10;
        }
        frames = value < 0 ? -1 : frames + (value * AIR_RATE + unit / 2) / unit;
    }
    return *text == '\0' ? frames : -1;
}

/* An empty value: no cue. */
static int take_cue(const struct args *args, const char *name, int64_t none, int64_t *frames,
                    const int64_t **ret)
{
    const char *value = args_value(args, name);
    if (!value) {
        return 0;
    }
    *frames = *value ? parse_cue(value) : none;
    *ret = frames;
    return *frames >= 0 ? 0
                        : say_usage("segment",
                                    _("--%s: \"%s\" is no time of a recording; write 83.5 or "
                                      "1:23.500"),
                                    name, value);
}

/* An empty value: no limit. */
static int take_instant(const struct args *args, const char *name, int64_t none, int64_t *us,
                        const int64_t **ret)
{
    const char *value = args_value(args, name);
    struct fault fault = {0};
    if (!value) {
        return 0;
    }
    *us = none;
    *ret = us;
    return *value && zone_parse_instant(value, us, &fault) < 0
               ? say_usage("segment", "%s", fault.text)
               : 0;
}

/* What is for one recording alone: two of one title are a mistake, and their cues differ. */
static const char *option_for_one(const struct args *args)
{
    static const char *const names[] = {"title", "cue-in", "cue-out"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (args_value(args, names[i])) {
            return names[i];
        }
    }
    return NULL;
}

static bool edit_says_nothing(const struct library_edit *edit)
{
    return !edit->title && !edit->kind && !edit->topic && !edit->tags && !edit->valid_from_us &&
           !edit->valid_until_us && !edit->cue_in_frames && !edit->cue_out_frames;
}

static int take_options(const struct args *args, struct request *request)
{
    struct library_edit *edit = &request->edit;
    *edit = (struct library_edit){.title = args_value(args, "title"),
                                  .kind = args_value(args, "kind"),
                                  .topic = args_value(args, "topic"),
                                  .tags = args_value(args, "tags"),
                                  .approve = args_value(args, "approve") != NULL};
    int status =
        take_instant(args, "valid-from", INT64_MIN, &request->valid_from_us, &edit->valid_from_us);
    if (status == 0) {
        status = take_instant(args, "valid-until", INT64_MAX, &request->valid_until_us,
                              &edit->valid_until_us);
    }
    if (status == 0) {
        status = take_cue(args, "cue-in", 0, &request->cue_in_frames, &edit->cue_in_frames);
    }
    if (status == 0) {
        status =
            take_cue(args, "cue-out", INT64_MAX, &request->cue_out_frames, &edit->cue_out_frames);
    }
    if (status == 0 && args_value(args, "trim") &&
        (edit->cue_in_frames || edit->cue_out_frames || args_value(args, "untrim"))) {
        return say_usage("segment", _("--trim sets the cues by itself; leave out --cue-in, "
                                      "--cue-out and --untrim, or --trim"));
    }
    if (status == 0 && args_value(args, "untrim")) {
        if (edit->cue_in_frames || edit->cue_out_frames) {
            return say_usage("segment", _("--untrim takes cues away; leave out --cue-in and "
                                          "--cue-out, or --untrim"));
        }
        request->cue_in_frames = 0;
        request->cue_out_frames = INT64_MAX;
        edit->cue_in_frames = &request->cue_in_frames;
        edit->cue_out_frames = &request->cue_out_frames;
    }
    return status;
}

static int check_options(const struct args *args, const struct request *request)
{
    const char *one = option_for_one(args);
    if (one && args->n_operands > 2) {
        return say_usage("segment", _("--%s is for one recording; name one code"), one);
    }
    if (edit_says_nothing(&request->edit) && !args_value(args, "trim")) {
        return say_usage("segment", _("edit: say what to change, with --title, --kind, --topic, "
                                      "--tags, --valid-from, --valid-until, --cue-in, --cue-out, "
                                      "--trim or --untrim"));
    }
    return 0;
}

/* --- editing ---------------------------------------------------------------------------- */

static void tell(struct out *out, const char *code, const struct library_edited *edited)
{
    if (out->is_json) {
        struct json *json = out_object(out);
        json_text(json, "code", code);
        json_int(json, "version", edited->version);
        json_text(json, "state", segment_state_name(edited->state));
        json_bool(json, "changed", edited->is_new || edited->is_approved_now);
        out_end_object(out);
    } else if (edited->is_approved_now) {
        printf(_("%s, version %d: approved\n"), code, edited->version);
    } else if (!edited->is_new) {
        printf(_("%s, version %d: is so already, nothing was changed\n"), code, edited->version);
    } else {
        printf(_("%s, version %d: a draft, to be approved\n"), code, edited->version);
    }
    if (edited->awaits_another) {
        say(_("warning: %s edited %s and must not approve it too; have another person write loa "
              "segment approve %s"),
            app_who(), code, code);
    }
}

/* Each code on its own: one that cannot be edited does not stop the others. */
static int edit_each(struct app *app, const struct args *args, const struct library_edit *edit)
{
    struct out out = out_begin(args->json);
    int status = 0;
    for (int i = 1; status != 3 && i < args->n_operands; i++) {
        struct library_decision decision = {.who = app_who(),
                                            .now_us = clock_now_us(&app->clock),
                                            .reason = args_value(args, "reason"),
                                            .two_person = app->station->two_person};
        struct library_edited edited = {0};
        struct fault fault = {0};
        struct library_edit own = *edit;
        struct segment_cues cues;
        int r = args_value(args, "trim")
                    ? segment_probe_trim(app, args->operands[i], &own, &cues, &fault)
                    : 0;
        if (r < 0 ||
            library_edit(app->db, args->operands[i], &own, &decision, &edited, &fault) < 0) {
            status = say_fault(&fault);
        } else {
            tell(&out, args->operands[i], &edited);
        }
    }
    int finished = out_finish(&out, NULL);
    return status ? status : finished;
}

int segment_edit(struct app *app, const struct args *args)
{
    struct request request = {0};
    struct library_edit checked = {0};
    struct findings findings = {0};
    int status = app_need(app, APP_STATION | APP_DB_WRITE); /* instants are of the station's zone */
    if (status == 0) {
        status = take_options(args, &request);
    }
    if (status == 0) {
        status = check_options(args, &request);
    }
    if (status != 0) {
        return status;
    }
    int r = library_edit_check(app->station, &request.edit, app->arena, &checked, &findings);
    say_findings(&findings);
    findings_finish(&findings);
    if (r == -ENOMEM) {
        say(_("out of memory"));
    }
    return r < 0 ? fault_exit_status(-r) : edit_each(app, args, &checked);
}
