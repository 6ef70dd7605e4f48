/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libswresample/swresample.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "media/av_file.h"
#include "media/sound_source.h"

/* Packets in a row without any sound, after which none is expected. */
enum { BARREN_PACKETS_MAX = 5000 };

struct av_source {
    struct sound_source source;
    const char *name;
    struct av_file *file;
    AVCodecContext *codec;
    SwrContext *swr;
    int sample_format; /* of the first frame */
    AVPacket *packet;
    AVFrame *frame;
    float *ready; /* decoded, and not yet asked for */
    size_t ready_from;
    size_t ready_until;
    size_t ready_capacity;
    int64_t frames_left; /* until the end that the file tells exactly; -1: it does not */
    int64_t skipped;     /* at the start, as the first packet says */
    bool is_paused;      /* the packet before was an AMR pause */
    bool is_drained;     /* no packets any more */
    bool is_over;
};

static struct av_source *mine(struct sound_source *source)
{
    return (struct av_source *)source;
}

static int out_of_memory(const struct av_source *s, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, s->name, 0, _("out of memory"));
}

static int not_converted(const struct av_source *s, int err, struct fault *reterr)
{
    char why[AV_ERROR_MAX_STRING_SIZE] = "";
    if (err == AVERROR(ENOMEM)) {
        return out_of_memory(s, reterr);
    }
    (void)!av_strerror(err, why, sizeof why);
    return fault_set(reterr, ENOTSUP, s->name, 0,
                     _("cannot be converted: %s; save it as MP3, M4A or WAV"), why);
}

/* --- decoding --------------------------------------------------------------------------- */

/* The first packet says in its first four bytes how many frames are not to be heard. */
static int64_t frames_to_skip(const AVPacket *packet)
{
    size_t n = 0;
    const uint8_t *x = av_packet_get_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, &n);
    return x && n >= 4
               ? (int64_t)((uint32_t)x[3] << 24 | (uint32_t)x[2] << 16 | (uint32_t)x[1] << 8 | x[0])
               : 0;
}

/* A recorder that saves on pauses sends AMR frames that hold next to nothing (3GPP TS 26.101 and
 * 26.201: types past the speech ones), and FFmpeg's decoder does not know them. */
static bool is_pause(const struct av_source *s)
{
    int first = s->codec->codec_id == AV_CODEC_ID_AMR_NB   ? 8
                : s->codec->codec_id == AV_CODEC_ID_AMR_WB ? 9
                                                           : 16;
    return s->packet->size > 0 && (s->packet->data[0] >> 3 & 15) >= first;
}

/* Silence in place of a pause's frame, for it lasts as long as any. 1, or -ENOMEM. */
static int make_pause(struct av_source *s, struct fault *reterr)
{
    av_frame_unref(s->frame);
    s->frame->format = s->codec->sample_fmt;
    s->frame->sample_rate = s->codec->sample_rate;
    s->frame->nb_samples = s->codec->codec_id == AV_CODEC_ID_AMR_NB ? 160 : 320;
    if (av_channel_layout_copy(&s->frame->ch_layout, &s->codec->ch_layout) < 0 ||
        av_frame_get_buffer(s->frame, 0) < 0) {
        return out_of_memory(s, reterr);
    }
    av_samples_set_silence(s->frame->extended_data, 0, s->frame->nb_samples,
                           s->frame->ch_layout.nb_channels, s->frame->format);
    return 1;
}

/* The next packet goes into the decoder, or the news that there is none any more. */
static void feed(struct av_source *s)
{
    if (av_file_next(s->file, s->packet, &s->source.is_damaged) == 0) {
        avcodec_send_packet(s->codec, NULL);
        s->is_drained = true;
        return;
    }
    if (s->skipped < 0) {
        s->skipped = frames_to_skip(s->packet);
    }
    if (is_pause(s)) {
        s->is_paused = true;
        av_packet_unref(s->packet);
        return;
    }
    int r = avcodec_send_packet(s->codec, s->packet);
    s->source.is_damaged |= r < 0 && r != AVERROR(EAGAIN) && r != AVERROR_EOF;
    av_packet_unref(s->packet);
}

