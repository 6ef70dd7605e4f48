/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/encode_aac.h"

/*
 * AAC frames lie on a grid of air frames of their own, the same for every encoder, so that a
 * listener may be moved from one to another. FFmpeg's encoder gives the packet that decodes to
 * [f, f + 1024) when it is fed the frame that begins at f + 2048.
 */
enum { ADTS_BYTES = 7 };

struct encode_aac {
    struct stream_encoder head;
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
    int bitrate_bps;
    bool is_anew; /* `before` was not encoded yet */
    int64_t gathered_frame;
    size_t n_gathered;
    float gathered[AIR_CHANNELS][STREAM_AAC_FRAMES];
    float before[STREAM_BEFORE_FRAMES * AIR_CHANNELS];
};

static void say_nothing(void *context, int level, const char *format, va_list arguments)
{
    (void)context;
    (void)level;
    (void)format;
    (void)arguments;
}

static AVCodecContext *codec_begin(int bitrate_bps)
{
    const AVCodec *aac = avcodec_find_encoder(AV_CODEC_ID_AAC);
    AVCodecContext *codec = aac ? avcodec_alloc_context3(aac) : NULL;
    if (!codec) {
        return NULL;
    }
    codec->sample_rate = AIR_RATE;
    codec->sample_fmt = AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&codec->ch_layout, AIR_CHANNELS);
    codec->bit_rate = bitrate_bps;
    codec->thread_count = 1;
    AVDictionary *options = NULL;
    av_dict_set(&options, "aac_coder", "fast", 0); /* twoloop costs three times as much */
    int r = avcodec_open2(codec, aac, &options);
    av_dict_free(&options);
    if (r < 0 || codec->frame_size != STREAM_AAC_FRAMES) {
        avcodec_free_context(&codec);
    }
    return codec;
}

/* The head of a frame: MPEG-4, LC, 48 kHz, stereo, no checksum (ISO/IEC 14496-3, 1.A.3.2). */
static void put_adts(unsigned char *at, size_t n)
{
    enum { LC = 1, RATE_48000 = 3 };
    at[0] = 0xff;
    at[1] = 0xf1;
    at[2] = LC << 6 | RATE_48000 << 2;
    at[3] = (unsigned char)(AIR_CHANNELS << 6 | n >> 11);
    at[4] = (unsigned char)(n >> 3);
    at[5] = (unsigned char)(n << 5 | 0x1f); /* the buffer's fullness is not told */
    at[6] = 0xfc;
}

static size_t take_packet(const struct encode_aac *encoder, struct stream_packet *packet)
{
    size_t n = (size_t)encoder->packet->size + ADTS_BYTES;
    if (n > sizeof packet->bytes) {
        return 0; /* the standard allows no such frame */
    }
    packet->kind = STREAM_SOUND;
    packet->frame = encoder->gathered_frame - 2 * STREAM_AAC_FRAMES;
    packet->n_frames = STREAM_AAC_FRAMES;
    packet->n_bytes = (uint16_t)n;
    put_adts(packet->bytes, n);
    memcpy(packet->bytes + ADTS_BYTES, encoder->packet->data, n - ADTS_BYTES);
    return 1;
}

/* Encode what was gathered; packets NULL: nobody hears it. */
static size_t encode(struct encode_aac *encoder, struct stream_packet *packets)
{
    size_t n = 0;
    AVFrame *frame = encoder->frame;
    for (int c = 0; c < AIR_CHANNELS; c++) {
        frame->extended_data[c] = (uint8_t *)encoder->gathered[c];
    }
    frame->nb_samples = STREAM_AAC_FRAMES;
    frame->pts = encoder->gathered_frame;
    if (encoder->codec && avcodec_send_frame(encoder->codec, frame) == 0) {
        while (avcodec_receive_packet(encoder->codec, encoder->packet) == 0) {
            n += packets && n == 0 ? take_packet(encoder, packets) : 0;
            av_packet_unref(encoder->packet);
        }
    }
    encoder->gathered_frame += STREAM_AAC_FRAMES;
    encoder->n_gathered = 0;
    return n;
}

