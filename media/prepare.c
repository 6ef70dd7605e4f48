/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
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
#include "media/quantise.h"
#include "media/relay.h"
#include "media/resample.h"
#include "media/soundfile.h"
#include "media/source_probe.h"
#include "media/store.h"

enum {
    SAMPLE_BYTES = 3,
    REPORT_EVERY_BLOCKS = 16,
    ROOM_EVERY_FRAMES = 10 * AIR_RATE, /* how far ahead room is asked for: 3 MB */
    READER_OF_HEARD = 0,               /* of the relay `heard` */
    READER_WRITES = 0,                 /* of the relay `copied` */
    READER_MEASURES = 1,
};

/*
 * One pass by four threads, so that it takes as long as its slowest part wherever there are
 * cores: this one decodes, and hands on through `heard` to one that resamples and rounds,
 * and that through `copied` to one that writes and one that measures.
 */
struct pass {
    const struct store *store;
    const char *name;
    const struct import_progress *progress;
    int64_t total_bytes;
    struct sound_reader *reader;
    struct source_probe source;
    struct relay *heard;
    struct resampler *resampler;
    float *resampled;
    size_t n_resampled_max;
    struct relay *copied;
    struct sound_writer *writer;
    int64_t frames;         /* of the copy, so far */
    int64_t frames_granted; /* room was found for so many */
    struct meter *meter;
};

/* One of the three threads beside this. */
struct stage {
    struct pass *pass;
    int (*run)(struct pass *pass, struct fault *reterr);
    pthread_t thread;
    bool is_running;
    int r;
    struct fault fault;
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

/* Frames of the copy, as the resampler will make them; -1: the container does not say. */
static int64_t expected_frames(const struct sound_info *info)
{
    const int64_t most = (int64_t)PREPARED_HOURS_MAX * 3600 * info->rate;
    if (info->claimed_frames <= 0 || info->claimed_frames > most) {
        return -1;
    }
    return (info->claimed_frames * AIR_RATE + info->rate / 2) / info->rate;
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

/* --- the stages ------------------------------------------------------------------------- */

static int decode(struct pass *pass, struct fault *reterr)
{
    for (unsigned block = 0;; block++) {
        float *out = relay_wait_free(pass->heard);
        if (!out) {
            return 0; /* whoever stopped it tells why */
        }
        size_t n = 0;
        int r = sound_read(pass->reader, out, RELAY_FRAMES, &n, reterr);
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
        source_probe_add(&pass->source, out, n);
        relay_put(pass->heard, n);
        if (n == 0) {
            return 0;
        }
    }
}

/* False: the relay was stopped. */
static bool round_and_hand_on(struct pass *pass, const float *samples, size_t n_frames)
{
    size_t channels = (size_t)sound_info(pass->reader)->channels;
    for (size_t done = 0; done < n_frames;) {
        float *out = relay_wait_free(pass->copied);
        if (!out) {
            return false;
        }
        size_t n = n_frames - done < RELAY_FRAMES ? n_frames - done : RELAY_FRAMES;
        quantise(samples + done * channels, out, n * channels);
        relay_put(pass->copied, n);
        done += n;
    }
    return true;
}

static int resample(struct pass *pass, struct fault *reterr)
{
    const float *in = NULL;
    do {
        size_t n_in = 0;
        size_t n_out = 0;
        in = relay_wait_full(pass->heard, READER_OF_HEARD, &n_in);
        if (relay_is_stopped(pass->heard)) {
            return 0;
        }
        do {
            if (resampler_run(pass->resampler, in, n_in, pass->resampled, pass->n_resampled_max,
                              &n_out) < 0) {
                return out_of_memory(pass, reterr);
            }
            if (!round_and_hand_on(pass, pass->resampled, n_out)) {
                return 0;
            }
        } while (!in && n_out > 0);
        if (in) {
            relay_done(pass->heard, READER_OF_HEARD);
        }
    } while (in);
    relay_put(pass->copied, 0);
    return 0;
}

static int write_copy(struct pass *pass, struct fault *reterr)
{
    size_t n = 0;
    const float *samples = NULL;
    while ((samples = relay_wait_full(pass->copied, READER_WRITES, &n))) {
        pass->frames += (int64_t)n;
        if (pass->frames > (int64_t)PREPARED_HOURS_MAX * 3600 * AIR_RATE) {
            return fault_set(reterr, E2BIG, pass->name, 0,
                             _("is longer than %d hours; cut it into parts"), PREPARED_HOURS_MAX);
        }
        int r = pass->frames > pass->frames_granted ? pass_ask_room(pass, reterr) : 0;
        if (r == 0) {
            r = sound_write(pass->writer, samples, n, reterr);
        }
        if (r < 0) {
            return r;
        }
        relay_done(pass->copied, READER_WRITES);
    }
    return 0;
}

static int measure(struct pass *pass, struct fault *reterr)
{
    (void)reterr;
    size_t n = 0;
    const float *samples = NULL;
    while ((samples = relay_wait_full(pass->copied, READER_MEASURES, &n))) {
        meter_add(pass->meter, samples, n);
        relay_done(pass->copied, READER_MEASURES);
    }
    meter_finish(pass->meter);
    return 0;
}

/* --- the pass --------------------------------------------------------------------------- */

static void pass_stop(struct pass *pass)
{
    relay_stop(pass->heard);
    relay_stop(pass->copied);
}

static void *stage_run(void *context)
{
    struct stage *stage = context;
    stage->r = stage->run(stage->pass, &stage->fault);
    if (stage->r < 0) {
        pass_stop(stage->pass);
    }
    return NULL;
}

/* The first failure stops all the others, so that at most one has something to tell. */
static int pass_run(struct pass *pass, struct fault *reterr)
{
    struct stage stages[] = {{.pass = pass, .run = resample},
                             {.pass = pass, .run = write_copy},
                             {.pass = pass, .run = measure}};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(stages); i++) {
        int err = pthread_create(&stages[i].thread, NULL, stage_run, &stages[i]);
        stages[i].is_running = err == 0;
        r = err == 0 ? 0
                     : fault_set(reterr, err, pass->name, 0, _("cannot be measured: %s"),
                                 errno_text(err));
    }
    if (r == 0) {
        r = decode(pass, reterr);
    }
    if (r < 0) {
        pass_stop(pass);
    }
    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        if (stages[i].is_running) {
            pthread_join(stages[i].thread, NULL);
        }
        if (r == 0 && stages[i].r < 0) {
            r = stages[i].r;
            if (reterr) {
                *reterr = stages[i].fault;
            }
        }
    }
    return r;
}

