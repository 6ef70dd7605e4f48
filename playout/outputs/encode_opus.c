/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/opus_block.h"
#include "playout/outputs/stream_encoder.h"

_Static_assert((int)STREAM_OPUS_FRAMES == (int)AIR_BLOCK_FRAMES, "a packet is a block");
_Static_assert((int)STREAM_BEFORE_FRAMES >= (int)OPUS_BLOCK_MONO_BLOCKS * (int)AIR_BLOCK_FRAMES,
               "what is heard before tells whether it is mono");

struct encode_opus {
    struct stream_encoder head;
    struct opus_block *opus;
};

static void encode(struct encode_opus *encoder, const float *frames, struct stream_packet *packet)
{
    size_t n = opus_block_encode(encoder->opus, frames, packet->bytes, sizeof packet->bytes);
    if (n == 0) { /* what cannot be: a packet of silence, full band, 20 ms, stereo */
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
    opus_block_restart(encoder->opus);
    for (size_t i = 0; i < STREAM_BEFORE_FRAMES; i += STREAM_OPUS_FRAMES) {
        encode(encoder, before + i * AIR_CHANNELS, &unheard);
    }
    opus_block_join(encoder->opus);
}

static void encode_opus_join(struct stream_encoder *head)
{
    opus_block_join(((struct encode_opus *)head)->opus);
}

static size_t encode_opus_step(struct stream_encoder *head, int64_t frame, const float *frames,
                               struct stream_packet *packets)
{
    struct encode_opus *encoder = (struct encode_opus *)head;
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
    opus_block_destroy(encoder->opus);
    free(encoder);
}

static const struct stream_encoder_ops encode_opus_ops = {encode_opus_restart, encode_opus_join,
                                                          encode_opus_step, encode_opus_destroy};

int encode_opus_create(int bitrate_bps, struct stream_encoder **ret_encoder, struct fault *reterr)
{
    struct encode_opus *encoder = calloc(1, sizeof *encoder);
    if (encoder) {
        encoder->head.ops = &encode_opus_ops;
        encoder->opus = opus_block_create(bitrate_bps, AIR_CHANNELS);
    }
    if (!encoder || !encoder->opus) {
        free(encoder);
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    *ret_encoder = &encoder->head;
    return 0;
}
