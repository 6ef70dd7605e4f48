/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_RTP_ENCODE_H
#define PLAYOUT_OUTPUTS_RTP_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "playout/outputs/rtp_format.h"

struct fault;

/*
 * A programme's sound as payloads of RTP, a block of 20 ms at a time.
 *
 * Threads  one at a time.
 */
struct rtp_encoder;

/* Can this format be had at all? G.722 is in a part of loa that is loaded when it is needed.
 * -ELIBACC. */
MUST_CHECK int rtp_encoder_check(const struct rtp_format *format, struct fault *reterr);

/* Of a format that was checked. Given to the caller. NULL: out of memory. */
MUST_CHECK struct rtp_encoder *rtp_encoder_create(const struct rtp_format *format);
struct rtp_encoder *rtp_encoder_destroy(struct rtp_encoder *encoder); /* returns NULL */
DEFINE_AUTO(struct rtp_encoder, rtp_encoder_destroy)

/* Go on as another of the same format would. */
void rtp_encoder_copy(struct rtp_encoder *encoder, const struct rtp_encoder *from);

/* 960 stereo frames, into rtp_n_packets() payloads: at most RTP_PAYLOAD_BYTES_MAX each, to
 * payloads[i]; its length to lengths[i]. False: they could not be encoded. */
bool rtp_encoder_run(struct rtp_encoder *encoder, const float *frames, uint8_t *const *payloads,
                     size_t *lengths);

#endif
