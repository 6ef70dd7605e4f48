/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <errno.h>
#include <sys/timex.h>
#include <time.h>

static int64_t system_now_us(struct clock *clock)
{
    (void)clock;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_steady_ns(struct clock *clock)
{
    (void)clock;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Sleeps on the wall clock itself, so a step of the clock ends or prolongs the
 * wait instead of making the instant wrong. */
static int system_sleep_until_us(struct clock *clock, int64_t us)
{
    (void)clock;
    struct timespec until = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    return -clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
}

static int64_t virtual_now_us(struct clock *clock)
{
    return clock->virtual_us;
}

static int64_t virtual_steady_ns(struct clock *clock)
{
    return clock->virtual_us * 1000;
}

static int virtual_sleep_until_us(struct clock *clock, int64_t us)
{
    if (us > clock->virtual_us) {
        clock->virtual_us = us;
    }
    return 0;
}

struct clock clock_system(void)
{
    return (struct clock){system_now_us, system_steady_ns, system_sleep_until_us, 0};
}

bool clock_is_synchronised(void)
{
    struct timex state = {.modes = 0};
    return adjtimex(&state) != TIME_ERROR && !(state.status & STA_UNSYNC);
}

struct clock clock_virtual(int64_t us)
{
    return (struct clock){virtual_now_us, virtual_steady_ns, virtual_sleep_until_us, us};
}

int64_t clock_now_us(struct clock *clock)
{
    return clock->now_us(clock);
}

int64_t clock_steady_ns(struct clock *clock)
{
    return clock->steady_ns(clock);
}

int clock_sleep_until_us(struct clock *clock, int64_t us)
{
    return clock->sleep_until_us(clock, us);
}

void clock_set_us(struct clock *clock, int64_t us)
{
    clock->virtual_us = us;
}
