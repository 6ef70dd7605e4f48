/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "airtime/ledger.h"
#include "airtime/ledger_int.h"
#include "airtime/seal.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

int ledger_outages_prepare(struct ledger *ledger, struct fault *reterr)
{
    int r = db_prepare(ledger->db,
                       "INSERT INTO outage (id, line, start_us, reason) VALUES (?, ?, ?, ?)",
                       &ledger->insert_outage, reterr);
    /* One that is over before it began lasted no time. */
    return r < 0 ? r
                 : db_prepare(ledger->db,
                              "INSERT INTO outage_end (outage_id, end_us)"
                              " SELECT id, max(start_us, ?2) FROM outage WHERE id = ?1",
                              &ledger->insert_outage_end, reterr);
}

int ledger_outage_start(struct ledger *ledger, const char *line, int64_t start_frame,
                        const char *reason, int64_t *ret_id, struct fault *reterr)
{
    struct row *row = NULL;
    int r = ledger_new_row(ledger, &ledger->outages, &row, reterr);
    if (r < 0) {
        return r;
    }
    row->kind = ROW_OUTAGE;
    row->line = arena_strdup(ledger->waiting, line);
    row->reason = arena_strdup(ledger->waiting, reason);
    row->at_frame = start_frame;
    if (!row->line || !row->reason) {
        return ledger_no_room(ledger, reterr);
    }
    row->id = ledger->next_outage_id++;
    ledger_enqueue(ledger, row);
    ledger->outages.ids[ledger->outages.n++] = row->id;
    *ret_id = row->id;
    return 0;
}

int ledger_outage_end(struct ledger *ledger, int64_t id, int64_t end_frame, struct fault *reterr)
{
    struct row *row = NULL;
    int r = ledger_new_row(ledger, &ledger->outages, &row, reterr);
    if (r < 0) {
        return r;
    }
    if (!open_ids_take(&ledger->outages, id)) {
        return fault_set(reterr, EINVAL, db_path(ledger->db), 0,
                         _("outage %lld is over and cannot end; this is a fault of loa, report it"),
                         (long long)id);
    }
    row->kind = ROW_OUTAGE_END;
    row->id = id;
    row->at_frame = end_frame;
    ledger_enqueue(ledger, row);
    return 0;
}

int ledger_write_outage(struct ledger *ledger, const struct row *row, struct fault *reterr)
{
    stmt_bind(ledger->insert_outage, "itit", row->id, row->line, frames_to_us(row->at_frame),
              row->reason);
    int r = ledger_step_once(ledger->insert_outage, reterr);
    return r == 0 ? seals_add(ledger->seals, SEALED_OUTAGE, row->id, reterr) : r;
}

int ledger_write_outage_end(struct ledger *ledger, int64_t id, int64_t end_frame,
                            struct fault *reterr)
{
    stmt_bind(ledger->insert_outage_end, "ii", id, frames_to_us(end_frame));
    int r = ledger_step_once(ledger->insert_outage_end, reterr);
    bool is_there = r == 0 && db_n_changed(ledger->db) > 0; /* not if somebody removed its outage */
    return is_there ? seals_add(ledger->seals, SEALED_OUTAGE_END, id, reterr) : r;
}

int ledger_recover_outages(struct ledger *ledger, int64_t playhead_frame, struct arena *arena,
                           struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    int64_t *ids = NULL;
    size_t n = 0;
    size_t capacity = 0;
    int r = db_prepare(ledger->db,
                       "SELECT id FROM outage o WHERE NOT EXISTS"
                       " (SELECT 1 FROM outage_end e WHERE e.outage_id = o.id) ORDER BY id",
                       &row, reterr);
    while (r == 0 && (r = stmt_step(row, reterr)) == 1) {
        ids = arena_grow(arena, ids, n, &capacity, sizeof *ids);
        if (!ids) {
            return fault_set(reterr, ENOMEM, db_path(ledger->db), 0, _("out of memory"));
        }
        ids[n++] = stmt_i64(row, 0);
        r = 0;
    }
    int64_t end_frame = playhead_frame == INT64_MIN ? 0 : playhead_frame; /* nor before it began */
    for (size_t i = 0; i < n && r == 0; i++) {
        r = ledger_write_outage_end(ledger, ids[i], end_frame, reterr);
    }
    return r;
}

int ledger_visit_outages(struct db *db, int64_t from_us, int64_t to_us, outage_visit visit,
                         void *context, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    int r = db_prepare(db,
                       "SELECT o.id, o.line, o.start_us, e.end_us, o.reason"
                       " FROM outage o LEFT JOIN outage_end e ON e.outage_id = o.id"
                       " WHERE o.start_us < ? AND (e.end_us IS NULL OR e.end_us > ?)"
                       " ORDER BY o.start_us, o.id",
                       &row, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(row, "ii", to_us, from_us);
    while ((r = stmt_step(row, reterr)) == 1) {
        struct outage outage = {.id = stmt_i64(row, 0),
                                .line = stmt_text(row, 1),
                                .start_us = stmt_i64(row, 2),
                                .end_us = stmt_is_null(row, 3) ? INT64_MAX : stmt_i64(row, 3),
                                .reason = stmt_text(row, 4)};
        if (!outage.line || !outage.reason) {
            return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
        }
        r = visit(context, &outage);
        if (r < 0) {
            return r;
        }
    }
    return r;
}
