/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/fakes/plan_world.h"

/* Who holds which line when, and what is left of an item that loses some. */

static const char DAY[] = "2023-05-10";
static const char NEXT_DAY[] = "2023-05-11";

static void expect_plan(struct world *world, const char *expected)
{
    AUTO(plan_destroy) struct plan *plan = world_plan(world, DAY, NEXT_DAY);
    plan_assert_sound(plan);
    AUTO_FREE char *text = plan_text(plan);
    assert_string_equal(text, expected);
}

static void a_notice_interrupts_its_lines_and_the_programme_goes_on_in_progress(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(4);
    world_segment(world, "feature", "chuyen-muc", NULL, 600);
    world_segment(world, "notice", "thong-bao", NULL, 60);
    world_attached(world, "programme", "2023-05-10T17:00", 10, "feature");
    slot_on(world, world_attached(world, "notice", "2023-05-10T17:02", 10, "notice"), "1 2");
    expect_plan(world, "17:00:00 600s feature l0,3 complete\n"
                       "17:00:00 120s feature l1-2 preempted out0.2\n"
                       "17:02:00 60s notice l1-2 complete\n"
                       "17:03:00 420s@180 feature l1-2 complete in0.2\n");
}

static void a_better_priority_keeps_its_lines_from_a_later_start(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "feature", "chuyen-muc", NULL, 600);
    world_segment(world, "news", "tin", NULL, 300);
    world_attached(world, "important", "2023-05-10T17:00", 10, "feature")->priority = 3;
    world_attached(world, "later", "2023-05-10T17:05", 10, "news");
    expect_plan(
        world,
        "17:00:00 600s feature l0-1 complete\n"
        "17:05:00 refused (news) l0-1: when it would have aired, its lines were closed or held by "
        "what ranks higher\n");
}

static void priorities_from_five_to_nine_are_equal_and_the_later_start_wins(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "first", "bai", NULL, 600);
    world_segment(world, "second", "tin", NULL, 300);
    world_attached(world, "a", "2023-05-10T17:00", 10, "first")->priority = 5;
    world_attached(world, "b", "2023-05-10T17:05", 5, "second")->priority = 9;
    expect_plan(world, "17:00:00 300s first l0 preempted out0.2\n"
                       "17:05:00 300s second l0 complete\n");
}

static void at_the_same_start_the_higher_layer_wins_and_then_the_smaller_uid(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "low", "bai", NULL, 300);
    world_segment(world, "high", "bai", NULL, 300);
    world_segment(world, "other", "bai", NULL, 300);
    world_attached(world, "a", "2023-05-10T17:00", 5, "low");
    struct slot *b = world_attached(world, "b", "2023-05-10T17:00", 5, "high");
    b->layer = 1;
    slot_on(world, b, "0");
    slot_on(world, world_attached(world, "c", "2023-05-10T17:00", 5, "other"), "1");
    expect_plan(world,
                "17:00:00 refused (a) l0: what ranks higher, such as b, holds these lines all the "
                "time\n"
                "17:00:00 300s high l0 complete\n"
                "17:00:00 300s low l1 complete\n"
                "17:00:00 refused (c) l1: what ranks higher, such as a, holds these lines all the "
                "time\n");
}

static void a_layer_silences_the_one_it_replaces_between_its_dates(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world->layers[1].replaces = 0;
    world->layers[1].from_us = at_us("2023-05-10T12:00");
    world->layers[1].until_us = at_us("2023-05-10T18:00");
    world_segment(world, "bai-1", "bai", NULL, 300);
    world_attached(world, "morning", "2023-05-10T11:00", 5, "bai-1");
    world_attached(world, "evening", "2023-05-10T17:00", 5, "bai-1");
    world_attached(world, "night", "2023-05-10T18:00", 5, "bai-1");
    world_attached(world, "party", "2023-05-10T16:00", 5, "bai-1")->layer = 1;
    expect_plan(world,
                "11:00:00 300s bai-1 l0 complete\n"
                "16:00:00 300s bai-1 l0 complete repeat\n"
                "17:00:00 refused (evening) l0: layer campaign takes the place of its layer\n"
                "18:00:00 300s bai-1 l0 complete repeat\n");
}

