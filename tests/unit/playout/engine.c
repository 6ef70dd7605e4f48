/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "tests/fakes/stage.h"
#include "tests/test.h"

/* A start that is on no block's edge. */
enum { T0 = 1000000, SAMPLE_ERROR_PER_MILLION = 1 };

static void assert_sample(const struct stage *stage, size_t line, int64_t frame, double left)
{
    double error = fabs(stage_caught(stage, line, frame, 0) - left);
    if (error > SAMPLE_ERROR_PER_MILLION * 1e-6) {
        fail_msg("line %zu, frame %lld: %.7f instead of %.7f", line,
                 (long long)(frame - stage->catch_from), stage_caught(stage, line, frame, 0), left);
    }
}

/* The line carries frames k.. of a copy from frame `from` up to `until`. */
static void assert_copy(const struct stage *stage, size_t line, size_t copy, int64_t k,
                        int64_t from, int64_t until)
{
    for (int64_t frame = from; frame < until; frame++) {
        assert_sample(stage, line, frame, stage_sample(copy, k + frame - from));
    }
}

static void assert_silence(const struct stage *stage, size_t line, int64_t from, int64_t until)
{
    for (int64_t frame = from; frame < until; frame++) {
        assert_true(stage_caught(stage, line, frame, 0) == 0);
        assert_true(stage_caught(stage, line, frame, 1) == 0);
    }
}

static void every_onset_is_at_its_planned_frame(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_copy(stage, 1, 2500);
    stage_copy(stage, 2, 7001);
    /* back to back, with a gap, across blocks, and one that starts on a block's last frame */
    int64_t edge = (T0 / AIR_BLOCK_FRAMES + 20) * AIR_BLOCK_FRAMES - 1;
    stage_item(stage, 0, T0 + 3, 1);
    stage_item(stage, 1, T0 + 2503, 1);
    stage_item(stage, 0, edge, 1);
    stage_item(stage, 1, T0 + 1, 2);
    stage_catch(stage, T0, 48000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 48000);
    assert_silence(stage, 0, T0, T0 + 3);
    assert_copy(stage, 0, 0, 0, T0 + 3, T0 + 2503);
    assert_copy(stage, 0, 1, 0, T0 + 2503, T0 + 9504);
    assert_silence(stage, 0, T0 + 9504, edge);
    assert_copy(stage, 0, 0, 0, edge, edge + 2500);
    assert_silence(stage, 0, edge + 2500, T0 + 48000);
    assert_silence(stage, 1, T0, T0 + 1);
    assert_copy(stage, 1, 1, 0, T0 + 1, T0 + 7002);
    assert_silence(stage, 1, T0 + 7002, T0 + 48000);
    assert_true(stage_caught(stage, 0, T0 + 100, 1) == stage_caught(stage, 0, T0 + 100, 0));
    assert_true(stage_caught(stage, 1, T0 + 100, 1) == -stage_caught(stage, 1, T0 + 100, 0));
    stage_destroy(stage);
}

static void only_what_lies_between_the_cues_is_heard(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_copy(stage, 1, 7001);
    stage_cue(stage, 0, 1201, 5204);
    stage_item(stage, 0, T0 + 3, 1);
    struct plan_item *rest = stage_item(stage, 0, T0 + 3, 2);
    rest->offset_frames = 700;
    rest->n_frames -= 700;
    stage_catch(stage, T0, 9600);
    stage_play(stage, ENGINE_OFFLINE, T0 + 9600);
    assert_silence(stage, 0, T0, T0 + 3);
    assert_copy(stage, 0, 0, 1201, T0 + 3, T0 + 4006);
    assert_silence(stage, 0, T0 + 4006, T0 + 9600);
    assert_copy(stage, 1, 0, 1901, T0 + 3, T0 + 3306);
    assert_silence(stage, 1, T0 + 3306, T0 + 9600);
    assert_string_equal(stage_event(stage, 0), "3 start a #1 lines=0 offset=0 programme");
    stage_destroy(stage);
}

