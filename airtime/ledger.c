/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "airtime/ledger_int.h"
#include "airtime/line_sets.h"
#include "airtime/seal.h"
#include "airtime/writer_lock.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/reserve.h"

enum { WAITING_MAX_BYTES = 64 << 20 };

static const char *const role_names[] = {"programme", "filler", "fallback"};

const char *airing_role_name(enum airing_role role)
{
    return role_names[role];
}

static int prepare(struct ledger *ledger, struct fault *reterr)
{
    int r =
        db_prepare(ledger->db,
                   "INSERT INTO airing (id, slot_uid, slot_recurrence_us, position, piece,"
                   " line_set_id, segment_id, segment_code, segment_version, title, kind, topic,"
                   " tags, repeat, role, planned_start_us, planned_frames, start_us,"
                   " offset_frames, whole_frames)"
                   " VALUES (?,?,?,?,?, ?,?,?,?,?,?,?, ?,?,?,?,?,?, ?,?)",
                   &ledger->insert_start, reterr);
    if (r == 0) {
        r = db_prepare(ledger->db,
                       "INSERT INTO airing_end (airing_id, end_us, frames, cause)"
                       " VALUES (?, ?, ?, ?)",
                       &ledger->insert_end, reterr);
    }
    if (r == 0) {
        r = db_prepare(ledger->db,
                       "INSERT INTO playhead (id, at_us) VALUES (1, ?)"
                       " ON CONFLICT (id) DO UPDATE SET at_us = excluded.at_us",
                       &ledger->set_playhead, reterr);
    }
    return r == 0 ? ledger_outages_prepare(ledger, reterr) : r;
}

static int read_next_ids(struct ledger *ledger, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(ledger->db,
                       /* Nor is a number given again whose row somebody has removed. */
                       "SELECT 1 + max((SELECT coalesce(max(id), 0) FROM airing),"
                       "  (SELECT coalesce(max(row_id), 0) FROM seal"
                       "   WHERE row_of = 'airing' AND row_id < 1 << 62)),"
                       " 1 + max((SELECT coalesce(max(id), 0) FROM outage),"
                       "  (SELECT coalesce(max(row_id), 0) FROM seal"
                       "   WHERE row_of = 'outage' AND row_id < 1 << 62))",
                       &stmt, reterr);
    if (r == 0) {
        r = stmt_step(stmt, reterr);
    }
    if (r == 1) {
        ledger->next_id = stmt_i64(stmt, 0);
        ledger->next_outage_id = stmt_i64(stmt, 1);
    }
    return r < 0 ? r : 0;
}

int ledger_open(struct db *db, const struct station *station, struct ledger **ret_ledger,
                struct fault *reterr)
{
    AUTO(ledger_close) struct ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger) {
        return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
    }
    ledger->db = db;
    ledger->lock_fd = -1;
    int r = writer_lock_take(db_path(db), &ledger->lock_fd, reterr);
    if (r == 0) {
        r = line_sets_create(db, station, &ledger->sets, reterr);
    }
    if (r == 0) {
        r = seals_open(db, &ledger->seals, reterr);
    }
    if (r == 0) {
        r = prepare(ledger, reterr);
    }
    if (r == 0) {
        r = read_next_ids(ledger, reterr);
    }
    if (r < 0) {
        return r;
    }
    *ret_ledger = STEAL(ledger);
    return 0;
}

static void drop_waiting(struct ledger *ledger)
{
    ledger->waiting = arena_destroy(ledger->waiting);
    ledger->first = NULL;
    ledger->last = NULL;
}

struct ledger *ledger_close(struct ledger *ledger)
{
    if (ledger) {
        if (ledger->first) {
            (void)ledger_write_waiting(ledger, NULL, NULL);
        }
        drop_waiting(ledger);
        stmt_close(ledger->insert_start);
        stmt_close(ledger->insert_end);
        stmt_close(ledger->set_playhead);
        line_sets_destroy(ledger->sets);
        seals_close(ledger->seals);
        if (ledger->lock_fd >= 0) {
            close(ledger->lock_fd);
        }
        stmt_close(ledger->insert_outage);
        stmt_close(ledger->insert_outage_end);
        free(ledger->on_air.ids);
        free(ledger->outages.ids);
        free(ledger);
    }
    return NULL;
}

