/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_STREAM_ENCODER_H
#define PLAYOUT_OUTPUTS_STREAM_ENCODER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "playout/outputs/stream_packet.h"

struct fault;

/*
 * One programme, encoded: stereo Opus by playout/outputs/opus_block.h, MP3 by LAME (joint stereo,
 * constant bit rate, no bit reservoir), or AAC-LC by FFmpeg (stereo).
 *
 * A listener may be moved from one encoder to another at a step: after stream_encoder_join()
 * the next packet can be decoded by one who has not heard those before.
 *
 * Threads One at a time.
 */
struct stream_encoder;

/* -ENOMEM; -EINVAL: no such bit rate; -ELIBACC. Given to the caller: stream_encoder_destroy(). */
MUST_CHECK int stream_encoder_create(struct stream_settings settings,
                                     struct stream_encoder **ret_encoder, struct fault *reterr);
/* NULL is a no-op; returns NULL. */
struct stream_encoder *stream_encoder_destroy(struct stream_encoder *encoder);
DEFINE_AUTO(struct stream_encoder, stream_encoder_destroy)

/* Begin anew, as if what came before were `before`: STREAM_BEFORE_FRAMES stereo frames, or NULL for
 * silence. An encoder that has heard the same as another comes to the same state, so that whoever
 * is moved to it hears no seam. */
enum { STREAM_BEFORE_FRAMES = STREAM_STEP_FRAMES };
void stream_encoder_restart(struct stream_encoder *encoder, const float *before);
void stream_encoder_join(struct stream_encoder *encoder);

/* One step: STREAM_STEP_FRAMES stereo frames, of which the first is air frame `frame`, into
 * `packets`, whose due_ns is not set; gives how many. */
size_t stream_encoder_step(struct stream_encoder *encoder, int64_t frame, const float *frames,
                           struct stream_packet packets[static STREAM_PACKETS_IN_STEP_MAX]);

/* The bit rate that is known to the codec and nearest to this one. */
int stream_bitrate_near(enum stream_codec codec, int bitrate_bps);

/* What the two encoders have to give; private to stream_encoder.c and them. */
struct stream_encoder_ops {
    void (*restart)(struct stream_encoder *encoder, const float *before);
    void (*join)(struct stream_encoder *encoder);
    size_t (*step)(struct stream_encoder *encoder, int64_t frame, const float *frames,
                   struct stream_packet *packets);
    void (*destroy)(struct stream_encoder *encoder);
};
struct stream_encoder {
    const struct stream_encoder_ops *ops;
};
MUST_CHECK int encode_opus_create(int bitrate_bps, struct stream_encoder **ret_encoder,
                                  struct fault *reterr);
MUST_CHECK int encode_mp3_create(int bitrate_bps, struct stream_encoder **ret_encoder,
                                 struct fault *reterr);

#endif
