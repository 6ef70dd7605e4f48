/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_METER_H
#define MEDIA_METER_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * All that is measured on a prepared copy while it is made: loudness and true peak.
 * Private to media. Threads: one at a time.
 */
struct meter;
struct prepared;

/* channels 1 or 2. -ENOMEM. Given to the caller. */
MUST_CHECK int meter_create(int channels, struct meter **ret_meter);
struct meter *meter_destroy(struct meter *meter); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct meter, meter_destroy)

/* Interleaved floats of 48 kHz. */
void meter_add(struct meter *meter, const float *samples, size_t n_frames);

/* Fill in what was measured. */
void meter_tell(const struct meter *meter, struct prepared *prepared);

#endif
