/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SOUNDFILE_H
#define MEDIA_SOUNDFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * Sound in files: the one place that knows libsndfile. Private to media.
 *
 * A reader never believes a length it did not decode: sound_read() tells the end of
 * a whole file (0 frames) from a file that is cut off or damaged (-EBADMSG) by what
 * the container promises, where it promises anything.
 *
 * Units   frames at the file's own rate; samples are interleaved floats, 1.0 is full scale.
 * Errors  Negative errno, and a sentence that names the file as `name` said.
 * Threads A reader or writer belongs to one thread at a time.
 */
struct sound_info {
    int rate;               /* 8000..192000 */
    int channels;           /* 1 or 2 */
    int64_t claimed_frames; /* what the container promises; -1: nothing */
};

struct sound_reader;

/* Read a regular file from its start. fd is taken, even on failure; name is borrowed.
 * -ENOTSUP: not sound, or sound of a form that is not read. Given to the caller. */
MUST_CHECK int sound_open(int fd, const char *name, struct sound_reader **ret_reader,
                          struct fault *reterr);
struct sound_reader *sound_close(struct sound_reader *reader); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct sound_reader, sound_close)

const struct sound_info *sound_info(const struct sound_reader *reader);
/* What stands in the file about the recording; NULL: nothing. Any bytes. */
enum sound_tag { SOUND_TAG_TITLE, SOUND_TAG_GENRE, SOUND_TAG_ALBUM };
const char *sound_tag(const struct sound_reader *reader, enum sound_tag tag);
int64_t sound_position_bytes(const struct sound_reader *reader); /* how far into the file */

/* Bytes after the end of an MP3 that are not sound (0 before the end is reached). */
int64_t sound_stray_bytes(const struct sound_reader *reader);

/* Fill out with up to n_frames; *ret_n is 0 only at the end of a whole file. */
MUST_CHECK int sound_read(struct sound_reader *reader, float *out, size_t n_frames, size_t *ret_n,
                          struct fault *reterr);

/* Go to a frame of a WAV file. */
MUST_CHECK int sound_seek(struct sound_reader *reader, int64_t frame, struct fault *reterr);

/* Writes 48 kHz 24-bit WAV, which becomes RF64 when it outgrows 4 GiB. */
struct sound_writer;

/* fd is taken, even on failure; name is borrowed. Given to the caller. */
MUST_CHECK int sound_create(int fd, const char *name, int channels,
                            struct sound_writer **ret_writer, struct fault *reterr);
/* Samples beyond full scale are clipped to it; the others are rounded to 24 bits,
 * and out[] becomes what was written. */
MUST_CHECK int sound_write(struct sound_writer *writer, float *samples, size_t n_frames,
                           struct fault *reterr);
/* Complete the header and bring the file to disk. */
MUST_CHECK int sound_finish(struct sound_writer *writer, struct fault *reterr);
struct sound_writer *sound_destroy(struct sound_writer *writer); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct sound_writer, sound_destroy)

#endif
