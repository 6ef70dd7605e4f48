/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/fakes/plan_world.h"

/* What a station mode withholds, and what is heard in its place. */

static const char DAY[] = "2023-05-10";
static const char NEXT_DAY[] = "2023-05-11";

static void expect_plan(struct world *world, const char *expected)
{
    AUTO(plan_destroy) struct plan *plan = world_plan(world, DAY, NEXT_DAY);
    plan_assert_sound(plan);
    AUTO_FREE char *text = plan_text(plan);
    assert_string_equal(text, expected);
}

static void what_is_named_is_refused_and_what_follows_comes_at_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "tune", "nhac-hieu", NULL, 30);
    world_segment(world, "news", "tin", NULL, 300);
    world_segment(world, "song", "ca-nhac", NULL, 120);
    world_mode(world, "ca-nhac nhac-hieu", "2023-05-09", "2023-05-12");
    world_attached(world, "morning", "2023-05-10T06:00", 10, "tune news song");
    expect_plan(world, "06:00:00 refused (tune) l0-1: the station mode \"Quốc tang\" withholds "
                       "recordings of kind nhac-hieu at that time\n"
                       "06:00:00 300s news l0-1 complete\n"
                       "06:05:00 refused (song) l0-1: the station mode \"Quốc tang\" withholds "
                       "recordings of kind ca-nhac at that time\n");
}

static void where_the_mode_does_not_hold_the_programme_is_heard_whole(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(4);
    world_segment(world, "song", "ca-nhac", NULL, 120);
    world_segment(world, "news", "tin", NULL, 60);
    slot_on(world, world_mode(world, "ca-nhac", DAY, NEXT_DAY), "1 2");
    world->station.filler = NULL;
    world_attached(world, "morning", "2023-05-10T06:00", 3, "song news");
    expect_plan(world, "06:00:00 120s song l0,3 complete\n"
                       "06:00:00 refused (song) l1-2: the station mode \"Quốc tang\" withholds "
                       "recordings of kind ca-nhac at that time\n"
                       "06:02:00 60s news l0-3 complete\n");
}

static void what_sounds_when_the_mode_begins_is_cut_there_and_comes_back_after_it(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "song", "ca-nhac", NULL, 600);
    world_mode(world, "ca-nhac", "2023-05-10T06:03", "2023-05-10T06:07");
    world_attached(world, "music", "2023-05-10T06:00", 10, "song");
    expect_plan(world, "06:00:00 180s song l0 cut out0.2\n"
                       "06:07:00 180s@420 song l0 complete in0.2\n");
}

static void modes_that_hold_at_once_withhold_all_that_each_of_them_does(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "song", "ca-nhac", NULL, 60);
    world_segment(world, "tune", "nhac-hieu", NULL, 60);
    world_segment(world, "news", "tin", NULL, 60);
    world_mode(world, "ca-nhac", "2023-05-10T05:00", "2023-05-10T06:02");
    world_mode(world, "nhac-hieu", "2023-05-10T06:00", "2023-05-10T06:01:30");
    world->station.filler = NULL;
    world_attached(world, "morning", "2023-05-10T06:00", 10, "song tune news song tune");
    expect_plan(world, "06:00:00 refused (song) l0: the station mode \"Quốc tang\" withholds "
                       "recordings of kind ca-nhac at that time\n"
                       "06:00:00 refused (tune) l0: the station mode \"Quốc tang\" withholds "
                       "recordings of kind nhac-hieu at that time\n"
                       "06:00:00 60s news l0 complete\n"
                       "06:01:00 refused (song) l0: the station mode \"Quốc tang\" withholds "
                       "recordings of kind ca-nhac at that time\n"
                       "06:01:30 30s@30 tune l0 complete in0.2\n");
}

static void rotation_chooses_nothing_that_no_line_may_hear_whole(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "song", "ca-nhac", NULL, 300);
    world_segment(world, "news", "tin", NULL, 120);
    world_mode(world, "ca-nhac", "2023-05-10T06:04", "2023-05-10T20:00");
    world->station.filler = NULL;
    slot_wants(world, world_slot(world, "both", "2023-05-10T06:00", 10), "ca-nhac tin");
    slot_wants(world, world_slot(world, "music", "2023-05-10T12:00", 10), "ca-nhac");
    slot_wants(world, world_slot(world, "night", "2023-05-10T20:00", 10), "ca-nhac");
    expect_plan(world,
                "06:00:00 120s news l0-1 complete\n"
                "12:00:00 unfilled (music) l0-1: every recording that matches is of a kind that a "
                "station mode withholds\n"
                "20:00:00 300s song l0-1 complete\n");
}

static void filler_waits_until_the_mode_is_over(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "song", "ca-nhac", NULL, 240);
    world_segment(world, "news", "tin", NULL, 60);
    world_mode(world, "ca-nhac", "2023-05-10T05:00", "2023-05-10T06:05");
    world_attached(world, "morning", "2023-05-10T06:00", 10, "news");
    expect_plan(world, "06:00:00 60s news l0-1 complete\n"
                       "06:05:00 240s song l0-1 complete filler\n"
                       "06:09:00 60s song l0-1 cut out2 repeat filler\n");
}

