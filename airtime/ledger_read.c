/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "airtime/ledger.h"
#include "airtime/ledger_int.h"
#include "airtime/line_sets.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

int ledger_read_playhead(struct db *db, int64_t *ret_frame, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, "SELECT at_us FROM playhead WHERE id = 1", &stmt, reterr);
    if (r == 0) {
        r = stmt_step(stmt, reterr);
    }
    if (r >= 0) {
        *ret_frame = r == 1 ? frames_from_us(stmt_i64(stmt, 0)) : INT64_MIN;
    }
    return r < 0 ? r : 0;
}

int ledger_read_latest(struct db *db, int64_t *ret_us, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT max(at_us) FROM (SELECT max(start_us) AS at_us FROM airing"
                       " UNION ALL SELECT at_us FROM playhead)",
                       &stmt, reterr);
    if (r == 0) {
        r = stmt_step(stmt, reterr);
    }
    if (r < 0) {
        return r;
    }
    *ret_us = stmt_is_null(stmt, 0) ? INT64_MIN : stmt_i64(stmt, 0);
    return 0;
}

int ledger_aired_until(struct ledger *ledger, const char *slot_uid, int64_t slot_recurrence_us,
                       int position, int piece, int64_t *ret_frame, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r =
        db_prepare(ledger->db,
                   "SELECT max(e.end_us) FROM airing a JOIN airing_end e ON e.airing_id = a.id"
                   " WHERE a.slot_uid = ? AND a.slot_recurrence_us = ? AND a.position = ?"
                   " AND a.piece = ? AND (e.frames > 0 OR e.cause NOT IN ('crashed', 'failed'))",
                   &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "tiii", slot_uid, slot_recurrence_us, (int64_t)position, (int64_t)piece);
    r = stmt_step(stmt, reterr);
    if (r < 0) {
        return r;
    }
    *ret_frame = stmt_is_null(stmt, 0) ? INT64_MIN : frames_from_us(stmt_i64(stmt, 0));
    return 0;
}

static int read_cause(struct db *db, const char *name, enum end_cause *ret_cause,
                      struct fault *reterr)
{
    for (int cause = END_COMPLETE; cause <= END_CRASHED; cause++) {
        if (strcmp(name, end_cause_name((enum end_cause)cause)) == 0) {
            *ret_cause = (enum end_cause)cause;
            return 0;
        }
    }
    return fault_set(
        reterr, EUCLEAN, db_path(db), 0,
        _("is damaged: an airing ended for an unknown reason; put back a safety copy"));
}

static enum airing_role read_role(const char *name)
{
    enum airing_role role = AIRING_FALLBACK;
    while (role != AIRING_PROGRAMME && strcmp(name, airing_role_name(role)) != 0) {
        role--;
    }
    return role;
}

/* The columns of ledger_visit()'s query, in their order. NULL: out of memory. */
static bool read_texts(struct stmt *row, struct airing *airing)
{
    airing->segment_code = stmt_text(row, 6);
    airing->title = stmt_text(row, 8);
    airing->kind = stmt_text(row, 9);
    airing->topic = stmt_text(row, 10);
    airing->tags = stmt_text(row, 11);
    airing->slot_uid = stmt_text(row, 12);
    return airing->segment_code && airing->title && airing->kind && airing->tags &&
           airing->slot_uid && stmt_text(row, 21);
}

static int read_airing(struct db *db, struct stmt *row, struct airing *airing, struct fault *reterr)
{
    if (!read_texts(row, airing)) {
        return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
    }
    airing->id = stmt_i64(row, 0);
    airing->start_us = stmt_i64(row, 1);
    airing->line_set_id = stmt_i64(row, 5);
    airing->segment_version = (int)stmt_i64(row, 7);
    airing->slot_recurrence_us = stmt_i64(row, 13);
    airing->position = (int)stmt_i64(row, 14);
    airing->piece = (int)stmt_i64(row, 15);
    airing->planned_start_us = stmt_i64(row, 16);
    airing->planned_frames = stmt_i64(row, 17);
    airing->offset_frames = stmt_i64(row, 18);
    airing->whole_frames = stmt_i64(row, 19);
    airing->repeat = stmt_i64(row, 20) != 0;
    airing->role = read_role(stmt_text(row, 21));
    const char *cause = stmt_text(row, 4);
    if (!cause) {
        airing->end_us = INT64_MAX;
        airing->frames = -1;
        airing->cause = END_CRASHED;
        return 0;
    }
    airing->end_us = stmt_i64(row, 2);
    airing->frames = stmt_i64(row, 3);
    return read_cause(db, cause, &airing->cause, reterr);
}

int ledger_visit(struct db *db, int64_t from_us, int64_t to_us, airing_visit visit, void *context,
                 struct fault *reterr)
{
    AUTO(line_sets_destroy) struct line_sets *sets = NULL;
    AUTO(stmt_close) struct stmt *row = NULL;
    int r = line_sets_create(db, NULL, &sets, reterr);
    if (r == 0) {
        r = db_prepare(db,
                       "SELECT a.id, a.start_us, e.end_us, e.frames, e.cause, a.line_set_id,"
                       " a.segment_code, a.segment_version, a.title, a.kind, a.topic, a.tags,"
                       " a.slot_uid, a.slot_recurrence_us, a.position, a.piece,"
                       " a.planned_start_us, a.planned_frames, a.offset_frames, a.whole_frames,"
                       " a.repeat, a.role"
                       " FROM airing a LEFT JOIN airing_end e ON e.airing_id = a.id"
                       " WHERE a.start_us >= ? AND a.start_us < ?"
                       " AND (e.end_us IS NULL OR e.end_us > ?)"
                       " ORDER BY a.start_us, a.id",
                       &row, reterr);
    }
    if (r < 0) {
        return r;
    }
    int64_t earliest = from_us < INT64_MIN + AIRING_MAX_US ? INT64_MIN : from_us - AIRING_MAX_US;
    stmt_bind(row, "iii", earliest, to_us, from_us);
    while ((r = stmt_step(row, reterr)) == 1) {
        struct airing airing = {0};
        r = read_airing(db, row, &airing, reterr);
        if (r == 0) {
            r = line_sets_text(sets, airing.line_set_id, &airing.lines, reterr);
        }
        if (r == 0) {
            r = visit(context, &airing);
        }
        if (r < 0) {
            return r;
        }
    }
    return r;
}
