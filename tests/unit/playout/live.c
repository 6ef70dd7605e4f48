/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/log.h"
#include "base/paths.h"
#include "playout/radio.h"
#include "playout/render.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/studio.h"
#include "tests/test.h"

/* ---- on air, under the machine's clock */

static int64_t now_frame(void)
{
    struct clock clock = clock_system();
    return frames_from_us(clock_now_us(&clock));
}

static int64_t now_us(void)
{
    struct clock clock = clock_system();
    return clock_now_us(&clock);
}

static const struct output_spec to_file = {.kind = OUTPUT_FILE, .target = "air", .format = "wav"};
static const struct output_spec to_nowhere = {.kind = OUTPUT_NULL, .target = ""};

/* The recorder's file of line l0. */
static struct sound recorded(const struct stage *stage, int64_t from_frame)
{
    char path[PATHS_MAX];
    for (int64_t second = -1; second < 3; second++) {
        time_t at = (time_t)(from_frame / AIR_RATE + second);
        char instant[32];
        strftime(instant, sizeof instant, "%Y%m%dT%H%M%SZ", gmtime(&at));
        snprintf(path, sizeof path, "%s/air/l0-%s.wav", stage->dir, instant);
        if (access(path, F_OK) == 0) {
            return sound_read_file(path);
        }
    }
    fail_msg("%s is not there", path);
    abort();
}

static void what_is_on_air_is_what_a_render_holds(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage->lines[0].outputs = &to_file;
    stage->lines[0].n_outputs = 1;
    stage->lines[1].outputs = &to_nowhere;
    stage->lines[1].n_outputs = 1;
    stage_copy(stage, 2, 20000);
    stage_copy(stage, 1, 14000);
    struct studio *studio = studio_open(stage, clock_system(), RADIO_OUTPUTS);
    int64_t start = now_frame() + 14400;
    stage_item(stage, 0, start, 3)->fade_out_frames = 3000;
    stage_item(stage, 1, start + 20000, 1)->gain_db = -6;
    stage_level(stage, 0, start + 21234, true, -9);
    studio_give(studio);
    assert_int_equal(radio_run_until(studio->radio, frames_to_us(start + 40000), NULL, NULL), 0);
    struct radio_line line;
    struct radio_status status;
    radio_line(studio->radio, 0, &line);
    radio_status(studio->radio, &status);
    assert_int_equal(line.n_underruns, 0);
    assert_int_equal(status.frames_skipped, 0);
    studio_close(studio);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_int_equal(heard.n, 2);
    assert_string_equal(heard.text[0], "a l0 l1 +0 -20000 complete offset=0");
    assert_string_equal(heard.text[1], "b l0 +20000 -14000 complete offset=0");
    char rendered[PATHS_MAX];
    snprintf(rendered, sizeof rendered, "%s/render.wav", stage->dir);
    struct render_options options = {.station = &stage->station,
                                     .plans = stage_plans(stage),
                                     .n_plans = 1,
                                     .log = &LOG_SILENT,
                                     .from_us = frames_to_us(start),
                                     .to_us = frames_to_us(start + 34000),
                                     .path = rendered};
    assert_int_equal(render_line(&options, NULL), 0);
    struct sound live = recorded(stage, start);
    struct sound render = sound_read_file(rendered);
    int64_t onset = sound_onset(&live);
    assert_true(onset + 34000 <= live.frames);
    assert_memory_equal(live.samples + 2 * onset, render.samples, 34000 * 2 * sizeof(float));
    sound_free(&live);
    sound_free(&render);
    stage_destroy(stage);
}

static void a_killed_radio_loses_less_than_a_second_and_joins_in_again(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage_copy(stage, 1, 5 * 48000);
    int64_t start = now_frame() + 24000;
    stage_item(stage, 0, start, 1);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct studio *studio = studio_begin(stage, clock_system(), RADIO_OUTPUTS);
        int r = radio_run_until(studio->radio, now_us() + 60000000, NULL, NULL);
        _exit(r);
    }
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 200000000}, NULL);
    int64_t killed = now_frame();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    struct studio *studio = studio_begin(stage, clock_system(), RADIO_OUTPUTS);
    int64_t again = now_frame();
    assert_int_equal(radio_run_until(studio->radio, now_us() + 300000, NULL, NULL), 0);
    studio_close(studio);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_int_equal(heard.n, 2);
    long long at = 0;
    long long frames = 0;
    assert_int_equal(sscanf(heard.text[0], "a l0 +%lld -%lld crashed", &at, &frames), 2);
    assert_int_equal(at, 0);
    assert_true(frames > killed - start - 48000 && frames <= killed - start);
    long long offset = 0;
    assert_int_equal(sscanf(heard.text[1], "a l0 +%lld -%lld stopped offset=%lld", &at, &frames,
                            &offset),
                     3);
    assert_int_equal(at, offset);
    assert_in_range(start + at, again - 960, again + 24000);
    stage_destroy(stage);
}

