/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/db.h"
#include "base/fault.h"
#include "tests/fakes/temp_dir.h"

struct place {
    char dir[TEMP_DIR_MAX];
    char path[TEMP_DIR_MAX + 16];
};

static int make_place(void **state)
{
    static struct place place;
    temp_dir_make(place.dir);
    snprintf(place.path, sizeof place.path, "%s/loa.db", place.dir);
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    temp_dir_remove(((struct place *)*state)->dir);
    return 0;
}

static int add_set(struct db *db, const char *lines, struct fault *fault)
{
    return db_run(db, fault, "INSERT INTO line_set (lines) VALUES (?)", "t", lines);
}

static int64_t count_sets(const char *path)
{
    AUTO(db_close) struct db *db = NULL;
    AUTO(stmt_close) struct stmt *stmt = NULL;
    struct fault fault;
    assert_int_equal(db_open(path, DB_READ, &db, &fault), 0);
    assert_int_equal(db_prepare(db, "SELECT count(*) FROM line_set", &stmt, &fault), 0);
    assert_int_equal(stmt_step(stmt, &fault), 1);
    return stmt_i64(stmt, 0);
}

static void what_is_committed_is_there_for_others(void **state)
{
    struct place *place = *state;
    struct fault fault;
    struct db *db = NULL;
    assert_int_equal(db_open(place->path, DB_WRITE, &db, &fault), 0);
    assert_int_equal(db_begin(db, &fault), 0);
    assert_int_equal(add_set(db, "fm", &fault), 0);
    assert_int_equal(count_sets(place->path), 0);
    assert_int_equal(db_commit(db, &fault), 0);
    assert_int_equal(count_sets(place->path), 1);
    assert_int_equal(db_begin(db, &fault), 0);
    assert_int_equal(add_set(db, "ha-thanh", &fault), 0);
    db_rollback(db);
    db_rollback(db);
    assert_int_equal(count_sets(place->path), 1);
    assert_null(db_close(db));
}

static void a_reader_cannot_write(void **state)
{
    struct place *place = *state;
    struct fault fault;
    AUTO(db_close) struct db *writer = NULL;
    AUTO(db_close) struct db *reader = NULL;
    assert_int_equal(db_open(place->path, DB_READ, &reader, &fault), -ENOENT);
    assert_int_equal(db_open(place->path, DB_WRITE, &writer, &fault), 0);
    assert_int_equal(db_open(place->path, DB_READ, &reader, &fault), 0);
    assert_int_equal(add_set(reader, "fm", &fault), -EROFS);
}

static void what_could_not_be_bound_is_not_run(void **state)
{
    struct place *place = *state;
    struct fault fault;
    AUTO(db_close) struct db *db = NULL;
    assert_int_equal(db_open(place->path, DB_WRITE, &db, &fault), 0);
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(db, "INSERT INTO line_set (lines) VALUES (?)", &stmt, &fault), 0);
    stmt_bind(stmt, "tt", "fm", "one too many");
    assert_int_equal(stmt_step(stmt, &fault), -EIO);
    assert_int_equal(stmt_step(stmt, &fault), -EIO);
    assert_int_equal(count_sets(place->path), 0);
    stmt_bind(stmt, "t", "fm");
    assert_int_equal(stmt_step(stmt, &fault), 0);
    assert_int_equal(count_sets(place->path), 1);
}

static void another_programs_file_is_left_alone(void **state)
{
    struct place *place = *state;
    struct fault fault;
    struct db *db = NULL;
    temp_dir_write(place->dir, "loa.db", "this is not a database, it is a letter to the village\n");
    assert_int_equal(db_open(place->path, DB_WRITE, &db, &fault), -EUCLEAN);
    assert_string_equal(fault.file, place->path);
    struct stat st;
    assert_int_equal(stat(place->path, &st), 0);
    assert_int_equal(st.st_size, 54);
}

static void a_newer_database_is_refused_and_kept(void **state)
{
    struct place *place = *state;
    struct fault fault;
    struct db *db = NULL;
    assert_int_equal(db_open(place->path, DB_WRITE, &db, &fault), 0);
    assert_int_equal(db_exec(db, "PRAGMA user_version=9999", &fault), 0);
    db_close(db);
    db = NULL;
    assert_int_equal(db_open(place->path, DB_WRITE, &db, &fault), -EUCLEAN);
    assert_non_null(strstr(fault.text, "9999"));
    assert_null(db);
}

static void a_full_disk_is_said_and_nothing_is_half_written(void **state)
{
    struct place *place = *state;
    struct fault fault;
    AUTO(db_close) struct db *db = NULL;
    assert_int_equal(db_open(place->path, DB_WRITE, &db, &fault), 0);
    /* SQLite's own limit on the file's size answers as a full disk does. */
    assert_int_equal(db_exec(db, "PRAGMA max_page_count=1", &fault), 0);
    static char big[200000];
    memset(big, 'x', sizeof big - 1);
    assert_int_equal(db_begin(db, &fault), 0);
    assert_int_equal(add_set(db, big, &fault), -ENOSPC);
    db_rollback(db);
    assert_int_equal(count_sets(place->path), 0);
}

