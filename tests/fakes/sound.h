/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_SOUND_H
#define TESTS_FAKES_SOUND_H

#include <stdint.h>

/* A sound file, read whole; 24-bit samples come back exactly. Aborts on failure. */
struct sound {
    float *samples; /* interleaved */
    int64_t frames;
    int channels;
    int rate;
};
struct sound sound_read_file(const char *path);
void sound_free(struct sound *sound);

/* The first frame with a sample that is not 0, or `frames`. */
int64_t sound_onset(const struct sound *sound);

#endif