static void starts_and_ends_are_told_with_the_frames_really_mixed(void **state)
{
    (void)state;
    struct stage *stage = stage_create(3);
    stage_copy(stage, 1, 2500);
    stage_copy(stage, 2, 7001);
    stage_item(stage, 0, T0 + 3, 7);
    struct plan_item *cut = stage_item(stage, 1, T0 + 2503, 5);
    cut->n_frames = 1000;
    cut->offset_frames = 500;
    cut->end_cause = END_CUT;
    stage_item(stage, 1, T0 + 5000, 2)->state = PLAN_FILLER;
    stage_item(stage, 1, T0 + 5000, 1)->state = PLAN_REFUSED;
    stage_catch(stage, T0, 48000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 8000);
    assert_string_equal(stage_event(stage, 0), "3 start a #1 lines=0,1,2 offset=0 programme");
    assert_string_equal(stage_event(stage, 1), "2503 end #1 frames=2500 complete");
    assert_string_equal(stage_event(stage, 2), "2503 start b #2 lines=0,2 offset=500 programme");
    assert_string_equal(stage_event(stage, 3), "3503 end #2 frames=1000 cut");
    assert_string_equal(stage_event(stage, 4), "5000 start b #3 lines=1 offset=0 filler");
    assert_string_equal(stage_event(stage, 5), "8000 end #3 frames=3000 stopped");
    assert_string_equal(stage_event(stage, 6), "");
    assert_copy(stage, 0, 1, 500, T0 + 2503, T0 + 3503);
    stage_destroy(stage);
}

static void fades_have_their_shape_across_blocks(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, 9000);
    struct plan_item *item = stage_item(stage, 0, T0 + 11, 1);
    item->fade_in_frames = 2000;
    item->fade_out_frames = 3000;
    item->gain_db = 20 * log10(0.5);
    stage_catch(stage, T0, 10000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 10000);
    for (int64_t k = 0; k < 9000; k++) {
        double gain = 0.5;
        gain *= k < 2000 ? ((double)k + 0.5) / 2000 : 1;
        gain *= k >= 6000 ? (9000 - (double)k - 0.5) / 3000 : 1;
        assert_sample(stage, 0, T0 + 11 + k, gain * stage_sample(0, k));
    }
    stage_destroy(stage);
}

static void what_is_under_way_is_joined_at_its_frame(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 2, 20000);
    stage_item(stage, 0, T0 - 7777, 1)->fade_out_frames = 100;
    stage_catch(stage, T0, 20000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 20000);
    assert_copy(stage, 0, 0, 7777, T0, T0 + 20000 - 7777 - 100);
    assert_silence(stage, 0, T0 + 20000 - 7777, T0 + 20000);
    assert_string_equal(stage_event(stage, 0), "0 start a #1 lines=0 offset=7777 programme");
    assert_string_equal(stage_event(stage, 1), "12223 end #1 frames=12223 complete");
    stage_destroy(stage);
}

static void a_start_in_the_middle_has_the_bits_of_the_whole(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 2, 20000);
    struct plan_item *item = stage_item(stage, 0, T0 + 5, 1);
    item->fade_in_frames = 9000;
    item->fade_out_frames = 9000;
    item->gain_db = -3.3;
    stage_level(stage, 0, T0 + 3000, true, -9);
    stage_catch(stage, T0, 24000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    float *whole = stage->caught[0];
    stage->caught[0] = NULL;
    stage_catch(stage, T0 + 3333, 24000 - 3333);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    assert_memory_equal(stage->caught[0], whole + (size_t)3333 * 2,
                        (24000 - 3333) * 2 * sizeof(float));
    free(whole);
    stage_destroy(stage);
}

static void lines_with_the_same_programme_share_one_mix(void **state)
{
    (void)state;
    struct stage *stage = stage_create(24);
    stage_copy(stage, 1, 96000);
    stage_copy(stage, 1, 96000);
    int64_t start = 1000 * AIR_BLOCK_FRAMES;
    stage_item(stage, 0, start, 0x000fff);
    stage_item(stage, 1, start, 0xfff000);
    stage_catch(stage, start, 96000);
    struct engine_counts counts = stage_play(stage, ENGINE_OFFLINE, start + 96000);
    assert_int_equal(counts.n_parts, 100);
    assert_int_equal(counts.n_mixes, 200);
    assert_copy(stage, 11, 0, 0, start, start + 96000);
    assert_copy(stage, 12, 1, 0, start, start + 96000);
    /* half of the first twelve an hour of night quieter: three programmes */
    for (size_t line = 0; line < 6; line++) {
        stage_level(stage, line, 1, true, -9);
    }
    stage_catch(stage, start, 96000);
    counts = stage_play(stage, ENGINE_OFFLINE, start + 96000);
    assert_int_equal(counts.n_mixes, 300);
    assert_sample(stage, 5, start + 50, stage_sample(0, 50) * pow(10, -9.0 / 20));
    assert_sample(stage, 6, start + 50, stage_sample(0, 50));
    stage_destroy(stage);
}

