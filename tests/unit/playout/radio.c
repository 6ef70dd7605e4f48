/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/radio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/log.h"
#include "base/paths.h"
#include "playout/render.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/studio.h"
#include "tests/test.h"

static const int64_t T0_US = 1700000000LL * 1000000;
static const int64_t T0 = 1700000000LL * AIR_RATE;

static struct stage *rehearsed_stage(void)
{
    struct stage *stage = stage_create(3);
    stage_copy(stage, 2, 48000);
    stage_copy(stage, 1, 30000);
    stage_item(stage, 0, T0 + 1000, 3);
    stage_item(stage, 1, T0 + 2000, 4)->state = PLAN_FILLER;
    stage_item(stage, 1, T0 + 49000, 7)->end_cause = END_CUT;
    stage->items[2].n_frames = 20000;
    stage_item(stage, 0, T0 + 90000, 1);
    return stage;
}

static void a_rehearsal_writes_the_ledger_of_what_it_played(void **state)
{
    (void)state;
    for (int sound = RADIO_SILENT; sound <= RADIO_FILES; sound++) {
        struct stage *stage = rehearsed_stage();
        struct studio *studio = studio_begin(stage, clock_virtual(T0_US), (enum radio_sound)sound);
        assert_int_equal(radio_run_until(studio->radio, T0_US + 2000000, NULL, NULL), 0);
        studio_close(studio);
        struct heard heard = studio_heard(stage, T0_US);
        assert_int_equal(heard.n, 4);
        assert_string_equal(heard.text[0], "a l0 l1 +1000 -48000 complete offset=0");
        assert_string_equal(heard.text[1], "b l2 +2000 -30000 complete offset=0");
        assert_string_equal(heard.text[2], "b l0 l1 l2 +49000 -20000 cut offset=0");
        assert_string_equal(heard.text[3], "a l0 +90000 -6000 stopped offset=0");
        stage_destroy(stage);
    }
}

static void a_rehearsal_keeps_each_lines_sound_as_it_renders(void **state)
{
    (void)state;
    struct stage *stage = rehearsed_stage();
    struct studio *studio = studio_begin(stage, clock_virtual(T0_US), RADIO_FILES);
    assert_int_equal(radio_run_until(studio->radio, T0_US + 2000000, NULL, NULL), 0);
    assert_int_equal(clock_now_us(&studio->clock), T0_US + 2000000);
    studio_close(studio);
    for (size_t line = 0; line < 3; line++) {
        char path[PATHS_MAX];
        char rendered[PATHS_MAX];
        snprintf(path, sizeof path, "%s/files/l%zu.flac", stage->dir, line);
        snprintf(rendered, sizeof rendered, "%s/render.wav", stage->dir);
        struct render_options options = {.station = &stage->station,
                                         .plans = stage_plans(stage),
                                         .n_plans = 1,
                                         .log = &LOG_SILENT,
                                         .line = line,
                                         .from_us = T0_US,
                                         .to_us = T0_US + 2000000,
                                         .path = rendered};
        assert_int_equal(render_line(&options, NULL), 0);
        struct sound a = sound_read_file(path);
        struct sound b = sound_read_file(rendered);
        assert_int_equal(a.frames, 96000);
        assert_memory_equal(a.samples, b.samples, 96000 * 2 * sizeof(float));
        sound_free(&a);
        sound_free(&b);
    }
    stage_destroy(stage);
}

static void a_file_that_is_there_already_stops_a_rehearsal_before_it_begins(void **state)
{
    (void)state;
    struct stage *stage = rehearsed_stage();
    temp_dir_write(stage->dir, "files/l1.flac", "precious");
    char files[PATHS_MAX];
    char path[PATHS_MAX + 16];
    snprintf(files, sizeof files, "%s/files", stage->dir);
    struct clock clock = clock_virtual(T0_US);
    struct radio_options options = {.station = &stage->station,
                                    .clock = &clock,
                                    .log = &LOG_SILENT,
                                    .sound = RADIO_FILES,
                                    .files_dir = files};
    struct radio *radio = NULL;
    struct fault fault;
    assert_int_equal(radio_open(&options, &radio, &fault), -EEXIST);
    assert_non_null(strstr(fault.file, "l1.flac"));
    snprintf(path, sizeof path, "%s/l0.flac", files);
    assert_int_equal(access(path, F_OK), -1);
    stage_destroy(stage);
}

static void a_stopped_radio_goes_on_where_it_should_be(void **state)
{
    (void)state;
    struct stage *stage = rehearsed_stage();
    struct studio *studio = studio_begin(stage, clock_virtual(T0_US), RADIO_SILENT);
    assert_int_equal(radio_run_until(studio->radio, T0_US + 500000, NULL, NULL), 0);
    studio_close(studio); /* on air: a at 23000, b at 22000 */
    studio = studio_begin(stage, clock_virtual(T0_US + 400000), RADIO_SILENT); /* clock set back */
    assert_int_equal(radio_run_until(studio->radio, T0_US + 1500000, NULL, NULL), 0);
    studio_close(studio);
    studio = studio_begin(stage, clock_virtual(T0_US), RADIO_SILENT); /* all over again */
    assert_int_equal(radio_run_until(studio->radio, T0_US + 1500000, NULL, NULL), 0);
    studio_close(studio);
    struct heard heard = studio_heard(stage, T0_US);
    assert_int_equal(heard.n, 5);
    assert_string_equal(heard.text[0], "a l0 l1 +1000 -23000 stopped offset=0");
    assert_string_equal(heard.text[1], "b l2 +2000 -22000 stopped offset=0");
    assert_string_equal(heard.text[2], "b l2 +24000 -8000 complete offset=22000");
    assert_string_equal(heard.text[3], "a l0 l1 +24000 -25000 complete offset=23000");
    assert_string_equal(heard.text[4], "b l0 l1 l2 +49000 -20000 cut offset=0");
    stage_destroy(stage);
}

static void who_plans_on_reads_in_the_ledger_what_aired_so_far(void **state)
{
    (void)state;
    struct stage *stage = rehearsed_stage();
    struct studio *studio = studio_begin(stage, clock_virtual(T0_US), RADIO_SILENT);
    assert_int_equal(radio_run_until(studio->radio, T0_US + 1000000, NULL, NULL), 0);
    struct heard heard = studio_heard(stage, T0_US);
    assert_int_equal(heard.n, 2);
    assert_string_equal(heard.text[1], "b l2 +2000 -30000 complete offset=0");
    studio_close(studio);
    stage_destroy(stage);
}

static volatile sig_atomic_t asked_to_stop;

static void a_rehearsal_can_be_interrupted(void **state)
{
    (void)state;
    struct stage *stage = rehearsed_stage();
    struct studio *studio = studio_begin(stage, clock_virtual(T0_US), RADIO_SILENT);
    asked_to_stop = 1;
    assert_int_equal(radio_run_until(studio->radio, T0_US + 500000, &asked_to_stop, NULL), -EINTR);
    asked_to_stop = 0;
    studio_close(studio);
    assert_int_equal(studio_heard(stage, T0_US).n, 0);
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_rehearsal_writes_the_ledger_of_what_it_played),
    cmocka_unit_test(a_rehearsal_keeps_each_lines_sound_as_it_renders),
    cmocka_unit_test(a_file_that_is_there_already_stops_a_rehearsal_before_it_begins),
    cmocka_unit_test(a_stopped_radio_goes_on_where_it_should_be),
    cmocka_unit_test(who_plans_on_reads_in_the_ledger_what_aired_so_far),
    cmocka_unit_test(a_rehearsal_can_be_interrupted),
};
TEST_MAIN(tests)
