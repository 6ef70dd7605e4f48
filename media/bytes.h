/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_BYTES_H
#define MEDIA_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "media/riff_view.h"

/*
 * A file's bytes as libsndfile is to see them: the functions of its virtual files, without
 * knowing it. Private to media.
 *
 * `endless` pretends that the file goes on for ever, so that headers tell what they promise
 * and not what fits the file. A header that then leads round and round behind the end
 * is left after some hundred reads: the position jumps to where every loop ends.
 *
 * `patch_at` makes a WAV that its recorder did not close readable: the length of its sound
 * says 0, and is read as the one that means "not known".
 *
 * Units   bytes from `start`, where what is to be seen begins. Threads: one at a time.
 */
struct bytes {
    int fd;
    int64_t start;
    int64_t position;
    int64_t size;     /* nothing behind it is read; endless or not */
    int64_t patch_at; /* four bytes are read as 0xff from here; 0: none */
    int err;          /* errno of the first read that failed */
    bool endless;
    bool is_mp3;
    bool is_lost;      /* MP3: among bytes that are not sound, and no frame is near */
    bool is_left;      /* read behind its end too often */
    uint32_t mp3_head; /* the first header of a frame; 0: not seen yet */
    unsigned n_reads_beyond;
    struct riff_view riff; /* what is seen of a WAV's chunks */
};

int64_t bytes_size(void *context);
int64_t bytes_seek(int64_t offset, int whence, void *context);
int64_t bytes_read(void *into, int64_t n, void *context);
int64_t bytes_tell(void *context);

#endif