static void a_level_changes_at_its_frame_and_lines_join_again(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_copy(stage, 1, 28800);
    int64_t start = 1000 * AIR_BLOCK_FRAMES;
    stage_item(stage, 0, start, 3);
    stage_level(stage, 1, 0, true, 20 * log10(0.5));
    stage_level(stage, 1, start + 4807, true, 0);
    stage_catch(stage, start, 28800);
    struct engine_counts counts = stage_play(stage, ENGINE_OFFLINE, start + 28800);
    for (int64_t k = 0; k < 28800; k++) {
        double gain = k < 4807 ? 0.5 : k < 5767 ? 0.5 + 0.5 * ((double)k - 4807 + 0.5) / 960 : 1;
        assert_sample(stage, 1, start + k, gain * stage_sample(0, k));
        assert_sample(stage, 0, start + k, stage_sample(0, k));
    }
    /* 30 blocks and two changes inside blocks; both lines apart in 5 + 1 + 1 parts and then one */
    assert_int_equal(counts.n_parts, 32);
    assert_int_equal(counts.n_mixes, 32 + 8);
    stage_destroy(stage);
}

static void a_closed_line_carries_emergencies_only(void **state)
{
    (void)state;
    struct stage *stage = stage_create(3);
    stage_copy(stage, 1, 9600);
    stage_copy(stage, 1, 4800);
    stage_level(stage, 1, T0 + 2000, false, 0);
    stage_level(stage, 2, 0, false, 0);
    stage_level(stage, 2, T0 + 6000, true, 0);
    stage_item(stage, 0, T0 + 100, 7);
    struct plan_item *flood = stage_item(stage, 1, T0 + 12000, 7);
    flood->priority = 1;
    flood->kind = "khan-cap";
    struct plan_item *loud = stage_item(stage, 1, T0 + 17000, 7);
    loud->priority = 1; /* of another kind: no emergency, whatever its priority */
    stage_catch(stage, T0, 24000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    assert_copy(stage, 0, 0, 0, T0 + 100, T0 + 9700);
    assert_copy(stage, 1, 0, 0, T0 + 100, T0 + 2000);
    assert_silence(stage, 1, T0 + 2000, T0 + 12000);
    assert_copy(stage, 1, 1, 0, T0 + 12000, T0 + 16800);
    assert_silence(stage, 1, T0 + 16800, T0 + 24000);
    assert_silence(stage, 2, T0, T0 + 6000);
    assert_copy(stage, 2, 0, 5900, T0 + 6000, T0 + 9700);
    assert_copy(stage, 2, 1, 0, T0 + 12000, T0 + 16800);
    assert_string_equal(stage_event(stage, 0), "100 start a #1 lines=0,1 offset=0 programme");
    assert_string_equal(stage_event(stage, 1), "2000 end #1 frames=1900 cut");
    assert_string_equal(stage_event(stage, 2), "2000 start a #2 lines=0 offset=1900 programme");
    assert_string_equal(stage_event(stage, 3), "6000 end #2 frames=4000 cut");
    assert_string_equal(stage_event(stage, 4), "6000 start a #3 lines=0,2 offset=5900 programme");
    assert_string_equal(stage_event(stage, 5), "9700 end #3 frames=3700 complete");
    assert_string_equal(stage_event(stage, 6), "12000 start b #4 lines=0,1,2 offset=0 programme");
    assert_string_equal(stage_event(stage, 8), "17000 start b #5 lines=0,2 offset=0 programme");
    stage_destroy(stage);
}

static void a_line_without_any_level_is_closed(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_copy(stage, 1, 4800);
    stage->plan.n_levels = 1; /* of line 0 */
    stage_item(stage, 0, T0, 3);
    stage_catch(stage, T0, 4800);
    stage_play(stage, ENGINE_OFFLINE, T0 + 4800);
    assert_silence(stage, 1, T0, T0 + 4800);
    assert_string_equal(stage_event(stage, 0), "0 start a #1 lines=0 offset=0 programme");
    stage_destroy(stage);
}

static void two_plans_that_overlap_start_nothing_twice_and_mix_nothing(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_copy(stage, 1, 9600);
    stage_copy(stage, 1, 9600);
    stage_copy(stage, 1, 2000);
    stage_item(stage, 0, T0 + 100, 3);
    stage_item(stage, 1, T0 + 5000, 2); /* of another plan: takes line 1, being later */
    stage_item(stage, 2, T0 + 6000, 1)->priority = 6; /* has to yield */
    stage_catch(stage, T0, 24000);
    struct engine_options options = stage_options(stage, ENGINE_OFFLINE);
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    struct plan first = stage->plan;
    first.n_items = 1;
    assert_int_equal(engine_lend_plan(engine, &first, NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 3000, NULL), 0);
    assert_int_equal(engine_lend_plan(engine, &stage->plan, NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 24000, NULL), 0);
    engine_destroy(engine);
    assert_copy(stage, 0, 0, 0, T0 + 100, T0 + 9700);
    assert_copy(stage, 1, 0, 0, T0 + 100, T0 + 5000);
    assert_copy(stage, 1, 1, 0, T0 + 5000, T0 + 14600);
    assert_string_equal(stage_event(stage, 1), "5000 end #1 frames=4900 preempted");
    assert_string_equal(stage_event(stage, 2), "5000 start b #2 lines=1 offset=0 programme");
    assert_string_equal(stage_event(stage, 3), "5000 start a #3 lines=0 offset=4900 programme");
    assert_string_equal(stage_event(stage, 4), "9700 end #3 frames=4700 complete");
    assert_string_equal(stage_event(stage, 5), "14600 end #2 frames=9600 complete");
    assert_string_equal(stage_event(stage, 6), "");
    stage_destroy(stage);
}

static void what_an_earlier_run_has_aired_is_not_aired_again(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, 9600);
    stage_item(stage, 0, T0 - 9000, 1); /* aired to its end */
    stage_item(stage, 0, T0 + 600, 1);  /* aired up to frame 12000: the clock was set back */
    stage_catch(stage, T0, 24000);
    struct engine_options options = stage_options(stage, ENGINE_OFFLINE);
    struct engine *engine = NULL;
    int64_t aired_until[] = {T0 + 600, T0 + 5000};
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_lend_plan(engine, &stage->plan, aired_until, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 24000, NULL), 0);
    engine_destroy(engine);
    assert_silence(stage, 0, T0, T0 + 5000);
    assert_copy(stage, 0, 0, 4400, T0 + 5000, T0 + 10200);
    assert_string_equal(stage_event(stage, 0), "5000 start a #1 lines=0 offset=4400 programme");
    assert_string_equal(stage_event(stage, 1), "10200 end #1 frames=5200 complete");
    stage_destroy(stage);
}

