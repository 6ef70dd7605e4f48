/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/quantise.h"

#include <math.h>
#include <stdint.h>

/* Up to 2^23 a float and a half is a float, so the cast rounds exactly. */
void quantise(const float *in, float *out, size_t n)
{
    const float scale = 8388608.0F; /* 2^23 */
    for (size_t i = 0; i < n; i++) {
        float x = in[i] * scale;
        x = x < scale - 1 ? x : scale - 1;
        x = x > -scale ? x : -scale;
        int32_t rounded = (int32_t)(x + copysignf(0.5F, x));
        rounded = rounded < 8388607 ? rounded : 8388607;
        out[i] = (float)rounded / scale;
    }
}
