/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_COPY_PROBE_H
#define MEDIA_COPY_PROBE_H

#include <stddef.h>

#include "media/content.h"
#include "media/silence.h"

struct probe;

/*
 * What the 48 kHz copy tells beside loudness: silence, content, and how its two channels belong
 * together. Private to media; one thread. Zero-initialised but for `channels`.
 */
struct copy_probe {
    int channels;
    struct silence silence;
    struct content content;
    double energy[2]; /* sums of squares about each frame's mean */
    double product;
};

/* A frame of 20 ms, the last one may be shorter: n samples of each channel, 1..SILENCE_FRAMES;
 * of mono `right` is not read. */
void copy_probe_add(struct copy_probe *copy, const float *left, const float *right, size_t n);

/* Fill in silence, gaps, balance, correlation, content and the cues; probe->frames is set. */
void copy_probe_tell(const struct copy_probe *copy, struct probe *probe);

#endif
