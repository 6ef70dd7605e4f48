/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/av_file.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/sound_kind.h"

enum {
    IO_BYTES = 32768,
    STREAMS_MAX = 32,
    ALLOC_MAX_BYTES = 256 << 20,
    READS_BEYOND_MAX = 4096,   /* a demuxer that goes round and round behind the end */
    PADDING_MAX_FRAMES = 4096, /* behind AAC: two packets of its longest */
};

struct codec {
    enum AVCodecID id;
    const char *decoder; /* FFmpeg's own, never a wrapper of another library */
    const char *name;
};

static const struct codec CODECS[] = {
    {AV_CODEC_ID_AAC, "aac", "AAC"},
    {AV_CODEC_ID_ALAC, "alac", "ALAC"},
    {AV_CODEC_ID_AMR_NB, "amrnb", "AMR"},
    {AV_CODEC_ID_AMR_WB, "amrwb", "AMR wideband"},
    {AV_CODEC_ID_MP3, "mp3float", "MP3"},
    {AV_CODEC_ID_MP2, "mp2float", "MP2"},
    {AV_CODEC_ID_OPUS, "opus", "Opus"},
    {AV_CODEC_ID_VORBIS, "vorbis", "Vorbis"},
    {AV_CODEC_ID_FLAC, "flac", "FLAC"},
    {AV_CODEC_ID_SPEEX, "speex", "Speex"},
    {AV_CODEC_ID_WMAV1, "wmav1", "WMA"},
    {AV_CODEC_ID_WMAV2, "wmav2", "WMA"},
    {AV_CODEC_ID_WMAPRO, "wmapro", "WMA Pro"},
    {AV_CODEC_ID_WMAVOICE, "wmavoice", "WMA Voice"},
    {AV_CODEC_ID_WMALOSSLESS, "wmalossless", "WMA lossless"},
    {AV_CODEC_ID_AC3, "ac3", "AC-3"},
    {AV_CODEC_ID_GSM, "gsm", "GSM"},
    {AV_CODEC_ID_GSM_MS, "gsm_ms", "GSM"},
    {AV_CODEC_ID_ADPCM_G722, "g722", "G.722"},
    {AV_CODEC_ID_ADPCM_MS, "adpcm_ms", "ADPCM"},
    {AV_CODEC_ID_ADPCM_IMA_WAV, "adpcm_ima_wav", "ADPCM"},
    {AV_CODEC_ID_ADPCM_IMA_QT, "adpcm_ima_qt", "ADPCM"},
    {AV_CODEC_ID_PCM_U8, "pcm_u8", "PCM"},
    {AV_CODEC_ID_PCM_S8, "pcm_s8", "PCM"},
    {AV_CODEC_ID_PCM_S16LE, "pcm_s16le", "PCM 16 bit"},
    {AV_CODEC_ID_PCM_S16BE, "pcm_s16be", "PCM 16 bit"},
    {AV_CODEC_ID_PCM_S24LE, "pcm_s24le", "PCM 24 bit"},
    {AV_CODEC_ID_PCM_S24BE, "pcm_s24be", "PCM 24 bit"},
    {AV_CODEC_ID_PCM_S32LE, "pcm_s32le", "PCM 32 bit"},
    {AV_CODEC_ID_PCM_S32BE, "pcm_s32be", "PCM 32 bit"},
    {AV_CODEC_ID_PCM_F32LE, "pcm_f32le", "PCM float"},
    {AV_CODEC_ID_PCM_F32BE, "pcm_f32be", "PCM float"},
    {AV_CODEC_ID_PCM_ALAW, "pcm_alaw", "PCM A-law"},
    {AV_CODEC_ID_PCM_MULAW, "pcm_mulaw", "PCM µ-law"},
};

/* By FFmpeg's name: what people call it, and how far its claim of a length is to be believed. */
static const struct container {
    const char *demuxer;
    const char *name; /* "": the codec's name says it */
    double slack_seconds;
    bool needs_parser; /* its packets are no frames; FFmpeg's parser of the codec cuts them */
} CONTAINERS[] = {
    {"mov", "MP4", 0.1, false},   {"matroska", "Matroska", 0.5, false},
    {"asf", "", 0.5, false},      {"amr", "", 0, true},
    {"aac", "", 0, false},        {"caf", "CAF", 0.1, false},
    {"aiff", "AIFF", 0.1, false}, {"wav", "WAV", 0.1, false},
    {"ogg", "Ogg", 0, false},     {"gsm", "", 0, false},
    {"g722", "", 0, false},
};

