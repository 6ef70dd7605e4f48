/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SCAN_H
#define MEDIA_SCAN_H

#include <stddef.h>

/*
 * Loops over the samples of one channel, kept in a file of their own so that the compiler may
 * reorder their sums and make vectors of them. Samples are numbers. Private to media.
 */

/* Stereo, taken apart. */
void scan_split(const float *interleaved, size_t n_frames, float *left, float *right);

double scan_sum(const float *samples, size_t n);
double scan_product(const float *a, const float *b, size_t n); /* the sum of a[i] b[i] */

/* The highest magnitude; 0 of none. */
float scan_highest(const float *samples, size_t n);

/* n of 1 or more. */
void scan_extremes(const float *samples, size_t n, float *ret_least, float *ret_most);

/* How often the samples go over or under a level. */
unsigned scan_crossings(const float *samples, size_t n, float level);

#endif
