/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/opus_block.h"

#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

#include "base/frames.h"

enum { COMPLEXITY = 5 };

struct opus_block {
    size_t encoder_bytes;
    OpusEncoder *encoder; /* in the same allocation: its state is one piece of memory */
};

struct opus_block *opus_block_create(int bitrate_bps, int channels)
{
    size_t n_bytes = (size_t)opus_encoder_get_size(channels);
    AUTO(opus_block_destroy) struct opus_block *opus = calloc(1, sizeof *opus);
    if (!opus || !(opus->encoder = malloc(n_bytes))) {
        return NULL;
    }
    opus->encoder_bytes = n_bytes;
    if (opus_encoder_init(opus->encoder, AIR_RATE, channels, OPUS_APPLICATION_AUDIO) != OPUS_OK ||
        opus_encoder_ctl(opus->encoder, OPUS_SET_COMPLEXITY(COMPLEXITY)) != OPUS_OK ||
        opus_encoder_ctl(opus->encoder, OPUS_SET_BITRATE(bitrate_bps)) != OPUS_OK ||
        opus_encoder_ctl(opus->encoder, OPUS_SET_INBAND_FEC(0)) != OPUS_OK ||
        opus_encoder_ctl(opus->encoder, OPUS_SET_DTX(0)) != OPUS_OK) {
        return NULL;
    }
    return STEAL(opus);
}

struct opus_block *opus_block_destroy(struct opus_block *opus)
{
    if (opus) {
        free(opus->encoder);
        free(opus);
    }
    return NULL;
}

void opus_block_copy(struct opus_block *opus, const struct opus_block *from)
{
    memcpy(opus->encoder, from->encoder, opus->encoder_bytes);
}

size_t opus_block_encode(struct opus_block *opus, const float *frames, uint8_t *out, size_t n)
{
    opus_int32 n_bytes =
        opus_encode_float(opus->encoder, frames, AIR_BLOCK_FRAMES, out, (opus_int32)n);
    return n_bytes > 0 ? (size_t)n_bytes : 0;
}
