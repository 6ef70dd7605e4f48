/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/segment_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
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

enum { CUE_MAX = 32 };

static void instant_or_null(struct json *json, const char *key, int64_t us)
{
    if (us == INT64_MIN || us == INT64_MAX) {
        json_null(json, key);
    } else {
        json_instant(json, key, us);
    }
}

void segment_keys(struct json *json, const struct segment *segment)
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

const char *segment_mark(const struct segment *segment, int64_t now_us)
{
    return now_us >= segment->valid_until_us ? _(", expired")
           : now_us < segment->valid_from_us ? _(", not yet valid")
                                             : "";
}

static const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static bool has_cue_out(const struct segment *segment)
{
    return segment->cue_in_frames + segment->frames < segment->copy_frames;
}

static void version_keys(struct json *json, const struct library_version *version)
{
    const struct segment *segment = &version->segment;
    segment_keys(json, segment);
    json_real(json, "true_peak", segment->true_peak_dbtp, 2);
    json_real(json, "gain", segment->gain_db, 9);
    json_real(json, "cue_in", frames_to_seconds(segment->cue_in_frames), 6);
    if (has_cue_out(segment)) {
        json_real(json, "cue_out", frames_to_seconds(segment->cue_in_frames + segment->frames), 6);
    } else {
        json_null(json, "cue_out");
    }
    json_text(json, "original", version->original_name);
    json_text(json, "sha256", version->original_sha256);
    json_text(json, "script", version->script);
    json_text(json, "reason", text_or_null(segment->decided_reason));
    json_open(json, "events", '[');
    for (size_t i = 0; i < version->n_steps; i++) {
        const struct library_step *step = &version->steps[i];
        json_open(json, NULL, '{');
        json_instant(json, "at", step->at_us);
        json_text(json, "who", step->who);
        json_text(json, "act", step->act);
        json_text(json, "reason", text_or_null(step->reason));
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* With the point that --cue-in and --cue-out read. */
static const char *cue_text(int64_t frames, char out[static CUE_MAX])
{
    int64_t ms = (frames * 1000 + AIR_RATE / 2) / AIR_RATE;
    snprintf(out, CUE_MAX, "%" PRId64 ":%02d.%03d", ms / 60000, (int)(ms / 1000 % 60),
             (int)(ms % 1000));
    return out;
}

static void show_measures(const struct segment *segment)
{
    char length[OUT_DURATION_MAX];
    char lufs[DECIMAL_MAX];
    char peak[DECIMAL_MAX];
    char gain[DECIMAL_MAX];
    printf(_("  %s, %s LUFS, true peak %s dBTP, played at %s%s dB\n"),
           out_duration(segment->frames, length), decimal_text(segment->lufs, 1, lufs),
           decimal_text(segment->true_peak_dbtp, 1, peak), segment->gain_db < 0 ? "" : "+",
           decimal_text(segment->gain_db, 1, gain));
    if (segment->cue_in_frames > 0 || has_cue_out(segment)) {
        char in[CUE_MAX];
        char out[CUE_MAX];
        printf(_("  airs from %s to %s of its copy\n"), cue_text(segment->cue_in_frames, in),
               cue_text(segment->cue_in_frames + segment->frames, out));
    }
}

static void show_validity(const struct segment *segment)
{
    char instant[ZONE_INSTANT_MAX];
    if (segment->valid_from_us != INT64_MIN) {
        zone_format_instant(segment->valid_from_us, instant);
        printf(_("  not to be heard before %s\n"), instant);
    }
    if (segment->valid_until_us != INT64_MAX) {
        zone_format_instant(segment->valid_until_us, instant);
        printf(_("  not to be heard from %s on\n"), instant);
    }
}

/* Who did what, when and why. */
static void show_step(const struct library_step *step)
{
    static const struct {
        const char *act;
        const char *text;
    } texts[] = {
        {"imported", N_("imported by %s")},
        {"spoken", N_("made from its text by %s")},
        {"edited", N_("edited by %s")},
        {"approved", N_("approved by %s")},
        {"withdrawn", N_("withdrawn by %s")},
        {"removed", N_("its files were removed by %s to make room")},
        {"restored", N_("its files were put back by %s")},
    };
    char instant[ZONE_INSTANT_MAX];
    zone_format_instant(step->at_us, instant);
    printf("  %s  ", instant);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strcmp(texts[i].act, step->act) == 0) {
            printf(_(texts[i].text), step->who);
        }
    }
    printf("%s%s\n", *step->reason ? ": " : "", step->reason);
}

static int show_version(struct app *app, const struct library_version *version,
                        struct fault *reterr)
{
    int64_t now_us = clock_now_us(&app->clock);
    const struct segment *segment = &version->segment;
    char path[PATHS_MAX] = "";
    (void)!library_original_path(path, app->dir, version->original_sha256, version->original_name,
                                 NULL);
    printf(_("%s, version %d: %s\n"), segment->code, segment->version, segment->title);
    printf(_("  %s%s, %s, topic %s, tags %s\n"), out_word(segment_state_name(segment->state)),
           segment_mark(segment, now_us), segment->kind, segment->topic ? segment->topic : "—",
           *segment->tags ? segment->tags : "—");
    show_measures(segment);
    int r = segment_probe_show(app, version, NULL, reterr);
    show_validity(segment);
    printf(_("  from %s\n"), version->original_name);
    printf("  %s\n", path);
    for (size_t i = 0; i < version->n_steps; i++) {
        show_step(&version->steps[i]);
    }
    if (*version->script) {
        printf("\n%s\n", version->script);
    }
    return r;
}

int segment_show(struct app *app, const struct args *args)
{
    struct library_history history = {0};
    struct fault fault = {0};
    int status = app_need(app, APP_STATION | APP_DB_READ);
    if (status != 0) {
        return status;
    }
    if (library_read_history(app->db, args->operands[1], app->arena, &history, &fault) < 0) {
        return say_fault(&fault);
    }
    struct out out = out_begin(args->json);
    for (size_t i = 0; status == 0 && i < history.n; i++) {
        if (args->json) {
            struct json *json = out_object(&out);
            version_keys(json, &history.items[i]);
            status = segment_probe_show(app, &history.items[i], json, &fault);
            out_end_object(&out);
        } else {
            status = show_version(app, &history.items[i], &fault);
        }
    }
    if (status < 0) {
        return say_fault(&fault);
    }
    return out_finish(&out, NULL);
}
