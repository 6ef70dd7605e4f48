/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

enum { GATHER_FRAMES = 8192 };

struct sound_file {
    SNDFILE *sndfile;
    char *path;
    bool has_begun; /* frames of it were written */
    size_t n_gathered;
    int32_t gathered[GATHER_FRAMES * AIR_CHANNELS]; /* 24 bits at the top */
};

/* WAV sizes are 32 bits and wrap in silence: RF64, which becomes WAV again when it fits. */
static int format_of(const char *format)
{
    if (strcmp(format, "wav") == 0) {
        return SF_FORMAT_RF64 | SF_FORMAT_PCM_24;
    }
    return strcmp(format, "flac") == 0 ? SF_FORMAT_FLAC | SF_FORMAT_PCM_24 : 0;
}

bool sound_file_knows(const char *format)
{
    return format_of(format) != 0;
}

static int write_failed(const struct sound_file *file, int err, struct fault *reterr)
{
    err = err ? err : EIO;
    return fault_set(reterr, err, file->path, 0, _("cannot be written: %s"), errno_text(err));
}

int sound_file_create(const char *path, const char *format, struct sound_file **ret_file,
                      struct fault *reterr)
{
    SF_INFO info = {.samplerate = AIR_RATE, .channels = AIR_CHANNELS, .format = format_of(format)};
    if (!info.format) {
        return fault_set(
            reterr, ENOTSUP, path, 0,
            _("sound is written as .wav or .flac; give the file one of these endings"));
    }
    AUTO(sound_file_drop) struct sound_file *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path))) {
        return fault_set(reterr, ENOMEM, path, 0, _("out of memory"));
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        return write_failed(file, errno, reterr);
    }
    flock(fd, LOCK_EX | LOCK_NB); /* while it is written nobody removes it for its age */
    errno = 0;
    file->sndfile = sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE);
    if (!file->sndfile) {
        int err = errno;
        close(fd);
        unlink(path);
        return write_failed(file, err, reterr);
    }
    sf_command(file->sndfile, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    double compression = 0.25; /* half the time of the default for a few bytes more */
    sf_command(file->sndfile, SFC_SET_COMPRESSION_LEVEL, &compression, sizeof compression);
    *ret_file = STEAL(file);
    return 0;
}

static int sound_file_flush(struct sound_file *file, struct fault *reterr)
{
    sf_count_t n = (sf_count_t)file->n_gathered;
    file->n_gathered = 0;
    errno = 0;
    if (n && sf_writef_int(file->sndfile, file->gathered, n) != n) {
        return write_failed(file, errno, reterr);
    }
    file->has_begun = file->has_begun || n;
    return 0;
}

bool sound_file_has_begun(const struct sound_file *file)
{
    return file->has_begun;
}

/* libsndfile's own way from float loses the last bit, so samples go to it as integers. */
static void gather(int32_t *restrict out, const float *restrict samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float value = samples[i] * 8388608.0f;
        value = value > 8388607.0f ? 8388607.0f : value;
        value = value > -8388608.0f ? value : -8388608.0f;
        out[i] = (int32_t)lrintf(value) * 256;
    }
}

int sound_file_write(struct sound_file *file, const float *frames, size_t n, struct fault *reterr)
{
    int r = 0;
    while (n > 0 && r == 0) {
        size_t room = GATHER_FRAMES - file->n_gathered;
        size_t n_now = n < room ? n : room;
        gather(file->gathered + file->n_gathered * AIR_CHANNELS, frames, n_now * AIR_CHANNELS);
        file->n_gathered += n_now;
        frames += n_now * AIR_CHANNELS;
        n -= n_now;
        if (file->n_gathered == GATHER_FRAMES) {
            r = sound_file_flush(file, reterr);
        }
    }
    return r;
}

int sound_file_finish(struct sound_file *file, struct fault *reterr)
{
    int r = sound_file_flush(file, reterr);
    errno = 0;
    int closed = sf_close(file->sndfile);
    file->sndfile = NULL;
    if (r == 0 && closed != 0) {
        r = write_failed(file, errno, reterr);
    }
    if (r < 0 && !file->has_begun) {
        unlink(file->path);
    }
    sound_file_drop(file);
    return r;
}

struct sound_file *sound_file_drop(struct sound_file *file)
{
    if (file) {
        if (file->sndfile) {
            sf_close(file->sndfile);
            if (!file->has_begun) {
                unlink(file->path);
            }
        }
        free(file->path);
        free(file);
    }
    return NULL;
}
