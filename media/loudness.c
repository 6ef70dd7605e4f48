/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/loudness.h"

#include <ebur128.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/frames.h"

struct loudness {
    ebur128_state *state;
};

struct loudness *loudness_create(int channels)
{
    AUTO(loudness_destroy) struct loudness *loudness = calloc(1, sizeof *loudness);
    if (!loudness) {
        return NULL;
    }
    loudness->state = ebur128_init((unsigned)channels, AIR_RATE, EBUR128_MODE_I);
    if (!loudness->state ||
        (channels == 1 && ebur128_set_channel(loudness->state, 0, EBUR128_DUAL_MONO) != 0)) {
        return NULL;
    }
    return STEAL(loudness);
}

struct loudness *loudness_destroy(struct loudness *loudness)
{
    if (loudness) {
        if (loudness->state) {
            ebur128_destroy(&loudness->state);
        }
        free(loudness);
    }
    return NULL;
}

int loudness_add(struct loudness *loudness, const float *samples, size_t n_frames)
{
    return ebur128_add_frames_float(loudness->state, samples, n_frames) == 0 ? 0 : -ENOMEM;
}

int loudness_measure(struct loudness *loudness, double *ret_lufs)
{
    double lufs = NAN;
    if (ebur128_loudness_global(loudness->state, &lufs) != 0) {
        return -ENOMEM;
    }
    *ret_lufs = isfinite(lufs) ? lufs : NAN;
    return 0;
}

double peak_to_db(float peak)
{
    return peak > 0 ? 20 * log10((double)peak) : -INFINITY;
}

double loudness_gain_db(double lufs, double true_peak_dbtp, double target_lufs, double ceiling_dbtp)
{
    double wanted = isnan(lufs) ? 0 : target_lufs - lufs;
    return fmin(wanted, ceiling_dbtp - true_peak_dbtp); /* silence: + infinity, never the least */
}
