/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/device_callback.h"

#include <string.h>

enum { CHUNK_FRAMES = 256 };

static void count(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* Put one chunk of a feed into its channels; returns how many frames there were. */
static size_t feed_chunk(struct device_feed *feed, float *out, size_t n_channels, size_t n)
{
    float frames[2 * CHUNK_FRAMES];
    size_t taken = ring_read(&feed->ring, frames, n);
    if (feed->left == feed->right) {
        for (size_t i = 0; i < taken; i++) {
            out[i * n_channels + feed->left] = 0.5f * (frames[2 * i] + frames[2 * i + 1]);
        }
    } else {
        for (size_t i = 0; i < taken; i++) {
            out[i * n_channels + feed->left] = frames[2 * i];
            out[i * n_channels + feed->right] = frames[2 * i + 1];
        }
    }
    return taken;
}

static void feed_catch_up(struct device_feed *feed)
{
    float frames[2 * CHUNK_FRAMES];
    size_t waiting = ring_readable(&feed->ring);
    if (waiting <= feed->limit_frames) {
        return;
    }
    for (size_t left = waiting - feed->prefill_frames; left > 0;) {
        size_t taken = ring_read(&feed->ring, frames, left < CHUNK_FRAMES ? left : CHUNK_FRAMES);
        count(&feed->frames_skipped, taken);
        left -= taken;
    }
}

static void feed_run(struct device_feed *feed, float *out, size_t n_channels, size_t n_frames)
{
    if (!feed->sounding) {
        feed->sounding = ring_readable(&feed->ring) >= feed->prefill_frames;
        if (!feed->sounding) {
            count(&feed->frames_padded, feed->begun ? n_frames : 0);
            return;
        }
        feed->begun = true;
    }
    feed_catch_up(feed);
    for (size_t done = 0; done < n_frames;) {
        size_t n = n_frames - done < CHUNK_FRAMES ? n_frames - done : CHUNK_FRAMES;
        size_t taken = feed_chunk(feed, out + done * n_channels, n_channels, n);
        done += taken;
        if (taken < n) {
            count(&feed->n_underruns, 1);
            count(&feed->frames_padded, n_frames - done);
            feed->sounding = false;
            return;
        }
    }
}

void device_callback(struct device_feed *const *feeds, size_t n_feeds, float *out,
                     size_t n_channels, size_t n_frames)
{
    memset(out, 0, n_frames * n_channels * sizeof *out);
    for (size_t i = 0; i < n_feeds; i++) {
        feed_run(feeds[i], out, n_channels, n_frames);
    }
}