static void a_busy_database_is_a_sentence(void **state)
{
    struct place *place = *state;
    struct fault fault;
    AUTO(db_close) struct db *one = NULL;
    AUTO(db_close) struct db *two = NULL;
    assert_int_equal(db_open(place->path, DB_WRITE, &one, &fault), 0);
    assert_int_equal(db_open(place->path, DB_WRITE, &two, &fault), 0);
    assert_int_equal(db_exec(two, "PRAGMA busy_timeout=1", &fault), 0);
    assert_int_equal(db_begin(one, &fault), 0);
    assert_int_equal(db_begin(two, &fault), -EBUSY);
    assert_true(strlen(fault.text) > 10);
}

/* In a child process, as soon as the starting pipe is closed. */
static void open_when_started(const char *path, const int start[2])
{
    char byte = 0;
    close(start[1]);
    if (read(start[0], &byte, 1) != 0) {
        _exit(2);
    }
    struct db *db = NULL;
    int r = db_open(path, DB_WRITE, &db, NULL);
    db_close(db);
    _exit(r == 0 ? 0 : 1);
}

static void several_that_make_one_database_at_once_all_get_it(void **state)
{
    enum { ROUNDS = 25, PROCESSES = 8 };
    struct place *place = *state;
    for (int round = 0; round < ROUNDS; round++) {
        snprintf(place->path, sizeof place->path, "%s/%d.db", place->dir, round);
        int start[2];
        assert_int_equal(pipe(start), 0);
        for (int i = 0; i < PROCESSES; i++) {
            if (fork() == 0) {
                open_when_started(place->path, start);
            }
        }
        close(start[0]);
        close(start[1]);
        for (int i = 0; i < PROCESSES; i++) {
            int status = 0;
            assert_true(wait(&status) > 0);
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
        }
    }
}

static int64_t root_page_of(struct db *db, const char *name)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(db, "SELECT rootpage FROM sqlite_schema WHERE name = ?", &stmt,
                                NULL),
                     0);
    stmt_bind(stmt, "t", name);
    assert_int_equal(stmt_step(stmt, NULL), 1);
    return stmt_i64(stmt, 0);
}

static void change_in_page(const char *path, int64_t page, const char *from, const char *to)
{
    enum { PAGE_BYTES = 4096 };
    char bytes[PAGE_BYTES];
    AUTO_FD int fd = open(path, O_RDWR);
    off_t start = (off_t)(page - 1) * PAGE_BYTES;
    assert_int_equal(pread(fd, bytes, sizeof bytes, start), sizeof bytes);
    const char *at = memmem(bytes, sizeof bytes, from, strlen(from));
    assert_non_null(at);
    assert_int_equal(pwrite(fd, to, strlen(to), start + (at - bytes)), strlen(to));
}

static void a_check_finds_what_is_broken(void **state)
{
    struct place *place = *state;
    struct db *db = NULL;
    struct findings findings = {0};
    assert_int_equal(db_open(place->path, DB_WRITE, &db, NULL), 0);
    assert_int_equal(add_set(db, "fm", NULL), 0);
    assert_int_equal(db_check(db, &findings), 0);
    assert_int_equal(findings.n, 0);

    assert_int_equal(db_exec(db,
                             "PRAGMA foreign_keys=OFF; INSERT INTO airing_end "
                             "VALUES (7, 1, 1, 'complete')",
                             NULL),
                     0);
    assert_int_equal(db_check(db, &findings), -EUCLEAN);
    assert_int_equal(findings.n, 1);
    assert_non_null(strstr(findings.items[0].fault.text, "airing_end 7: airing"));
    findings_finish(&findings);

    /* An index that does not say what its table does: the disk forgot a bit. */
    assert_int_equal(db_exec(db, "PRAGMA journal_mode=DELETE", NULL), 0);
    int64_t page = root_page_of(db, "sqlite_autoindex_line_set_1");
    db = db_close(db);
    change_in_page(place->path, page, "fm", "gm");
    assert_int_equal(db_open(place->path, DB_READ, &db, NULL), 0);
    findings = (struct findings){0};
    assert_int_equal(db_check(db, &findings), -EUCLEAN);
    assert_true(findings.n > 0);
    assert_int_equal(fault_exit_status(findings.items[0].fault.err), 3);
    findings_finish(&findings);
    db_close(db);
}

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
static const struct CMUnitTest tests[] = {
    PLACE_TEST(what_is_committed_is_there_for_others),
    PLACE_TEST(a_reader_cannot_write),
    PLACE_TEST(what_could_not_be_bound_is_not_run),
    PLACE_TEST(another_programs_file_is_left_alone),
    PLACE_TEST(a_newer_database_is_refused_and_kept),
    PLACE_TEST(a_full_disk_is_said_and_nothing_is_half_written),
    PLACE_TEST(a_busy_database_is_a_sentence),
    PLACE_TEST(a_check_finds_what_is_broken),
    PLACE_TEST(several_that_make_one_database_at_once_all_get_it),
};
TEST_MAIN(tests)
