/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <math.h>
#include <string.h>

#include "base/frames.h"
#include "tests/fakes/stage.h"
#include "tests/unit/playout/revising.h"

/* The end of a recording that flows into what follows. */

enum { N = 9000, TAIL = 3000, HOLD = N - TAIL };

static void assert_near(const struct stage *stage, size_t line, int64_t frame, double expected)
{
    double got = stage_caught(stage, line, frame, 0);
    if (fabs(got - expected) > 2e-6) {
        fail_msg("line %zu, frame %lld: %.7f instead of %.7f", line, (long long)(frame - T0), got,
                 expected);
    }
}

/* An item of a copy of N frames whose last TAIL flow into what follows. */
static struct plan_item *flowing(struct stage *stage, size_t copy, int64_t start, uint64_t lines)
{
    struct plan_item *item = stage_item(stage, copy, start, lines);
    item->n_frames = HOLD;
    item->whole_frames = HOLD;
    item->tail_frames = TAIL;
    return item;
}

static double fall(int64_t k) /* of frame k of the tail */
{
    return (TAIL - (double)k - 0.5) / TAIL;
}

static void one_flows_into_the_other_with_gains_that_add_up_to_one(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, N);
    stage_copy(stage, 2, N);
    flowing(stage, 0, T0 + 11, 1);
    flowing(stage, 1, T0 + 11 + HOLD, 1)->fade_in_frames = TAIL;
    stage_catch(stage, T0, 20000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 20000);
    for (int64_t k = 0; k < HOLD; k++) {
        assert_near(stage, 0, T0 + 11 + k, stage_sample(0, k));
    }
    for (int64_t k = 0; k < TAIL; k++) {
        assert_near(stage, 0, T0 + 11 + HOLD + k,
                    fall(k) * stage_sample(0, HOLD + k) + (1 - fall(k)) * stage_sample(1, k));
    }
    for (int64_t k = TAIL; k < HOLD; k++) {
        assert_near(stage, 0, T0 + 11 + HOLD + k, stage_sample(1, k));
    }
    for (int64_t k = 0; k < TAIL; k++) { /* nothing follows: it is heard alone */
        assert_near(stage, 0, T0 + 11 + 2 * HOLD + k, fall(k) * stage_sample(1, HOLD + k));
    }
    assert_near(stage, 0, T0 + 11 + 2 * HOLD + TAIL, 0);
    /* Its airtime ends where the next one begins, and all of it has aired. */
    assert_string_equal(stage_event(stage, 1), "6011 end #1 frames=6000 complete");
    assert_string_equal(stage_event(stage, 2), "6011 start b #2 lines=0 offset=0 programme");
    assert_string_equal(stage_event(stage, 3), "12011 end #2 frames=6000 complete");
    assert_string_equal(stage_event(stage, 4), "");
    stage_destroy(stage);
}

static void a_tail_sounds_only_where_its_item_did(void **state)
{
    (void)state;
    struct stage *stage = stage_create(3);
    stage_copy(stage, 1, N);
    stage_copy(stage, 1, N);
    flowing(stage, 0, T0, 3);
    stage_item(stage, 1, T0 + HOLD, 6); /* the next one has another line, and leaves one */
    stage_catch(stage, T0, 20000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 20000);
    for (int64_t k = 0; k < TAIL; k++) {
        double tail = fall(k) * stage_sample(0, HOLD + k);
        assert_near(stage, 0, T0 + HOLD + k, tail);
        assert_near(stage, 1, T0 + HOLD + k, tail + stage_sample(1, k));
        assert_near(stage, 2, T0 + HOLD + k, stage_sample(1, k));
    }
    stage_destroy(stage);
}

static void an_emergency_stands_alone(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, N);
    stage_copy(stage, 1, N);
    flowing(stage, 0, T0, 1);
    struct plan_item *warning = stage_item(stage, 1, T0 + HOLD, 1);
    warning->priority = 1;
    warning->kind = "khan-cap";
    stage_catch(stage, T0, 20000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 20000);
    for (int64_t k = 0; k < N; k++) {
        assert_near(stage, 0, T0 + HOLD + k, stage_sample(1, k));
    }
    stage_destroy(stage);
}

