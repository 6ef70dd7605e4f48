/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "media/import.h"
#include "media/meter.h"
#include "media/resample.h"
#include "media/soundfile.h"
#include "media/store.h"

enum {
    IN_FRAMES = 8192,
    SAMPLE_BYTES = 3,
    REPORT_EVERY_BLOCKS = 16,
    ROOM_EVERY_FRAMES = 10 * AIR_RATE, /* how far ahead room is asked for: 3 MB */
};

/* One pass: decoder, resampler, writer in this thread, the meter in its own. */
struct pass {
    const struct store *store;
    const char *name;
    const struct import_progress *progress;
    int64_t total_bytes;
    struct sound_reader *reader;
    struct resampler *resampler;
    struct sound_writer *writer;
    struct meter *meter;
    float *in;
    float *out;
    size_t n_out;
    int64_t frames;         /* of the copy, so far */
    int64_t frames_granted; /* room was found for so many */
};

static int out_of_memory(const struct pass *pass, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, pass->name, 0, _("out of memory"));
}

static void pass_report(const struct pass *pass, int64_t done_bytes)
{
    if (pass->progress && pass->progress->report) {
        pass->progress->report(pass->progress->context, done_bytes, pass->total_bytes);
    }
}

/* Ask for room for the whole copy at its beginning, if its length is known, and for a little
 * at a time as it grows: others write to the disk too, the next thread's import among them. */
static int pass_ask_room(struct pass *pass, struct fault *reterr)
{
    const struct sound_info *info = sound_info(pass->reader);
    int64_t wanted = ROOM_EVERY_FRAMES;
    if (pass->frames == 0 && info->claimed_frames > 0) {
        double known = (double)info->claimed_frames * AIR_RATE / info->rate;
        double most = (double)PREPARED_HOURS_MAX * 3600 * AIR_RATE;
        wanted = (int64_t)(known < most ? known : most) + 1;
    }
    int r = store_ask_room(pass->store, pass->name, wanted * info->channels * SAMPLE_BYTES, reterr);
    if (r == 0) {
        pass->frames_granted = pass->frames + ROOM_EVERY_FRAMES;
    }
    return r;
}

static int pass_write(struct pass *pass, size_t n_frames, struct fault *reterr)
{
    if (n_frames == 0) {
        return 0;
    }
    pass->frames += (int64_t)n_frames;
    if (pass->frames > (int64_t)PREPARED_HOURS_MAX * 3600 * AIR_RATE) {
        return fault_set(reterr, E2BIG, pass->name, 0,
                         _("is longer than %d hours; cut it into parts"), PREPARED_HOURS_MAX);
    }
    int r = pass->frames > pass->frames_granted ? pass_ask_room(pass, reterr) : 0;
    if (r == 0) {
        r = sound_write(pass->writer, pass->out, n_frames, reterr);
    }
    if (r == 0) {
        meter_add(pass->meter, pass->out, n_frames); /* what was written, not what was wanted */
    }
    return r;
}

static int pass_run(struct pass *pass, struct fault *reterr)
{
    for (unsigned block = 0;; block++) {
        size_t n_in = 0;
        int r = sound_read(pass->reader, pass->in, IN_FRAMES, &n_in, reterr);
        if (r < 0) {
            return r;
        }
        if (block % REPORT_EVERY_BLOCKS == 0) {
            pass_report(pass, sound_position_bytes(pass->reader));
            r = store_ask_stop(pass->store, pass->name, reterr);
            if (r < 0) {
                return r;
            }
        }
        size_t n_out = 0;
        do {
            if (resampler_run(pass->resampler, n_in ? pass->in : NULL, n_in, pass->out, pass->n_out,
                              &n_out) < 0) {
                return out_of_memory(pass, reterr);
            }
            r = pass_write(pass, n_out, reterr);
            if (r < 0) {
                return r;
            }
        } while (n_in == 0 && n_out > 0);
        if (n_in == 0) {
            return 0;
        }
    }
}

static int pass_open(struct pass *pass, const char *original, int fd, struct fault *reterr)
{
    AUTO_FD int out_fd = fd;
    int in_fd = open(original, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (in_fd < 0 || fstat(in_fd, &st) != 0) {
        int err = errno;
        if (in_fd >= 0) {
            close(in_fd);
        }
        return fault_set(reterr, err, pass->name, 0, _("cannot be read: %s"), errno_text(err));
    }
    pass->total_bytes = st.st_size;
    int r = sound_open(in_fd, pass->name, &pass->reader, reterr);
    if (r == 0) {
        r = pass_ask_room(pass, reterr);
    }
    if (r < 0) {
        return r;
    }
    const struct sound_info *info = sound_info(pass->reader);
    r = sound_create(out_fd, pass->name, info->channels, &pass->writer, reterr);
    out_fd = -1;
    if (r < 0) {
        return r;
    }
    size_t channels = (size_t)info->channels;
    pass->resampler = resampler_create(info->rate, info->channels);
    pass->n_out = pass->resampler ? resampler_room(pass->resampler, IN_FRAMES) : 0;
    pass->in = calloc(IN_FRAMES * channels, sizeof *pass->in);
    pass->out = calloc(pass->n_out * channels, sizeof *pass->out);
    if (!pass->resampler || !pass->in || !pass->out) {
        return out_of_memory(pass, reterr);
    }
    r = meter_start(info->channels, &pass->meter);
    return r == 0
               ? 0
               : fault_set(reterr, -r, pass->name, 0, _("cannot be measured: %s"), errno_text(-r));
}

static void pass_close(struct pass *pass)
{
    meter_destroy(pass->meter);
    sound_destroy(pass->writer);
    resampler_destroy(pass->resampler);
    sound_close(pass->reader);
    free(pass->in);
    free(pass->out);
}

static int pass_tell(struct pass *pass, struct prepared *prepared, struct fault *reterr)
{
    if (pass->frames == 0) { /* fewer than the half of a frame of 48 kHz */
        return fault_set(reterr, EBADMSG, pass->name, 0,
                         _("holds no sound; a recorder that was not stopped properly leaves such "
                           "files"));
    }
    int r = meter_finish(pass->meter, &prepared->lufs, &prepared->true_peak_dbtp);
    if (r < 0) {
        return out_of_memory(pass, reterr);
    }
    prepared->channels = sound_info(pass->reader)->channels;
    prepared->frames = pass->frames;
    prepared->damage = *sound_damage(pass->reader);
    r = sound_finish(pass->writer, reterr);
    return r == 0 ? hash_file(prepared->temporary, prepared->sha256, reterr) : r;
}

int prepare(const struct store *store, const char *original, const char *name,
            const struct import_progress *progress, struct prepared *ret_prepared,
            struct fault *reterr)
{
    *ret_prepared = (struct prepared){0};
    int fd = -1;
    int r = store_create_temporary(store, ret_prepared->temporary, &fd, reterr);
    if (r < 0) {
        return r;
    }
    struct pass pass = {.store = store, .name = name, .progress = progress};
    r = pass_open(&pass, original, fd, reterr);
    if (r == 0) {
        r = pass_run(&pass, reterr);
    }
    if (r == 0) {
        r = pass_tell(&pass, ret_prepared, reterr);
    }
    if (r == 0) {
        pass_report(&pass, pass.total_bytes);
    } else {
        unlink(ret_prepared->temporary);
        ret_prepared->temporary[0] = '\0';
    }
    pass_close(&pass);
    return r;
}
