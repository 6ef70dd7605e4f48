/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "tests/unit/media/library_fixture.h"

/* When the disk or the machine lets the import down, the library is as it was. */

static const char *make_tone(struct library_fixture *f, const char *name)
{
    return recording_make(f, name, tone(48000, 2, 48000));
}

/* Every row has its files, byte for byte, and nothing half-made lies about. */
static void assert_library_is_whole(struct library_fixture *f)
{
    struct segments segments = library_rows(f);
    for (size_t i = 0; i < segments.n; i++) {
        if (i > 0 && strcmp(segments.items[i].code, segments.items[i - 1].code) == 0) {
            continue; /* another version, seen with the first */
        }
        struct library_history history = {0};
        assert_int_equal(library_read_history(f->db, segments.items[i].code, f->arena, &history,
                                              NULL),
                         0);
        for (size_t v = 0; v < history.n; v++) {
            const struct library_version *version = &history.items[v];
            char path[PATHS_MAX];
            char sha256[HASH_HEX_MAX];
            assert_int_equal(library_air_path(path, f->dir, version->segment.air_sha256, NULL), 0);
            assert_int_equal(hash_file(path, sha256, NULL), 0);
            assert_string_equal(sha256, version->segment.air_sha256);
            assert_int_equal(library_original_path(path, f->dir, version->original_sha256,
                                                   version->original_name, NULL),
                             0);
            assert_int_equal(hash_file(path, sha256, NULL), 0);
            assert_string_equal(sha256, version->original_sha256);
        }
    }
}

static size_t count_incoming(struct library_fixture *f)
{
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library/incoming", NULL), 0);
    return count_files_below(path);
}

/* --- the disk --------------------------------------------------------------------------- */

/* In a child process: files may not grow past max_bytes. Exit status 0: refused as it should. */
static int import_with_small_files(struct library_fixture *f, const char *path, rlim_t max_bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){max_bytes, max_bytes}) != 0) {
        return 1;
    }
    struct outcome outcome = import_as_tin(f, path);
    return outcome.result.status == IMPORT_REJECTED && outcome.n_errors == 1 &&
                   fault_exit_status(outcome.err) == 3 && strcmp(outcome.file, path) == 0
               ? 0
               : 2;
}

static void a_file_that_cannot_be_written_to_its_end_leaves_nothing(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_make(f, "tin-1.flac", tone(48000, 2, 480000));
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    /* Not the copy of the original; all of it but not the prepared copy; not its last byte. */
    const rlim_t limits[] = {1000, (rlim_t)st.st_size, 480000 * 6};
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        pid_t child = fork();
        if (child == 0) {
            _exit(import_with_small_files(f, path, limits[i]));
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_int_equal(library_rows(f).n, 0);
        assert_int_equal(count_library_files(f), 0);
    }
}

/* A small disk under library/; false if this process may not mount one. */
static bool mount_small_disk(struct library_fixture *f, const char *options)
{
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library", NULL), 0);
    assert_int_equal(path_make_dirs(path, NULL), 0);
    return mount("tmpfs", path, "tmpfs", 0, options) == 0;
}

static void unmount_small_disk(struct library_fixture *f)
{
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library", NULL), 0);
    umount2(path, MNT_DETACH);
}

static void a_disk_without_room_is_found_out_before(void **state)
{
    struct library_fixture *f = *state;
    if (!mount_small_disk(f, "size=33m")) {
        skip();
    }
    struct outcome outcome =
        import_as_tin(f, recording_make(f, "tin-1.flac", tone(48000, 2, 480000)));
    size_t n_files = count_library_files(f);
    unmount_small_disk(f);
    assert_int_equal(outcome.r, -ENOSPC);
    assert_says(outcome, "needs 3 MB");
    assert_says(outcome, "make room");
    assert_int_equal(n_files, 0);
    assert_int_equal(library_rows(f).n, 0);
}

/* Somebody else fills the disk while the import is at work, but for so many bytes. */
struct filler {
    struct library_fixture *f;
    uint64_t left_free;
};