static int pass_make_stages(struct pass *pass, int peaks_fd, struct fault *reterr)
{
    const struct sound_info *info = sound_info(pass->reader);
    pass->source.channels = info->channels;
    if (meter_create(info->channels, peaks_fd, &pass->meter) < 0) {
        return out_of_memory(pass, reterr);
    }
    pass->resampler = resampler_create(info->rate, info->channels);
    if (!pass->resampler) {
        return out_of_memory(pass, reterr);
    }
    pass->n_resampled_max = resampler_room(pass->resampler, RELAY_FRAMES);
    pass->resampled =
        calloc(pass->n_resampled_max * (size_t)info->channels, sizeof *pass->resampled);
    pass->heard = relay_create(info->channels, 1);
    pass->copied = relay_create(info->channels, 2);
    return pass->resampled && pass->heard && pass->copied ? 0 : out_of_memory(pass, reterr);
}

/* The two descriptors are taken; peaks_fd may be -1. */
static int pass_open(struct pass *pass, const char *original, int copy_fd, int peaks_fd,
                     struct fault *reterr)
{
    AUTO_FD int out_fd = copy_fd;
    AUTO_FD int out_peaks_fd = peaks_fd;
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
    r = sound_create(out_fd, pass->name, info->channels, expected_frames(info), &pass->writer,
                     reterr);
    out_fd = -1;
    if (r < 0) {
        return r;
    }
    out_peaks_fd = -1;
    return pass_make_stages(pass, peaks_fd, reterr);
}

static void pass_close(struct pass *pass)
{
    meter_destroy(pass->meter);
    sound_destroy(pass->writer);
    relay_destroy(pass->copied);
    resampler_destroy(pass->resampler);
    free(pass->resampled);
    relay_destroy(pass->heard);
    sound_close(pass->reader);
}

static void drop(char path[static PATHS_MAX])
{
    if (path[0] != '\0') {
        unlink(path);
        path[0] = '\0';
    }
}

static int pass_tell(struct pass *pass, struct prepared *prepared, struct fault *reterr)
{
    if (pass->frames == 0) { /* fewer than the half of a frame of 48 kHz */
        return fault_set(reterr, EBADMSG, pass->name, 0,
                         _("holds no sound; a recorder that was not stopped properly leaves such "
                           "files"));
    }
    const struct sound_info *info = sound_info(pass->reader);
    prepared->channels = info->channels;
    prepared->frames = pass->frames;
    prepared->damage = *sound_damage(pass->reader);
    if (!meter_tell(pass->meter, prepared)) {
        drop(prepared->peaks);
    }
    struct probe *probe = &prepared->probe;
    snprintf(probe->format, sizeof probe->format, "%s", info->format);
    probe->source_rate = info->rate;
    probe->source_channels = info->channels;
    probe->clipped_runs = source_probe_clipped_runs(&pass->source);
    probe->dc_offset = source_probe_dc_offset(&pass->source);
    return sound_finish(pass->writer, prepared->sha256, reterr);
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
    int peaks_fd = -1;
    (void)!store_create_temporary(store, ret_prepared->peaks, &peaks_fd, NULL);
    struct pass pass = {.store = store, .name = name, .progress = progress};
    r = pass_open(&pass, original, fd, peaks_fd, reterr);
    if (r == 0) {
        r = pass_run(&pass, reterr);
    }
    if (r == 0) {
        r = pass_tell(&pass, ret_prepared, reterr);
    }
    if (r == 0) {
        pass_report(&pass, pass.total_bytes);
    } else {
        drop(ret_prepared->temporary);
        drop(ret_prepared->peaks);
    }
    pass_close(&pass);
    return r;
}
