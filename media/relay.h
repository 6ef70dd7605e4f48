/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_RELAY_H
#define MEDIA_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * Blocks of sound on their way from one thread to others, in a few buffers that go round:
 * the writer waits for the slowest reader, and no reader waits for another. Private to media.
 *
 *     writer: while ((block = relay_wait_free(relay))) { fill it; relay_put(relay, n_frames); }
 *             relay_put(relay, 0);                            // the end
 *     reader: while ((block = relay_wait_full(relay, reader, &n))) { …; relay_done(relay, reader);
 * }
 *
 * Threads One writer, and one for each reader; relay_stop() and relay_is_stopped() any.
 */
struct relay;

enum { RELAY_FRAMES = 8192, RELAY_READERS_MAX = 2 }; /* a block holds so many frames */

/* channels 1 or 2; n_readers 1..RELAY_READERS_MAX. NULL: out of memory. Given to the caller. */
MUST_CHECK struct relay *relay_create(int channels, int n_readers);
struct relay *relay_destroy(struct relay *relay); /* when no thread uses it; NULL is a no-op */
DEFINE_AUTO(struct relay, relay_destroy)

/* Wait for a block to fill with interleaved floats. NULL: the relay was stopped. */
float *relay_wait_free(struct relay *relay);
/* Hand the block over with n_frames in it, 1..RELAY_FRAMES; 0: there is no more. */
void relay_put(struct relay *relay, size_t n_frames);

/* Wait for the next block. NULL: there is no more, or the relay was stopped. */
const float *relay_wait_full(struct relay *relay, int reader, size_t *ret_n_frames);
/* The block of the last wait is not needed any more by this reader. */
void relay_done(struct relay *relay, int reader);

/* Something failed: from now on every wait returns NULL. */
void relay_stop(struct relay *relay);
bool relay_is_stopped(struct relay *relay);

#endif
