/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/soundfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "media/bytes.h"

enum {
    CLOCK_TEXT_MAX = 32,
    RATE_MIN = 8000,
    RATE_MAX = 192000,
    CHANNELS_MAX = 2,
    /* libmpg123 drops the whole read in which it stumbles, so MP3 is read a frame at a time. */
    MP3_READ_FRAMES = 1152,
    /* Padding and old tags behind an MP3: half a second at 128 kbit/s, not worth a refusal. */
    MP3_STRAY_MAX_BYTES = 8192,
};

struct sound_reader {
    struct bytes bytes;
    const char *name;
    SNDFILE *file;
    SF_INFO info;
    struct sound_info told;
    int64_t frames_read;
    int64_t stray_bytes;
    float *frame; /* what is decoded ahead of being asked for; MP3 only */
    size_t frame_from;
    size_t frame_until;
};

struct sound_writer {
    struct bytes bytes;
    const char *name;
    SNDFILE *file;
    int channels;
};

/* --- libsndfile's view of a file ------------------------------------------------------- */

static SNDFILE *bytes_open(struct bytes *bytes, int mode, SF_INFO *info)
{
    static const SF_VIRTUAL_IO table = {bytes_size, bytes_seek, bytes_read, bytes_write,
                                        bytes_tell};
    SF_VIRTUAL_IO io = table; /* the library takes it by a pointer that is not const */
    bytes->position = 0;
    return sf_open_virtual(&io, mode, info, bytes);
}

/* --- opening ---------------------------------------------------------------------------- */

static int container_of(const SF_INFO *info)
{
    int container = info->format & SF_FORMAT_TYPEMASK;
    return container == SF_FORMAT_WAVEX || container == SF_FORMAT_RF64 ? SF_FORMAT_WAV : container;
}

