/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_AIR_COPY_H
#define MEDIA_AIR_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * A prepared copy, read for the air: 48 kHz, 24 bit, 1 or 2 channels, as
 * media/import.h wrote it. Opening and reading touch the disk, so they belong in a
 * worker ahead of time, never where sound is made.
 *
 * Units   frames of 48 kHz, from 0. Samples are interleaved floats, full scale
 *         [-1, 1), exactly the 24-bit values; no gain is applied.
 * Errors  Negative errno and a sentence that names the file: -ENOENT it is gone,
 *         -EBADMSG it is not what the library's row says (rate, channels, length), -EIO …
 * Threads A copy belongs to one thread at a time; different copies to any.
 */
struct air_copy;

/*
 * Open the copy that a row names by its hash; `channels` and `frames` are the row's.
 * Given to the caller: air_copy_close().
 */
MUST_CHECK int air_copy_open(const char *station_dir, const char *air_sha256, int channels,
                             int64_t frames, struct air_copy **ret_copy, struct fault *reterr);
struct air_copy *air_copy_close(struct air_copy *copy); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct air_copy, air_copy_close)

int air_copy_channels(const struct air_copy *copy);
int64_t air_copy_frames(const struct air_copy *copy);

/* Go to a frame, 0..frames; the next read starts there. -ERANGE beyond. */
MUST_CHECK int air_copy_seek(struct air_copy *copy, int64_t frame, struct fault *reterr);

/* Read the next n_frames into out (n_frames × channels floats). *ret_n is how many were
 * read: fewer than asked only at the end, 0 there. -EBADMSG if the file ends earlier. */
MUST_CHECK int air_copy_read(struct air_copy *copy, float *out, size_t n_frames, size_t *ret_n,
                             struct fault *reterr);

#endif
