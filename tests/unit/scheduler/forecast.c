/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scheduler/forecasts.h"

#include <string.h>

/* Small stations: what their year will lack, and what helps. */

static void what_the_slots_will_air_reaches_the_quota(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(3);
    year_quota(world, 0, (struct quota_def){.seconds = 60 * 60, .items = 20});
    recordings(world, "tin", "tin", "reform", 25);
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = "2023-01-01"});
    assert_int_equal(forecast.n, 2);
    assert_int_equal(forecast.items[0].measure, MEASURE_TIME);
    assert_int_equal(forecast.items[0].forecast, 93 * 60 * AIR_RATE);
    assert_int_equal(forecast.items[1].measure, MEASURE_ITEMS);
    assert_int_equal(forecast.items[1].forecast, 25);
    for (size_t i = 0; i < forecast.n; i++) {
        assert_int_equal(forecast.items[i].aired, 0);
        assert_int_equal(forecast.items[i].planned, 0);
        assert_int_equal(forecast.items[i].shortfall, 0);
        assert_int_equal(forecast.items[i].cause, FORECAST_REACHED);
        assert_true(forecast.items[i].first_week_us == INT64_MIN);
    }
}

static void recordings_that_have_had_their_first_run_leave_a_shortfall(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(2);
    year_quota(world, 0, (struct quota_def){.items = 20});
    recordings(world, "tin", "tin", "reform", 14);
    struct forecast_line line = only_line(world, "2023-01-01");
    assert_int_equal(line.asked, 20);
    assert_int_equal(line.forecast, 14);
    assert_int_equal(line.shortfall, 6);
    assert_int_equal(line.waiting, 0);
    assert_int_equal(line.cause, FORECAST_RECORDINGS);
    /* Two a day are new up to Saturday the 7th; from Sunday on the slots repeat. */
    assert_true(line.first_week_us == at_us("2023-01-02"));
    world_segment(world, "more-1", "tin", "reform", 60);
    world_segment(world, "more-2", "tin", "reform", 60);
    line = only_line(world, "2023-01-01");
    assert_int_equal(line.shortfall, 4);
    assert_true(line.first_week_us == at_us("2023-01-09")); /* Sunday is full now, too */
}

static void slots_that_are_full_leave_recordings_waiting(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_topic(world, "reform", SIZE_MAX);
    year_quota(world, 0, (struct quota_def){.items = 20});
    each_by_clock(world, daily(world, "news", "2023-03-01T17:00", 8, 5),
                  world_clock(world, "one", "1 tin"));
    recordings(world, "tin", "tin", "reform", 15);
    world_segment(world, "song", "ca-nhac", NULL, 240);
    struct forecast_line line = only_line(world, "2023-01-01");
    assert_int_equal(line.forecast, 8);
    assert_int_equal(line.shortfall, 12);
    assert_int_equal(line.waiting, 7);
    assert_int_equal(line.cause, FORECAST_FULL); /* its four minutes of songs take no second one */
    assert_true(line.first_week_us == INT64_MIN);
}

static void a_topic_that_no_slot_asks_for_needs_one(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(5);
    size_t other = world_topic(world, "other", SIZE_MAX);
    year_quota(world, other, (struct quota_def){.seconds = 600, .features = 1, .items = 3});
    recordings(world, "tin", "tin", "other", 4);
    recordings(world, "reform", "tin", "reform", 4);
    struct slot *named = world_slot(world, "named", "2023-02-01T17:00", 5);
    slot_attach(world, named, "tin-00"); /* leaves nothing to choose, but counts */
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = "2023-01-01"});
    assert_int_equal(forecast.n, 3);
    for (size_t i = 0; i < forecast.n; i++) {
        assert_int_equal(forecast.items[i].cause, FORECAST_NO_SLOT);
        assert_true(forecast.items[i].first_week_us == INT64_MIN);
    }
    assert_int_equal(forecast.items[0].shortfall, 540 * AIR_RATE);
    assert_int_equal(forecast.items[1].shortfall, 1);
    assert_int_equal(forecast.items[1].waiting, 0);
    assert_int_equal(forecast.items[2].shortfall, 2);
    assert_int_equal(forecast.items[2].waiting, 3);
}

