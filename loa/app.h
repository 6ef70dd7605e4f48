/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_APP_H
#define LOA_APP_H

#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "media/segment.h"
#include "scheduler/plan.h"

struct args;
struct arena;
struct calendars;
struct db;
struct station;

/*
 * The root of the program: one command at work on one station. A command asks for the
 * parts that it needs; app_finish() frees them all. Functions that can fail have told
 * the person why, and return the exit status (0 is fine).
 */
struct app {
    const char *dir; /* the station folder; borrowed */
    struct clock clock;
    struct arena *arena;
    struct station *station;
    struct db *db;
    struct calendars *calendars;
    struct segments segments; /* every version in every state */
};

enum app_part {
    APP_STATION = 1,
    APP_DB_READ = 2,  /* must exist */
    APP_DB_WRITE = 4, /* made if missing */
    APP_DB_MAYBE = 8, /* read if it exists; db stays NULL otherwise */
    APP_CALENDARS = 16,
    APP_SEGMENTS = 32, /* empty without a db */
};

MUST_CHECK int app_need(struct app *app, unsigned parts);
void app_finish(struct app *app);

/* Who sits here, for the record of imports and approvals: $LOA_USER if it is
 * a name of one line, else the login name. */
const char *app_who(void);

/* --from and --to, or --day: [from, to) in microseconds. Without any of them: today. */
MUST_CHECK int app_window(struct app *app, const struct args *args, int64_t *ret_from_us,
                          int64_t *ret_to_us);

/* The line that --line names, as an index; SIZE_MAX when the option is absent. */
MUST_CHECK int app_line(struct app *app, const struct args *args, size_t *ret_line);

/* The instant at which the station's day begins that holds us, and the next day's. */
int64_t app_day_start(int64_t us);
int64_t app_next_day_start(int64_t us);

/*
 * Where planning must begin so that [from, to) comes out as it will air. What lies ahead
 * follows from now: the first slot that is on, or else this instant; so a day comes
 * out the same however far ahead it is asked for. For a window that is past, or more than a
 * year ahead, it is the day before `from`, as if the radio had run then.
 */
MUST_CHECK int app_plan_start(struct app *app, int64_t from_us, int64_t to_us, int64_t *ret_us);

/*
 * What will air in [from, to), as up to three plans, one after the other: what is frozen, as long
 * as it was made of what plans are made of now; of a past of which nothing was frozen, what would
 * have aired; and planned now all that is still to come (app_plan_start()).
 * They hold more than was asked for. Needs all parts.
 */
struct app_plans {
    struct plan *plans[3];
    size_t n;
};
MUST_CHECK int app_plan(struct app *app, int64_t from_us, int64_t to_us,
                        struct app_plans *ret_plans);
void app_plans_finish(struct app_plans *plans);

#endif
