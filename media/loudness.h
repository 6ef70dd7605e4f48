/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_LOUDNESS_H
#define MEDIA_LOUDNESS_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * Loudness by EBU R128 of 48 kHz sound: the one place that knows libebur128. Private
 * to media. Mono is measured as dual mono: as heard on two loudspeakers.
 */
struct loudness;

/* channels 1 or 2. NULL: out of memory. Given to the caller. */
MUST_CHECK struct loudness *loudness_create(int channels);
struct loudness *loudness_destroy(struct loudness *loudness); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct loudness, loudness_destroy)

/* Interleaved floats. -ENOMEM. */
MUST_CHECK int loudness_add(struct loudness *loudness, const float *samples, size_t n_frames);

/* Integrated, of everything added; NAN: too quiet or too short. -ENOMEM. */
MUST_CHECK int loudness_measure(struct loudness *loudness, double *ret_lufs);

/* A linear peak in decibels of full scale; -INFINITY: digital silence. */
double peak_to_db(float peak);

/* What brings a recording to the target without lifting its true peak over the ceiling.
 * Loudness that could not be measured is left as it is. */
double loudness_gain_db(double lufs, double true_peak_dbtp, double target_lufs,
                        double ceiling_dbtp);

#endif