static void what_is_tentative_or_refused_never_airs_and_says_why(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "bai-1", "bai", NULL, 300);
    world_attached(world, "maybe", "2023-05-10T11:00", 5, "bai-1")->state = SLOT_TENTATIVE;
    struct slot *refused = world_attached(world, "wrong", "2023-05-10T12:00", 5, "bai-1");
    refused->state = SLOT_REFUSED;
    refused->reason = "zone ven-song had ended by then";
    world_attached(world, "gone", "2023-05-10T13:00", 5, "bai-1")->state = SLOT_CANCELLED;
    expect_plan(world, "11:00:00 refused (maybe) l0: it is tentative and airs only when it is "
                       "confirmed\n"
                       "12:00:00 refused (wrong) l0: zone ven-song had ended by then\n");
}

static void sound_stops_at_the_closing_hour_and_nothing_starts_after_it(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(3);
    world->lines[2].hours = world_hours(world, 0, 24 * 60);
    world_segment(world, "feature", "chuyen-muc", NULL, 1200);
    world_attached(world, "late", "2023-05-10T20:50", 20, "feature");
    world_attached(world, "night", "2023-05-10T22:00", 20, "feature");
    expect_plan(world,
                "20:50:00 600s feature l0-1 cut out0.2\n"
                "20:50:00 1200s feature l2 complete\n"
                "22:00:00 refused (night) l0-1: these lines are closed at that time; only an "
                "emergency may sound\n"
                "22:00:00 1200s feature l2 complete repeat\n");
}

static void only_an_emergency_sounds_outside_the_hours(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "flood", "khan-cap", NULL, 60);
    world_segment(world, "tune", "nhac-hieu", NULL, 10);
    world_attached(world, "flood", "2023-05-10T03:15", 5, "tune flood")->priority = 1;
    world_attached(world, "not-urgent", "2023-05-10T03:30", 5, "flood")->priority = 2;
    world_attached(world, "early", "2023-05-10T04:59:30", 1, "flood")->priority = 2;
    expect_plan(
        world,
        "03:15:00 refused (tune) l0: when it would have aired, its lines were closed or held by "
        "what ranks higher\n"
        "03:15:10 60s flood l0 complete\n"
        "03:30:00 refused (not-urgent) l0: these lines are closed at that time; "
        "only an emergency may sound\n"
        "05:00:00 30s@30 flood l0 complete in0.2 repeat\n");
}

static void what_may_not_sound_takes_no_line_from_an_emergency(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "flood", "khan-cap", NULL, 60);
    world_segment(world, "bai-1", "bai", NULL, 60);
    world_attached(world, "flood", "2023-05-10T03:15:00", 5, "flood")->priority = 1;
    world_attached(world, "wrong", "2023-05-10T03:15:30", 5, "bai-1")->priority = 1;
    expect_plan(world, "03:15:00 60s flood l0 complete\n"
                       "03:15:30 refused (wrong) l0: these lines are closed at that time; only a "
                       "recording of kind khan-cap may sound then\n");
}

static void a_programme_crosses_midnight_and_belongs_to_the_day_it_starts(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world->lines[0].hours = world_hours(world, 0, 24 * 60);
    world_segment(world, "long", "bai", NULL, 1200);
    world_attached(world, "yesterday", "2023-05-09T23:50", 20, "long");
    world_attached(world, "today", "2023-05-10T23:50", 20, "long");
    expect_plan(world, "23:50:00 1200s long l0 complete\n");
}

static void what_runs_into_the_window_still_holds_its_lines(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world->lines[0].hours = world_hours(world, 0, 24 * 60);
    world_segment(world, "long", "bai", NULL, 1200);
    world_segment(world, "short", "tin", NULL, 900);
    world_attached(world, "yesterday", "2023-05-09T23:50", 20, "long")->priority = 2;
    world_attached(world, "today", "2023-05-10T00:00", 15, "short");
    expect_plan(world, "00:10:00 300s@600 short l0 complete in0.2\n");
}

static void a_soft_start_lets_the_running_item_finish(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "one", "bai", NULL, 90);
    world_segment(world, "two", "bai", NULL, 90);
    world_segment(world, "news", "tin", NULL, 60);
    world_attached(world, "a", "2023-05-10T17:00", 10, "one two");
    struct slot *soft = world_attached(world, "b", "2023-05-10T17:01", 2, "news");
    soft->start_rule = START_SOFT;
    soft->soft_us = 120 * 1000000;
    slot_on(world, soft, "1");
    world->station.filler = NULL;
    expect_plan(world, "17:00:00 90s one l0-1 complete\n"
                       "17:01:30 90s two l0 complete\n"
                       "17:01:30 60s news l1 complete\n");
}

