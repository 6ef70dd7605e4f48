/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_REPORT_AIRINGS_H
#define AIRTIME_REPORT_AIRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/cause.h"
#include "base/attr.h"

struct arena;
struct db;
struct fault;
struct station;

/* The evidence of a report: every airing that counted in its period, by start. */
struct report_airing {
    int64_t id; /* in the ledger */
    int64_t start_us;
    int64_t frames; /* in which somebody heard it, within the period */
    size_t n_lines; /* that heard any of it in the period */
    const char *title;
    const char *kind;  /* an id */
    const char *topic; /* an id; NULL: none */
    bool repeat;
    enum end_cause cause;
};

struct report_airings {
    const struct report_airing *items;
    size_t n;
};

/* In the arena. -ENOMEM, or the database's errno. */
MUST_CHECK int report_list_airings(struct db *db, const struct station *station, int64_t from_us,
                                   int64_t to_us, struct arena *arena,
                                   struct report_airings *ret_airings, struct fault *reterr);

#endif
