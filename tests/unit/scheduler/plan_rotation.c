/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/zone.h"
#include "tests/fakes/plan_world.h"

/* What rotation chooses, and how it explains that. */

static struct slot *rotated(struct world *world, const char *uid, const char *start, double minutes,
                            const char *wants)
{
    struct slot *slot = world_slot(world, uid, start, minutes);
    slot_wants(world, slot, wants);
    return slot;
}

static void expect_plan(struct world *world, const char *expected)
{
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
    plan_assert_sound(plan);
    AUTO_FREE char *text = plan_text(plan);
    assert_string_equal(text, expected);
}

/* Why the n-th item of 2023-05-10 to 2023-05-14 airs. */
static void expect_reason(struct world *world, size_t n, const char *expected)
{
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-14");
    assert_true(n < plan->n_items);
    assert_string_equal(plan->items[n].reason, expected);
}

static void a_choice_tells_of_quota_hearing_and_fit_in_one_sentence(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    size_t reform = world_topic(world, "tthc", SIZE_MAX);
    world->topics[reform].title = "Thủ tục hành chính";
    world_quota(world, reform, 3600);
    world_segment(world, "a", "bai", "tthc", 100);
    world_segment(world, "b", "bai", "tthc", 90.5);
    world_segment(world, "c", "bai", NULL, 3700);
    slot_on(world, rotated(world, "1", "2023-05-10T06:00", 1.7, "tthc"), "0");
    slot_on(world, rotated(world, "2", "2023-05-10T07:00", 2, "tthc"), "1");
    slot_on(world, rotated(world, "3", "2023-05-10T08:00", 2, "tthc"), "1");
    slot_on(world, rotated(world, "4", "2023-05-12T17:00", 4.5, "tthc"), "1");
    slot_on(world, rotated(world, "5", "2023-05-12T18:00", 75, "bai"), "0");
    world->station.filler = NULL;
    expect_reason(world, 0,
                  "Thủ tục hành chính is 21 min behind its quota; it has never aired; "
                  "fits 1:40 of 1:42");
    expect_reason(world, 2,
                  "Thủ tục hành chính is 18 min behind its quota; these lines have "
                  "never heard it; fits 1:40 of 2:00");
    expect_reason(world, 3,
                  "Thủ tục hành chính is 17 min behind its quota; longest unaired here, "
                  "since 2023-05-10; fits 1:30 of 4:30");
    expect_reason(world, 4,
                  "Thủ tục hành chính is 15 min behind its quota; unheard here since "
                  "2023-05-10; fits 1:40 of 2:59");
    expect_reason(world, 7, "it has never aired; fits 1:01:40 of 1:11:49");
}

/* Two of 170 s and 180 s that were heard a day apart from each other, and a slot for one. */
static struct world *last_place(const char *long_ago, const char *late)
{
    struct world *world = world_make(1);
    world_segment(world, "a", "bai", NULL, 170);
    world_segment(world, "b", "bai", NULL, 180);
    slot_attach(world, world_slot(world, "a", long_ago, 3), "a");
    slot_attach(world, world_slot(world, "b", late, 3), "b");
    rotated(world, "slot", "2023-05-13T17:00", 4, "bai");
    world->station.filler = NULL;
    return world;
}

static void a_slots_last_place_goes_to_the_fullest_that_is_due(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *due = last_place("2023-05-10T17:00", "2023-05-12T04:59");
    due->lines[0].hours = world_hours(due, 0, 24 * 60);
    expect_reason(due, 2, "longest unaired here, since 2023-05-10; fits 2:50 of 4:00");
    AUTO(world_destroy) struct world *fuller = last_place("2023-05-10T17:00", "2023-05-11T16:00");
    expect_reason(fuller, 2,
                  "unheard here since 2023-05-11; fits 3:00 of 4:00, more than what was "
                  "unheard for longer");
}