static uint64_t free_bytes_of(struct library_fixture *f)
{
    char path[PATHS_MAX];
    struct statvfs disk;
    assert_int_equal(path_join(path, f->dir, "library", NULL), 0);
    assert_int_equal(statvfs(path, &disk), 0);
    return disk.f_bavail * disk.f_frsize;
}

static void fill_disk(void *context, int64_t done_bytes, int64_t total_bytes)
{
    (void)done_bytes;
    (void)total_bytes;
    const struct filler *filler = context;
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, filler->f->dir, "library/filler", NULL), 0);
    AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    static const char zeros[4096];
    while (free_bytes_of(filler->f) > filler->left_free && write(fd, zeros, sizeof zeros) > 0) {
    }
}

static void a_disk_that_fills_up_meanwhile_leaves_nothing(void **state)
{
    struct library_fixture *f = *state;
    if (!mount_small_disk(f, "size=60m")) {
        skip();
    }
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    struct filler filler = {.f = f};
    struct outcome outcome = import_with(f, recording_make(f, "tin-1.wav", tone(48000, 2, 480000)),
                                         &options, &(struct import_progress){fill_disk, &filler});
    size_t n_files = count_library_files(f);
    unmount_small_disk(f);
    assert_int_equal(outcome.r, -ENOSPC);
    assert_says(outcome, "the disk is full");
    assert_int_equal(n_files, 1); /* the filler */
    assert_int_equal(library_rows(f).n, 0);
}

/* As two imports do that each found room for itself. */
static void what_others_take_meanwhile_does_not_come_off_the_databases_share(void **state)
{
    enum { SHARE = 32 << 20, FRAMES = 40 * 48000 };
    struct library_fixture *f = *state;
    if (!mount_small_disk(f, "size=60m")) {
        skip();
    }
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    struct filler filler = {.f = f, .left_free = SHARE + (4 << 20)};
    struct outcome outcome = import_with(f, recording_make(f, "tin-1.flac", tone(48000, 2, FRAMES)),
                                         &options, &(struct import_progress){fill_disk, &filler});
    size_t n_files = count_library_files(f);
    unmount_small_disk(f);
    assert_int_equal(outcome.r, -ENOSPC);
    assert_says(outcome, "make room");
    assert_int_equal(n_files, 1); /* the filler */
    assert_int_equal(library_rows(f).n, 0);
}

