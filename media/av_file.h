/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_AV_FILE_H
#define MEDIA_AV_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct AVCodecParameters;
struct AVPacket;
struct fault;

/*
 * The one stream of sound in a file, as packets: the one place that knows libavformat.
 *
 * FFmpeg's libraries read hundreds of kinds of files, open others that a file names, and
 * fetch from networks. Here they get one file's bytes through functions of ours, one
 * demuxer that sound_kind.c chose, and a list of codecs. They never probe, so no other
 * parser or decoder runs: avformat_find_stream_info() is not called, and what it would tell
 * is taken from the first frame that is decoded (av_read.c).
 *
 * Private to av_read.c and this; one thread at a time. Lengths are frames.
 */
struct av_file;

/* The stream to hear. Borrowed from its file. */
struct av_stream {
    const struct AVCodecParameters *parameters;
    int time_base_num; /* of its packets' stamps, in seconds */
    int time_base_den;
    const char *decoder; /* FFmpeg's own, never a wrapper of another library */
    const char *codec_name;
    const char *container_name; /* "": the codec's name says it */
};

/* Borrows fd and name. -EBADMSG without a fault: not of the demuxer's kind. */
MUST_CHECK int av_file_open(int fd, int64_t size, const char *name, const char *demuxer,
                            struct av_file **ret_file, struct fault *reterr);
struct av_file *av_file_close(struct av_file *file); /* NULL is a no-op; returns NULL */

const struct av_stream *av_file_stream(const struct av_file *file);

/* 1: a packet of the stream, the caller's to unref; 0: there are no more. *ret_damaged becomes
 * true where the file ended too early or the packet is not whole. */
MUST_CHECK int av_file_next(struct av_file *file, struct AVPacket *packet, bool *ret_damaged);

/* The disk failed: 0, or a negative errno with a sentence. */
MUST_CHECK int av_file_failed(const struct av_file *file, struct fault *reterr);

/*
 * What the file says of its length, where it can be believed, at `rate`; `skipped` frames
 * are left out at the start, as the first packet asks. -1: nothing. *ret_exact: nothing
 * behind it belongs to the recording. *ret_slack: by so much it may be too high.
 */
MUST_CHECK int av_file_measure(struct av_file *file, int rate, int64_t skipped, int64_t *ret_frames,
                               bool *ret_exact, int64_t *ret_slack, struct fault *reterr);

const char *av_file_tag(const struct av_file *file, const char *name); /* NULL: none */
int64_t av_file_position(const struct av_file *file);                  /* bytes; never shrinks */

#endif
