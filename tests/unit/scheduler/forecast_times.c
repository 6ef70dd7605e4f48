/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scheduler/forecasts.h"

#include "airtime/ledger.h"

/* What has aired, what is frozen, what follows: each counts once, in its period. */

/* What a plan holds up to an instant airs as planned; what is on then stays open. */
static void air(struct world *world, const char *from, const char *to, const char *until)
{
    struct fault fault = {0};
    struct ledger *ledger = NULL;
    AUTO(plan_destroy) struct plan *plan = world_plan(world, from, to);
    int64_t until_frame = at_frame(until);
    int r = ledger_open(world->db, &world->station, &ledger, &fault);
    for (size_t i = 0; r == 0 && i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        int64_t end_frame = item->start_frame + item->n_frames;
        int64_t id = 0;
        if (!item->n_frames || item->start_frame >= until_frame) {
            continue;
        }
        struct airing_start start = {
            .slot_uid = item->slot_uid,
            .slot_recurrence_us = item->slot_recurrence_us,
            .position = item->position,
            .piece = item->piece,
            .lines = item->lines,
            .segment_id = item->segment_id,
            .segment_code = item->segment_code,
            .segment_version = item->segment_version,
            .title = item->title,
            .kind = item->kind,
            .topic = item->topic,
            .tags = item->tags,
            .repeat = item->repeat,
            .role = item->state == PLAN_FILLER ? AIRING_FILLER : AIRING_PROGRAMME,
            .planned_start_frame = item->start_frame,
            .planned_frames = item->n_frames,
            .start_frame = item->start_frame,
            .offset_frames = item->offset_frames,
            .whole_frames = item->whole_frames,
        };
        r = ledger_start(ledger, &start, &id, &fault);
        if (r == 0 && end_frame <= until_frame) {
            r = ledger_end(ledger, id, end_frame, item->n_frames, item->end_cause, &fault);
        }
    }
    r = r == 0 ? ledger_playhead(ledger, until_frame, &fault) : r;
    ledger_close(ledger);
    if (r < 0) {
        fail_msg("%s", fault.text);
    }
}

static void freeze(struct world *world, const char *from, const char *to)
{
    struct fault fault = {0};
    AUTO(plan_destroy) struct plan *plan = world_plan(world, from, to);
    if (plan_store(world->db, &world->station, plan, at_us(from), &fault) < 0) {
        fail_msg("%s", fault.text);
    }
}

static void each_quota_that_meets_the_year_has_its_own_period(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    size_t topic = world_topic(world, "reform", SIZE_MAX);
    struct quota_def ten = {.items = 10};
    quota(world, topic, "2022-01-01", "2023-01-01", ten); /* not asked for */
    quota(world, topic, "2022-12-15", "2023-12-15", ten); /* the statutory year */
    quota(world, topic, "2023-01-01", "2024-01-01", ten);
    quota(world, topic, "2023-01-01", "2023-04-01", ten);
    quota(world, topic, "2023-12-15", "2024-12-15", ten);
    recordings(world, "tin", "tin", "reform", 16);
    size_t one = world_clock(world, "one", "1 tin");
    each_by_clock(world, daily(world, "old", "2022-12-13T17:00", 4, 2), one);
    each_by_clock(world, daily(world, "winter", "2023-03-30T17:00", 4, 2), one);
    each_by_clock(world, daily(world, "late", "2023-12-14T17:00", 3, 2), one);
    each_by_clock(world, daily(world, "next", "2024-05-01T17:00", 2, 2), one);
    world_open_db(world);
    air(world, "2022-12-01", "2022-12-31", "2022-12-31");
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = "2022-12-31"});
    static const int64_t expected[][2] = {{2, 5}, {0, 7}, {0, 2}, {0, 4}}; /* aired, forecast */
    assert_int_equal(forecast.n, ARRAY_LEN(expected));
    for (size_t i = 0; i < forecast.n; i++) {
        assert_ptr_equal(forecast.items[i].quota, &world->topics[topic].quotas[i + 1]);
        assert_int_equal(forecast.items[i].aired, expected[i][0]);
        assert_int_equal(forecast.items[i].planned, 0);
        assert_int_equal(forecast.items[i].forecast, expected[i][1]);
        assert_int_equal(forecast.items[i].shortfall, 10 - expected[i][0] - expected[i][1]);
        assert_int_equal(forecast.items[i].cause, FORECAST_FULL);
    }
}

