/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/paths.h"
#include "tests/fakes/kept.h"
#include "tests/test.h"

/* Archives in Opus, decoded by the reference decoder. */

static const struct output_spec archive = {.kind = OUTPUT_FILE,
                                           .target = "archive",
                                           .format = "opus",
                                           .bitrate_bps = 96000};

enum { LAG = 312 };

static struct sound decoded(struct kept *kept, const char *name)
{
    char opus[PATHS_MAX];
    char wav[PATHS_MAX];
    snprintf(opus, sizeof opus, "%s/archive/%s", kept->dir, name);
    snprintf(wav, sizeof wav, "%s/heard.wav", kept->dir);
    const char *const words[] = {"opusdec", "--quiet", "--float", opus, wav, NULL};
    kept_run(words);
    return sound_read_file(wav);
}

static size_t count_files(struct kept *kept)
{
    char path[PATHS_MAX];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/archive", kept->dir);
    DIR *folder = opendir(path);
    for (const struct dirent *entry = folder ? readdir(folder) : NULL; entry;
         entry = readdir(folder)) {
        n += entry->d_name[0] != '.';
    }
    if (folder) {
        closedir(folder);
    }
    return n;
}

/* Every 5 ms of it is the tones and, at the most, a sixth of something else. */
static void assert_is_the_programme(const struct sound *sound, int64_t at, int64_t frame, int64_t n)
{
    double db = kept_likeness_db(sound, at, frame, n);
    if (db < 15) {
        fail_msg("the sound is other than what was carried: %.1f dB", db);
    }
}

static void the_hour_changes_files_and_no_frame_is_lost(void **state)
{
    (void)state;
    struct kept *kept = kept_create(&archive, 1);
    /* KEPT_FROM is a full hour, from which on there are tones; then the next hour. */
    kept_open_at(kept, KEPT_FROM - 4 * KEPT_STEP);
    kept_carry_until(kept, KEPT_FROM + 20 * KEPT_STEP);
    kept_close(kept);
    assert_int_equal(count_files(kept), 2);
    struct sound before = decoded(kept, "xa-20230510T105959Z.opus");
    struct sound after = decoded(kept, "xa-20230510T110000Z.opus");
    assert_int_equal(after.rate, AIR_RATE);
    assert_int_equal(after.channels, 2);
    /* Opus is 312 frames late: by so much the files meet before the hour, and the last one ends. */
    assert_true(before.frames == 4LL * KEPT_STEP - LAG);
    assert_true(after.frames == 20LL * KEPT_STEP);
    assert_is_the_programme(&after, LAG + 960, KEPT_FROM + 960, 20LL * KEPT_STEP - 2 * 960);
    for (int64_t i = 0; i < before.frames - 2400; i++) {
        assert_true(before.samples[2 * i] < 0.01f && before.samples[2 * i] > -0.01f);
    }
    sound_free(&before);
    sound_free(&after);
    kept_destroy(kept);
}

static void a_start_within_the_second_keeps_both_files(void **state)
{
    (void)state;
    struct kept *kept = kept_create(&archive, 1);
    for (int i = 0; i < 2; i++) {
        kept_open_at(kept, KEPT_FROM);
        kept_carry(kept, 8);
        kept_close(kept);
    }
    assert_int_equal(count_files(kept), 2);
    struct sound second = decoded(kept, "xa-20230510T110000Z-2.opus");
    assert_is_the_programme(&second, 960, KEPT_FROM + 960, 4LL * KEPT_STEP);
    sound_free(&second);
    kept_destroy(kept);
}

/* A limit of so many bytes a file is as good as a full disk. */
static void a_full_disk_leaves_what_can_be_played_and_is_got_over(void **state)
{
    (void)state;
    struct rlimit limit;
    struct kept *kept = kept_create(&archive, 1);
    kept_open_at(kept, KEPT_FROM);
    kept_carry(kept, 30);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){150000, limit.rlim_max}), 0);
    kept_carry_until_failed(kept, true);
    struct fault fault;
    size_t whose = 9;
    assert_true(outputs_take_fault(kept->outputs, &whose, &fault));
    assert_int_equal(whose, 0);
    assert_false(outputs_take_fault(kept->outputs, &whose, &fault));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    kept_carry_until_failed(kept, false);
    kept_carry(kept, 8);
    struct output_stats stats = outputs_stats(kept->outputs, 0);
    assert_true(stats.frames_dropped > 0);
    assert_int_equal(stats.n_reconnects, 1);
    kept_close(kept);
    assert_int_equal(count_files(kept), 2);
    struct sound first = decoded(kept, "xa-20230510T110000Z.opus");
    assert_true(first.frames > 6 * AIR_RATE);
    assert_is_the_programme(&first, 960, KEPT_FROM + 960, 6LL * AIR_RATE);
    sound_free(&first);
    kept_destroy(kept);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_hour_changes_files_and_no_frame_is_lost),
    cmocka_unit_test(a_start_within_the_second_keeps_both_files),
    cmocka_unit_test(a_full_disk_leaves_what_can_be_played_and_is_got_over),
};
TEST_MAIN(tests)
