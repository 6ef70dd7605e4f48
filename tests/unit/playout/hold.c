/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "base/clock.h"
#include "base/fault.h"
#include "playout/radio.h"
#include "tests/fakes/studio.h"
#include "tests/unit/playout/revising.h"

/* What a person stops, until they resume it. */

static struct stage *stage_of(size_t n_lines)
{
    struct stage *stage = stage_create(n_lines);
    stage_copy(stage, 1, 48000);
    stage_copy(stage, 1, 20000);
    stage_catch(stage, T0, 96000);
    return stage;
}

static struct line_set mask(uint64_t *words)
{
    return (struct line_set){words, 1};
}

static void assert_events(const struct stage *stage, const char *const events[])
{
    size_t n = 0;
    for (; events[n]; n++) {
        assert_string_equal(stage_event(stage, n), events[n]);
    }
    assert_int_equal(stage->n_events, n);
}

static void a_stopped_line_is_silent_and_joins_in_where_it_would_be(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_of(1);
        slot(stage, 0, T0 + 10, 1);
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 1));
        uint64_t line = 1;
        play_to(engine, T0 + 9600, T0 + 96000);
        engine_hold(engine, mask(&line), T0 + 9600, 1);
        play_to(engine, T0 + 28800, T0 + 96000);
        assert_true(engine_line(engine, 0).held);
        assert_null(engine_line(engine, 0).segment_code);
        engine_release(engine, mask(&line));
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        const char *const events[] = {
            "10 start a #1 lines=0 offset=0 programme",
            "9600 end #1 frames=9590 stopped",
            "28800 start a #2 lines=0 offset=28790 programme",
            "48010 end #2 frames=19210 complete",
            NULL,
        };
        assert_events(stage, events);
        if (mode != ENGINE_LEDGER) {
            assert_copy(stage, 0, 0, T0 + 10, T0 + 9600);
            assert_silence(stage, T0 + 9600, T0 + 28800);
            for (int64_t at = T0 + 28800; at < T0 + 48010; at++) {
                assert_true(stage_caught(stage, 0, at, 0) == stage_sample(0, at - T0 - 10));
            }
        }
        stage_destroy(stage);
    }
}

/* The radio mixes ahead, and the outputs are hushed: what was mixed was not heard. */
static void an_airing_ends_at_the_frame_that_was_heard_last(void **state)
{
    (void)state;
    struct stage *stage = stage_of(2);
    slot(stage, 0, T0 + 10, 3);
    struct engine *engine = engine_with(stage, ENGINE_OFFLINE, plan_of(stage, 0, 1));
    uint64_t second = 2;
    play_to(engine, T0 + 9600, T0);
    engine_hold(engine, mask(&second), T0 + 3000, 1);
    play_to(engine, T0 + 96000, T0);
    engine_destroy(engine);
    const char *const events[] = {
        "10 start a #1 lines=0,1 offset=0 programme",
        "3000 end #1 frames=2990 stopped",
        "3000 start a #2 lines=0 offset=2990 programme",
        "48010 end #2 frames=45010 complete",
        NULL,
    };
    assert_events(stage, events);
    assert_copy(stage, 0, 0, T0 + 10, T0 + 48010); /* without a gap where it was not stopped */
    stage_destroy(stage);
}

static void what_had_not_begun_by_then_was_not_heard_at_all(void **state)
{
    (void)state;
    struct stage *stage = stage_of(1);
    slot(stage, 0, T0 + 6000, 1);
    struct engine *engine = engine_with(stage, ENGINE_OFFLINE, plan_of(stage, 0, 1));
    uint64_t line = 1;
    play_to(engine, T0 + 9600, T0);
    engine_hold(engine, mask(&line), T0 + 3000, 1);
    play_to(engine, T0 + 96000, T0);
    engine_destroy(engine);
    const char *const events[] = {
        "6000 start a #1 lines=0 offset=0 programme",
        "6000 end #1 frames=0 stopped",
        NULL,
    };
    assert_events(stage, events);
    stage_destroy(stage);
}

/* So that a reconciliation says why, and once only. */
static void what_begins_meanwhile_is_told_as_stopped(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_of(2);
        slot(stage, 1, T0 + 9600, 3);
        slot(stage, 0, T0 + 30000, 2);
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 2));
        uint64_t first = 1;
        engine_hold(engine, mask(&first), T0, 1);
        play_to(engine, T0 + 15000, T0 + 96000);
        engine_hold(engine, mask(&first), T0 + 15000, 2); /* twice */
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        const char *const events[] = {
            "9600 start b #1 lines=0 offset=0 programme",
            "9600 end #1 frames=0 stopped",
            "9600 start b #2 lines=1 offset=0 programme",
            "29600 end #2 frames=20000 complete",
            "30000 start a #3 lines=1 offset=0 programme",
            "78000 end #3 frames=48000 complete",
            NULL,
        };
        assert_events(stage, events);
        stage_destroy(stage);
    }
}

static void what_is_lost_to_another_programme_anyway_is_not_told_as_stopped(void **state)
{
    (void)state;
    struct stage *stage = stage_of(1);
    slot(stage, 0, T0 + 9600, 1);
    slot(stage, 1, T0 + 9600, 1)->priority = 1;
    struct engine *engine = engine_with(stage, ENGINE_LEDGER, plan_of(stage, 0, 2));
    uint64_t line = 1;
    engine_hold(engine, mask(&line), T0, 1);
    play_to(engine, T0 + 20000, T0);
    assert_int_equal(stage->n_events, 2);
    assert_string_equal(stage_event(stage, 0), "9600 start b #1 lines=0 offset=0 programme");
    engine_stop(engine, 0, END_STOPPED);
    engine_destroy(engine);
    stage_destroy(stage);
}

