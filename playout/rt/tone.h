/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_TONE_H
#define PLAYOUT_RT_TONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/frames.h"

/*
 * Sound that is made and not played: a steady tone, and the pips that tell the full hour.
 * Both are functions of the air frame and keep no state, so that whoever joins late, or comes
 * back, is in step, and two machines with the right time sound together.
 *
 * Threads  any.
 */
struct tone {
    int hz;              /* 1 .. AIR_RATE / 2 - 1 */
    float amplitude;     /* of its peaks, linear: 0.1 is -20 dBFS */
    int64_t from_frame;  /* its first air frame … */
    int64_t until_frame; /* … and one past its last; both ends take TONE_EDGE_FRAMES */
};

enum {
    TONE_EDGE_FRAMES = AIR_RATE / 500, /* 2 ms: no click, and still an edge to set a watch by */
};

/* Write n stereo frames, both sides alike, of which the first is air frame `frame`; silence
 * outside the tone's time. */
void tone_make(const struct tone *tone, int64_t frame, float *frames, size_t n) RT_SAFE;

/*
 * Six pips of 1 kHz: five of 0.1 s at the seconds 55 to 59, and one of 0.5 s that begins with
 * the hour, as the Greenwich time signal has them since 1972. The hour is when the last begins.
 */
enum {
    PIPS_HZ = 1000,
    PIPS_N = 6,
    PIPS_SHORT_FRAMES = AIR_RATE / 10,
    PIPS_LONG_FRAMES = AIR_RATE / 2,
    PIPS_BEFORE_FRAMES = 5 * AIR_RATE, /* from the first pip to the hour */
};

/* The full hour (UTC: also that of every zone whose offset is of whole hours) whose pips sound
 * at a frame or are the next to. */
int64_t pips_hour(int64_t frame);
/* Write n stereo frames, of which the first is air frame `frame`, of the pips of that hour. */
void pips_make(int64_t hour_frame, float amplitude, int64_t frame, float *frames, size_t n) RT_SAFE;

#endif