/* News of two topics every evening, repeated in the morning, all through half a year. */
static struct world *half_a_year(void)
{
    struct world *world = world_make(3);
    world_topic(world, "reform", SIZE_MAX);
    world_topic(world, "counter", 0);
    year_quota(world, 0, (struct quota_def){.seconds = 360000, .items = 700});
    year_quota(world, 1, (struct quota_def){.seconds = 360000, .items = 700});
    for (unsigned i = 0; i < 90; i++) {
        world_segment(world, arena_printf(world->arena, "tin-%02u", i), "tin",
                      i % 3 ? "counter" : "reform", 40 + i);
    }
    world_segment(world, "song", "ca-nhac", NULL, 240);
    world_segment(world, "notice", "thong-bao", "reform", 31);
    each_wants(world, daily(world, "evening", "2023-01-01T17:00", 180, 4), "tin");
    struct slot *morning = daily(world, "morning", "2023-01-02T05:00", 180, 4);
    for (struct slot *slot = morning; slot < &world->slots[world->n_slots]; slot++) {
        slot->repeat_of = "evening";
    }
    struct slot *notice = daily(world, "notice", "2023-01-01T17:01:20", 180, 2);
    for (struct slot *slot = notice; slot < &world->slots[world->n_slots]; slot++) {
        slot_attach(world, slot, "notice");
        slot_on(world, slot, "1");
    }
    return world;
}

static void assert_same_sums(const struct forecast *found, const struct forecast *expected)
{
    assert_int_equal(found->n, expected->n);
    for (size_t i = 0; i < found->n; i++) {
        const struct forecast_line *line = &found->items[i];
        assert_int_equal(line->aired + line->planned + line->forecast, expected->items[i].forecast);
        assert_int_equal(line->shortfall, expected->items[i].shortfall);
    }
}

static void aired_planned_and_forecast_add_up_to_the_year_at_any_time(void **state)
{
    (void)state;
    /* Now, and until when the plan is frozen: between slots; while an item runs; in the same
     * half second as its start, which the ledger does not know yet; and while a notice has taken a
     * line from it. */
    static const struct {
        const char *now;
        const char *frozen;
        const char *known; /* how far the ledger has got */
    } times[] = {{"2023-03-01T12:00", "2023-03-03T12:00", "2023-03-01T12:00"},
                 {"2023-03-01T17:00:30", "2023-03-03T17:00:30", "2023-03-01T17:00:30"},
                 {"2023-01-03T17:00:00", "2023-01-03T17:00:01", "2023-01-03T17:00:00"},
                 {"2023-01-03T17:00:00.300", "2023-01-04", "2023-01-03T16:59:59.900"},
                 {"2023-01-04T17:01:25", "2023-01-06T17:01:25", "2023-01-04T17:01:25"},
                 {"2023-01-05T17:03:59.900", "2023-01-06T12:00", "2023-01-05T17:03:59.900"}};
    AUTO(world_destroy) struct world *whole = half_a_year();
    struct forecast year = forecast_of(whole, (struct ask_for){.now = "2023-01-01"});
    assert_true(year.items[1].forecast >= 60);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        AUTO(world_destroy) struct world *world = half_a_year();
        AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-01-01", times[i].frozen);
        struct fault fault = {0};
        world_open_db(world);
        air(world, "2023-01-01", times[i].frozen, times[i].known);
        assert_int_equal(plan_store(world->db, &world->station, plan, 0, &fault), 0);
        struct forecast now = forecast_of(world, (struct ask_for){.now = times[i].now});
        assert_true(now.since_us == at_us(times[i].frozen));
        assert_same_sums(&now, &year);
        assert_true(now.items[0].aired > 0);
        assert_true(now.items[0].planned > 0);
        assert_true(now.items[0].forecast > 0);
    }
}

