/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/system/faulty_year.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "airtime/outages.h"
#include "airtime/reconcile.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "station/station.h"

/* ---- what is to be so */

static size_t n_wrong;

static void expect_none(struct db *db, const char *what, const char *sql)
{
    struct fault fault = {0};
    AUTO(stmt_close) struct stmt *stmt = NULL;
    must(db_prepare(db, sql, &stmt, &fault), &fault, what);
    must(stmt_step(stmt, &fault), &fault, what);
    if (stmt_i64(stmt, 0) != 0) {
        printf("FAILED: %s: %lld\n", what, (long long)stmt_i64(stmt, 0));
        n_wrong++;
    }
}

/* Time of [from, until) in which the radio surely ran, or -1 where the clock was set back over it.
 */
static int64_t surely_on(int64_t from_us, int64_t until_us)
{
    int64_t sum = 0;
    for (size_t i = 0; i < world.n_passes; i++) {
        const struct pass *pass = &world.passes[i];
        int64_t back_us = i + 1 < world.n_passes ? world.passes[i + 1].from_us : INT64_MAX;
        if (back_us < pass->until_us && back_us < until_us && pass->until_us > from_us) {
            return -1;
        }
        int64_t from = pass->from_us > from_us ? pass->from_us : from_us;
        int64_t until = pass->sure_us < until_us ? pass->sure_us : until_us;
        sum += from < until ? until - from : 0;
    }
    return sum;
}

/* Has it no other reason than that the radio was not on? */
static bool is_of_the_radio(const char *reason)
{
    static const char *const own[] = {"the radio stopped", "it began late",
                                      "the radio was not running, or not on this line"};
    bool all = *reason != '\0';
    while (*reason && all) {
        const char *end = strstr(reason, "; ");
        size_t n = end ? (size_t)(end - reason) : strlen(reason);
        all = false;
        for (size_t i = 0; i < ARRAY_LEN(own); i++) {
            all = all || (n == strlen(own[i]) && strncmp(reason, own[i], n) == 0);
        }
        reason += n + (end ? 2 : 0);
    }
    return all;
}

static void check_row(const struct reconcile_row *row, const struct outages *outages)
{
    const struct reconcile_planned *planned = row->planned;
    bool adds_up =
        row->planned_frames == row->aired_frames + row->cut_frames + row->missed_frames &&
        row->aired_frames >= 0 && row->cut_frames >= 0 && row->missed_frames >= 0;
    bool has_reason = (*row->reason != '\0') ==
                      (row->aired_frames < row->planned_frames || planned->n_frames == 0);
    /* Nobody else is to blame: the radio may lose no more than the time in which it was not on. */
    int64_t on_us = surely_on(frames_to_us(planned->start_frame),
                              frames_to_us(planned->start_frame + planned->n_frames));
    bool is_radio = is_of_the_radio(row->reason);
    const char *line = world.station->lines[line_set_next(row->lines, 0)].id;
    int64_t lost_frames = outages_lost(outages_of(outages, line), planned->start_frame,
                                       planned->start_frame + planned->n_frames);
    int64_t aired_us = frames_to_us(row->aired_frames + row->cut_frames + lost_frames);
    bool too_little = is_radio && on_us >= 0 && aired_us + 1000 < on_us;
    if (!adds_up || !has_reason || too_little) {
        printf("FAILED: %s %lld %d %d: planned %lld, aired %lld, cut %lld, missed %lld, on for "
               "%lld us: %s\n",
               planned->slot_uid, (long long)planned->slot_recurrence_us, planned->position,
               planned->piece, (long long)row->planned_frames, (long long)row->aired_frames,
               (long long)row->cut_frames, (long long)row->missed_frames, (long long)on_us,
               row->reason);
        n_wrong++;
    }
}

