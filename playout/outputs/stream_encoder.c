/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/stream_encoder.h"

#include <stdlib.h>

#include "base/fault.h"
#include "playout/outputs/encode_aac.h"

int stream_encoder_create(struct stream_settings settings, struct stream_encoder **ret_encoder,
                          struct fault *reterr)
{
    if (settings.codec == STREAM_AAC) {
        aac_create *create = NULL;
        int r = encode_aac_find(&create, reterr);
        return r < 0 ? r : create(settings.bitrate_bps, ret_encoder, reterr);
    }
    return settings.codec == STREAM_OPUS
               ? encode_opus_create(settings.bitrate_bps, ret_encoder, reterr)
               : encode_mp3_create(settings.bitrate_bps, ret_encoder, reterr);
}

struct stream_encoder *stream_encoder_destroy(struct stream_encoder *encoder)
{
    if (encoder) {
        encoder->ops->destroy(encoder);
    }
    return NULL;
}

void stream_encoder_restart(struct stream_encoder *encoder, const float *before)
{
    static const float silence[STREAM_BEFORE_FRAMES * AIR_CHANNELS];
    encoder->ops->restart(encoder, before ? before : silence);
}

void stream_encoder_join(struct stream_encoder *encoder)
{
    encoder->ops->join(encoder);
}

size_t stream_encoder_step(struct stream_encoder *encoder, int64_t frame, const float *frames,
                           struct stream_packet packets[static STREAM_PACKETS_IN_STEP_MAX])
{
    return encoder->ops->step(encoder, frame, frames, packets);
}

int stream_bitrate_near(enum stream_codec codec, int bitrate_bps)
{
    /* MPEG-1 layer III: ISO/IEC 11172-3, 2.4.2.3 */
    static const int mp3_kbps[] = {32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
    if (codec == STREAM_OPUS) {
        return bitrate_bps < 6000 ? 6000 : bitrate_bps > 510000 ? 510000 : bitrate_bps;
    }
    if (codec == STREAM_AAC) {
        return bitrate_bps < 32000 ? 32000 : bitrate_bps > 192000 ? 192000 : bitrate_bps;
    }
    int best = mp3_kbps[0] * 1000;
    for (size_t i = 1; i < sizeof mp3_kbps / sizeof *mp3_kbps; i++) {
        int rate = mp3_kbps[i] * 1000;
        best = abs(rate - bitrate_bps) < abs(best - bitrate_bps) ? rate : best;
    }
    return best;
}
