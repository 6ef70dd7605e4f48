/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/announce.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "media/air_copy.h"
#include "media/loudness.h"
#include "media/resample.h"
#include "media/segment.h"
#include "media/soundfile.h"
#include "media/speak.h"
#include "media/true_peak.h"
#include "media/voice_process.h"
#include "station/station.h"

enum { READ_FRAMES = 4096, VOICE_LIMIT_MS = 120000 };

/* Stereo at 48 kHz, as it grows. */
struct said {
    const struct announce_options *options;
    float *frames;
    int64_t n;
    int64_t capacity;
};

static int no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

static int said_add(struct said *said, const float *samples, size_t n, int channels,
                    struct fault *reterr)
{
    int64_t max = said->options->max_frames;
    if (said->n + (int64_t)n > max) {
        return fault_set(reterr, EFBIG, NULL, 0,
                         _("is longer than %lld s; say less, and more often"),
                         (long long)(max / AIR_RATE));
    }
    if (said->n + (int64_t)n > said->capacity) {
        int64_t capacity = 2 * said->capacity + (int64_t)n + AIR_RATE;
        float *frames = realloc(said->frames, (size_t)capacity * AIR_CHANNELS * sizeof *frames);
        if (!frames) {
            return no_memory(reterr);
        }
        said->frames = frames;
        said->capacity = capacity;
    }
    float *out = said->frames + said->n * AIR_CHANNELS;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = samples[(size_t)channels * i];
        out[2 * i + 1] = samples[(size_t)channels * i + (size_t)(channels - 1)];
    }
    said->n += (int64_t)n;
    return 0;
}

/* ---- out of it */

static void make_level(struct said *said, double gain_db)
{
    float gain = (float)pow(10, gain_db / 20);
    for (int64_t i = 0; i < said->n * AIR_CHANNELS; i++) {
        float sample = said->frames[i] * gain;
        said->frames[i] = sample > 1 ? 1 : sample < -1 ? -1 : sample;
    }
}

static int measure(const struct said *said, double *ret_gain_db, struct fault *reterr)
{
    const struct station *station = said->options->station;
    AUTO(loudness_destroy) struct loudness *loudness = loudness_create(AIR_CHANNELS);
    struct true_peak peak;
    if (!loudness) {
        return no_memory(reterr);
    }
    true_peak_init(&peak, AIR_CHANNELS);
    true_peak_add(&peak, said->frames, (size_t)said->n);
    loudness_add(loudness, said->frames, (size_t)said->n);
    if (said->n == 0 || peak.peak == 0.0F) {
        return fault_set(reterr, EBADMSG, NULL, 0, _("holds nothing but silence"));
    }
    *ret_gain_db = loudness_gain_db(loudness_tell(loudness).integrated_lufs, peak_to_db(peak.peak),
                                    station->loudness_lufs, station->ceiling_dbtp);
    return 0;
}

