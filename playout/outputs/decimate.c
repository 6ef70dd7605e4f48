/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/decimate.h"

#include <math.h>
#include <string.h>

enum { TAPS_A_FACTOR = 64 };

static const double CUT_OFF = 0.925; /* of the lower rate's half: 3.7 kHz of 4, 7.4 kHz of 8 */

void decimator_init(struct decimator *decimator, int factor)
{
    memset(decimator, 0, sizeof *decimator);
    decimator->factor = factor;
    decimator->n_taps = TAPS_A_FACTOR * factor;
    double cycles = CUT_OFF / (2.0 * factor);
    double sum = 0;
    double taps[DECIMATE_TAPS_MAX];
    for (int k = 0; k < decimator->n_taps; k++) {
        double turn = 2 * M_PI * k / (decimator->n_taps - 1);
        double at = k - (decimator->n_taps - 1) / 2.0; /* never 0: the number of taps is even */
        taps[k] = sin(2 * M_PI * cycles * at) / (M_PI * at) *
                  (0.42 - 0.5 * cos(turn) + 0.08 * cos(2 * turn));
        sum += taps[k];
    }
    for (int k = 0; k < decimator->n_taps; k++) {
        decimator->taps[k] = (float)(taps[k] / sum);
    }
}

static float weighted(const float *restrict frames, const float *restrict taps, int n)
{
    float sum = 0;
    for (int k = 0; k < n; k++) {
        sum += frames[k] * taps[k];
    }
    return sum;
}

static int16_t sample_of(float value)
{
    value *= 32768.0f;
    value = value > 32767.0f ? 32767.0f : value;
    value = value > -32768.0f ? value : -32768.0f;
    return (int16_t)lrintf(value);
}

void decimator_run(struct decimator *decimator, const float *frames, int16_t *out)
{
    memcpy(decimator->frames + DECIMATE_BEFORE, frames, AIR_BLOCK_FRAMES * sizeof *frames);
    for (int i = 0; i < AIR_BLOCK_FRAMES / decimator->factor; i++) {
        const float *newest = decimator->frames + DECIMATE_BEFORE + i * decimator->factor;
        out[i] =
            sample_of(weighted(newest - decimator->n_taps + 1, decimator->taps, decimator->n_taps));
    }
    memmove(decimator->frames, decimator->frames + AIR_BLOCK_FRAMES,
            DECIMATE_BEFORE * sizeof *frames);
}
