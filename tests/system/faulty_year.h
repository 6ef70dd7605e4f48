/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SYSTEM_FAULTY_YEAR_H
#define TESTS_SYSTEM_FAULTY_YEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frames.h"
#include "media/segment.h"
#include "scheduler/planner.h"

struct arena;
struct db;
struct fault;

/* The month or year in which everything goes wrong: what is run, and what has to come out. */
enum { COPIES_MAX = 512, PASSES_MAX = 20000, KILLED = 42, OPEN_MAX = 24 };
static const int64_t MINUTE_US = 60LL * 1000000;
static const int64_t DAY_US = 24LL * 3600 * 1000000;

enum end { END_BY_STOP, END_BY_KILL, END_BEFORE_COMMIT, END_IN_WRITE, N_ENDS };

/* A run of the radio; what it does is decided before it begins. */
struct pass {
    int64_t from_us;
    int64_t until_us; /* when it ends, one way or another */
    int64_t sure_us;  /* what was committed; shared with the process that runs it */
    enum end end;
    bool sets_back; /* the next pass begins earlier than this one ended */
};

extern struct world {
    uint64_t random;
    const char *dir;
    const char *path;
    struct station *station;
    struct calendars *calendars;
    struct arena *arena;
    struct segments segments;
    char *copies[COPIES_MAX];
    size_t n_copies;
    struct pass *passes; /* shared */
    size_t n_passes;
    size_t n_copies_hurt;
    size_t *n_outages; /* shared, and so is the next */
    size_t *n_full;
} world;

/* Ends the program with what went wrong. */
void must(int r, const struct fault *fault, const char *what);
struct planner_inputs inputs_of(struct db *db);

/* Says what is wrong with the ledger of those days; returns how much. */
size_t faulty_year_check(int64_t from_us, int64_t to_us);

#endif
