/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_OPUS_BLOCK_H
#define PLAYOUT_OUTPUTS_OPUS_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * Opus, a packet for each block of 20 ms: for RTP, and behind stream_encoder.h for what is streamed
 * or kept. Variable bit rate; complexity 5 of the application "audio": at 32 kb/s a fifth of the
 * cost of 10, and a third of that of "voip". Stereo whose sides have been the same for 240 ms is
 * coded as mono, at half the work, until they differ; the decoder makes stereo of it again.
 *
 * Threads  one at a time.
 */
struct opus_block;

enum { OPUS_BLOCK_BYTES_MAX = 1275, OPUS_BLOCK_MONO_BLOCKS = 12 };

/* channels: 1 or 2. Given to the caller. NULL: out of memory. */
MUST_CHECK struct opus_block *opus_block_create(int bitrate_bps, int channels);
struct opus_block *opus_block_destroy(struct opus_block *opus); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct opus_block, opus_block_destroy)

/* Go on as another of the same settings would. */
void opus_block_copy(struct opus_block *opus, const struct opus_block *from);
/* Go on as one that has heard nothing yet. */
void opus_block_restart(struct opus_block *opus);
/* The next packet can be decoded by one who has not heard those before. */
void opus_block_join(struct opus_block *opus);

/* 960 frames, interleaved, of as many channels, into at most n bytes; returns how many it became;
 * 0: it could not be. */
size_t opus_block_encode(struct opus_block *opus, const float *frames, uint8_t *out, size_t n);

#endif
