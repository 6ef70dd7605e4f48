/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_MIX_H
#define PLAYOUT_RT_MIX_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * The sums of the mixer. A block is interleaved stereo floats, full scale [-1, 1].
 *
 * Every gain is a straight line over the block grid of 20 ms: its value at frame i of
 * the grid block is at0 + step * i. Whoever mixes only a part of a block (an item
 * starts inside it, or a render begins there) passes the part's place in the block,
 * and gets the same bits as if the whole had been mixed at once.
 *
 * Threads: any; nothing is kept between calls.
 */
struct mix_gain {
    float at0;
    float step;
};

/* block += frames × gain, for n frames whose first is frame `first` of the grid block.
 * channels 1: the sample goes to both sides; 2: left, right. */
void mix_add(float *restrict block, const float *restrict frames, int channels, size_t first,
             size_t n, struct mix_gain gain) RT_SAFE;

/* block ×= gain */
void mix_scale(float *block, size_t first, size_t n, struct mix_gain gain) RT_SAFE;

/* How loud a block is, over both sides. */
struct mix_level {
    float peak;        /* largest magnitude, linear */
    float mean_square; /* of all samples */
};
struct mix_level mix_measure(const float *block, size_t n) RT_SAFE;

/*
 * A recording's own gain over the time it is on: `gain` linear, rising over its first
 * in_frames and falling over its last out_frames. Frame k of a fade over n has the
 * share (k + 0.5) / n, so that neither end is a full step and a fade-out over a
 * fade-in adds up to 1.
 */
struct mix_fade {
    float gain;
    int64_t n_frames; /* how long it is on, in all */
    int64_t in_frames;
    int64_t out_frames; /* in + out are at most n_frames */
};

/* Add frames at..at+n of what is on (0: its first), as mix_add(). */
void mix_add_faded(float *restrict block, const float *restrict frames, int channels, size_t first,
                   size_t n, int64_t at, const struct mix_fade *fade) RT_SAFE;

/*
 * A level that changes at a frame: 20 ms from the old gain to the new, linear. Equal
 * `from` and `to` is a level that stands.
 */
struct mix_step {
    float from;
    float to;
    int64_t start_frame;
    int64_t n_frames; /* > 0 */
};

/* Scale n frames of which the first is air frame `frame` and frame `first` of its grid block. */
void mix_scale_step(float *block, size_t first, size_t n, int64_t frame,
                    const struct mix_step *step) RT_SAFE;

#endif
