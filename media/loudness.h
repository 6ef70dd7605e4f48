/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_LOUDNESS_H
#define MEDIA_LOUDNESS_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * Loudness of 48 kHz sound, in one pass and in memory that does not grow. Private to media.
 * Mono is measured as dual mono: as heard on two loudspeakers.
 *
 * K-weighting  ITU-R BS.1770-4, annex 1, tables 1 and 2: a shelf and a high-pass, for 48 kHz.
 * Level        -0.691 + 10 log10 of the sum over channels of the mean square, LUFS (ibid., eq. 2).
 * Momentary    of 0.4 s; the highest of one every 10 ms (EBU Tech 3341, 2.2 asks for 10 a second).
 * Short-term   of 3 s; the highest of one every 0.1 s.
 * Integrated   of blocks of 0.4 s, one every 0.1 s, gated at -70 LUFS and then 10 LU below
 *              the mean of what is left (BS.1770-4, eq. 3 to 7).
 * Range        of short-term levels, one every 0.1 s (EBU Tech 3342 of 2016: windows overlap
 *              by 2.9 s), gated at -70 LUFS and then 20 LU below their mean energy: the 95th
 *              percentile less the 10th.
 *
 * Levels are counted in classes of 0.001 LU, so that a day of them takes no more room than a
 * minute. A percentile and a mean are off by 0.0005 LU at most; a block within as much of the
 * relative gate may be judged otherwise than by exact arithmetic.
 */
struct loudness;

struct loudness_measures {
    double integrated_lufs;     /* NAN: too quiet or too short (under 0.4 s) */
    double range_lu;            /* NAN: too quiet or too short (under 3 s) */
    double max_momentary_lufs;  /* NAN: under 0.4 s, or digital silence */
    double max_short_term_lufs; /* NAN: under 3 s, or digital silence */
};

/* channels 1 or 2. NULL: out of memory. Given to the caller. */
MUST_CHECK struct loudness *loudness_create(int channels);
struct loudness *loudness_destroy(struct loudness *loudness); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct loudness, loudness_destroy)

/* Interleaved floats. */
void loudness_add(struct loudness *loudness, const float *samples, size_t n_frames);

/* Of everything added so far. */
struct loudness_measures loudness_tell(const struct loudness *loudness);

/* A linear peak in decibels of full scale; -INFINITY: digital silence. */
double peak_to_db(float peak);

/* What brings a recording to the target without lifting its true peak over the ceiling.
 * Loudness that could not be measured is left as it is. */
double loudness_gain_db(double lufs, double true_peak_dbtp, double target_lufs,
                        double ceiling_dbtp);

#endif
