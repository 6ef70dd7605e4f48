/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/render.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/log.h"
#include "base/paths.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/stage.h"
#include "tests/test.h"

enum { T0_S = 1700000000 };

static struct render_options options_of(struct stage *stage, const char *path)
{
    return (struct render_options){.station = &stage->station,
                                   .plans = stage_plans(stage),
                                   .n_plans = 1,
                                   .segments = &stage->segments,
                                   .log = &LOG_SILENT,
                                   .line = 1,
                                   .from_us = T0_S * 1000000LL,
                                   .to_us = T0_S * 1000000LL + 1500000,
                                   .path = path};
}

static void note_progress(void *context, double share)
{
    *(double *)context = share;
}

static void a_render_holds_exactly_the_frames_asked_for(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    int64_t t0 = (int64_t)T0_S * AIR_RATE;
    stage_copy(stage, 2, 48000);
    stage_copy(stage, 1, 30000);
    stage_item(stage, 0, t0 - 24000, 2);
    stage_item(stage, 1, t0 + 24100, 3);
    const char *const endings[] = {"wav", "flac"};
    for (size_t e = 0; e < 2; e++) {
        char path[PATHS_MAX];
        snprintf(path, sizeof path, "%s/out.%s", stage->dir, endings[e]);
        struct render_options options = options_of(stage, path);
        double share = 0;
        options.on_progress = note_progress;
        options.progress_context = &share;
        assert_int_equal(render_line(&options, NULL), 0);
        assert_true(share == 1);
        struct sound sound = sound_read_file(path);
        assert_int_equal(sound.frames, 72000);
        assert_int_equal(sound.channels, 2);
        for (int64_t i = 0; i < 72000; i++) {
            float left = 0;
            if (i < 24000) {
                left = stage_sample(0, 24000 + i);
            } else if (i >= 24100 && i < 54100) {
                left = stage_sample(1, i - 24100);
            }
            assert_true(fabsf(sound.samples[2 * i] - left) < 1e-6f);
        }
        sound_free(&sound);
    }
    stage_destroy(stage);
}

static void a_render_that_fails_leaves_the_old_file(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_copy(stage, 2, 48000);
    stage_item(stage, 0, (int64_t)T0_S * AIR_RATE, 2);
    temp_dir_write(stage->dir, "out.wav", "precious");
    char path[PATHS_MAX];
    char part[PATHS_MAX + 8];
    snprintf(path, sizeof path, "%s/out.wav", stage->dir);
    snprintf(part, sizeof part, "%s.part", path);
    volatile sig_atomic_t stop = 1;
    struct render_options options = options_of(stage, path);
    options.stop = &stop;
    assert_int_equal(render_line(&options, NULL), -EINTR);
    char *text = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(path, 100, &text, &n, NULL), 0);
    assert_string_equal(text, "precious");
    free(text);
    assert_int_equal(access(part, F_OK), -1);
    options.stop = NULL;
    assert_int_equal(render_line(&options, NULL), 0); /* and one that succeeds replaces it */
    struct sound sound = sound_read_file(path);
    assert_int_equal(sound_onset(&sound), 0);
    sound_free(&sound);
    stage_destroy(stage);
}

static void a_render_into_nowhere_names_the_file(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    struct fault fault;
    struct render_options options = options_of(stage, "/nowhere/at/all.wav");
    assert_int_equal(render_line(&options, &fault), -ENOENT);
    assert_string_equal(fault.file, "/nowhere/at/all.wav");
    options.path = "sound.mp3";
    assert_int_equal(render_line(&options, &fault), -ENOTSUP);
    options.path = "sound.wav";
    options.to_us = options.from_us;
    assert_int_equal(render_line(&options, &fault), -EINVAL);
    assert_int_equal(access("sound.wav.part", F_OK), -1);
    stage_destroy(stage);
}

static void a_full_disk_ends_a_render_with_its_reason(void **state)
{
    (void)state;
    struct stage *stage = stage_create(2);
    stage_copy(stage, 2, 480000);
    stage_item(stage, 0, (int64_t)T0_S * AIR_RATE, 2);
    /* A limit on the size of a file stands in for a disk that is full. */
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/out.wav", stage->dir);
    struct render_options options = options_of(stage, path);
    options.to_us = options.from_us + 10000000;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct fault fault = {0};
        struct rlimit limit = {1 << 20, 1 << 20};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        int r = render_line(&options, &fault);
        _exit(r == -EFBIG && strstr(fault.text, strerror(EFBIG)) ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(access(path, F_OK), -1);
    stage_destroy(stage);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_render_holds_exactly_the_frames_asked_for),
    cmocka_unit_test(a_render_that_fails_leaves_the_old_file),
    cmocka_unit_test(a_render_into_nowhere_names_the_file),
    cmocka_unit_test(a_full_disk_ends_a_render_with_its_reason),
};
TEST_MAIN(tests)
