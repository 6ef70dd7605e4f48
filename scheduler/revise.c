/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/line_sets.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "scheduler/planner_int.h"
#include "scheduler/revision.h"
#include "scheduler/revision_int.h"

/* A plan is stored, and what that changes of the one before is written down beside it. */

struct revising {
    struct db *db;
    const struct plan *plan;
    const struct plan_origin *origin;
    struct arena *arena;
    struct differ differ;
    struct frozen_rows before;
    struct frozen_rows after;
};

/* ---- what is frozen so far */

static const char SELECT_ROWS[] =
    "SELECT slot_uid, slot_recurrence_us, slot_start_us, slot_title, position, piece, line_set_id,"
    " start_us, plan_item.frames, offset_frames, plan_item.segment_id, segment.code,"
    " segment.version, plan_item.gain_db, plan_item.title, plan_item.state, plan_item.reason,"
    " segment.decided_by, segment.decided_us, segment.decided_reason,"
    " source_target"
    " FROM plan_item LEFT JOIN segment ON segment.id = plan_item.segment_id ";

enum { COLUMN_DECIDED_BY = 17, COLUMN_SOURCE = 20 };

static struct frozen_row *rows_add(struct frozen_rows *rows, struct arena *arena)
{
    rows->items = arena_grow(arena, rows->items, rows->n, &rows->capacity, sizeof *rows->items);
    return rows->items ? &rows->items[rows->n++] : NULL;
}

static int take_row(struct revising *revising, struct stmt *stmt, struct frozen_rows *rows,
                    struct fault *reterr)
{
    struct arena *arena = revising->arena;
    struct frozen_row row = {.uid = arena_strdup(arena, stmt_text(stmt, 0)),
                             .recurrence_us = stmt_i64(stmt, 1),
                             .slot_start_us = stmt_i64(stmt, 2),
                             .slot_title = arena_strdup(arena, stmt_text(stmt, 3)),
                             .position = (int)stmt_i64(stmt, 4),
                             .piece = (int)stmt_i64(stmt, 5),
                             .line_set_id = stmt_i64(stmt, 6),
                             .start_us = stmt_i64(stmt, 7),
                             .frames = stmt_i64(stmt, 8),
                             .offset_frames = stmt_i64(stmt, 9),
                             .segment_id = stmt_i64(stmt, 10),
                             .version = (int)stmt_i64(stmt, 12),
                             .gain_db = stmt_f64(stmt, 13),
                             .title = arena_strdup(arena, stmt_text(stmt, 14)),
                             .state = plan_state_parse(stmt_text(stmt, 15)),
                             .reason = arena_strdup(arena, stmt_text(stmt, 16)),
                             .source = arena_strdup(arena, stmt_text(stmt, COLUMN_SOURCE))};
    row.code = stmt_is_null(stmt, 11) ? "" : arena_strdup(arena, stmt_text(stmt, 11));
    struct frozen_row *kept = rows_add(rows, arena);
    if (!kept || !row.uid || !row.slot_title || !row.title || !row.reason || !row.code ||
        !row.source) {
        return plan_no_memory(reterr);
    }
    *kept = row;
    return 0;
}

static int read_windows(struct revising *revising, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    struct plan_window *windows = NULL;
    size_t n = 0;
    size_t capacity = 0;
    int r = db_prepare(revising->db, "SELECT from_us, to_us FROM plan_window WHERE to_us > ?",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "i", revising->plan->from_us);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        windows = arena_grow(revising->arena, windows, n, &capacity, sizeof *windows);
        if (!windows) {
            return plan_no_memory(reterr);
        }
        windows[n++] = (struct plan_window){stmt_i64(stmt, 0), stmt_i64(stmt, 1)};
    }
    revising->differ.windows = windows;
    revising->differ.n_windows = n;
    return r;
}

