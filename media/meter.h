/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_METER_H
#define MEDIA_METER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct prepared;

/*
 * All that is measured on a prepared copy while it is made: loudness, true peak, silence,
 * content and channels, and the peaks of its waveform, which become a file. Private to
 * media. Threads: one at a time.
 */
struct meter;

/* channels 1 or 2. peaks_fd: an empty file, taken even on failure; -1: no peaks. -ENOMEM.
 * Given to the caller. */
MUST_CHECK int meter_create(int channels, int peaks_fd, struct meter **ret_meter);
struct meter *meter_destroy(struct meter *meter); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct meter, meter_destroy)

/* Interleaved floats of 48 kHz. */
void meter_add(struct meter *meter, const float *samples, size_t n_frames);

/* After the last of it: complete what is begun. Once. */
void meter_finish(struct meter *meter);

/* Fill in what was measured. prepared->frames is set. False: the peaks could not be written. */
bool meter_tell(const struct meter *meter, struct prepared *prepared);

#endif
