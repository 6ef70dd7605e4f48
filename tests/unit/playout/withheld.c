/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "base/paths.h"
#include "tests/unit/playout/revising.h"

/* A kind that a station mode withholds is not heard, whatever the plan and the ladders say. */

/* Line 0: b, then c. Line 1: b. */
static const struct fallback ladder_0[] = {{"b"}, {"c"}};
static const struct fallback ladder_1[] = {{"b"}};

static struct stage *stage_of_modes(void)
{
    struct stage *stage = stage_create(2);
    stage->lines[0].fallback = ladder_0;
    stage->lines[0].n_fallback = ARRAY_LEN(ladder_0);
    stage->lines[1].fallback = ladder_1;
    stage->lines[1].n_fallback = ARRAY_LEN(ladder_1);
    stage_copy(stage, 1, 20000); /* a */
    stage_copy(stage, 1, 12000); /* b */
    stage_copy(stage, 1, 12000); /* c */
    stage->copies[1].kind = "ca-nhac";
    stage_catch(stage, T0, 24000);
    return stage;
}

static void lose_the_first(const struct stage *stage)
{
    char path[PATHS_MAX];
    const char *hash = stage->copies[0].air_sha256;
    snprintf(path, sizeof path, "%s/library/air/%.2s/%s.wav", stage->dir, hash, hash);
    assert_int_equal(unlink(path), 0);
}

static void withhold(struct plan *plan, struct plan_withheld *withheld, const char *kind,
                     int64_t from, int64_t until, uint64_t *lines)
{
    *withheld = (struct plan_withheld){.from_frame = from,
                                       .until_frame = until,
                                       .lines = {.words = lines, .n_words = 1},
                                       .kind = kind};
    plan->withheld = withheld;
    plan->n_withheld = 1;
}

static void assert_events(const struct stage *stage, const char *const *events)
{
    for (size_t i = 0; i == 0 || events[i - 1][0]; i++) {
        assert_string_equal(stage_event(stage, i), events[i]);
    }
}

static void a_rung_of_a_withheld_kind_is_passed_over_on_the_modes_lines(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_OFFLINE; mode++) {
        struct stage *stage = stage_of_modes();
        struct plan_withheld withheld;
        uint64_t lines = 1;
        lose_the_first(stage);
        stage_item(stage, 0, T0 + 100, 3);
        withhold(&stage->plan, &withheld, "ca-nhac", T0, T0 + 24000, &lines);
        stage_play(stage, (enum engine_mode)mode, T0 + 24000);
        assert_events(stage, (const char *const[]){
                                 "100 start a #1 lines=0,1 offset=0 programme",
                                 "100 end #1 frames=0 failed",
                                 "100 start b #2 lines=1 offset=0 fallback",
                                 "100 start c #3 lines=0 offset=0 fallback",
                                 "12100 end #2 frames=12000 complete",
                                 "12100 end #3 frames=12000 complete",
                                 "",
                             });
        stage_destroy(stage);
    }
}

static void a_rung_fades_out_before_the_mode_and_the_next_one_follows(void **state)
{
    (void)state;
    struct stage *stage = stage_of_modes();
    struct plan_withheld withheld;
    uint64_t lines = 3;
    lose_the_first(stage);
    stage_item(stage, 0, T0 + 100, 3);
    withhold(&stage->plan, &withheld, "ca-nhac", T0 + 10100, T0 + 90000, &lines);
    stage_play(stage, ENGINE_OFFLINE, T0 + 24000);
    assert_events(stage, (const char *const[]){
                             "100 start a #1 lines=0,1 offset=0 programme",
                             "100 end #1 frames=0 failed",
                             "100 start b #2 lines=0,1 offset=0 fallback",
                             "10100 end #2 frames=10000 cut",
                             "10100 start c #3 lines=0 offset=0 fallback",
                             "20100 end #3 frames=10000 cut",
                             "",
                         });
    float last = stage_caught(stage, 1, T0 + 10099, 0);
    assert_true(last != 0 && last * last < 1e-6f); /* it faded out */
    assert_silence(stage, T0 + 20100, T0 + 24000);
    stage_destroy(stage);
}

/* The plan was frozen before anybody mourned. */
static void an_item_of_a_withheld_kind_is_off_the_modes_lines_to_the_frame(void **state)
{
    (void)state;
    for (int mode = ENGINE_LEDGER; mode <= ENGINE_OFFLINE; mode++) {
        struct stage *stage = stage_of_modes();
        struct plan_withheld withheld;
        uint64_t lines = 2;
        stage_item(stage, 1, T0, 3);
        withhold(&stage->plan, &withheld, "ca-nhac", T0 + 5001, T0 + 7001, &lines);
        stage_play(stage, (enum engine_mode)mode, T0 + 24000);
        assert_events(stage, (const char *const[]){
                                 "0 start b #1 lines=0,1 offset=0 programme",
                                 "5001 end #1 frames=5001 cut",
                                 "5001 start b #2 lines=0 offset=5001 programme",
                                 "7001 end #2 frames=2000 cut",
                                 "7001 start b #3 lines=0,1 offset=7001 programme",
                                 "12000 end #3 frames=4999 complete",
                                 "",
                             });
        stage_destroy(stage);
    }
}

static void a_revision_says_anew_what_is_withheld_also_of_what_has_begun(void **state)
{
    (void)state;
    struct stage *stage = stage_of_modes();
    struct plan_withheld withheld;
    uint64_t lines = 3;
    slot(stage, 1, T0, 3);
    struct engine *engine = engine_with(stage, ENGINE_OFFLINE, plan_of(stage, 0, 1));
    play_to(engine, T0 + 960, T0 + 24000);
    struct plan *mourning = plan_of(stage, 0, 0);
    withhold(mourning, &withheld, "ca-nhac", T0 - 5000, T0 + 90000, &lines);
    revise(engine, mourning, T0 + 960);
    play_to(engine, T0 + 1920, T0 + 24000);
    revise(engine, plan_of(stage, 0, 0), T0 + 1920);
    play_to(engine, T0 + 24000, T0 + 24000);
    engine_destroy(engine);
    assert_copy(stage, 1, 0, T0, T0 + 960);
    assert_silence(stage, T0 + 960, T0 + 1920);
    assert_copy(stage, 1, 1920, T0 + 1920, T0 + 12000);
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_rung_of_a_withheld_kind_is_passed_over_on_the_modes_lines),
    cmocka_unit_test(a_rung_fades_out_before_the_mode_and_the_next_one_follows),
    cmocka_unit_test(an_item_of_a_withheld_kind_is_off_the_modes_lines_to_the_frame),
    cmocka_unit_test(a_revision_says_anew_what_is_withheld_also_of_what_has_begun),
};
TEST_MAIN(tests)
