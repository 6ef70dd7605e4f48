/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_CONTENT_H
#define MEDIA_CONTENT_H

#include <stdint.h>

#include "media/probe.h"

/*
 * Is it speech or music? Three measures over windows of 2 s, their means over all windows that
 * are not silent; where they do not agree, and under 16 s of sound, it is not known.
 * Private to media; one thread. Zero-initialised is empty.
 *
 *   pauses      share of frames of 20 ms whose level is under half of the window's mean: speech
 *               is full of them (after Scheirer and Slaney, ICASSP 1997: low-energy frames)
 *   syllables   power of the envelope at 3 to 8 Hz over its mean squared: speech has four or
 *               five syllables a second (ibid.: 4 Hz modulation energy)
 *   hisses      share of frames that cross zero half as often again as the window's mean: an s
 *               among vowels (after Lu, Jiang and Zhang, ACM Multimedia 2001: high ZCR ratio)
 *
 *   speech      pauses >= 0.25, 0.22 <= syllables <= 1.2, hisses >= 0.10
 *   music       pauses <= 0.25, syllables <= 0.15, hisses <= 0.11, and in half of the
 *               windows the envelope moves (its variance is 0.01 of its mean squared or more):
 *               a tone or a noise is neither
 *
 * The bounds were set by ear and eye on English, French and Vietnamese of two synthesisers'
 * voices, a human announcer's prompts, and instrumental music of five bands.
 */
enum { CONTENT_FRAMES = 100, CONTENT_WINDOWS_MIN = 8 };

struct content {
    int n;                        /* frames in the window so far */
    double level[CONTENT_FRAMES]; /* root of the mean square */
    double crossings[CONTENT_FRAMES];
    int64_t n_windows;
    double pauses; /* sums over windows */
    double syllables;
    double hisses;
    int64_t n_moving;
};

/* A frame of 20 ms. */
void content_add(struct content *content, double mean_square, unsigned crossings);
enum probe_content content_tell(const struct content *content);

#endif