static bool room_for_open(struct open_ids *open)
{
    if (open->n < open->capacity) {
        return true;
    }
    size_t capacity = open->capacity ? open->capacity * 2 : 16;
    int64_t *larger = realloc(open->ids, capacity * sizeof *larger);
    if (larger) {
        open->ids = larger;
        open->capacity = capacity;
    }
    return larger;
}

bool open_ids_take(struct open_ids *open, int64_t id)
{
    for (size_t i = 0; i < open->n; i++) {
        if (open->ids[i] == id) {
            open->ids[i] = open->ids[--open->n];
            return true;
        }
    }
    return false;
}

int ledger_no_room(const struct ledger *ledger, struct fault *reterr)
{
    return fault_set(reterr, ENOSPC, db_path(ledger->db), 0,
                     _("too many airings wait for a disk that is full; free some space"));
}

int ledger_new_row(struct ledger *ledger, struct open_ids *open, struct row **ret_row,
                   struct fault *reterr)
{
    if (!ledger->waiting) {
        ledger->waiting = arena_create(WAITING_MAX_BYTES);
    }
    struct row *row = NULL;
    if (ledger->waiting && room_for_open(open)) {
        row = arena_take(ledger->waiting, 1, sizeof *row);
    }
    *ret_row = row;
    return row ? 0 : ledger_no_room(ledger, reterr);
}

void ledger_enqueue(struct ledger *ledger, struct row *row)
{
    if (ledger->last) {
        ledger->last->next = row;
    } else {
        ledger->first = row;
    }
    ledger->last = row;
}

/* The row's own copies: what the caller lends is gone when the row is written. */
static bool keep_texts(struct arena *arena, struct airing_start *start)
{
    const char **texts[] = {&start->slot_uid, &start->segment_code, &start->title,
                            &start->kind,     &start->tags,         &start->topic};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (*texts[i] && !(*texts[i] = arena_strdup(arena, *texts[i]))) {
            return false;
        }
    }
    start->lines = line_set_copy(arena, start->lines);
    return start->lines.words;
}

static bool start_is_sound(const struct airing_start *airing)
{
    return airing->slot_uid && airing->segment_code && airing->title && airing->kind &&
           airing->tags && (unsigned)airing->role < ARRAY_LEN(role_names) &&
           airing->planned_frames >= 0 && airing->offset_frames >= 0 && airing->whole_frames >= 0;
}

int ledger_start(struct ledger *ledger, const struct airing_start *airing, int64_t *ret_id,
                 struct fault *reterr)
{
    if (!start_is_sound(airing)) {
        return fault_set(
            reterr, EINVAL, db_path(ledger->db), 0,
            _("an airing without slot, recording or length cannot be recorded; this is a "
              "fault of loa, report it"));
    }
    struct row *row = NULL;
    int r = ledger_new_row(ledger, &ledger->on_air, &row, reterr);
    if (r < 0) {
        return r;
    }
    row->start = *airing;
    if (!keep_texts(ledger->waiting, &row->start)) {
        return ledger_no_room(ledger, reterr);
    }
    row->id = ledger->next_id++;
    ledger_enqueue(ledger, row);
    ledger->on_air.ids[ledger->on_air.n++] = row->id;
    *ret_id = row->id;
    return 0;
}

int ledger_end(struct ledger *ledger, int64_t id, int64_t end_frame, int64_t n_frames,
               enum end_cause cause, struct fault *reterr)
{
    size_t i = 0;
    while (i < ledger->on_air.n && ledger->on_air.ids[i] != id) {
        i++;
    }
    if (i == ledger->on_air.n || n_frames < 0) {
        return fault_set(
            reterr, EINVAL, db_path(ledger->db), 0,
            _("airing %lld is not on air and cannot end; this is a fault of loa, report it"),
            (long long)id);
    }
    struct row *row = NULL;
    int r = ledger_new_row(ledger, &ledger->on_air, &row, reterr);
    if (r < 0) {
        return r;
    }
    row->kind = ROW_END;
    row->id = id;
    row->at_frame = end_frame;
    row->n_frames = n_frames;
    row->cause = cause;
    ledger_enqueue(ledger, row);
    (void)open_ids_take(&ledger->on_air, id);
    return 0;
}

