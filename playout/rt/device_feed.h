/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_DEVICE_FEED_H
#define PLAYOUT_RT_DEVICE_FEED_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "playout/rt/hush.h"

/*
 * Frames on their way to a sound device or from one: a ring from one thread to one other, which
 * may live in another process. It holds no pointer, so that it can lie in shared memory, and
 * whatever the other side writes into it, nothing outside of it is touched.
 *
 * Frames are counted from 0 as they enter; the count is their index. What is written towards a
 * device is due at a time: index i is to be heard at due_zero_ns + i × 125000/6 ns of
 * CLOCK_MONOTONIC. When frames are left out (the ring was full, the clock was set), the index
 * goes on, fresh_from is where that happened, and what lies before it is too old to play.
 *
 * Threads  feed_write(), feed_push() by the writer; feed_read(), feed_drop() by the reader; the
 *          rest by any. Counters may be read anywhere.
 */
enum { FEED_FRAMES = 65536 }; /* a power of two; 1.4 s */

struct device_feed {
    uint32_t left;  /* device channel from 0 */
    uint32_t right; /* equal to left: both sides, halved, go into one channel */
    _Alignas(64) _Atomic uint64_t n_written;
    _Atomic uint64_t fresh_from;
    _Atomic int64_t due_zero_ns;
    _Atomic int64_t frame_zero; /* the air frame that has index 0 */
    _Atomic uint64_t frames_pushed;
    _Atomic uint64_t frames_dropped; /* there was no room for them */
    struct hush hush;
    _Alignas(64) _Atomic uint64_t n_read;
    _Atomic uint64_t n_underruns;
    _Atomic uint64_t frames_padded;  /* silence in the place of frames that were not there */
    _Atomic uint64_t frames_skipped; /* thrown away because they came too late to be played */
    _Alignas(64) float frames[FEED_FRAMES * 2];
};

void feed_init(struct device_feed *feed, uint32_t left, uint32_t right);

/* [writer] Queue what there is room for; the rest is dropped and counted. */
void feed_write(struct device_feed *feed, const float *frames, size_t n) RT_SAFE;
/* [writer] The same for n frames of which the first is air frame `frame`, due at due_ns. */
void feed_push(struct device_feed *feed, int64_t frame, int64_t due_ns, const float *frames,
               size_t n) RT_SAFE;

size_t feed_readable(const struct device_feed *feed) RT_SAFE;
/* [reader] Copy out, or let go of, up to n frames; how many there were. */
MUST_CHECK size_t feed_read(struct device_feed *feed, float *frames, size_t n) RT_SAFE;
size_t feed_drop(struct device_feed *feed, size_t n) RT_SAFE;

static inline uint64_t feed_count(const _Atomic uint64_t *counter) RT_SAFE;
static inline void feed_add(_Atomic uint64_t *counter, uint64_t n) RT_SAFE;

static inline uint64_t feed_count(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void feed_add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

#endif
