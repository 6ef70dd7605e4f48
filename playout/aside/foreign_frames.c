/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/aside/foreign_frames.h"

#include <math.h>
#include <string.h>

void foreign_frames_tame(float *frames, size_t n)
{
    for (size_t i = 0; i < 2 * n; i++) {
        frames[i] = fabsf(frames[i]) <= FOREIGN_PEAK_MAX ? frames[i] : 0; /* also if it is none */
    }
}

size_t foreign_frames_take(struct foreign_frames *stream, const void *bytes, size_t n_bytes,
                           float *ret_frames)
{
    const unsigned char *from = bytes;
    size_t n = (stream->n_part + n_bytes) / FOREIGN_FRAME_BYTES;
    if (n == 0) {
        memcpy(stream->part + stream->n_part, from, n_bytes);
        stream->n_part += n_bytes;
        return 0;
    }
    size_t n_now = n * FOREIGN_FRAME_BYTES - stream->n_part;
    memcpy(ret_frames, stream->part, stream->n_part);
    memcpy((unsigned char *)ret_frames + stream->n_part, from, n_now);
    stream->n_part = n_bytes - n_now;
    memcpy(stream->part, from + n_now, stream->n_part);
    foreign_frames_tame(ret_frames, n);
    return n;
}
