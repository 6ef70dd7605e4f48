/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_RIFF_VIEW_H
#define MEDIA_RIFF_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * What libsndfile is to see of a WAV file's chunks: those that it needs for the sound, and tags
 * that are well formed. Whatever else a file has (cues, samplers' loops, lists of lists) is shown
 * as chunks of junk, which it passes by: 137 bytes of a list that counts wrongly keep it going
 * round for ever. Private to media.
 *
 * Units bytes from the file's start. Threads: any, once made.
 */
enum { RIFF_HIDDEN_MAX = 64 };

struct riff_view {
    struct {
        int64_t at;
        unsigned char head[8]; /* as it is shown: "JUNK", and a size within the file */
    } hidden[RIFF_HIDDEN_MAX];
    size_t n;
};

/* Look through the chunks; what is no RIFF or RF64 file is shown as it is. -EBADMSG: has more
 * chunks than any recording, or one that the sound depends on is not whole; libsndfile is not
 * to see it. */
MUST_CHECK int riff_view_make(int fd, int64_t n_bytes, struct riff_view *ret_view);

/* Change what was read at a place of the file into what is to be seen. */
void riff_view_show(const struct riff_view *view, int64_t at, void *bytes, int64_t n);

#endif
