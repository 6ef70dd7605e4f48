/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SOUND_KIND_H
#define MEDIA_SOUND_KIND_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What kind of file it is, by its first bytes; nobody else guesses, so no reader ever sees
 * a file that is not of its kind. Only where bytes tell nothing (GSM, G.722) the ending
 * of the name does. Private to media; any thread.
 */
struct sound_kind {
    const char *demuxer; /* FFmpeg's name of its reader; NULL: none of its kinds */
    bool sndfile_first;  /* libsndfile is to try before */
};

struct sound_kind sound_kind_of(int fd, int64_t size, const char *name);

/* Has an MP4 or QuickTime file an atom of this name (moov: its index; moof: a fragment) at its
 * top, whole? */
bool sound_kind_has_atom(int fd, int64_t size, const char *name);

#endif
