/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/last_aired.h"

#include <errno.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"

int last_aired_read(struct db *db, struct arena *arena, struct last_aired **ret_items,
                    size_t *ret_n, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT segment_id, max(start_us) FROM airing"
                       " GROUP BY segment_id ORDER BY segment_id",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "");
    struct last_aired *items = NULL;
    size_t n = 0;
    size_t capacity = 0;
    while ((r = stmt_step(stmt, reterr)) > 0) {
        items = arena_grow(arena, items, n, &capacity, sizeof *items);
        if (!items) {
            return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
        }
        items[n++] = (struct last_aired){stmt_i64(stmt, 0), stmt_i64(stmt, 1)};
    }
    if (r == 0) {
        *ret_items = items;
        *ret_n = n;
    }
    return r;
}
