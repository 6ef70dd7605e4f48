/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_ANNOUNCE_H
#define MEDIA_ANNOUNCE_H

#include <signal.h>
#include <stdint.h>

#include "base/attr.h"

struct fault;
struct segment;
struct station;

/*
 * Sound that is heard now and goes into no library: it needs neither a database nor room on the
 * station's disk. It comes as a sealed memory file of 48 kHz stereo float frames, brought to
 * the station's loudness below its ceiling; what is beyond full scale is clipped.
 *
 * What is cut off, or longer than max_frames, is refused: an emergency is heard whole or not
 * at all. So is what holds nothing but silence.
 *
 * Errors   as speak_prepare(), and sound_open(); -EFBIG longer than max_frames.
 * Threads  any.
 */
struct announce_options {
    const struct station *station;
    int64_t max_frames;
    const volatile sig_atomic_t *stop; /* set: end the voice, -EINTR; NULL: never */
};

/* What the station's voice makes of a text (media/speak.h). The descriptor is the caller's. */
MUST_CHECK int announce_text(const struct announce_options *options, const char *text, int *ret_fd,
                             struct fault *reterr);
/* What a file holds that media/soundfile.h reads. */
MUST_CHECK int announce_file(const struct announce_options *options, const char *path, int *ret_fd,
                             struct fault *reterr);
/* A recording of the library, between its cues. */
MUST_CHECK int announce_segment(const struct announce_options *options,
                                const struct segment *segment, int *ret_fd, struct fault *reterr);

#endif
