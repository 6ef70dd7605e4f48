/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SOUND_SOURCE_H
#define MEDIA_SOUND_SOURCE_H

#include <stdbool.h>

#include "media/soundfile.h"

/*
 * What soundfile.c wants of each library that decodes. It keeps the rules (how much must be
 * there, what a bomb is, numbers only); a source only decodes and notes what it stumbled over.
 * Private to soundfile.c and the sources.
 */
enum { SOUND_CHANNELS_MAX = 2 };

struct sound_source;

struct sound_source_type {
    /* *ret_n is 0 only at the end. Errors are for a disk that failed and for sound that is not
     * read at all; what is damaged ends early and is noted below. */
    int (*read)(struct sound_source *source, float *out, size_t n_frames, size_t *ret_n,
                struct fault *reterr);
    const char *(*tag)(const struct sound_source *source, enum sound_tag tag);
    int64_t (*position)(const struct sound_source *source); /* bytes; never shrinks */
    int (*seek)(struct sound_source *source, int64_t frame, struct fault *reterr); /* or NULL */
    void (*destroy)(struct sound_source *source);
};

/* The first member of each library's own struct. */
struct sound_source {
    const struct sound_source_type *type;
    struct sound_info info;

    /* Known at the end. */
    int64_t claimed_frames; /* as info's, or what only reading told */
    int64_t slack_frames;   /* a claim may be as much too high */
    bool is_damaged;        /* bytes that should be sound were not */
    bool goes_on;           /* in another form */
    int64_t left_frames;    /* of what goes on; 0: not known */
    int64_t stray_bytes;
};

/* Borrow fd and name. -EBADMSG without a fault: the library finds nothing that it reads. */
MUST_CHECK int sndfile_source_open(int fd, int64_t size, const char *name, bool prepared_only,
                                   struct sound_source **ret_source, struct fault *reterr);
MUST_CHECK int av_source_open(int fd, int64_t size, const char *name, const char *demuxer,
                              struct sound_source **ret_source, struct fault *reterr);

/* -ENOTSUP with a sentence where the form of the sound is none that is read. */
MUST_CHECK int sound_check_form(int rate, int channels, const char *name, struct fault *reterr);

#endif