static void stopping_fades_out_and_ends_as_stopped(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, 48000);
    stage_item(stage, 0, T0, 1);
    stage_item(stage, 0, T0 + 9000, 1);
    stage_catch(stage, T0, 24000);
    struct engine_options options = stage_options(stage, ENGINE_OFFLINE);
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_lend_plan(engine, &stage->plan, NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 6000, NULL), 0);
    engine_stop(engine, 4800, END_STOPPED);
    assert_int_equal(engine_advance_to(engine, T0 + 24000, NULL), 0);
    engine_destroy(engine);
    assert_copy(stage, 0, 0, 0, T0, T0 + 6000);
    for (int64_t k = 0; k < 4800; k++) {
        double gain = 1 - ((double)k + 0.5) / 4800;
        assert_sample(stage, 0, T0 + 6000 + k, gain * stage_sample(0, 6000 + k));
    }
    assert_silence(stage, 0, T0 + 10800, T0 + 24000);
    assert_string_equal(stage_event(stage, 1), "10800 end #1 frames=10800 stopped");
    assert_string_equal(stage_event(stage, 2), "");
    stage_destroy(stage);
}

static void an_engine_for_one_line_tells_of_that_line_only(void **state)
{
    (void)state;
    struct stage *stage = stage_create(3);
    stage_copy(stage, 1, 9600);
    stage_copy(stage, 1, 9600);
    stage_item(stage, 0, T0 + 10, 3);
    stage_item(stage, 1, T0 + 10, 4);
    stage_catch(stage, T0, 12000);
    struct engine_options options = stage_options(stage, ENGINE_OFFLINE);
    options.lines = (struct line_set){(uint64_t[]){2}, 1};
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_lend_plan(engine, &stage->plan, NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 12000, NULL), 0);
    engine_destroy(engine);
    assert_copy(stage, 1, 0, 0, T0 + 10, T0 + 9610);
    assert_int_equal(stage->carried_until[0], T0);
    assert_string_equal(stage_event(stage, 0), "10 start a #1 lines=1 offset=0 programme");
    assert_int_equal(stage->n_events, 2);
    stage_destroy(stage);
}

