/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/output.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/paths.h"
#include "playout/outputs/file.h"
#include "playout/outputs/transports.h"
#include "tests/fakes/sound.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"

static void a_file_keeps_every_bit_of_twenty_four(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    temp_dir_make(dir);
    enum { N = 20000 };
    float *frames = calloc(N * 2, sizeof *frames);
    for (int i = 0; i < N * 2; i++) {
        frames[i] = (float)((i * 7919 % 16777216) - 8388608) / 8388608.0f;
    }
    const char *const formats[] = {"wav", "flac"};
    for (size_t f = 0; f < 2; f++) {
        char path[PATHS_MAX];
        snprintf(path, sizeof path, "%s/a.%s", dir, formats[f]);
        struct sound_file *file = NULL;
        assert_int_equal(sound_file_create(path, formats[f], &file, NULL), 0);
        for (int done = 0; done < N; done += 1000) {
            assert_int_equal(sound_file_write(file, frames + 2 * done, 1000, NULL), 0);
        }
        assert_int_equal(sound_file_finish(file, NULL), 0);
        struct sound sound = sound_read_file(path);
        assert_int_equal(sound.frames, N);
        assert_int_equal(sound.rate, 48000);
        assert_memory_equal(sound.samples, frames, N * 2 * sizeof *frames);
        sound_free(&sound);
    }
    free(frames);
    temp_dir_remove(dir);
}

static void what_is_too_loud_is_clipped_and_never_wraps(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    temp_dir_make(dir);
    snprintf(path, sizeof path, "%s/a.wav", dir);
    struct sound_file *file = NULL;
    float frames[] = {1.0f, -1.0f, 3.0f, -3.0f, 1e30f, -1e30f};
    assert_int_equal(sound_file_create(path, "wav", &file, NULL), 0);
    assert_int_equal(sound_file_write(file, frames, 3, NULL), 0);
    assert_int_equal(sound_file_finish(file, NULL), 0);
    struct sound sound = sound_read_file(path);
    for (int i = 0; i < 3; i++) {
        assert_true(sound.samples[2 * i] == 8388607.0f / 8388608.0f);
        assert_true(sound.samples[2 * i + 1] == -1.0f);
    }
    sound_free(&sound);
    temp_dir_remove(dir);
}

static void a_file_is_never_written_over(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    struct fault fault;
    struct sound_file *file = NULL;
    temp_dir_make(dir);
    temp_dir_write(dir, "a.wav", "precious");
    snprintf(path, sizeof path, "%s/a.wav", dir);
    assert_int_equal(sound_file_create(path, "wav", &file, &fault), -EEXIST);
    assert_string_equal(fault.file, path);
    assert_int_equal(sound_file_create("a.ogg", "ogg", &file, &fault), -ENOTSUP);
    char *text = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(path, 100, &text, &n, NULL), 0);
    assert_string_equal(text, "precious");
    free(text);
    temp_dir_remove(dir);
}