struct av_file {
    int fd;
    int64_t size; /* bytes */
    const char *name;
    const struct container *container;
    int64_t position; /* bytes */
    int64_t furthest;
    int err; /* errno of the first read that failed */
    unsigned n_reads_beyond;
    AVIOContext *io;
    AVFormatContext *format;
    int index; /* of the stream */
    struct av_stream stream;
};

static int out_of_memory(const struct av_file *file, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, file->name, 0, _("out of memory"));
}

int av_file_failed(const struct av_file *file, struct fault *reterr)
{
    return file->err == 0 ? 0
                          : fault_set(reterr, file->err, file->name, 0, _("cannot be read: %s"),
                                      errno_text(file->err));
}

/* --- the fence -------------------------------------------------------------------------- */

static void say_nothing(void *context, int level, const char *format, va_list arguments)
{
    (void)context;
    (void)level;
    (void)format;
    (void)arguments;
}

static void fence_once(void)
{
    av_log_set_callback(say_nothing);
    av_max_alloc(ALLOC_MAX_BYTES);
}

static int open_nothing(AVFormatContext *format, AVIOContext **ret_io, const char *url, int flags,
                        AVDictionary **options)
{
    (void)format;
    (void)ret_io;
    (void)url;
    (void)flags;
    (void)options;
    return AVERROR(EPERM);
}

static int io_read(void *context, uint8_t *into, int n)
{
    struct av_file *file = context;
    ssize_t got;
    do {
        got = pread(file->fd, into, (size_t)n, file->position);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        file->err = file->err ? file->err : errno;
        return AVERROR(errno);
    }
    if (got == 0) {
        return ++file->n_reads_beyond > READS_BEYOND_MAX ? AVERROR_EXIT : AVERROR_EOF;
    }
    file->position += got;
    return (int)got;
}

static int64_t io_seek(void *context, int64_t offset, int whence)
{
    struct av_file *file = context;
    if (whence & AVSEEK_SIZE) {
        return file->size;
    }
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->position : file->size;
    if (offset > INT64_MAX - base || base + offset < 0) {
        return AVERROR(EINVAL);
    }
    file->position = base + offset;
    return file->position;
}

/* --- opening ---------------------------------------------------------------------------- */

static const struct codec *codec_find(enum AVCodecID id)
{
    for (size_t i = 0; i < ARRAY_LEN(CODECS); i++) {
        if (CODECS[i].id == id) {
            return &CODECS[i];
        }
    }
    return NULL;
}

static void format_close(struct av_file *file)
{
    avformat_close_input(&file->format);
    if (file->io) {
        av_freep(&file->io->buffer);
        avio_context_free(&file->io);
    }
}

/* ignores_edits: an MP4's edit list, which is for the one that wants to know the media's own
 * length; everyone else is to see what the edits leave. */
static int format_open(struct av_file *file, bool ignores_edits, struct fault *reterr)
{
    file->position = 0;
    file->n_reads_beyond = 0;
    unsigned char *buffer = av_malloc(IO_BYTES);
    file->io =
        buffer ? avio_alloc_context(buffer, IO_BYTES, 0, file, io_read, NULL, io_seek) : NULL;
    file->format = file->io ? avformat_alloc_context() : NULL;
    if (!file->format) {
        if (!file->io) {
            av_free(buffer);
        }
        return out_of_memory(file, reterr);
    }
    file->format->pb = file->io;
    file->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    if (!file->container->needs_parser) {
        file->format->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
    }
    file->format->io_open = open_nothing;
    file->format->max_streams = STREAMS_MAX;
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    av_dict_set(&options, "format_whitelist", file->container->demuxer, 0);
    av_dict_set(&options, "ignore_editlist", ignores_edits ? "1" : "0", 0);
    const AVInputFormat *demuxer = av_find_input_format(file->container->demuxer);
    int r = demuxer ? avformat_open_input(&file->format, NULL, demuxer, &options)
                    : AVERROR_DEMUXER_NOT_FOUND;
    av_dict_free(&options);
    if (file->err != 0) {
        return av_file_failed(file, reterr);
    }
    if (r == AVERROR(ENOMEM)) {
        return out_of_memory(file, reterr);
    }
    return r < 0 ? -EBADMSG : 0;
}

