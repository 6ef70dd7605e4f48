/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "airtime/seal.h"
#include "base/reserve.h"

static int setup(void **state)
{
    return on_air_setup(state, 24);
}

/* Moves the station onto a disk of its own; false: this process may mount none. */
static bool move_to_small_disk(struct on_air *air)
{
    on_air_close(air);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", air->dir, "tmpfs", 0, "size=90m") != 0) {
        on_air_open(air);
        return false;
    }
    on_air_open(air);
    return true;
}

/* Somebody takes all that there is. */
static void fill(struct on_air *air)
{
    char path[TEMP_DIR_MAX + 16];
    static char bytes[1 << 16];
    snprintf(path, sizeof path, "%s/greedy", air->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    assert_true(fd >= 0);
    for (size_t n = sizeof bytes; n > 0; n /= 2) {
        while (write(fd, bytes, n) > 0) {
        }
    }
    close(fd);
}

static int64_t count(struct on_air *air, const char *sql)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(air->db, sql, &stmt, NULL), 0);
    assert_int_equal(stmt_step(stmt, NULL), 1);
    return stmt_i64(stmt, 0);
}

/* The mixer's day on a busy station: an airing a minute on each of its lines, and the playhead four
 * times a second, of which one in a minute has to do here. */
static void the_ledger_goes_on_for_a_day_on_a_disk_that_is_full(void **state)
{
    struct on_air *air = *state;
    int64_t kept = 0;
    if (!move_to_small_disk(air)) {
        print_message("no mounts for this process: not tested\n");
        skip();
    }
    assert_int_equal(reserve_keep(air->path, &kept, &air->fault), 0);
    assert_int_equal(kept, RESERVE_BYTES);
    fill(air);
    for (int minute = 0; minute < 24 * 60; minute++) {
        for (size_t line = 0; line < 24; line += 6) {
            on_air_play(air, (struct play){.from = minute * 60,
                                           .until = minute * 60 + 60,
                                           .line = line,
                                           .n_lines = 6,
                                           .position = minute});
        }
        on_air_settle(air, FIVE_PM_US + (minute + 1) * 60 * US);
        fill(air); /* and he wants more */
    }
    assert_int_equal(count(air, "SELECT count(*) FROM airing_end"), 24 * 60 * 4);
    /* Full for good: what happens waits, in order, until there is room. */
    while (reserve_give(air->path)) {
        fill(air);
    }
    int n_failed = 0;
    int64_t id = 0;
    for (int i = 0; i < 20000 && n_failed == 0; i++) {
        id = on_air_play(air, (struct play){.from = 90000 + i, .until = 90001 + i});
        n_failed = ledger_playhead(air->ledger, frames_from_us(FIVE_PM_US) + 100000LL * SECOND,
                                   &air->fault) == -ENOSPC;
    }
    assert_int_equal(n_failed, 1);
    char path[TEMP_DIR_MAX + 16];
    snprintf(path, sizeof path, "%s/greedy", air->dir);
    assert_int_equal(unlink(path), 0);
    on_air_settle(air, FIVE_PM_US + 200000 * US);
    assert_int_equal(count(air, "SELECT count(*) FROM airing_end"), id);
    struct seal_check check = {0};
    struct seal_counts seals;
    assert_int_equal(seals_verify(air->db, &check, &seals, &air->fault), 0);
    assert_int_equal(seals.n_rows, 2 * id); /* what could not be committed broke no seal */
    assert_int_equal(seals.last_id, 2 * id);
    assert_int_equal(reserve_keep(air->path, &kept, &air->fault), 0);
    on_air_close(air);
    assert_int_equal(umount2(air->dir, MNT_DETACH), 0);
    on_air_open(air);
}

static void what_is_kept_is_given_up_step_by_step(void **state)
{
    struct on_air *air = *state;
    int64_t kept = 0;
    assert_false(reserve_give(air->path)); /* there is none */
    assert_int_equal(reserve_keep(air->path, &kept, &air->fault), 0);
    if (kept == 0) {
        print_message("the disk is nearly full: not tested\n");
        skip();
    }
    for (int64_t left = RESERVE_BYTES; left > 0; left -= RESERVE_STEP_BYTES) {
        assert_true(reserve_give(air->path));
    }
    assert_false(reserve_give(air->path));
    assert_int_equal(reserve_keep(air->path, &kept, &air->fault), 0);
    assert_int_equal(kept, RESERVE_BYTES);
}

#define AIR_TEST(f) cmocka_unit_test_setup_teardown(f, setup, on_air_teardown)
static const struct CMUnitTest tests[] = {
    AIR_TEST(what_is_kept_is_given_up_step_by_step),
    AIR_TEST(the_ledger_goes_on_for_a_day_on_a_disk_that_is_full),
};
TEST_MAIN(tests)
