/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/clock.h"
#include "base/fault.h"
#include "playout/radio.h"
#include "tests/fakes/rt_guard.h"
#include "tests/fakes/studio.h"
#include "tests/unit/playout/revising.h"

static void what_was_prepared_a_second_ahead_is_replaced(void **state)
{
    (void)state;
    for (int mode = ENGINE_OFFLINE; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_with_copies();
        slot(stage, 0, T0 + 48960, 1);
        slot(stage, 1, T0 + 40001, 1);
        slot(stage, 1, T0 + 60000, 1)->position = 0; /* the slot's key, another recording */
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 1));
        play_to(engine, T0 + 960, T0 + 96000);
        revise(engine, plan_of(stage, 1, 2), T0 + 960);
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        assert_silence(stage, T0, T0 + 40001);
        assert_copy(stage, 1, 0, T0 + 40001, T0 + 52001);
        assert_silence(stage, T0 + 52001, T0 + 60000);
        assert_copy(stage, 1, 0, T0 + 60000, T0 + 72000);
        assert_silence(stage, T0 + 72000, T0 + 96000);
        assert_int_equal(stage->n_events, 4);
        stage_destroy(stage);
    }
}

static void what_is_on_air_goes_on_and_its_key_starts_nothing(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_with_copies();
        slot(stage, 0, T0 + 11, 1);
        slot(stage, 1, T0 + 30000, 1)->position = 0;
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 1));
        play_to(engine, T0 + 12, T0 + 96000);
        revise(engine, plan_of(stage, 1, 1), T0 - 48000);
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        assert_string_equal(stage_event(stage, 0), "11 start a #1 lines=0 offset=0 programme");
        assert_string_equal(stage_event(stage, 1), "24011 end #1 frames=24000 complete");
        assert_int_equal(stage->n_events, 2);
        if (mode != ENGINE_LEDGER) {
            assert_copy(stage, 0, 0, T0 + 11, T0 + 24011);
            assert_silence(stage, T0 + 24011, T0 + 96000);
        }
        stage_destroy(stage);
    }
}

static void a_dropped_slot_is_silent_and_earlier_slots_are_not(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_with_copies();
        slot(stage, 0, T0 + 10000, 1);
        slot(stage, 1, T0 + 48000, 1);
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 2));
        play_to(engine, T0 + 960, T0 + 96000);
        revise(engine, plan_of(stage, 0, 0), T0 + 48000);
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        assert_string_equal(stage_event(stage, 0), "10000 start a #1 lines=0 offset=0 programme");
        assert_string_equal(stage_event(stage, 1), "34000 end #1 frames=24000 complete");
        assert_int_equal(stage->n_events, 2);
        if (mode != ENGINE_LEDGER) {
            assert_silence(stage, T0 + 34000, T0 + 96000);
        }
        stage_destroy(stage);
    }
}

static void an_item_that_starts_right_now_has_not_begun(void **state)
{
    (void)state;
    struct stage *stage = stage_with_copies();
    slot(stage, 0, T0 + 960, 1);
    struct engine *engine = engine_with(stage, ENGINE_OFFLINE, plan_of(stage, 0, 1));
    play_to(engine, T0 + 960, T0);
    revise(engine, plan_of(stage, 0, 0), T0 + 960);
    revise(engine, plan_of(stage, 0, 1), T0 + 960); /* and is a new one when it is back */
    play_to(engine, T0 + 1000, T0);
    revise(engine, plan_of(stage, 0, 0), T0 + 960);
    play_to(engine, T0 + 96000, T0);
    engine_destroy(engine);
    assert_copy(stage, 0, 0, T0 + 960, T0 + 24960);
    stage_destroy(stage);
}

static void an_emergency_in_half_a_second_sounds_over_what_is_on(void **state)
{
    (void)state;
    for (int mode = ENGINE_OFFLINE; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_with_copies();
        stage_copy(stage, 1, 60000);
        slot(stage, 2, T0 + 100, 1);
        struct plan_item *emergency = slot(stage, 1, T0 + 960 + 24000, 1);
        emergency->priority = 1;
        emergency->kind = "khan-cap";
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 1));
        play_to(engine, T0 + 960, T0 + 96000);
        revise(engine, plan_of(stage, 1, 1), T0 + 960);
        play_to(engine, T0 + 50000, T0 + 96000);
        engine_stop(engine, 0, END_STOPPED);
        engine_destroy(engine);
        assert_copy(stage, 2, 0, T0 + 100, T0 + 24960);
        assert_copy(stage, 1, 0, T0 + 24960, T0 + 36960);
        assert_copy(stage, 2, 36860, T0 + 36960, T0 + 50000);
        assert_string_equal(stage_event(stage, 1), "24960 end #1 frames=24860 preempted");
        assert_string_equal(stage_event(stage, 3), "36960 end #2 frames=12000 complete");
        stage_destroy(stage);
    }
}

