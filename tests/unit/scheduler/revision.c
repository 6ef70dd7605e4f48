/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include "scheduler/revision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/line_sets.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/planner.h"
#include "tests/fakes/plan_world.h"

/* What a plan changes of the frozen one, as the revision tells it. */

static const char NOW[] = "2023-05-10";
static const char END[] = "2023-05-12";

/* As the radio does it: plan what lies ahead from an instant on, and freeze it. */
static struct plan_revised freeze(struct world *world, const char *from, const char *to)
{
    static const struct plan_cause cause = {.kind = CAUSE_CALENDAR,
                                            .subject = "regular.ics",
                                            .act = "edited",
                                            .who = "lan",
                                            .reason = "",
                                            .at_us = 1683676800000000,
                                            .n = 1};
    struct plan_origin origin = {.made_us = at_us(from), .causes = &cause, .n_causes = 1};
    struct plan_revised revised = {0};
    struct fault fault = {0};
    AUTO(plan_destroy) struct plan *plan = world_plan(world, from, to);
    if (plan_revise(world->db, &world->station, plan, &origin, &revised, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    return revised;
}

struct dump {
    struct strbuf buf;
    struct line_sets *sets;
};

static void dump_outcome(struct dump *dump, const struct plan_outcome *outcome)
{
    char time[ZONE_INSTANT_MAX];
    const char *lines = NULL;
    if (!outcome) {
        strbuf_add(&dump->buf, "nothing");
        return;
    }
    zone_format_time(outcome->start_us, time);
    assert_int_equal(line_sets_text(dump->sets, outcome->line_set_id, &lines, NULL), 0);
    strbuf_printf(&dump->buf, "%s %s %s on %s", time, outcome->title,
                  plan_state_name(outcome->state), lines);
    if (outcome->frames) {
        strbuf_printf(&dump->buf, " %gs", frames_to_seconds(outcome->frames));
    }
    if (outcome->code) {
        strbuf_printf(&dump->buf, " of %s/%d at %g dB", outcome->code, outcome->version,
                      outcome->gain_db);
    } else if (*outcome->reason) {
        strbuf_printf(&dump->buf, " (%s)", outcome->reason);
    }
}

static int dump_change(void *context, const struct plan_revision *revision,
                       const struct plan_change *change)
{
    struct dump *dump = context;
    assert_int_equal(revision->n_causes, 1);
    assert_string_equal(revision->causes[0].who, "lan");
    strbuf_printf(&dump->buf, "%d %s %s", (int)revision->id, plan_change_kind_name(change->kind),
                  change->slot_title);
    if (change->position >= 0) {
        strbuf_printf(&dump->buf, " #%d", change->position);
    }
    strbuf_add(&dump->buf, ": ");
    dump_outcome(dump, change->before);
    strbuf_add(&dump->buf, " -> ");
    dump_outcome(dump, change->after);
    strbuf_add(&dump->buf, "\n");
    return 0;
}

static void assert_changes(struct world *world, const char *expected)
{
    struct dump dump = {0};
    struct fault fault = {0};
    strbuf_init(&dump.buf, 1 << 20);
    assert_int_equal(line_sets_create(world->db, &world->station, &dump.sets, NULL), 0);
    if (plan_changes_visit(world->db, INT64_MIN, INT64_MAX, dump_change, &dump, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    assert_string_equal(strbuf_text(&dump.buf), expected);
    line_sets_destroy(dump.sets);
    strbuf_finish(&dump.buf);
}

static int64_t count(struct world *world, const char *sql)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(world->db, sql, &stmt, NULL), 0);
    stmt_bind(stmt, "");
    assert_int_equal(stmt_step(stmt, NULL), 1);
    return stmt_i64(stmt, 0);
}

/* Two recordings in an evening programme on two lines, and a notice at noon. */
static struct world *evening(void)
{
    struct world *world = world_make(2);
    world_segment(world, "a", "bai", NULL, 60);
    world_segment(world, "b", "bai", NULL, 90);
    world_segment(world, "c", "bai", NULL, 60);
    world_segment(world, "flood", "khan-cap", NULL, 30);
    struct slot *noon = world_slot(world, "noon", "2023-05-10T12:00", 1);
    slot_attach(world, noon, "a");
    slot_attach(world, world_slot(world, "evening", "2023-05-10T17:00", 3), "a b");
    world_open_db(world);
    return world;
}

static struct slot *slot_of(struct world *world, const char *uid)
{
    for (size_t i = 0; i < world->n_slots; i++) {
        if (strcmp(world->slots[i].uid, uid) == 0) {
            return &world->slots[i];
        }
    }
    abort();
}

static void slot_move(struct slot *slot, const char *start)
{
    slot->end_us += at_us(start) - slot->start_us;
    slot->start_us = at_us(start);
}

static void what_comes_out_the_same_is_no_revision(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    assert_int_equal(freeze(world, NOW, END).id, 0);
    assert_int_equal(freeze(world, NOW, END).id, 0);
    assert_int_equal(freeze(world, "2023-05-10T13:00", END).id, 0);
    assert_changes(world, "");
}

static void a_relay_whose_address_changes_is_a_change(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    struct source_def vov1 = {.id = "vov1",
                              .title = "VOV1",
                              .target = "https://vov.example/1",
                              .kind = station_find_kind(&world->station, "tiep-song"),
                              .topic = SIZE_MAX};
    world->station.relays = &vov1;
    world->station.n_relays = 1;
    struct slot *slot = world_slot(world, "relay", "2023-05-10T06:00", 5);
    slot_attach(world, slot, "vov1");
    ((struct attachment *)(uintptr_t)slot->attachments)->kind = ATTACH_RELAY;
    world_open_db(world);
    freeze(world, NOW, END);
    assert_int_equal(freeze(world, NOW, END).n_changes, 0);
    vov1.target = "https://vov.example/2";
    freeze(world, NOW, END);
    assert_changes(world, "1 changed relay #0: 06:00:00 VOV1 planned on l0 300s of "
                          "https://vov.example/1/0 at 0 dB -> 06:00:00 VOV1 planned on l0 300s of "
                          "https://vov.example/2/0 at 0 dB\n");
}

static void prolonging_the_frozen_time_is_no_revision(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, "2023-05-10T13:00");
    assert_int_equal(freeze(world, "2023-05-10T13:00", END).id, 0);
    slot_attach(world, world_slot(world, "late", "2023-05-12T17:00", 1), "c");
    assert_int_equal(freeze(world, NOW, "2023-05-13").id, 0);
    assert_changes(world, "");
}

static void a_slot_that_moves_is_one_change(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_move(slot_of(world, "evening"), "2023-05-10T17:30");
    struct plan_revised revised = freeze(world, "2023-05-10T11:00", END);
    assert_int_equal(revised.id, 1);
    assert_int_equal(revised.n_changes, 1);
    assert_changes(world, "1 moved evening: 17:00:00 evening planned on l0 l1 150s -> 17:30:00 "
                          "evening planned on l0 l1 150s\n");
}

static void an_event_whose_own_start_was_edited_has_moved(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_move(slot_of(world, "noon"), "2023-05-10T12:15");
    slot_of(world, "noon")->recurrence_us = at_us("2023-05-10T12:15");
    freeze(world, "2023-05-10T11:00", END);
    assert_changes(world, "1 moved noon: 12:00:00 noon planned on l0 l1 60s of a/1 at -1 dB -> "
                          "12:15:00 noon planned on l0 l1 60s of a/1 at -1 dB\n");
}

static void slots_that_come_and_go_are_told_once_each(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_of(world, "evening")->state = SLOT_CANCELLED;
    slot_attach(world, world_slot(world, "new", "2023-05-11T06:00", 1), "c");
    freeze(world, "2023-05-10T11:00", END);
    assert_changes(world, "1 removed evening: 17:00:00 evening planned on l0 l1 150s -> nothing\n"
                          "1 added new: nothing -> 06:00:00 new planned on l0 l1 60s of c/1 at -1 "
                          "dB\n");
}

static void one_recording_in_place_of_another_is_told_as_that(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_attach(world, slot_of(world, "evening"), "c b");
    freeze(world, "2023-05-10T11:00", END);
    assert_changes(world, "1 changed evening #0: 17:00:00 a planned on l0 l1 60s of a/1 at -1 dB "
                          "-> 17:00:00 c planned on l0 l1 60s of c/1 at -1 dB\n");
}

static void what_follows_a_change_in_its_slot_is_not_told_with_it(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    slot_of(world, "evening")->end_us += 300LL * 1000000;
    freeze(world, NOW, END);
    slot_attach(world, slot_of(world, "evening"), "a c b");
    freeze(world, "2023-05-10T11:00", END);
    assert_changes(world, "1 added evening #1: nothing -> 17:01:00 c planned on l0 l1 60s of c/1 "
                          "at -1 dB\n");
    slot_attach(world, slot_of(world, "evening"), "c b");
    freeze(world, "2023-05-10T11:00", END);
    assert_changes(world, "1 added evening #1: nothing -> 17:01:00 c planned on l0 l1 60s of c/1 "
                          "at -1 dB\n"
                          "2 removed evening #0: 17:00:00 a planned on l0 l1 60s of a/1 at -1 dB "
                          "-> nothing\n");
}

static void lines_taken_from_a_slot_are_told_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_on(world, slot_of(world, "evening"), "1");
    freeze(world, "2023-05-10T11:00", END);
    assert_changes(world, "1 changed evening: 17:00:00 evening planned on l0 l1 150s -> 17:00:00 "
                          "evening planned on l1 150s\n");
}

