/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_BLOCKS_H
#define PLAYOUT_OUTPUTS_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/frames.h"
#include "station/line_set.h"

struct fault;
struct hush;

/*
 * What the mixer carries, as whole blocks of 20 ms by programme, on its way to a thread that
 * encodes: a hub of outputs that share work. Lines that carry the same samples in a block are
 * one group of it, so that encoding costs by programme and not by line.
 *
 * The mixer hands over parts of blocks, and lines may change programme within a block; here the
 * parts are put together, and the groups split where that is needed. A line that is hushed
 * (playout/rt/hush.h) goes over to a group of its own kind while it is.
 *
 * Units   frames of 48 kHz, stereo: interleaved floats.
 * Threads blocks_carry() by the mixer's; blocks_take() by one worker; blocks_n_lost() by any.
 */
struct blocks;

struct block_sound {
    bool silent; /* every sample is 0 */
    float frames[AIR_BLOCK_FRAMES * AIR_CHANNELS];
};

struct block_taken {
    int64_t frame;  /* of the first sample; on the grid of AIR_BLOCK_FRAMES */
    int64_t due_ns; /* CLOCK_MONOTONIC at which it is to be heard */
    /* Counts up with every block whose groups, or the lines in them, are others than those of
     * the block that was taken before; from 1. */
    uint64_t generation;
    size_t n_groups;
    const uint32_t
        *first; /* n_groups + 1: group g has lines[first[g]] .. lines[first[g + 1] - 1] */
    const uint32_t *lines; /* ascending in a group; the groups of a block by their lowest line */
    struct block_sound *groups;
};

/*
 * For these lines of n_lines; the mixer may be about `depth` blocks ahead of the worker (as long
 * as not more than 64 different programmes are on). hushes: one a line, borrowed; NULL: none.
 * Given to the caller: blocks_destroy(). -ENOMEM.
 */
MUST_CHECK int blocks_create(size_t n_lines, struct line_set lines, size_t depth,
                             const struct hush *hushes, struct blocks **ret_blocks,
                             struct fault *reterr);
struct blocks *blocks_destroy(struct blocks *blocks); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct blocks, blocks_destroy)

/* [mixer] n frames that these lines carry (indices, ascending; those that are not this hub's are
 * passed over). They do not cross the grid, and every line is handed every frame, in the order of
 * time; due_ns is of the first of them. May allocate when lines change programme; never waits. */
void blocks_carry(struct blocks *blocks, const uint32_t *lines, size_t n_lines, int64_t frame,
                  int64_t due_ns, const float *frames, size_t n);

/* [worker] The next whole block, if there is one. What ret_taken points to is borrowed until the
 * next call, and `groups` may be written to. */
MUST_CHECK bool blocks_take(struct blocks *blocks, struct block_taken *ret_taken);

/* [worker] When the next block is to be heard, if one has come (as a whole or in part). */
MUST_CHECK bool blocks_next_due(struct blocks *blocks, int64_t *ret_due_ns);

/* Blocks that the worker was too slow for: lost, for every line. */
uint64_t blocks_n_lost(const struct blocks *blocks);

#endif
