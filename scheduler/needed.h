/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_NEEDED_H
#define SCHEDULER_NEEDED_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct calendars;
struct db;
struct fault;
struct station;

/* Which recordings does the schedule ask for by name? What rotation might choose is not
 * among them. Lists and texts are the arena's. */

/* Sorted bytewise, each once. */
struct needed_codes {
    const char **items;
    size_t n;
    size_t capacity;
};

/*
 * The codes that the station file names (fallbacks, clocks), those that the calendars
 * attach to slots, or have spoken for them, that may sound in [now_us, until_us), tentative and
 * refused ones among them, and those that slots repeat there: what the event they repeat had when
 * it last was planned. db may be NULL. Errors are those of calendars_expand() and the database.
 */
MUST_CHECK int needed_by_schedule(const struct station *station, struct calendars *calendars,
                                  struct db *db, int64_t now_us, int64_t until_us,
                                  struct arena *arena, struct needed_codes *ret_codes,
                                  struct fault *reterr);

/* Sorted, each once. */
struct needed_ids {
    int64_t *items;
    size_t n;
};

/* The versions (rows of the library) that the frozen plan airs at an instant or later. */
MUST_CHECK int needed_by_plan(struct db *db, int64_t from_us, struct arena *arena,
                              struct needed_ids *ret_ids, struct fault *reterr);

#endif
