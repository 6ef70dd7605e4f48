/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/tap.h"

#include <string.h>

void tap_init(struct tap *tap, float *memory, size_t capacity, int channels, int64_t head)
{
    ring_init(&tap->ring, memory, (size_t)channels * sizeof *memory, capacity);
    tap->channels = channels;
    atomic_init(&tap->state, TAP_OPENING);
    tap->head = head;
    tap->is_live = false;
}

void tap_init_live(struct tap *tap, float *memory, size_t capacity,
                   const struct varispeed_table *table)
{
    tap_init(tap, memory, capacity, AIR_CHANNELS, 0);
    tap->is_live = true;
    tap->is_begun = false;
    tap->is_waiting = false;
    tap->is_flowing = false;
    tap->table = table;
    atomic_init(&tap->passed_frames, 0);
}

bool tap_live_has_sound(const struct tap *tap)
{
    return ring_readable(&tap->ring) >= TAP_LIVE_FRAMES;
}

/* Let what time has passed go by, but for what is kept. */
static void tap_let_pass(struct tap *tap, int64_t n_passed)
{
    size_t readable = ring_readable(&tap->ring);
    size_t spare = readable > TAP_LIVE_FRAMES ? readable - TAP_LIVE_FRAMES : 0;
    size_t left = n_passed < (int64_t)spare ? (size_t)n_passed : spare;
    while (left > 0) {
        size_t taken =
            ring_read(&tap->ring, tap->block, left < AIR_BLOCK_FRAMES ? left : AIR_BLOCK_FRAMES);
        left -= taken;
    }
}

/* From silence to sound: the first frames of all. False: there are not even those. */
static bool tap_begin_flow(struct tap *tap)
{
    float ahead[VARISPEED_AHEAD * AIR_CHANNELS];
    if (tap->is_flowing) {
        return true;
    }
    if (ring_readable(&tap->ring) < VARISPEED_AHEAD ||
        ring_read(&tap->ring, ahead, VARISPEED_AHEAD) < VARISPEED_AHEAD) {
        return false;
    }
    varispeed_begin(&tap->speed, ahead);
    live_pace_begin(&tap->pace, tap->ring.capacity);
    tap->is_flowing = true;
    return true;
}

/* Make n frames; what is missing in the ring is silence. Returns how many were missing. */
static size_t tap_flow_chunk(struct tap *tap, double change, float *out, size_t n)
{
    float in[VARISPEED_NEED_MAX * AIR_CHANNELS];
    bool lands = false;
    uint64_t step = varispeed_choose(&tap->speed, change, n, &lands);
    size_t need = varispeed_need(&tap->speed, step, n);
    size_t taken = ring_read(&tap->ring, in, need);
    memset(in + taken * AIR_CHANNELS, 0, (need - taken) * AIR_CHANNELS * sizeof *in);
    varispeed_run(&tap->speed, tap->table, step, in, out, n);
    if (lands) {
        varispeed_land(&tap->speed);
    }
    return need - taken;
}

/* Returns how many of the n frames are sound. */
static size_t tap_flow(struct tap *tap, size_t n)
{
    if (!tap_begin_flow(tap)) {
        return 0;
    }
    double change = live_pace_run(&tap->pace, ring_readable(&tap->ring), n);
    size_t n_missing = 0;
    for (size_t done = 0; done < n;) {
        size_t part = n - done < VARISPEED_CHUNK ? n - done : VARISPEED_CHUNK;
        n_missing += tap_flow_chunk(tap, change, tap->block + done * AIR_CHANNELS, part);
        done += part;
    }
    tap->is_flowing = n_missing == 0; /* what was taken ahead has sounded before the silence */
    n_missing = n_missing > VARISPEED_AHEAD ? n_missing - VARISPEED_AHEAD : 0;
    return n_missing < n ? n - n_missing : 0;
}

static size_t tap_pull_live(struct tap *tap, int64_t at, size_t n)
{
    int64_t n_passed = tap->is_begun
                           ? at - tap->head
                           : atomic_load_explicit(&tap->passed_frames, memory_order_relaxed);
    if (n_passed > 0) {
        tap_let_pass(tap, n_passed);
        tap->is_flowing = false;
    }
    tap->is_begun = true;
    tap->is_waiting = tap->is_waiting && !tap_live_has_sound(tap);
    size_t taken = tap->is_waiting ? 0 : tap_flow(tap, n);
    memset(tap->block + taken * AIR_CHANNELS, 0, (n - taken) * AIR_CHANNELS * sizeof *tap->block);
    tap->is_waiting = tap->is_waiting || !tap->is_flowing;
    tap->head = at + (int64_t)n;
    return taken;
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
    if (tap->is_live) {
        return tap_pull_live(tap, at, n);
    }
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
