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

struct air_copy;

/*
 * One planned piece of sound: a stretch of a prepared copy, opened and read ahead of
 * the mixer. The mixer sees the tap only. Live, a voice_worker does the opening and
 * filling about a second ahead; offline whoever mixes calls voice_fill() before each
 * block, so that nothing is ever missing.
 *
 * Threads: the fields of `struct voice` belong to whoever fills it, but for the tap
 * (see there), `released`, and `fault`, which the mixer may read once the tap says
 * TAP_FAILED.
 */
struct voice_spec {
    const char *station_dir; /* borrowed for the life of the voice */
    const char *air_sha256;  /* copied */
    int channels;
    int64_t copy_frames;   /* the whole copy */
    int64_t cue_in_frames; /* where in it the recording begins */
    int64_t whole_frames;  /* of the recording; it lies within the copy */
    int64_t offset_frames; /* into the recording: the first that is wanted … */
    int64_t n_frames;      /* … and how many; offset + n is at most whole_frames */
};

enum { VOICE_RING_FRAMES = 65536 }; /* 1.4 s */

struct voice {
    struct tap tap;
    struct fault fault;
    _Atomic bool released; /* the mixer will not touch it again */
    const char *station_dir;
    char air_sha256[HASH_HEX_MAX];
    int64_t copy_frames;
    int64_t from_frame; /* of the copy */
    int64_t n_left;     /* frames still to be read */
    struct air_copy *copy;
    float *memory;
};

/* An unopened voice; touches no file. Given to the caller: voice_destroy(). NULL: out of memory. */
struct voice *voice_create(const struct voice_spec *spec);
struct voice *voice_destroy(struct voice *voice); /* NULL is a no-op; returns NULL */

/* Open the copy, read its first frames and say so in the tap's state: TAP_READY or
 * TAP_FAILED. Blocks on the disk. */
void voice_open(struct voice *voice);

/* Read on until the ring is full or nothing is left. A failure ends the voice: TAP_FAILED. */
void voice_fill(struct voice *voice);

/* Could it be opened? The same checks without making a voice: 0 or air_copy_open()'s error. */
MUST_CHECK int voice_check(const struct voice_spec *spec, struct fault *reterr);

#endif