static void a_slot_that_is_refused_says_why(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_of(world, "noon")->state = SLOT_TENTATIVE;
    freeze(world, "2023-05-10T11:00", END);
    assert_changes(
        world,
        "1 changed noon: 12:00:00 noon planned on l0 l1 60s of a/1 at -1 dB -> "
        "12:00:00 noon refused on l0 l1 (it is tentative and airs only when it is confirmed)\n");
}

static void an_emergency_and_what_it_takes_are_told(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    struct slot *flood = world_slot(world, "flood", "2023-05-10T17:00:20", 1);
    slot_attach(world, flood, "flood");
    slot_on(world, flood, "1");
    flood->priority = 1;
    freeze(world, "2023-05-10T11:00", END);
    assert_changes(world, "1 changed evening #0: 17:00:00 a planned on l0 l1 60s of a/1 at -1 dB "
                          "-> 17:00:00 a planned on l0 l1 45s of a/1 at -1 dB\n"
                          "1 added flood: nothing -> 17:00:20 flood planned on l1 30s of flood/1 "
                          "at -1 dB\n");
}

static void what_has_begun_is_left_alone(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_attach(world, slot_of(world, "noon"), "c");
    assert_int_equal(freeze(world, "2023-05-10T12:00:01", END).id, 0);
    slot_move(slot_of(world, "noon"), "2023-05-10T18:00");
    freeze(world, "2023-05-10T12:00:02", END);
    assert_changes(world, "1 moved noon: 12:00:00 noon planned on l0 l1 60s of a/1 at -1 dB -> "
                          "18:00:00 noon planned on l0 l1 60s of c/1 at -1 dB\n"
                          "1 changed noon #0: 12:00:00 a planned on l0 l1 60s of a/1 at -1 dB -> "
                          "18:00:00 c planned on l0 l1 60s of c/1 at -1 dB\n");
}

