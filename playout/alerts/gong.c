/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/alerts/gong.h"

#include <math.h>

#include "base/frames.h"

enum { TONES = 3, PARTIALS = 3, TONE_FRAMES = AIR_RATE / 2, ATTACK_FRAMES = AIR_RATE / 200 };

/* Equal temperament, a' = 440 Hz: 440 · 2^(n/12). */
static const double semitones[TONES] = {7, 4, 0}; /* e'', c'' sharp, a' */

/* A bell's partials die the sooner the higher they are. */
static const struct {
    double ratio;
    double share;
    double seconds; /* to 1/e */
} partials[PARTIALS] = {{1, 1, 0.55}, {2, 0.35, 0.3}, {3, 0.15, 0.15}};

static double tone_at(size_t tone, int64_t k)
{
    double sum = 0;
    double t = (double)k / AIR_RATE;
    double hz = 440 * pow(2, semitones[tone] / 12);
    for (size_t i = 0; i < PARTIALS; i++) {
        sum += partials[i].share * exp(-t / partials[i].seconds) *
               sin(2 * acos(-1.0) * hz * partials[i].ratio * t);
    }
    return k < ATTACK_FRAMES ? sum * (double)k / ATTACK_FRAMES : sum;
}

void gong_render(float frames[static GONG_FRAMES])
{
    static const int64_t sounding = GONG_FRAMES - AIR_RATE / 5;
    static const int64_t release = AIR_RATE / 5;
    float peak = 0;
    for (int64_t k = 0; k < GONG_FRAMES; k++) {
        double sum = 0;
        for (size_t tone = 0; tone < TONES && k >= (int64_t)tone * TONE_FRAMES; tone++) {
            sum += tone_at(tone, k - (int64_t)tone * TONE_FRAMES);
        }
        int64_t left = sounding - k;
        sum *= left <= 0 ? 0 : left < release ? (double)left / (double)release : 1;
        frames[k] = (float)sum;
        peak = fmaxf(peak, fabsf(frames[k]));
    }
    for (int64_t k = 0; k < GONG_FRAMES; k++) {
        frames[k] *= GONG_PEAK / peak;
    }
}