static void a_folder_that_cannot_be_written_is_said(void **state)
{
    struct library_fixture *f = *state;
    if (!mount_small_disk(f, "size=60m,mode=555")) {
        skip();
    }
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library", NULL), 0);
    assert_int_equal(mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    struct importer *importer = NULL;
    struct fault fault = {0};
    int r = importer_open(&f->station, f->db, "lan", &importer, &fault);
    unmount_small_disk(f);
    assert_int_equal(r, -EROFS);
    assert_int_equal(fault_exit_status(fault.err), 3);
    assert_non_null(strstr(fault.file, "library"));
}

static void a_library_that_becomes_read_only_refuses_and_stays(void **state)
{
    struct library_fixture *f = *state;
    if (!mount_small_disk(f, "size=60m")) {
        skip();
    }
    assert_imported(import_as_tin(f, make_tone(f, "tin-1.wav")));
    size_t n_files = count_library_files(f);
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library", NULL), 0);
    AUTO(importer_close) struct importer *importer = NULL;
    assert_int_equal(mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    struct outcome outcome = {0};
    if (importer_open(&f->station, f->db, "lan", &importer, NULL) == 0) {
        struct import_options options = IMPORT_OPTIONS_NONE;
        options.kind = "tin";
        AUTO(import_job_destroy)
        struct import_job *job =
            import_prepare(importer, recording_make(f, "tin-2.wav", tone(48000, 1, 9999)), &options,
                           NULL);
        const struct import_result *result = NULL;
        int r = import_commit(importer, job, FIXTURE_NOW_US, &result);
        outcome = outcome_of(r, result);
    }
    size_t n_after = count_library_files(f);
    importer = importer_close(importer);
    unmount_small_disk(f);
    assert_int_equal(outcome.r, -EROFS);
    assert_int_equal(n_after, n_files);
    assert_int_equal(library_rows(f).n, 1);
}

/* --- the database ----------------------------------------------------------------------- */

static void a_row_that_cannot_be_written_leaves_no_file(void **state)
{
    struct library_fixture *f = *state;
    assert_imported(import_as_tin(f, make_tone(f, "tin-1.wav")));
    assert_int_equal(db_exec(f->db,
                             "CREATE TRIGGER no BEFORE INSERT ON segment "
                             "BEGIN SELECT RAISE(ABORT, 'no'); END",
                             NULL),
                     0);
    struct outcome outcome = import_as_tin(f, recording_make(f, "tin-2.wav", tone(48000, 1, 9999)));
    assert_true(outcome.r < 0);
    assert_int_equal(outcome.result.status, IMPORT_REJECTED);
    assert_int_equal(outcome.result.version, 0);
    assert_int_equal(library_rows(f).n, 1);
    assert_int_equal(count_library_files(f), 2);

    /* Files that another row names stay, even if it is this import that failed. */
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "tin-3";
    outcome = import_with(f, recording_path(f, "tin-1.wav"), &options, NULL);
    assert_true(outcome.r < 0);
    assert_int_equal(count_library_files(f), 2);
    assert_library_is_whole(f);
}

/* Once the lock is gone, another importer of the same bytes may have a row that names them. */
static void a_transaction_that_is_over_keeps_its_files(void **state)
{
    static const char *const triggers[] = {
        /* The commit fails; and the database itself rolls back, as it may when a disk fails. */
        "CREATE TABLE t (id INTEGER REFERENCES segment (id) DEFERRABLE INITIALLY DEFERRED);"
        "CREATE TRIGGER no AFTER INSERT ON segment BEGIN INSERT INTO t VALUES (-1); END",
        "CREATE TRIGGER no BEFORE INSERT ON segment BEGIN SELECT RAISE(ROLLBACK, 'no'); END"};
    struct library_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(triggers); i++) {
        const char *path = recording_make(f, i ? "b.wav" : "a.wav", tone(48000, 1, i ? 999 : 9999));
        assert_int_equal(db_exec(f->db, triggers[i], NULL), 0);
        struct outcome outcome = import_as_tin(f, path);
        assert_true(outcome.r < 0);
        assert_int_equal(outcome.result.status, IMPORT_REJECTED);
        assert_int_equal(library_rows(f).n, i);
        assert_int_equal(count_library_files(f), 2 * (i + 1));
        assert_int_equal(count_incoming(f), 0);
        assert_int_equal(db_exec(f->db, "DROP TRIGGER no", NULL), 0);
        assert_imported(import_as_tin(f, path));
        assert_int_equal(count_library_files(f), 2 * (i + 1));
        assert_library_is_whole(f);
    }
}

/* --- what is on disk ---------------------------------------------------------------------- */

/* In place of libc's: what was synced, as "path\n" each. */
static char synced[1 << 16];

int fsync(int fd)
{
    char link[64];
    char path[PATHS_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    size_t used = strlen(synced);
    if (n > 0) {
        snprintf(synced + used, sizeof synced - used, "%.*s\n", (int)n, path);
    }
    return (int)syscall(SYS_fsync, fd);
}

static void assert_synced(const char *dir, const char *name)
{
    char line[PATHS_MAX + 1];
    assert_true(snprintf(line, sizeof line, "%s%s\n", dir, name) < PATHS_MAX);
    if (!strstr(synced, line)) {
        fail_msg("not synced: %s", line);
    }
}

static void every_name_above_a_file_is_on_disk_before_its_row(void **state)
{
    struct library_fixture *f = *state;
    synced[0] = '\0';
    assert_imported(import_as_tin(f, make_tone(f, "tin-1.wav")));
    assert_synced(f->dir, ""); /* holds library/ */
    assert_synced(f->dir, "/library");
    assert_synced(f->dir, "/library/air");
    assert_synced(f->dir, "/library/original");
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, "tin-1", f->arena, &history, NULL), 0);
    const struct library_version *v = &history.items[0];
    assert_synced(f->dir, arena_printf(f->arena, "/library/air/%.2s", v->segment.air_sha256));
    assert_synced(f->dir, arena_printf(f->arena, "/library/original/%.2s", v->original_sha256));

    /* Folders that another made and could not sync any more. */
    assert_int_equal(db_exec(f->db, "UPDATE segment SET original_sha256 = 'other'", NULL), 0);
    synced[0] = '\0';
    assert_imported(import_as_tin(f, recording_path(f, "tin-1.wav")));
    assert_synced(f->dir, "/library/air");
    assert_synced(f->dir, "/library/original");
}

