/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"
#include "base/fault.h"
#include "playout/radio.h"
#include "tests/fakes/studio.h"
#include "tests/unit/playout/revising.h"

/* What is withdrawn while the radio runs. */

enum { FADE = 4800 };

/* Copies a, b and c, and a ladder of b, then c. b is longer than the others, so that live only
 * the rung that was climbed to ahead of its time has to be open by a frame. */
static struct stage *stage_with_ladder(void)
{
    static const struct fallback ladder[] = {{"b"}, {"c"}};
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, 24000);
    stage_copy(stage, 1, 26000);
    stage_copy(stage, 1, 8000);
    stage_catch(stage, T0, 96000);
    stage->lines[0].fallback = ladder;
    stage->lines[0].n_fallback = 2;
    return stage;
}

static void withdraw(struct stage *stage, size_t copy)
{
    stage->copies[copy].state = SEGMENT_WITHDRAWN;
}

static void assert_events(const struct stage *stage, const char *const events[])
{
    size_t n = 0;
    for (; events[n]; n++) {
        assert_string_equal(stage_event(stage, n), events[n]);
    }
    assert_int_equal(stage->n_events, n);
}

static void what_sounds_fades_out_and_the_ladder_has_the_rest(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_with_ladder();
        slot(stage, 0, T0 + 10, 1);
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 1));
        play_to(engine, T0 + 2880, T0 + 96000);
        withdraw(stage, 0);
        revise_with(engine, stage, plan_of(stage, 0, 0), T0 + 2880);
        play_to(engine, T0 + 5000, T0 + 96000);
        revise_with(engine, stage, plan_of(stage, 0, 0), T0 + 5000); /* it is known by now */
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        const char *const events[] = {
            "10 start a #1 lines=0 offset=0 programme",
            "7680 end #1 frames=7670 stopped",
            "7680 start b #2 lines=0 offset=0 fallback",
            "24010 end #2 frames=16330 cut",
            NULL,
        };
        assert_events(stage, events);
        if (mode != ENGINE_LEDGER) {
            assert_copy(stage, 0, 0, T0 + 10, T0 + 2880);
            float half =
                stage_caught(stage, 0, T0 + 2880 + FADE / 2, 0) / stage_sample(0, 2870 + FADE / 2);
            float last = stage_caught(stage, 0, T0 + 7679, 0) / stage_sample(0, 7669);
            assert_true(half > 0.49F && half < 0.51F && last >= 0 && last < 0.001F);
            assert_copy(stage, 1, 0, T0 + 7680, T0 + 24010 - FADE);
            assert_silence(stage, T0 + 24010, T0 + 96000);
        }
        stage_destroy(stage);
    }
}

static void what_was_to_come_in_a_slot_that_has_begun_is_not_begun(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_with_ladder();
        slot(stage, 2, T0 + 10, 1);
        slot(stage, 0, T0 + 30000, 1)->slot_start_us = frames_to_us(T0 + 10);
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 2));
        play_to(engine, T0 + 2880, T0 + 96000);
        withdraw(stage, 0);
        revise_with(engine, stage, plan_of(stage, 0, 0), T0 + 2880);
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        const char *const events[] = {
            "10 start c #1 lines=0 offset=0 programme",
            "8010 end #1 frames=8000 complete",
            "30000 start b #2 lines=0 offset=0 fallback",
            "54000 end #2 frames=24000 cut",
            NULL,
        };
        assert_events(stage, events);
        stage_destroy(stage);
    }
}

static void a_withdrawn_fallback_gives_way_to_the_next(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_with_ladder();
        stage->copies[0].air_sha256[10] ^= 1; /* nobody has such a copy */
        slot(stage, 0, T0 + 10, 1);
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 1));
        play_to(engine, T0 + 2880, T0 + 96000);
        withdraw(stage, 1);
        revise_with(engine, stage, plan_of(stage, 0, 0), T0 + 2880);
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        const char *const events[] = {
            "10 start a #1 lines=0 offset=0 programme",
            "10 end #1 frames=0 failed",
            "10 start b #2 lines=0 offset=0 fallback",
            "7680 end #2 frames=7670 stopped",
            "7680 start c #3 lines=0 offset=0 fallback",
            "15680 end #3 frames=8000 complete",
            NULL,
        };
        assert_events(stage, events);
        stage_destroy(stage);
    }
}

