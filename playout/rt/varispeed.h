/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_VARISPEED_H
#define PLAYOUT_RT_VARISPEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * Sound played a trace faster or slower, so that a device whose clock runs differently from the
 * radio's keeps to the radio's time. At the speed 1 and on a whole frame what comes out is what
 * went in, bit for bit; the speed may change at any call without a click, because the place in
 * the sound goes on from where it was.
 *
 * Band-limited interpolation (J. O. Smith, "Digital Audio Resampling Home Page", CCRMA, the
 * section on theory of operation): each frame is the sum of VARISPEED_TAPS neighbours times
 * sinc(x) under a Kaiser window (J. F. Kaiser and R. W. Schafer, "On the use of the I0-sinh
 * window for spectrum analysis", 1980), w(x) = I0(b sqrt(1 - (x/h)^2)) / I0(b), b = 10, h half
 * the taps. The kernel is tabled at VARISPEED_PHASES places between two frames and interpolated
 * between them in a straight line. Speeds stay within 500 ppm of 1, so the cutoff is
 * half the frame rate itself. A sine up to 10 kHz keeps at least 100 dB above all that is added.
 *
 * Units    stereo frames: two floats each; speed: frames consumed for one made.
 * Threads  one per struct varispeed; a table may be shared once it is made.
 */
enum {
    VARISPEED_TAPS = 48,
    VARISPEED_AHEAD = VARISPEED_TAPS / 2 + 1, /* frames taken in before the first comes out */
    VARISPEED_PHASES = 512,
    VARISPEED_CHUNK = 256, /* the most frames made by one call */
    VARISPEED_NEED_MAX = VARISPEED_CHUNK + 2,
};

struct varispeed_table {
    float taps[VARISPEED_PHASES + 1][VARISPEED_TAPS];
};
void varispeed_table_init(struct varispeed_table *table);

struct varispeed {
    float history[2 * VARISPEED_TAPS]; /* the place is on, or after, frame TAPS / 2 - 1 of it */
    uint32_t phase;                    /* how far after, in 2^-32 frames */
};

/* Begin: ahead are the first VARISPEED_AHEAD frames; before them there was silence. */
void varispeed_begin(struct varispeed *speed, const float *ahead) RT_SAFE;

/* A speed as a step in 2^-32 frames; within 500 ppm of 1. */
uint64_t varispeed_step(double speed) RT_SAFE;

/* How many frames must be handed over for n to come out; at most n + 2. */
size_t varispeed_need(const struct varispeed *speed, uint64_t step, size_t n) RT_SAFE;

/* Make n frames, at most VARISPEED_CHUNK, of exactly as many as varispeed_need() says. */
void varispeed_run(struct varispeed *speed, const struct varispeed_table *table, uint64_t step,
                   const float *in, float *out, size_t n) RT_SAFE;

/* The step with which n frames end on a whole frame, if that differs from the speed 1 by no more
 * than `most`, and 0 otherwise. After the frames were made with it, varispeed_land(). */
uint64_t varispeed_landing_step(const struct varispeed *speed, size_t n, double most) RT_SAFE;
void varispeed_land(struct varispeed *speed) RT_SAFE;

/* The step for the next n frames at the speed 1 + change. Without a change the place goes back to
 * a whole frame, by at most 20 ppm, on which sound is left as it is; *ret_lands: it has come there
 * once these are made, and varispeed_land() is due. */
uint64_t varispeed_choose(const struct varispeed *speed, double change, size_t n,
                          bool *ret_lands) RT_SAFE;

#endif
