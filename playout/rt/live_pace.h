/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RT_LIVE_PACE_H
#define PLAYOUT_RT_LIVE_PACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/*
 * How fast to play what comes live, so that the reserve it began with neither runs out nor
 * overflows. Another station's clock, or that of a card that records, is some parts in a million
 * off ours, and nothing but the reserve tells.
 *
 * The reserve goes up and down: servers send in pieces, and HLS in segments of ten seconds. What
 * counts is how low it was within half a minute, and of two such times the better one, so that a
 * network which once was late changes nothing. The first is the target, but at least
 * PACE_TARGET_MIN_FRAMES. Up to PACE_BAND_FRAMES off it nothing is done, and every sample airs as
 * it came. Beyond, a controller with a proportional and an integral part (10 minutes to work off
 * what is off; critically damped) changes the speed by at most 20 ppm a second and never beyond
 * PACE_MAX, a hundredth of a semitone, until the reserve is at its target and the source's clock is
 * not off by itself.
 *
 * More than PACE_BURST_FRAMES above the target no clock has brought: a server began anew with a
 * burst, and that is the target from then on. A reserve that is full belongs to a source which is
 * as fast as it is let, and has no clock to follow.
 */
enum {
    PACE_WINDOW_FRAMES = 30 * 48000,
    PACE_TARGET_MIN_FRAMES = 12000, /* 250 ms */
    PACE_BAND_FRAMES = 7200,        /* 150 ms */
    PACE_BURST_FRAMES = 14400,      /* 300 ms */
    PACE_FULL_FRAMES = 9600,        /* 200 ms of room: less is full */
};
#define PACE_MAX 500e-6

struct live_pace {
    size_t capacity; /* of what holds the reserve */
    bool engaged;
    double change; /* of the speed: 0 is none */
    double wanted;
    double held; /* the integral: what the source's clock is off */
    size_t target;
    /* the last times of half a minute */
    unsigned n_windows;
    size_t low_before;
    size_t low;
    size_t high;
    size_t n_frames; /* of this one so far */
};

/* The source begins, or begins anew after a gap. */
void live_pace_begin(struct live_pace *pace, size_t capacity) RT_SAFE;

/* reserve: frames that wait; the next n_frames are to be played at the speed 1 + what is
 * returned. */
double live_pace_run(struct live_pace *pace, size_t reserve, size_t n_frames) RT_SAFE;

#endif
