/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "airtime/line_sets.h"
#include "base/db.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/planner_int.h"

/* What do plans made before say? A window goes on where the one before it stopped:
 * it repeats what that one chose, waits for what still runs, and counts what has
 * been promised but has not aired yet. */

static int frozen_repeat_items(struct planner *planner, const char *uid, int64_t recurrence_us,
                               const char *reason, int64_t at_us, struct asks *asks,
                               struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(planner->db,
                       "SELECT DISTINCT plan_item.position, coalesce(segment.code, source_name),"
                       " plan_item.title FROM plan_item"
                       " LEFT JOIN segment ON segment.id = plan_item.segment_id"
                       " WHERE slot_uid = ? AND slot_recurrence_us = ?"
                       " AND plan_item.state = 'planned' ORDER BY plan_item.position",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ti", uid, recurrence_us);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        const char *code = arena_strdup(planner->scratch, stmt_text(stmt, 1));
        const char *title = arena_strdup(planner->scratch, stmt_text(stmt, 2));
        r = !code || !title    ? -ENOMEM
            : names_live(code) ? asks_add_live(planner, asks, code, title, reason)
                               : asks_add_code(planner, asks, code, at_us, reason);
        if (r < 0) {
            return plan_no_memory(reterr);
        }
    }
    return r;
}

/* What a simulated window aired; nobody reads why. */
static int carried_repeat(struct planner *planner, const struct carried_event *event, int64_t at_us,
                          struct asks *asks, struct fault *reterr)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < event->n_codes; i++) {
        const char *code = event->codes[i];
        r = names_live(code) ? asks_add_live(planner, asks, code, event->uid, "")
                             : asks_add_code(planner, asks, code, at_us, "");
    }
    return r < 0 ? plan_no_memory(reterr) : 0;
}

int frozen_repeat(struct planner *planner, const char *uid, int64_t before_us, struct asks *asks,
                  struct fault *reterr)
{
    const struct simulation *simulation = planner->simulation;
    const struct carried_event *event = simulation ? simulation_find_event(simulation, uid) : NULL;
    int64_t from_us = simulation ? simulation->since_us : planner->from_us;
    if (event) {
        return carried_repeat(planner, event, before_us, asks, reterr);
    }
    if (!planner->db) {
        return 0;
    }
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(planner->db,
                       "SELECT slot_recurrence_us, slot_start_us, slot_title FROM plan_item"
                       " WHERE slot_uid = ? AND slot_start_us < ? AND state = 'planned'"
                       " ORDER BY slot_start_us DESC, slot_recurrence_us DESC LIMIT 1",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ti", uid, before_us < from_us ? before_us : from_us);
    r = stmt_step(stmt, reterr);
    if (r <= 0) {
        return r;
    }
    char date[ZONE_INSTANT_MAX];
    zone_format_date(stmt_i64(stmt, 1), date);
    const char *reason =
        arena_printf(planner->arena, _("repeats %s of %s"), stmt_text(stmt, 2), date);
    return reason ? frozen_repeat_items(planner, uid, stmt_i64(stmt, 0), reason, before_us, asks,
                                        reterr)
                  : plan_no_memory(reterr);
}

int frozen_running(struct planner *planner, const struct slot *slot, int64_t frame,
                   int64_t *ret_until_frame, struct fault *reterr)
{
    *ret_until_frame = INT64_MIN;
    if (planner->simulation && slot->start_us >= planner->simulation->since_us) {
        *ret_until_frame = simulation_running(planner->simulation, slot, frame);
        return 0;
    }
    if (!planner->db) {
        return 0;
    }
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(planner->db,
                       "SELECT start_us, frames FROM plan_item WHERE slot_uid = ?"
                       " AND slot_recurrence_us = ? AND state = 'planned' AND start_us < ?",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "tii", slot->uid, slot->recurrence_us, frames_to_us(frame));
    while ((r = stmt_step(stmt, reterr)) == 1) {
        int64_t until = frames_from_us(stmt_i64(stmt, 0)) + stmt_i64(stmt, 1);
        if (until > frame && until > *ret_until_frame) {
            *ret_until_frame = until;
        }
    }
    return r;
}

static int frozen_note(struct planner *planner, struct stmt *stmt, struct line_sets *sets,
                       struct fault *reterr)
{
    const struct job *now = jobs_find(planner, stmt_text(stmt, 8), stmt_i64(stmt, 9));
    if (now && now->in_window) {
        return 0; /* the slot has moved into this window, and is planned anew */
    }
    struct planned_airing airing = {.segment_code = stmt_text(stmt, 0),
                                    .topic = SIZE_MAX,
                                    .counts = COUNTS_NOTHING,
                                    .start_us = stmt_i64(stmt, 4),
                                    .complete = stmt_i64(stmt, 5) == stmt_i64(stmt, 6),
                                    .counts_airtime = stmt_i64(stmt, 7) != 0};
    airing.end_us = frames_to_us(frames_from_us(airing.start_us) + stmt_i64(stmt, 5));
    size_t kind = station_find_kind(planner->station, stmt_text(stmt, 1));
    if (kind != SIZE_MAX) {
        airing.counts = planner->station->kinds[kind].counts;
    }
    if (!stmt_is_null(stmt, 2)) {
        airing.topic = station_find_topic(planner->station, stmt_text(stmt, 2));
    }
    int r = line_sets_read(sets, stmt_i64(stmt, 3), &airing.lines, reterr);
    if (r == 0 && !line_set_is_empty(airing.lines)) {
        r = quota_note(planner->standing, &airing) < 0 ? plan_no_memory(reterr) : 0;
    }
    return r;
}

int frozen_count(struct planner *planner, struct fault *reterr)
{
    if (!planner->db || planner->simulation) {
        return 0; /* a simulation has counted it */
    }
    AUTO(line_sets_destroy) struct line_sets *sets = NULL;
    int r = line_sets_create(planner->db, planner->station, &sets, reterr);
    if (r < 0) {
        return r;
    }
    AUTO(stmt_close) struct stmt *stmt = NULL;
    /* The playhead parts what the ledger already knows from what is still to come. */
    r = db_prepare(
        planner->db,
        "SELECT coalesce(segment.code, ''), plan_item.kind, plan_item.topic, line_set_id, start_us,"
        " plan_item.frames, coalesce(coalesce(cue_out_frames, segment.frames) - cue_in_frames, 0),"
        " plan_item.state = 'planned',"
        " slot_uid, slot_recurrence_us"
        " FROM plan_item LEFT JOIN segment ON segment.id = plan_item.segment_id"
        " WHERE slot_start_us < ?1 AND (segment.id NOT NULL OR source <> 'copy') AND "
        "plan_item.state IN ('planned', 'filler')"
        " AND start_us >= coalesce((SELECT at_us FROM playhead),"
        " (SELECT max(start_us) + 1 FROM airing), -9223372036854775808)"
        " ORDER BY start_us, slot_uid, slot_recurrence_us, position, piece",
        &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "i", planner->from_us);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        r = frozen_note(planner, stmt, sets, reterr);
        if (r < 0) {
            return r;
        }
    }
    return r;
}