static void a_folder_that_is_not_there_or_cannot_be_used_is_said_beforehand(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    struct fault fault;
    temp_dir_make(dir);
    temp_dir_write(dir, "ghi/a", "");
    const struct {
        enum output_kind kind;
        const char *target;
        int r;
        const char *words;
    } cases[] = {
        {OUTPUT_FILE, "ghi", 0, NULL},
        {OUTPUT_HLS, "ghi", 0, NULL},
        {OUTPUT_HLS, "gih", -ENOENT, "does not exist"},
        {OUTPUT_FILE, "ghi/a", -ENOTDIR, "is not a folder"},
        {OUTPUT_NULL, "", 0, NULL},
        {OUTPUT_RTP, "239.1.1.1:5004", 0, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct output_spec spec = {.kind = cases[i].kind,
                                   .target = cases[i].target,
                                   .file_line = 12};
        int r = output_check(&spec, dir, &fault);
        assert_int_equal(r, cases[i].r);
        if (r < 0) {
            assert_non_null(strstr(fault.text, cases[i].words));
            assert_non_null(strstr(fault.text, cases[i].target));
            assert_int_equal(fault.line, 12);
        }
    }
    temp_dir_remove(dir);
}

/* ---- the recorder */

static void push(struct output *output, int64_t frame, float value, size_t n)
{
    float block[AIR_BLOCK_FRAMES * 2];
    for (size_t i = 0; i < 2 * n; i++) {
        block[i] = value;
    }
    output_push(output, frame, 0, block, n);
}

static void a_recording_changes_files_on_the_hour_and_keeps_its_time(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    temp_dir_make(dir);
    struct output *output = NULL;
    assert_int_equal(recorder_open(dir, "fm", "flac", NULL, &output, NULL), 0);
    /* 2023-05-10T11:00:00Z, the middle of a block, and a hole of two blocks before it */
    int64_t hour = 1683716400LL * AIR_RATE;
    push(output, hour - 500 - 4 * 960, 0.25f, 960);
    push(output, hour - 500 - 960, 0.25f, 960);
    push(output, hour - 500, 0.5f, 960);
    struct output_stats stats;
    output_close(output);
    snprintf(path, sizeof path, "%s/fm-20230510T105959Z.flac", dir);
    struct sound before = sound_read_file(path);
    assert_int_equal(before.frames, 4 * 960 + 500);
    assert_true(before.samples[2 * 959] == 0.25f && before.samples[2 * 960] == 0);
    assert_true(before.samples[2 * (3 * 960 - 1)] == 0 && before.samples[2 * 3 * 960] == 0.25f);
    assert_true(before.samples[2 * (4 * 960 + 499)] == 0.5f);
    snprintf(path, sizeof path, "%s/fm-20230510T110000Z.flac", dir);
    struct sound after = sound_read_file(path);
    assert_int_equal(after.frames, 460);
    assert_true(after.samples[0] == 0.5f);
    sound_free(&before);
    sound_free(&after);
    /* started again within the same second: a file beside it */
    assert_int_equal(recorder_open(dir, "fm", "flac", NULL, &output, NULL), 0);
    push(output, hour, 0.5f, 960);
    output_get_stats(output, &stats);
    assert_int_equal(stats.frames_pushed, 960);
    output_close(output);
    snprintf(path, sizeof path, "%s/fm-20230510T110000Z-2.flac", dir);
    assert_int_equal(access(path, F_OK), 0);
    temp_dir_remove(dir);
}

static void wait_until(struct output *output, bool failed)
{
    struct output_stats stats;
    for (int i = 0; i < 200; i++) {
        output_get_stats(output, &stats);
        if (stats.failed == failed) {
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    fail_msg("the recorder is %s", failed ? "still well" : "still failed");
}

static void a_folder_that_goes_is_told_once_and_tried_again(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char folder[PATHS_MAX];
    struct fault fault;
    struct output *output = NULL;
    temp_dir_make(dir);
    snprintf(folder, sizeof folder, "%s/sound", dir);
    assert_int_equal(recorder_open(folder, "fm", "wav", NULL, &output, NULL), 0);
    temp_dir_write(dir, "sound", "in the place of the folder");
    push(output, 0, 0.5f, 960);
    push(output, 960, 0.5f, 960);
    wait_until(output, true);
    assert_true(output_take_fault(output, &fault));
    assert_int_equal(fault.err, ENOTDIR);
    assert_false(output_take_fault(output, &fault));
    assert_int_equal(unlink(folder), 0);
    for (int64_t i = 0; i < 10; i++) { /* ten seconds later it tries again */
        push(output, 11 * 48000 + i * 960, 0.5f, 960);
    }
    wait_until(output, false);
    struct output_stats stats;
    output_get_stats(output, &stats);
    assert_int_equal(stats.frames_dropped, 1920);
    output_close(output);
    temp_dir_remove(dir);
}

static int count_files(const char *dir)
{
    DIR *folder = opendir(dir);
    assert_non_null(folder);
    int n = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        n += entry->d_name[0] != '.';
    }
    closedir(folder);
    return n;
}

/* A limit of 0 bytes a file is as good as a full disk. */
static void a_full_disk_is_told_once_and_gets_no_empty_files(void **state)
{
    (void)state;
    const char *const formats[] = {"wav", "flac"};
    for (size_t f = 0; f < 2; f++) {
        char dir[TEMP_DIR_MAX];
        temp_dir_make(dir);
        struct rlimit kept;
        struct output *output = NULL;
        assert_int_equal(recorder_open(dir, "fm", formats[f], NULL, &output, NULL), 0);
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
        int r = setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, kept.rlim_max});
        int n_told = 0;
        for (int64_t i = 0; i < 4 && r == 0; i++) {
            for (int64_t block = 0; block < 15; block++) {
                push(output, i * 11 * AIR_RATE + block * 960, 0.5f, 960);
            }
            nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
            struct fault fault;
            n_told += output_take_fault(output, &fault);
        }
        int r_back = setrlimit(RLIMIT_FSIZE, &kept);
        output_close(output);
        assert_true(r == 0 && r_back == 0);
        assert_int_equal(n_told, 1);
        assert_int_equal(count_files(dir), 0);
        temp_dir_remove(dir);
    }
}