static void nothing_flows_past_the_hours_of_a_line(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, N);
    flowing(stage, 0, T0, 1);
    stage_level(stage, 0, T0 + HOLD + 100, false, 0);
    stage_catch(stage, T0, 20000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 20000);
    assert_near(stage, 0, T0 + HOLD + 99, fall(99) * stage_sample(0, HOLD + 99));
    for (int64_t k = 100; k < TAIL; k++) {
        assert_near(stage, 0, T0 + HOLD + k, 0);
    }
    stage_destroy(stage);
}

static void what_is_taken_before_its_end_has_no_tail(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, N);
    stage_copy(stage, 1, N);
    flowing(stage, 0, T0, 1);
    stage_item(stage, 1, T0 + 2000, 1)->n_frames = 1000; /* later, and so it has the line */
    stage_catch(stage, T0, 20000);
    stage_play(stage, ENGINE_OFFLINE, T0 + 2500);
    assert_near(stage, 0, T0 + 2100, stage_sample(1, 100));
    assert_string_equal(stage_event(stage, 1), "2000 end #1 frames=2000 preempted");
    stage_destroy(stage);
}

static void a_tail_outlives_the_plan_that_it_came_from(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, N);
    stage_copy(stage, 1, N);
    flowing(stage, 0, T0, 1);
    stage_item(stage, 1, T0 + HOLD, 1);
    stage_catch(stage, T0, 20000);
    struct engine *engine = engine_with(stage, ENGINE_OFFLINE, plan_of(stage, 0, 1));
    assert_int_equal(engine_give_plan(engine, plan_of(stage, 1, 1), NULL, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + HOLD + 1000, NULL), 0);
    assert_int_equal(engine_revise(engine, plan_of(stage, 1, 1), NULL, NULL, 0, NULL), 0);
    assert_int_equal(engine_advance_to(engine, T0 + HOLD + TAIL + 10, NULL), 0);
    for (int64_t k = 0; k < TAIL; k++) {
        assert_near(stage, 0, T0 + HOLD + k,
                    fall(k) * stage_sample(0, HOLD + k) + stage_sample(1, k));
    }
    engine_destroy(engine);
    stage_destroy(stage);
}

static void a_ledger_without_sound_has_the_same_airings(void **state)
{
    (void)state;
    const enum engine_mode modes[] = {ENGINE_OFFLINE, ENGINE_LEDGER};
    char events[2][6][STAGE_EVENT_MAX];
    for (size_t m = 0; m < 2; m++) {
        struct stage *stage = stage_create(2);
        stage_copy(stage, 1, N);
        stage_copy(stage, 1, N);
        flowing(stage, 0, T0 + 5, 3);
        flowing(stage, 1, T0 + 5 + HOLD, 1)->fade_in_frames = TAIL;
        stage_item(stage, 0, T0 + 5 + HOLD, 2);
        stage_catch(stage, T0, 30000);
        stage_play(stage, modes[m], T0 + 30000);
        for (size_t i = 0; i < 6; i++) {
            strcpy(events[m][i], stage_event(stage, i));
        }
        stage_destroy(stage);
    }
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(events[0][i], events[1][i]);
        assert_true(*events[0][i]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_flows_into_the_other_with_gains_that_add_up_to_one),
    cmocka_unit_test(a_tail_sounds_only_where_its_item_did),
    cmocka_unit_test(an_emergency_stands_alone),
    cmocka_unit_test(nothing_flows_past_the_hours_of_a_line),
    cmocka_unit_test(what_is_taken_before_its_end_has_no_tail),
    cmocka_unit_test(a_tail_outlives_the_plan_that_it_came_from),
    cmocka_unit_test(a_ledger_without_sound_has_the_same_airings),
};
TEST_MAIN(tests)
