/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_STANDINGS_H
#define AIRTIME_STANDINGS_H

#include <stddef.h>
#include <stdint.h>

#include "airtime/measure.h"
#include "base/attr.h"

struct arena;
struct db;
struct fault;
struct quota_def;
struct station;

/*
 * Where every quota stands on a day: what would have aired by then if its period were filled
 * evenly (pro rata temporis), and what has. docs/counting.md says what counts.
 *
 * Units   of the measure.
 */
struct quota_standing {
    size_t topic; /* index */
    const struct quota_def *quota;
    enum quota_measure measure;
    int64_t asked; /* more than 0 */
    /* asked * (share of the period gone), rounded down: nobody is behind by a part of an item. */
    int64_t due;
    int64_t reached;
};

struct quota_standings {
    struct quota_standing *items; /* by topic and quota as in the station file, then by measure */
    size_t n;
};

/* Of the quotas within whose period the instant lies, from what had aired by then. db may be NULL:
 * nothing has aired yet. In the arena; quotas are the station's. -ENOMEM or the database's errno.
 */
MUST_CHECK int standings_make(struct db *db, const struct station *station, int64_t at_us,
                              struct arena *arena, struct quota_standings *ret_standings,
                              struct fault *reterr);

#endif