/* Bytes of a sample in a WAV file; 0: compressed. */
static int wav_sample_bytes(const SF_INFO *info)
{
    switch (info->format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
        return 1;
    case SF_FORMAT_PCM_16:
        return 2;
    case SF_FORMAT_PCM_24:
        return 3;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
        return 4;
    case SF_FORMAT_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

static bool format_is_read(const SF_INFO *info)
{
    switch (container_of(info)) {
    case SF_FORMAT_WAV:
        return wav_sample_bytes(info) > 0;
    case SF_FORMAT_FLAC:
    case SF_FORMAT_OGG:
    case SF_FORMAT_MPEG:
        return true;
    default:
        return false;
    }
}

/* A program that writes a WAV into a pipe cannot know its length, and says "the most". */
static bool wav_length_is_unknown(const SF_INFO *info)
{
    int64_t bytes = info->frames * info->channels * wav_sample_bytes(info);
    return (bytes >= 0x7fff0000 && bytes <= 0x80000000) ||
           (bytes >= 0xffff0000 && bytes <= 0xffffffff);
}

/* libsndfile makes a header's length fit the size of the file, silently: a WAV that was
 * cut is just shorter, and a VBR MP3 without a Xing header ends where its first frame's
 * bit rate would have it end. If the file has no end to be seen, WAV and MP3 tell what
 * their headers say, or that they do not know. Only Ogg has to see its end, where its
 * length stands. */
static int open_as_its_kind_needs(struct sound_reader *reader)
{
    reader->bytes.endless = true;
    reader->file = bytes_open(&reader->bytes, SFM_READ, &reader->info);
    if (reader->file && container_of(&reader->info) == SF_FORMAT_OGG) {
        sf_close(reader->file);
        reader->bytes.endless = false;
        reader->info = (SF_INFO){0};
        reader->file = bytes_open(&reader->bytes, SFM_READ, &reader->info);
    }
    return reader->file ? 0 : -EBADMSG;
}

static int64_t claimed_frames_of(const SF_INFO *info)
{
    bool unknown = info->frames < 0 || info->frames == SF_COUNT_MAX ||
                   (container_of(info) == SF_FORMAT_WAV && wav_length_is_unknown(info));
    return unknown ? -1 : info->frames;
}

static int sound_check_form(const struct sound_reader *reader, struct fault *reterr)
{
    const SF_INFO *info = &reader->info;
    if (!format_is_read(info)) {
        return fault_set(reterr, ENOTSUP, reader->name, 0,
                         _("is sound of a form that is not imported; save it as WAV, FLAC, Ogg, "
                           "Opus or MP3"));
    }
    if (info->channels < 1 || info->channels > CHANNELS_MAX) {
        return fault_set(reterr, ENOTSUP, reader->name, 0,
                         _("has %d channels; save the programme as mono or stereo"),
                         info->channels);
    }
    if (info->samplerate < RATE_MIN || info->samplerate > RATE_MAX) {
        return fault_set(reterr, ENOTSUP, reader->name, 0,
                         _("has %d samples a second; %d to %d are imported"), info->samplerate,
                         RATE_MIN, RATE_MAX);
    }
    return 0;
}

static int sound_open_file(struct sound_reader *reader, struct fault *reterr)
{
    struct stat st;
    if (fstat(reader->bytes.fd, &st) != 0) {
        return fault_set(reterr, errno, reader->name, 0, _("cannot be read: %s"),
                         errno_text(errno));
    }
    reader->bytes.size = st.st_size;
    int r = open_as_its_kind_needs(reader);
    if (reader->bytes.err != 0) {
        return fault_set(reterr, reader->bytes.err, reader->name, 0, _("cannot be read: %s"),
                         errno_text(reader->bytes.err));
    }
    if (r < 0) {
        return fault_set(reterr, ENOTSUP, reader->name, 0,
                         _("is not a recording, or one that is damaged at its start; WAV, FLAC, "
                           "Ogg, Opus and MP3 are imported"));
    }
    return sound_check_form(reader, reterr);
}

int sound_open(int fd, const char *name, struct sound_reader **ret_reader, struct fault *reterr)
{
    AUTO(sound_close) struct sound_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        close(fd);
        return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
    }
    reader->bytes.fd = fd;
    reader->name = name;
    int r = sound_open_file(reader, reterr);
    if (r < 0) {
        return r;
    }
    if (container_of(&reader->info) == SF_FORMAT_MPEG) {
        reader->bytes.is_mp3 = true;
        reader->frame = calloc(MP3_READ_FRAMES * CHANNELS_MAX, sizeof *reader->frame);
        if (!reader->frame) {
            return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
        }
    }
    reader->told = (struct sound_info){.rate = reader->info.samplerate,
                                       .channels = reader->info.channels,
                                       .claimed_frames = claimed_frames_of(&reader->info)};
    *ret_reader = STEAL(reader);
    return 0;
}

struct sound_reader *sound_close(struct sound_reader *reader)
{
    if (reader) {
        if (reader->file) {
            sf_close(reader->file);
        }
        close(reader->bytes.fd);
        free(reader->frame);
        free(reader);
    }
    return NULL;
}

const struct sound_info *sound_info(const struct sound_reader *reader)
{
    return &reader->told;
}

const char *sound_tag(const struct sound_reader *reader, enum sound_tag tag)
{
    static const int strings[] = {[SOUND_TAG_TITLE] = SF_STR_TITLE,
                                  [SOUND_TAG_GENRE] = SF_STR_GENRE,
                                  [SOUND_TAG_ALBUM] = SF_STR_ALBUM};
    return sf_get_string(reader->file, strings[tag]);
}

int64_t sound_position_bytes(const struct sound_reader *reader)
{
    const struct bytes *bytes = &reader->bytes;
    return bytes->position < bytes->size ? bytes->position : bytes->size;
}

int64_t sound_stray_bytes(const struct sound_reader *reader)
{
    return reader->stray_bytes;
}

/* --- reading ---------------------------------------------------------------------------- */

/* "1:02:03" or "2:03" */
static const char *format_length(int64_t frames, int rate, char out[static CLOCK_TEXT_MAX])
{
    long long seconds = frames / rate;
    if (seconds >= 3600) {
        snprintf(out, CLOCK_TEXT_MAX, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
    } else {
        snprintf(out, CLOCK_TEXT_MAX, "%lld:%02lld", seconds / 60, seconds % 60);
    }
    return out;
}

static int sound_is_damaged(const struct sound_reader *reader, struct fault *reterr)
{
    char read[CLOCK_TEXT_MAX];
    char claimed[CLOCK_TEXT_MAX];
    format_length(reader->frames_read, reader->told.rate, read);
    if (reader->told.claimed_frames > reader->frames_read) {
        return fault_set(
            reterr, EBADMSG, reader->name, 0,
            _("is cut off or damaged: of %s only the first %s can be read; record or copy "
              "it again and import the whole file"),
            format_length(reader->told.claimed_frames, reader->told.rate, claimed), read);
    }
    return fault_set(
        reterr, EBADMSG, reader->name, 0,
        _("is cut off or damaged: only the first %s can be read; record or copy it again "
          "and import the whole file"),
        read);
}

/* Files put behind each other ("cat a.mp3 b.mp3"): the decoder stops where the first one's
 * header says it ends, or where the form of the sound changes, and calls that the end. */
static bool goes_on_with_mp3(const struct bytes *bytes, int64_t end)
{
    unsigned char head[3];
    if (bytes->size - end <= MP3_STRAY_MAX_BYTES ||
        pread(bytes->fd, head, sizeof head, end) != sizeof head) {
        return false;
    }
    return (head[0] == 0xff && head[1] >= 0xe0) || memcmp(head, "ID3", sizeof head) == 0;
}

static int sound_goes_on(const struct sound_reader *reader, struct fault *reterr)
{
    char read[CLOCK_TEXT_MAX];
    return fault_set(reterr, EBADMSG, reader->name, 0,
                     _("goes on with another MP3 after %s; import each as a file of its own, or "
                       "join them with a sound editor"),
                     format_length(reader->frames_read, reader->told.rate, read));
}

/* Nothing more comes out of the decoder: was that all? */
static int sound_judge_end(struct sound_reader *reader, int64_t position_before,
                           struct fault *reterr)
{
    if (reader->bytes.err != 0) {
        return fault_set(reterr, reader->bytes.err, reader->name, 0, _("cannot be read: %s"),
                         errno_text(reader->bytes.err));
    }
    int64_t claimed = reader->told.claimed_frames;
    if (claimed >= 0 && reader->frames_read < claimed) {
        return sound_is_damaged(reader, reterr);
    }
    int container = container_of(&reader->info);
    /* An Ogg without the page that ends it has no last position to read a length from. */
    if (container == SF_FORMAT_OGG && claimed < 0) {
        return sound_is_damaged(reader, reterr);
    }
    bool has_erred = sf_error(reader->file) != SF_ERR_NO_ERROR;
    if (container == SF_FORMAT_MPEG && !has_erred &&
        goes_on_with_mp3(&reader->bytes, position_before)) {
        return sound_goes_on(reader, reterr);
    }
    if (has_erred || reader->bytes.is_lost) {
        int64_t rest = reader->bytes.size - position_before;
        if (container != SF_FORMAT_MPEG || rest > MP3_STRAY_MAX_BYTES) {
            return sound_is_damaged(reader, reterr);
        }
        reader->stray_bytes = rest > 0 ? rest : 0;
    }
    if (reader->frames_read == 0) {
        return fault_set(reterr, EBADMSG, reader->name, 0,
                         _("holds no sound; a recorder that was not stopped properly leaves such "
                           "files"));
    }
    return 0;
}

/* A float file may hold anything, and one NaN would spread through every filter. */
static bool samples_are_numbers(const float *samples, size_t n)
{
    bool numbers = true;
    for (size_t i = 0; i < n; i++) {
        numbers &= samples[i] - samples[i] == 0.0F;
    }
    return numbers;
}

/* Decode up to n_frames; 0 at the end of a whole file. */
static int sound_decode(struct sound_reader *reader, float *out, size_t n_frames, size_t *ret_n,
                        struct fault *reterr)
{
    int64_t position_before = reader->bytes.position;
    sf_count_t got = sf_readf_float(reader->file, out, (sf_count_t)n_frames);
    if (got <= 0) {
        *ret_n = 0;
        return sound_judge_end(reader, position_before, reterr);
    }
    reader->frames_read += got;
    if (!samples_are_numbers(out, (size_t)got * (size_t)reader->told.channels)) {
        return fault_set(reterr, EBADMSG, reader->name, 0,
                         _("holds samples that are not numbers; export it anew and import that"));
    }
    *ret_n = (size_t)got;
    return 0;
}

static int sound_read_by_frame(struct sound_reader *reader, float *out, size_t n_frames,
                               size_t *ret_n, struct fault *reterr)
{
    size_t channels = (size_t)reader->told.channels;
    size_t done = 0;
    while (done < n_frames) {
        if (reader->frame_from == reader->frame_until) {
            reader->frame_from = 0;
            int r =
                sound_decode(reader, reader->frame, MP3_READ_FRAMES, &reader->frame_until, reterr);
            if (r < 0) {
                reader->frame_until = 0;
                return r;
            }
            if (reader->frame_until == 0) {
                break;
            }
        }
        size_t ready = reader->frame_until - reader->frame_from;
        size_t n = ready < n_frames - done ? ready : n_frames - done;
        memcpy(out + done * channels, reader->frame + reader->frame_from * channels,
               n * channels * sizeof *out);
        reader->frame_from += n;
        done += n;
    }
    *ret_n = done;
    return 0;
}

int sound_read(struct sound_reader *reader, float *out, size_t n_frames, size_t *ret_n,
               struct fault *reterr)
{
    return reader->frame ? sound_read_by_frame(reader, out, n_frames, ret_n, reterr)
                         : sound_decode(reader, out, n_frames, ret_n, reterr);
}

int sound_seek(struct sound_reader *reader, int64_t frame, struct fault *reterr)
{
    if (sf_seek(reader->file, frame, SEEK_SET) != frame) {
        int err = reader->bytes.err ? reader->bytes.err : EIO;
        return fault_set(reterr, err, reader->name, 0, _("cannot be read: %s"), errno_text(err));
    }
    reader->frames_read = frame;
    return 0;
}

/* --- writing ---------------------------------------------------------------------------- */

static int write_failed(const struct sound_writer *writer, struct fault *reterr)
{
    int err = writer->bytes.err ? writer->bytes.err : EIO;
    return fault_set(reterr, err, writer->name, 0,
                     _("cannot be imported, because its prepared copy cannot be written: %s"),
                     errno_text(err));
}

int sound_create(int fd, const char *name, int channels, struct sound_writer **ret_writer,
                 struct fault *reterr)
{
    AUTO(sound_destroy) struct sound_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        close(fd);
        return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
    }
    writer->bytes.fd = fd;
    writer->name = name;
    writer->channels = channels;
    SF_INFO info = {.samplerate = AIR_RATE,
                    .channels = channels,
                    .format = SF_FORMAT_RF64 | SF_FORMAT_PCM_24};
    writer->file = bytes_open(&writer->bytes, SFM_WRITE, &info);
    if (!writer->file) {
        return write_failed(writer, reterr);
    }
    sf_command(writer->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    *ret_writer = STEAL(writer);
    return 0;
}

/* libsndfile's own conversion cuts bits off instead of rounding them. Halves go away
 * from zero: up to 2^23 a float and a half is a float, so the cast rounds exactly. */
static void quantise(float *samples, int32_t *out, size_t n)
{
    const float scale = 8388608.0F; /* 2^23 */
    for (size_t i = 0; i < n; i++) {
        float x = samples[i] * scale;
        x = x < scale - 1 ? x : scale - 1;
        x = x > -scale ? x : -scale;
        int32_t rounded = (int32_t)(x < 0 ? x - 0.5F : x + 0.5F);
        rounded = rounded < 8388607 ? rounded : 8388607;
        samples[i] = (float)rounded / scale;
        out[i] = rounded * 256;
    }
}

int sound_write(struct sound_writer *writer, float *samples, size_t n_frames, struct fault *reterr)
{
    enum { CHUNK_FRAMES = 1024 };
    size_t channels = (size_t)writer->channels;
    int32_t out[CHUNK_FRAMES * CHANNELS_MAX];
    for (size_t done = 0; done < n_frames;) {
        size_t n = n_frames - done < CHUNK_FRAMES ? n_frames - done : CHUNK_FRAMES;
        quantise(samples + done * channels, out, n * channels);
        if (sf_writef_int(writer->file, out, (sf_count_t)n) != (sf_count_t)n) {
            return write_failed(writer, reterr);
        }
        done += n;
    }
    return 0;
}

int sound_finish(struct sound_writer *writer, struct fault *reterr)
{
    int r = sf_close(STEAL(writer->file));
    if (r == 0 && writer->bytes.err == 0 && fsync(writer->bytes.fd) != 0) {
        writer->bytes.err = errno;
    }
    return r == 0 && writer->bytes.err == 0 ? 0 : write_failed(writer, reterr);
}

struct sound_writer *sound_destroy(struct sound_writer *writer)
{
    if (writer) {
        if (writer->file) {
            sf_close(writer->file);
        }
        close(writer->bytes.fd);
        free(writer);
    }
    return NULL;
}
