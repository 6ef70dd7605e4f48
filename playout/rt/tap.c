/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/tap.h"

#include <string.h>

void tap_init(struct tap *tap, float *memory, size_t capacity, int channels, int64_t head)
{
    ring_init(&tap->ring, memory, (size_t)channels * sizeof *memory, capacity);
    tap->channels = channels;
    atomic_init(&tap->state, TAP_OPENING);
    tap->head = head;
}

/* Throw away what should have sounded before frame `at`. */
static void tap_skip(struct tap *tap, int64_t at)
{
    while (tap->head < at) {
        int64_t behind = at - tap->head;
        size_t n = behind < AIR_BLOCK_FRAMES ? (size_t)behind : AIR_BLOCK_FRAMES;
        size_t taken = ring_read(&tap->ring, tap->block, n);
        tap->head += (int64_t)taken;
        if (taken < n) {
            return;
        }
    }
}

size_t tap_pull(struct tap *tap, int64_t at, size_t n)
{
    size_t frame_floats = (size_t)tap->channels;
    tap_skip(tap, at);
    size_t lead = 0; /* frames before the first that was ever asked of the worker */
    if (tap->head > at) {
        lead = (uint64_t)(tap->head - at) < n ? (size_t)(tap->head - at) : n;
    }
    size_t taken = 0;
    if (tap->head == at + (int64_t)lead) {
        taken = ring_read(&tap->ring, tap->block + lead * frame_floats, n - lead);
        tap->head += (int64_t)taken;
    }
    memset(tap->block, 0, lead * frame_floats * sizeof *tap->block);
    memset(tap->block + (lead + taken) * frame_floats, 0,
           (n - lead - taken) * frame_floats * sizeof *tap->block);
    return taken;
}

enum tap_state tap_state(const struct tap *tap)
{
    return (enum tap_state)atomic_load_explicit(&tap->state, memory_order_acquire);
}
