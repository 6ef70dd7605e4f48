/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * One object owns "now". The system clock follows the machine; the virtual
 * clock stands still until somebody sleeps on it or sets it, which makes a day
 * of radio run as fast as the machine can, the same way every time.
 *
 * Units   _us: microseconds since the Unix epoch, UTC. _ns: nanoseconds of a
 *         steady clock whose zero means nothing.
 * Threads The system clock: any. A virtual clock: one thread.
 */
struct clock {
    int64_t (*now_us)(struct clock *clock);
    int64_t (*steady_ns)(struct clock *clock);
    int (*sleep_until_us)(struct clock *clock, int64_t us);
    int64_t virtual_us; /* the virtual clock's now; unused by others */
};

/* The machine's clock. */
struct clock clock_system(void);
/* Does the machine's kernel say that something (NTP, mostly) keeps its clock right? [any] */
bool clock_is_synchronised(void);
/* A clock that starts at `us` and moves only by sleep or clock_set_us(). */
struct clock clock_virtual(int64_t us);

int64_t clock_now_us(struct clock *clock);
int64_t clock_steady_ns(struct clock *clock);
/* 0 when the instant has come (at once if it is past); -EINTR when a signal came first. */
MUST_CHECK int clock_sleep_until_us(struct clock *clock, int64_t us);
/* Virtual clock only: jump, forth or back. */
void clock_set_us(struct clock *clock, int64_t us);

#endif
