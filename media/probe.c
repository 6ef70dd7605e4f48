/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/probe.h"

#include <math.h>
#include <string.h>

#include "base/decimal.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "media/soundfile.h"

enum {
    CLIPPED_MIN = 3,
    CLIPPED_A_MINUTE_MIN = 2,
    MISSING_DB = 30,
    MEGABYTE = 1000000,
    SAMPLE_BYTES = 3,
    SAVED_MIN_BYTES = 50 * MEGABYTE,
};

static const double DC_OFFSET_MIN = 0.02;
static const double OPPOSED_CORRELATION = -0.5;
static const double ALIKE_CORRELATION = 0.9999;
static const double ALIKE_DB = 0.05;

/* Where a sentence goes. */
struct telling {
    const struct probe *probe;
    const char *file;
    const char *code;
    const char *kind;
    struct findings *findings;
};

const char *probe_content_name(enum probe_content content)
{
    static const char *const names[] = {"unknown", "speech", "music"};
    return names[content];
}

static const char *seconds_text(int64_t frames, char out[static DECIMAL_MAX])
{
    return decimal_text(frames_to_seconds(frames), 1, out);
}

#define WARN(telling, rule, ...)                                                                   \
    findings_add((telling)->findings, SEVERITY_WARNING, rule, (telling)->file, 0, __VA_ARGS__)

static void tell_level(const struct telling *telling)
{
    const struct probe *probe = telling->probe;
    char number[DECIMAL_MAX];
    double minutes = frames_to_seconds(probe->frames) / 60;
    if (probe->clipped_runs >= CLIPPED_MIN &&
        (double)probe->clipped_runs >= CLIPPED_A_MINUTE_MIN * minutes) {
        WARN(telling, "clipping",
             _("clips in %lld places; record it again with a lower input level"),
             (long long)probe->clipped_runs);
    }
    if (fabs(probe->dc_offset) >= DC_OFFSET_MIN) {
        WARN(telling, "dc-offset",
             _("is off its middle line by %s %% of full scale, which costs loudness and makes "
               "loudspeakers click; have the recorder or its sound card looked at"),
             decimal_text(100 * fabs(probe->dc_offset), 0, number));
    }
}

static void tell_silence(const struct telling *telling)
{
    const struct probe *probe = telling->probe;
    char number[DECIMAL_MAX];
    char at[SOUND_LENGTH_MAX];
    if (probe->leading_silence_frames == probe->frames && probe->frames < AIR_RATE / 2) {
        return; /* a beep or a click: too short to judge */
    }
    if (probe->leading_silence_frames == probe->frames) {
        WARN(telling, "silence",
             _("is silent from beginning to end; check the microphone and its cable, and record "
               "it again"));
        return;
    }
    if (probe->cue_in_frames >= 0) {
        WARN(telling, "silence",
             _("is silent for the first %s s; loa segment edit %s --trim leaves that out on air"),
             seconds_text(probe->leading_silence_frames, number), telling->code);
    }
    if (probe->cue_out_frames >= 0) {
        WARN(telling, "silence",
             _("is silent for the last %s s; loa segment edit %s --trim leaves that out on air"),
             seconds_text(probe->trailing_silence_frames, number), telling->code);
    }
    if (probe->n_gaps == 1) {
        WARN(telling, "gap",
             _("falls silent for %s s at %s; listen there whether something is missing"),
             seconds_text(probe->longest_gap_frames, number),
             sound_length(probe->longest_gap_at_frames, AIR_RATE, at));
    } else if (probe->n_gaps > 1) {
        WARN(telling, "gap",
             _("falls silent %lld times, the longest for %s s at %s; listen there whether "
               "something is missing"),
             (long long)probe->n_gaps, seconds_text(probe->longest_gap_frames, number),
             sound_length(probe->longest_gap_at_frames, AIR_RATE, at));
    }
}

static void tell_missing_channel(const struct telling *telling)
{
    double balance = telling->probe->balance_db;
    char number[DECIMAL_MAX];
    if (fabs(balance) >= PROBE_BALANCE_MAX_DB) {
        WARN(telling, "channel-missing",
             balance < 0 ? _("has no sound on its right channel; save it as mono")
                         : _("has no sound on its left channel; save it as mono"));
    } else {
        WARN(telling, "channel-missing",
             balance < 0 ? _("has a right channel %s dB below the left; save it as mono")
                         : _("has a left channel %s dB below the right; save it as mono"),
             decimal_text(fabs(balance), 0, number));
    }
}

static void tell_channels(const struct telling *telling)
{
    const struct probe *probe = telling->probe;
    if (fabs(probe->balance_db) > MISSING_DB) {
        tell_missing_channel(telling);
    } else if (probe->correlation < OPPOSED_CORRELATION) {
        WARN(telling, "out-of-phase",
             _("has two channels that cancel each other on a single loudspeaker; swap the wires of "
               "one channel, or save only one of them as mono"));
    } else if (probe->correlation > ALIKE_CORRELATION && fabs(probe->balance_db) < ALIKE_DB &&
               probe->frames * SAMPLE_BYTES >= SAVED_MIN_BYTES) {
        WARN(telling, "channels-alike",
             _("has the same on both channels; saved as mono it takes %lld MB less of the disk"),
             (long long)(probe->frames * SAMPLE_BYTES / MEGABYTE));
    }
}

/* The example's kinds of which it is certain what they hold. */
static enum probe_content content_of_kind(const char *kind)
{
    static const char *const spoken[] = {"chuyen-muc", "tin",     "bai",       "phong-su",
                                         "phong-van",  "hoi-dap", "thong-bao", "khan-cap"};
    static const char *const sung[] = {"nhac-hieu", "ca-nhac"};
    for (size_t i = 0; i < ARRAY_LEN(spoken); i++) {
        if (strcmp(kind, spoken[i]) == 0) {
            return PROBE_SPEECH;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(sung); i++) {
        if (strcmp(kind, sung[i]) == 0) {
            return PROBE_MUSIC;
        }
    }
    return PROBE_UNKNOWN;
}

static void tell_content(const struct telling *telling)
{
    enum probe_content filed = content_of_kind(telling->kind);
    enum probe_content heard = telling->probe->content;
    if (filed == PROBE_SPEECH && heard == PROBE_MUSIC) {
        WARN(telling, "content", _("sounds like music and is filed as %s; check its kind"),
             telling->kind);
    } else if (filed == PROBE_MUSIC && heard == PROBE_SPEECH) {
        WARN(telling, "content", _("sounds like speech and is filed as %s; check its kind"),
             telling->kind);
    }
}

void probe_tell(const struct probe *probe, const char *file, const char *code, const char *kind,
                struct findings *findings)
{
    const struct telling telling = {probe, file, code, kind, findings};
    tell_level(&telling);
    tell_silence(&telling);
    tell_channels(&telling);
    tell_content(&telling);
}
