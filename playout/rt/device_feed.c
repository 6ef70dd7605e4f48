/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/device_feed.h"

#include <string.h>

static const uint64_t FRAMES_3_NS = 62500; /* three frames of 48 kHz last exactly so long */

void feed_init(struct device_feed *feed, uint32_t left, uint32_t right)
{
    feed->left = left;
    feed->right = right;
    atomic_init(&feed->n_written, 0);
    atomic_init(&feed->fresh_from, 0);
    atomic_init(&feed->due_zero_ns, 0);
    atomic_init(&feed->frame_zero, 0);
    atomic_init(&feed->frames_pushed, 0);
    atomic_init(&feed->frames_dropped, 0);
    hush_init(&feed->hush);
    atomic_init(&feed->n_read, 0);
    atomic_init(&feed->n_underruns, 0);
    atomic_init(&feed->frames_padded, 0);
    atomic_init(&feed->frames_skipped, 0);
}

/* At most what the ring holds, whatever the other side has made of its index. */
static size_t waiting(uint64_t written, uint64_t read)
{
    uint64_t n = written - read;
    return n <= FEED_FRAMES ? (size_t)n : FEED_FRAMES;
}

void feed_write(struct device_feed *feed, const float *frames, size_t n)
{
    uint64_t written = atomic_load_explicit(&feed->n_written, memory_order_relaxed);
    uint64_t read = atomic_load_explicit(&feed->n_read, memory_order_acquire);
    size_t room = FEED_FRAMES - waiting(written, read);
    size_t n_now = n < room ? n : room;
    size_t start = (size_t)written & (FEED_FRAMES - 1);
    size_t first = FEED_FRAMES - start < n_now ? FEED_FRAMES - start : n_now;
    memcpy(feed->frames + 2 * start, frames, first * 2 * sizeof *frames);
    memcpy(feed->frames, frames + 2 * first, (n_now - first) * 2 * sizeof *frames);
    atomic_store_explicit(&feed->n_written, written + n_now, memory_order_release);
    feed_add(&feed->frames_pushed, n);
    feed_add(&feed->frames_dropped, n - n_now);
}

void feed_push(struct device_feed *feed, int64_t frame, int64_t due_ns, const float *frames,
               size_t n)
{
    uint64_t written = atomic_load_explicit(&feed->n_written, memory_order_relaxed);
    uint64_t read = atomic_load_explicit(&feed->n_read, memory_order_acquire);
    if (waiting(written, read) < FEED_FRAMES) {
        /* Unsigned, because the other side may have made any index of it. */
        int64_t frame_zero = (int64_t)((uint64_t)frame - written);
        uint64_t since_zero_ns = written / 3 * FRAMES_3_NS + written % 3 * FRAMES_3_NS / 3;
        if (frame_zero != atomic_load_explicit(&feed->frame_zero, memory_order_relaxed)) {
            atomic_store_explicit(&feed->fresh_from, written, memory_order_relaxed);
            atomic_store_explicit(&feed->frame_zero, frame_zero, memory_order_relaxed);
        }
        atomic_store_explicit(&feed->due_zero_ns, (int64_t)((uint64_t)due_ns - since_zero_ns),
                              memory_order_relaxed);
    }
    feed_write(feed, frames, n);
}

size_t feed_readable(const struct device_feed *feed)
{
    uint64_t written = atomic_load_explicit(&feed->n_written, memory_order_acquire);
    return waiting(written, atomic_load_explicit(&feed->n_read, memory_order_acquire));
}

size_t feed_read(struct device_feed *feed, float *frames, size_t n)
{
    uint64_t read = atomic_load_explicit(&feed->n_read, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&feed->n_written, memory_order_acquire);
    size_t supply = waiting(written, read);
    n = n < supply ? n : supply;
    size_t start = (size_t)read & (FEED_FRAMES - 1);
    size_t first = FEED_FRAMES - start < n ? FEED_FRAMES - start : n;
    memcpy(frames, feed->frames + 2 * start, first * 2 * sizeof *frames);
    memcpy(frames + 2 * first, feed->frames, (n - first) * 2 * sizeof *frames);
    atomic_store_explicit(&feed->n_read, read + n, memory_order_release);
    return n;
}

size_t feed_drop(struct device_feed *feed, size_t n)
{
    size_t supply = feed_readable(feed);
    n = n < supply ? n : supply;
    uint64_t read = atomic_load_explicit(&feed->n_read, memory_order_relaxed);
    atomic_store_explicit(&feed->n_read, read + n, memory_order_release);
    return n;
}