/* --- a library that was damaged ----------------------------------------------------------- */

static const char *only_air_copy(struct library_fixture *f)
{
    char path[PATHS_MAX];
    assert_int_equal(library_air_path(path, f->dir, library_rows(f).items[0].air_sha256, NULL), 0);
    return arena_strdup(f->arena, path);
}

static void importing_again_brings_lost_and_cut_files_back(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    assert_imported(import_as_tin(f, path));
    const char *air = only_air_copy(f);
    for (int cut = 0; cut < 2; cut++) {
        assert_int_equal(cut ? truncate(air, 5000) : unlink(air), 0);
        struct outcome outcome = import_as_tin(f, path);
        assert_imported(outcome);
        assert_int_equal(outcome.result.status, IMPORT_DUPLICATE);
        assert_int_equal(outcome.n_errors, 0);
        assert_says(outcome, "were put back");
        assert_int_equal(library_rows(f).n, 1);
        assert_int_equal(count_library_files(f), 2);
        assert_library_is_whole(f);
    }
    struct library_history history = {0};
    char original[PATHS_MAX];
    assert_int_equal(library_read_history(f->db, "tin-1", f->arena, &history, NULL), 0);
    assert_int_equal(library_original_path(original, f->dir, history.items[0].original_sha256,
                                           "tin-1.wav", NULL),
                     0);
    assert_int_equal(unlink(original), 0);
    /* From a file that lost its ending on the way. */
    const char *renamed = recording_path(f, "Tin 1");
    assert_int_equal(rename(path, renamed), 0);
    assert_says(import_as_tin(f, renamed), "were put back");
    assert_int_equal(count_library_files(f), 2);
    assert_library_is_whole(f);
    assert_int_equal(import_as_tin(f, renamed).n_findings, 0);
}

static void a_copy_that_cannot_be_made_the_same_becomes_a_new_version(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    assert_imported(import_as_tin(f, path));
    assert_int_equal(unlink(only_air_copy(f)), 0);
    /* As if prepared by another loa, that counted otherwise. */
    char sha256[HASH_HEX_MAX];
    hash_bytes("otherwise", 9, sha256);
    assert_int_equal(db_run(f->db, NULL, "UPDATE segment SET air_sha256 = ?, frames = 7", "t",
                            sha256),
                     0);
    struct outcome outcome = import_as_tin(f, path);
    assert_imported(outcome);
    assert_int_equal(outcome.result.status, IMPORT_NEW_VERSION);
    assert_int_equal(outcome.result.frames, 48000);
    assert_int_equal(library_rows(f).n, 2);
    assert_int_equal(library_rows(f).items[1].frames, 48000);
}

/* --- the machine ------------------------------------------------------------------------ */

static void stop_here(void *context, int64_t done_bytes, int64_t total_bytes)
{
    (void)context;
    if (done_bytes > total_bytes / 2) {
        _exit(0);
    }
}

