/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_DECIMATE_H
#define PLAYOUT_OUTPUTS_DECIMATE_H

#include <stdint.h>

#include "base/frames.h"

/*
 * 48 kHz down to a whole fraction of it, as telephone codecs want it: the same number of samples
 * for every block, at once, and later than the sound by half the filter: 4 ms at 8 kHz, 2 ms at
 * 16 kHz. What the lower rate cannot carry is 70 dB below the rest.
 *
 * A low pass of the form sin(x)/x under Blackman's window: h(k) = sin(2πf(k-m)) / π(k-m) × w(k)
 * with m the middle, f the cut-off in cycles a frame, and
 * w(k) = 0.42 - 0.5 cos(2πk/(n-1)) + 0.08 cos(4πk/(n-1)).
 *
 * Threads  one at a time. The state is plain memory and may be copied.
 */
enum { DECIMATE_TAPS_MAX = 384, DECIMATE_BEFORE = DECIMATE_TAPS_MAX - 1 };

struct decimator {
    int factor; /* 3 or 6 */
    int n_taps;
    float taps[DECIMATE_TAPS_MAX];
    float frames[DECIMATE_BEFORE + AIR_BLOCK_FRAMES]; /* what came before, and the block */
};

void decimator_init(struct decimator *decimator, int factor);

/* One block, mono, into 960 / factor samples of 16 bits. */
void decimator_run(struct decimator *decimator, const float *frames, int16_t *out);

#endif
