/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_LAST_AIRED_H
#define AIRTIME_LAST_AIRED_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct db;
struct fault;

/* When a version last began to sound, on any line and in any role. */
struct last_aired {
    int64_t segment_id;
    int64_t at_us;
};

/* Every version that ever aired, by segment_id; those that are not there never did. Walks
 * through the whole ledger. The list is the arena's. */
MUST_CHECK int last_aired_read(struct db *db, struct arena *arena, struct last_aired **ret_items,
                               size_t *ret_n, struct fault *reterr);

#endif