/* Rows of the plan's window. */
static int read_before(struct revising *revising, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    const char *sql =
        arena_printf(revising->arena, "%s WHERE slot_start_us >= ? AND slot_start_us < ?",
                     SELECT_ROWS);
    int r = sql ? db_prepare(revising->db, sql, &stmt, reterr) : plan_no_memory(reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ii", revising->plan->from_us, revising->plan->to_us);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        r = take_row(revising, stmt, &revising->before, reterr);
        if (r < 0) {
            return r;
        }
    }
    frozen_rows_sort(&revising->before);
    return r;
}

static int compare_slots(const void *a, const void *b)
{
    return frozen_row_compare_slots(a, b);
}

/* Rows of slots that move into the window, unless they were over before it begins. */
static int read_moved(struct revising *revising, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    const char *sql = arena_printf(revising->arena,
                                   "%s WHERE slot_uid = ? AND slot_recurrence_us = ?"
                                   " AND start_us + plan_item.frames * 125 / 6 > ?",
                                   SELECT_ROWS);
    int r = sql ? db_prepare(revising->db, sql, &stmt, reterr) : plan_no_memory(reterr);
    size_t n_in_window = revising->before.n;
    for (size_t i = 0; r >= 0 && i < revising->after.n; i++) {
        const struct frozen_row *row = &revising->after.items[i];
        if ((i > 0 && frozen_row_compare_slots(row, row - 1) == 0) ||
            (n_in_window &&
             bsearch(row, revising->before.items, n_in_window, sizeof *row, compare_slots))) {
            continue;
        }
        stmt_bind(stmt, "tii", row->uid, row->recurrence_us, revising->plan->from_us);
        while (r >= 0 && (r = stmt_step(stmt, reterr)) == 1) {
            r = take_row(revising, stmt, &revising->before, reterr);
        }
        if (revising->before.n != n_in_window) {
            frozen_rows_sort(&revising->before);
            n_in_window = revising->before.n;
        }
    }
    return r;
}

/* ---- what is to be frozen */

static int take_plan(struct revising *revising, struct fault *reterr)
{
    const struct plan *plan = revising->plan;
    int r = 0;
    for (size_t i = 0; r == 0 && i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        struct frozen_row *row = rows_add(&revising->after, revising->arena);
        if (!row) {
            return plan_no_memory(reterr);
        }
        *row = (struct frozen_row){.uid = item->slot_uid,
                                   .recurrence_us = item->slot_recurrence_us,
                                   .slot_start_us = item->slot_start_us,
                                   .slot_title = item->slot_title,
                                   .position = item->position,
                                   .piece = item->piece,
                                   .start_us = frames_to_us(item->start_frame),
                                   .frames = item->n_frames,
                                   .offset_frames = item->offset_frames,
                                   .segment_id = item->segment_id,
                                   .code = item->segment_code,
                                   .version = item->segment_version,
                                   .source = item->source_target ? item->source_target : "",
                                   .gain_db = item->gain_db,
                                   .title = item->title,
                                   .state = item->state,
                                   .reason = item->reason};
        r = line_sets_number(revising->differ.sets, item->lines, &row->line_set_id, reterr);
    }
    frozen_rows_sort(&revising->after);
    return r;
}

/* What was to be heard of slots that have begun, and was withdrawn meanwhile: no plan says so,
 * because a plan begins with slots that are still to come. Told once. */
