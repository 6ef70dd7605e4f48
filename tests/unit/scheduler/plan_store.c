/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/frames.h"
#include "scheduler/planner.h"
#include "tests/fakes/plan_world.h"

/* The frozen plan: what is stored, what comes back, and how windows fit together. */

static void store(struct world *world, const char *from, const char *to)
{
    struct fault fault = {0};
    AUTO(plan_destroy) struct plan *plan = world_plan(world, from, to);
    if (plan_store(world->db, &world->station, plan, at_us(from), &fault) < 0) {
        fail_msg("%s", fault.text);
    }
}

static struct plan *load(struct world *world, const char *from, const char *to)
{
    struct fault fault = {0};
    struct plan *plan = NULL;
    struct segments segments = world_segments(world);
    struct planner_inputs inputs = {.station = &world->station,
                                    .segments = &segments,
                                    .db = world->db};
    if (plan_load(&inputs, at_us(from), at_us(to), &plan, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    plan_assert_sound(plan);
    return plan;
}

static void assert_loads(struct world *world, const char *from, const char *to,
                         const char *expected)
{
    AUTO(plan_destroy) struct plan *plan = load(world, from, to);
    AUTO_FREE char *text = plan_text(plan);
    assert_string_equal(text, expected);
}

/* A week of programmes at 17:00 by rotation, repeated at 05:00, with notices. */
static struct world *week(void)
{
    struct world *world = world_make(3);
    world_topic(world, "cchc", SIZE_MAX);
    world_quota(world, 0, 36000);
    for (unsigned i = 0; i < 20; i++) {
        world_segment(world, arena_printf(world->arena, "tin-%02u", i), "tin",
                      i % 3 ? "cchc" : NULL, 50 + i * 7);
    }
    world_segment(world, "notice", "thong-bao", NULL, 31);
    world_segment(world, "song", "ca-nhac", NULL, 240);
    for (unsigned day = 10; day < 17; day++) {
        char *start = arena_printf(world->arena, "2023-05-%uT17:00", day);
        slot_wants(world, world_slot(world, "evening", start, 10), "tin");
        start = arena_printf(world->arena, "2023-05-%uT05:00", day);
        world_slot(world, "morning", start, 10)->repeat_of = "evening";
        start = arena_printf(world->arena, "2023-05-%uT17:03:20", day);
        struct slot *notice = world_slot(world, "notice", start, 2);
        slot_attach(world, notice, "notice");
        slot_on(world, notice, "1");
        notice->start_rule = START_SOFT;
        notice->soft_us = 60 * 1000000;
    }
    world_open_db(world);
    return world;
}

static void what_is_stored_is_loaded_to_the_frame(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = week();
    world_crossfade(world, "ca-nhac", 1.5);
    AUTO(plan_destroy) struct plan *made = world_plan(world, "2023-05-10", "2023-05-12");
    store(world, "2023-05-10", "2023-05-12");
    AUTO(plan_destroy) struct plan *loaded = load(world, "2023-05-10", "2023-05-12");
    AUTO_FREE char *before = plan_text(made);
    AUTO_FREE char *after = plan_text(loaded);
    assert_string_equal(before, after);
    assert_int_equal(made->n_items, loaded->n_items);
    for (size_t i = 0; i < made->n_items; i++) {
        const struct plan_item *x = &made->items[i];
        const struct plan_item *y = &loaded->items[i];
        assert_int_equal(x->start_frame, y->start_frame);
        assert_int_equal(x->segment_id, y->segment_id);
        assert_int_equal(x->whole_frames, y->whole_frames);
        assert_int_equal(x->position, y->position);
        assert_int_equal(x->piece, y->piece);
        assert_int_equal(x->priority, y->priority);
        assert_int_equal(x->slot_recurrence_us, y->slot_recurrence_us);
        assert_int_equal(x->slot_start_us, y->slot_start_us);
        assert_string_equal(x->slot_uid, y->slot_uid);
        assert_string_equal(x->air_sha256, y->air_sha256);
        assert_string_equal(x->reason, y->reason);
        assert_true(x->gain_db == y->gain_db);
    }
    assert_int_equal(made->n_levels, loaded->n_levels);
    assert_memory_equal(made->levels, loaded->levels, made->n_levels * sizeof *made->levels);
}

static void windows_made_one_after_the_other_are_the_plan_made_at_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = week();
    AUTO(plan_destroy) struct plan *whole = world_plan(world, "2023-05-10", "2023-05-17");
    static const char *const cuts[] = {"2023-05-10",          "2023-05-10T17:03:00",
                                       "2023-05-11T12:00",    "2023-05-12T17:00",
                                       "2023-05-12T17:03:25", "2023-05-17"};
    for (size_t i = 0; i + 1 < ARRAY_LEN(cuts); i++) {
        store(world, cuts[i], cuts[i + 1]);
    }
    AUTO_FREE char *expected = plan_text(whole);
    assert_loads(world, "2023-05-10", "2023-05-17", expected);
}

static void two_notices(struct world *world)
{
    world_segment(world, "a", "bai", NULL, 60);
    world_segment(world, "b", "bai", NULL, 60);
    slot_attach(world, world_slot(world, "first", "2023-05-10T06:00", 1), "a");
    slot_attach(world, world_slot(world, "second", "2023-05-10T12:00", 1), "a");
    slot_attach(world, world_slot(world, "third", "2023-05-10T18:00", 1), "a");
    world_open_db(world);
}

static void storing_again_replaces_only_the_slots_of_its_window(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    two_notices(world);
    store(world, "2023-05-10", "2023-05-11");
    for (size_t i = 0; i < world->n_slots; i++) {
        slot_attach(world, &world->slots[i], "b");
    }
    store(world, "2023-05-10T08:00", "2023-05-10T14:00");
    assert_loads(world, "2023-05-10", "2023-05-11",
                 "06:00:00 60s a l0 complete\n"
                 "12:00:00 60s b l0 complete\n"
                 "18:00:00 60s a l0 complete repeat\n");
    AUTO(plan_destroy) struct plan *plan = load(world, "2023-05-10", "2023-05-12");
    assert_int_equal(plan->to_us, at_us("2023-05-11"));
    store(world, "2023-05-10T16:00", "2023-05-10T20:00");
    store(world, "2023-05-10T04:00", "2023-05-10T10:00");
    assert_loads(world, "2023-05-10", "2023-05-11",
                 "06:00:00 60s b l0 complete\n"
                 "12:00:00 60s b l0 complete\n"
                 "18:00:00 60s b l0 complete repeat\n");
}

static void what_is_frozen_skips_the_time_in_which_no_radio_ran(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    two_notices(world);
    AUTO(plan_destroy) struct plan *nothing = load(world, "2023-05-10", "2023-05-11");
    assert_int_equal(nothing->to_us, nothing->from_us);
    store(world, "2023-05-10T05:00", "2023-05-10T07:00");
    store(world, "2023-05-10T07:00", "2023-05-10T13:00");
    store(world, "2023-05-10T17:00", "2023-05-10T19:00");
    AUTO(plan_destroy) struct plan *plan = load(world, "2023-05-10T05:30", "2023-05-11");
    assert_int_equal(plan->from_us, at_us("2023-05-10T05:30"));
    assert_int_equal(plan->to_us, at_us("2023-05-10T19:00"));
    assert_int_equal(plan->n_items, 3);
}

static void a_recording_withdrawn_since_is_refused(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    two_notices(world);
    store(world, "2023-05-10T05:00", "2023-05-10T07:00");
    world->segments[0].state = SEGMENT_WITHDRAWN;
    assert_loads(world, "2023-05-10T05:00", "2023-05-10T07:00",
                 "06:00:00 refused (a) l0: recording a was withdrawn\n");
    world->segments[0].decided_by = "Hoa";
    world->segments[0].decided_reason = "sai";
    world->segments[0].decided_us = at_us("2023-05-10T06:00:59");
    assert_loads(world, "2023-05-10T05:00", "2023-05-10T07:00",
                 "06:00:00 refused (a) l0: recording a was withdrawn by Hoa on 2023-05-10 at "
                 "06:00:59: sai\n");
}

static void what_was_over_before_a_withdrawal_stays_as_planned(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    two_notices(world);
    store(world, "2023-05-10T05:00", "2023-05-10T07:00");
    world->segments[0].state = SEGMENT_WITHDRAWN;
    world->segments[0].decided_us = at_us("2023-05-10T06:01:00");
    assert_loads(world, "2023-05-10T05:00", "2023-05-10T07:00", "06:00:00 60s a l0 complete\n");
}

static void a_newer_version_does_not_change_what_was_promised(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    two_notices(world);
    store(world, "2023-05-10T05:00", "2023-05-10T07:00");
    world_segment(world, "a", "bai", NULL, 90)->version = 2;
    assert_loads(world, "2023-05-10T05:00", "2023-05-10T07:00", "06:00:00 60s a l0 complete\n");
}

static void lines_the_station_no_longer_has_are_left_out(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    two_notices(world);
    slot_on(world, &world->slots[1], "1");
    store(world, "2023-05-10", "2023-05-10T13:00");
    world->station.n_lines = 1;
    assert_loads(world, "2023-05-10", "2023-05-10T13:00",
                 "06:00:00 60s a l0 complete\n"
                 "12:00:00 refused (a) : the station no longer has any of its lines\n");
}

static void a_slot_that_moved_stands_only_where_it_is_now(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    two_notices(world);
    store(world, "2023-05-10T05:00", "2023-05-10T07:00");
    world->slots[0].start_us = at_us("2023-05-10T08:00");
    world->slots[0].end_us = at_us("2023-05-10T08:01");
    store(world, "2023-05-10T07:00", "2023-05-10T09:00");
    assert_loads(world, "2023-05-10T05:00", "2023-05-10T09:00", "08:00:00 60s a l0 complete\n");
}

static void a_plan_that_cannot_be_stored_leaves_the_old_one(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    two_notices(world);
    store(world, "2023-05-10", "2023-05-11");
    world_segment(world, "unknown", "bai", NULL, 60)->id = 999; /* not in the database */
    slot_attach(world, &world->slots[2], "unknown");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
    struct fault fault = {0};
    assert_true(plan_store(world->db, &world->station, plan, 0, &fault) < 0);
    assert_true(fault.text[0] != '\0');
    assert_loads(world, "2023-05-10", "2023-05-11",
                 "06:00:00 60s a l0 complete\n"
                 "12:00:00 60s a l0 complete repeat\n"
                 "18:00:00 60s a l0 complete repeat\n");
}

static void what_the_ledger_has_already_is_not_counted_twice(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a", "tin", NULL, 60);
    world_segment(world, "b", "tin", NULL, 60);
    struct slot *slot = world_slot(world, "one", "2023-05-10T06:00", 1);
    slot_wants(world, slot, "tin");
    slot = world_slot(world, "two", "2023-05-10T12:00", 1);
    slot_wants(world, slot, "tin");
    world_open_db(world);
    store(world, "2023-05-10", "2023-05-10T08:00");
    /* Promised, so the other one is next … */
    AUTO(plan_destroy) struct plan *next = world_plan(world, "2023-05-10T08:00", "2023-05-11");
    assert_string_equal(next->items[0].segment_code, "b");
    /* … but what the playhead has passed without airing was not heard. */
    struct fault fault = {0};
    assert_int_equal(db_run(world->db, &fault, "INSERT INTO playhead (id, at_us) VALUES (1, ?)",
                            "i", at_us("2023-05-10T07:00")),
                     0);
    AUTO(plan_destroy) struct plan *missed = world_plan(world, "2023-05-10T08:00", "2023-05-11");
    assert_string_equal(missed->items[0].segment_code, "a");
}

static void what_was_promised_between_cues_was_promised_whole(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    two_notices(world);
    struct fault fault = {0};
    assert_int_equal(db_run(world->db, &fault,
                            "UPDATE segment SET frames = frames + 96000, cue_in_frames = 48000,"
                            " cue_out_frames = frames + 48000 WHERE code = 'a'",
                            ""),
                     0);
    store(world, "2023-05-10", "2023-05-10T08:00");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10T08:00", "2023-05-11");
    assert_true(plan->items[0].repeat && plan->items[1].repeat);
}

static void what_is_withheld_is_read_from_the_calendars_as_they_are_now(void **state)
{
    (void)state;
    static const char text[] = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:m\r\n"
                               "DTSTART;VALUE=DATE:20230501\r\nDURATION:P9D\r\n"
                               "X-LOA-MODE:quoc-tang\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    AUTO(world_destroy) struct world *world = world_make(2);
    two_notices(world);
    world_mode(world, "ca-nhac", "2023-01-01", "2023-01-02");
    store(world, "2023-05-09", "2023-05-11");
    struct fault fault = {0};
    struct findings findings = {0};
    AUTO(calendars_destroy) struct calendars *calendars = NULL;
    assert_int_equal(calendars_parse(&world->station, 0, "regular.ics", text, sizeof text - 1,
                                     &calendars, &findings),
                     0);
    struct segments segments = world_segments(world);
    struct planner_inputs inputs = {.station = &world->station,
                                    .calendars = calendars,
                                    .segments = &segments,
                                    .db = world->db};
    AUTO(plan_destroy) struct plan *plan = NULL;
    assert_int_equal(plan_load(&inputs, at_us("2023-05-09T12:00"), at_us("2023-05-11"), &plan,
                               &fault),
                     0);
    assert_int_equal(plan->n_withheld, 1);
    assert_true(plan->withheld[0].from_frame == at_frame("2023-05-01"));
    assert_true(plan->withheld[0].until_frame == at_frame("2023-05-10"));
    assert_int_equal(line_set_count(plan->withheld[0].lines), 2);
    assert_string_equal(plan->withheld[0].kind, "ca-nhac");
}

static void what_is_carried_live_is_loaded_as_it_was_planned(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    struct source_def vov1 = {.id = "vov1",
                              .title = "VOV1",
                              .target = "https://vov.example/1",
                              .kind = station_find_kind(&world->station, "tiep-song"),
                              .topic = SIZE_MAX};
    struct source_def tuner = {.id = "tuner",
                               .title = "Tuner",
                               .target = "Line In",
                               .kind = vov1.kind,
                               .topic = SIZE_MAX,
                               .channels = {2},
                               .n_channels = 1};
    world->station.relays = &vov1;
    world->station.n_relays = 1;
    world->station.inputs = &tuner;
    world->station.n_inputs = 1;
    struct slot *slot = world_attached(world, "relay", "2023-05-10T06:00", 5, "vov1");
    ((struct attachment *)(uintptr_t)slot->attachments)->kind = ATTACH_RELAY;
    slot = world_attached(world, "input", "2023-05-10T07:00", 5, "tuner");
    ((struct attachment *)(uintptr_t)slot->attachments)->kind = ATTACH_INPUT;
    world_slot(world, "again", "2023-05-11T06:00", 10)->repeat_of = "relay";
    world_open_db(world);
    store(world, "2023-05-10", "2023-05-11");
    assert_loads(world, "2023-05-10", "2023-05-11",
                 "06:00:00 300s https://vov.example/1 l0-1 complete in0.2 out0.2\n"
                 "07:00:00 300s Line In#2 l0-1 complete in0.2 out0.2\n");
    AUTO(plan_destroy) struct plan *plan = load(world, "2023-05-10", "2023-05-11");
    assert_int_equal(plan->items[0].source, ITEM_SOURCE_RELAY);
    assert_string_equal(plan->items[0].source_name, "relay:vov1");
    assert_string_equal(plan->items[0].title, "VOV1");
    assert_int_equal(plan->items[0].whole_frames, plan->items[0].n_frames);
    assert_int_equal(plan->items[0].channels, 2);
    assert_int_equal(plan->items[1].source, ITEM_SOURCE_INPUT);
    vov1.target = "https://vov.example/2"; /* as the station file has it by then */
    AUTO(plan_destroy) struct plan *next = world_plan(world, "2023-05-11", "2023-05-12");
    AUTO_FREE char *text = plan_text(next);
    assert_string_equal(text, "06:00:00 600s https://vov.example/2 l0-1 complete in0.2 out0.2\n");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_carried_live_is_loaded_as_it_was_planned),
    cmocka_unit_test(what_is_stored_is_loaded_to_the_frame),
    cmocka_unit_test(windows_made_one_after_the_other_are_the_plan_made_at_once),
    cmocka_unit_test(storing_again_replaces_only_the_slots_of_its_window),
    cmocka_unit_test(what_is_frozen_skips_the_time_in_which_no_radio_ran),
    cmocka_unit_test(a_recording_withdrawn_since_is_refused),
    cmocka_unit_test(what_was_over_before_a_withdrawal_stays_as_planned),
    cmocka_unit_test(a_newer_version_does_not_change_what_was_promised),
    cmocka_unit_test(lines_the_station_no_longer_has_are_left_out),
    cmocka_unit_test(a_slot_that_moved_stands_only_where_it_is_now),
    cmocka_unit_test(a_plan_that_cannot_be_stored_leaves_the_old_one),
    cmocka_unit_test(what_the_ledger_has_already_is_not_counted_twice),
    cmocka_unit_test(what_was_promised_between_cues_was_promised_whole),
    cmocka_unit_test(what_is_withheld_is_read_from_the_calendars_as_they_are_now),
};
TEST_MAIN(tests)