static void a_slot_for_the_topic_above_asks_for_those_below(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(5);
    size_t below = world_topic(world, "below", 0);
    size_t beside = world_topic(world, "beside", 0);
    year_quota(world, 0, (struct quota_def){.items = 30});
    year_quota(world, below, (struct quota_def){.items = 30});
    recordings(world, "tin", "tin", "below", 10);
    each_wants(world, daily(world, "beside", "2023-02-01T17:00", 1, 5), "tin beside");
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = "2023-01-01"});
    assert_int_equal(forecast.n, 2);
    assert_int_equal(forecast.items[0].forecast, 10);
    assert_int_equal(forecast.items[1].forecast, 10);
    assert_true(forecast.items[1].first_week_us == at_us("2023-01-02"));
    /* The slot of the sister topic lets in what counts above, and not what is beside it. */
    for (size_t i = 0; i < 31; i++) {
        world->slots[i].state = SLOT_CANCELLED;
    }
    forecast = forecast_of(world, (struct ask_for){.now = "2023-01-01"});
    assert_true(forecast.items[0].first_week_us == at_us("2023-01-30"));
    assert_int_equal(forecast.items[1].cause, FORECAST_NO_SLOT);
    (void)beside;
}

static void the_first_week_may_come_with_a_campaign(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(2);
    year_quota(world, 0, (struct quota_def){.items = 100});
    recordings(world, "tin", "tin", "reform", 62);
    struct slot *campaign = daily(world, "campaign", "2023-02-20T11:00", 30, 2);
    each_wants(world, campaign, "tin reform");
    for (struct slot *slot = campaign; slot < &world->slots[world->n_slots]; slot++) {
        slot->layer = 1;
    }
    world->layers[1].from_us = at_us("2023-03-08"); /* a Wednesday */
    struct forecast_line line = only_line(world, "2023-01-01");
    assert_int_equal(line.forecast, 62); /* January is full of first runs */
    assert_int_equal(line.cause, FORECAST_RECORDINGS);
    assert_true(line.first_week_us == at_us("2023-03-06"));
}

static void time_that_goes_to_a_topic_past_its_quota_is_room(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    size_t rich = world_topic(world, "rich", SIZE_MAX);
    size_t poor = world_topic(world, "poor", SIZE_MAX);
    year_quota(world, rich, (struct quota_def){.items = 9});
    year_quota(world, poor, (struct quota_def){.items = 5});
    recordings(world, "tin", "tin", "rich", 60);
    each_by_clock(world, daily(world, "news", "2023-01-02T17:00", 28, 2),
                  world_clock(world, "one", "1 tin"));
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = "2023-01-01"});
    assert_int_equal(forecast.items[rich].forecast, 28);
    assert_int_equal(forecast.items[rich].cause, FORECAST_REACHED);
    assert_int_equal(forecast.items[poor].shortfall, 5);
    assert_int_equal(forecast.items[poor].cause, FORECAST_RECORDINGS);
    /* Rich needs nine days; the week that begins with its quota reached is the third. */
    assert_true(forecast.items[poor].first_week_us == at_us("2023-01-16"));
}

static void a_gap_too_short_for_any_recording_is_no_room(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_topic(world, "reform", SIZE_MAX);
    year_quota(world, 0, (struct quota_def){.seconds = 36000});
    world_segment(world, "long", "tin", "reform", 100);
    each_wants(world, daily(world, "news", "2023-01-02T17:00", 14, 3), "tin reform");
    struct forecast_line line = only_line(world, "2023-01-01");
    assert_int_equal(line.forecast, 1400 * AIR_RATE);
    assert_int_equal(line.cause, FORECAST_FULL); /* 80 s are left each day */
    world_segment(world, "short", "tin", "reform", 70);
    line = only_line(world, "2023-01-01");
    assert_int_equal(line.forecast, 14 * 170 * AIR_RATE);
    assert_int_equal(line.cause, FORECAST_FULL);
    world->slots[13].end_us += 90LL * 1000000;
    line = only_line(world, "2023-01-01");
    assert_int_equal(line.cause, FORECAST_RECORDINGS); /* both have aired in it already */
    assert_true(line.first_week_us == at_us("2023-01-09"));
}