static size_t feed(struct encode_aac *encoder, const float *frames, size_t n,
                   struct stream_packet *packets)
{
    size_t n_packets = 0;
    for (size_t i = 0; i < n; i++) {
        encoder->gathered[0][encoder->n_gathered] = frames[AIR_CHANNELS * i];
        encoder->gathered[1][encoder->n_gathered] = frames[AIR_CHANNELS * i + 1];
        if (++encoder->n_gathered == STREAM_AAC_FRAMES) {
            bool has_room = packets && n_packets < STREAM_PACKETS_IN_STEP_MAX;
            n_packets += encode(encoder, has_room ? packets + n_packets : NULL);
        }
    }
    return n_packets;
}

static void encode_aac_restart(struct stream_encoder *head, const float *before)
{
    struct encode_aac *encoder = (struct encode_aac *)head;
    memcpy(encoder->before, before, sizeof encoder->before);
    encoder->is_anew = true;
}

/* From the first frame of the grid on that `before` holds. */
static void begin_anew(struct encode_aac *encoder, int64_t frame)
{
    avcodec_free_context(&encoder->codec);
    encoder->codec = codec_begin(encoder->bitrate_bps);
    encoder->is_anew = false;
    encoder->n_gathered = 0;
    int64_t first = frame - STREAM_BEFORE_FRAMES;
    encoder->gathered_frame =
        frames_floor_div(first + STREAM_AAC_FRAMES - 1, STREAM_AAC_FRAMES) * STREAM_AAC_FRAMES;
    size_t skipped = (size_t)(encoder->gathered_frame - first);
    feed(encoder, encoder->before + skipped * AIR_CHANNELS, STREAM_BEFORE_FRAMES - skipped, NULL);
}

static void encode_aac_join(struct stream_encoder *head)
{
    (void)head; /* LC frames hold on to none but for their overlap, which both have heard */
}

static size_t encode_aac_step(struct stream_encoder *head, int64_t frame, const float *frames,
                              struct stream_packet *packets)
{
    struct encode_aac *encoder = (struct encode_aac *)head;
    if (encoder->is_anew) {
        begin_anew(encoder, frame);
    }
    return feed(encoder, frames, STREAM_STEP_FRAMES, packets);
}

static void encode_aac_destroy(struct stream_encoder *head)
{
    struct encode_aac *encoder = (struct encode_aac *)head;
    avcodec_free_context(&encoder->codec);
    av_frame_free(&encoder->frame);
    av_packet_free(&encoder->packet);
    free(encoder);
}

static const struct stream_encoder_ops encode_aac_ops = {encode_aac_restart, encode_aac_join,
                                                         encode_aac_step, encode_aac_destroy};

int encode_aac_create(int bitrate_bps, struct stream_encoder **ret_encoder, struct fault *reterr)
{
    av_log_set_callback(say_nothing);
    struct encode_aac *encoder = calloc(1, sizeof *encoder);
    if (encoder) {
        encoder->head.ops = &encode_aac_ops;
        encoder->bitrate_bps = bitrate_bps;
        encoder->is_anew = true;
        encoder->codec = codec_begin(bitrate_bps);
        encoder->frame = av_frame_alloc();
        encoder->packet = av_packet_alloc();
    }
    if (!encoder || !encoder->codec || !encoder->frame || !encoder->packet) {
        if (encoder) {
            encode_aac_destroy(&encoder->head);
        }
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    encoder->frame->format = AV_SAMPLE_FMT_FLTP;
    encoder->frame->sample_rate = AIR_RATE;
    av_channel_layout_default(&encoder->frame->ch_layout, AIR_CHANNELS);
    *ret_encoder = &encoder->head;
    return 0;
}
