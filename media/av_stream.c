/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswresample/swresample.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "media/stream.h"

enum { CONVERTED_FRAMES = 16384, ALLOC_MAX_BYTES = 256 << 20 };

/* HLS fetches what its playlist names, by these protocols too and no others. */
static const char HTTP_PROTOCOLS[] = "http,https,tls,tcp,crypto";
static const char RTP_PROTOCOLS[] = "rtp,udp";
static const char CONTAINERS[] = "mp3,aac,ogg,flac,wav,hls,mpegts,mov,matroska,webm,rtp,asf";
static const char CODECS[] =
    "aac,aac_latm,mp3,mp3float,mp2,mp2float,opus,vorbis,flac,speex,wmav1,wmav2,ac3,eac3,g722,"
    "adpcm_g722,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_f32le,pcm_alaw,pcm_mulaw,pcm_u8";

struct stream {
    int fd;
    int64_t deadline_ns; /* of the request that runs */
    AVFormatContext *format;
    int (*open_io)(AVFormatContext *, AVIOContext **, const char *, int, AVDictionary **);
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    SwrContext *swr;
    int rate; /* that swr is set for */
    int sample_format;
    int channels;
    float *converted; /* CONVERTED_FRAMES */
    float *stereo;
    bool unheard; /* nobody reads any more */
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void be_patient(struct stream *stream)
{
    stream->deadline_ns = now_ns() + (int64_t)STREAM_PATIENCE_S * 1000000000;
}

static int is_too_late(void *context)
{
    const struct stream *stream = context;
    return now_ns() > stream->deadline_ns;
}

/* That a certificate is no good FFmpeg tells its log only: its error is that of a broken line. This
 * process has one stream, and the log no other context. */
enum certificate_trouble { CERTIFICATE_FINE, CERTIFICATE_UNTRUSTED, CERTIFICATE_OF_ANOTHER };
static _Atomic int certificate_trouble;

static void hear_log(void *context, int level, const char *format, va_list arguments)
{
    (void)context;
    (void)arguments;
    if (level <= AV_LOG_ERROR && strstr(format, "ertificate")) {
        certificate_trouble =
            strstr(format, "hostname") ? CERTIFICATE_OF_ANOTHER : CERTIFICATE_UNTRUSTED;
    }
}

static int out_of_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

static int explain_certificate(struct fault *reterr)
{
    if (certificate_trouble == CERTIFICATE_OF_ANOTHER) {
        return fault_set(reterr, EKEYREJECTED, NULL, 0,
                         _("the server's certificate is made for another name; correct the "
                           "address, or have the server's keeper mend the certificate"));
    }
    return fault_set(reterr, EKEYREJECTED, NULL, 0,
                     _("the server's certificate is not to be trusted; look at this machine's "
                       "date, install the certificate authority that the server has, or have the "
                       "server's keeper mend the certificate"));
}

/* What FFmpeg's error means to whoever asked for the stream. */
static int explain(int err, struct fault *reterr)
{
    if (certificate_trouble != CERTIFICATE_FINE) {
        return explain_certificate(reterr);
    }
    switch (err) {
    case AVERROR(ENOMEM):
        return out_of_memory(reterr);
    case AVERROR_EXIT:
    case AVERROR(ETIMEDOUT):
        return fault_set(reterr, ETIMEDOUT, NULL, 0,
                         _("the server of the relay does not answer; is its address right, and the "
                           "network up?"));
    case AVERROR_EOF:
        return fault_set(reterr, ENODATA, NULL, 0, _("the relay has ended"));
    case AVERROR(EIO): /* errno's words would speak of a disk */
        return fault_set(reterr, EIO, NULL, 0, _("the relay's connection broke off"));
    case AVERROR_HTTP_NOT_FOUND:
    case AVERROR_HTTP_FORBIDDEN:
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_BAD_REQUEST:
    case AVERROR_HTTP_OTHER_4XX:
    case AVERROR_HTTP_SERVER_ERROR:
        return fault_set(reterr, EPROTO, NULL, 0,
                         _("the server has nothing at the relay's address, or does not give it; "
                           "correct the address in the station file"));
    default:
        break;
    }
    if (AVUNERROR(err) > 0 && AVUNERROR(err) < 200 && err != AVERROR(EINVAL)) {
        return fault_set(reterr, AVUNERROR(err), NULL, 0, _("the relay cannot be reached: %s"),
                         errno_text(AVUNERROR(err)));
    }
    return fault_set(reterr, EPROTO, NULL, 0,
                     _("what the relay's address gives is no stream of a kind that loa reads"));
}

/* --- opening ------------------------------------------------------------------------- */

/* Every address that is opened: the stream's own, and those that a playlist names, to which FFmpeg
 * would not hand on that certificates are checked. */
static int open_checked(AVFormatContext *format, AVIOContext **ret_io, const char *url, int flags,
                        AVDictionary **options)
{
    const struct stream *stream = format->opaque;
    const char *authorities = getenv("SSL_CERT_FILE"); /* as calendars from a server have it */
    int r = av_dict_set_int(options, "tls_verify", 1, 0);
    if (r >= 0 && authorities && *authorities) {
        r = av_dict_set(options, "ca_file", authorities, 0);
    }
    return r < 0 ? r : stream->open_io(format, ret_io, url, flags, options);
}

static int stream_connect(struct stream *stream, const char *url, struct fault *reterr)
{
    AVDictionary *options = NULL;
    bool is_rtp = strncasecmp(url, "rtp:", 4) == 0;
    stream->format = avformat_alloc_context();
    if (!stream->format) {
        return out_of_memory(reterr);
    }
    stream->format->interrupt_callback = (AVIOInterruptCB){is_too_late, stream};
    stream->format->opaque = stream;
    stream->open_io = stream->format->io_open;
    stream->format->io_open = open_checked;
    bool whole =
        av_dict_set(&options, "protocol_whitelist", is_rtp ? RTP_PROTOCOLS : HTTP_PROTOCOLS, 0) >=
            0 &&
        av_dict_set(&options, "format_whitelist", CONTAINERS, 0) >= 0 &&
        av_dict_set(&options, "codec_whitelist", CODECS, 0) >= 0 &&
        av_dict_set(&options, "user_agent", "loa", 0) >= 0 &&
        av_dict_set_int(&options, "rw_timeout", STREAM_PATIENCE_S * INT64_C(1000000), 0) >= 0 &&
        av_dict_set_int(&options, "probesize", 1 << 17, 0) >= 0 &&
        av_dict_set_int(&options, "analyzeduration", 3000000, 0) >= 0;
    be_patient(stream);
    int r = whole ? avformat_open_input(&stream->format, url, NULL, &options) : AVERROR(ENOMEM);
    av_dict_free(&options);
    if (r == 0) {
        be_patient(stream);
        r = avformat_find_stream_info(stream->format, NULL);
    }
    return r < 0 ? explain(r, reterr) : 0;
}

static int stream_choose(struct stream *stream, int *ret_index, struct fault *reterr)
{
    const AVCodec *decoder = NULL;
    int index = av_find_best_stream(stream->format, AVMEDIA_TYPE_AUDIO, -1, -1, &decoder, 0);
    if (index < 0 || !decoder) {
        return explain(AVERROR_STREAM_NOT_FOUND, reterr);
    }
    for (unsigned i = 0; i < stream->format->nb_streams; i++) {
        stream->format->streams[i]->discard =
            i == (unsigned)index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    AVDictionary *options = NULL;
    stream->codec = avcodec_alloc_context3(decoder);
    stream->packet = av_packet_alloc();
    stream->frame = av_frame_alloc();
    stream->converted = calloc((size_t)CONVERTED_FRAMES * AIR_CHANNELS, sizeof(float));
    stream->stereo = calloc((size_t)CONVERTED_FRAMES * AIR_CHANNELS, sizeof(float));
    if (!stream->codec || !stream->packet || !stream->frame || !stream->converted ||
        !stream->stereo || av_dict_set(&options, "codec_whitelist", CODECS, 0) < 0) {
        return out_of_memory(reterr);
    }
    int r = avcodec_parameters_to_context(stream->codec, stream->format->streams[index]->codecpar);
    r = r < 0 ? r : avcodec_open2(stream->codec, decoder, &options);
    av_dict_free(&options);
    *ret_index = index;
    return r < 0 ? explain(r, reterr) : 0;
}

/* --- carrying ------------------------------------------------------------------------ */

/* Whole frames, so that a reader is never out of step, however this process ends. */
static int pipe_write(struct stream *stream, const float *frames, size_t n, struct fault *reterr)
{
    while (n > 0) {
        size_t part = n < STREAM_WRITE_FRAMES ? n : STREAM_WRITE_FRAMES;
        ssize_t written = write(stream->fd, frames, part * AIR_CHANNELS * sizeof *frames);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            stream->unheard = errno == EPIPE;
            return stream->unheard ? -EPIPE
                                   : fault_set(reterr, errno, NULL, 0,
                                               _("the radio does not take the relay's sound: %s"),
                                               errno_text(errno));
        }
        size_t n_written = (size_t)written / (AIR_CHANNELS * sizeof *frames);
        frames += n_written * AIR_CHANNELS;
        n -= n_written;
    }
    return 0;
}

/* The form of the sound may change from frame to frame: a station parts its programmes. */
static int swr_suit(struct stream *stream)
{
    const AVFrame *frame = stream->frame;
    int channels = frame->ch_layout.nb_channels;
    if (stream->swr && stream->rate == frame->sample_rate &&
        stream->sample_format == frame->format && stream->channels == channels) {
        return 0;
    }
    swr_free(&stream->swr);
    AVChannelLayout in;
    AVChannelLayout out;
    av_channel_layout_default(&in, channels);
    av_channel_layout_default(&out, channels == 1 ? 1 : AIR_CHANNELS);
    int r = swr_alloc_set_opts2(&stream->swr, &out, AV_SAMPLE_FMT_FLT, AIR_RATE, &in, frame->format,
                                frame->sample_rate, 0, NULL);
    r = r < 0 ? r : swr_init(stream->swr);
    stream->rate = frame->sample_rate;
    stream->sample_format = frame->format;
    stream->channels = channels;
    return r;
}

static int convert_and_write(struct stream *stream, struct fault *reterr)
{
    int r = swr_suit(stream);
    const uint8_t **in = (const uint8_t **)(uintptr_t)stream->frame->extended_data;
    int n_in = stream->frame->nb_samples;
    uint8_t *out = (uint8_t *)stream->converted;
    while (r >= 0) {
        r = swr_convert(stream->swr, &out, CONVERTED_FRAMES, in, n_in);
        if (r <= 0) {
            break;
        }
        const float *frames = stream->converted;
        for (int i = 0; stream->channels == 1 && i < r; i++) { /* one channel is on both sides */
            stream->stereo[2 * i] = stream->stereo[2 * i + 1] = stream->converted[i];
            frames = stream->stereo;
        }
        int r_write = pipe_write(stream, frames, (size_t)r, reterr);
        if (r_write < 0) {
            return r_write;
        }
        if (r < CONVERTED_FRAMES) {
            break;
        }
        in = NULL; /* what it still holds of these */
        n_in = 0;
    }
    return r < 0 ? explain(r, reterr) : 0;
}

/* What cannot be decoded is left out: the next packet may be whole. */
static int decode(struct stream *stream, struct fault *reterr)
{
    if (avcodec_send_packet(stream->codec, stream->packet) < 0) {
        return 0;
    }
    int r = 0;
    while (r == 0 && avcodec_receive_frame(stream->codec, stream->frame) == 0) {
        if (stream->frame->nb_samples > 0 && stream->frame->ch_layout.nb_channels > 0) {
            r = convert_and_write(stream, reterr);
        }
        av_frame_unref(stream->frame);
    }
    return r;
}

static int carry(struct stream *stream, int index, struct fault *reterr)
{
    int r = 0;
    while (r == 0) {
        be_patient(stream);
        int r_read = av_read_frame(stream->format, stream->packet);
        if (r_read < 0) {
            return explain(r_read, reterr);
        }
        if (stream->packet->stream_index == index) {
            r = decode(stream, reterr);
        }
        av_packet_unref(stream->packet);
    }
    return stream->unheard ? 0 : r;
}

int av_stream_carry(const char *url, int fd, struct fault *reterr)
{
    struct stream stream = {.fd = fd};
    int index = 0;
    av_log_set_callback(hear_log);
    certificate_trouble = CERTIFICATE_FINE;
    av_max_alloc(ALLOC_MAX_BYTES);
    int r = stream_connect(&stream, url, reterr);
    r = r < 0 ? r : stream_choose(&stream, &index, reterr);
    r = r < 0 ? r : carry(&stream, index, reterr);
    swr_free(&stream.swr);
    av_frame_free(&stream.frame);
    av_packet_free(&stream.packet);
    avcodec_free_context(&stream.codec);
    avformat_close_input(&stream.format);
    free(stream.converted);
    free(stream.stereo);
    return r;
}
