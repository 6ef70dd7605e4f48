/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "airtime/line_sets.h"
#include "base/db.h"
#include "scheduler/planner.h"
#include "scheduler/planner_int.h"
#include "scheduler/revision_int.h"

/* A plan is frozen: written into the database as what will be played. */

/* Make room for [from_us, to_us): what older windows say of it goes, what they say of
 * the time before and after it stays. */
static int windows_clear(struct db *db, int64_t from_us, int64_t to_us, struct fault *reterr)
{
    int r =
        db_run(db, reterr, "DELETE FROM plan_item WHERE slot_start_us >= ?1 AND slot_start_us < ?2",
               "ii", from_us, to_us);
    /* A window that reaches beyond both ends becomes two. */
    r = r < 0 ? r
              : db_run(db, reterr,
                       "INSERT INTO plan_window (from_us, to_us, made_us)"
                       " SELECT ?2, to_us, made_us FROM plan_window WHERE from_us < ?1 AND"
                       " to_us > ?2",
                       "ii", from_us, to_us);
    r = r < 0 ? r
              : db_run(db, reterr,
                       "UPDATE plan_item SET window_id = (SELECT after.id FROM plan_window AS after"
                       " WHERE after.from_us = ?2 AND after.to_us > slot_start_us)"
                       " WHERE slot_start_us >= ?2 AND window_id IN (SELECT id FROM plan_window"
                       " WHERE from_us < ?1 AND to_us > ?2)",
                       "ii", from_us, to_us);
    r = r < 0 ? r
              : db_run(db, reterr,
                       "UPDATE plan_window SET to_us = ?1 WHERE from_us < ?1 AND to_us > ?1", "i",
                       from_us);
    r = r < 0 ? r
              : db_run(db, reterr, "DELETE FROM plan_window WHERE from_us >= ?1 AND to_us <= ?2",
                       "ii", from_us, to_us);
    return r < 0 ? r
                 : db_run(db, reterr,
                          "UPDATE plan_window SET from_us = ?2 WHERE from_us >= ?1 AND"
                          " from_us < ?2",
                          "ii", from_us, to_us);
}

/* A slot that was moved takes its key with it: it may not stand in two windows. */
static int items_forget(struct db *db, const struct plan *plan, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, "DELETE FROM plan_item WHERE slot_uid = ? AND slot_recurrence_us = ?",
                       &stmt, reterr);
    for (size_t i = 0; r == 0 && i < plan->n_items; i++) {
        stmt_bind(stmt, "ti", plan->items[i].slot_uid, plan->items[i].slot_recurrence_us);
        r = stmt_step(stmt, reterr);
    }
    return r;
}

static int item_insert(struct stmt *stmt, int64_t window_id, int64_t line_set_id,
                       const struct plan_item *item, struct fault *reterr)
{
    stmt_bind(stmt, "itiitiiiiiiitttidiiittitttt", window_id, item->slot_uid,
              item->slot_recurrence_us, item->slot_start_us, item->slot_title,
              (int64_t)item->position, (int64_t)item->piece, line_set_id,
              frames_to_us(item->start_frame), item->n_frames, item->offset_frames,
              item->segment_id, item->title, item->kind, item->topic, (int64_t)item->priority,
              item->gain_db, item->fade_in_frames, item->fade_out_frames, item->tail_frames,
              end_cause_name(item->end_cause), plan_state_name(item->state), (int64_t)item->repeat,
              item->reason, item_source_name(item->source),
              item->source_name ? item->source_name : "",
              item->source_target ? item->source_target : "");
    return stmt_step(stmt, reterr);
}

static int items_insert(struct db *db, const struct station *station, const struct plan *plan,
                        int64_t window_id, struct fault *reterr)
{
    AUTO(line_sets_destroy) struct line_sets *sets = NULL;
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = line_sets_create(db, station, &sets, reterr);
    r = r < 0 ? r
              : db_prepare(db,
                           "INSERT INTO plan_item (window_id, slot_uid, slot_recurrence_us,"
                           " slot_start_us, slot_title, position, piece, line_set_id, start_us,"
                           " frames, offset_frames, segment_id, title, kind, topic, priority,"
                           " gain_db, fade_in_frames, fade_out_frames, tail_frames, end_cause,"
                           " state, repeat, reason, source, source_name, source_target) VALUES"
                           " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?,"
                           " ?, ?, ?, ?, ?, ?, ?, ?)",
                           &stmt, reterr);
    for (size_t i = 0; r == 0 && i < plan->n_items; i++) {
        int64_t line_set_id = 0;
        r = line_sets_number(sets, plan->items[i].lines, &line_set_id, reterr);
        r = r < 0 ? r : item_insert(stmt, window_id, line_set_id, &plan->items[i], reterr);
    }
    return r;
}

int plan_replace(struct db *db, const struct station *station, const struct plan *plan,
                 int64_t made_us, struct fault *reterr)
{
    int r = windows_clear(db, plan->from_us, plan->to_us, reterr);
    r = r < 0 ? r : items_forget(db, plan, reterr);
    r = r < 0 ? r
              : db_run(db, reterr,
                       "INSERT INTO plan_window (from_us, to_us, made_us) VALUES (?, ?, ?)", "iii",
                       plan->from_us, plan->to_us, made_us);
    return r < 0 ? r : items_insert(db, station, plan, db_last_id(db), reterr);
}

int plan_store(struct db *db, const struct station *station, const struct plan *plan,
               int64_t made_us, struct fault *reterr)
{
    struct plan_origin origin = {.made_us = made_us};
    return plan_revise(db, station, plan, &origin, NULL, reterr);
}