static int tell_withdrawn(struct revising *revising, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    const char *sql = arena_printf(
        revising->arena,
        "%s WHERE slot_start_us < ?1 AND start_us > ?1 - ?2 AND segment.state = 'withdrawn'"
        " AND start_us + plan_item.frames * 125 / 6 > max(?1, coalesce(segment.decided_us, ?1))"
        " AND NOT EXISTS (SELECT 1 FROM plan_change"
        " JOIN plan_outcome ON change_id = plan_change.id AND side = 'after'"
        " JOIN plan_revision ON plan_revision.id = revision_id"
        " WHERE plan_change.slot_uid = plan_item.slot_uid"
        " AND plan_change.slot_recurrence_us = plan_item.slot_recurrence_us"
        " AND plan_change.position = plan_item.position AND plan_outcome.state = 'refused'"
        " AND plan_revision.made_us >= segment.decided_us)"
        " ORDER BY slot_uid, slot_recurrence_us, plan_item.position, piece",
        SELECT_ROWS);
    int r = sql ? db_prepare(revising->db, sql, &stmt, reterr) : plan_no_memory(reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ii", revising->plan->from_us, SLOT_MAX_US);
    struct frozen_rows rows = {0};
    while ((r = stmt_step(stmt, reterr)) == 1) {
        r = take_row(revising, stmt, &rows, reterr);
        if (r < 0) {
            return r;
        }
        struct segment segment = {.code = rows.items[rows.n - 1].code,
                                  .decided_by = stmt_text(stmt, COLUMN_DECIDED_BY),
                                  .decided_us = stmt_i64(stmt, COLUMN_DECIDED_BY + 1),
                                  .decided_reason = stmt_text(stmt, COLUMN_DECIDED_BY + 2)};
        rows.items[rows.n - 1].reason = withdrawal_text(revising->arena, &segment);
        if (!rows.items[rows.n - 1].reason) {
            return plan_no_memory(reterr);
        }
    }
    for (size_t i = 0, n = 1; r == 0 && i < rows.n; i += n) {
        const struct frozen_row *row = &rows.items[i];
        for (n = 1; i + n < rows.n && row[n].position == row->position &&
                    frozen_row_compare_slots(&row[n], row) == 0;) {
            n++;
        }
        r = differ_silence(&revising->differ, row, n, row->reason, reterr);
    }
    return r;
}

/* ---- writing it down */

static int write_causes(struct revising *revising, int64_t revision_id, struct fault *reterr)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < revising->origin->n_causes; i++) {
        const struct plan_cause *cause = &revising->origin->causes[i];
        r = db_run(revising->db, reterr,
                   "INSERT INTO plan_cause (revision_id, kind, subject, act, who, at_us, n, reason)"
                   " VALUES (?, ?, ?, ?, ?, nullif(?, -9223372036854775808), ?, ?)",
                   "ittttiit", revision_id, plan_cause_kind_name(cause->kind), cause->subject,
                   cause->act, cause->who, cause->at_us, cause->n, cause->reason);
    }
    return r;
}

static int write_outcome(struct stmt *stmt, int64_t change_id, const char *side,
                         const struct plan_outcome *outcome, struct fault *reterr)
{
    if (!outcome) {
        return 0;
    }
    const struct plan_outcome *o = outcome;
    if (o->code) {
        stmt_bind(stmt, "ittiiitidtt", change_id, side, o->title, o->start_us, o->frames,
                  o->line_set_id, o->code, (int64_t)o->version, o->gain_db,
                  plan_state_name(o->state), o->reason);
    } else {
        stmt_bind(stmt, "ittiiinnntt", change_id, side, o->title, o->start_us, o->frames,
                  o->line_set_id, plan_state_name(o->state), o->reason);
    }
    return stmt_step(stmt, reterr);
}

static int write_change(struct revising *revising, struct stmt *outcomes, int64_t revision_id,
                        const struct plan_change *change, struct fault *reterr)
{
    int r = db_run(revising->db, reterr,
                   "INSERT INTO plan_change (revision_id, change, slot_uid, slot_recurrence_us,"
                   " slot_title, position) VALUES (?, ?, ?, ?, ?, nullif(?, -1))",
                   "ittiti", revision_id, plan_change_kind_name(change->kind), change->slot_uid,
                   change->slot_recurrence_us, change->slot_title, (int64_t)change->position);
    int64_t id = db_last_id(revising->db);
    r = r < 0 ? r : write_outcome(outcomes, id, "before", change->before, reterr);
    return r < 0 ? r : write_outcome(outcomes, id, "after", change->after, reterr);
}