static void what_is_short_has_its_turn_at_slots_ends_too(void **state)
{
    (void)state;
    static const char *const codes[] = {"a", "b", "c", "d"};
    AUTO(world_destroy) struct world *world = world_make(1);
    int heard[4] = {0};
    char starts[120][ZONE_INSTANT_MAX];
    for (int i = 0; i < 4; i++) {
        world_segment(world, codes[i], "bai", NULL, 300 + i);
    }
    for (int day = 0; day < 120; day++) {
        zone_format_instant(at_us("2023-01-01T17:00") + day * 86400000000LL, starts[day]);
        rotated(world, starts[day], starts[day], 6, "bai");
    }
    world->station.filler = NULL;
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-01-01", "2023-05-01");
    assert_int_equal(plan->n_items, 120);
    for (size_t i = 0; i < plan->n_items; i++) {
        heard[plan->items[i].segment_code[0] - 'a']++;
    }
    for (int i = 0; i < 4; i++) {
        assert_in_range(heard[i], 120 / 7, 120 / 2);
    }
}

/* Kinds of the station's own, of which one has hours. */
static void kind_hours(struct world *world, struct kind_def kinds[static WORLD_MAX], const char *id,
                       int from_min, int until_min)
{
    memcpy(kinds, world->station.kinds, world->station.n_kinds * sizeof *kinds);
    kinds[station_find_kind(&world->station, id)].hours = world_hours(world, from_min, until_min);
    world->station.kinds = kinds;
}

static void a_kind_is_chosen_in_its_hours_and_ends_in_them(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    struct kind_def kinds[WORLD_MAX];
    kind_hours(world, kinds, "bai", 16 * 60, 17 * 60 + 5);
    world_segment(world, "a", "bai", NULL, 400);
    world_segment(world, "b", "bai", NULL, 200);
    world_segment(world, "c", "tin", NULL, 100);
    rotated(world, "inside", "2023-05-10T17:00", 10, "bai");
    rotated(world, "after", "2023-05-10T18:00", 10, "bai");
    slot_attach(world, world_slot(world, "named", "2023-05-10T19:00", 10), "a");
    rotated(world, "mixed", "2023-05-10T20:00", 10, "bai tin");
    world->station.filler = NULL;
    expect_plan(world, "17:00:00 200s b l0 complete\n"
                       "18:00:00 unfilled (after) l0: every recording that matches is of a kind "
                       "for other hours of the day\n"
                       "19:00:00 400s a l0 complete\n"
                       "20:00:00 100s c l0 complete\n");
}

static void filler_waits_for_its_hours_and_ends_with_them(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    struct kind_def kinds[WORLD_MAX];
    kind_hours(world, kinds, "ca-nhac", 6 * 60, 18 * 60 + 7);
    world_segment(world, "song", "ca-nhac", NULL, 240);
    world_segment(world, "a", "bai", NULL, 60);
    slot_attach(world, world_slot(world, "morning", "2023-05-10T05:50", 15), "a");
    slot_attach(world, world_slot(world, "evening", "2023-05-10T18:00", 15), "a");
    slot_attach(world, world_slot(world, "night", "2023-05-10T19:00", 15), "a");
    expect_plan(world, "05:50:00 60s a l0 complete\n"
                       "06:00:00 240s song l0 complete filler\n"
                       "06:04:00 60s song l0 cut out2 repeat filler\n"
                       "18:00:00 60s a l0 complete repeat\n"
                       "18:01:00 240s song l0 complete repeat filler\n"
                       "18:05:00 120s song l0 cut out2 repeat filler\n"
                       "19:00:00 60s a l0 complete repeat\n");
}

