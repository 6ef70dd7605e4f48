/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_PROBE_H
#define MEDIA_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/hash.h"

struct db;
struct fault;
struct findings;

/*
 * What an import found in a recording by listening to it: measures, and sentences about
 * those that a person should know of. It observes only: nothing of a recording is ever
 * trimmed or changed by it.
 *
 * Units   frames: of 48 kHz, in the prepared copy. How silence is told from sound, and
 *         speech from music, is in media/silence.h and media/content.h; what clipping is, in
 *         media/source_probe.h.
 */
enum probe_content { PROBE_UNKNOWN, PROBE_SPEECH, PROBE_MUSIC };

enum {
    PROBE_FORMAT_MAX = 48,
    PROBE_BALANCE_MAX_DB = 99,
    /* A cue in is proposed after a longer silence, and leaves so much of it before the sound;
     * a cue out likewise. */
    PROBE_CUE_IN_OVER_MS = 700,
    PROBE_CUE_IN_BEFORE_MS = 200,
    PROBE_CUE_OUT_OVER_MS = 1500,
    PROBE_CUE_OUT_AFTER_MS = 500,
};

struct probe {
    char format[PROBE_FORMAT_MAX]; /* for people: "MP3" */
    int source_rate;
    int source_channels;
    int64_t frames;           /* of the copy */
    double loudness_range_lu; /* NAN here and below: too quiet or too short to measure */
    double max_momentary_lufs;
    double max_short_term_lufs;
    int64_t clipped_runs;
    double dc_offset;                /* of the worse channel; 1.0 is full scale */
    int64_t leading_silence_frames;  /* all frames: there is no sound in it */
    int64_t trailing_silence_frames; /* then 0 */
    int64_t n_gaps;                  /* of silence within, 3 s or longer */
    int64_t longest_gap_frames;      /* however short; 0: none */
    int64_t longest_gap_at_frames;
    double balance_db;  /* right over left, at most ±PROBE_BALANCE_MAX_DB; NAN: mono, or silence */
    double correlation; /* -1..1 of the two channels; NAN: mono, or one is silent */
    enum probe_content content;
    int64_t cue_in_frames;  /* proposed; -1: none */
    int64_t cue_out_frames; /* exclusive; -1: none */
};

/* "unknown", "speech", "music" */
const char *probe_content_name(enum probe_content content);

/*
 * Add a warning for each thing that a person should know of, with numbers and what to do:
 * three clipped places and two a minute, an offset of 2 %, silence that a cue is proposed for, a
 * gap of 3 s, a channel that is silent or 30 dB below the other, channels against each other
 * (correlation below -0.5), two channels alike where mono would save 50 MB, and speech or
 * music that is filed as the other. The station's own kinds and tiep-song may hold either.
 * `file` is the recording as its owner knows it; `code` and `kind` its row's.
 */
void probe_tell(const struct probe *probe, const char *file, const char *code, const char *kind,
                struct findings *findings);

/* Keep what was found about an original, in place of what was. One thread: the db's. */
MUST_CHECK int library_write_probe(struct db *db, const char *original_sha256,
                                   const struct probe *probe, struct fault *reterr);

/* 1: read; 0: nothing is kept about that original, which was imported by an older loa. */
MUST_CHECK int library_read_probe(struct db *db, const char *original_sha256,
                                  struct probe *ret_probe, struct fault *reterr);

#endif
