/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_ICAL_H
#define SCHEDULER_CALENDAR_ICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * The door to libical: what it does well, stepping a recurrence rule and following
 * a VTIMEZONE, and nothing else of it. Wall clock seconds as in scheduler/calendar/wall.h: libical
 * never sees an instant together with a rule, because across a change of the clocks it
 * gave a skipped time on the following day too.
 *
 * Threads  Each object belongs to one thread at a time.
 */
struct ical_steps;
struct ical_zone;

/* True if libical takes this rule. */
bool ical_rule_is_valid(const char *rule);

/*
 * The times of a rule from `from_wall_s` on up to `until_wall_s`, not before its start.
 * `rule` as recur.c writes it: lists sorted, without COUNT and UNTIL. Hourly and finer ones
 * are in order, and end there; within a day or a week of others libical need not be, so it
 * goes on for a week. Given to the caller: ical_steps_close(). -ENODATA: the rule never
 * comes; -EINVAL, -ENOMEM.
 */
MUST_CHECK int ical_steps_open(const char *rule, int64_t start_wall_s, int64_t from_wall_s,
                               int64_t until_wall_s, bool in_order, struct ical_steps **ret_steps);
struct ical_steps *ical_steps_close(struct ical_steps *steps); /* NULL is a no-op */
DEFINE_AUTO(struct ical_steps, ical_steps_close)
/* False: no more. */
MUST_CHECK bool ical_steps_next(struct ical_steps *steps, int64_t *ret_wall_s);

/* A zone from the text of its VTIMEZONE, already found to be whole (zones.c). Given to
 * the caller: ical_zone_close(). -EINVAL, -ENOMEM. */
MUST_CHECK int ical_zone_parse(const char *vtimezone, struct ical_zone **ret_zone);
void ical_zone_close(struct ical_zone *zone);

/* Seconds east of UTC at an instant. */
int64_t ical_zone_offset_s(struct ical_zone *zone, int64_t utc_s);

#endif
