/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "airtime/ledger.h"
#include "airtime/ledger_int.h"
#include "airtime/seal.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

/* More than were ever on air at once: a line carries one airing. */
enum { RECOVER_MAX_BYTES = 16 << 20 };

struct open_airing {
    int64_t id;
    int64_t end_frame;
    int64_t n_frames;
    enum end_cause cause;
};

struct open_airings {
    struct open_airing *items;
    size_t n;
    size_t capacity;
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How it ended: where the sound had got, but not past its planned end. */
static struct open_airing ended_at(struct stmt *row, int64_t playhead_frame)
{
    int64_t start = frames_from_us(stmt_i64(row, 1));
    int64_t planned_end = frames_from_us(stmt_i64(row, 2)) + stmt_i64(row, 3);
    int64_t left = stmt_i64(row, 5) - stmt_i64(row, 4);
    const char *planned_cause = stmt_text(row, 6);
    struct open_airing open = {.id = stmt_i64(row, 0)};
    int64_t end = smaller(playhead_frame, planned_end);
    open.end_frame = end > start ? end : start;
    open.n_frames = open.end_frame - start;
    if (playhead_frame < planned_end) {
        open.cause = END_CRASHED;
    } else if (left > 0 && open.n_frames >= left) {
        open.cause = END_COMPLETE;
    } else if (planned_cause && strcmp(planned_cause, end_cause_name(END_PREEMPTED)) == 0) {
        open.cause = END_PREEMPTED;
    } else {
        open.cause = END_CUT;
    }
    return open;
}

static int read_open(struct db *db, int64_t playhead, struct arena *arena,
                     struct open_airings *list, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    int r = db_prepare(db,
                       "SELECT a.id, a.start_us, a.planned_start_us, a.planned_frames,"
                       " a.offset_frames, a.whole_frames, p.end_cause"
                       " FROM airing a LEFT JOIN plan_item p"
                       " ON p.slot_uid = a.slot_uid AND p.slot_recurrence_us = a.slot_recurrence_us"
                       " AND p.position = a.position AND p.piece = a.piece"
                       " WHERE NOT EXISTS (SELECT 1 FROM airing_end e WHERE e.airing_id = a.id)"
                       " ORDER BY a.id",
                       &row, reterr);
    while (r == 0 && (r = stmt_step(row, reterr)) == 1) {
        list->items = arena_grow(arena, list->items, list->n, &list->capacity, sizeof *list->items);
        if (!list->items) {
            return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
        }
        list->items[list->n++] = ended_at(row, playhead);
        r = 0;
    }
    return r;
}

int ledger_recover(struct ledger *ledger, size_t *ret_n_closed, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(RECOVER_MAX_BYTES);
    if (!arena) {
        return fault_set(reterr, ENOMEM, db_path(ledger->db), 0, _("out of memory"));
    }
    struct open_airings list = {0};
    int64_t playhead = INT64_MIN;
    int r = ledger_read_playhead(ledger->db, &playhead, reterr);
    if (r == 0) {
        r = read_open(ledger->db, playhead, arena, &list, reterr);
    }
    if (r < 0) {
        return r;
    }
    r = db_begin(ledger->db, reterr);
    for (size_t i = 0; i < list.n && r == 0; i++) {
        const struct open_airing *open = &list.items[i];
        r = ledger_write_end(ledger, open->id, open->end_frame, open->n_frames, open->cause,
                             reterr);
    }
    if (r == 0) {
        r = ledger_recover_outages(ledger, playhead, arena, reterr);
    }
    if (r == 0) {
        r = db_commit(ledger->db, reterr);
    }
    if (r < 0) {
        db_rollback(ledger->db);
        seals_forget(ledger->seals);
        return r;
    }
    *ret_n_closed = list.n;
    return 0;
}
