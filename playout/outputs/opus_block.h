/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_OPUS_BLOCK_H
#define PLAYOUT_OUTPUTS_OPUS_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * Opus for RTP, a packet for each block of 20 ms. Streams, which go in larger steps and join
 * programmes differently, have an encoder of their own (playout/outputs/stream_encoder.h).
 * Complexity 5 of the application "audio": at 32 kb/s a fifth of the cost of 10, and a third of
 * that of "voip".
 *
 * Threads  one at a time.
 */
struct opus_block;

enum { OPUS_BLOCK_BYTES_MAX = 1275 };

/* channels: 1 or 2. Given to the caller. NULL: out of memory. */
MUST_CHECK struct opus_block *opus_block_create(int bitrate_bps, int channels);
struct opus_block *opus_block_destroy(struct opus_block *opus); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct opus_block, opus_block_destroy)

/* Go on as another of the same settings would. */
void opus_block_copy(struct opus_block *opus, const struct opus_block *from);

/* 960 frames, interleaved, of as many channels, into at most n bytes; returns how many it became;
 * 0: it could not be. */
size_t opus_block_encode(struct opus_block *opus, const float *frames, uint8_t *out, size_t n);

#endif
