/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_ENCODE_AAC_H
#define PLAYOUT_OUTPUTS_ENCODE_AAC_H

#include "base/attr.h"
#include "playout/outputs/stream_encoder.h"

struct fault;

/*
 * AAC by FFmpeg's encoder, which is loaded with the first line that needs it (base/module.h).
 */
typedef int aac_create(int bitrate_bps, struct stream_encoder **ret_encoder, struct fault *reterr);

/* -ELIBACC: FFmpeg cannot be loaded. [any] */
MUST_CHECK int encode_aac_find(aac_create **ret_create, struct fault *reterr);

/* Of the module itself. */
MUST_CHECK int encode_aac_create(int bitrate_bps, struct stream_encoder **ret_encoder,
                                 struct fault *reterr);

#endif