static void a_backlog_is_skipped_and_what_goes_on_is_joined(void **state)
{
    (void)state;
    struct stage *stage = stage_create(3);
    stage_copy(stage, 1, 48000);
    stage_copy(stage, 1, 2000);
    stage_item(stage, 0, T0, 1);
    stage_item(stage, 1, T0 + 5000, 2);  /* begins before and ends in the gap */
    stage_item(stage, 1, T0 + 10000, 2); /* lies in the gap: missed */
    stage_item(stage, 0, T0 + 15000, 4); /* begins in the gap */
    stage_catch(stage, T0, 48000);
    struct engine_options options = stage_options(stage, ENGINE_OFFLINE);
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_lend_plan(engine, &stage->plan, NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 6000, NULL), 0);
    assert_int_equal(engine_skip_to(engine, T0 + 20000, NULL), 0);
    for (size_t line = 0; line < 3; line++) {
        stage->carried_until[line] = T0 + 20000;
    }
    assert_int_equal(engine_advance_to(engine, T0 + 48000, NULL), 0);
    assert_int_equal(engine_counts(engine).frames_skipped, 14000);
    engine_stop(engine, 0, END_STOPPED);
    engine_destroy(engine);
    assert_copy(stage, 0, 0, 20000, T0 + 20000, T0 + 48000);
    assert_copy(stage, 2, 0, 5000, T0 + 20000, T0 + 48000);
    assert_string_equal(stage_event(stage, 3), "6000 end #1 frames=6000 failed");
    assert_string_equal(stage_event(stage, 2), "6000 end #2 frames=1000 failed");
    assert_string_equal(stage_event(stage, 4), "20000 start a #3 lines=2 offset=5000 programme");
    assert_string_equal(stage_event(stage, 5), "20000 start a #4 lines=0 offset=20000 programme");
    assert_string_equal(stage_event(stage, 6), "48000 end #4 frames=28000 complete");
    assert_string_equal(stage_event(stage, 7), "48000 end #3 frames=28000 stopped");
    stage_destroy(stage);
}

/* A day's plan in an arena, as the planner makes it. */
static struct plan *plan_of(struct stage *stage, int64_t start, int day)
{
    struct arena *arena = arena_create(1 << 20);
    struct plan *plan = arena_take(arena, 1, sizeof *plan);
    struct plan_item *item = arena_take(arena, 1, sizeof *item);
    stage->plan.n_items = 0;
    *item = *stage_item(stage, 0, start, 1);
    item->slot_uid = arena_strdup(arena, "day");
    item->position = day;
    item->lines = line_set_make(arena, 1);
    line_set_add(item->lines, 0);
    *plan = (struct plan){.n_lines = 1,
                          .items = item,
                          .n_items = 1,
                          .levels = stage->plan.levels,
                          .n_levels = stage->plan.n_levels,
                          .arena = arena};
    return plan;
}

static void day_after_day_plans_come_and_go(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, 9600);
    stage_catch(stage, T0, 1);
    struct engine_options options = stage_options(stage, ENGINE_LEDGER);
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    for (int day = 0; day < 20; day++) {
        int64_t start = T0 + day * 100000;
        assert_int_equal(engine_give_plan(engine, plan_of(stage, start, day), NULL, NULL), 0);
        assert_int_equal(engine_advance_to(engine, start + 5000, NULL), 0); /* still on air */
    }
    assert_int_equal(engine_advance_to(engine, T0 + 2000000, NULL), 0);
    engine_destroy(engine);
    assert_int_equal(stage->n_events, 40);
    assert_string_equal(stage_event(stage, 39), "1909600 end #20 frames=9600 complete");
    stage_destroy(stage);
}

