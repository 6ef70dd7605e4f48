/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/segment_probe.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/decimal.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "loa/app.h"
#include "media/library.h"
#include "media/probe.h"

static void seconds_or_null(struct json *json, const char *key, int64_t frames)
{
    json_real(json, key, frames < 0 ? NAN : frames_to_seconds(frames), 6);
}

/* probe NULL: nothing is known. */
static void write_keys(struct json *json, const struct probe *probe,
                       const struct findings *findings)
{
    json_text(json, "format", probe ? probe->format : NULL);
    json_real(json, "loudness_range", probe ? probe->loudness_range_lu : NAN, 2);
    json_real(json, "max_short_term", probe ? probe->max_short_term_lufs : NAN, 2);
    json_real(json, "max_momentary", probe ? probe->max_momentary_lufs : NAN, 2);
    json_text(json, "content", probe ? probe_content_name(probe->content) : NULL);
    if (probe) {
        json_int(json, "clipped", probe->clipped_runs);
    } else {
        json_null(json, "clipped");
    }
    seconds_or_null(json, "leading_silence", probe ? probe->leading_silence_frames : -1);
    seconds_or_null(json, "trailing_silence", probe ? probe->trailing_silence_frames : -1);
    seconds_or_null(json, "proposed_cue_in", probe ? probe->cue_in_frames : -1);
    seconds_or_null(json, "proposed_cue_out", probe ? probe->cue_out_frames : -1);
    json_open(json, "findings", '[');
    for (size_t i = 0; i < findings->n; i++) {
        json_text(json, NULL, findings->items[i].fault.text);
    }
    json_close(json, ']');
}

static const char *level_text(double level, char out[static DECIMAL_MAX])
{
    return isnan(level) ? "—" : decimal_text(level, 1, out);
}

static void write_lines(const struct probe *probe, const struct findings *findings)
{
    static const char *const contents[] = {N_("speech or music is not certain"),
                                           N_("sounds like speech"), N_("sounds like music")};
    char rate[DECIMAL_MAX];
    char range[DECIMAL_MAX];
    char short_term[DECIMAL_MAX];
    char momentary[DECIMAL_MAX];
    printf(_("  %s, %s kHz, %s; %s\n"), probe->format,
           decimal_text(probe->source_rate / 1000.0, 1, rate),
           probe->source_channels == 1 ? _("mono") : _("stereo"), _(contents[probe->content]));
    printf(_("  loudness range %s LU, loudest 3 s %s LUFS, loudest 0.4 s %s LUFS\n"),
           level_text(probe->loudness_range_lu, range),
           level_text(probe->max_short_term_lufs, short_term),
           level_text(probe->max_momentary_lufs, momentary));
    for (size_t i = 0; i < findings->n; i++) {
        printf(_("  note: it %s\n"), findings->items[i].fault.text);
    }
}

/* Silence that a cue leaves out already is nothing to tell of. */
static void tell(const struct probe *probe, const struct library_version *version,
                 struct findings *findings)
{
    const struct segment *segment = &version->segment;
    struct probe told = *probe;
    if (segment->cue_in_frames > 0) {
        told.cue_in_frames = -1;
    }
    if (segment->cue_in_frames + segment->frames < segment->copy_frames) {
        told.cue_out_frames = -1;
    }
    probe_tell(&told, version->original_name, segment->code, segment->kind, findings);
}

int segment_probe_show(struct app *app, const struct library_version *version, struct json *json,
                       struct fault *reterr)
{
    struct probe probe;
    struct findings findings = {0};
    int r = library_read_probe(app->db, version->original_sha256, &probe, reterr);
    if (r < 0) {
        return r;
    }
    if (r > 0) {
        tell(&probe, version, &findings);
    }
    if (json) {
        write_keys(json, r > 0 ? &probe : NULL, &findings);
    } else if (r > 0) {
        write_lines(&probe, &findings);
    }
    findings_finish(&findings);
    return 0;
}

int segment_probe_trim(struct app *app, const char *code, struct library_edit *edit,
                       struct segment_cues *cues, struct fault *reterr)
{
    struct library_history history = {0};
    struct probe probe;
    int r = library_read_history(app->db, code, app->arena, &history, reterr);
    if (r < 0) {
        return r;
    }
    const struct library_version *newest = &history.items[history.n - 1];
    r = library_read_probe(app->db, newest->original_sha256, &probe, reterr);
    if (r == 0) {
        return fault_set(
            reterr, ENODATA, code, 0,
            _("was imported by an older loa, which did not look for silence; say where "
              "it begins and ends with --cue-in and --cue-out"));
    }
    if (r > 0 && probe.cue_in_frames >= 0) {
        cues->in_frames = probe.cue_in_frames;
        edit->cue_in_frames = &cues->in_frames;
    }
    if (r > 0 && probe.cue_out_frames >= 0) {
        cues->out_frames = probe.cue_out_frames;
        edit->cue_out_frames = &cues->out_frames;
    }
    return r < 0 ? r : 0;
}