static int write_revision(struct revising *revising, struct plan_revised *ret, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *outcomes = NULL;
    const struct changes *changes = &revising->differ.changes;
    if (changes->n == 0) {
        return 0;
    }
    int r = db_run(revising->db, reterr,
                   "INSERT INTO plan_revision (made_us, from_us, to_us) VALUES (?, ?, ?)", "iii",
                   revising->origin->made_us, revising->plan->from_us, revising->plan->to_us);
    *ret = (struct plan_revised){.id = db_last_id(revising->db), .n_changes = changes->n};
    r = r < 0 ? r : write_causes(revising, ret->id, reterr);
    r = r < 0 ? r
              : db_prepare(revising->db,
                           "INSERT INTO plan_outcome (change_id, side, title, start_us, frames,"
                           " line_set_id, segment_code, segment_version, gain_db, state, reason)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           &outcomes, reterr);
    for (size_t i = 0; r == 0 && i < changes->n; i++) {
        r = write_change(revising, outcomes, ret->id, &changes->items[i], reterr);
    }
    return r;
}

static int write_sources(struct revising *revising, struct fault *reterr)
{
    const struct plan_origin *origin = revising->origin;
    if (origin->n_sources == 0) {
        return 0;
    }
    int r = db_run(revising->db, reterr, "DELETE FROM plan_source", "");
    for (size_t i = 0; r == 0 && i < origin->n_sources; i++) {
        r = db_run(revising->db, reterr,
                   "INSERT OR REPLACE INTO plan_source (name, stamp) VALUES (?, ?)", "tt",
                   origin->sources[i].name, origin->sources[i].stamp);
    }
    return r;
}

/* ---- all of it */

/* What a plan changes of what is frozen; nothing, where nothing of its time was. */
static int compare(struct revising *revising, struct fault *reterr)
{
    int r = read_windows(revising, reterr);
    if (r < 0 || revising->differ.n_windows == 0) {
        return r;
    }
    r = take_plan(revising, reterr);
    r = r < 0 ? r : read_before(revising, reterr);
    r = r < 0 ? r : read_moved(revising, reterr);
    r = r < 0 ? r : differ_compare(&revising->differ, &revising->before, &revising->after, reterr);
    return r < 0 ? r : tell_withdrawn(revising, reterr);
}

static int revise(struct revising *revising, const struct station *station,
                  struct plan_revised *ret_revised, struct fault *reterr)
{
    AUTO(line_sets_destroy) struct line_sets *sets = NULL;
    int r = line_sets_create(revising->db, station, &sets, reterr);
    revising->differ.sets = sets;
    revising->differ.arena = revising->arena;
    r = r < 0 ? r : compare(revising, reterr);
    r = r < 0 ? r
              : plan_replace(revising->db, station, revising->plan, revising->origin->made_us,
                             reterr);
    r = r < 0 ? r : write_revision(revising, ret_revised, reterr);
    return r < 0 ? r : write_sources(revising, reterr);
}

int plan_revise(struct db *db, const struct station *station, const struct plan *plan,
                const struct plan_origin *origin, struct plan_revised *ret_revised,
                struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(PLAN_MAX_BYTES);
    struct revising revising = {.db = db, .plan = plan, .origin = origin, .arena = arena};
    struct plan_revised revised = {0};
    int r = 0;
    if (!arena) {
        return plan_no_memory(reterr);
    }
    if (plan->to_us > plan->from_us) {
        r = db_begin(db, reterr);
        r = r < 0 ? r : revise(&revising, station, &revised, reterr);
        r = r < 0 ? r : db_commit(db, reterr);
    }
    if (r < 0) {
        db_rollback(db);
        return r;
    }
    if (ret_revised) {
        *ret_revised = revised;
    }
    return 0;
}
