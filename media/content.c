/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/content.h"

#include <math.h>
#include <stddef.h>

enum {
    SLOWEST = 6, /* 3 Hz, in periods a window */
    FASTEST = 16 /* 8 Hz */
};

static const double PI = 3.14159265358979323846;
static const double LEAST_LEVEL = 0.001; /* -60 dBFS: a quieter window is no part of it */

static double mean(const double *values)
{
    double sum = 0;
    for (size_t i = 0; i < CONTENT_FRAMES; i++) {
        sum += values[i];
    }
    return sum / CONTENT_FRAMES;
}

/* Power of the envelope, its mean being 1, at so many periods a window. */
static double power_at(const double *level, double mean_level, int periods)
{
    double real = 0;
    double imaginary = 0;
    for (int i = 0; i < CONTENT_FRAMES; i++) {
        double angle = 2 * PI * periods * i / CONTENT_FRAMES;
        real += level[i] / mean_level * cos(angle);
        imaginary += level[i] / mean_level * sin(angle);
    }
    return 2 * (real * real + imaginary * imaginary) / (CONTENT_FRAMES * CONTENT_FRAMES);
}

static void end_window(struct content *content)
{
    double mean_level = mean(content->level);
    double mean_crossings = mean(content->crossings);
    if (mean_level < LEAST_LEVEL) {
        return;
    }
    double pauses = 0;
    double hisses = 0;
    double variance = 0;
    for (size_t i = 0; i < CONTENT_FRAMES; i++) {
        double off = content->level[i] / mean_level - 1;
        pauses += content->level[i] < 0.5 * mean_level;
        hisses += content->crossings[i] > 1.5 * mean_crossings;
        variance += off * off;
    }
    for (int periods = SLOWEST; periods <= FASTEST; periods++) {
        content->syllables += power_at(content->level, mean_level, periods);
    }
    content->pauses += pauses / CONTENT_FRAMES;
    content->hisses += hisses / CONTENT_FRAMES;
    content->n_moving += variance / CONTENT_FRAMES >= 0.01;
    content->n_windows++;
}

void content_add(struct content *content, double mean_square, unsigned crossings)
{
    content->level[content->n] = sqrt(fmax(mean_square, 0));
    content->crossings[content->n] = crossings;
    content->n++;
    if (content->n == CONTENT_FRAMES) {
        end_window(content);
        content->n = 0;
    }
}

enum probe_content content_tell(const struct content *content)
{
    if (content->n_windows < CONTENT_WINDOWS_MIN) {
        return PROBE_UNKNOWN;
    }
    double n = (double)content->n_windows;
    double pauses = content->pauses / n;
    double syllables = content->syllables / n;
    double hisses = content->hisses / n;
    if (pauses >= 0.25 && syllables >= 0.22 && syllables <= 1.2 && hisses >= 0.10) {
        return PROBE_SPEECH;
    }
    if (pauses <= 0.25 && syllables <= 0.15 && hisses <= 0.11 &&
        2 * content->n_moving >= content->n_windows) {
        return PROBE_MUSIC;
    }
    return PROBE_UNKNOWN;
}
