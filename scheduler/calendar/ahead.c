/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/ahead.h"

#include <errno.h>

/* So many windows more are held where one follows another, of a rule that takes no more
 * steps for them than this. */
enum { WINDOWS_AHEAD = 25, STEPS_AHEAD = 20000 };
static const int64_t AHEAD_MAX_US = 400LL * 24 * 3600 * 1000000;

void ahead_finish(struct ahead *ahead)
{
    instances_finish(&ahead->held);
    *ahead = (struct ahead){0};
}

static bool holds(const struct ahead *ahead, int64_t from_us, int64_t to_us)
{
    return from_us >= ahead->from_us && to_us <= ahead->to_us;
}

static int hold(struct ahead *ahead, const struct event *master, int64_t from_us, int64_t to_us,
                int64_t *budget, unsigned *ret_line)
{
    int r = series_instances(master, from_us, to_us, budget, &ahead->held, ret_line);
    ahead->from_us = r < 0 ? 0 : from_us;
    ahead->to_us = r < 0 ? 0 : to_us;
    return r;
}

/* The first held at or after an instant. */
static size_t find(const struct ahead *ahead, int64_t us)
{
    size_t low = 0;
    size_t high = ahead->held.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ahead->held.items[middle].us < us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int ahead_instances(struct ahead *ahead, const struct event *master, int64_t from_us, int64_t to_us,
                    int64_t *budget, const struct instance **ret_items, size_t *ret_n,
                    unsigned *ret_line)
{
    bool follows = from_us > ahead->asked_from_us && from_us <= ahead->asked_to_us;
    bool is_short = to_us - from_us <= AHEAD_MAX_US / WINDOWS_AHEAD;
    int64_t more_us = is_short ? (to_us - from_us) * WINDOWS_AHEAD : 0;
    ahead->asked_from_us = from_us;
    ahead->asked_to_us = to_us;
    if (!holds(ahead, from_us, to_us) && follows && is_short && !ahead->is_dense) {
        int64_t steps = STEPS_AHEAD;
        int r = hold(ahead, master, from_us, to_us + more_us, &steps, ret_line);
        if (r == -ENOMEM) {
            return r;
        }
        ahead->is_dense = r < 0;
    }
    if (!holds(ahead, from_us, to_us)) {
        int r = hold(ahead, master, from_us, to_us, budget, ret_line);
        if (r < 0) {
            return r;
        }
    }
    size_t first = find(ahead, from_us);
    *ret_items = ahead->held.n ? ahead->held.items + first : NULL;
    *ret_n = find(ahead, to_us) - first;
    return 0;
}
