/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "media/bytes.h"
#include "media/sound_source.h"

struct sound_writer {
    struct bytes bytes;
    const char *name;
    SNDFILE *file;
    int channels;
};

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
    SF_VIRTUAL_IO io = {bytes_size, bytes_seek, bytes_read, bytes_write, bytes_tell};
    writer->file = sf_open_virtual(&io, SFM_WRITE, &info, &writer->bytes);
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
    int32_t out[CHUNK_FRAMES * SOUND_CHANNELS_MAX];
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