static void a_crash_while_preparing_is_cleaned_up_by_the_next_import(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_make(f, "tin-1.wav", tone(48000, 2, 480000));
    pid_t child = fork();
    if (child == 0) {
        struct import_options options = IMPORT_OPTIONS_NONE;
        options.kind = "tin";
        import_with(f, path, &options, &(struct import_progress){stop_here, NULL});
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(count_incoming(f), 3);
    assert_int_equal(library_rows(f).n, 0);

    assert_imported(import_as_tin(f, path));
    assert_int_equal(count_incoming(f), 0);
    assert_int_equal(count_library_files(f), 2);
    assert_library_is_whole(f);
}

static void an_importer_at_work_keeps_its_files_from_another(void **state)
{
    struct library_fixture *f = *state;
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    AUTO(importer_close) struct importer *first = NULL;
    assert_int_equal(importer_open(&f->station, f->db, "lan", &first, NULL), 0);
    AUTO(import_job_destroy)
    struct import_job *job = import_prepare(first, make_tone(f, "tin-1.wav"), &options, NULL);
    assert_int_equal(count_incoming(f), 3);
    AUTO(importer_close) struct importer *second = NULL;
    assert_int_equal(importer_open(&f->station, f->db, "minh", &second, NULL), 0);
    assert_int_equal(count_incoming(f), 3);
    const struct import_result *result = NULL;
    assert_int_equal(import_commit(first, job, FIXTURE_NOW_US, &result), 0);
    assert_library_is_whole(f);
}

/* In a child process, until it is killed. */
static void import_for_ever(struct library_fixture *f)
{
    char path[PATHS_MAX];
    struct db *db = NULL;
    if (path_join(path, f->dir, "loa.db", NULL) < 0 || db_open(path, DB_SCRATCH, &db, NULL) < 0) {
        _exit(1);
    }
    f->db = db;
    for (int64_t i = 0;; i++) {
        struct import_options options = IMPORT_OPTIONS_NONE;
        options.kind = "tin";
        options.code = "tin";
        int64_t frames = 2000 + (int64_t)getpid() % 1000 * 100 + i;
        import_with(f, recording_make(f, "crash.wav", tone(48000, 1, frames)), &options, NULL);
    }
}

static void a_kill_at_any_moment_leaves_no_row_without_its_files(void **state)
{
    struct library_fixture *f = *state;
    /* Each round later than the one before, until some were late enough for a row. */
    for (int round = 0; round < 25 || library_rows(f).n == 0; round++) {
        pid_t child = fork();
        if (child == 0) {
            import_for_ever(f);
        }
        usleep((useconds_t)(2000 + round * 1700));
        kill(child, SIGKILL);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
    }
    assert_library_is_whole(f);
    assert_imported(import_as_tin(f, make_tone(f, "after.wav")));
    assert_int_equal(count_incoming(f), 0);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(a_file_that_cannot_be_written_to_its_end_leaves_nothing),
    LIBRARY_TEST(a_disk_without_room_is_found_out_before),
    LIBRARY_TEST(a_disk_that_fills_up_meanwhile_leaves_nothing),
    LIBRARY_TEST(what_others_take_meanwhile_does_not_come_off_the_databases_share),
    LIBRARY_TEST(a_folder_that_cannot_be_written_is_said),
    LIBRARY_TEST(a_library_that_becomes_read_only_refuses_and_stays),
    LIBRARY_TEST(a_row_that_cannot_be_written_leaves_no_file),
    LIBRARY_TEST(a_transaction_that_is_over_keeps_its_files),
    LIBRARY_TEST(importing_again_brings_lost_and_cut_files_back),
    LIBRARY_TEST(a_copy_that_cannot_be_made_the_same_becomes_a_new_version),
    LIBRARY_TEST(every_name_above_a_file_is_on_disk_before_its_row),
    LIBRARY_TEST(a_crash_while_preparing_is_cleaned_up_by_the_next_import),
    LIBRARY_TEST(an_importer_at_work_keeps_its_files_from_another),
    LIBRARY_TEST(a_kill_at_any_moment_leaves_no_row_without_its_files),
};

TEST_MAIN(tests)
