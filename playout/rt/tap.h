/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_TAP_H
#define PLAYOUT_RT_TAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/frames.h"
#include "base/ring.h"
#include "playout/rt/live_pace.h"
#include "playout/rt/varispeed.h"

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
    /* What is live has no frames of its own numbering: the ring's next is what is heard now. */
    bool is_live;
    bool is_begun;          /* mixer: it was pulled from */
    bool is_waiting;        /* mixer: it ran dry, and gathers TAP_LIVE_FRAMES first */
    bool is_flowing;        /* mixer: `speed` holds what comes next */
    struct live_pace pace;  /* mixer */
    struct varispeed speed; /* mixer */
    const struct varispeed_table *table;
    _Atomic int64_t passed_frames; /* worker: since its first frame came; 0: none has come */
    float block[AIR_BLOCK_FRAMES * AIR_CHANNELS]; /* mixer: what the last pull took */
};

/*
 * A live source is pulled as it comes. What was not pulled while time passed (before its time
 * came, or because its lines were taken) is thrown away, as if it had sounded, but for
 * TAP_LIVE_FRAMES, which are kept against the network's unevenness; when it runs dry, nothing
 * sounds until as many have come again. It is played as fast as keeps its reserve
 * (playout/rt/live_pace.h): every frame once and in its order, but for up to 25 where it ran dry.
 *
 * table: borrowed; to be made (varispeed_table_init()) before the first frame is written.
 */
enum { TAP_LIVE_FRAMES = AIR_RATE / 2 };
void tap_init_live(struct tap *tap, float *memory, size_t capacity,
                   const struct varispeed_table *table);
/* Enough has come to begin with. [mixer] */
bool tap_live_has_sound(const struct tap *tap) RT_SAFE;

/* memory: capacity × channels floats, borrowed; capacity a power of two. The first frame
 * that will be written is frame `head` of the recording. */
void tap_init(struct tap *tap, float *memory, size_t capacity, int channels, int64_t head);

/* Take n (at most AIR_BLOCK_FRAMES) frames from frame `at` of the recording into
 * tap->block, silence for what is not there. Returns how many were there. */
size_t tap_pull(struct tap *tap, int64_t at, size_t n) RT_SAFE;

enum tap_state tap_state(const struct tap *tap) RT_SAFE;

#endif
