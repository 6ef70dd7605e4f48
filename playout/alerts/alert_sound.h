/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ALERTS_ALERT_SOUND_H
#define PLAYOUT_ALERTS_ALERT_SOUND_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct fault;

/* Where the sound of an alert comes from. Threads: any. */
struct alert_sound {
    const float *frames; /* as alert_spec.frames */
    int64_t n_frames;
    void *memory; /* mapped, of so many bytes */
    size_t n_bytes;
};

/* The frames that fill a memory file which nobody can shrink or write any more (fcntl_seals).
 * -EINVAL: it is another file, or no sound. fd stays the caller's. */
MUST_CHECK int alert_sound_map(int fd, struct alert_sound *ret_sound, struct fault *reterr);
/* -20 dBFS, 1 kHz, with 20 ms of fade at both ends. */
MUST_CHECK int alert_sound_tone(int64_t n_frames, struct alert_sound *ret_sound,
                                struct fault *reterr);
void alert_sound_free(struct alert_sound *sound);

/* A copy. */
MUST_CHECK int alert_sound_copy(const float *frames, int64_t n_frames,
                                struct alert_sound *ret_sound, struct fault *reterr);

#endif
