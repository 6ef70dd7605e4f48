/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_MIC_H
#define PLAYOUT_MIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "station/line_set.h"

struct fault;

/*
 * An open microphone: a person speaks live over lines, and what they carry is ducked under the
 * voice, or silent, for as long as it is open. Nothing listens for speech: the gains follow the
 * opening and the closing and nothing else.
 *
 * Gains. On a line, d is the gain of what lies beneath (`bed_gain` while the microphone is open, 1
 * otherwise), which moves in straight lines, over MIC_ATTACK_FRAMES to it and over
 * MIC_RELEASE_FRAMES back. At every frame
 *
 *     heard = line's level * (d * bed + (1 - d) * c * out * voice)
 *
 * where c is the station's ceiling as a gain and out, which is 1 and falls to 0 over
 * MIC_OUT_FRAMES at the end, is in [0, 1] as d is. The shares d and (1 - d) * out add up to at
 * most 1, so with |voice| <= 1 the sum is at most max(|bed|, c): where the bed keeps to the ceiling
 * the sum does, without a limiter. The same holds between the samples, since what interpolates them
 * is linear, wherever d stands.
 *
 * In the ledger the microphone has its lines to itself: what lies beneath ends as preempted, and
 * another airing of it begins when it is heard alone again (docs/counting.md).
 *
 * Order. Emergencies are over it, planned ones and alerts; when they are over it is heard again.
 * What a line is stopped for ends it there for good, and so do the line's hours, unless it is an
 * emergency itself. It ends where no line is left to it; when its time is over; and when its sound
 * has not come for MIC_PATIENCE_FRAMES.
 *
 * Units   frames of 48 kHz; _us: microseconds UTC. Sound: interleaved stereo floats in [-1, 1].
 * Threads A microphone is made, asked about and destroyed by the control thread; between
 *         engine_open_mic() and the `dropped` of mic_progress() the engine has it.
 */
struct mic;

enum {
    MIC_ID_MAX = 64,   /* with the final zero, as the next */
    MIC_NAME_MAX = 96, /* of the source */
    MIC_TITLE_MAX = 256,
    MIC_KIND_MAX = 64,
    MIC_ATTACK_FRAMES = 4800,   /* 0.1 s */
    MIC_RELEASE_FRAMES = 24000, /* 0.5 s */
    MIC_OUT_FRAMES = 960,       /* 20 ms */
    MIC_RESERVE_FRAMES = 1920,  /* gathered before it is heard, against a device's unevenness … */
    MIC_RESERVE_MAX_FRAMES = 7680, /* … and as much in the end, where that is not enough */
    MIC_PATIENCE_FRAMES = 24000,   /* 0.5 s */
};
static const double MIC_DUCK_MIN_DB = -40;
static const double MIC_DUCK_MAX_DB = -3;

/* Where the voice comes from (playout/aside/capture.h): called where sound is made, by the engine's
 * thread, from the first frame on until `dropped`. */
struct mic_source {
    void *context;
    size_t (*read)(void *context, float *frames, size_t n) RT_SAFE; /* as many as there are */
    size_t (*readable)(const void *context) RT_SAFE;
    void (*keep_newest)(void *context, size_t n) RT_SAFE;
};

struct mic_spec {
    const char *id;   /* copied, as all texts */
    const char *name; /* of the source, as a calendar writes it: "input:micro" */
    const char *title;
    const char *topic;     /* NULL: none */
    int64_t given_us;      /* the command's instant */
    int64_t until_us;      /* it ends by itself */
    double bed_gain;       /* linear, of what lies beneath: 0 .. 1 */
    double voice_gain;     /* linear, c above */
    bool emergency;        /* over programmes outside hours too */
    struct line_set lines; /* copied */
    struct mic_source source;
};

/* Given to the caller: mic_destroy(). -EINVAL, with a sentence: what cannot be; -ENOMEM. */
MUST_CHECK int mic_create(const struct mic_spec *spec, size_t n_lines, struct mic **ret_mic,
                          struct fault *reterr);
struct mic *mic_destroy(struct mic *mic); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct mic, mic_destroy)

const struct mic_spec *mic_spec(const struct mic *mic);

/* Why it has ended. */
enum mic_end {
    MIC_OPEN,    /* it has not */
    MIC_CLOSED,  /* by who opened it */
    MIC_TIME,    /* its time was over */
    MIC_STOPPED, /* its lines were stopped */
    MIC_HOURS,   /* its lines are outside their hours */
    MIC_SILENT,  /* its device gives nothing any more */
    MIC_RADIO,   /* the radio ended */
};

/* How it fares; any thread. */
struct mic_progress {
    int64_t begun_frame; /* first frame in the mix; INT64_MIN: not yet */
    size_t n_lines;      /* that hear it now */
    double peak;         /* linear; falls by 20 dB a second after a peak */
    enum mic_end end;
    bool dropped; /* the engine is done with it, and does not touch it any more */
};
struct mic_progress mic_progress(const struct mic *mic);

#endif
