/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/soundfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/sound_kind.h"
#include "media/sound_source.h"

enum {
    /* Of what is promised, so much has to be there: one in four. */
    LEAST_PART = 4,
    /* The thinnest speech codec makes twice as many bits of every second. */
    BOMB_SECONDS = 600,
    BOMB_BITS_PER_SECOND = 2000,
};

struct sound_reader {
    int fd;
    int64_t size; /* bytes */
    const char *name;
    struct sound_source *source;
    int64_t frames_read;
    struct sound_damage damage;
};

const char *sound_length(int64_t frames, int rate, char out[static SOUND_LENGTH_MAX])
{
    long long seconds = frames / rate;
    if (seconds >= 3600) {
        snprintf(out, SOUND_LENGTH_MAX, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
    } else {
        snprintf(out, SOUND_LENGTH_MAX, "%lld:%02lld", seconds / 60, seconds % 60);
    }
    return out;
}

/* --- opening ---------------------------------------------------------------------------- */

/* A few bytes that unpack to hours would fill the disk with nothing. */
static int sound_check_bomb(const struct sound_reader *reader, int64_t frames, struct fault *reterr)
{
    const struct sound_info *info = &reader->source->info;
    int64_t seconds = frames / info->rate;
    if (seconds <= BOMB_SECONDS || reader->size / (BOMB_BITS_PER_SECOND / 8) >= seconds) {
        return 0;
    }
    char length[SOUND_LENGTH_MAX];
    return fault_set(reterr, EBADMSG, reader->name, 0,
                     _("would be %s or more of sound in %lld bytes, which no recording is: it is "
                       "damaged, or nothing but silence; record or copy it again"),
                     sound_length(frames, info->rate, length), (long long)reader->size);
}

static int sound_open_source(struct sound_reader *reader, struct fault *reterr)
{
    struct sound_kind kind = sound_kind_of(reader->fd, reader->size, reader->name);
    struct fault fault = {0};
    int r = -EBADMSG;
    if (kind.sndfile_first) {
        r = sndfile_source_open(reader->fd, reader->size, reader->name, false, &reader->source,
                                &fault);
    }
    if (r == -EBADMSG && fault.err == 0 && kind.demuxer) {
        r = av_source_open(reader->fd, reader->size, reader->name, kind.demuxer, &reader->source,
                           &fault);
    }
    if (r < 0 && fault.err != 0) {
        return fault_set(reterr, fault.err, reader->name, 0, "%s", fault.text);
    }
    if (r < 0) {
        return fault_set(reterr, ENOTSUP, reader->name, 0,
                         _("is not a recording, or one that is damaged at its start; what phones, "
                           "recorders and sound editors save is imported, such as MP3, WAV, FLAC, "
                           "Ogg, Opus, M4A, AMR and WMA"));
    }
    return 0;
}

static int sound_open_as(int fd, const char *name, bool prepared_only,
                         struct sound_reader **ret_reader, struct fault *reterr)
{
    AUTO(sound_close) struct sound_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        close(fd);
        return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
    }
    reader->fd = fd;
    reader->name = name;
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fault_set(reterr, errno, name, 0, _("cannot be read: %s"), errno_text(errno));
    }
    reader->size = st.st_size;
    int r;
    if (prepared_only) {
        r = sndfile_source_open(fd, reader->size, name, true, &reader->source, reterr);
        r = r == -EBADMSG ? -ENOTSUP : r;
    } else {
        r = sound_open_source(reader, reterr);
        r = r < 0 ? r : sound_check_bomb(reader, reader->source->info.claimed_frames, reterr);
    }
    if (r < 0) {
        return r;
    }
    *ret_reader = STEAL(reader);
    return 0;
}

int sound_open(int fd, const char *name, struct sound_reader **ret_reader, struct fault *reterr)
{
    return sound_open_as(fd, name, false, ret_reader, reterr);
}

int sound_open_prepared(int fd, const char *name, struct sound_reader **ret_reader,
                        struct fault *reterr)
{
    return sound_open_as(fd, name, true, ret_reader, reterr);
}

struct sound_reader *sound_close(struct sound_reader *reader)
{
    if (reader) {
        if (reader->source) {
            reader->source->type->destroy(reader->source);
        }
        close(reader->fd);
        free(reader);
    }
    return NULL;
}

const struct sound_info *sound_info(const struct sound_reader *reader)
{
    return &reader->source->info;
}

const char *sound_tag(const struct sound_reader *reader, enum sound_tag tag)
{
    const char *text = reader->source->type->tag(reader->source, tag);
    return text && *text ? text : NULL;
}

int64_t sound_position_bytes(const struct sound_reader *reader)
{
    int64_t position = reader->source->type->position(reader->source);
    return position < reader->size ? position : reader->size;
}

const struct sound_damage *sound_damage(const struct sound_reader *reader)
{
    return &reader->damage;
}

/* --- reading ---------------------------------------------------------------------------- */

static int too_little_is_left(const struct sound_reader *reader, int64_t claimed,
                              struct fault *reterr)
{
    char read[SOUND_LENGTH_MAX];
    char whole[SOUND_LENGTH_MAX];
    int rate = reader->source->info.rate;
    return fault_set(reterr, EBADMSG, reader->name, 0,
                     _("is cut off or damaged: of %s only %s can be read; record or copy it again "
                       "and import the whole file"),
                     sound_length(claimed, rate, whole),
                     sound_length(reader->frames_read, rate, read));
}

/* Nothing more comes out of the decoder: was that all? */
static int sound_judge_end(struct sound_reader *reader, struct fault *reterr)
{
    const struct sound_source *source = reader->source;
    int64_t claimed = source->claimed_frames;
    bool is_short = claimed >= 0 && reader->frames_read < claimed - source->slack_frames;
    if (is_short && reader->frames_read < claimed / LEAST_PART) {
        return too_little_is_left(reader, claimed, reterr);
    }
    if (reader->frames_read == 0) {
        return fault_set(reterr, EBADMSG, reader->name, 0,
                         _("holds no sound; a recorder that was not stopped properly leaves such "
                           "files"));
    }
    reader->damage = (struct sound_damage){
        .kind = is_short || source->is_damaged ? SOUND_CUT
                : source->goes_on              ? SOUND_GOES_ON
                : source->stray_bytes > 0      ? SOUND_STRAY
                                               : SOUND_WHOLE,
        .rate = source->info.rate,
        .claimed_frames = claimed,
        .frames = reader->frames_read,
        .left_frames = source->left_frames,
        .stray_bytes = source->stray_bytes,
    };
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

int sound_read(struct sound_reader *reader, float *out, size_t n_frames, size_t *ret_n,
               struct fault *reterr)
{
    size_t got = 0;
    *ret_n = 0;
    int r = reader->source->type->read(reader->source, out, n_frames, &got, reterr);
    if (r < 0) {
        return r;
    }
    if (got == 0) {
        return n_frames > 0 ? sound_judge_end(reader, reterr) : 0;
    }
    reader->frames_read += (int64_t)got;
    if (!samples_are_numbers(out, got * (size_t)reader->source->info.channels)) {
        return fault_set(reterr, EBADMSG, reader->name, 0,
                         _("holds samples that are not numbers; export it anew and import that"));
    }
    *ret_n = got;
    return sound_check_bomb(reader, reader->frames_read, reterr);
}

int sound_seek(struct sound_reader *reader, int64_t frame, struct fault *reterr)
{
    int r = reader->source->type->seek(reader->source, frame, reterr);
    if (r == 0) {
        reader->frames_read = frame;
    }
    return r;
}
