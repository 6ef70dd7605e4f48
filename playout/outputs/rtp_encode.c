/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/rtp_encode.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/module.h"
#include "playout/outputs/decimate.h"
#include "playout/outputs/g722.h"
#include "playout/outputs/opus_block.h"

struct rtp_encoder {
    struct rtp_format format;
    struct opus_block *opus;
    struct g722 *g722;
    struct decimator decimator; /* PCMU, G.722 */
};

/* ---- the module */

typedef const struct g722_ops *get_g722(void);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct g722_ops *g722;
static char why_not[FAULT_TEXT_MAX];

static void load(void)
{
    get_g722 *get = (get_g722 *)module_find("loa-rtp.so", "g722_get_ops", why_not, sizeof why_not);
    g722 = get ? get() : NULL;
}

int rtp_encoder_check(const struct rtp_format *format, struct fault *reterr)
{
    if (format->codec == RTP_G722) {
        pthread_once(&once, load);
        if (!g722) {
            return fault_set(reterr, ELIBACC, NULL, 0,
                             _("there is no G.722, because a part of loa cannot be loaded; install "
                               "loa and the library spandsp again (%s)"),
                             why_not);
        }
    }
    return 0;
}

/* ---- encoders */

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
    if (format->codec == RTP_PCMU || format->codec == RTP_G722) {
        decimator_init(&encoder->decimator, format->codec == RTP_PCMU ? 6 : 3);
    }
    if (format->codec == RTP_G722 && !(encoder->g722 = g722->create())) {
        return NULL;
    }
    return STEAL(encoder);
}

struct rtp_encoder *rtp_encoder_destroy(struct rtp_encoder *encoder)
{
    if (encoder) {
        opus_block_destroy(encoder->opus);
        if (encoder->g722) {
            g722->destroy(encoder->g722);
        }
        free(encoder);
    }
    return NULL;
}

void rtp_encoder_copy(struct rtp_encoder *encoder, const struct rtp_encoder *from)
{
    if (encoder->opus) {
        opus_block_copy(encoder->opus, from->opus);
    }
    if (encoder->g722) {
        g722->copy(encoder->g722, from->g722);
    }
    encoder->decimator = from->decimator;
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

/* ITU-T G.711, table 2a: a sign, one of eight segments, each twice as wide as the one before, and
 * one of sixteen steps in it; all bits inverted. 132 is where the first begins at 16 bits. */
static uint8_t mu_law(int16_t sample)
{
    enum { BIAS = 132, MOST = 32767 - BIAS };
    int size = sample < 0 ? -(int)sample : sample;
    size = (size < MOST ? size : MOST) + BIAS;
    int segment = 7;
    while (segment > 0 && size < 1 << (segment + 7)) {
        segment--;
    }
    int step = size >> (segment + 3) & 15;
    return (uint8_t) ~((sample < 0 ? 0x80 : 0) | segment << 4 | step);
}

static size_t run_telephone(struct rtp_encoder *encoder, const float *samples, uint8_t *out)
{
    int16_t low[AIR_BLOCK_FRAMES / 3];
    size_t n = AIR_BLOCK_FRAMES / (size_t)encoder->decimator.factor;
    decimator_run(&encoder->decimator, samples, low);
    if (encoder->g722) {
        g722->encode(encoder->g722, low, n, out);
        return n / 2;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = mu_law(low[i]);
    }
    return n;
}

static void run_l16_packets(const struct rtp_format *format, const float *samples,
                            uint8_t *const *payloads, size_t *lengths)
{
    size_t n_packets = rtp_n_packets(format);
    size_t n_in_packet = (size_t)AIR_BLOCK_FRAMES * (size_t)format->channels / n_packets;
    for (size_t i = 0; i < n_packets; i++) {
        run_l16(samples + i * n_in_packet, n_in_packet, payloads[i]);
        lengths[i] = 2 * n_in_packet;
    }
}

bool rtp_encoder_run(struct rtp_encoder *encoder, const float *frames, uint8_t *const *payloads,
                     size_t *lengths)
{
    float mono[AIR_BLOCK_FRAMES];
    const float *samples = frames;
    if (encoder->format.channels == 1) {
        mix_down(frames, mono);
        samples = mono;
    }
    switch (encoder->format.codec) {
    case RTP_OPUS:
        lengths[0] = opus_block_encode(encoder->opus, samples, payloads[0], OPUS_BLOCK_BYTES_MAX);
        break;
    case RTP_L16:
        run_l16_packets(&encoder->format, samples, payloads, lengths);
        break;
    case RTP_PCMU:
    case RTP_G722:
        lengths[0] = run_telephone(encoder, samples, payloads[0]);
        break;
    }
    return lengths[0] > 0;
}