int ledger_step_once(struct stmt *stmt, struct fault *reterr)
{
    int r = stmt_step(stmt, reterr);
    stmt_bind(stmt, "");
    return r < 0 ? r : 0;
}

static int write_start(struct ledger *ledger, const struct row *row, struct fault *reterr)
{
    const struct airing_start *start = &row->start;
    int64_t set_id = 0;
    int r = line_sets_number(ledger->sets, start->lines, &set_id, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(ledger->insert_start, "itiiiiitittttitiiiii", row->id, start->slot_uid,
              start->slot_recurrence_us, (int64_t)start->position, (int64_t)start->piece, set_id,
              start->segment_id, start->segment_code, (int64_t)start->segment_version, start->title,
              start->kind, start->topic, start->tags, (int64_t)start->repeat,
              airing_role_name(start->role), frames_to_us(start->planned_start_frame),
              start->planned_frames, frames_to_us(start->start_frame), start->offset_frames,
              start->whole_frames);
    r = ledger_step_once(ledger->insert_start, reterr);
    return r == 0 ? seals_add(ledger->seals, SEALED_AIRING, row->id, reterr) : r;
}

int ledger_write_end(struct ledger *ledger, int64_t id, int64_t end_frame, int64_t n_frames,
                     enum end_cause cause, struct fault *reterr)
{
    stmt_bind(ledger->insert_end, "iiit", id, frames_to_us(end_frame), n_frames,
              end_cause_name(cause));
    int r = ledger_step_once(ledger->insert_end, reterr);
    return r == 0 ? seals_add(ledger->seals, SEALED_AIRING_END, id, reterr) : r;
}

static int write_row(struct ledger *ledger, const struct row *row, struct fault *reterr)
{
    switch (row->kind) {
    case ROW_START:
        return write_start(ledger, row, reterr);
    case ROW_END:
        return ledger_write_end(ledger, row->id, row->at_frame, row->n_frames, row->cause, reterr);
    case ROW_OUTAGE:
        return ledger_write_outage(ledger, row, reterr);
    case ROW_OUTAGE_END:
        break;
    }
    return ledger_write_outage_end(ledger, row->id, row->at_frame, reterr);
}

static int write_rows(struct ledger *ledger, const int64_t *playhead_frame, struct fault *reterr)
{
    int r = 0;
    for (const struct row *row = ledger->first; row && r == 0; row = row->next) {
        r = write_row(ledger, row, reterr);
    }
    if (r == 0 && playhead_frame) {
        stmt_bind(ledger->set_playhead, "i", frames_to_us(*playhead_frame));
        r = ledger_step_once(ledger->set_playhead, reterr);
    }
    return r;
}

static int write_once(struct ledger *ledger, const int64_t *playhead_frame, struct fault *reterr)
{
    int r = db_begin(ledger->db, reterr);
    if (r < 0) {
        return r;
    }
    r = write_rows(ledger, playhead_frame, reterr);
    if (r == 0) {
        r = db_commit(ledger->db, reterr);
    }
    if (r < 0) {
        db_rollback(ledger->db);
        line_sets_forget(ledger->sets);
        seals_forget(ledger->seals);
        return r;
    }
    drop_waiting(ledger);
    return 0;
}

int ledger_write_waiting(struct ledger *ledger, const int64_t *playhead_frame, struct fault *reterr)
{
    int r = write_once(ledger, playhead_frame, reterr);
    while (r == -ENOSPC && reserve_give(db_path(ledger->db))) {
        /* At once, before somebody else has it: what is in the log moves into the database. */
        (void)!db_exec(ledger->db, "PRAGMA wal_checkpoint(PASSIVE)", NULL);
        r = write_once(ledger, playhead_frame, reterr);
    }
    return r;
}

int ledger_playhead(struct ledger *ledger, int64_t frame, struct fault *reterr)
{
    return ledger_write_waiting(ledger, &frame, reterr);
}
