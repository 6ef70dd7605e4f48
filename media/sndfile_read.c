/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/bytes.h"
#include "media/mp3_parts.h"
#include "media/sound_source.h"

enum {
    /* libmpg123 drops the whole read in which it stumbles, so MP3 is read a frame at a time. */
    MP3_READ_FRAMES = 1152,
    /* Padding and old tags behind an MP3: half a second at 128 kbit/s, not worth a warning
     * of damage. */
    MP3_STRAY_MAX_BYTES = 8192,
    MP3_PARTS_MAX = 256,
    CHUNKS_MAX = 1000,
    /* A FLAC finds its next frame behind a damaged one, so many times. */
    FLAC_RETRIES_MAX = 1000,
};

static const int64_t FRAMES_ABSURD = INT64_C(1) << 50;

struct sndfile_source {
    struct sound_source source;
    struct bytes bytes;
    const char *name;
    SNDFILE *file;
    SF_INFO info;
    int64_t furthest; /* bytes */
    bool is_over;
    int n_retries;
    char *tags[SOUND_TAG_ARTIST + 1]; /* of the first part; the library's go with its handle */

    /* MP3 only */
    float *frame; /* what is decoded ahead of being asked for */
    size_t frame_from;
    size_t frame_until;
    struct mp3_part *parts;
    size_t n_parts;
    size_t part;           /* being read */
    int64_t part_claimed;  /* what it promises; -1: nothing */
    int64_t part_frames;   /* read of it */
    int64_t before_frames; /* that the parts before it promised, or had */
};

static struct sndfile_source *mine(struct sound_source *source)
{
    return (struct sndfile_source *)source;
}

/* --- what libsndfile says of a file ------------------------------------------------------- */

static int container_of(const SF_INFO *info)
{
    int container = info->format & SF_FORMAT_TYPEMASK;
    return container == SF_FORMAT_WAVEX || container == SF_FORMAT_RF64 ? SF_FORMAT_WAV : container;
}

static int coding_of(const SF_INFO *info)
{
    return info->format & SF_FORMAT_SUBMASK;
}

