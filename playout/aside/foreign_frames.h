/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ASIDE_FOREIGN_FRAMES_H
#define PLAYOUT_ASIDE_FOREIGN_FRAMES_H

#include <stddef.h>

#include "base/attr.h"

/*
 * Sound from a process that decodes foreign bytes, or holds a foreign driver. It may have crashed,
 * or been taken over by what it decoded, so nothing that it writes is trusted to be whole frames
 * or samples. What is no number, or 12 dB above full scale and more, is silence: one such sample
 * would go on for ever in whatever filters it.
 *
 * Threads: any; none is kept.
 */
#define FOREIGN_PEAK_MAX 4.0f

enum { FOREIGN_FRAME_BYTES = 2 * sizeof(float) };

/* Frames of stereo floats as they come in pieces of any size. All zero: at the beginning of one. */
struct foreign_frames {
    unsigned char part[FOREIGN_FRAME_BYTES]; /* of a frame whose rest is still to come */
    size_t n_part;                           /* bytes; less than a frame */
};

/* Add n_bytes of bytes; what they complete goes into ret_frames, which has room for (n_bytes +
 * FOREIGN_FRAME_BYTES - 1) / FOREIGN_FRAME_BYTES frames. Returns how many there are. */
MUST_CHECK size_t foreign_frames_take(struct foreign_frames *stream, const void *bytes,
                                      size_t n_bytes, float *ret_frames);

/* Silence what cannot be sound, of n stereo frames. */
void foreign_frames_tame(float *frames, size_t n);

#endif