static void set_stream(struct av_file *file, int index)
{
    const AVStream *stream = file->format->streams[index];
    const struct codec *codec = codec_find(stream->codecpar->codec_id);
    bool is_webm = strcmp(file->container->demuxer, "matroska") == 0 &&
                   (codec->id == AV_CODEC_ID_OPUS || codec->id == AV_CODEC_ID_VORBIS);
    file->index = index;
    file->stream = (struct av_stream){
        .parameters = stream->codecpar,
        .time_base_num = stream->time_base.num,
        .time_base_den = stream->time_base.den,
        .decoder = codec->decoder,
        .codec_name = codec->name,
        .container_name = is_webm ? "WebM" : file->container->name,
    };
}

/* The stream that is marked as the one to hear, or the first. */
static int choose_stream(struct av_file *file, struct fault *reterr)
{
    int chosen = -1;
    const AVStream *unread = NULL;
    for (unsigned i = 0; i < file->format->nb_streams; i++) {
        const AVStream *stream = file->format->streams[i];
        if (stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) {
            continue;
        }
        if (!codec_find(stream->codecpar->codec_id)) {
            unread = stream;
        } else if (chosen < 0 ||
                   ((stream->disposition & AV_DISPOSITION_DEFAULT) &&
                    !(file->format->streams[chosen]->disposition & AV_DISPOSITION_DEFAULT))) {
            chosen = (int)i;
        }
    }
    for (unsigned i = 0; i < file->format->nb_streams; i++) {
        file->format->streams[i]->discard = (int)i == chosen ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    if (chosen < 0 && unread) {
        return fault_set(reterr, ENOTSUP, file->name, 0,
                         _("holds sound that is not imported (%s); save it as MP3, M4A or WAV"),
                         avcodec_get_name(unread->codecpar->codec_id));
    }
    if (chosen < 0) {
        return fault_set(reterr, ENOTSUP, file->name, 0,
                         _("has no sound in it; was the right file chosen?"));
    }
    set_stream(file, chosen);
    return 0;
}

static int lost_its_index(const struct av_file *file, struct fault *reterr)
{
    return fault_set(reterr, EBADMSG, file->name, 0,
                     _("lost its index, which is written last, so nothing of it can be read: its "
                       "recorder was switched off or the copy was broken off; copy it again, or "
                       "let the device that recorded it repair it"));
}

int av_file_open(int fd, int64_t size, const char *name, const char *demuxer,
                 struct av_file **ret_file, struct fault *reterr)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fence_once);
    struct av_file *file = calloc(1, sizeof *file);
    if (!file) {
        return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
    }
    *file = (struct av_file){.fd = fd, .size = size, .name = name};
    for (size_t i = 0; i < ARRAY_LEN(CONTAINERS); i++) {
        bool is_it = strcmp(CONTAINERS[i].demuxer, demuxer) == 0;
        file->container = is_it ? &CONTAINERS[i] : file->container;
    }
    int r = format_open(file, false, reterr);
    if (r == -EBADMSG && strcmp(demuxer, "mov") == 0 && !sound_kind_has_atom(fd, size, "moov")) {
        r = lost_its_index(file, reterr);
    } else if (r == 0) {
        r = choose_stream(file, reterr);
    }
    if (r < 0) {
        av_file_close(file);
        return r;
    }
    *ret_file = file;
    return 0;
}

struct av_file *av_file_close(struct av_file *file)
{
    if (file) {
        format_close(file);
        free(file);
    }
    return NULL;
}

const struct av_stream *av_file_stream(const struct av_file *file)
{
    return &file->stream;
}

/* --- reading ---------------------------------------------------------------------------- */