static void a_slot_that_is_over_comes_again_as_a_new_one(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_move(slot_of(world, "noon"), "2023-05-10T18:00");
    freeze(world, "2023-05-10T13:00", END);
    assert_changes(world, "1 added noon: nothing -> 18:00:00 noon planned on l0 l1 60s of a/1 at "
                          "-1 dB\n");
}

static void a_withdrawal_in_a_slot_that_has_begun_is_told_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    assert_int_equal(db_run(world->db, NULL,
                            "UPDATE segment SET state = 'withdrawn', decided_by = 'Hoa',"
                            " decided_us = ?, decided_reason = 'sai' WHERE code = 'b'",
                            "i", at_us("2023-05-10T17:00:30")),
                     0);
    freeze(world, "2023-05-10T17:00:31", END);
    assert_int_equal(freeze(world, "2023-05-10T17:00:40", END).id, 0);
    assert_changes(world, "1 changed evening #1: 17:01:00 b planned on l0 l1 90s of b/1 at -1 dB "
                          "-> 17:01:00 b refused on l0 l1 (recording b was withdrawn by Hoa on "
                          "2023-05-10 at 17:00:30: sai)\n");
}

static void a_new_version_is_told_as_another_recording(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    struct segment *newer = world_segment(world, "a", "bai", NULL, 60);
    newer->version = 2;
    assert_int_equal(db_run(world->db, NULL,
                            "INSERT INTO segment (id, code, version, title, kind, state,"
                            " original_sha256, original_name, original_bytes, air_sha256, channels,"
                            " frames, gain_db, imported_us, imported_by) VALUES (?, 'a', 2, 'a',"
                            " 'bai', 'approved', '', '', 1, '00', 1, ?, -1, 0, 'test')",
                            "ii", newer->id, newer->frames),
                     0);
    freeze(world, "2023-05-10T16:00", END);
    assert_changes(world, "1 changed evening #0: 17:00:00 a planned on l0 l1 60s of a/1 at -1 dB "
                          "-> 17:00:00 a planned on l0 l1 60s of a/2 at -1 dB\n");
}

static void a_slot_that_fills_more_time_with_music_says_how_much(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    world->db = db_close(world->db);
    world_segment(world, "song", "ca-nhac", NULL, 2000);
    world_open_db(world);
    freeze(world, NOW, END);
    slot_of(world, "evening")->end_us += 60LL * 1000000;
    freeze(world, "2023-05-10T16:00", END);
    assert_changes(world, "1 changed evening: 17:00:00 evening planned on l0 l1 180s -> 17:00:00 "
                          "evening planned on l0 l1 240s\n");
}

