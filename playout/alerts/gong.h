/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ALERTS_GONG_H
#define PLAYOUT_ALERTS_GONG_H

#include <stddef.h>

/*
 * The chime before an emergency: three bell tones that fall (e'', c'' sharp, a'), each
 * left to ring into the next, and 0.2 s of silence before what is said. Made, not recorded, so that
 * it is there without a file.
 *
 * 48 kHz mono; its peak is GONG_PEAK.
 */
enum { GONG_FRAMES = 48000 * 5 / 2 };
static const float GONG_PEAK = 0.5F; /* -6 dBFS */

void gong_render(float frames[static GONG_FRAMES]);

#endif