static void a_slot_outside_a_kinds_hours_is_no_slot_for_it(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    struct kind_def kinds[WORLD_MAX];
    memcpy(kinds, world->station.kinds, world->station.n_kinds * sizeof *kinds);
    struct hours *hours = &kinds[station_find_kind(&world->station, "tin")].hours;
    world->station.kinds = kinds;
    world_topic(world, "reform", SIZE_MAX);
    year_quota(world, 0, (struct quota_def){.items = 9});
    recordings(world, "tin", "tin", "reform", 2);
    each_wants(world, daily(world, "noon", "2023-01-02T12:00", 14, 10), "tin reform");
    *hours = world_hours(world, 6 * 60, 12 * 60);
    assert_int_equal(only_line(world, "2023-01-01").cause, FORECAST_NO_SLOT);
    *hours = world_hours(world, 6 * 60, 12 * 60 + 2); /* full of what is there */
    assert_int_equal(only_line(world, "2023-01-01").cause, FORECAST_RECORDINGS);
}

static void a_week_in_which_a_mode_withholds_what_is_missing_has_no_room(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_topic(world, "reform", SIZE_MAX);
    year_quota(world, 0, (struct quota_def){.items = 9});
    recordings(world, "tin", "tin", "reform", 2);
    each_wants(world, daily(world, "noon", "2023-01-02T12:00", 14, 10), "tin reform");
    world_mode(world, "tin", "2023-01-02", "2023-01-09");
    struct forecast_line line = only_line(world, "2023-01-01");
    assert_int_equal(line.cause, FORECAST_RECORDINGS);
    assert_true(line.first_week_us == at_us("2023-01-09"));
    world->mode_slots[0].end_us = at_us("2023-02-01");
    assert_int_equal(only_line(world, "2023-01-01").cause, FORECAST_NO_SLOT);
}

static void only_recordings_that_may_still_air_are_waiting(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_topic(world, "reform", SIZE_MAX);
    year_quota(world, 0, (struct quota_def){.items = 9});
    world_segment(world, "expired", "tin", "reform", 60)->valid_until_us = at_us("2023-02-01");
    world_segment(world, "later", "tin", "reform", 60)->valid_from_us = at_us("2024-01-01");
    world_segment(world, "draft", "tin", "reform", 60)->state = SEGMENT_DRAFT;
    world_segment(world, "feature", "chuyen-muc", "reform", 60);
    world_segment(world, "good", "tin", "reform", 60);
    struct forecast_line line = only_line(world, "2023-06-01");
    assert_int_equal(line.shortfall, 9);
    assert_int_equal(line.waiting, 1);
    assert_int_equal(line.cause, FORECAST_NO_SLOT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_the_slots_will_air_reaches_the_quota),
    cmocka_unit_test(recordings_that_have_had_their_first_run_leave_a_shortfall),
    cmocka_unit_test(slots_that_are_full_leave_recordings_waiting),
    cmocka_unit_test(a_topic_that_no_slot_asks_for_needs_one),
    cmocka_unit_test(a_slot_for_the_topic_above_asks_for_those_below),
    cmocka_unit_test(the_first_week_may_come_with_a_campaign),
    cmocka_unit_test(time_that_goes_to_a_topic_past_its_quota_is_room),
    cmocka_unit_test(a_gap_too_short_for_any_recording_is_no_room),
    cmocka_unit_test(a_slot_outside_a_kinds_hours_is_no_slot_for_it),
    cmocka_unit_test(a_week_in_which_a_mode_withholds_what_is_missing_has_no_room),
    cmocka_unit_test(only_recordings_that_may_still_air_are_waiting),
};
TEST_MAIN(tests)
