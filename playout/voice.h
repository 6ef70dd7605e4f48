/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_VOICE_H
#define PLAYOUT_VOICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/fault.h"
#include "base/hash.h"
#include "playout/rt/tap.h"
#include "scheduler/plan.h"

/*
 * One planned piece of sound: a stretch of a prepared copy, or a live source, opened and read
 * ahead of the mixer. The mixer sees the tap only. Live, a voice_worker does the opening and
 * filling about a second ahead; offline whoever mixes calls voice_fill() before each
 * block, so that nothing is ever missing.
 *
 * Threads: the fields of `struct voice` belong to whoever fills it, but for the tap
 * (see there), `released`, and `fault`, which the mixer may read once the tap says
 * TAP_FAILED.
 */
struct voice_spec {
    enum item_source source; /* if it is no copy, `target` is all that counts */
    const char *target;      /* of a live source: its address, or device; copied */
    const char *station_dir; /* borrowed for the life of the voice */
    const char *air_sha256;  /* copied */
    int channels;
    int64_t copy_frames;   /* the whole copy */
    int64_t cue_in_frames; /* where in it the recording begins */
    int64_t whole_frames;  /* of the recording; it lies within the copy */
    int64_t offset_frames; /* into the recording: the first that is wanted … */
    int64_t n_frames;      /* … and how many; offset + n is at most whole_frames */
};

enum {
    VOICE_RING_FRAMES = 65536,       /* 1.4 s */
    VOICE_LIVE_RING_FRAMES = 1 << 20 /* 21.8 s: servers begin with a burst, HLS lives on them */
};

/* Where a voice's sound comes from. The functions are called by whoever fills the voice. */
struct voice;
struct voice_source {
    int (*open)(struct voice *voice); /* negative errno with voice->fault: it has failed */
    /* Write into the ring what there is and what fits. */
    int (*fill)(struct voice *voice);
    void (*close)(struct voice *voice); /* also after an open() that failed */
};
extern const struct voice_source VOICE_COPY;  /* voice.c: a prepared copy */
extern const struct voice_source VOICE_RELAY; /* voice_relay.c: an address, by a process */
extern const struct voice_source VOICE_INPUT; /* voice_input.c: a sound device, by a process */

/* For live sources: how much time has passed since the first frame came (first_ns 0: none has). */
void voice_live_passed(struct voice *voice, int64_t first_ns, int64_t now_ns);

struct voice {
    struct tap tap;
    struct fault fault;
    _Atomic bool released; /* the mixer will not touch it again */
    const struct voice_source *source;
    void *state; /* the source's */
    const char *station_dir;
    char air_sha256[HASH_HEX_MAX];
    char *target;
    int64_t copy_frames;
    int64_t from_frame; /* of the copy */
    int64_t n_left;     /* frames still to be read */
    float *memory;
    struct varispeed_table *table; /* of a live source */
};

/* An unopened voice; touches no file. Given to the caller: voice_destroy(). NULL: out of memory. */
struct voice *voice_create(const struct voice_spec *spec);
struct voice *voice_destroy(struct voice *voice); /* NULL is a no-op; returns NULL */

/* Open the copy, read its first frames and say so in the tap's state: TAP_READY or
 * TAP_FAILED. Blocks on the disk. A live source stays TAP_OPENING until sound comes, and does
 * not fail when it ends: it is tried again for as long as the voice lives. */
void voice_open(struct voice *voice);

/* Read on until the ring is full or nothing is left. A failure ends the voice: TAP_FAILED. */
void voice_fill(struct voice *voice);

/* Of a copy: could it be opened? The same checks without making a voice: 0 or air_copy_open()'s
 * error. */
MUST_CHECK int voice_check(const struct voice_spec *spec, struct fault *reterr);

#endif
