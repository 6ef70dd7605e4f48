/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/opus_block.h"

#include <opus/opus.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/frames.h"

/* Above 6 libopus analyses each frame for its kind, which costs as much as the encoding. */
enum { COMPLEXITY = 5 };

struct opus_block {
    size_t encoder_bytes;
    OpusEncoder *encoder; /* one piece of memory, which can be copied */
    int channels;
    int n_same; /* blocks up to now with both sides the same, at most OPUS_BLOCK_MONO_BLOCKS */
    bool joins; /* the next packet is to depend on none before it */
};

struct opus_block *opus_block_create(int bitrate_bps, int channels)
{
    size_t n_bytes = (size_t)opus_encoder_get_size(channels);
    AUTO(opus_block_destroy) struct opus_block *opus = calloc(1, sizeof *opus);
    if (!opus || !(opus->encoder = malloc(n_bytes))) {
        return NULL;
    }
    opus->encoder_bytes = n_bytes;
    opus->channels = channels;
    if (opus_encoder_init(opus->encoder, AIR_RATE, channels, OPUS_APPLICATION_AUDIO) != OPUS_OK ||
        opus_encoder_ctl(opus->encoder, OPUS_SET_COMPLEXITY(COMPLEXITY)) != OPUS_OK ||
        opus_encoder_ctl(opus->encoder, OPUS_SET_BITRATE(bitrate_bps)) != OPUS_OK ||
        opus_encoder_ctl(opus->encoder, OPUS_SET_VBR(1)) != OPUS_OK ||
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
    opus->n_same = from->n_same;
    opus->joins = from->joins;
}

void opus_block_restart(struct opus_block *opus)
{
    opus_encoder_ctl(opus->encoder, OPUS_RESET_STATE);
    opus_encoder_ctl(opus->encoder, OPUS_SET_FORCE_CHANNELS(OPUS_AUTO));
    opus->n_same = 0;
    opus->joins = false;
}

void opus_block_join(struct opus_block *opus)
{
    opus->joins = true;
}

static bool is_same_on_both_sides(const float *frames)
{
    size_t i = 0;
    while (i < AIR_BLOCK_FRAMES && frames[2 * i] == frames[2 * i + 1]) {
        i++;
    }
    return i == AIR_BLOCK_FRAMES;
}

static void choose_channels(struct opus_block *opus, const float *frames)
{
    bool was_mono = opus->n_same == OPUS_BLOCK_MONO_BLOCKS;
    if (!is_same_on_both_sides(frames)) {
        opus->n_same = 0;
    } else if (!was_mono) {
        opus->n_same++;
    }
    bool is_mono = opus->n_same == OPUS_BLOCK_MONO_BLOCKS;
    if (is_mono != was_mono) {
        opus_encoder_ctl(opus->encoder, OPUS_SET_FORCE_CHANNELS(is_mono ? 1 : OPUS_AUTO));
    }
}

size_t opus_block_encode(struct opus_block *opus, const float *frames, uint8_t *out, size_t n)
{
    if (opus->channels == 2) {
        choose_channels(opus, frames);
    }
    if (opus->joins) {
        opus_encoder_ctl(opus->encoder, OPUS_SET_PREDICTION_DISABLED(1));
    }
    opus_int32 n_bytes =
        opus_encode_float(opus->encoder, frames, AIR_BLOCK_FRAMES, out, (opus_int32)n);
    if (opus->joins) {
        opus_encoder_ctl(opus->encoder, OPUS_SET_PREDICTION_DISABLED(0));
        opus->joins = false;
    }
    return n_bytes > 0 ? (size_t)n_bytes : 0;
}
