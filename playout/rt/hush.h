/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_HUSH_H
#define PLAYOUT_RT_HUSH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * A line that is to fall silent at once. The radio mixes ahead of the time at which it is heard,
 * so what waits in an output is silenced there: nothing in [from, until) is heard, but for a
 * fade over the first HUSH_FADE_FRAMES of it. What was mixed knowing of the silence
 * begins at `until`.
 *
 * Threads: hush_set() by one thread; the rest by any. A block that is sent while it is set may be
 * heard yet.
 */
struct hush {
    _Atomic int64_t from_frame;
    _Atomic int64_t until_frame; /* INT64_MIN: nothing is hushed */
};

enum { HUSH_FADE_FRAMES = 240 }; /* 5 ms: no click */

void hush_init(struct hush *hush);
void hush_set(struct hush *hush, int64_t from_frame, int64_t until_frame) RT_SAFE;

/* Is any of these n frames to be silent, or faded? */
bool hush_meets(const struct hush *hush, int64_t frame, size_t n) RT_SAFE;

/* Silence what is to be silent of n stereo frames, of which the first is air frame `frame`. */
void hush_apply(const struct hush *hush, int64_t frame, float *frames, size_t n) RT_SAFE;

#endif
