/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/frames.h"
#include "base/paths.h"
#include "playout/engine.h"
#include "tests/fakes/stage.h"
#include "tests/test.h"

enum { T0 = 1000000 };

static void copy_path(const struct stage *stage, size_t copy, char out[static PATHS_MAX])
{
    const char *hash = stage->copies[copy].air_sha256;
    snprintf(out, PATHS_MAX, "%s/library/air/%.2s/%s.wav", stage->dir, hash, hash);
}

static void lose_copy(const struct stage *stage, size_t copy)
{
    char path[PATHS_MAX];
    copy_path(stage, copy, path);
    assert_int_equal(unlink(path), 0);
}

static void assert_copy(const struct stage *stage, size_t line, size_t copy, int64_t k,
                        int64_t from, int64_t until)
{
    for (int64_t frame = from; frame < until; frame++) {
        float sample = copy == SIZE_MAX ? 0 : stage_sample(copy, k + frame - from);
        if (fabsf(stage_caught(stage, line, frame, 0) - sample) > 1e-6f) {
            fail_msg("line %zu, frame %lld", line, (long long)(frame - T0));
        }
    }
}

/* Line 0: b, then c, then silence. Line 1: c, then nothing more. Line 2: no ladder. */
static const struct fallback ladder_0[] = {{"gone"}, {"b"}, {"c"}, {NULL}, {"a"}};
static const struct fallback ladder_1[] = {{"c"}};

static struct stage *stage_with_ladders(void)
{
    struct stage *stage = stage_create(3);
    stage->lines[0].fallback = ladder_0;
    stage->lines[0].n_fallback = ARRAY_LEN(ladder_0);
    stage->lines[1].fallback = ladder_1;
    stage->lines[1].n_fallback = ARRAY_LEN(ladder_1);
    stage_copy(stage, 1, 20000); /* a */
    stage_copy(stage, 1, 3000);  /* b */
    stage_copy(stage, 2, 8000);  /* c */
    stage_copy(stage, 1, 20000); /* d */
    return stage;
}

static void a_missing_recording_gives_its_time_to_each_lines_ladder(void **state)
{
    (void)state;
    struct stage *stage = stage_with_ladders();
    lose_copy(stage, 0);
    stage_item(stage, 0, T0 + 100, 7);
    stage_item(stage, 3, T0 + 20100, 7);
    stage_catch(stage, T0, 24000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    assert_copy(stage, 0, 1, 0, T0 + 100, T0 + 3100);
    assert_copy(stage, 0, 2, 0, T0 + 3100, T0 + 11100);
    assert_copy(stage, 0, SIZE_MAX, 0, T0 + 11100, T0 + 20100);
    assert_copy(stage, 1, 2, 0, T0 + 100, T0 + 8100);
    assert_copy(stage, 1, SIZE_MAX, 0, T0 + 8100, T0 + 20100);
    assert_copy(stage, 2, SIZE_MAX, 0, T0, T0 + 20100);
    assert_copy(stage, 2, 3, 0, T0 + 20100, T0 + 24000);
    const char *const events[] = {
        "100 start a #1 lines=0,1,2 offset=0 programme",
        "100 end #1 frames=0 failed",
        "100 start c #2 lines=1 offset=0 fallback",
        "100 start b #3 lines=0 offset=0 fallback",
        "3100 end #3 frames=3000 complete",
        "3100 start c #4 lines=0 offset=0 fallback",
        "8100 end #2 frames=8000 complete",
        "11100 end #4 frames=8000 complete",
        "20100 start d #5 lines=0,1,2 offset=0 programme",
        "24000 end #5 frames=3900 stopped",
        "",
    };
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        assert_string_equal(stage_event(stage, i), events[i]);
    }
    assert_int_equal(stage->n_unplayable, 1);
    stage_destroy(stage);
}

