/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/varispeed.h"

#include <math.h>
#include <string.h>

#include "playout/rt/fast.h"

static const double WINDOW_SHAPE = 10;
static const double LANDING = 20e-6; /* how fast the place goes back to a whole frame */
static const uint64_t ONE = UINT64_C(1) << 32;
enum { PHASE_SHIFT = 32 - 9 }; /* 2^9 phases */

/* The modified Bessel function of order 0, by its series. */
static double bessel_i0(double x)
{
    double sum = 1;
    double term = 1;
    for (int k = 1; term > 1e-18 * sum; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static double kernel(double x)
{
    const double half = VARISPEED_TAPS / 2.0;
    if (x == 0) {
        return 1;
    }
    if (fabs(x) >= half || x == floor(x)) {
        return 0;
    }
    double window =
        bessel_i0(WINDOW_SHAPE * sqrt(1 - (x / half) * (x / half))) / bessel_i0(WINDOW_SHAPE);
    return sin(M_PI * x) / (M_PI * x) * window;
}

void varispeed_table_init(struct varispeed_table *table)
{
    for (int phase = 0; phase <= VARISPEED_PHASES; phase++) {
        for (int tap = 0; tap < VARISPEED_TAPS; tap++) {
            double x = tap - (VARISPEED_TAPS / 2 - 1) - (double)phase / VARISPEED_PHASES;
            table->taps[phase][tap] = (float)kernel(x);
        }
    }
}

void varispeed_begin(struct varispeed *speed, const float *ahead)
{
    size_t n_before = VARISPEED_TAPS - VARISPEED_AHEAD;
    memset(speed->history, 0, n_before * 2 * sizeof *ahead);
    memcpy(speed->history + n_before * 2, ahead, (size_t)VARISPEED_AHEAD * 2 * sizeof *ahead);
    speed->phase = 0;
}

uint64_t varispeed_step(double speed)
{
    return (uint64_t)((int64_t)ONE + (int64_t)((speed - 1) * 4294967296.0));
}

size_t varispeed_need(const struct varispeed *speed, uint64_t step, size_t n)
{
    return (size_t)((speed->phase + step * n) >> 32);
}

uint64_t varispeed_landing_step(const struct varispeed *speed, size_t n, double most)
{
    /* Rounded so that the place comes to lie on the frame or a trace after, never before it. */
    int64_t n_frames = (int64_t)n;
    int64_t change = speed->phase < ONE / 2
                         ? -((int64_t)speed->phase / n_frames)
                         : ((int64_t)ONE - (int64_t)speed->phase + n_frames - 1) / n_frames;
    return fabs((double)change) <= most * 4294967296.0 ? (uint64_t)((int64_t)ONE + change) : 0;
}

void varispeed_land(struct varispeed *speed)
{
    speed->phase = 0;
}

uint64_t varispeed_choose(const struct varispeed *speed, double change, size_t n, bool *ret_lands)
{
    *ret_lands = false;
    if (change != 0 || speed->phase == 0) {
        return varispeed_step(1 + change);
    }
    uint64_t landing = varispeed_landing_step(speed, n, LANDING);
    bool is_past = speed->phase < UINT32_C(1) << 31;
    *ret_lands = landing != 0;
    return landing != 0 ? landing : varispeed_step(is_past ? 1 - LANDING : 1 + LANDING);
}

RT_FAST static void interpolate(const struct varispeed_table *table, uint64_t at, uint64_t step,
                                const float *frames, float *out, size_t n)
{
    const float unit = 1.0f / (float)(1 << PHASE_SHIFT);
    for (size_t i = 0; i < n; i++, at += step) {
        uint32_t fraction = (uint32_t)at;
        const float *a = table->taps[fraction >> PHASE_SHIFT];
        const float *b = a + VARISPEED_TAPS;
        float between = (float)(fraction & ((1U << PHASE_SHIFT) - 1)) * unit;
        const float *in = frames + 2 * (size_t)(at >> 32);
        float left[4] = {0};
        float right[4] = {0};
        for (size_t tap = 0; tap < VARISPEED_TAPS; tap += 4) {
            for (size_t k = 0; k < 4; k++) {
                float gain = a[tap + k] + between * (b[tap + k] - a[tap + k]);
                left[k] += gain * in[2 * (tap + k)];
                right[k] += gain * in[2 * (tap + k) + 1];
            }
        }
        out[2 * i] = (left[0] + left[1]) + (left[2] + left[3]);
        out[2 * i + 1] = (right[0] + right[1]) + (right[2] + right[3]);
    }
}

void varispeed_run(struct varispeed *speed, const struct varispeed_table *table, uint64_t step,
                   const float *in, float *out, size_t n)
{
    float frames[2 * (VARISPEED_TAPS + VARISPEED_NEED_MAX)];
    size_t need = varispeed_need(speed, step, n);
    memcpy(frames, speed->history, sizeof speed->history);
    memcpy(frames + 2 * (size_t)VARISPEED_TAPS, in, need * 2 * sizeof *in);
    if (step == ONE && speed->phase == 0) {
        memcpy(out, frames + VARISPEED_TAPS - 2, n * 2 * sizeof *out);
    } else {
        interpolate(table, speed->phase, step, frames, out, n);
    }
    memcpy(speed->history, frames + 2 * need, sizeof speed->history);
    speed->phase = (uint32_t)(speed->phase + step * n);
}
