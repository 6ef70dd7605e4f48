/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "playout/aside/device_memory.h"
#include "playout/aside/foreign_frames.h"

/* Whatever the process of a sound device makes of the memory that it shares with the radio, the
 * radio's side of it stays within it, computes nothing that is undefined, and gives sentences. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

enum { N_HEAD = offsetof(struct device_memory, feeds), N_FRAMES = 960 };

/* The indices and counters before the ring, over and over what the input says. */
static void write_over(void *memory, size_t n, const uint8_t *bytes, size_t n_bytes)
{
    for (size_t i = 0; i < n && n_bytes > 0; i++) {
        ((uint8_t *)memory)[i] = bytes[i % n_bytes];
    }
}

static void read_feed(struct device_feed *feed)
{
    float frames[2 * N_FRAMES];
    size_t n = feed_read(feed, frames, N_FRAMES);
    foreign_frames_tame(frames, n);
    for (size_t i = 0; i < 2 * n; i++) {
        if (!(fabsf(frames[i]) <= FOREIGN_PEAK_MAX)) {
            abort();
        }
    }
    if (n > N_FRAMES || feed_readable(feed) > FEED_FRAMES || feed_drop(feed, N_FRAMES) > N_FRAMES) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    static struct device_memory *memory;
    size_t n_all = N_HEAD + sizeof(struct device_feed);
    if (!memory && !(memory = aligned_alloc(64, (n_all + 63) / 64 * 64))) {
        abort();
    }
    size_t n_half = n_bytes / 2;
    float frames[2 * N_FRAMES] = {0};
    uint64_t told = 0;
    struct fault fault = {0};
    struct device_feed *feed = &memory->feeds[0];
    memset(memory, 0, n_all);
    write_over(memory, N_HEAD, bytes, n_half);
    write_over(feed, offsetof(struct device_feed, frames), bytes + n_half, n_bytes - n_half);
    write_over(feed->frames, 4096, bytes, n_bytes);
    if (device_memory_hear(memory, &told, &fault) && (fault.err <= 0 || fault.file[0])) {
        abort();
    }
    int64_t now_ns = INT64_C(1) << 40;
    if (device_memory_age_ns(&memory->beat_ns, now_ns) < 0 ||
        device_memory_age_ns(&memory->newest_ns, now_ns) < 0) {
        abort();
    }
    read_feed(feed);
    feed_push(feed, INT64_C(1) << 56, now_ns, frames, N_FRAMES);
    feed_write(feed, frames, N_FRAMES);
    read_feed(feed);
    return 0;
}
