/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_AHEAD_H
#define SCHEDULER_CALENDAR_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "scheduler/calendar/series.h"

/*
 * The instances of a series for whoever plans window after window. To enter a rule in the
 * middle costs as much as fifty of its times; so where one window follows another, the
 * series is expanded for the next few at once, and these are held. What is given out is
 * the same as without.
 *
 * Zero-initialised; ahead_finish(). Belongs to one thread at a time.
 */
struct ahead {
    int64_t asked_from_us; /* the window before */
    int64_t asked_to_us;
    int64_t from_us; /* what is held */
    int64_t to_us;
    struct instances held;
    bool is_dense; /* too many instances to hold */
};

/* As series_instances(): *ret_items and *ret_n are the ahead's until it is asked again. */
MUST_CHECK int ahead_instances(struct ahead *ahead, const struct event *master, int64_t from_us,
                               int64_t to_us, int64_t *budget, const struct instance **ret_items,
                               size_t *ret_n, unsigned *ret_line);
void ahead_finish(struct ahead *ahead);

#endif