/* Decode until a frame is there: 1; 0: the end; -ENOMEM, which is no end of the recording. */
static int next_frame(struct av_source *s, struct fault *reterr)
{
    for (int n_barren = 0; n_barren < BARREN_PACKETS_MAX; n_barren++) {
        int r = avcodec_receive_frame(s->codec, s->frame);
        if (r == 0 && s->frame->nb_samples > 0) {
            return 1;
        }
        if (r == AVERROR_EOF || (r == AVERROR(EAGAIN) && s->is_drained)) {
            return 0;
        }
        if (r == AVERROR(ENOMEM)) {
            return out_of_memory(s, reterr);
        }
        s->source.is_damaged |= r < 0 && r != AVERROR(EAGAIN);
        if (r == AVERROR(EAGAIN)) {
            feed(s);
        }
        if (s->is_paused) {
            s->is_paused = false;
            return make_pause(s, reterr);
        }
    }
    s->source.is_damaged = true;
    return 0;
}

/* Floats, interleaved, up to the exact end; nothing else is changed. */
static int convert(struct av_source *s, struct fault *reterr)
{
    AVFrame *frame = s->frame;
    if (!s->swr) {
        int r =
            swr_alloc_set_opts2(&s->swr, &frame->ch_layout, AV_SAMPLE_FMT_FLT, frame->sample_rate,
                                &frame->ch_layout, frame->format, frame->sample_rate, 0, NULL);
        r = r < 0 ? r : swr_init(s->swr);
        if (r < 0) {
            return not_converted(s, r, reterr);
        }
        s->sample_format = frame->format;
    }
    size_t n = (size_t)frame->nb_samples;
    if (n > s->ready_capacity) {
        float *more = realloc(s->ready, n * SOUND_CHANNELS_MAX * sizeof *more);
        if (!more) {
            return out_of_memory(s, reterr);
        }
        s->ready = more;
        s->ready_capacity = n;
    }
    uint8_t *out = (uint8_t *)s->ready;
    const uint8_t *in[SOUND_CHANNELS_MAX] = {frame->data[0], frame->data[1]};
    int got = swr_convert(s->swr, &out, frame->nb_samples, in, frame->nb_samples);
    if (got != frame->nb_samples) {
        return not_converted(s, got < 0 ? got : AVERROR(EINVAL), reterr);
    }
    s->ready_from = 0;
    s->ready_until = s->frames_left >= 0 && s->frames_left < got ? (size_t)s->frames_left : n;
    s->frames_left -= s->frames_left >= 0 ? (int64_t)s->ready_until : 0;
    return 0;
}

static bool form_is_other(const struct av_source *s)
{
    return s->frame->sample_rate != s->source.info.rate ||
           s->frame->ch_layout.nb_channels != s->source.info.channels ||
           s->frame->format != s->sample_format;
}

static int fill(struct av_source *s, struct fault *reterr)
{
    int r = s->frames_left == 0 ? 0 : next_frame(s, reterr);
    if (r < 0) {
        return r;
    }
    if (av_file_failed(s->file, NULL) < 0) {
        return av_file_failed(s->file, reterr);
    }
    if (r == 0) {
        s->is_over = true;
        return 0;
    }
    if (s->swr && form_is_other(s)) {
        s->source.goes_on = true;
        s->is_over = true;
        return 0;
    }
    return convert(s, reterr);
}

static int source_read(struct sound_source *source, float *out, size_t n_frames, size_t *ret_n,
                       struct fault *reterr)
{
    struct av_source *s = mine(source);
    size_t channels = (size_t)s->source.info.channels;
    size_t done = 0;
    while (done < n_frames) {
        if (s->ready_from == s->ready_until) {
            int r = s->is_over ? 0 : fill(s, reterr);
            if (r < 0) {
                return r;
            }
            if (s->is_over) {
                break;
            }
        }
        size_t ready = s->ready_until - s->ready_from;
        size_t n = ready < n_frames - done ? ready : n_frames - done;
        memcpy(out + done * channels, s->ready + s->ready_from * channels,
               n * channels * sizeof *out);
        s->ready_from += n;
        done += n;
    }
    *ret_n = done;
    return 0;
}

/* --- the source ------------------------------------------------------------------------- */

static int measure(struct av_source *s, struct fault *reterr)
{
    bool is_exact = false;
    int r =
        av_file_measure(s->file, s->source.info.rate, s->skipped > 0 ? s->skipped : 0,
                        &s->source.info.claimed_frames, &is_exact, &s->source.slack_frames, reterr);
    s->source.claimed_frames = s->source.info.claimed_frames;
    s->frames_left = is_exact ? s->source.claimed_frames : -1;
    return r;
}