static void filler_goes_on_where_the_mode_does_not_hold(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "song", "ca-nhac", NULL, 240);
    world_segment(world, "news", "tin", NULL, 60);
    slot_on(world, world_mode(world, "ca-nhac", DAY, NEXT_DAY), "1");
    world_attached(world, "morning", "2023-05-10T06:00", 5, "news");
    expect_plan(world, "06:00:00 60s news l0-1 complete\n"
                       "06:01:00 240s song l0 complete filler\n");
}

static void what_a_mode_withholds_interrupts_nothing(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "tune", "nhac-hieu", NULL, 30);
    world_segment(world, "feature", "chuyen-muc", NULL, 600);
    slot_on(world, world_mode(world, "nhac-hieu", DAY, NEXT_DAY), "1");
    world_attached(world, "feature", "2023-05-10T06:00", 10, "feature");
    world_attached(world, "chime", "2023-05-10T06:05", 1, "tune");
    expect_plan(world, "06:00:00 300s feature l0 preempted out0.2\n"
                       "06:00:00 600s feature l1 complete\n"
                       "06:05:00 30s tune l0 complete\n"
                       "06:05:00 refused (tune) l1: the station mode \"Quốc tang\" withholds "
                       "recordings of kind nhac-hieu at that time\n"
                       "06:05:30 270s@330 feature l0 complete in0.2\n");
}

static void a_mode_holds_only_while_it_is_confirmed_and_its_layer_is_heard(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world->layers[1].replaces = 0;
    world->layers[1].from_us = at_us("2023-05-10T12:00");
    world->layers[1].until_us = at_us("2023-05-10T18:00");
    world_segment(world, "song", "ca-nhac", NULL, 60);
    world_mode(world, "ca-nhac", "2023-05-10T06:00", "2023-05-10T07:00")->state = SLOT_TENTATIVE;
    world_mode(world, "ca-nhac", "2023-05-10T06:00", "2023-05-10T07:00")->state = SLOT_CANCELLED;
    world_mode(world, "ca-nhac", "2023-05-10T13:00", "2023-05-10T15:00");
    world_mode(world, "ca-nhac", "2023-05-10T14:00", "2023-05-10T15:00")->layer = 1;
    world->station.filler = NULL;
    world_attached(world, "a", "2023-05-10T06:00", 1, "song");
    world_attached(world, "b", "2023-05-10T13:00", 1, "song")->layer = 1;
    world_attached(world, "c", "2023-05-10T14:00", 1, "song")->layer = 1;
    expect_plan(world, "06:00:00 60s song l0 complete\n"
                       "13:00:00 60s song l0 complete repeat\n"
                       "14:00:00 refused (song) l0: the station mode \"Quốc tang\" withholds "
                       "recordings of kind ca-nhac at that time\n");
}

static void the_plan_tells_playout_what_is_withheld_joined_by_lines(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(10000);
    struct slot *first = world_mode(world, "ca-nhac nhac-hieu", "2023-05-09", "2023-05-10T12:00");
    struct slot *next = world_mode(world, "ca-nhac", "2023-05-10T12:00", NEXT_DAY);
    next->mode = first->mode;
    AUTO(plan_destroy) struct plan *plan = world_plan(world, DAY, NEXT_DAY);
    assert_int_equal(plan->n_withheld, 2);
    assert_string_equal(plan->withheld[0].kind, "ca-nhac");
    assert_string_equal(plan->withheld[1].kind, "nhac-hieu");
    for (size_t i = 0; i < 2; i++) {
        assert_true(plan->withheld[i].from_frame == at_frame("2023-05-09"));
        assert_true(plan->withheld[i].until_frame == at_frame(NEXT_DAY));
        assert_int_equal(line_set_count(plan->withheld[i].lines), 10000);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_named_is_refused_and_what_follows_comes_at_once),
    cmocka_unit_test(where_the_mode_does_not_hold_the_programme_is_heard_whole),
    cmocka_unit_test(what_sounds_when_the_mode_begins_is_cut_there_and_comes_back_after_it),
    cmocka_unit_test(modes_that_hold_at_once_withhold_all_that_each_of_them_does),
    cmocka_unit_test(rotation_chooses_nothing_that_no_line_may_hear_whole),
    cmocka_unit_test(filler_waits_until_the_mode_is_over),
    cmocka_unit_test(filler_goes_on_where_the_mode_does_not_hold),
    cmocka_unit_test(what_a_mode_withholds_interrupts_nothing),
    cmocka_unit_test(a_mode_holds_only_while_it_is_confirmed_and_its_layer_is_heard),
    cmocka_unit_test(the_plan_tells_playout_what_is_withheld_joined_by_lines),
};
TEST_MAIN(tests)