/* What there is to disturb: items on air, back to back and far ahead, one that cannot be played
 * and its ladder, a ramp. */
static struct stage *busy_stage(void)
{
    static const struct fallback ladder[] = {{"gone"}, {"b"}};
    struct stage *stage = stage_with_copies();
    stage->lines[0].fallback = ladder;
    stage->lines[0].n_fallback = 2;
    stage_copy(stage, 1, 14000);
    stage->copies[2].air_sha256[10] ^= 1; /* nobody has such a copy */
    slot(stage, 0, T0 + 961, 1);
    slot(stage, 1, T0 + 24961, 1);
    slot(stage, 2, T0 + 40000, 1);
    slot(stage, 1, T0 + 60000, 1)->fade_in_frames = 500;
    stage_level(stage, 0, T0 + 20000, true, -6);
    stage_level(stage, 0, T0 + 65000, true, -3);
    return stage;
}

static void the_same_plan_again_changes_nothing(void **state)
{
    (void)state;
    static const int64_t at[] = {960, 961, 20100, 24960, 24961, 39999, 40000, 53000, 59999, 65001};
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_LIVE; mode++) {
        struct stage *plain = busy_stage();
        struct engine *engine = engine_with(plain, (enum engine_mode)mode, plan_of(plain, 0, 4));
        play_to(engine, T0 + 96000, T0 + 96000);
        assert_int_equal(engine_counts(engine).frames_missing, 0);
        engine_destroy(engine);
        struct stage *stage = busy_stage();
        engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 4));
        play_to(engine, T0 + 960, T0 + 96000);
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
            revise(engine, plan_of(stage, 0, 4), T0 + at[i] / 2);
            revise_with(engine, stage, plan_of(stage, 0, 4), T0 + at[i] / 2);
            assert_int_equal(engine_advance_to(engine, T0 + at[i], NULL), 0);
        }
        play_to(engine, T0 + 96000, T0 + 96000);
        assert_int_equal(engine_counts(engine).frames_missing, 0);
        engine_destroy(engine);
        assert_int_equal(stage->n_events, 10);
        assert_memory_equal(stage->events, plain->events, sizeof stage->events);
        assert_int_equal(stage->n_unplayable, plain->n_unplayable);
        assert_memory_equal(stage->caught[0], plain->caught[0], 96000 * 2 * sizeof(float));
        stage_destroy(stage);
        stage_destroy(plain);
    }
}

static void its_levels_are_the_new_plans(void **state)
{
    (void)state;
    struct stage *stage = stage_with_copies();
    slot(stage, 0, T0 + 10, 1);
    slot(stage, 1, T0 + 30000, 1);
    stage_level(stage, 0, T0 + 20000, false, 0);
    struct engine *engine = engine_with(stage, ENGINE_OFFLINE, plan_of(stage, 0, 2));
    play_to(engine, T0 + 10000, T0);
    stage->plan.n_levels = 0; /* half as loud all along, and closed later */
    stage_level(stage, 0, 0, true, -20);
    stage_level(stage, 0, T0 + 36000, false, -20);
    struct plan *plan = plan_of(stage, 1, 1);
    revise(engine, plan, T0 + 10000);
    play_to(engine, T0 + 96000, T0);
    engine_destroy(engine);
    assert_copy(stage, 0, 0, T0 + 10, T0 + 10000);
    float before = stage_caught(stage, 0, T0 + 9999, 0);
    float after = stage_caught(stage, 0, T0 + 10000, 0);
    assert_true(after > before * 0.99F && after < before * 1.01F); /* no click */
    float quiet = stage_caught(stage, 0, T0 + 20500, 0) / stage_sample(0, 20490);
    assert_true(quiet > 0.0999F && quiet < 0.1001F);
    assert_string_equal(stage_event(stage, 1), "24010 end #1 frames=24000 complete");
    assert_string_equal(stage_event(stage, 3), "36000 end #2 frames=6000 cut");
    stage_destroy(stage);
}

static void short_of_memory_the_plan_stays_as_it_was(void **state)
{
    (void)state;
    struct stage *stage = stage_with_copies();
    slot(stage, 0, T0 + 9600, 1);
    slot(stage, 1, T0 + 9600, 1)->position = 0;
    struct engine *engine = engine_with(stage, ENGINE_LIVE, plan_of(stage, 0, 1));
    play_to(engine, T0 + 960, T0 + 96000);
    struct plan *plan = plan_of(stage, 1, 1);
    struct fault fault;
    int n_failed = 0;
    for (int n = 0; n < 8; n++, n_failed++) {
        allocations_left = n;
        assert_int_equal(engine_revise(engine, plan, NULL, NULL, 0, &fault), -ENOMEM);
        assert_int_equal(allocations_left, -1);
    }
    plan_destroy(plan);
    play_to(engine, T0 + 96000, T0 + 96000);
    engine_destroy(engine);
    assert_int_equal(n_failed, 8);
    assert_string_equal(stage_event(stage, 0), "9600 start a #1 lines=0 offset=0 programme");
    assert_int_equal(stage->n_events, 2);
    stage_destroy(stage);
}

