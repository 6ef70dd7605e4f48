/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "media/sink.h"
#include "media/sound_source.h"

/* Prepared copies, by libsndfile. */

struct sound_writer {
    struct sink *sink;
    const char *name;
    SNDFILE *file;
    int channels;
};

static int write_failed(const struct sound_writer *writer, int err, struct fault *reterr)
{
    return fault_set(reterr, err, writer->name, 0,
                     _("cannot be imported, because its prepared copy cannot be written: %s"),
                     errno_text(err));
}

static SNDFILE *air_copy_create(SF_VIRTUAL_IO io, void *context, int channels)
{
    SF_INFO info = {.samplerate = AIR_RATE,
                    .channels = channels,
                    .format = SF_FORMAT_RF64 | SF_FORMAT_PCM_24};
    SNDFILE *file = sf_open_virtual(&io, SFM_WRITE, &info, context);
    if (file) {
        sf_command(file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    }
    return file;
}

/* A file of which only the head is kept, whatever is written where. */
struct hollow {
    int64_t position;
    int64_t size;
    unsigned char head[SINK_HEAD_MAX];
};

static int64_t hollow_size(void *context)
{
    const struct hollow *hollow = context;
    return hollow->size;
}

static int64_t hollow_seek(int64_t offset, int whence, void *context)
{
    struct hollow *hollow = context;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? hollow->position : hollow->size;
    hollow->position = base + offset;
    return hollow->position;
}

static int64_t hollow_write(const void *from, int64_t n, void *context)
{
    struct hollow *hollow = context;
    for (int64_t i = 0; i < n && hollow->position + i < SINK_HEAD_MAX; i++) {
        hollow->head[hollow->position + i] = ((const unsigned char *)from)[i];
    }
    hollow->position += n;
    hollow->size = hollow->position > hollow->size ? hollow->position : hollow->size;
    return n;
}

static int64_t hollow_tell(void *context)
{
    const struct hollow *hollow = context;
    return hollow->position;
}

/* The head of a copy of so many frames, by writing its last one: the same library makes both.
 * Bytes of it; 0: not to be known. */
static size_t foretell_head(int channels, int64_t frames, unsigned char head[static SINK_HEAD_MAX])
{
    static const SF_VIRTUAL_IO io = {hollow_size, hollow_seek, sink_read, hollow_write,
                                     hollow_tell};
    static const int32_t silence[SOUND_CHANNELS_MAX];
    struct hollow hollow = {0};
    SNDFILE *file = frames > 0 ? air_copy_create(io, &hollow, channels) : NULL;
    if (!file) {
        return 0;
    }
    int64_t n_head = hollow.size;
    bool is_made =
        sf_seek(file, frames - 1, SEEK_SET) == frames - 1 && sf_writef_int(file, silence, 1) == 1;
    if (sf_close(file) != 0 || !is_made || n_head > SINK_HEAD_MAX) {
        return 0;
    }
    memcpy(head, hollow.head, (size_t)n_head);
    return (size_t)n_head;
}

int sound_create(int fd, const char *name, int channels, int64_t expected_frames,
                 struct sound_writer **ret_writer, struct fault *reterr)
{
    static const SF_VIRTUAL_IO io = {sink_size, sink_seek, sink_read, sink_write, sink_tell};
    AUTO(sound_destroy) struct sound_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        close(fd);
        return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
    }
    writer->name = name;
    writer->channels = channels;
    unsigned char head[SINK_HEAD_MAX];
    writer->sink = sink_create(fd, head, foretell_head(channels, expected_frames, head));
    if (!writer->sink) {
        return fault_set(reterr, ENOMEM, name, 0, _("out of memory"));
    }
    writer->file = air_copy_create(io, writer->sink, channels);
    if (!writer->file) {
        int err = sink_err(writer->sink);
        return write_failed(writer, err ? err : EIO, reterr);
    }
    *ret_writer = STEAL(writer);
    return 0;
}

/* libsndfile's own conversion of floats cuts bits off; these have no more than 24, so the
 * upper 24 of its 32 are theirs exactly. */
int sound_write(struct sound_writer *writer, const float *samples, size_t n_frames,
                struct fault *reterr)
{
    enum { CHUNK_FRAMES = 1024 };
    size_t channels = (size_t)writer->channels;
    int32_t out[CHUNK_FRAMES * SOUND_CHANNELS_MAX];
    for (size_t done = 0; done < n_frames;) {
        size_t n = n_frames - done < CHUNK_FRAMES ? n_frames - done : CHUNK_FRAMES;
        for (size_t i = 0; i < n * channels; i++) {
            out[i] = (int32_t)(samples[done * channels + i] * 2147483648.0F);
        }
        if (sf_writef_int(writer->file, out, (sf_count_t)n) != (sf_count_t)n) {
            int err = sink_err(writer->sink);
            return write_failed(writer, err ? err : EIO, reterr);
        }
        done += n;
    }
    return 0;
}

int sound_finish(struct sound_writer *writer, char sha256[static HASH_HEX_MAX],
                 struct fault *reterr)
{
    int r = sf_close(STEAL(writer->file)) == 0 ? 0 : -EIO;
    int err = sink_err(writer->sink);
    if (r == 0 || err) {
        r = err ? -err : sink_finish(writer->sink, sha256);
    }
    return r == 0 ? 0 : write_failed(writer, -r, reterr);
}

struct sound_writer *sound_destroy(struct sound_writer *writer)
{
    if (writer) {
        if (writer->file) {
            sf_close(writer->file);
        }
        sink_destroy(writer->sink);
        free(writer);
    }
    return NULL;
}
