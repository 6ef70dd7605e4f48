/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lame/lame.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/stream_encoder.h"

/*
 * Without a bit reservoir, and at a constant bit rate, every frame has the same size and needs
 * none before it, so that a listener can be moved between encoders and a stream cut anywhere.
 * LAME keeps one frame back: STREAM_BEFORE_FRAMES give one less, and from then on it gives as many
 * as it is given.
 */
enum { QUALITY = 7, OUT_BYTES = 16384 };

struct encode_mp3 {
    struct stream_encoder head;
    lame_global_flags *lame;
    int bitrate_bps;
    size_t frame_bytes;
    size_t n_kept; /* bytes of `out` that have not been handed on */
    unsigned char out[2 * OUT_BYTES];
};

static lame_global_flags *lame_begin(int bitrate_bps)
{
    lame_global_flags *lame = lame_init();
    if (!lame) {
        return NULL;
    }
    lame_set_in_samplerate(lame, AIR_RATE);
    lame_set_out_samplerate(lame, AIR_RATE);
    lame_set_num_channels(lame, AIR_CHANNELS);
    lame_set_mode(lame, JOINT_STEREO);
    lame_set_VBR(lame, vbr_off);
    lame_set_brate(lame, bitrate_bps / 1000);
    lame_set_quality(lame, QUALITY);
    lame_set_disable_reservoir(lame, 1);
    lame_set_bWriteVbrTag(lame, 0);
    lame_set_write_id3tag_automatic(lame, 0);
    if (lame_init_params(lame) < 0) {
        lame_close(lame);
        return NULL;
    }
    return lame;
}

static void feed(struct encode_mp3 *encoder, const float *frames, size_t n)
{
    if (!encoder->lame) {
        return;
    }
    int got =
        lame_encode_buffer_interleaved_ieee_float(encoder->lame, frames, (int)n,
                                                  encoder->out + encoder->n_kept,
                                                  (int)(sizeof encoder->out - encoder->n_kept));
    encoder->n_kept += got > 0 ? (size_t)got : 0;
}

static void encode_mp3_restart(struct stream_encoder *head, const float *before)
{
    struct encode_mp3 *encoder = (struct encode_mp3 *)head;
    if (encoder->lame) {
        lame_close(encoder->lame);
    }
    encoder->lame = lame_begin(encoder->bitrate_bps);
    encoder->n_kept = 0;
    feed(encoder, before, STREAM_BEFORE_FRAMES);
    encoder->n_kept = 0;
}

static void encode_mp3_join(struct stream_encoder *head)
{
    (void)head; /* every frame can be joined at */
}

static size_t encode_mp3_step(struct stream_encoder *head, int64_t frame, const float *frames,
                              struct stream_packet *packets)
{
    struct encode_mp3 *encoder = (struct encode_mp3 *)head;
    size_t n = 0;
    size_t at = 0;
    feed(encoder, frames, STREAM_STEP_FRAMES);
    for (;
         n < STREAM_STEP_FRAMES / STREAM_MP3_FRAMES && at + encoder->frame_bytes <= encoder->n_kept;
         n++) {
        packets[n].kind = STREAM_SOUND;
        packets[n].frame = frame + ((int64_t)n - 1) * STREAM_MP3_FRAMES;
        packets[n].n_frames = STREAM_MP3_FRAMES;
        packets[n].n_bytes = (uint16_t)encoder->frame_bytes;
        memcpy(packets[n].bytes, encoder->out + at, encoder->frame_bytes);
        at += encoder->frame_bytes;
    }
    encoder->n_kept -= at;
    memmove(encoder->out, encoder->out + at, encoder->n_kept);
    return n;
}

static void encode_mp3_destroy(struct stream_encoder *head)
{
    struct encode_mp3 *encoder = (struct encode_mp3 *)head;
    if (encoder->lame) {
        lame_close(encoder->lame);
    }
    free(encoder);
}

static const struct stream_encoder_ops encode_mp3_ops = {encode_mp3_restart, encode_mp3_join,
                                                         encode_mp3_step, encode_mp3_destroy};

int encode_mp3_create(int bitrate_bps, struct stream_encoder **ret_encoder, struct fault *reterr)
{
    struct encode_mp3 *encoder = calloc(1, sizeof *encoder);
    if (encoder) {
        encoder->head.ops = &encode_mp3_ops;
        encoder->bitrate_bps = stream_bitrate_near(STREAM_MP3, bitrate_bps);
        encoder->frame_bytes = (size_t)encoder->bitrate_bps / 1000 * 3; /* 144 × bits / 48000 */
        encoder->lame = lame_begin(encoder->bitrate_bps);
    }
    if (!encoder || !encoder->lame) {
        free(encoder);
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    *ret_encoder = &encoder->head;
    return 0;
}
