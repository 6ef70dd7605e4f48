/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "scheduler/forecast_int.h"

/* What is frozen and still to come. The ledger knows what has begun; of what is on air now
 * only the rest is still promised. */

/* Nobody freezes further ahead. */
static const int64_t AHEAD_US = 400LL * 24 * 3600 * 1000000;
/* While a radio runs, its playhead is half a second behind; this long after, it has stopped. */
static const int64_t SILENT_US = 10LL * 1000000;

static int compare_keys(const char *uid_a, int64_t recurrence_a, const char *uid_b,
                        int64_t recurrence_b)
{
    int order = strcmp(uid_a, uid_b);
    return order ? order : (recurrence_a > recurrence_b) - (recurrence_a < recurrence_b);
}

static int slot_compare(const void *a, const void *b)
{
    const struct promised_slot *x = a;
    const struct promised_slot *y = b;
    return compare_keys(x->uid, x->recurrence_us, y->uid, y->recurrence_us);
}

static int index_slots(struct promised *promised, struct arena *arena)
{
    const struct plan *plan = promised->plan;
    promised->slots = arena_take(arena, plan->n_items, sizeof *promised->slots);
    if (!promised->slots) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < plan->n_items; i++) {
        if (plan->items[i].n_frames) {
            promised->slots[promised->n_slots++] =
                (struct promised_slot){plan->items[i].slot_uid, plan->items[i].slot_recurrence_us};
        }
    }
    if (promised->n_slots) {
        qsort(promised->slots, promised->n_slots, sizeof *promised->slots, slot_compare);
    }
    return 0;
}

int promised_read(const struct planner_inputs *inputs, const struct forecast_question *question,
                  struct arena *arena, struct promised *ret_promised, struct fault *reterr)
{
    int64_t now_us = question->now_us;
    struct promised promised = {.until_us = now_us};
    if (inputs->db) {
        /* A slot that began yesterday may still be on. */
        int r = plan_load(inputs, now_us - 2 * SLOT_MAX_US,
                          question->is_past ? now_us : now_us + AHEAD_US, &promised.plan, reterr);
        if (r < 0) {
            return r;
        }
        if (index_slots(&promised, arena) < 0) {
            promised_finish(&promised);
            return plan_no_memory(reterr);
        }
        if (promised.plan->to_us > now_us) {
            promised.until_us = promised.plan->to_us;
        }
    }
    *ret_promised = promised;
    return 0;
}

void promised_finish(struct promised *promised)
{
    promised->plan = plan_destroy(promised->plan);
}

void promised_take_out(const struct promised *promised, struct slots *slots)
{
    size_t kept = 0;
    for (size_t i = 0; i < slots->n; i++) {
        struct promised_slot key = {slots->items[i].uid, slots->items[i].recurrence_us};
        bool is_out = slots->items[i].start_us >= promised->until_us && promised->n_slots &&
                      bsearch(&key, promised->slots, promised->n_slots, sizeof key, slot_compare);
        if (!is_out) {
            slots->items[kept++] = slots->items[i];
        }
    }
    slots->n = kept;
}

/* -- what the ledger knows ------------------------------------------------------ */

/* Until when the ledger says what aired, and whether the radio runs. */
static int ledger_end(struct db *db, const struct forecast_question *question, int64_t *ret_us,
                      bool *ret_is_running, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    *ret_us = question->now_us;
    *ret_is_running = false;
    if (question->is_past) {
        return 0;
    }
    int r = db_prepare(db, "SELECT at_us FROM playhead", &stmt, reterr);
    r = r < 0 ? r : stmt_step(stmt, reterr);
    if (r == 1) {
        int64_t at_us = stmt_i64(stmt, 0);
        *ret_is_running = at_us <= question->now_us && question->now_us - at_us <= SILENT_US;
        *ret_us = *ret_is_running ? at_us : question->now_us;
    }
    return r < 0 ? r : 0;
}

/* Is an item on air as planned, and was it from its first frame? */
static int item_is_on(struct db *db, const struct plan_item *item, bool *ret_is_on,
                      bool *ret_is_whole, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT offset_frames = 0 AND start_us <= planned_start_us FROM airing"
                       " WHERE slot_uid = ? AND slot_recurrence_us = ? AND position = ?"
                       " AND piece = ? AND role <> 'fallback'"
                       " AND id NOT IN (SELECT airing_id FROM airing_end)",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "tiii", item->slot_uid, item->slot_recurrence_us, (int64_t)item->position,
              (int64_t)item->piece);
    r = stmt_step(stmt, reterr);
    *ret_is_on = r == 1;
    *ret_is_whole = r == 1 && stmt_i64(stmt, 0);
    return r < 0 ? r : 0;
}

int promised_note(const struct promised *promised, const struct planner_inputs *inputs,
                  const struct forecast_question *question, struct simulation *simulation,
                  struct fault *reterr)
{
    int64_t known_us = 0;
    bool is_running = false;
    if (!promised->plan) {
        return 0;
    }
    int r = ledger_end(inputs->db, question, &known_us, &is_running, reterr);
    int64_t known_frame = frames_from_us(known_us);
    for (size_t i = 0; r == 0 && i < promised->plan->n_items; i++) {
        const struct plan_item *item = &promised->plan->items[i];
        bool is_whole = true;
        bool is_ahead = item->n_frames && item->start_frame >= known_frame;
        if (item->n_frames && !is_ahead && is_running &&
            item->start_frame + item->n_frames > known_frame) {
            r = item_is_on(inputs->db, item, &is_ahead, &is_whole, reterr);
        }
        is_whole = is_whole && item->n_frames == item->whole_frames;
        if (r == 0 && is_ahead &&
            simulation_note(simulation, inputs->station, item, known_frame, is_whole) < 0) {
            return plan_no_memory(reterr);
        }
    }
    return r;
}