/* ---- the radio */

static const int64_t T0_US = 1700000000LL * 1000000;
static const int64_t RADIO_T0 = 1700000000LL * AIR_RATE;

static struct heard rehearse(enum radio_sound sound, bool revised, bool again)
{
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, 24000);
    for (int i = 0; i < 4; i++) {
        slot(stage, 0, RADIO_T0 + i * 30000, 1);
    }
    struct studio *studio = studio_open(stage, clock_virtual(T0_US), sound);
    assert_int_equal(radio_give_plan(studio->radio, plan_of(stage, 0, 4), NULL), 0);
    for (int i = 1; i <= 5; i++) {
        int64_t now_us = T0_US + i * 400000;
        assert_int_equal(radio_run_until(studio->radio, now_us, NULL, NULL), 0);
        if (revised) {
            assert_int_equal(radio_revise(studio->radio, plan_of(stage, 0, 4), &stage->segments,
                                          now_us, NULL),
                             0);
        }
    }
    studio_close(studio);
    if (again) { /* another run: nothing is aired twice */
        studio = studio_open(stage, clock_virtual(T0_US), sound);
        assert_int_equal(radio_revise(studio->radio, plan_of(stage, 0, 4), NULL, 0, NULL), 0);
        assert_int_equal(radio_run_until(studio->radio, T0_US + 2000000, NULL, NULL), 0);
        studio_close(studio);
    }
    struct heard heard = studio_heard(stage, T0_US);
    stage_destroy(stage);
    return heard;
}

static void the_same_plan_again_changes_no_row_of_the_ledger(void **state)
{
    (void)state;
    for (int sound = RADIO_SILENT; sound <= RADIO_FILES; sound++) {
        struct heard plain = rehearse((enum radio_sound)sound, false, false);
        struct heard revised = rehearse((enum radio_sound)sound, true, sound == (int)RADIO_SILENT);
        assert_int_equal(plain.n, 4);
        assert_int_equal(revised.n, plain.n);
        for (size_t i = 0; i < plain.n; i++) {
            assert_string_equal(revised.text[i], plain.text[i]);
        }
    }
}

static void on_air_the_next_second_is_revised(void **state)
{
    (void)state;
    static const struct output_spec to_nowhere = {.kind = OUTPUT_NULL, .target = ""};
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage_copy(stage, 1, 96000);
    stage_copy(stage, 1, 9600);
    struct studio *studio = studio_open(stage, clock_system(), RADIO_OUTPUTS);
    int64_t start = frames_from_us(clock_now_us(&studio->clock)) + 24000;
    slot(stage, 0, start, 1);
    slot(stage, 0, start + 72000, 1);
    struct plan_item *emergency = slot(stage, 1, start + 38400, 1);
    emergency->priority = 1;
    emergency->kind = "khan-cap";
    assert_int_equal(radio_give_plan(studio->radio, plan_of(stage, 0, 2), NULL), 0);
    int64_t now_us = frames_to_us(start + 14400);
    assert_int_equal(radio_run_until(studio->radio, now_us, NULL, NULL), 0);
    assert_int_equal(radio_revise(studio->radio, plan_of(stage, 2, 1), &stage->segments, now_us,
                                  NULL),
                     0);
    now_us = frames_to_us(start + 110000);
    assert_int_equal(radio_run_until(studio->radio, now_us, NULL, NULL), 0);
    struct radio_status status;
    radio_status(studio->radio, &status);
    studio_close(studio);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_int_equal(heard.n, 3);
    assert_string_equal(heard.text[0], "a l0 +0 -38400 preempted offset=0");
    assert_string_equal(heard.text[1], "b l0 +38400 -9600 complete offset=0");
    assert_string_equal(heard.text[2], "a l0 +48000 -48000 complete offset=48000");
    assert_int_equal(status.frames_missing, 0);
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_prepared_a_second_ahead_is_replaced),
    cmocka_unit_test(what_is_on_air_goes_on_and_its_key_starts_nothing),
    cmocka_unit_test(a_dropped_slot_is_silent_and_earlier_slots_are_not),
    cmocka_unit_test(an_item_that_starts_right_now_has_not_begun),
    cmocka_unit_test(an_emergency_in_half_a_second_sounds_over_what_is_on),
    cmocka_unit_test(the_same_plan_again_changes_nothing),
    cmocka_unit_test(its_levels_are_the_new_plans),
    cmocka_unit_test(short_of_memory_the_plan_stays_as_it_was),
    cmocka_unit_test(the_same_plan_again_changes_no_row_of_the_ledger),
    cmocka_unit_test(on_air_the_next_second_is_revised),
};
TEST_MAIN(tests)
