/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/media/library_fixture.h"

/* Breaking off and going on, and what is in the library already. */

static const char *make_tone(struct library_fixture *f, const char *name)
{
    return recording_make(f, name, tone(48000, 2, 48000));
}

static void a_copy_of_the_right_length_is_made_anew_when_it_is_distrusted(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    assert_imported(import_as_tin(f, path));
    char air[PATHS_MAX];
    assert_int_equal(library_air_path(air, f->dir, library_rows(f).items[0].air_sha256, NULL), 0);
    AUTO_FD int fd = open(air, O_WRONLY);
    assert_int_equal(pwrite(fd, "loa", 3, 5000), 3);
    assert_int_equal(import_as_tin(f, path).n_findings, 0);

    AUTO(importer_close) struct importer *importer = NULL;
    assert_int_equal(importer_open(&f->station, f->db, "lan", &importer, NULL), 0);
    importer_distrust(importer);
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    for (int again = 0; again < 2; again++) {
        AUTO(import_job_destroy)
        struct import_job *job = import_prepare(importer, path, &options, NULL);
        const struct import_result *result = NULL;
        assert_int_equal(import_commit(importer, job, FIXTURE_NOW_US, &result), 0);
        assert_int_equal(result->status, IMPORT_DUPLICATE);
        assert_int_equal(result->findings.n, again ? 0 : 1);
    }
    assert_int_equal(library_rows(f).n, 1);
    assert_int_equal(count_library_files(f), 2);
    char sha256[HASH_HEX_MAX];
    assert_int_equal(hash_file(air, sha256, NULL), 0);
    assert_string_equal(sha256, library_rows(f).items[0].air_sha256);
}

/* --- stopping, and going on ------------------------------------------------------------- */

struct flag {
    volatile sig_atomic_t is_up;
};

static void raise_flag(void *context, int64_t done_bytes, int64_t total_bytes)
{
    struct flag *stop = context;
    stop->is_up = done_bytes > total_bytes / 4;
}

static void an_import_that_is_stopped_gives_up_soon_and_leaves_nothing(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_make(f, "tin-1.wav", tone(48000, 2, 20 * 480000));
    struct flag stop = {0};
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    AUTO(importer_close) struct importer *importer = NULL;
    assert_int_equal(importer_open(&f->station, f->db, "lan", &importer, NULL), 0);
    importer_stop_at(importer, &stop.is_up);
    for (int round = 0; round < 2; round++) { /* half-way, and before it began */
        struct import_progress progress = {raise_flag, &stop};
        AUTO(import_job_destroy)
        struct import_job *job = import_prepare(importer, path, &options, round ? NULL : &progress);
        assert_true(stop.is_up);
        assert_int_equal(count_library_files(f), 0);
        const struct import_result *result = NULL;
        assert_int_equal(import_commit(importer, job, FIXTURE_NOW_US, &result), -ECANCELED);
        assert_int_equal(result->status, IMPORT_REJECTED);
    }
    assert_int_equal(count_library_files(f), 0);
    importer = importer_close(importer);
    assert_imported(import_as_tin(f, path));
}

/* In a child process that can make no file longer. Exit status 0: known, without a word. */
static int import_without_writing(struct library_fixture *f, const char *path)
{
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0}) != 0) {
        return 1;
    }
    struct outcome outcome = import_as_tin(f, path);
    return outcome.result.status == IMPORT_DUPLICATE && outcome.n_findings == 0 ? 0 : 2;
}

static void what_is_known_is_not_copied_to_be_known_again(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    assert_imported(import_as_tin(f, path));
    pid_t child = fork();
    if (child == 0) {
        _exit(import_without_writing(f, path));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void other_bytes_of_a_known_size_are_another_recording(void **state)
{
    struct library_fixture *f = *state;
    assert_imported(import_as_tin(f, make_tone(f, "tin-1.wav")));
    struct signal_spec louder = tone(48000, 2, 48000);
    louder.amplitude *= 2;
    struct outcome outcome = import_as_tin(f, recording_make(f, "tin-2.wav", louder));
    assert_imported(outcome);
    assert_int_equal(outcome.result.status, IMPORT_IMPORTED);
    assert_string_equal(outcome.result.code, "tin-2");
    assert_int_equal(count_library_files(f), 4);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(a_copy_of_the_right_length_is_made_anew_when_it_is_distrusted),
    LIBRARY_TEST(an_import_that_is_stopped_gives_up_soon_and_leaves_nothing),
    LIBRARY_TEST(what_is_known_is_not_copied_to_be_known_again),
    LIBRARY_TEST(other_bytes_of_a_known_size_are_another_recording),
};

TEST_MAIN(tests)
