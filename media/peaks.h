/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_PEAKS_H
#define MEDIA_PEAKS_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * The waveform of a prepared copy, to be drawn: the binary format of the BBC's audiowaveform,
 * version 2 (doc/DataFormat.md there). All values are little-endian:
 *
 *     int32   version, 2
 *     uint32  flags, 0: 16 bit
 *     int32   samples a second, 48000
 *     int32   frames a pixel, 256
 *     uint32  pixels
 *     int32   channels, 1 or 2
 *     int16   of each pixel, for each channel: its least and its highest sample, 32768 being 1.0
 *
 * The last pixel may stand for fewer frames. Peaks are for looking at: whatever fails
 * leaves a recording without them, and nothing else. Private to media; one thread.
 */
struct peaks;

enum { PEAKS_FRAMES = 256, PEAKS_CHANNELS = 2 };

/* fd is an empty file and is taken, even on failure. NULL: out of memory. */
MUST_CHECK struct peaks *peaks_create(int fd, int channels);
struct peaks *peaks_destroy(struct peaks *peaks); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct peaks, peaks_destroy)

/* One pixel: n samples of each channel, 1..PEAKS_FRAMES; of mono `right` is not read. */
void peaks_add(struct peaks *peaks, const float *left, const float *right, size_t n);

/* Complete the header and bring the file to disk. Negative errno of the first that failed. */
MUST_CHECK int peaks_finish(struct peaks *peaks);

#endif
