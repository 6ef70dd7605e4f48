/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/announce.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/paths.h"
#include "station/station.h"
#include "tests/fakes/signal.h"
#include "tests/fakes/temp_dir.h"
#include "tests/test.h"

/* What is said at once comes whole, at the station's loudness, in memory. */

enum { TEN_SECONDS = 10 * AIR_RATE };

static char dir[TEMP_DIR_MAX];
static const char *const voice[] = {"./voice", "{wav}", NULL};
static struct station station = {.dir = dir,
                                 .file = "station.ini",
                                 .voice = voice,
                                 .voice_line = 3,
                                 .loudness_lufs = -18,
                                 .ceiling_dbtp = -1};
static const struct announce_options options = {.station = &station, .max_frames = TEN_SECONDS};

static int make(void **state)
{
    (void)state;
    temp_dir_make(dir);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static const char *path_of(const char *name)
{
    static char path[PATHS_MAX];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void write_tone(const char *name, int rate, int channels, int64_t frames, double amplitude)
{
    struct signal_spec spec = {rate, channels, frames, 1000, amplitude};
    signal_write(path_of(name), &spec);
}

/* Frames, of which the highest sample is *ret_peak; the descriptor is closed. */
static int64_t take(int fd, float *ret_peak)
{
    struct stat info;
    assert_int_equal(fstat(fd, &info), 0);
    assert_true(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE);
    AUTO_FREE float *frames = malloc((size_t)info.st_size);
    assert_int_equal(pread(fd, frames, (size_t)info.st_size, 0), info.st_size);
    *ret_peak = 0;
    for (size_t i = 0; i < (size_t)info.st_size / sizeof *frames; i++) {
        *ret_peak = fmaxf(*ret_peak, fabsf(frames[i]));
    }
    close(fd);
    return info.st_size / (off_t)(AIR_CHANNELS * sizeof(float));
}

static void a_file_comes_whole_and_at_the_stations_loudness(void **state)
{
    (void)state;
    int fd = -1;
    float peak = 0;
    write_tone("quiet.wav", 44100, 1, 2 * 44100, 0.01);
    assert_int_equal(announce_file(&options, path_of("quiet.wav"), &fd, NULL), 0);
    assert_int_equal(take(fd, &peak), 2 * AIR_RATE);
    /* A sine of 1 kHz on both sides whose peak is -18 dBFS measures -18 LUFS (BS.1770-4). */
    assert_true(fabs(20 * log10((double)peak) + 18) < 0.2);
}

static void what_is_not_whole_or_not_heard_is_refused(void **state)
{
    (void)state;
    struct fault fault = {0};
    int fd = -1;
    write_tone("silent.wav", 48000, 2, 48000, 0);
    write_tone("long.wav", 8000, 1, 11 * 8000, 0.5);
    write_tone("cut.flac", 48000, 1, 5 * 48000, 0.5);
    struct stat info;
    assert_int_equal(stat(path_of("cut.flac"), &info), 0);
    assert_int_equal(truncate(path_of("cut.flac"), info.st_size * 2 / 3), 0);
    assert_int_equal(announce_file(&options, path_of("silent.wav"), &fd, &fault), -EBADMSG);
    assert_int_equal(announce_file(&options, path_of("long.wav"), &fd, &fault), -EFBIG);
    assert_non_null(strstr(fault.file, "long.wav"));
    assert_int_equal(announce_file(&options, path_of("cut.flac"), &fd, &fault), -EBADMSG);
    assert_int_equal(announce_file(&options, path_of("none.wav"), &fd, &fault), -ENOENT);
    assert_int_equal(fd, -1);
}

static void a_text_is_spoken_into_memory(void **state)
{
    (void)state;
    int fd = -1;
    float peak = 0;
    struct fault fault = {0};
    char script[PATHS_MAX + 64];
    write_tone("tone.wav", 22050, 1, 22050, 0.2);
    snprintf(script, sizeof script, "#!/bin/sh\ncat >text\ncp tone.wav \"$1\"\n");
    temp_dir_write(dir, "voice", script);
    assert_int_equal(chmod(path_of("voice"), 0755), 0);
    assert_int_equal(announce_text(&options, "Nước lên nhanh", &fd, &fault), 0);
    assert_int_equal(take(fd, &peak), AIR_RATE);
    assert_int_equal(announce_text(&options, " \n", &fd, &fault), -EINVAL);
    temp_dir_write(dir, "voice", "#!/bin/sh\nexit 3\n");
    assert_int_equal(chmod(path_of("voice"), 0755), 0);
    assert_int_equal(announce_text(&options, "Nước lên nhanh", &fd, &fault), -EIO);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_file_comes_whole_and_at_the_stations_loudness, make, clear),
    cmocka_unit_test_setup_teardown(what_is_not_whole_or_not_heard_is_refused, make, clear),
    cmocka_unit_test_setup_teardown(a_text_is_spoken_into_memory, make, clear),
};
TEST_MAIN(tests)