/* A copy of the stage's plan with one of its items, to be given away. */
static struct plan *plan_of_item(const struct stage *stage, size_t i)
{
    struct arena *arena = arena_create(1 << 20);
    assert_non_null(arena);
    struct plan *plan = arena_take(arena, 1, sizeof *plan);
    struct plan_item *item = arena_take(arena, 1, sizeof *item);
    assert_true(plan && item);
    *item = stage->items[i];
    *plan = stage->plan;
    plan->arena = arena;
    plan->items = item;
    plan->n_items = 1;
    return plan;
}

static void a_plan_may_be_given_at_the_frame_at_which_the_last_one_ends(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, 9600);
    stage_item(stage, 0, T0, 1);
    stage_item(stage, 0, T0 + 9600, 1);
    stage_catch(stage, T0, 19200);
    struct engine_options options = stage_options(stage, ENGINE_OFFLINE);
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_give_plan(engine, plan_of_item(stage, 0), NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 9600, NULL), 0);
    assert_int_equal(engine_give_plan(engine, plan_of_item(stage, 1), NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + 19200, NULL), 0);
    engine_destroy(engine);
    assert_copy(stage, 0, 0, 0, T0, T0 + 9600);
    assert_copy(stage, 0, 0, 0, T0 + 9600, T0 + 19200);
    stage_destroy(stage);
}

static void expect_next(struct engine *engine, size_t line, const char *code, int64_t frame)
{
    engine_look_up_next(engine);
    struct engine_line now = engine_line(engine, line);
    assert_string_equal(now.next_code ? now.next_code : "", code);
    assert_int_equal(now.next_frame, frame);
}

static void what_comes_next_on_a_line_is_known_ahead(void **state)
{
    (void)state;
    struct stage *stage = stage_create(3);
    struct engine *engine = NULL;
    stage_copy(stage, 1, 4800);
    stage_copy(stage, 1, 4800);
    stage_item(stage, 0, T0 + 9600, 3);
    stage_item(stage, 1, T0 + 19200, 2);
    stage_item(stage, 0, T0 + 28800, 1);
    stage_catch(stage, T0, 960);
    struct engine_options options = stage_options(stage, ENGINE_OFFLINE);
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_lend_plan(engine, &stage->plan, NULL, NULL), 0);
    expect_next(engine, 0, "a", T0 + 9600);
    expect_next(engine, 1, "a", T0 + 9600);
    expect_next(engine, 2, "", 0);
    assert_int_equal(engine_advance_to(engine, T0 + 9600 + 960, NULL), 0);
    expect_next(engine, 0, "a", T0 + 28800);
    expect_next(engine, 1, "b", T0 + 19200);
    assert_int_equal(engine_advance_to(engine, T0 + 19200 + 960, NULL), 0);
    expect_next(engine, 1, "", 0);
    assert_string_equal(engine_line(engine, 0).next_title, stage->items[2].title);
    engine_stop(engine, 0, END_STOPPED);
    engine_destroy(engine);
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_onset_is_at_its_planned_frame),
    cmocka_unit_test(only_what_lies_between_the_cues_is_heard),
    cmocka_unit_test(starts_and_ends_are_told_with_the_frames_really_mixed),
    cmocka_unit_test(fades_have_their_shape_across_blocks),
    cmocka_unit_test(what_is_under_way_is_joined_at_its_frame),
    cmocka_unit_test(a_start_in_the_middle_has_the_bits_of_the_whole),
    cmocka_unit_test(lines_with_the_same_programme_share_one_mix),
    cmocka_unit_test(a_level_changes_at_its_frame_and_lines_join_again),
    cmocka_unit_test(a_closed_line_carries_emergencies_only),
    cmocka_unit_test(a_line_without_any_level_is_closed),
    cmocka_unit_test(two_plans_that_overlap_start_nothing_twice_and_mix_nothing),
    cmocka_unit_test(what_an_earlier_run_has_aired_is_not_aired_again),
    cmocka_unit_test(stopping_fades_out_and_ends_as_stopped),
    cmocka_unit_test(an_engine_for_one_line_tells_of_that_line_only),
    cmocka_unit_test(a_backlog_is_skipped_and_what_goes_on_is_joined),
    cmocka_unit_test(day_after_day_plans_come_and_go),
    cmocka_unit_test(a_plan_may_be_given_at_the_frame_at_which_the_last_one_ends),
    cmocka_unit_test(what_comes_next_on_a_line_is_known_ahead),
};
TEST_MAIN(tests)
