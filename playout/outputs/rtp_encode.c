/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/rtp_encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "playout/outputs/opus_block.h"

struct rtp_encoder {
    struct rtp_format format;
    struct opus_block *opus;
};

struct rtp_encoder *rtp_encoder_create(const struct rtp_format *format)
{
    AUTO(rtp_encoder_destroy) struct rtp_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) {
        return NULL;
    }
    encoder->format = *format;
    if (format->codec == RTP_OPUS) {
        encoder->opus = opus_block_create(format->bitrate_bps, format->channels);
        if (!encoder->opus) {
            return NULL;
        }
    }
    return STEAL(encoder);
}

struct rtp_encoder *rtp_encoder_destroy(struct rtp_encoder *encoder)
{
    if (encoder) {
        opus_block_destroy(encoder->opus);
        free(encoder);
    }
    return NULL;
}

void rtp_encoder_reset(struct rtp_encoder *encoder)
{
    if (encoder->opus) {
        opus_block_reset(encoder->opus);
    }
}

void rtp_encoder_copy(struct rtp_encoder *encoder, const struct rtp_encoder *from)
{
    if (encoder->opus) {
        opus_block_copy(encoder->opus, from->opus);
    }
}

static void mix_down(const float *restrict stereo, float *restrict mono)
{
    for (size_t i = 0; i < AIR_BLOCK_FRAMES; i++) {
        mono[i] = 0.5f * (stereo[2 * i] + stereo[2 * i + 1]);
    }
}

/* RFC 3551, 4.5.11: signed, 16 bits, the high byte first. */
static void run_l16(const float *samples, size_t n_samples, uint8_t *out)
{
    for (size_t i = 0; i < n_samples; i++) {
        float value = samples[i] * 32768.0f;
        value = value > 32767.0f ? 32767.0f : value;
        value = value > -32768.0f ? value : -32768.0f;
        uint16_t word = (uint16_t)lrintf(value);
        out[2 * i] = (uint8_t)(word >> 8);
        out[2 * i + 1] = (uint8_t)word;
    }
}

bool rtp_encoder_run(struct rtp_encoder *encoder, const float *frames, uint8_t *const *payloads,
                     size_t *lengths)
{
    float mono[AIR_BLOCK_FRAMES];
    const float *samples = frames;
    size_t n_samples = (size_t)AIR_BLOCK_FRAMES * (size_t)encoder->format.channels;
    if (encoder->format.channels == 1) {
        mix_down(frames, mono);
        samples = mono;
    }
    if (encoder->format.codec == RTP_OPUS) {
        lengths[0] = opus_block_encode(encoder->opus, samples, payloads[0], OPUS_BLOCK_BYTES_MAX);
        return lengths[0] > 0;
    }
    size_t n_packets = rtp_n_packets(&encoder->format);
    size_t n_in_packet = n_samples / n_packets;
    for (size_t i = 0; i < n_packets; i++) {
        run_l16(samples + i * n_in_packet, n_in_packet, payloads[i]);
        lengths[i] = 2 * n_in_packet;
    }
    return true;
}