static void what_cannot_be_written_leaves_plan_and_revisions_as_they_were(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    struct plan_source source = {.name = "regular.ics", .stamp = "2"};
    struct plan_origin origin = {.made_us = 1, .sources = &source, .n_sources = 1};
    freeze(world, NOW, END);
    slot_attach(world, slot_of(world, "noon"), "c");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, NOW, END);
    /* The last statement of the transaction. */
    assert_int_equal(db_exec(world->db,
                             "CREATE TEMP TRIGGER full BEFORE INSERT ON plan_source"
                             " BEGIN SELECT RAISE(ABORT, 'full'); END",
                             NULL),
                     0);
    assert_true(plan_revise(world->db, &world->station, plan, &origin, NULL, NULL) < 0);
    assert_changes(world, "");
    assert_int_equal(count(world, "SELECT count(*) FROM plan_revision"), 0);
    assert_int_equal(count(world, "SELECT count(*) FROM plan_item JOIN segment ON segment.id ="
                                  " segment_id WHERE slot_uid = 'noon' AND code = 'a'"),
                     1);
    assert_int_equal(db_exec(world->db, "DROP TRIGGER full", NULL), 0);
    assert_int_equal(plan_revise(world->db, &world->station, plan, &origin, NULL, NULL), 0);
    assert_int_equal(count(world, "SELECT count(*) FROM plan_change"), 1);
}

static void revisions_outlive_the_plan_and_are_never_changed(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    freeze(world, NOW, END);
    slot_of(world, "noon")->state = SLOT_CANCELLED;
    freeze(world, "2023-05-10T11:00", END);
    assert_int_equal(db_exec(world->db, "DELETE FROM plan_window; DELETE FROM plan_item", NULL), 0);
    assert_changes(world, "1 removed noon: 12:00:00 noon planned on l0 l1 60s of a/1 at -1 dB -> "
                          "nothing\n");
    static const char *const tables[] = {"plan_revision", "plan_cause", "plan_change",
                                         "plan_outcome"};
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "DELETE FROM %s", tables[i]);
        assert_true(db_exec(world->db, sql, NULL) < 0);
    }
    assert_true(db_exec(world->db, "UPDATE plan_outcome SET title = ''", NULL) < 0);
    assert_true(db_exec(world->db, "UPDATE plan_revision SET made_us = 1", NULL) < 0);
}

static void the_frozen_time_ends_at_the_first_gap(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = evening();
    int64_t until_us = 0;
    freeze(world, NOW, "2023-05-10T08:00");
    freeze(world, "2023-05-10T08:00", "2023-05-10T20:00");
    freeze(world, "2023-05-11", END);
    assert_int_equal(plan_frozen_until(world->db, at_us("2023-05-10T07:00"), &until_us, NULL), 0);
    assert_int_equal(until_us, at_us("2023-05-10T20:00"));
    assert_int_equal(plan_frozen_until(world->db, at_us("2023-05-10T21:00"), &until_us, NULL), 0);
    assert_int_equal(until_us, at_us("2023-05-10T21:00"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_comes_out_the_same_is_no_revision),
    cmocka_unit_test(a_relay_whose_address_changes_is_a_change),
    cmocka_unit_test(prolonging_the_frozen_time_is_no_revision),
    cmocka_unit_test(a_slot_that_moves_is_one_change),
    cmocka_unit_test(an_event_whose_own_start_was_edited_has_moved),
    cmocka_unit_test(slots_that_come_and_go_are_told_once_each),
    cmocka_unit_test(one_recording_in_place_of_another_is_told_as_that),
    cmocka_unit_test(what_follows_a_change_in_its_slot_is_not_told_with_it),
    cmocka_unit_test(lines_taken_from_a_slot_are_told_once),
    cmocka_unit_test(a_slot_that_is_refused_says_why),
    cmocka_unit_test(an_emergency_and_what_it_takes_are_told),
    cmocka_unit_test(what_has_begun_is_left_alone),
    cmocka_unit_test(a_slot_that_is_over_comes_again_as_a_new_one),
    cmocka_unit_test(a_withdrawal_in_a_slot_that_has_begun_is_told_once),
    cmocka_unit_test(a_new_version_is_told_as_another_recording),
    cmocka_unit_test(a_slot_that_fills_more_time_with_music_says_how_much),
    cmocka_unit_test(what_cannot_be_written_leaves_plan_and_revisions_as_they_were),
    cmocka_unit_test(revisions_outlive_the_plan_and_are_never_changed),
    cmocka_unit_test(the_frozen_time_ends_at_the_first_gap),
};
TEST_MAIN(tests)
