/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_QUANTISE_H
#define MEDIA_QUANTISE_H

#include <stddef.h>

/*
 * Rounds samples to what 24 bits can hold, k / 2^23 with k in -2^23 .. 2^23 - 1: halves go
 * away from zero, and what lies beyond full scale is clipped to it. Nothing is dithered.
 * in and out may be the same; n counts samples, not frames. Private to media.
 */
void quantise(const float *in, float *out, size_t n);

#endif