static void a_soft_start_waits_no_longer_than_it_says(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "one", "bai", NULL, 300);
    world_segment(world, "news", "tin", NULL, 60);
    world_attached(world, "a", "2023-05-10T17:00", 5, "one");
    struct slot *soft = world_attached(world, "b", "2023-05-10T17:04", 1, "news");
    soft->start_rule = START_SOFT;
    soft->soft_us = 10 * 1000000;
    expect_plan(world, "17:00:00 250s one l0 preempted out0.2\n"
                       "17:04:10 50s news l0 cut out2\n");
}

static void what_may_finish_pushes_a_following_start_that_waits(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "one", "bai", NULL, 330);
    world_segment(world, "news", "tin", NULL, 60);
    world_attached(world, "a", "2023-05-10T17:00", 5, "one")->overrun_rule = OVERRUN_PUSH;
    world_attached(world, "b", "2023-05-10T17:05", 2, "news")->start_rule = START_NEXT;
    world->station.filler = NULL;
    expect_plan(world, "17:00:00 330s one l0 complete\n"
                       "17:05:30 60s news l0 complete\n");
}

static void a_hard_start_cuts_what_would_have_finished(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "one", "bai", NULL, 330);
    world_segment(world, "news", "tin", NULL, 60);
    world_attached(world, "a", "2023-05-10T17:00", 5, "one")->overrun_rule = OVERRUN_FINISH;
    slot_on(world, world_attached(world, "b", "2023-05-10T17:05", 1, "news"), "1");
    expect_plan(world, "17:00:00 330s one l0 complete\n"
                       "17:00:00 300s one l1 preempted out0.2\n"
                       "17:05:00 60s news l1 complete\n");
}

static void a_start_that_waits_past_its_own_end_is_refused(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "one", "bai", NULL, 600);
    world_segment(world, "news", "tin", NULL, 60);
    world_attached(world, "a", "2023-05-10T17:00", 10, "one");
    world_attached(world, "b", "2023-05-10T17:02", 2, "news")->start_rule = START_NEXT;
    expect_plan(world, "17:00:00 600s one l0 complete\n"
                       "17:10:00 refused (b) l0: what ran before it went on until its end\n");
}

static void the_same_event_in_two_layers_airs_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "old", "bai", NULL, 60);
    world_segment(world, "new", "bai", NULL, 60);
    world_attached(world, "a", "2023-05-10T17:00", 1, "old");
    world_attached(world, "a", "2023-05-10T17:00", 1, "new")->layer = 1;
    expect_plan(world, "17:00:00 60s new l0 complete\n");
    world->layers[1].from_us = at_us("2023-06-01"); /* not valid yet */
    expect_plan(world, "17:00:00 60s old l0 complete\n");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_notice_interrupts_its_lines_and_the_programme_goes_on_in_progress),
    cmocka_unit_test(a_better_priority_keeps_its_lines_from_a_later_start),
    cmocka_unit_test(priorities_from_five_to_nine_are_equal_and_the_later_start_wins),
    cmocka_unit_test(at_the_same_start_the_higher_layer_wins_and_then_the_smaller_uid),
    cmocka_unit_test(a_layer_silences_the_one_it_replaces_between_its_dates),
    cmocka_unit_test(what_is_tentative_or_refused_never_airs_and_says_why),
    cmocka_unit_test(sound_stops_at_the_closing_hour_and_nothing_starts_after_it),
    cmocka_unit_test(only_an_emergency_sounds_outside_the_hours),
    cmocka_unit_test(what_may_not_sound_takes_no_line_from_an_emergency),
    cmocka_unit_test(a_programme_crosses_midnight_and_belongs_to_the_day_it_starts),
    cmocka_unit_test(what_runs_into_the_window_still_holds_its_lines),
    cmocka_unit_test(a_soft_start_lets_the_running_item_finish),
    cmocka_unit_test(a_soft_start_waits_no_longer_than_it_says),
    cmocka_unit_test(what_may_finish_pushes_a_following_start_that_waits),
    cmocka_unit_test(a_hard_start_cuts_what_would_have_finished),
    cmocka_unit_test(a_start_that_waits_past_its_own_end_is_refused),
    cmocka_unit_test(the_same_event_in_two_layers_airs_once),
};
TEST_MAIN(tests)
