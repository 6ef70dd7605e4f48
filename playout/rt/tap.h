/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_TAP_H
#define PLAYOUT_RT_TAP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/frames.h"
#include "base/ring.h"

/*
 * Where the mixer takes a recording's frames from: the reading end of a ring that a
 * worker fills ahead of time. Every pull names the frame of the recording it wants, so
 * that sound which comes too late is thrown away and never played late.
 *
 * Threads: the worker writes the ring and the state; the mixer pulls.
 */
enum tap_state {
    TAP_OPENING,
    TAP_READY,  /* the first frames are in the ring */
    TAP_FAILED, /* nothing will come after what the ring holds */
};

struct tap {
    struct ring ring; /* items are frames of `channels` floats */
    int channels;
    _Atomic int state;
    int64_t head; /* mixer: the recording's frame that the ring's next one is */
    float block[AIR_BLOCK_FRAMES * AIR_CHANNELS]; /* mixer: what the last pull took */
};

/* memory: capacity × channels floats, borrowed; capacity a power of two. The first frame
 * that will be written is frame `head` of the recording. */
void tap_init(struct tap *tap, float *memory, size_t capacity, int channels, int64_t head);

/* Take n (at most AIR_BLOCK_FRAMES) frames from frame `at` of the recording into
 * tap->block, silence for what is not there. Returns how many were there. */
size_t tap_pull(struct tap *tap, int64_t at, size_t n) RT_SAFE;

enum tap_state tap_state(const struct tap *tap) RT_SAFE;

#endif