static void a_first_run_that_is_frozen_is_a_repeat_in_what_follows(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(1);
    year_quota(world, 0, (struct quota_def){.seconds = 6000, .items = 9});
    recordings(world, "tin", "tin", "reform", 1);
    world_open_db(world);
    freeze(world, "2023-01-05", "2023-01-07");
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = "2023-01-05"});
    assert_int_equal(forecast.items[0].planned, 2 * 60 * AIR_RATE);
    assert_int_equal(forecast.items[0].forecast, 25 * 60 * AIR_RATE);
    assert_int_equal(forecast.items[1].planned, 1);
    assert_int_equal(forecast.items[1].forecast, 0);
}

static void what_was_frozen_but_missed_is_nowhere(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(1);
    year_quota(world, 0, (struct quota_def){.seconds = 6000});
    recordings(world, "tin", "tin", "reform", 9);
    world_open_db(world);
    air(world, "2023-01-01", "2023-01-09", "2023-01-04T17:00:20"); /* then the power went */
    freeze(world, "2023-01-04", "2023-01-06T17:00:20");
    struct forecast_line line = only_line(world, "2023-01-06T12:00");
    assert_int_equal(line.aired, (3 * 60 + 20) * AIR_RATE);
    assert_int_equal(line.planned, 60 * AIR_RATE); /* the 6th, and neither the 4th nor the 5th */
    assert_int_equal(line.forecast, 25 * 60 * AIR_RATE);
}

static void a_frozen_slot_that_the_calendar_has_moved_counts_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(1);
    year_quota(world, 0, (struct quota_def){.seconds = 6000});
    recordings(world, "tin", "tin", "reform", 40);
    world_open_db(world);
    freeze(world, "2023-01-01", "2023-01-03");
    world->slots[1].start_us = at_us("2023-02-01T17:00");
    world->slots[1].end_us = at_us("2023-02-01T17:01");
    struct forecast_line line = only_line(world, "2023-01-01");
    assert_int_equal(line.planned, 2 * 60 * AIR_RATE);
    assert_int_equal(line.forecast, 29 * 60 * AIR_RATE);
}

static void what_is_withdrawn_from_the_frozen_plan_will_not_air(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(1);
    year_quota(world, 0, (struct quota_def){.seconds = 6000});
    recordings(world, "tin", "tin", "reform", 1);
    world_open_db(world);
    freeze(world, "2023-01-01", "2023-01-03");
    world->segments[0].state = SEGMENT_WITHDRAWN;
    world->segments[0].decided_us = at_us("2023-01-01");
    struct forecast_line line = only_line(world, "2023-01-01");
    assert_int_equal(line.planned, 0);
    assert_int_equal(line.forecast, 0);
    assert_int_equal(line.cause, FORECAST_RECORDINGS);
}

static void of_a_year_that_is_past_everything_has_aired(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(2);
    year_quota(world, 0, (struct quota_def){.seconds = 600, .items = 30});
    recordings(world, "tin", "tin", "reform", 12);
    world_open_db(world);
    air(world, "2023-01-01", "2023-02-01", "2023-02-01");
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = "2024-03-01"});
    assert_int_equal(forecast.items[0].aired, 62 * 60 * AIR_RATE);
    assert_int_equal(forecast.items[1].aired, 12);
    assert_int_equal(forecast.items[0].forecast + forecast.items[1].forecast, 0);
    assert_int_equal(forecast.items[0].cause, FORECAST_REACHED);
    assert_int_equal(forecast.items[1].shortfall, 18);
    assert_int_equal(forecast.items[1].cause, FORECAST_OVER);
    assert_int_equal(forecast.items[1].waiting, 0);
    /* Looked at from within the year, what aired after that is simulated instead. */
    struct forecast then =
        forecast_of(world, (struct ask_for){.now = "2023-01-04T17:01", .is_past = true});
    assert_int_equal(then.items[0].aired, 7 * 60 * AIR_RATE);
    assert_int_equal(then.items[0].planned, 0);
    assert_int_equal(then.items[0].forecast, 54 * 60 * AIR_RATE);
    assert_int_equal(then.items[1].aired, 7);
    assert_int_equal(then.items[1].forecast, 5);
}

