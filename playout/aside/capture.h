/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ASIDE_CAPTURE_H
#define PLAYOUT_ASIDE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * Sound that comes in by a device: a microphone, a line in, a tuner. A process of its own
 * records it into memory that it shares with the radio, so that a driver which hangs or crashes
 * costs this sound only. A device that is missing, or goes, is tried again, every second at
 * first and every ten seconds later; a process that ends is started again within a second.
 *
 *     capture_open("default", NULL, 0, &capture, &fault);
 *     about ten times a second:    capture_tend(capture, &fault)        [control]
 *     when the sound begins:       capture_keep_newest(capture, 4800)   [reader]
 *     each block:                  capture_read(capture, frames, 960)   [reader]
 *
 * What is read follows on what was read before without a gap, except after a loss that the stats
 * count. Nobody paces the reader: less than was asked for means that there is not more yet. While
 * nobody reads, the newest 1.3 s are kept at most and the rest counts as lost; so a reader that
 * begins, or was held up, first lets go of what is old by capture_keep_newest().
 *
 * The device has a clock of its own, so what is readable grows or shrinks by some frames a minute
 * for a reader that takes 48,000 a second by the radio's: playout/rt/live_pace.h keeps a reserve by
 * it.
 *
 * Units    frames of 48 kHz, stereo: interleaved floats in [-1, 1]; a mono device is on both sides.
 * Threads  capture_read(), capture_keep_newest() and capture_readable() by one thread, the
 * reader's; capture_get_stats() by any; the rest by the control thread, which must live as long as
 *          the capture (the process ends with the thread that started it).
 */
struct capture;

struct capture_stats {
    uint64_t frames_recorded; /* by the device, since it was opened first */
    uint64_t frames_lost;     /* not read in time, or not delivered by the driver */
    double drift_ppm;         /* how much faster the device is than CLOCK_MONOTONIC; 0: not known */
    int64_t newest_ns;        /* CLOCK_MONOTONIC when frames came last; 0: never */
    bool live;                /* frames come in at present: the last not 500 ms ago */
};

/*
 * Begin to record. device: `default`, or as a line names it (playout/outputs/device.h); channels:
 * which of its channels, from 1, as a station file counts them; two, or one that goes to both
 * sides; n_channels 0: the first two, or the only one. Both are copied. Returns at once: a device
 * that is not there is told by capture_tend(). Given to the caller: capture_close().
 * -ENOMEM, -EINVAL (a name that is too long), or why there is no shared memory.
 */
MUST_CHECK int capture_open(const char *device, const int *channels, size_t n_channels,
                            struct capture **ret_capture, struct fault *reterr);
struct capture *capture_close(struct capture *capture); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct capture, capture_close)

/* [control] Start the process again if it has ended. True: something has gone wrong since the
 * last call, and *ret_fault says what; each trouble is told once, until it is over. */
bool capture_tend(struct capture *capture, struct fault *ret_fault);

/* [reader] Copy out up to n frames; returns how many there were. */
MUST_CHECK size_t capture_read(struct capture *capture, float *frames, size_t n) RT_SAFE;
size_t capture_readable(const struct capture *capture) RT_SAFE;
/* [reader] Let go of what is older than the newest n frames. */
void capture_keep_newest(struct capture *capture, size_t n) RT_SAFE;

void capture_get_stats(const struct capture *capture, struct capture_stats *ret_stats);

#endif