static int seal(const struct said *said, int *ret_fd, struct fault *reterr)
{
    AUTO_FD int fd = memfd_create("announcement", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const char *bytes = (const char *)said->frames;
    size_t n = (size_t)said->n * AIR_CHANNELS * sizeof(float);
    bool whole = fd >= 0;
    for (size_t done = 0; whole && done < n;) {
        ssize_t written = write(fd, bytes + done, n - done);
        whole = written > 0;
        done += whole ? (size_t)written : 0;
    }
    if (!whole ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        return fault_set(reterr, errno, NULL, 0, _("there is no memory for what is to be said: %s"),
                         errno_text(errno));
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}

/* Level it and hand it over; frees the frames. */
static int said_finish(struct said *said, int r, const double *gain_db, int *ret_fd,
                       struct fault *reterr)
{
    double level_db = gain_db ? *gain_db : 0;
    if (r == 0 && !gain_db) {
        r = measure(said, &level_db, reterr);
    }
    if (r == 0) {
        make_level(said, level_db);
        r = seal(said, ret_fd, reterr);
    }
    free(said->frames);
    return r;
}

/* ---- into it */

static int resample_some(struct said *said, struct resampler *resampler, const float *in, size_t n,
                         int channels, struct fault *reterr)
{
    size_t room = resampler_room(resampler, n);
    AUTO_FREE float *out = calloc(room + 1, (size_t)channels * sizeof *out);
    size_t n_out = 0;
    if (!out) {
        return no_memory(reterr);
    }
    do {
        int r = resampler_run(resampler, in, n, out, room, &n_out);
        r = r < 0 ? no_memory(reterr) : said_add(said, out, n_out, channels, reterr);
        if (r < 0) {
            return r;
        }
    } while (!in && n_out > 0);
    return 0;
}

static int decode(struct said *said, struct sound_reader *reader, const char *name,
                  struct fault *reterr)
{
    const struct sound_info *info = sound_info(reader);
    float samples[READ_FRAMES * AIR_CHANNELS];
    AUTO(resampler_destroy)
    struct resampler *resampler = resampler_create(info->rate, info->channels);
    size_t n = 0;
    if (!resampler) {
        return no_memory(reterr);
    }
    do {
        int r = sound_read(reader, samples, READ_FRAMES, &n, reterr);
        if (r == 0) {
            r = resample_some(said, resampler, n ? samples : NULL, n, info->channels, reterr);
        }
        if (r < 0) {
            return r;
        }
    } while (n > 0);
    enum sound_damage_kind damage = sound_damage(reader)->kind;
    return damage == SOUND_CUT || damage == SOUND_GOES_ON
               ? fault_set(reterr, EBADMSG, name, 0,
                           _("is cut off or damaged, and is not said; take a whole recording"))
               : 0;
}

int announce_file(const struct announce_options *options, const char *path, int *ret_fd,
                  struct fault *reterr)
{
    struct said said = {.options = options};
    AUTO(sound_close) struct sound_reader *reader = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    int r = sound_open(fd, path, &reader, reterr);
    r = r < 0 ? r : decode(&said, reader, path, reterr);
    r = said_finish(&said, r, NULL, ret_fd, reterr);
    if (r < 0 && reterr && !*reterr->file) {
        snprintf(reterr->file, sizeof reterr->file, "%s", path);
    }
    return r;
}

int announce_segment(const struct announce_options *options, const struct segment *segment,
                     int *ret_fd, struct fault *reterr)
{
    struct said said = {.options = options};
    AUTO(air_copy_close) struct air_copy *copy = NULL;
    float samples[READ_FRAMES * AIR_CHANNELS];
    int r = air_copy_open(options->station->dir, segment->air_sha256, segment->channels,
                          segment->copy_frames, &copy, reterr);
    r = r < 0 ? r : air_copy_seek(copy, segment->cue_in_frames, reterr);
    while (r == 0 && said.n < segment->frames) {
        int64_t left = segment->frames - said.n;
        size_t n = 0;
        r = air_copy_read(copy, samples, left < READ_FRAMES ? (size_t)left : READ_FRAMES, &n,
                          reterr);
        if (r == 0 && n == 0) {
            r = fault_set(reterr, EBADMSG, segment->code, 0,
                          _("the prepared copy ends before the recording does; import it again"));
        }
        r = r < 0 ? r : said_add(&said, samples, n, segment->channels, reterr);
    }
    return said_finish(&said, r, &segment->gain_db, ret_fd, reterr);
}

/* ---- the voice */

/* A folder for what the voice writes: in memory where that can be. */
static int make_folder(char out[static PATHS_MAX], struct fault *reterr)
{
    static const char *const places[] = {"/dev/shm/loa-XXXXXX", "/tmp/loa-XXXXXX",
                                         "/run/loa-XXXXXX"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        snprintf(out, PATHS_MAX, "%s", places[i]);
        if (mkdtemp(out)) {
            return 0;
        }
    }
    return fault_set(reterr, errno, "/tmp", 0, _("cannot be written: %s"), errno_text(errno));
}

int announce_text(const struct announce_options *options, const char *text, int *ret_fd,
                  struct fault *reterr)
{
    char folder[PATHS_MAX];
    char wav[PATHS_MAX + 8];
    int r = speak_check_text(text, reterr);
    r = r < 0 ? r : make_folder(folder, reterr);
    if (r < 0) {
        return r;
    }
    snprintf(wav, sizeof wav, "%s/a.wav", folder);
    int made = open(wav, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made >= 0) {
        close(made);
    }
    struct voice_process process = {
        .station = options->station,
        .text = text,
        .wav = wav,
        .limit_ms = VOICE_LIMIT_MS,
        .max_bytes = options->max_frames * AIR_CHANNELS * (int64_t)sizeof(float),
        .stop = options->stop,
    };
    r = voice_process_run(&process, reterr);
    r = r < 0 ? r : speak_check_sound(options->station, wav, reterr);
    r = r < 0 ? r : announce_file(options, wav, ret_fd, reterr);
    unlink(wav);
    rmdir(folder);
    return r;
}
