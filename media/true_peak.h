/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_TRUE_PEAK_H
#define MEDIA_TRUE_PEAK_H

#include <stddef.h>

/*
 * True peak by ITU-R BS.1770-4, annex 2, of 48 kHz sound: the highest magnitude of
 * the signal at four times the rate. Private to media.
 *
 * The interpolation is libebur128's, a sinc of 49 taps under a Hann window, and so are
 * the results. It is several times faster, because a stretch of sound is only
 * interpolated if it could hold a new peak: what lies between samples is at most
 * the highest sample near it times the sum of the filter's magnitudes.
 */
enum {
    TRUE_PEAK_CHANNELS = 2,
    TRUE_PEAK_PHASES = 3, /* between two samples */
    TRUE_PEAK_TAPS = 12,
    TRUE_PEAK_STRETCH = 64,
};

struct true_peak {
    int channels;
    float peak;   /* linear, the highest so far */
    float spread; /* sum of the filter's magnitudes, of the phase where it is largest */
    float taps[TRUE_PEAK_PHASES][TRUE_PEAK_TAPS];
    /* Of each channel the last samples before the next stretch, and room for it. */
    float samples[TRUE_PEAK_CHANNELS][TRUE_PEAK_TAPS - 1 + TRUE_PEAK_STRETCH];
};

void true_peak_init(struct true_peak *true_peak, int channels);
void true_peak_add(struct true_peak *true_peak, const float *samples, size_t n_frames);

#endif