/* Bytes of a sample; 0: compressed. */
static int sample_bytes(const SF_INFO *info)
{
    switch (coding_of(info)) {
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_S8:
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

static bool coding_is_read(const SF_INFO *info)
{
    int coding = coding_of(info); /* GSM not: of half a block at the end it makes a whole one */
    return sample_bytes(info) > 0 || coding == SF_FORMAT_IMA_ADPCM || coding == SF_FORMAT_MS_ADPCM;
}

static bool format_is_read(const SF_INFO *info)
{
    switch (container_of(info)) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_W64:
    case SF_FORMAT_AIFF:
    case SF_FORMAT_AU:
    case SF_FORMAT_CAF:
        return coding_is_read(info);
    case SF_FORMAT_FLAC:
    case SF_FORMAT_OGG:
    case SF_FORMAT_MPEG:
        return true;
    default:
        return false;
    }
}

static const char *container_name(const SF_INFO *info)
{
    switch (container_of(info)) {
    case SF_FORMAT_WAV:
        return "WAV";
    case SF_FORMAT_W64:
        return "W64";
    case SF_FORMAT_AIFF:
        return "AIFF";
    case SF_FORMAT_AU:
        return "AU";
    case SF_FORMAT_CAF:
        return "CAF";
    case SF_FORMAT_FLAC:
        return "FLAC";
    case SF_FORMAT_OGG:
        return coding_of(info) == SF_FORMAT_OPUS     ? "Opus"
               : coding_of(info) == SF_FORMAT_VORBIS ? "Ogg Vorbis"
                                                     : "Ogg";
    default:
        return coding_of(info) == SF_FORMAT_MPEG_LAYER_II  ? "MP2"
               : coding_of(info) == SF_FORMAT_MPEG_LAYER_I ? "MP1"
                                                           : "MP3";
    }
}

static void format_say(const SF_INFO *info, char out[static SOUND_FORMAT_MAX])
{
    static const struct {
        int coding;
        const char *name;
    } codings[] = {{SF_FORMAT_FLOAT, " float"},     {SF_FORMAT_DOUBLE, " float"},
                   {SF_FORMAT_ULAW, " µ-law"},      {SF_FORMAT_ALAW, " A-law"},
                   {SF_FORMAT_IMA_ADPCM, " ADPCM"}, {SF_FORMAT_MS_ADPCM, " ADPCM"}};
    const char *coding = "";
    for (size_t i = 0; i < ARRAY_LEN(codings); i++) {
        coding = codings[i].coding == coding_of(info) ? codings[i].name : coding;
    }
    if (*coding == '\0' && sample_bytes(info) > 0) {
        snprintf(out, SOUND_FORMAT_MAX, "%s %d bit", container_name(info), 8 * sample_bytes(info));
    } else {
        snprintf(out, SOUND_FORMAT_MAX, "%s%s", container_name(info), coding);
    }
}

/* --- opening ---------------------------------------------------------------------------- */

static void bytes_open(struct sndfile_source *s, bool endless)
{
    SF_VIRTUAL_IO io = {bytes_size, bytes_seek, bytes_read, NULL, bytes_tell};
    if (s->file) {
        sf_close(s->file);
    }
    s->bytes.endless = endless;
    s->bytes.position = 0;
    s->bytes.is_lost = false;
    s->bytes.is_left = false;
    s->bytes.n_reads_beyond = 0;
    s->info = (SF_INFO){0};
    s->file = sf_open_virtual(&io, SFM_READ, &s->info, &s->bytes);
}

/* A program that writes into a pipe cannot know the length, and says "the most"; one that
 * was switched off says nothing yet. */
static bool length_is_unknown(const SF_INFO *info)
{
    int64_t bytes = info->frames < FRAMES_ABSURD
                        ? info->frames * info->channels * sample_bytes(info)
                        : INT64_MAX;
    return info->frames < 0 || info->frames >= FRAMES_ABSURD ||
           (bytes >= 0x7fff0000 && bytes <= 0x80000000) ||
           (bytes >= 0xffff0000 && bytes <= 0xffffffff);
}

static uint32_t little_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/* Where a WAV says that its sound is 0 bytes long, and neither ends there nor as its header
 * says; a recorder that was switched off leaves it so. 0: nowhere. */
static int64_t find_unclosed_length(int fd, int64_t size)
{
    unsigned char head[12];
    if (pread(fd, head, sizeof head, 0) != sizeof head || memcmp(head, "RIFF", 4) != 0 ||
        memcmp(head + 8, "WAVE", 4) != 0 || (int64_t)little_endian(head + 4) + 8 == size) {
        return 0;
    }
    int64_t at = sizeof head;
    for (int i = 0; i < CHUNKS_MAX && pread(fd, head, 8, at) == 8; i++) {
        int64_t bytes = little_endian(head + 4);
        if (memcmp(head, "data", 4) == 0) {
            return bytes == 0 && at + 8 < size ? at + 4 : 0;
        }
        at += 8 + bytes + (bytes & 1);
    }
    return 0;
}

/* CAF and W64 have sizes of 64 bits, and libsndfile takes memory for a chunk of any size that
 * fits the file: they are only read as they are. */
static bool has_wide_sizes(int fd)
{
    char head[4] = "";
    return pread(fd, head, sizeof head, 0) == sizeof head &&
           (memcmp(head, "caff", 4) == 0 || memcmp(head, "riff", 4) == 0);
}

/* An MP3 that was cut out of a stream begins anywhere. */
static void start_within(struct sndfile_source *s)
{
    size_t n = strlen(s->name);
    int64_t start = n > 4 && strcasecmp(s->name + n - 4, ".mp3") == 0
                        ? mp3_parts_begin(s->bytes.fd, s->bytes.size)
                        : -1;
    if (start > 0) {
        s->bytes.start = start;
        s->bytes.size -= start;
        bytes_open(s, true);
    }
}

/* libsndfile makes a header's length fit the size of the file, silently: a file that was
 * cut is just shorter, and a VBR MP3 without a Xing header ends where its first frame's
 * bit rate would have it end. So headers are first read as if the file had no end, which
 * makes them tell what they promise. An MP3 is then read like that as well; the others
 * are opened again to be read as they are, and Ogg to find its length at its end. */
static int open_as_its_kind_needs(struct sndfile_source *s)
{
    int r = riff_view_make(s->bytes.fd, s->bytes.size, &s->bytes.riff);
    if (r < 0) {
        return r;
    }
    s->bytes.patch_at = find_unclosed_length(s->bytes.fd, s->bytes.size);
    bytes_open(s, !has_wide_sizes(s->bytes.fd));
    if (!s->file && s->bytes.err == 0) {
        start_within(s);
    }
    bool told = s->file != NULL;
    int64_t claimed = told && !length_is_unknown(&s->info) ? s->info.frames : -1;
    if (told && container_of(&s->info) == SF_FORMAT_MPEG) {
        s->bytes.is_mp3 = true;
    } else {
        bytes_open(s, false);
    }
    if (s->file && container_of(&s->info) == SF_FORMAT_OGG) {
        claimed = length_is_unknown(&s->info) ? -1 : s->info.frames;
    }
    s->source.info.claimed_frames = claimed;
    return s->file ? 0 : -EBADMSG;
}

static int out_of_memory(const struct sndfile_source *s, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, s->name, 0, _("out of memory"));
}

