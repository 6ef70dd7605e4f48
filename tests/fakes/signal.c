/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/signal.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/paths.h"

void signal_sine(const struct signal_spec *spec, float *out)
{
    for (int64_t i = 0; i < spec->frames; i++) {
        double phase = fmod(spec->hz * (double)i / spec->rate, 1.0);
        double wave = spec->hz > 0 ? sin(2 * 3.14159265358979323846 * phase) : 1.0;
        for (int c = 0; c < spec->channels; c++) {
            out[i * spec->channels + c] = (float)(spec->amplitude * wave);
        }
    }
}

static int format_of(const char *path)
{
    static const struct {
        const char *ending;
        int format;
    } formats[] = {{"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24},
                   {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
                   {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
                   {"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
                   {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(path_ending(path), formats[i].ending) == 0) {
            return formats[i].format;
        }
    }
    fprintf(stderr, "%s: no such format\n", path);
    abort();
}

void signal_write_samples(const char *path, int rate, int channels, const float *samples,
                          int64_t frames)
{
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format_of(path)};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file || sf_writef_float(file, samples, frames) != frames || sf_close(file) != 0) {
        fprintf(stderr, "%s: %s\n", path, sf_strerror(file));
        abort();
    }
}

void signal_write(const char *path, const struct signal_spec *spec)
{
    float *samples = malloc((size_t)spec->frames * (size_t)spec->channels * sizeof *samples);
    if (!samples) {
        abort();
    }
    signal_sine(spec, samples);
    signal_write_samples(path, spec->rate, spec->channels, samples, spec->frames);
    free(samples);
}
