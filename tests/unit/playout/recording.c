/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/recording.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/paths.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"

static const int64_t HOUR = 3600LL * AIR_RATE;
static const int64_t MAY_10 = 1683676800LL * AIR_RATE; /* 2023-05-10T00:00:00Z */

static void record(const char *dir, int64_t frame, int again)
{
    char name[RECORDING_NAME_MAX];
    recording_name("fm", frame, again, "flac", name);
    temp_dir_write(dir, name, "sound");
}

static bool is_there(const char *dir, const char *name)
{
    char path[PATHS_MAX];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return lstat(path, &st) == 0;
}

static size_t remove_old(const char *dir, int n_days)
{
    size_t n = 99;
    struct fault fault;
    if (recordings_remove(dir, "fm", "flac", n_days, &n, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    return n;
}

static void a_name_is_known_by_itself(void **state)
{
    (void)state;
    char name[RECORDING_NAME_MAX];
    int64_t frame = 0;
    recording_name("fm", MAY_10 + 7 * AIR_RATE + 5, 1, "opus", name);
    assert_string_equal(name, "fm-20230510T000007Z-2.opus");
    assert_true(recording_is_named(name, "fm", "opus", &frame));
    assert_true(frame == MAY_10 + 7 * AIR_RATE);
    static const char *const others[] = {
        "fm-20230510T000007Z-2.flac",  "f-20230510T000007Z.opus",      "fm2-20230510T000007Z.opus",
        "fm-20230231T000000Z.opus",    "fm-20230510T000007Z.opus~",    "fm-20230510T000007Z-1.opus",
        "fm-20230510T000007Z-02.opus", "fm-20230510T000007Z-101.opus", "fm-20230510T000007.opus",
        "fm-2-20230510T000007Z.opus",  "fm-20230510T240000Z.opus",     ".opus"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (recording_is_named(others[i], "fm", "opus", &frame)) {
            fail_msg("%s", others[i]);
        }
    }
}

static void the_last_days_that_were_recorded_are_kept(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    temp_dir_make(dir);
    for (int day = 0; day < 5; day++) {
        record(dir, MAY_10 + 24 * day * HOUR, 0);
        record(dir, MAY_10 + (24 * day + 23) * HOUR, 0);
        record(dir, MAY_10 + (24 * day + 23) * HOUR, 1);
    }
    assert_int_equal(remove_old(dir, 5), 0);
    assert_int_equal(remove_old(dir, 3), 6);
    assert_false(is_there(dir, "fm-20230511T230000Z-2.flac"));
    assert_true(is_there(dir, "fm-20230512T000000Z.flac"));
    /* A month without a recording takes none of the days away; nor does a clock years ahead, one
     * at a time. */
    record(dir, MAY_10 + 24 * 40 * HOUR, 0);
    record(dir, MAY_10 + 24LL * 4000 * HOUR, 0);
    assert_int_equal(remove_old(dir, 5), 0);
    assert_int_equal(remove_old(dir, 4), 3);
    assert_true(is_there(dir, "fm-20230514T000000Z.flac"));
    assert_int_equal(remove_old("/nowhere/at/all", 1), 0);
    temp_dir_remove(dir);
}

static void nothing_but_recordings_of_the_line_is_removed(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    static const char *const others[] = {"fm-20200101T000000Z.wav", "xa-20200101T000000Z.flac",
                                         "fm-20200101T000000Z.flac.txt", "fm.flac"};
    temp_dir_make(dir);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        temp_dir_write(dir, others[i], "kept");
    }
    temp_dir_write(dir, "aim", "kept");
    snprintf(path, sizeof path, "%s/fm-20200102T000000Z.flac", dir);
    assert_int_equal(symlink("aim", path), 0);
    snprintf(path, sizeof path, "%s/fm-20200103T000000Z.flac", dir);
    assert_int_equal(mkdir(path, 0755), 0);
    record(dir, MAY_10, 0);
    record(dir, MAY_10 + 24 * HOUR, 0);
    record(dir, MAY_10 + 48 * HOUR, 0);
    snprintf(path, sizeof path, "%s/fm-20230510T000000Z.flac", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0); /* it is being written */
    assert_int_equal(remove_old(dir, 1), 1);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_true(is_there(dir, others[i]));
    }
    assert_true(is_there(dir, "aim"));
    assert_true(is_there(dir, "fm-20200102T000000Z.flac"));
    assert_true(is_there(dir, "fm-20200103T000000Z.flac"));
    assert_true(is_there(dir, "fm-20230510T000000Z.flac"));
    close(fd);
    assert_int_equal(remove_old(dir, 1), 1);
    assert_false(is_there(dir, "fm-20230510T000000Z.flac"));
    temp_dir_remove(dir);
}

/* The keeper of a running radio. */
static void a_keeper_tells_what_it_has_removed(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    struct recordings_keeper *keeper = NULL;
    struct fault told = {.err = 1};
    uint32_t line = 0;
    temp_dir_make(dir);
    for (int day = 0; day < 4; day++) {
        record(dir, MAY_10 + 24 * day * HOUR, 0);
    }
    assert_int_equal(recordings_keeper_create(&keeper, NULL), 0);
    assert_int_equal(recordings_keeper_add(keeper, 7, "fm", dir, "flac", 2, NULL), 0);
    assert_false(recordings_keeper_tell(keeper, &line, &told));
    assert_int_equal(recordings_keeper_start(keeper, NULL), 0);
    while (!recordings_keeper_tell(keeper, &line, &told)) {
        usleep(1000);
    }
    assert_int_equal(line, 7);
    assert_int_equal(told.err, 0);
    assert_non_null(strstr(told.text, ": 2"));
    assert_false(recordings_keeper_tell(keeper, &line, &told));
    recordings_keeper_destroy(keeper);
    assert_true(is_there(dir, "fm-20230512T000000Z.flac"));
    assert_false(is_there(dir, "fm-20230511T000000Z.flac"));
    temp_dir_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_name_is_known_by_itself),
    cmocka_unit_test(the_last_days_that_were_recorded_are_kept),
    cmocka_unit_test(nothing_but_recordings_of_the_line_is_removed),
    cmocka_unit_test(a_keeper_tells_what_it_has_removed),
};
TEST_MAIN(tests)