/* What fails later is replaced by what may air by then, and not by what could at the start. */
static void the_ladders_take_from_the_library_as_it_is(void **state)
{
    (void)state;
    struct stage *stage = stage_with_ladder();
    stage->copies[0].air_sha256[10] ^= 1;
    stage->copies[2].state = SEGMENT_DRAFT;
    slot(stage, 0, T0 + 10, 1);
    slot(stage, 0, T0 + 48000, 1)->slot_start_us = frames_to_us(T0 + 10);
    struct engine *engine = engine_with(stage, ENGINE_OFFLINE, plan_of(stage, 0, 2));
    play_to(engine, T0 + 2880, T0);
    stage->copies[2].state = SEGMENT_APPROVED;
    withdraw(stage, 1);
    revise_with(engine, stage, plan_of(stage, 0, 0), T0 + 2880);
    play_to(engine, T0 + 96000, T0);
    engine_destroy(engine);
    const char *const events[] = {
        "10 start a #1 lines=0 offset=0 programme",
        "10 end #1 frames=0 failed",
        "10 start b #2 lines=0 offset=0 fallback",
        "7680 end #2 frames=7670 stopped",
        "7680 start c #3 lines=0 offset=0 fallback",
        "15680 end #3 frames=8000 complete",
        "48000 start a #4 lines=0 offset=0 programme",
        "48000 end #4 frames=0 failed",
        "48000 start c #5 lines=0 offset=0 fallback",
        "56000 end #5 frames=8000 complete",
        NULL,
    };
    assert_events(stage, events);
    stage_destroy(stage);
}

/* The library that a fallback sounds from is gone, and another, and it sounds on: for the
 * sanitizers. */
static void a_fallback_sounds_on_when_the_library_is_read_anew(void **state)
{
    (void)state;
    for (int mode = ENGINE_OFFLINE; mode <= ENGINE_LIVE; mode++) {
        struct stage *stage = stage_with_ladder();
        stage->copies[0].air_sha256[10] ^= 1;
        slot(stage, 0, T0 + 10, 1);
        struct engine *engine = engine_with(stage, (enum engine_mode)mode, plan_of(stage, 0, 1));
        for (int i = 1; i <= 3; i++) {
            play_to(engine, T0 + i * 960, T0 + 96000);
            revise_with(engine, stage, plan_of(stage, 0, 0), T0 + i * 960);
            assert_string_equal(engine_line(engine, 0).segment_code, "b");
        }
        play_to(engine, T0 + 96000, T0 + 96000);
        engine_destroy(engine);
        assert_copy(stage, 1, 0, T0 + 10, T0 + 24010 - FADE);
        stage_destroy(stage);
    }
}

/* ---- the radio */

static const int64_t T0_US = 1700000000LL * 1000000;
static const int64_t RADIO_T0 = 1700000000LL * AIR_RATE;

static void the_ledger_says_where_it_was_stopped(void **state)
{
    (void)state;
    for (int sound = RADIO_SILENT; sound <= RADIO_FILES; sound++) {
        struct stage *stage = stage_create(1);
        stage_copy(stage, 1, 96000);
        slot(stage, 0, RADIO_T0, 1);
        struct studio *studio = studio_open(stage, clock_virtual(T0_US), (enum radio_sound)sound);
        assert_int_equal(radio_give_plan(studio->radio, plan_of(stage, 0, 1), NULL), 0);
        assert_int_equal(radio_run_until(studio->radio, T0_US + 500000, NULL, NULL), 0);
        withdraw(stage, 0);
        assert_int_equal(radio_revise(studio->radio, plan_of(stage, 0, 0), &stage->segments,
                                      T0_US + 500000, NULL),
                         0);
        assert_int_equal(radio_run_until(studio->radio, T0_US + 3000000, NULL, NULL), 0);
        studio_close(studio);
        struct heard heard = studio_heard(stage, T0_US);
        assert_int_equal(heard.n, 1);
        assert_string_equal(heard.text[0], "a l0 +0 -28800 stopped offset=0");
        stage_destroy(stage);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_sounds_fades_out_and_the_ladder_has_the_rest),
    cmocka_unit_test(what_was_to_come_in_a_slot_that_has_begun_is_not_begun),
    cmocka_unit_test(a_withdrawn_fallback_gives_way_to_the_next),
    cmocka_unit_test(the_ladders_take_from_the_library_as_it_is),
    cmocka_unit_test(a_fallback_sounds_on_when_the_library_is_read_anew),
    cmocka_unit_test(the_ledger_says_where_it_was_stopped),
};
TEST_MAIN(tests)