int av_file_next(struct av_file *file, AVPacket *packet, bool *ret_damaged)
{
    for (;;) {
        int r = av_read_frame(file->format, packet);
        if (r < 0) {
            *ret_damaged |= r != AVERROR_EOF;
            return 0;
        }
        if (packet->stream_index == file->index) {
            break;
        }
        av_packet_unref(packet);
    }
    if (packet->pos > file->furthest) {
        file->furthest = packet->pos;
    }
    *ret_damaged |= (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    return 1;
}

int64_t av_file_position(const struct av_file *file)
{
    return file->furthest;
}

const char *av_file_tag(const struct av_file *file, const char *name)
{
    const AVDictionaryEntry *entry = av_dict_get(file->format->metadata, name, NULL, 0);
    if (!entry) {
        entry = av_dict_get(file->format->streams[file->index]->metadata, name, NULL, 0);
    }
    return entry ? entry->value : NULL;
}

/* --- how long it is ----------------------------------------------------------------------- */

static int64_t stream_frames(const struct av_file *file, int rate)
{
    const AVStream *stream = file->format->streams[file->index];
    const AVRational frame = {1, rate};
    int64_t frames = -1;
    if (stream->duration != AV_NOPTS_VALUE && stream->duration > 0) {
        frames = av_rescale_q(stream->duration, stream->time_base, frame);
    } else if (file->format->duration != AV_NOPTS_VALUE && file->format->duration > 0) {
        frames = av_rescale_q(file->format->duration, AV_TIME_BASE_Q, frame);
    }
    return frames < 0 ? -1 : frames; /* INT64_MIN: more than there are numbers for */
}

/* Of iTunes and its kin: " 00000000 priming padding samples …", in hexadecimal. */
static int64_t itunes_frames(const struct av_file *file, int64_t skipped)
{
    const AVDictionaryEntry *entry = av_dict_get(file->format->metadata, "iTunSMPB", NULL, 0);
    unsigned priming = 0;
    unsigned padding = 0;
    unsigned long long frames = 0;
    return entry && sscanf(entry->value, "%*x %x %x %llx", &priming, &padding, &frames) == 3 &&
                   (int64_t)priming == skipped && frames > 0 && frames < INT64_MAX
               ? (int64_t)frames
               : -1;
}

/*
 * An MP4 tells its length three times: in ticks of the edit list (a thousand a second,
 * mostly), in the sound's own frames with the encoder's priming before, and to iTunes. The
 * edits decide, and the frames say exactly what they mean. What iTunes is told is a mere tag,
 * which outlives whatever an editor does to the sound: it only says which frames of the last
 * packet or two are padding.
 */
static int measure_mov(struct av_file *file, int rate, int64_t skipped, int64_t *ret_frames,
                       struct fault *reterr)
{
    int64_t edited = stream_frames(file, rate);
    struct av_file media = {.fd = file->fd,
                            .size = file->size,
                            .name = file->name,
                            .container = file->container,
                            .index = file->index};
    int r = format_open(&media, true, reterr);
    bool is_there = r == 0 && media.index < (int)media.format->nb_streams;
    int64_t whole = is_there ? stream_frames(&media, rate) - skipped : -1;
    format_close(&media);
    if (r < 0 && r != -EBADMSG) {
        return r;
    }
    int64_t itunes = itunes_frames(file, skipped);
    int64_t tick = rate / 500 + 1;
    bool is_edited = edited > 0 && edited < whole - tick;
    int64_t exact = is_edited ? edited : whole;
    int64_t least = exact - (is_edited ? tick : PADDING_MAX_FRAMES);
    exact = itunes > 0 && itunes >= least && itunes - tick <= exact ? itunes : exact;
    *ret_frames = exact > 0 ? exact : -1;
    return 0;
}

int av_file_measure(struct av_file *file, int rate, int64_t skipped, int64_t *ret_frames,
                    bool *ret_exact, int64_t *ret_slack, struct fault *reterr)
{
    bool is_mov = strcmp(file->container->demuxer, "mov") == 0;
    bool in_parts = is_mov && sound_kind_has_atom(file->fd, file->size, "moof");
    int r = 0;
    *ret_slack = (int64_t)(file->container->slack_seconds * rate);
    *ret_frames = -1; /* guessed from bytes, or of the first fragment */
    if (is_mov && !in_parts) {
        r = measure_mov(file, rate, skipped, ret_frames, reterr);
    } else if (!is_mov && file->container->slack_seconds > 0) {
        *ret_frames = stream_frames(file, rate);
    }
    *ret_exact = is_mov && *ret_frames > 0;
    return r;
}