static void what_follows_a_star_is_chosen_anew_when_its_hours_have_begun_or_ended(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    struct kind_def kinds[WORLD_MAX];
    kind_hours(world, kinds, "bai", 6 * 60, 18 * 60);
    world_segment(world, "n1", "tin", NULL, 240);
    world_segment(world, "n2", "tin", NULL, 240);
    world_segment(world, "long", "bai", NULL, 100);
    size_t clock = world_clock(world, "c", "* tin, 1 bai");
    world_slot(world, "begin", "2023-05-10T05:55", 10)->clock = clock;
    world_slot(world, "end", "2023-05-11T17:55", 10)->clock = clock;
    world->station.filler = NULL;
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-12");
    AUTO_FREE char *text = plan_text(plan);
    assert_string_equal(text, "05:55:00 240s n1 l0 complete\n"
                              "05:59:00 240s n2 l0 complete\n"
                              "06:03:00 100s long l0 complete\n"
                              "17:55:00 240s n1 l0 complete repeat\n"
                              "17:59:00 240s n2 l0 complete repeat\n"
                              "18:03:00 unfilled (end) l0: every recording that matches is of a "
                              "kind for other hours of the day\n");
}

static void what_follows_a_star_may_meet_a_mode_or_the_end_of_its_dates(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    size_t clock = world_clock(world, "c", "* tin, 1 bai");
    world_segment(world, "n1", "tin", NULL, 240);
    world_segment(world, "n2", "tin", NULL, 240);
    world_segment(world, "b1", "bai", NULL, 100)->valid_until_us = at_us("2023-05-10T17:05");
    world_segment(world, "b2", "bai", NULL, 100);
    world_slot(world, "dates", "2023-05-10T17:00", 10)->clock = clock;
    world_slot(world, "mode", "2023-05-11T17:00", 10)->clock = clock;
    world_mode(world, "bai", "2023-05-11T17:05", "2023-05-11T18:00");
    world->station.filler = NULL;
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-12");
    AUTO_FREE char *text = plan_text(plan);
    assert_string_equal(text, "17:00:00 240s n1 l0 complete\n"
                              "17:04:00 240s n2 l0 complete\n"
                              "17:08:00 100s b2 l0 complete\n"
                              "17:00:00 240s n1 l0 complete repeat\n"
                              "17:04:00 240s n2 l0 complete repeat\n"
                              "17:08:00 unfilled (mode) l0: every recording that matches is of a "
                              "kind that a station mode withholds\n");
}

static void what_is_not_chosen_says_who_asked_for_it(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "tune", "nhac-hieu", NULL, 10);
    world_segment(world, "a", "bai", NULL, 60);
    world_segment(world, "song", "ca-nhac", NULL, 600);
    struct slot *evening = rotated(world, "Evening", "2023-05-10T17:00", 3, "bai");
    evening->clock = world_clock(world, "evening", "segment:tune, 1 bai");
    world->clocks[evening->clock].title = "Evening programme";
    slot_attach(world, world_slot(world, "named", "2023-05-11T05:00", 1), "a");
    world_slot(world, "morning", "2023-05-12T05:00", 2)->repeat_of = "Evening";
    world->station.filler = NULL;
    expect_reason(world, 0, "clock Evening programme names it");
    expect_reason(world, 2, "the calendar names it");
    expect_reason(world, 3, "repeats Evening of 2023-05-10");
    world->station.filler = "ca-nhac";
    expect_reason(world, 2, "fills what the slot left over");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_choice_tells_of_quota_hearing_and_fit_in_one_sentence),
    cmocka_unit_test(a_slots_last_place_goes_to_the_fullest_that_is_due),
    cmocka_unit_test(what_is_short_has_its_turn_at_slots_ends_too),
    cmocka_unit_test(a_kind_is_chosen_in_its_hours_and_ends_in_them),
    cmocka_unit_test(filler_waits_for_its_hours_and_ends_with_them),
    cmocka_unit_test(what_follows_a_star_is_chosen_anew_when_its_hours_have_begun_or_ended),
    cmocka_unit_test(what_follows_a_star_may_meet_a_mode_or_the_end_of_its_dates),
    cmocka_unit_test(what_is_not_chosen_says_who_asked_for_it),
};
TEST_MAIN(tests)