static int open_failed(const struct sndfile_source *s, struct fault *reterr)
{
    return fault_set(reterr, s->bytes.err, s->name, 0, _("cannot be read: %s"),
                     errno_text(s->bytes.err));
}

/* The first part of several is to be read as if there were no others. */
static int mp3_open(struct sndfile_source *s, struct fault *reterr)
{
    s->frame = calloc(MP3_READ_FRAMES * SOUND_CHANNELS_MAX, sizeof *s->frame);
    s->parts = calloc(MP3_PARTS_MAX, sizeof *s->parts);
    if (!s->frame || !s->parts) {
        return out_of_memory(s, reterr);
    }
    int64_t start = s->bytes.start;
    s->n_parts = mp3_parts_find(s->bytes.fd, start, start + s->bytes.size, s->parts, MP3_PARTS_MAX);
    if (s->n_parts > 1) {
        s->bytes.size = s->parts[0].until - start;
        bytes_open(s, true);
    }
    s->part_claimed = s->source.info.claimed_frames;
    return s->file ? 0 : -EBADMSG;
}

static int keep_tags(struct sndfile_source *s, struct fault *reterr)
{
    static const int names[] = {[SOUND_TAG_TITLE] = SF_STR_TITLE,
                                [SOUND_TAG_GENRE] = SF_STR_GENRE,
                                [SOUND_TAG_ALBUM] = SF_STR_ALBUM,
                                [SOUND_TAG_COMMENT] = SF_STR_COMMENT,
                                [SOUND_TAG_ARTIST] = SF_STR_ARTIST};
    for (size_t i = 0; i < ARRAY_LEN(s->tags); i++) {
        const char *text = sf_get_string(s->file, names[i]);
        s->tags[i] = text ? strdup(text) : NULL;
        if (text && !s->tags[i]) {
            return out_of_memory(s, reterr);
        }
    }
    return 0;
}

static int source_open(struct sndfile_source *s, bool prepared_only, struct fault *reterr)
{
    int r = open_as_its_kind_needs(s);
    if (s->bytes.err != 0) {
        return open_failed(s, reterr);
    }
    if (r < 0 || !format_is_read(&s->info)) {
        return -EBADMSG;
    }
    if (prepared_only &&
        (container_of(&s->info) != SF_FORMAT_WAV || coding_of(&s->info) != SF_FORMAT_PCM_24)) {
        return -EBADMSG;
    }
    r = sound_check_form(s->info.samplerate, s->info.channels, s->name, reterr);
    if (r == 0) {
        r = keep_tags(s, reterr);
    }
    if (r == 0 && container_of(&s->info) == SF_FORMAT_MPEG) {
        r = mp3_open(s, reterr);
    }
    s->source.info.rate = s->info.samplerate;
    s->source.info.channels = s->info.channels;
    s->source.claimed_frames = s->source.info.claimed_frames;
    format_say(&s->info, s->source.info.format);
    return r;
}

