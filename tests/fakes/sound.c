/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fakes/sound.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

struct sound sound_read_file(const char *path)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    struct sound sound = {.frames = info.frames,
                          .channels = info.channels,
                          .rate = info.samplerate};
    sound.samples = calloc((size_t)(info.frames * info.channels) + 1, sizeof *sound.samples);
    if (!file || !sound.samples ||
        sf_readf_float(file, sound.samples, info.frames) != info.frames) {
        fprintf(stderr, "%s: %s\n", path, sf_strerror(file));
        abort();
    }
    sf_close(file);
    return sound;
}

void sound_free(struct sound *sound)
{
    free(sound->samples);
    sound->samples = NULL;
}

int64_t sound_onset(const struct sound *sound)
{
    for (int64_t i = 0; i < sound->frames * sound->channels; i++) {
        if (sound->samples[i] != 0) {
            return i / sound->channels;
        }
    }
    return sound->frames;
}
