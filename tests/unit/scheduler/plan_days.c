/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/frames.h"
#include "base/zone.h"
#include "tests/fakes/plan_world.h"

/* Hours and levels by the wall clock, as instants; on nights when clocks change too. */

static const struct daily_gain quiet_morning = {.range = {.from_min = 5 * 60, .until_min = 6 * 60},
                                                .db = -9};

static void assert_level(const struct plan *plan, size_t i, const char *from, uint32_t line,
                         bool open, double gain_db)
{
    assert_true(i < plan->n_levels);
    assert_int_equal(plan->levels[i].from_frame, at_frame(from));
    assert_int_equal(plan->levels[i].line, line);
    assert_int_equal(plan->levels[i].open, open);
    assert_true(plan->levels[i].gain_db == gain_db);
}

static void levels_say_when_each_line_opens_and_how_loud_it_is(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world->lines[1].level = (struct level){.base_db = 1, .ranges = &quiet_morning, .n = 1};
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10T04:00", "2023-05-11");
    assert_level(plan, 0, "2023-05-10T04:00", 0, false, 0);
    assert_level(plan, 1, "2023-05-10T04:00", 1, false, 1);
    assert_level(plan, 2, "2023-05-10T05:00", 0, true, 0);
    assert_level(plan, 3, "2023-05-10T05:00", 1, true, -9);
    assert_level(plan, 4, "2023-05-10T06:00", 1, true, 1);
    assert_level(plan, 5, "2023-05-10T21:00", 0, false, 0);
    assert_level(plan, 6, "2023-05-10T21:00", 1, false, 1);
    assert_int_equal(plan->n_levels, 7);
}

static void levels_reach_as_far_as_the_last_item_sounds(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world->lines[0].level = (struct level){.ranges = &quiet_morning, .n = 1};
    world->lines[0].hours = world_hours(world, 0, 24 * 60);
    world_segment(world, "night", "ca-nhac", NULL, 8 * 3600);
    struct slot *slot = world_slot(world, "night", "2023-05-10T23:00", 8 * 60);
    slot_attach(world, slot, "night");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10T22:00", "2023-05-11");
    assert_level(plan, 0, "2023-05-10T22:00", 0, true, 0);
    assert_level(plan, 1, "2023-05-11T05:00", 0, true, -9);
    assert_level(plan, 2, "2023-05-11T06:00", 0, true, 0);
    assert_int_equal(plan->n_levels, 3);
}

/* On each minute, a level says what the station file says of that minute. */
static void assert_levels_follow_the_wall_clock(const char *zone, const char *from, const char *to)
{
    AUTO(world_destroy) struct world *world = world_make(1);
    assert_int_equal(zone_use(zone, NULL), 0);
    struct daily_range ranges[] = {{.from_min = 0, .until_min = 150},
                                   {.from_min = 160, .until_min = 1440}};
    world->lines[0].hours = (struct hours){.ranges = ranges, .n = 2};
    world->lines[0].level = (struct level){.ranges = &quiet_morning, .n = 1};
    AUTO(plan_destroy) struct plan *plan = world_plan(world, from, to);
    size_t i = 0;
    for (int64_t us = at_us(from); us < at_us(to); us += 60000000) {
        while (i + 1 < plan->n_levels && plan->levels[i + 1].from_frame <= frames_from_us(us)) {
            i++;
        }
        struct civil civil;
        zone_to_civil(us, &civil);
        int minute = civil.hour * 60 + civil.minute;
        assert_int_equal(plan->levels[i].open, hours_hold(world->lines[0].hours, minute));
        assert_true(plan->levels[i].gain_db == level_at(world->lines[0].level, minute));
    }
}

static void a_night_when_clocks_change_is_right_to_the_minute(void **state)
{
    (void)state;
    assert_levels_follow_the_wall_clock("Europe/Berlin", "2026-10-23T12:00", "2026-10-27T12:00");
    assert_levels_follow_the_wall_clock("Europe/Berlin", "2026-03-27T12:00", "2026-03-31T12:00");
    assert_levels_follow_the_wall_clock("Australia/Lord_Howe", "2026-04-04", "2026-04-07");
    assert_levels_follow_the_wall_clock("America/Santiago", "2026-09-05", "2026-09-08");
    assert_int_equal(zone_use("Asia/Ho_Chi_Minh", NULL), 0);
}

static void a_slot_lasts_as_long_as_time_does_when_the_clock_goes_back(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    assert_int_equal(zone_use("Europe/Berlin", NULL), 0);
    world->lines[0].hours = world_hours(world, 0, 24 * 60);
    world_segment(world, "night", "bai", NULL, 6 * 3600);
    struct slot *slot = world_slot(world, "night-mix", "2026-10-25T00:00", 1);
    slot->end_us = at_us("2026-10-25T05:00");
    slot_attach(world, slot, "night");
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2026-10-25", "2026-10-26");
    assert_int_equal(plan->n_items, 1);
    assert_int_equal(plan->items[0].n_frames, 1036800000);
    assert_int_equal(plan->items[0].end_cause, END_COMPLETE);
    assert_int_equal(zone_use("Asia/Ho_Chi_Minh", NULL), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(levels_say_when_each_line_opens_and_how_loud_it_is),
    cmocka_unit_test(levels_reach_as_far_as_the_last_item_sounds),
    cmocka_unit_test(a_night_when_clocks_change_is_right_to_the_minute),
    cmocka_unit_test(a_slot_lasts_as_long_as_time_does_when_the_clock_goes_back),
};
TEST_MAIN(tests)
