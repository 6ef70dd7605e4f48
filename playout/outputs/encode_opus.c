/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <opus.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/stream_encoder.h"

/* Above 6 libopus analyses each frame for its kind, which costs as much as the encoding. */
enum { COMPLEXITY = 5 };

struct encode_opus {
    struct stream_encoder head;
    OpusEncoder *opus;
    int bitrate_bps;
    bool is_mono;
    bool joins; /* the next packet is to depend on none before it */
};

static void set_up(struct encode_opus *encoder)
{
    encoder->is_mono = false;
    opus_encoder_ctl(encoder->opus, OPUS_SET_BITRATE(encoder->bitrate_bps));
    opus_encoder_ctl(encoder->opus, OPUS_SET_VBR(1));
    opus_encoder_ctl(encoder->opus, OPUS_SET_COMPLEXITY(COMPLEXITY));
    opus_encoder_ctl(encoder->opus, OPUS_SET_FORCE_CHANNELS(OPUS_AUTO));
}

static bool same_on_both_sides(const float *frames, size_t n)
{
    float difference = 0;
    for (size_t i = 0; i < n; i++) {
        float d = frames[2 * i] - frames[2 * i + 1];
        difference += d < 0 ? -d : d;
    }
    return difference == 0;
}

static void encode(struct encode_opus *encoder, const float *frames, struct stream_packet *packet)
{
    if (encoder->joins) {
        opus_encoder_ctl(encoder->opus, OPUS_SET_PREDICTION_DISABLED(1));
    }
    int n = opus_encode_float(encoder->opus, frames, STREAM_OPUS_FRAMES, packet->bytes,
                              (opus_int32)sizeof packet->bytes);
    if (encoder->joins) {
        opus_encoder_ctl(encoder->opus, OPUS_SET_PREDICTION_DISABLED(0));
        encoder->joins = false;
    }
    if (n < 1) { /* what cannot be: a packet of silence, full band, 20 ms, stereo */
        static const unsigned char silence[] = {0xfc, 0xff, 0xfe};
        memcpy(packet->bytes, silence, sizeof silence);
        n = sizeof silence;
    }
    packet->n_bytes = (uint16_t)n;
}

static void encode_opus_restart(struct stream_encoder *head, const float *before)
{
    struct encode_opus *encoder = (struct encode_opus *)head;
    struct stream_packet unheard;
    opus_encoder_ctl(encoder->opus, OPUS_RESET_STATE);
    set_up(encoder);
    encoder->joins = false;
    for (size_t i = 0; i < STREAM_BEFORE_FRAMES; i += STREAM_OPUS_FRAMES) {
        encode(encoder, before + i * AIR_CHANNELS, &unheard);
    }
    encoder->joins = true;
}

static void encode_opus_join(struct stream_encoder *head)
{
    ((struct encode_opus *)head)->joins = true;
}

static size_t encode_opus_step(struct stream_encoder *head, int64_t frame, const float *frames,
                               struct stream_packet *packets)
{
    struct encode_opus *encoder = (struct encode_opus *)head;
    bool is_mono = same_on_both_sides(frames, STREAM_STEP_FRAMES);
    if (is_mono != encoder->is_mono) {
        encoder->is_mono = is_mono;
        opus_encoder_ctl(encoder->opus, OPUS_SET_FORCE_CHANNELS(is_mono ? 1 : OPUS_AUTO));
    }
    for (size_t i = 0; i < STREAM_PACKETS_IN_STEP_MAX; i++) {
        packets[i].kind = STREAM_SOUND;
        packets[i].frame = frame + (int64_t)i * STREAM_OPUS_FRAMES;
        packets[i].n_frames = STREAM_OPUS_FRAMES;
        encode(encoder, frames + i * STREAM_OPUS_FRAMES * AIR_CHANNELS, &packets[i]);
    }
    return STREAM_PACKETS_IN_STEP_MAX;
}

static void encode_opus_destroy(struct stream_encoder *head)
{
    struct encode_opus *encoder = (struct encode_opus *)head;
    if (encoder->opus) {
        opus_encoder_destroy(encoder->opus);
    }
    free(encoder);
}

static const struct stream_encoder_ops encode_opus_ops = {encode_opus_restart, encode_opus_join,
                                                          encode_opus_step, encode_opus_destroy};

int encode_opus_create(int bitrate_bps, struct stream_encoder **ret_encoder, struct fault *reterr)
{
    struct encode_opus *encoder = calloc(1, sizeof *encoder);
    int err = OPUS_OK;
    if (encoder) {
        encoder->head.ops = &encode_opus_ops;
        encoder->bitrate_bps = bitrate_bps;
        encoder->opus = opus_encoder_create(AIR_RATE, AIR_CHANNELS, OPUS_APPLICATION_AUDIO, &err);
    }
    if (!encoder || !encoder->opus) {
        free(encoder);
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    set_up(encoder);
    *ret_encoder = &encoder->head;
    return 0;
}
