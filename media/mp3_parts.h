/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_MP3_PARTS_H
#define MEDIA_MP3_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * Several MP3s in one file ("cat a.mp3 b.mp3"), which a decoder takes for the first alone:
 * it stops where the first one's header says that it ends. The frames are walked through
 * without being decoded (ISO/IEC 11172-3, 2.4.2.3); a part begins where a frame carries a
 * header of its own (Xing, Info or VBRI), where the header before has been used up, and
 * where the form of the sound changes. Private to media; any thread.
 */
struct mp3_part {
    int64_t from; /* bytes, with the tag before it */
    int64_t until;
    int rate;
    int channels;
    int64_t frames; /* of sound in it, padding included */
    bool is_cut;    /* its last frame is not whole */
};

/* Fill parts, from the byte `from`, in the order of the file and without gaps; the last takes
 * what is left when there are more than n_parts. 0: nothing in it looks like an MP3. */
MUST_CHECK size_t mp3_parts_find(int fd, int64_t from, int64_t size, struct mp3_part *parts,
                                 size_t n_parts);

/* Where three frames follow each other, in a file that begins with something else (it was cut
 * out of a stream, or begins with padding): within the first 64 KiB, or -1. */
MUST_CHECK int64_t mp3_parts_begin(int fd, int64_t size);

#endif
