/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_DEVICE_CLOCK_H
#define PLAYOUT_RT_DEVICE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * When a device's frames are played, by CLOCK_MONOTONIC. A driver asks for frames when it gets
 * to it, some milliseconds early or late; what is wanted is the steady line under that. It is a
 * delay-locked loop of second order (F. Adriaensen, "Using a DLL to filter time", Linux Audio
 * Conference 2005): with w = 2 pi B T, each call moves the expected time by sqrt(2) w and
 * the length of a frame by w^2 of the error. The bandwidth B begins at 4 Hz and narrows with
 * 1/t to 0.02 Hz, so that the first seconds converge fast and an hour is quiet.
 *
 * A call that is off by more than 50 ms is no jitter: the device stood still, or lost
 * frames, and the loop begins anew there, keeping the rate that it knows.
 */
struct device_clock {
    bool begun;
    int64_t origin_ns;   /* CLOCK_MONOTONIC; times below count from here */
    double next_ns;      /* when the next call is expected */
    double frame_ns;     /* how long a frame of the device lasts */
    uint64_t n_frames;   /* since it began */
    double known_drift;  /* from before it began anew */
    uint64_t n_restarts; /* of the loop */
};

void device_clock_init(struct device_clock *clock);
/* The driver asks for n_frames at now_ns: when was that, without the jitter? */
int64_t device_clock_tick(struct device_clock *clock, int64_t now_ns, size_t n_frames) RT_SAFE;
/* How much faster the device is than CLOCK_MONOTONIC: 1e-6 is 1 ppm. In the first 5 s
 * it is what was known before, or 0. */
double device_clock_drift(const struct device_clock *clock) RT_SAFE;
/* May sound be placed by it? 200 ms after its very beginning. */
bool device_clock_is_settled(const struct device_clock *clock) RT_SAFE;

/*
 * How fast to play so that sound is heard when it is due. Up to DRIFT_BAND_FRAMES off, nothing is
 * done, and every sample goes out as it came in. Beyond, the speed makes up for the device's drift
 * and takes a minute over what is off, changing by at most 20 ppm a second and never beyond
 * DRIFT_MAX; when the sound is back in its place and the device does not drift by itself,
 * it ends.
 */
enum {
    DRIFT_BAND_FRAMES = 480,   /* 10 ms */
    DRIFT_LIMIT_FRAMES = 4800, /* 100 ms: not a matter of speed any more */
};
#define DRIFT_MAX 500e-6

struct drift_servo {
    bool engaged;
    double behind_frames; /* smoothed over 2 s */
    double change;        /* of the speed: 0 is none */
};

/* behind_frames: by how much what is played now is late (early: negative); drift as of
 * device_clock_drift(); the next n_frames are to be played at the speed 1 + what is returned. */
double drift_servo_run(struct drift_servo *servo, double behind_frames, double drift,
                       size_t n_frames) RT_SAFE;

#endif