/* The machine's clock, until somebody sets it. */
static _Atomic int64_t set_by_us;

static int64_t drifting_now_us(struct clock *clock)
{
    (void)clock;
    return now_us() + atomic_load(&set_by_us);
}

static struct clock drifting_clock(void)
{
    struct clock clock = clock_system();
    atomic_store(&set_by_us, 0);
    clock.now_us = drifting_now_us;
    return clock;
}

static void run_for(struct studio *studio, int64_t us)
{
    assert_int_equal(radio_run_until(studio->radio, clock_now_us(&studio->clock) + us, NULL, NULL),
                     0);
}

/* Two airings, and no time in between that was not heard; the second where it should be. */
static void assert_joined(const struct heard *heard, int64_t skipped_frames)
{
    long long first = 0;
    long long at = 0;
    long long second = 0;
    long long offset = 0;
    assert_int_equal(heard->n, 2);
    assert_int_equal(sscanf(heard->text[0], "a l0 +0 -%lld failed", &first), 1);
    assert_int_equal(sscanf(heard->text[1], "a l0 +%lld -%lld stopped offset=%lld", &at, &second,
                            &offset),
                     3);
    assert_true(first > 0 && at - first > skipped_frames);
    assert_int_equal(at, offset);
    assert_in_range(first + second, 48000 / 5, 48000 * 5 / 2);
}

static void a_clock_set_forward_is_followed_without_playing_the_backlog(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage_copy(stage, 1, 8 * 48000);
    struct studio *studio = studio_open(stage, drifting_clock(), RADIO_OUTPUTS);
    int64_t start = now_frame() + 14400;
    stage_item(stage, 0, start, 1);
    studio_give(studio);
    run_for(studio, 500000);
    atomic_store(&set_by_us, 5000000);
    run_for(studio, 300000);
    struct radio_status status;
    radio_status(studio->radio, &status);
    studio_close(studio);
    assert_in_range(status.frames_skipped, 4 * 48000, 6 * 48000);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_joined(&heard, 4 * 48000);
    stage_destroy(stage);
}

static void a_long_way_forward_what_is_under_way_is_joined(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage_copy(stage, 1, 120 * 48000);
    struct studio *studio = studio_open(stage, drifting_clock(), RADIO_OUTPUTS);
    int64_t start = now_frame() + 4800;
    stage_item(stage, 0, start, 1);
    studio_give(studio);
    run_for(studio, 300000);
    atomic_store(&set_by_us, 90000000);
    run_for(studio, 1500000);
    studio_close(studio);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_joined(&heard, 80 * 48000);
    stage_destroy(stage);
}

static void a_clock_set_back_does_not_silence_the_radio(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage_copy(stage, 1, 8 * 48000);
    struct studio *studio = studio_open(stage, drifting_clock(), RADIO_OUTPUTS);
    int64_t start = now_frame() + 14400;
    stage_item(stage, 0, start, 1);
    studio_give(studio);
    run_for(studio, 500000);
    atomic_store(&set_by_us, -50000000LL);
    int64_t until = now_us() + 500000;
    while (now_us() < until) {
        run_for(studio, 20000);
    }
    studio_close(studio);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_int_equal(heard.n, 1);
    long long frames = 0;
    assert_int_equal(sscanf(heard.text[0], "a l0 +0 -%lld stopped", &frames), 1);
    assert_in_range(frames, 48000 * 6 / 10, 48000 * 3 / 2);
    stage_destroy(stage);
}