/* ---- silence on air */

static void silence_counts_from_where_a_line_was_loud(void **state)
{
    (void)state;
    struct stage *stage = stage_of(2);
    slot(stage, 0, T0 + 960, 1)->gain_db = -100; /* far below what anybody hears */
    struct engine *engine = engine_with(stage, ENGINE_OFFLINE, plan_of(stage, 0, 1));
    play_to(engine, T0 + 960, T0);
    assert_int_equal(engine_line(engine, 0).quiet_frames, 0);
    play_to(engine, T0 + 9600, T0);
    assert_int_equal(engine_line(engine, 0).quiet_frames, 9600 - 960);
    assert_int_equal(engine_line(engine, 1).quiet_frames, 0); /* nothing is on there */
    engine_destroy(engine);
    stage_destroy(stage);
}

/* ---- the radio on air */

static const struct output_spec to_nowhere = {.kind = OUTPUT_NULL, .target = ""};

static int64_t now_us(void)
{
    struct clock clock = clock_system();
    return clock_now_us(&clock);
}

static void a_radio_that_is_opened_stopped_stays_so_until_it_is_resumed(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    for (size_t line = 0; line < 2; line++) {
        stage->lines[line].outputs = &to_nowhere;
        stage->lines[line].n_outputs = 1;
    }
    stage_copy(stage, 1, 48000 * 30);
    struct studio *studio = studio_open(stage, clock_system(), RADIO_OUTPUTS);
    uint64_t second = 2;
    uint64_t both = 3;
    assert_int_equal(radio_hold(studio->radio, mask(&second), now_us(), NULL), 0);
    stage_item(stage, 0, frames_from_us(now_us()) - 48000, 3);
    studio_give(studio);
    struct radio_line line = {.state = RADIO_LINE_IDLE};
    for (int i = 0; i < 200 && line.state != RADIO_LINE_ON_AIR; i++) {
        assert_int_equal(radio_run_until(studio->radio, now_us() + 100000, NULL, NULL), 0);
        radio_line(studio->radio, 0, &line);
    }
    assert_int_equal(line.state, RADIO_LINE_ON_AIR);
    assert_true(line.since_us > 0 && line.until_us > now_us());
    radio_line(studio->radio, 1, &line);
    assert_int_equal(line.state, RADIO_LINE_STOPPED);
    assert_int_equal(radio_release(studio->radio, mask(&both), NULL), 0);
    for (int i = 0; i < 200 && line.state != RADIO_LINE_ON_AIR; i++) {
        assert_int_equal(radio_run_until(studio->radio, now_us() + 100000, NULL, NULL), 0);
        radio_line(studio->radio, 1, &line);
    }
    assert_int_equal(line.state, RADIO_LINE_ON_AIR);
    studio_close(studio);
    stage_destroy(stage);
}

static void a_line_that_is_silent_on_air_is_an_alarm_until_sound_is_back(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage->lines[0].silence_us = 200000;
    stage_copy(stage, 1, 48000 * 30);
    struct studio *studio = studio_open(stage, clock_system(), RADIO_OUTPUTS);
    int64_t from = frames_from_us(now_us()) / AIR_BLOCK_FRAMES * AIR_BLOCK_FRAMES;
    stage_level(stage, 0, from, true, -100);
    stage_item(stage, 0, from, 1);
    studio_give(studio);
    struct radio_line line = {.is_quiet = false};
    for (int i = 0; i < 200 && !line.is_quiet; i++) {
        assert_int_equal(radio_run_until(studio->radio, now_us() + 100000, NULL, NULL), 0);
        radio_line(studio->radio, 0, &line);
    }
    assert_true(line.is_quiet && line.quiet_us >= 200000);
    assert_int_equal(line.state, RADIO_LINE_ON_AIR);
    stage_level(stage, 0, frames_from_us(now_us()) + 24000, true, 0);
    struct plan *louder = plan_of(stage, 0, 0);
    assert_int_equal(radio_give_plan(studio->radio, louder, NULL), 0);
    for (int i = 0; i < 200 && line.is_quiet; i++) {
        assert_int_equal(radio_run_until(studio->radio, now_us() + 100000, NULL, NULL), 0);
        radio_line(studio->radio, 0, &line);
    }
    assert_false(line.is_quiet);
    studio_close(studio);
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_stopped_line_is_silent_and_joins_in_where_it_would_be),
    cmocka_unit_test(an_airing_ends_at_the_frame_that_was_heard_last),
    cmocka_unit_test(what_had_not_begun_by_then_was_not_heard_at_all),
    cmocka_unit_test(what_begins_meanwhile_is_told_as_stopped),
    cmocka_unit_test(what_is_lost_to_another_programme_anyway_is_not_told_as_stopped),
    cmocka_unit_test(silence_counts_from_where_a_line_was_loud),
    cmocka_unit_test(a_radio_that_is_opened_stopped_stays_so_until_it_is_resumed),
    cmocka_unit_test(a_line_that_is_silent_on_air_is_an_alarm_until_sound_is_back),
};
TEST_MAIN(tests)