/* --- reading ---------------------------------------------------------------------------- */

/* Nothing more comes out of the decoder: what was wrong? */
static void note_end(struct sndfile_source *s, int64_t position_before)
{
    bool has_erred = sf_error(s->file) != SF_ERR_NO_ERROR;
    int container = container_of(&s->info);
    if (container == SF_FORMAT_MPEG) {
        const struct mp3_part *part = s->part < s->n_parts ? &s->parts[s->part] : NULL;
        int64_t rest = s->bytes.size - position_before;
        bool is_short = s->part_claimed >= 0 && s->part_frames < s->part_claimed;
        if (is_short || (part && part->is_cut) ||
            ((has_erred || s->bytes.is_lost) && rest > MP3_STRAY_MAX_BYTES)) {
            s->source.is_damaged = true;
        } else if ((has_erred || s->bytes.is_lost) && rest > 0) {
            s->source.stray_bytes += rest;
        }
        return;
    }
    /* An Ogg without the page that ends it has no last position to read a length from. */
    s->source.is_damaged |= has_erred || s->bytes.patch_at > 0 ||
                            /* its recorder was switched off */
                            (container == SF_FORMAT_OGG && s->source.info.claimed_frames < 0);
}

/* Decode up to n_frames; 0 at the end of what the decoder reads. */
static int decode(struct sndfile_source *s, float *out, size_t n_frames, size_t *ret_n,
                  struct fault *reterr)
{
    *ret_n = 0;
    if (s->is_over) {
        return 0;
    }
    int64_t position_before = s->bytes.position;
    sf_count_t got = sf_readf_float(s->file, out, (sf_count_t)n_frames);
    while (got <= 0 && container_of(&s->info) == SF_FORMAT_FLAC &&
           sf_error(s->file) != SF_ERR_NO_ERROR && s->bytes.err == 0 &&
           s->n_retries++ < FLAC_RETRIES_MAX) {
        s->source.is_damaged = true;
        got = sf_readf_float(s->file, out, (sf_count_t)n_frames);
    }
    if (s->bytes.err != 0) {
        return open_failed(s, reterr);
    }
    if (got <= 0) {
        note_end(s, position_before);
        return 0;
    }
    s->part_frames += got;
    *ret_n = (size_t)got;
    return 0;
}

static bool parts_are_alike(const struct mp3_part *a, const struct mp3_part *b)
{
    return a->rate == b->rate && a->channels == b->channels;
}

/* Behind the end of a part: the next one, or true for the end of all. */
static bool next_part(struct sndfile_source *s)
{
    if (s->part + 1 >= s->n_parts) {
        return true;
    }
    s->before_frames += s->part_claimed >= 0 ? s->part_claimed : s->part_frames;
    const struct mp3_part *next = &s->parts[++s->part];
    if (parts_are_alike(&s->parts[0], next)) {
        s->bytes.start = next->from;
        s->bytes.size = next->until - next->from;
        s->bytes.mp3_head = 0;
        bytes_open(s, true);
        s->part_claimed = s->file && !length_is_unknown(&s->info) ? s->info.frames : -1;
        s->part_frames = 0;
        bool is_read = s->file && container_of(&s->info) == SF_FORMAT_MPEG &&
                       s->info.samplerate == s->source.info.rate &&
                       s->info.channels == s->source.info.channels;
        if (is_read) {
            return false;
        }
    }
    s->source.goes_on = true;
    for (size_t i = s->part; i < s->n_parts; i++) {
        const struct mp3_part *part = &s->parts[i];
        s->source.left_frames += part->frames * s->source.info.rate / part->rate;
    }
    s->part_claimed = -1;
    s->part_frames = 0;
    s->is_over = true;
    return true;
}

