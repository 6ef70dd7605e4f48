/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_DEVICE_CALLBACK_H
#define PLAYOUT_RT_DEVICE_CALLBACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/ring.h"

/*
 * The whole of what happens when a sound device asks for samples: each line's ring is
 * read into the channels that carry the line; the other channels are silent.
 *
 * A feed begins to sound when its ring first holds prefill_frames. When the ring runs
 * dry, the missing frames are silence and are counted, and the feed waits until
 * prefill_frames are there again: one gap instead of a stutter. When more than
 * limit_frames lie in wait (the device is slower than the clock), the oldest are
 * thrown away down to prefill_frames and counted, so that lateness never adds up.
 *
 * Threads: device_callback() on the device's thread; counters may be read anywhere.
 */
struct device_feed {
    struct ring ring; /* stereo frames, two floats each */
    size_t left;      /* device channel from 0 */
    size_t right;     /* equal to left: both sides, halved, go into one channel */
    size_t prefill_frames;
    size_t limit_frames;
    bool begun; /* has sounded once */
    bool sounding;
    _Atomic uint64_t n_underruns;
    _Atomic uint64_t frames_padded;  /* silence in the place of frames that were not there */
    _Atomic uint64_t frames_skipped; /* thrown away because they came too late to be played */
};

/* Fill out: n_frames × n_channels floats, interleaved. */
void device_callback(struct device_feed *const *feeds, size_t n_feeds, float *out,
                     size_t n_channels, size_t n_frames) RT_SAFE;

#endif
