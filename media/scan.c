/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/scan.h"

#include <math.h>

void scan_split(const float *interleaved, size_t n_frames, float *left, float *right)
{
    for (size_t i = 0; i < n_frames; i++) {
        left[i] = interleaved[2 * i];
        right[i] = interleaved[2 * i + 1];
    }
}

double scan_sum(const float *samples, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += samples[i];
    }
    return (double)sum;
}

double scan_product(const float *a, const float *b, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return (double)sum;
}

float scan_highest(const float *samples, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++) {
        float magnitude = fabsf(samples[i]);
        most = magnitude > most ? magnitude : most;
    }
    return most;
}

void scan_extremes(const float *samples, size_t n, float *ret_least, float *ret_most)
{
    float least = samples[0];
    float most = samples[0];
    for (size_t i = 1; i < n; i++) {
        least = samples[i] < least ? samples[i] : least;
        most = samples[i] > most ? samples[i] : most;
    }
    *ret_least = least;
    *ret_most = most;
}

unsigned scan_crossings(const float *samples, size_t n, float level)
{
    unsigned crossings = 0;
    for (size_t i = 1; i < n; i++) {
        crossings += (samples[i] < level) ^ (samples[i - 1] < level);
    }
    return crossings;
}
