/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ASIDE_DRIVER_H
#define PLAYOUT_ASIDE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct fault;

/*
 * Sound devices, by PortAudio. A device is named `default`, or as devices_visit() names it, or by
 * a part of its name that no other device has.
 *
 * Which devices there are is looked up once, by driver_begin(): to see others, end and begin
 * again, which is for a process that has no other device open. A call may hang in a
 * driver; who must not, sets an alarm.
 *
 * Threads: one; driver_process on the driver's own.
 */

/* What can be named in a station file. */
struct device_info {
    const char *name;
    const char *driver; /* "ALSA", "JACK Audio Connection Kit" … */
    int channels;
    bool is_default;
};
typedef void (*device_visit)(void *context, const struct device_info *device);
/* Those that can play. -ENODEV: there is none; -EIO. */
MUST_CHECK int devices_visit(device_visit visit, void *context, struct fault *reterr);

MUST_CHECK int driver_begin(struct fault *reterr); /* -EIO */
void driver_end(void);

/* The driver wants out filled, or has brought in: frames of 48 kHz, interleaved; the other is
 * NULL. What it calls may neither allocate nor wait. */
typedef void (*driver_process)(void *context, const float *in, float *out, size_t n_frames);

struct driver_spec {
    const char *name;
    bool records;
    size_t n_channels; /* at least; recording, as many as there are up to it */
    driver_process process;
    void *context;
};
struct driver_stream;
/* Given to the caller: driver_close(). -ENODEV: not there, or too few channels; -EIO; -ENOMEM. */
MUST_CHECK int driver_open(const struct driver_spec *spec, struct driver_stream **ret_stream,
                           struct fault *reterr);
/* From here on it calls. -EIO. */
MUST_CHECK int driver_start(struct driver_stream *stream, const char *name, struct fault *reterr);
/* What was played, or recorded, is heard, or was said, so much later, or earlier. */
int64_t driver_latency_ns(const struct driver_stream *stream);
size_t driver_channels(const struct driver_stream *stream);
/* A device that was pulled out is not. */
bool driver_is_active(const struct driver_stream *stream);
/* finish: first let what the driver has be heard. NULL is a no-op. */
void driver_close(struct driver_stream *stream, bool finish);

#endif
