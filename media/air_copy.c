/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/air_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "media/library.h"
#include "media/soundfile.h"

enum { SAMPLE_BYTES = 3 };

struct air_copy {
    struct sound_reader *reader;
    int channels;
    int64_t frames;
    int64_t position;
    char path[PATHS_MAX];
};

static int air_copy_is_wrong(const struct air_copy *copy, struct fault *reterr)
{
    return fault_set(reterr, EBADMSG, copy->path, 0,
                     _("is not what the library says of it; bring it back from a backup, or "
                       "import its recording again"));
}

/* The header may be right and the file still be cut: its size has to hold the frames. */
static int air_copy_check(const struct air_copy *copy, int64_t n_bytes, struct fault *reterr)
{
    const struct sound_info *info = sound_info(copy->reader);
    bool right =
        info->rate == AIR_RATE && info->channels == copy->channels &&
        (info->claimed_frames == copy->frames || info->claimed_frames < 0 /* says nothing */) &&
        n_bytes > copy->frames * copy->channels * SAMPLE_BYTES;
    return right ? 0 : air_copy_is_wrong(copy, reterr);
}

int air_copy_open(const char *station_dir, const char *air_sha256, int channels, int64_t frames,
                  struct air_copy **ret_copy, struct fault *reterr)
{
    AUTO(air_copy_close) struct air_copy *copy = calloc(1, sizeof *copy);
    if (!copy) {
        return fault_set(reterr, ENOMEM, air_sha256, 0, _("out of memory"));
    }
    copy->channels = channels;
    copy->frames = frames;
    int r = library_air_path(copy->path, station_dir, air_sha256, reterr);
    if (r < 0) {
        return r;
    }
    int fd = open(copy->path, O_RDONLY | O_CLOEXEC);
    struct stat st = {0};
    if (fd < 0 || fstat(fd, &st) != 0) {
        return fault_set(reterr, errno, copy->path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    struct fault fault = {0};
    r = sound_open_prepared(fd, copy->path, &copy->reader, &fault);
    if (r == -ENOTSUP) {
        return air_copy_is_wrong(copy, reterr);
    }
    if (r < 0) {
        return fault_set(reterr, -r, copy->path, 0, "%s", fault.text);
    }
    r = air_copy_check(copy, st.st_size, reterr);
    if (r == 0) {
        *ret_copy = STEAL(copy);
    }
    return r;
}

struct air_copy *air_copy_close(struct air_copy *copy)
{
    if (copy) {
        sound_close(copy->reader);
        free(copy);
    }
    return NULL;
}

int air_copy_channels(const struct air_copy *copy)
{
    return copy->channels;
}

int64_t air_copy_frames(const struct air_copy *copy)
{
    return copy->frames;
}

int air_copy_seek(struct air_copy *copy, int64_t frame, struct fault *reterr)
{
    if (frame < 0 || frame > copy->frames) {
        return fault_set(reterr, ERANGE, copy->path, 0,
                         _("has %lld frames and no frame %lld; this is a fault of loa, report it"),
                         (long long)copy->frames, (long long)frame);
    }
    int r = sound_seek(copy->reader, frame, reterr);
    if (r == 0) {
        copy->position = frame;
    }
    return r;
}

int air_copy_read(struct air_copy *copy, float *out, size_t n_frames, size_t *ret_n,
                  struct fault *reterr)
{
    int64_t left = copy->frames - copy->position;
    size_t wanted = left < (int64_t)n_frames ? (size_t)left : n_frames;
    size_t done = 0;
    while (done < wanted) {
        size_t n = 0;
        int r = sound_read(copy->reader, out + done * (size_t)copy->channels, wanted - done, &n,
                           reterr);
        if (r == -EBADMSG || (r == 0 && n == 0)) {
            return air_copy_is_wrong(copy, reterr);
        }
        if (r < 0) {
            return r;
        }
        done += n;
    }
    copy->position += (int64_t)done;
    *ret_n = done;
    return 0;
}
