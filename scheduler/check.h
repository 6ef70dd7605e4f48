/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CHECK_H
#define SCHEDULER_CHECK_H

#include <stdint.h>

#include "base/attr.h"

struct fault;
struct findings;
struct planner_inputs;

/*
 * What is wrong with calendars that are well written: warnings at the file and line of
 * the event, for the slots that start in [from_us, to_us). Each is given once an event,
 * with its first occurrence, however often it recurs.
 *
 *     conflict  two events of equal priority want the same line at the same time: which
 *               wins, and what the other loses. Notices are meant to interrupt and are
 *               not named; neither is what a better priority takes.
 *     refused   an item that a rule forbids
 *     unfilled  an item for which nothing was found that may air
 *
 * Errors are those of plan_make().
 */
MUST_CHECK int plan_check(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
                          struct findings *findings, struct fault *reterr);

#endif