static void a_rung_that_is_missing_too_is_passed_over(void **state)
{
    (void)state;
    struct stage *stage = stage_with_ladders();
    lose_copy(stage, 0);
    lose_copy(stage, 1);
    stage->copies[2].valid_until_us = frames_to_us(T0 + 50); /* c is valid no more on line 1 */
    stage_item(stage, 0, T0 + 100, 7);
    stage_catch(stage, T0, 24000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    assert_copy(stage, 0, SIZE_MAX, 0, T0, T0 + 24000);
    assert_int_equal(stage->n_events, 2);
    stage->copies[2].valid_until_us = INT64_MAX;
    stage_catch(stage, T0, 24000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    assert_copy(stage, 0, 2, 0, T0 + 100, T0 + 8100);
    assert_string_equal(stage_event(stage, 2), "100 start c #2 lines=1 offset=0 fallback");
    assert_string_equal(stage_event(stage, 3), "100 start c #3 lines=0 offset=0 fallback");
    assert_int_equal(stage->n_unplayable, 2);
    stage_destroy(stage);
}

static void a_rung_ends_with_the_items_time(void **state)
{
    (void)state;
    struct stage *stage = stage_with_ladders();
    lose_copy(stage, 0);
    struct plan_item *item = stage_item(stage, 0, T0 + 100, 2);
    item->n_frames = 6000;
    item->end_cause = END_PREEMPTED;
    stage_catch(stage, T0, 24000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    assert_copy(stage, 1, 2, 0, T0 + 100, T0 + 1300); /* and then it fades out for 100 ms */
    assert_true(fabsf(stage_caught(stage, 1, T0 + 3700, 0) -
                      stage_sample(2, 3600) * (2400 - 0.5f) / 4800) < 1e-6f);
    assert_copy(stage, 1, SIZE_MAX, 0, T0 + 6100, T0 + 24000);
    assert_string_equal(stage_event(stage, 3), "6100 end #2 frames=6000 preempted");
    stage_destroy(stage);
}

static void a_copy_that_breaks_off_is_failed_from_there_on(void **state)
{
    (void)state;
    struct stage *stage = stage_with_ladders();
    stage_copy(stage, 1, 100000); /* e: too long to be read at once */
    char path[PATHS_MAX];
    copy_path(stage, 4, path);
    stage_item(stage, 4, T0 + 100, 2);
    stage_catch(stage, T0, 110000);
    struct engine_options options = stage_options(stage, ENGINE_OFFLINE);
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_lend_plan(engine, &stage->plan, NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 1000, NULL), 0);
    assert_int_equal(truncate(path, 44 + 80000 * 3), 0); /* the disk gives out under the radio */
    assert_int_equal(engine_advance_to(engine, T0 + 110000, NULL), 0);
    engine_destroy(engine);
    assert_int_equal(stage->n_unplayable, 1);
    char first[160];
    long long frame = 0;
    long long heard = 0;
    snprintf(first, sizeof first, "%s", stage_event(stage, 1));
    assert_int_equal(sscanf(first, "%lld end #1 frames=%lld failed", &frame, &heard), 2);
    assert_true(heard >= 65536 && heard <= 80000 && frame - 100 - heard < 960);
    assert_copy(stage, 1, 4, 0, T0 + 100, T0 + 100 + heard);
    assert_copy(stage, 1, 2, 0, T0 + frame, T0 + frame + 8000);
    stage_destroy(stage);
}

static void a_plan_that_asks_for_more_than_there_is_fails_that_item(void **state)
{
    (void)state;
    struct stage *stage = stage_with_ladders();
    stage_item(stage, 3, T0 + 100, 4)->n_frames = 20001;
    stage_catch(stage, T0, 24000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    assert_string_equal(stage_event(stage, 1), "100 end #1 frames=0 failed");
    assert_copy(stage, 2, SIZE_MAX, 0, T0, T0 + 24000);
    stage_destroy(stage);
}

/* Make a busy plan from a seed: items on random lines, some lost copies, levels that come
 * and go, fades, priorities that overlap. */
static void fill_at_random(struct stage *stage, unsigned seed)
{
    srand(seed);
    int64_t at = T0 - 5000;
    for (int i = 0; i < 120; i++) {
        size_t copy = (size_t)rand() % 5;
        struct plan_item *item = stage_item(stage, copy, at, (uint64_t)rand() % 15 + 1);
        item->offset_frames = rand() % 500;
        item->n_frames -= item->offset_frames + rand() % 2000;
        item->priority = rand() % 5 + 1;
        item->kind = rand() % 4 ? "tin" : "khan-cap";
        item->fade_in_frames = rand() % 3000;
        item->fade_out_frames = rand() % 3000;
        item->end_cause = (enum end_cause)(rand() % 3);
        at += rand() % 9000;
    }
    for (int i = 0; i < 60; i++) {
        stage_level(stage, (size_t)rand() % 4, T0 + rand() % 400000, rand() % 3 != 0,
                    -(rand() % 10));
    }
}

static void without_sound_the_same_things_happen(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct stage *stage = stage_create(4);
        for (size_t i = 0; i < 4; i++) {
            stage->lines[i].fallback = ladder_0;
            stage->lines[i].n_fallback = i;
        }
        for (int i = 0; i < 5; i++) {
            stage_copy(stage, 1 + i % 2, 4000 + 5003 * i);
        }
        lose_copy(stage, seed % 5);
        fill_at_random(stage, seed);
        stage_catch(stage, T0, 1);
        stage_play(stage, ENGINE_OFFLINE, T0 + 500000);
        size_t n = stage->n_events;
        assert_true(n > 100);
        static char events[STAGE_EVENTS_MAX][STAGE_EVENT_MAX];
        memcpy(events, stage->events, sizeof events);
        stage_catch(stage, T0, 1);
        stage_play(stage, ENGINE_LEDGER, T0 + 500000);
        for (size_t i = 0; i < n; i++) {
            if (strcmp(stage_event(stage, i), events[i]) != 0) {
                fail_msg("seed %u: \"%s\" with sound, \"%s\" without", seed, events[i],
                         stage_event(stage, i));
            }
        }
        assert_int_equal(stage->n_events, n);
        stage_destroy(stage);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_missing_recording_gives_its_time_to_each_lines_ladder),
    cmocka_unit_test(a_rung_that_is_missing_too_is_passed_over),
    cmocka_unit_test(a_rung_ends_with_the_items_time),
    cmocka_unit_test(a_copy_that_breaks_off_is_failed_from_there_on),
    cmocka_unit_test(a_plan_that_asks_for_more_than_there_is_fails_that_item),
    cmocka_unit_test(without_sound_the_same_things_happen),
};
TEST_MAIN(tests)
