/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_METER_H
#define MEDIA_METER_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * Loudness and true peak, measured by a thread of the meter's own while the caller
 * decodes on: the two take about as long as each other. Private to media.
 */
struct meter;

/* channels 1 or 2. -ENOMEM, -EAGAIN (no thread to be had). Given to the caller. */
MUST_CHECK int meter_start(int channels, struct meter **ret_meter);
struct meter *meter_destroy(struct meter *meter); /* stops; NULL is a no-op; returns NULL */
DEFINE_AUTO(struct meter, meter_destroy)

/* Copies the samples; waits while the meter is far behind. */
void meter_add(struct meter *meter, const float *samples, size_t n_frames);

/* Wait for the rest and tell: once. NAN and -INFINITY as in media/segment.h. -ENOMEM. */
MUST_CHECK int meter_finish(struct meter *meter, double *ret_lufs, double *ret_true_peak_dbtp);

#endif