static int decode_parts(struct sndfile_source *s, size_t *ret_n, struct fault *reterr)
{
    int r = 0;
    do {
        r = decode(s, s->frame, MP3_READ_FRAMES, ret_n, reterr);
    } while (r == 0 && *ret_n == 0 && !s->is_over && !next_part(s));
    if (r == 0 && *ret_n == 0 && !s->is_over) {
        s->is_over = true;
        s->before_frames += s->part_claimed >= 0 ? s->part_claimed : s->part_frames;
    }
    /* One part without a header promises nothing; of several, each that was read counts. */
    if (r == 0 && *ret_n == 0 && (s->source.info.claimed_frames >= 0 || s->n_parts > 1)) {
        s->source.claimed_frames = s->before_frames;
    }
    return r;
}

static int read_by_frame(struct sndfile_source *s, float *out, size_t n_frames, size_t *ret_n,
                         struct fault *reterr)
{
    size_t channels = (size_t)s->source.info.channels;
    size_t done = 0;
    while (done < n_frames) {
        if (s->frame_from == s->frame_until) {
            s->frame_from = s->frame_until = 0;
            int r = decode_parts(s, &s->frame_until, reterr);
            if (r < 0) {
                return r;
            }
            if (s->frame_until == 0) {
                break;
            }
        }
        size_t ready = s->frame_until - s->frame_from;
        size_t n = ready < n_frames - done ? ready : n_frames - done;
        memcpy(out + done * channels, s->frame + s->frame_from * channels,
               n * channels * sizeof *out);
        s->frame_from += n;
        done += n;
    }
    *ret_n = done;
    return 0;
}

static int source_read(struct sound_source *source, float *out, size_t n_frames, size_t *ret_n,
                       struct fault *reterr)
{
    struct sndfile_source *s = mine(source);
    int r = s->frame ? read_by_frame(s, out, n_frames, ret_n, reterr)
                     : decode(s, out, n_frames, ret_n, reterr);
    int64_t position = s->bytes.start + s->bytes.position;
    s->furthest = position > s->furthest ? position : s->furthest;
    return r;
}

/* --- the source ------------------------------------------------------------------------- */

static int source_seek(struct sound_source *source, int64_t frame, struct fault *reterr)
{
    struct sndfile_source *s = mine(source);
    if (sf_seek(s->file, frame, SEEK_SET) != frame) {
        int err = s->bytes.err ? s->bytes.err : EIO;
        return fault_set(reterr, err, s->name, 0, _("cannot be read: %s"), errno_text(err));
    }
    return 0;
}

static const char *source_tag(const struct sound_source *source, enum sound_tag tag)
{
    return ((const struct sndfile_source *)source)->tags[tag];
}

static int64_t source_position(const struct sound_source *source)
{
    return ((const struct sndfile_source *)source)->furthest;
}

static void source_destroy(struct sound_source *source)
{
    struct sndfile_source *s = mine(source);
    if (s->file) {
        sf_close(s->file);
    }
    for (size_t i = 0; i < ARRAY_LEN(s->tags); i++) {
        free(s->tags[i]);
    }
    free(s->frame);
    free(s->parts);
    free(s);
}

int sndfile_source_open(int fd, int64_t size, const char *name, bool prepared_only,
                        struct sound_source **ret_source, struct fault *reterr)
{
    static const struct sound_source_type type = {source_read, source_tag, source_position,
                                                  source_seek, source_destroy};
    struct sndfile_source *s = calloc(1, sizeof *s);
    if (!s) {
        return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
    }
    s->source.type = &type;
    s->name = name;
    s->bytes.fd = fd;
    s->bytes.size = size;
    int r = source_open(s, prepared_only, reterr);
    if (r < 0) {
        source_destroy(&s->source);
        return r;
    }
    *ret_source = &s->source;
    return 0;
}