static int codec_open(struct av_source *s, struct fault *reterr)
{
    const struct av_stream *stream = av_file_stream(s->file);
    const AVCodec *decoder = avcodec_find_decoder_by_name(stream->decoder);
    s->codec = avcodec_alloc_context3(decoder);
    s->packet = av_packet_alloc();
    s->frame = av_frame_alloc();
    if (!s->codec || !s->packet || !s->frame) {
        return out_of_memory(s, reterr);
    }
    int r = decoder ? avcodec_parameters_to_context(s->codec, stream->parameters)
                    : AVERROR_DECODER_NOT_FOUND;
    s->codec->pkt_timebase = (AVRational){stream->time_base_num, stream->time_base_den};
    s->codec->thread_count = 1;
    r = r < 0 ? r : avcodec_open2(s->codec, decoder, NULL);
    if (r == AVERROR(ENOMEM)) {
        return out_of_memory(s, reterr);
    }
    if (r < 0) {
        return fault_set(reterr, ENOTSUP, s->name, 0,
                         _("holds sound that is not imported (%s); save it as MP3, M4A or WAV"),
                         stream->codec_name);
    }
    return 0;
}

/* The first frame tells what no header is to be believed in. */
static int first_frame(struct av_source *s, struct fault *reterr)
{
    int r = next_frame(s, reterr);
    if (r < 0) {
        return r;
    }
    if (av_file_failed(s->file, NULL) < 0) {
        return av_file_failed(s->file, reterr);
    }
    if (r == 0) {
        return fault_set(reterr, EBADMSG, s->name, 0,
                         _("holds no sound that can be read; it is damaged, empty or locked "
                           "against copying; record or copy it again"));
    }
    r = sound_check_form(s->frame->sample_rate, s->frame->ch_layout.nb_channels, s->name, reterr);
    if (r < 0) {
        return r;
    }
    s->source.info.rate = s->frame->sample_rate;
    s->source.info.channels = s->frame->ch_layout.nb_channels;
    r = measure(s, reterr);
    return r < 0 ? r : convert(s, reterr);
}

static int source_open(struct av_source *s, struct fault *reterr)
{
    int r = codec_open(s, reterr);
    if (r == 0) {
        r = first_frame(s, reterr);
    }
    const struct av_stream *stream = av_file_stream(s->file);
    snprintf(s->source.info.format, SOUND_FORMAT_MAX, *stream->container_name ? "%s (%s)" : "%s",
             stream->codec_name, stream->container_name);
    return r;
}

static const char *source_tag(const struct sound_source *source, enum sound_tag tag)
{
    static const char *const names[] = {[SOUND_TAG_TITLE] = "title",
                                        [SOUND_TAG_GENRE] = "genre",
                                        [SOUND_TAG_ALBUM] = "album",
                                        [SOUND_TAG_COMMENT] = "comment",
                                        [SOUND_TAG_ARTIST] = "artist"};
    return av_file_tag(((const struct av_source *)source)->file, names[tag]);
}

static int64_t source_position(const struct sound_source *source)
{
    return av_file_position(((const struct av_source *)source)->file);
}

static void source_destroy(struct sound_source *source)
{
    struct av_source *s = mine(source);
    swr_free(&s->swr);
    av_frame_free(&s->frame);
    av_packet_free(&s->packet);
    avcodec_free_context(&s->codec);
    av_file_close(s->file);
    free(s->ready);
    free(s);
}

int av_source_open(int fd, int64_t size, const char *name, const char *demuxer,
                   struct sound_source **ret_source, struct fault *reterr)
{
    static const struct sound_source_type type = {source_read, source_tag, source_position, NULL,
                                                  source_destroy};
    struct av_source *s = calloc(1, sizeof *s);
    if (!s) {
        return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
    }
    s->source.type = &type;
    s->name = name;
    s->skipped = -1;
    int r = av_file_open(fd, size, name, demuxer, &s->file, reterr);
    if (r == 0) {
        r = source_open(s, reterr);
    }
    if (r < 0) {
        source_destroy(&s->source);
        return r;
    }
    *ret_source = &s->source;
    return 0;
}