/* A clock that was an hour fast may have begun this at three in the night. */
static void a_clock_set_back_by_an_hour_ends_what_is_on_air(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage_copy(stage, 1, 8 * 48000);
    struct studio *studio = studio_open(stage, drifting_clock(), RADIO_OUTPUTS);
    int64_t start = now_frame() + 14400;
    stage_item(stage, 0, start, 1);
    studio_give(studio);
    run_for(studio, 500000);
    atomic_store(&set_by_us, -3600000000LL);
    int64_t until_us = clock_now_us(&studio->clock) + 3000000;
    assert_int_equal(radio_run_until(studio->radio, until_us, NULL, NULL), -ETIME);
    studio_close(studio);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_int_equal(heard.n, 1);
    assert_non_null(strstr(heard.text[0], "failed")); /* nobody has stopped it */
    stage_destroy(stage);
}

static void what_ended_after_the_clock_was_set_back_is_in_the_ledger_at_once(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage_copy(stage, 1, 28800);
    struct studio *studio = studio_open(stage, drifting_clock(), RADIO_OUTPUTS);
    int64_t start = now_frame() + 24000;
    stage_item(stage, 0, start, 1);
    studio_give(studio);
    run_for(studio, 700000);
    atomic_store(&set_by_us, -50000000LL);
    int64_t until = now_us() + 1500000;
    while (now_us() < until) {
        run_for(studio, 20000);
    }
    struct heard heard = studio_heard(stage, frames_to_us(start)); /* as a kill would leave it */
    studio_close(studio);
    assert_int_equal(heard.n, 1);
    assert_non_null(strstr(heard.text[0], " complete "));
    stage_destroy(stage);
}

static void a_plan_given_while_on_air_is_taken_up(void **state)
{
    (void)state;
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage_copy(stage, 1, 24000);
    struct studio *studio = studio_open(stage, clock_system(), RADIO_OUTPUTS);
    int64_t start = now_frame();
    run_for(studio, 50000);
    stage_item(stage, 0, start + 19200, 1);
    struct plan later = stage->plan;
    assert_int_equal(radio_give_plan(studio->radio, &later, NULL), 0);
    run_for(studio, 650000);
    struct radio_line line;
    radio_line(studio->radio, 0, &line);
    assert_string_equal(line.segment_code, "a");
    assert_int_equal(line.state, RADIO_LINE_ON_AIR);
    assert_int_equal(line.start_error_us, 0);
    assert_true(line.peak_dbfs > -60 && line.peak_dbfs < 0);
    run_for(studio, 300000);
    studio_close(studio);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_int_equal(heard.n, 1);
    assert_string_equal(heard.text[0], "a l0 +19200 -24000 complete offset=0");
    stage_destroy(stage);
}

static void a_missing_recording_is_replaced_before_its_time_comes(void **state)
{
    (void)state;
    static const struct fallback ladder[] = {{"gone"}, {"b"}};
    struct stage *stage = stage_create(1);
    stage->lines[0].outputs = &to_nowhere;
    stage->lines[0].n_outputs = 1;
    stage->lines[0].fallback = ladder;
    stage->lines[0].n_fallback = 2;
    stage_copy(stage, 1, 9600);
    stage_copy(stage, 1, 4800);
    stage->copies[0].air_sha256[10] ^= 1; /* nobody has such a copy */
    struct studio *studio = studio_open(stage, clock_system(), RADIO_OUTPUTS);
    int64_t start = now_frame() + 14400;
    stage_item(stage, 0, start, 1);
    studio_give(studio);
    run_for(studio, 550000);
    studio_close(studio);
    struct heard heard = studio_heard(stage, frames_to_us(start));
    assert_int_equal(heard.n, 2);
    assert_string_equal(heard.text[0], "a l0 +0 -0 failed offset=0");
    assert_string_equal(heard.text[1], "b l0 +0 -4800 complete offset=0");
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_on_air_is_what_a_render_holds),
    cmocka_unit_test(a_killed_radio_loses_less_than_a_second_and_joins_in_again),
    cmocka_unit_test(a_clock_set_forward_is_followed_without_playing_the_backlog),
    cmocka_unit_test(a_long_way_forward_what_is_under_way_is_joined),
    cmocka_unit_test(a_clock_set_back_does_not_silence_the_radio),
    cmocka_unit_test(a_clock_set_back_by_an_hour_ends_what_is_on_air),
    cmocka_unit_test(what_ended_after_the_clock_was_set_back_is_in_the_ledger_at_once),
    cmocka_unit_test(a_plan_given_while_on_air_is_taken_up),
    cmocka_unit_test(a_missing_recording_is_replaced_before_its_time_comes),
};
TEST_MAIN(tests)
