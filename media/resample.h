/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_RESAMPLE_H
#define MEDIA_RESAMPLE_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * To 48 kHz by soxr HQ, the one place that knows it; a source at 48 kHz passes
 * through untouched. Private to media. N frames become round(N × 48000 / rate),
 * aligned with the source: the filter's delay is not heard.
 */
struct resampler;

/* NULL: out of memory. Given to the caller. */
MUST_CHECK struct resampler *resampler_create(int rate, int channels);
struct resampler *
resampler_destroy(struct resampler *resampler); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct resampler, resampler_destroy)

/* The most frames that come out for n_in of them, and at the end. */
size_t resampler_room(const struct resampler *resampler, size_t n_in);

/* Put n_in frames in (NULL and 0: the end) and take out what is ready: *ret_n frames, at most
 * n_out, which is resampler_room() or more. At the end call until *ret_n is 0. -ENOMEM. */
MUST_CHECK int resampler_run(struct resampler *resampler, const float *in, size_t n_in, float *out,
                             size_t n_out, size_t *ret_n);

#endif