static void a_period_that_ends_within_the_frozen_plan_cannot_be_helped(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(1);
    quota(world, 0, "2023-01-01", "2023-01-03", (struct quota_def){.items = 5});
    recordings(world, "tin", "tin", "reform", 9);
    world_open_db(world);
    freeze(world, "2023-01-01", "2023-01-03");
    struct forecast_line line = only_line(world, "2023-01-01");
    assert_int_equal(line.planned, 2);
    assert_int_equal(line.shortfall, 3);
    assert_int_equal(line.cause, FORECAST_FROZEN);
}

static void a_year_to_come_counts_no_first_run_of_this_one(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_topic(world, "reform", SIZE_MAX);
    year_quota(world, 0, (struct quota_def){.seconds = 6000, .items = 9});
    recordings(world, "tin", "tin", "reform", 4);
    each_by_clock(world, daily(world, "news", "2022-12-29T17:00", 10, 2),
                  world_clock(world, "one", "1 tin"));
    each_by_clock(world, daily(world, "letters", "2022-12-27T11:00", 1, 2), /* room, too early */
                  world_clock(world, "letter", "1 bai"));
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = "2022-11-20"});
    assert_int_equal(forecast.items[0].forecast, 7 * 60 * AIR_RATE);
    assert_int_equal(forecast.items[1].forecast, 1); /* three were new in December */
    assert_true(forecast.items[1].first_week_us == at_us("2023-01-02"));
}

static void note_share(void *context, double share)
{
    double *last = context;
    assert_true(share > *last && share <= 1);
    *last = share;
}

static void it_tells_how_far_it_has_got(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = reform(1);
    year_quota(world, 0, (struct quota_def){.seconds = 6000});
    double share = 0;
    struct forecast forecast = {0};
    struct segments segments = world_segments(world);
    struct planner_inputs inputs = {.station = &world->station, .segments = &segments};
    struct slot_source source = {.expand = world_expand, .context = world};
    struct forecast_question question = {.from_us = at_us("2023-01-01"),
                                         .until_us = at_us("2024-01-01"),
                                         .now_us = at_us("2023-05-10T11:11"),
                                         .progress = note_share,
                                         .context = &share};
    assert_int_equal(forecast_from_slots(&inputs, &source, &question, world->arena, &forecast,
                                         NULL),
                     0);
    assert_true(share == 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_quota_that_meets_the_year_has_its_own_period),
    cmocka_unit_test(aired_planned_and_forecast_add_up_to_the_year_at_any_time),
    cmocka_unit_test(a_first_run_that_is_frozen_is_a_repeat_in_what_follows),
    cmocka_unit_test(what_was_frozen_but_missed_is_nowhere),
    cmocka_unit_test(a_frozen_slot_that_the_calendar_has_moved_counts_once),
    cmocka_unit_test(what_is_withdrawn_from_the_frozen_plan_will_not_air),
    cmocka_unit_test(of_a_year_that_is_past_everything_has_aired),
    cmocka_unit_test(a_period_that_ends_within_the_frozen_plan_cannot_be_helped),
    cmocka_unit_test(a_year_to_come_counts_no_first_run_of_this_one),
    cmocka_unit_test(it_tells_how_far_it_has_got),
};
TEST_MAIN(tests)
