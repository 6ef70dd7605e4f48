/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SOUNDFILE_H
#define MEDIA_SOUNDFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/hash.h"

struct fault;

/*
 * Sound in files. Two libraries read them, each known to one file only: libsndfile
 * (sndfile_read.c) what it can, FFmpeg's (av_read.c) the rest. Private to media.
 *
 * A reader never believes a length it did not decode. What ends early or has holes is
 * read as far as it goes, and sound_damage() tells of it afterwards; it is refused
 * (-EBADMSG) where less than a quarter of what it promises is there, or nothing.
 * A file that unpacks to ever more sound out of next to no bytes is refused as soon as
 * that is seen (-EBADMSG).
 *
 * Units   frames at the file's own rate; samples are interleaved floats, 1.0 is full scale.
 * Errors  Negative errno, and a sentence that names the file as `name` said.
 * Threads A reader or writer belongs to one thread at a time.
 */
enum { SOUND_FORMAT_MAX = 48 };

struct sound_info {
    int rate;                      /* 8000..192000 */
    int channels;                  /* 1 or 2 */
    int64_t claimed_frames;        /* what the container promises; -1: nothing */
    char format[SOUND_FORMAT_MAX]; /* for people: "MP3", "WAV 16 bit", "AAC (MP4)" */
};

enum sound_tag {
    SOUND_TAG_TITLE,
    SOUND_TAG_GENRE,
    SOUND_TAG_ALBUM,
    SOUND_TAG_COMMENT,
    SOUND_TAG_ARTIST,
};

enum sound_damage_kind {
    SOUND_WHOLE,
    SOUND_STRAY,   /* ends in bytes that are no sound: padding, old tags; nothing is missing */
    SOUND_CUT,     /* ends early, or has holes */
    SOUND_GOES_ON, /* goes on in another rate or with other channels, which is not read */
};

/* What was wrong with a recording that was read to its end. */
struct sound_damage {
    enum sound_damage_kind kind;
    int rate;               /* of these frames: */
    int64_t claimed_frames; /* -1: the file says nothing */
    int64_t frames;         /* that were read */
    int64_t left_frames;    /* that go on; 0: how many is not known */
    int64_t stray_bytes;    /* SOUND_STRAY */
};

struct sound_reader;

/* Read a regular file from its start. fd is taken, even on failure; name is borrowed, and
 * its ending matters where the bytes do not tell (.gsm, .g722).
 * -ENOTSUP: not sound, or sound of a form that is not read. Given to the caller. */
MUST_CHECK int sound_open(int fd, const char *name, struct sound_reader **ret_reader,
                          struct fault *reterr);
/* The same for what sound_create() wrote, and nothing else: no foreign decoder is tried. */
MUST_CHECK int sound_open_prepared(int fd, const char *name, struct sound_reader **ret_reader,
                                   struct fault *reterr);
struct sound_reader *sound_close(struct sound_reader *reader); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct sound_reader, sound_close)

const struct sound_info *sound_info(const struct sound_reader *reader);
/* The tag as the file has it, any bytes; NULL: none. Borrowed until sound_close(). */
const char *sound_tag(const struct sound_reader *reader, enum sound_tag tag);
int64_t sound_position_bytes(const struct sound_reader *reader); /* how far into the file */

/* Fill out with up to n_frames; *ret_n is 0 only at the end, after which sound_damage() holds. */
MUST_CHECK int sound_read(struct sound_reader *reader, float *out, size_t n_frames, size_t *ret_n,
                          struct fault *reterr);
const struct sound_damage *sound_damage(const struct sound_reader *reader);

/* Go to a frame of a prepared copy. */
MUST_CHECK int sound_seek(struct sound_reader *reader, int64_t frame, struct fault *reterr);

/* "1:02:03" or "2:03", for people. Returns out. */
enum { SOUND_LENGTH_MAX = 32 };
const char *sound_length(int64_t frames, int rate, char out[static SOUND_LENGTH_MAX]);

/* Writes 48 kHz 24-bit WAV, which becomes RF64 when it outgrows 4 GiB. */
struct sound_writer;

/* fd is an empty file, open for reading and writing, and is taken, even on failure; name is
 * borrowed. If as many frames as expected are written, the file need not be read again for its
 * hash; -1: not known. Given to the caller. */
MUST_CHECK int sound_create(int fd, const char *name, int channels, int64_t expected_frames,
                            struct sound_writer **ret_writer, struct fault *reterr);
/* Samples as media/quantise.h makes them. */
MUST_CHECK int sound_write(struct sound_writer *writer, const float *samples, size_t n_frames,
                           struct fault *reterr);
/* Complete the header, hash the file and bring it to disk. */
MUST_CHECK int sound_finish(struct sound_writer *writer, char sha256[static HASH_HEX_MAX],
                            struct fault *reterr);
struct sound_writer *sound_destroy(struct sound_writer *writer); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct sound_writer, sound_destroy)

#endif
