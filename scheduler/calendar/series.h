/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_SERIES_H
#define SCHEDULER_CALENDAR_SERIES_H

#include "scheduler/calendar/calendar_int.h"

/* One occurrence that a series gives by itself, before its changes. */
struct instance {
    int64_t us; /* with the UID the key */
    int64_t wall_s;
    int64_t length_s; /* of an RDATE that has its own; else 0 */
};

/* Memory that is used again for each series. Zero-initialised; instances_finish(). */
struct instances {
    struct instance *items;
    size_t n;
    size_t capacity;
};
void instances_finish(struct instances *instances);

/* The instances of a master event in [from_us, to_us), sorted, each once, without those
 * of EXDATE. -ENOMEM; -E2BIG when the budget or SLOTS_MAX ends, *ret_line is that of the
 * rule. */
MUST_CHECK int series_instances(const struct event *master, int64_t from_us, int64_t to_us,
                                int64_t *budget, struct instances *into, unsigned *ret_line);

/* Is there an occurrence at that very instant, EXDATE or not? -ENOMEM, -E2BIG. */
MUST_CHECK int series_occurs_at(const struct event *master, int64_t us, int64_t *budget,
                                bool *ret_occurs);

/* The same of a day of the event's wall clock, by its midnight. */
MUST_CHECK int series_occurs_on(const struct event *master, int64_t day_wall_s, int64_t *budget,
                                bool *ret_occurs);

/* Does an EXDATE take away the occurrence at that instant? */
bool series_excludes(const struct event *master, int64_t us, int64_t wall_s);

/* By how much a change moves an occurrence on the wall clock. */
int64_t series_shift_s(const struct event *change);

/* The end of an occurrence, at most SLOT_MAX_US after its start; of a mode MODE_MAX_US. */
int64_t event_end_us(const struct event *event, int64_t start_us, int64_t start_wall_s);

#endif
