/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/true_peak.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

enum { FACTOR = TRUE_PEAK_PHASES + 1, FILTER_TAPS = TRUE_PEAK_TAPS * FACTOR + 1 };

void true_peak_init(struct true_peak *true_peak, int channels)
{
    *true_peak = (struct true_peak){.channels = channels};
    for (int j = 0; j < FILTER_TAPS; j++) {
        if (j % FACTOR == 0) {
            continue; /* the samples themselves */
        }
        double angle = (j - (FILTER_TAPS - 1) / 2.0) * PI / FACTOR;
        double hann = 0.5 * (1 - cos(2 * PI * j / (FILTER_TAPS - 1)));
        true_peak->taps[j % FACTOR - 1][j / FACTOR] = (float)(sin(angle) / angle * hann);
    }
    for (int phase = 0; phase < TRUE_PEAK_PHASES; phase++) {
        float sum = 0;
        for (int k = 0; k < TRUE_PEAK_TAPS; k++) {
            sum += fabsf(true_peak->taps[phase][k]);
        }
        true_peak->spread = fmaxf(true_peak->spread, sum);
    }
}

static float highest(const float *samples, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++) {
        float magnitude = fabsf(samples[i]);
        most = magnitude > most ? magnitude : most;
    }
    return most;
}

/* x[0] is the newest sample of the first result. Twelve products by name, not by a loop,
 * so that the compiler makes vectors along i. */
static float highest_between(const float *x, ptrdiff_t n, const float taps[static TRUE_PEAK_TAPS])
{
    float most = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        float y = taps[0] * x[i] + taps[1] * x[i - 1] + taps[2] * x[i - 2] + taps[3] * x[i - 3] +
                  taps[4] * x[i - 4] + taps[5] * x[i - 5] + taps[6] * x[i - 6] +
                  taps[7] * x[i - 7] + taps[8] * x[i - 8] + taps[9] * x[i - 9] +
                  taps[10] * x[i - 10] + taps[11] * x[i - 11];
        float magnitude = fabsf(y);
        most = magnitude > most ? magnitude : most;
    }
    return most;
}

/* n new samples lie behind a channel's last ones. */
static void add_stretch(struct true_peak *true_peak, float *samples, size_t n)
{
    enum { BEFORE = TRUE_PEAK_TAPS - 1 };
    float near = highest(samples, BEFORE + n);
    if (near > true_peak->peak) {
        true_peak->peak = near;
    }
    if (near * true_peak->spread > true_peak->peak) {
        for (int phase = 0; phase < TRUE_PEAK_PHASES; phase++) {
            float most = highest_between(samples + BEFORE, (ptrdiff_t)n, true_peak->taps[phase]);
            true_peak->peak = most > true_peak->peak ? most : true_peak->peak;
        }
    }
    memmove(samples, samples + n, BEFORE * sizeof *samples);
}

void true_peak_add(struct true_peak *true_peak, const float *samples, size_t n_frames)
{
    size_t channels = (size_t)true_peak->channels;
    for (size_t done = 0; done < n_frames;) {
        size_t n = n_frames - done < TRUE_PEAK_STRETCH ? n_frames - done : TRUE_PEAK_STRETCH;
        for (size_t c = 0; c < channels; c++) {
            float *fresh = true_peak->samples[c] + TRUE_PEAK_TAPS - 1;
            for (size_t i = 0; i < n; i++) {
                fresh[i] = samples[(done + i) * channels + c];
            }
            add_stretch(true_peak, true_peak->samples[c], n);
        }
        done += n;
    }
}
