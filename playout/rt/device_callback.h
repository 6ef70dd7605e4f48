/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_DEVICE_CALLBACK_H
#define PLAYOUT_RT_DEVICE_CALLBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "playout/rt/device_clock.h"
#include "playout/rt/device_feed.h"
#include "playout/rt/varispeed.h"

/*
 * The whole of what happens when a sound device asks for samples: each line's feed is
 * read into the channels that carry the line; the other channels are silent.
 *
 * Every frame is heard when it is due, as far as the device's latency is known, so that devices
 * sound together and one that comes back joins at the right place. A lane begins on the frame that
 * is due, once the ring holds it and all that this call wants; what was due before is thrown away.
 * From then on the speed keeps it there (device_clock.h). When the ring runs dry, or sound is off
 * by more than 100 ms, the missing frames are silence and are counted, or the
 * late ones are thrown away and counted: lateness never adds up.
 *
 * What the mixer began with may be due too soon to be heard anywhere: of the frames before the
 * first that is heard, 150 ms are not counted as lost.
 *
 * Threads: the device's; device_deck_init() before there is one.
 */
struct device_lane {
    struct device_feed *feed;
    bool begun; /* has sounded once */
    bool sounding;
    size_t n_uncounted; /* frames that were thrown away before it had begun */
    struct drift_servo servo;
    struct varispeed speed;
};

struct device_deck {
    struct device_lane *lanes; /* n_lanes; borrowed */
    size_t n_lanes;
    size_t n_channels;
    int64_t latency_ns; /* from the call until what it makes is heard */
    struct device_clock clock;
    const struct varispeed_table *table; /* borrowed */
};

/* feeds: one a lane. */
void device_deck_init(struct device_deck *deck, struct device_lane *lanes,
                      struct device_feed *feeds, size_t n_lanes, size_t n_channels,
                      const struct varispeed_table *table);

/* Fill out: n_frames × n_channels floats, interleaved; now_ns: CLOCK_MONOTONIC. */
void device_callback(struct device_deck *deck, float *out, size_t n_frames, int64_t now_ns) RT_SAFE;

#endif
