/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_BENCH_PLAN_BENCH_H
#define TESTS_BENCH_PLAN_BENCH_H

#include <stddef.h>

#include "media/segment.h"

struct arena;

/*
 * The big station that planning is measured on: 200 zones, 1,000 rules, 4,000 recordings. Its
 * calendars, library and quotas are the same however many lines it has; these are dealt out to
 * the zones, and where there are fewer lines than zones, several zones share one.
 */

/* Write station.ini and the calendars into a folder that is there. Exits on failure. */
void big_station_write(const char *dir, size_t n_lines);
/* Its library; in the arena. Exits on failure. */
struct segments big_station_segments(struct arena *arena);

#endif
