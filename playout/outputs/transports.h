/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_TRANSPORTS_H
#define PLAYOUT_OUTPUTS_TRANSPORTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct device_hub;
struct fault;
struct hush;
struct output;
struct output_spec;

/* How each kind of output is opened; private to outputs/. Each gives *ret_output. */

/*
 * Outputs of many lines that share work, mostly encoding (playout/outputs/blocks.h): a hub is
 * handed what they carry, once a programme. Its outputs have no push of their own.
 */
struct output_hub;
struct output_hub_ops {
    /* [mixer] as outputs_carry() */
    void (*carry)(struct output_hub *hub, const uint32_t *lines, size_t n_lines, int64_t frame,
                  int64_t due_ns, const float *frames, size_t n);
    /* Once every output is open. What fails is said by the outputs. */
    void (*start)(struct output_hub *hub);
    void (*destroy)(struct output_hub *hub); /* after its outputs were closed */
};
struct output_hub {
    const struct output_hub_ops *ops;
};

/* null: counts frames. -ENOMEM. */
MUST_CHECK int null_open(struct output **ret_output, struct fault *reterr);

/* An output that could not be opened: says why, and drops everything. -ENOMEM. */
MUST_CHECK int failed_open(const struct fault *why, struct output **ret_output,
                           struct fault *reterr);

/*
 * file: a recording of the line, one file an hour (of UTC), named
 * LINE-YYYYMMDDTHHMMSSZ.flac by its first frame (playout/outputs/recording.h). Frames that never
 * came are silence in it, so that a place in the file is an instant. A folder that cannot be
 * written is tried again every ten seconds. dir, line_id and format are copied; hush is borrowed,
 * NULL: nothing ever is. -ENOMEM, -EAGAIN.
 */
MUST_CHECK int recorder_open(const char *dir, const char *line_id, const char *format,
                             const struct hush *hush, struct output **ret_output,
                             struct fault *reterr);

/* icecast: a mount of a server, by a thread of its own, from a stream hub. */
struct icecast_options {
    const struct output_spec *spec;
    struct output_hub *hub; /* a stream hub that was not started; borrowed */
    uint32_t line;
    const char *station_dir; /* where the password file is */
    const char *name;        /* of the stream, and its title as long as there is no other */
};
/* -ENOMEM, -EAGAIN, -ELIBACC. The options are copied. */
MUST_CHECK int icecast_open(const struct icecast_options *options, struct output **ret_output,
                            struct fault *reterr);

/* What keeps a line's stream in a folder. The options are copied. */
struct kept_options {
    const struct output_spec *spec;
    struct output_hub *hub; /* a stream hub that was not started; borrowed */
    uint32_t line;
    const char *line_id;
    const char *title; /* of the line */
    const char *dir;
};

/*
 * file: in Opus: a recording as above, in Ogg (RFC 7845). What is on the disk can be played at any
 * time, up to the last second. Its first frame is 312 frames before the hour's where it follows
 * another without a gap. -ENOMEM, -EAGAIN.
 */
MUST_CHECK int recorder_opus_open(const struct kept_options *options, struct output **ret_output,
                                  struct fault *reterr);

/*
 * hls: a folder of pieces LINE-NUMBER.aac (packed audio, AAC in ADTS) and the playlist LINE.m3u8 of
 * the last of them (RFC 8216), for any web server. Numbers go on across restarts; what does not
 * follow what came before is marked so. A piece that cannot be written is lost, and the next is
 * tried in its turn. A piece is removed when no player can ask for it any more. -ENOMEM, -EAGAIN,
 * -ELIBACC.
 */
MUST_CHECK int hls_open(const struct kept_options *options, struct output **ret_output,
                        struct fault *reterr);

#endif
