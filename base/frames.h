/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_FRAMES_H
#define BASE_FRAMES_H

#include <stdint.h>

/*
 * Air time is counted in frames of 48 kHz since the Unix epoch (UTC): an
 * `..._at` or `air_frame` of type int64_t names one sample instant for every
 * line, day and file, and midnight is nothing special. A frame lasts
 * 125/6 = 20.833 µs, longer than the microsecond of the database, so a frame
 * number survives the way to microseconds and back unchanged.
 */
enum {
    AIR_RATE = 48000,       /* frames a second */
    AIR_BLOCK_FRAMES = 960, /* 20 ms: one mixer block, one RTP packet, one Opus frame */
    AIR_CHANNELS = 2,       /* a programme is stereo: left, right */
};

static inline int64_t frames_floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return (a % b != 0 && (a % b < 0) != (b < 0)) ? q - 1 : q;
}

/* The frame nearest to an instant in microseconds UTC (halves go up). */
static inline int64_t frames_from_us(int64_t us)
{
    return frames_floor_div(us * 12 + 125, 250);
}

/* The microsecond nearest to a frame's instant. */
static inline int64_t frames_to_us(int64_t frames)
{
    return frames_floor_div(frames * 250 + 6, 12);
}

static inline double frames_to_seconds(int64_t frames)
{
    return (double)frames / AIR_RATE;
}

#endif
