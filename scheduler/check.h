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
 * with its first occurrence, how often it happens and until when.
 *
 *     conflict   two events of equal priority want the same line at the same time: which
 *                wins and why, and what the other loses of the time in which its lines are
 *                open. Notices are meant to interrupt and are not named.
 *     outranked  the same by a better priority, where it happens more than once
 *     layer-gap  a layer takes another's place and has nothing where that had a programme;
 *                once a pair of layers, at the line of the station file
 *     mode       a station mode that was declared and does not hold
 *     refused    an item that a rule forbids; that a layer takes another's place is none
 *     unfilled   an item for which nothing was found that may air
 *     repeat     the same, because what it repeats has not aired by then
 *     fallback   a rung of a ladder that could not be played at some time of the window
 *
 * Errors are those of plan_make().
 */
MUST_CHECK int plan_check(const struct planner_inputs *inputs, int64_t from_us, int64_t to_us,
                          struct findings *findings, struct fault *reterr);

#endif