static void check_reconciliation(struct db *db, int64_t from_us, int64_t to_us)
{
    struct fault fault = {0};
    struct planner_inputs inputs = inputs_of(db);
    AUTO(plan_destroy) struct plan *plan = NULL;
    must(plan_load(&inputs, from_us, to_us, &plan, &fault), &fault, "reading the plan");
    struct reconcile_planned *planned = arena_take(world.arena, plan->n_items + 1, sizeof *planned);
    for (size_t i = 0; planned && i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        planned[i] = (struct reconcile_planned){item->slot_uid,    item->slot_recurrence_us,
                                                item->position,    item->piece,
                                                item->start_frame, item->n_frames,
                                                item->reason,      item->lines};
    }
    struct reconcile sum;
    struct outages outages;
    must(outages_read(db, INT64_MIN, INT64_MAX, world.arena, &outages, &fault), &fault, "outages");
    must(planned
             ? reconcile_make(db, world.station, planned, plan->n_items, world.arena, &sum, &fault)
             : -ENOMEM,
         &fault, "reconciling");
    int64_t planned_frames = 0;
    for (size_t i = 0; i < plan->n_items; i++) {
        planned_frames += planned[i].n_frames * (int64_t)line_set_count(planned[i].lines);
    }
    for (size_t i = 0; i < sum.n_rows; i++) {
        check_row(&sum.rows[i], &outages);
    }
    n_wrong += planned_frames != sum.planned_frames;
    n_wrong += planned_frames != sum.aired_frames + sum.cut_frames + sum.missed_frames;
    printf("planned %lld = aired %lld + cut %lld + missed %lld frames of lines\n",
           (long long)planned_frames, (long long)sum.aired_frames, (long long)sum.cut_frames,
           (long long)sum.missed_frames);
    if (sum.aired_frames < planned_frames / 4 || sum.missed_frames == 0) {
        printf("FAILED: too little went right or wrong for this to be a test\n");
        n_wrong++;
    }
}

size_t faulty_year_check(int64_t from_us, int64_t to_us)
{
    struct fault fault = {0};
    AUTO(db_close) struct db *db = NULL;
    must(db_open(world.path, DB_READ, &db, &fault), &fault, "reading the ledger");
    struct findings findings = {0};
    must(db_check(db, &findings), &fault, "checking the database");
    findings_finish(&findings);
    expect_none(db, "airings that did not end",
                "SELECT count(*) FROM airing WHERE id NOT IN (SELECT airing_id FROM airing_end)");
    expect_none(db, "outages that did not end",
                "SELECT count(*) FROM outage WHERE id NOT IN (SELECT outage_id FROM outage_end)");
    expect_none(db, "holes in the numbers", "SELECT max(id) - count(*) FROM airing");
    expect_none(db, "airings whose frames are not their time",
                "SELECT count(*) FROM airing JOIN airing_end ON airing_id = id"
                " WHERE abs(frames - (end_us - start_us) * 0.048) > 1");
    expect_none(db, "airings at a wrong place of the recording",
                "SELECT count(*) FROM airing JOIN plan_item p USING (slot_uid, slot_recurrence_us,"
                " position, piece) WHERE role <> 'fallback' AND abs(airing.offset_frames -"
                " p.offset_frames - (airing.start_us - p.start_us) * 0.048) > 1");
    /* A key is heard once: its airings follow each other, with nothing said again. */
    expect_none(db, "what was heard twice",
                "SELECT count(*) FROM airing a JOIN airing_end e ON e.airing_id = a.id"
                " JOIN airing b ON b.slot_uid = a.slot_uid AND b.slot_recurrence_us ="
                " a.slot_recurrence_us AND b.position = a.position AND b.piece = a.piece"
                " AND b.id > a.id JOIN airing_end f ON f.airing_id = b.id"
                " WHERE a.role <> 'fallback' AND b.role <> 'fallback'"
                " AND a.line_set_id = b.line_set_id AND e.frames > 0 AND f.frames > 0"
                " AND b.start_us < e.end_us - 50");
    check_reconciliation(db, from_us, to_us);
    return n_wrong;
}