/* The device is looked for by a process of its own: its fault comes when it comes. */
static void wait_for_two_faults(struct outputs *outputs, const size_t *lines, const int *errors)
{
    bool told[2] = {false};
    for (int ms = 0; ms < 30000 && !(told[0] && told[1]); ms += 10) {
        size_t line = 0;
        struct fault fault;
        while (outputs_take_fault(outputs, &line, &fault)) {
            size_t i = line == lines[0] ? 0 : 1;
            assert_int_equal(line, lines[i]);
            assert_int_equal(fault.err, errors[i]);
            assert_false(told[i]);
            told[i] = true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_true(told[0] && told[1]);
}

static void a_line_without_its_device_fails_and_the_others_go_on(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    child_use_program(LOA_PROGRAM);
    temp_dir_make(dir);
    struct output_spec bad = {.kind = OUTPUT_DEVICE,
                              .target = "no such device",
                              .channels = {1, 2},
                              .n_channels = 2};
    struct output_spec taken = {.kind = OUTPUT_DEVICE,
                                .target = "no such device",
                                .channels = {2},
                                .n_channels = 1};
    struct output_spec good = {.kind = OUTPUT_FILE, .target = "sound", .format = "flac"};
    struct line_def lines[] = {{.id = "a", .outputs = &bad, .n_outputs = 1},
                               {.id = "b", .outputs = &good, .n_outputs = 1},
                               {.id = "c", .outputs = &taken, .n_outputs = 1},
                               {.id = "d"}};
    struct station station = {.dir = dir, .lines = lines, .n_lines = 4};
    struct outputs *outputs = NULL;
    uint64_t all = 15;
    assert_int_equal(outputs_open(&station, (struct line_set){&all, 1}, &outputs, NULL), 0);
    struct fault fault;
    size_t line = 0;
    const int errors[] = {ENODEV, EBUSY};
    const size_t failed_lines[] = {0, 2};
    wait_for_two_faults(outputs, failed_lines, errors);
    assert_false(outputs_take_fault(outputs, &line, &fault));
    float block[960 * 2] = {0.5f};
    outputs_carry(outputs, (const uint32_t[]){0, 1, 2, 3}, 4, 0, 0, block, 960);
    assert_true(outputs_stats(outputs, 0).failed);
    assert_false(outputs_stats(outputs, 1).failed);
    assert_int_equal(outputs_stats(outputs, 1).frames_pushed, 960);
    outputs_close(outputs);
    char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/sound/b-19700101T000000Z.flac", dir);
    struct sound sound = sound_read_file(path);
    assert_int_equal(sound.frames, 960);
    sound_free(&sound);
    temp_dir_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_file_keeps_every_bit_of_twenty_four),
    cmocka_unit_test(what_is_too_loud_is_clipped_and_never_wraps),
    cmocka_unit_test(a_file_is_never_written_over),
    cmocka_unit_test(a_folder_that_is_not_there_or_cannot_be_used_is_said_beforehand),
    cmocka_unit_test(a_recording_changes_files_on_the_hour_and_keeps_its_time),
    cmocka_unit_test(a_folder_that_goes_is_told_once_and_tried_again),
    cmocka_unit_test(a_full_disk_is_told_once_and_gets_no_empty_files),
    cmocka_unit_test(a_line_without_its_device_fails_and_the_others_go_on),
};
TEST_MAIN(tests)
