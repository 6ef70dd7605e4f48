/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_SIGNAL_H
#define TESTS_FAKES_SIGNAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sound made by arithmetic, so that no recording lies in the repository.
 * Amplitudes are linear, 1.0 is full scale; frames are interleaved floats.
 */
struct signal_spec {
    int rate;     /* frames a second */
    int channels; /* 1 or 2; all carry the same */
    int64_t frames;
    double hz; /* 0: a constant of `amplitude` */
    double amplitude;
};

/* Fill out (spec->frames × channels floats). */
void signal_sine(const struct signal_spec *spec, float *out);

/* Write a file; the ending picks the format: wav (24 bit), flac (24 bit), ogg (Vorbis),
 * opus, mp3. Aborts the test on failure. */
void signal_write(const char *path, const struct signal_spec *spec);
void signal_write_samples(const char *path, int rate, int channels, const float *samples,
                          int64_t frames);

#endif
