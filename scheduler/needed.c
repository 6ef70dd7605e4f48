/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/needed.h"

#include <errno.h>
#include <string.h>

#include "base/db.h"
#include "base/fault.h"
#include "scheduler/planner_int.h"

static const int64_t STEP_US = 31LL * 24 * 3600 * 1000000; /* of a year, expanded at a time */

/* --- a sorted set of texts ---------------------------------------------------------------- */

/* Where a text is, or would be. */
static size_t code_place(const struct needed_codes *codes, const char *code)
{
    size_t low = 0;
    size_t high = codes->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(codes->items[middle], code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int codes_add(struct needed_codes *codes, struct arena *arena, const char *code)
{
    size_t at = code_place(codes, code);
    if (at < codes->n && strcmp(codes->items[at], code) == 0) {
        return 0;
    }
    const char *copy = arena_strdup(arena, code);
    const char **items =
        arena_grow(arena, (void *)codes->items, codes->n, &codes->capacity, sizeof *items);
    if (!copy || !items) {
        return -ENOMEM;
    }
    memmove((void *)&items[at + 1], (void *)&items[at], (codes->n - at) * sizeof *items);
    items[at] = copy;
    codes->items = items;
    codes->n++;
    return 0;
}

/* --- what is named ------------------------------------------------------------------------ */

static int add_of_station(const struct station *station, struct arena *arena,
                          struct needed_codes *codes)
{
    int r = 0;
    for (size_t l = 0; l < station->n_lines; l++) {
        const struct line_def *line = &station->lines[l];
        for (size_t i = 0; r == 0 && i < line->n_fallback; i++) {
            const char *code = line->fallback[i].segment_code;
            r = code ? codes_add(codes, arena, code) : 0;
        }
    }
    for (size_t c = 0; c < station->n_clocks; c++) {
        const struct clock_def *clock = &station->clocks[c];
        for (size_t i = 0; r == 0 && i < clock->n_steps; i++) {
            const char *code = clock->steps[i].segment_code;
            r = code ? codes_add(codes, arena, code) : 0;
        }
    }
    return r;
}

static int add_of_slot(const struct station *station, const struct slot *slot,
                       struct arena *scratch, struct arena *arena, struct needed_codes *codes,
                       struct needed_codes *repeated)
{
    struct slot_speech speech;
    char spoken[SPOKEN_CODE_MAX];
    int r = slot->repeat_of ? codes_add(repeated, arena, slot->repeat_of) : 0;
    if (r == 0 && slot_speech(station, slot, &speech)) {
        r = spoken_code(speech.kind, speech.topic, speech.text, spoken);
        r = r == 0 ? codes_add(codes, arena, spoken) : r;
    }
    for (size_t i = 0; r == 0 && i < slot->n_attachments; i++) {
        const struct attachment *attachment = &slot->attachments[i];
        if (attachment->kind != ATTACH_SEGMENT && attachment->kind != ATTACH_FILE) {
            continue;
        }
        const char *code = attachment->kind == ATTACH_FILE ? code_of_file(scratch, attachment->text)
                                                           : attachment->text;
        r = code ? codes_add(codes, arena, code) : -ENOMEM;
    }
    return r;
}

/* Of the slots that start in a stretch of time; uids of the events that they repeat too. */
static int add_of_slots(const struct station *station, struct calendars *calendars, int64_t from_us,
                        int64_t to_us, struct arena *arena, struct needed_codes *codes,
                        struct needed_codes *repeated, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *scratch = arena_create(PLAN_MAX_BYTES);
    struct slots slots = {0};
    if (!scratch) {
        return plan_no_memory(reterr);
    }
    int r = calendars_expand(calendars, from_us, to_us, scratch, &slots, reterr);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; r == 0 && i < slots.n; i++) {
        if (slots.items[i].state != SLOT_CANCELLED) {
            r = add_of_slot(station, &slots.items[i], scratch, arena, codes, repeated);
        }
    }
    return r < 0 ? plan_no_memory(reterr) : 0;
}

/* What an event aired, or was to air, when it last was planned. */
static int add_of_event(struct db *db, const char *uid, struct arena *arena,
                        struct needed_codes *codes, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT DISTINCT segment.code FROM plan_item"
                       " JOIN segment ON segment.id = plan_item.segment_id"
                       " WHERE slot_uid = ?1 AND plan_item.state = 'planned' AND slot_start_us ="
                       " (SELECT max(slot_start_us) FROM plan_item"
                       "  WHERE slot_uid = ?1 AND state = 'planned')",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", uid);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        if (codes_add(codes, arena, stmt_text(stmt, 0)) < 0) {
            return plan_no_memory(reterr);
        }
    }
    return r;
}

int needed_by_schedule(const struct station *station, struct calendars *calendars, struct db *db,
                       int64_t now_us, int64_t until_us, struct arena *arena,
                       struct needed_codes *ret_codes, struct fault *reterr)
{
    struct needed_codes codes = {0};
    struct needed_codes repeated = {0};
    if (add_of_station(station, arena, &codes) < 0) {
        return plan_no_memory(reterr);
    }
    int r = 0;
    for (int64_t from_us = now_us - SLOT_MAX_US; r == 0 && from_us < until_us; from_us += STEP_US) {
        int64_t to_us = from_us + STEP_US < until_us ? from_us + STEP_US : until_us;
        r = add_of_slots(station, calendars, from_us, to_us, arena, &codes, &repeated, reterr);
    }
    for (size_t i = 0; r == 0 && db && i < repeated.n; i++) {
        r = add_of_event(db, repeated.items[i], arena, &codes, reterr);
    }
    if (r == 0) {
        *ret_codes = codes;
    }
    return r;
}

/* --- what is planned ---------------------------------------------------------------------- */

int needed_by_plan(struct db *db, int64_t from_us, struct arena *arena, struct needed_ids *ret_ids,
                   struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    struct needed_ids ids = {0};
    size_t capacity = 0;
    /* By the slot, which has an index; it may have begun a day before its last item. */
    int r = db_prepare(db,
                       "SELECT DISTINCT segment_id FROM plan_item WHERE slot_start_us >= ?"
                       " AND segment_id IS NOT NULL AND state IN ('planned', 'filler')"
                       " ORDER BY segment_id",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "i", from_us - 2 * SLOT_MAX_US);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        ids.items = arena_grow(arena, ids.items, ids.n, &capacity, sizeof *ids.items);
        if (!ids.items) {
            return plan_no_memory(reterr);
        }
        ids.items[ids.n++] = stmt_i64(stmt, 0);
    }
    if (r == 0) {
        *ret_ids = ids;
    }
    return r;
}
