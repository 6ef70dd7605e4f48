/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scheduler/editing.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file of an edited calendar: whole at any time, and the one before kept. */

static void what_others_wrote_meanwhile_is_not_lost(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    struct edit_target target = at("tin", NULL, EDIT_ALL);
    struct edit_values values = titled("Khác");
    struct edit *edit = NULL;
    assert_int_equal(edit_change(w.station, &target, &values, NOW_US, &edit, &w.fault), 0);
    temp_dir_write(w.dir, "r.ics", CALENDAR(DAILY "X-NEW:1\r\n"));
    assert_int_equal(edit_write(edit, &w.fault), -ESTALE);
    AUTO_FREE char *text = world_read(&w, "r.ics");
    assert_string_equal(text, CALENDAR(DAILY "X-NEW:1\r\n"));
    edit_destroy(edit);
    world_finish(&w);
}

static void the_version_before_is_kept_and_an_edit_is_undone_and_done_again(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    struct edit *edit = NULL;
    assert_int_equal(edit_undo(w.station, 0, &edit, &w.fault), -ENOENT);
    change(&w, at("tin", NULL, EDIT_ALL), titled("Khác"));
    AUTO_FREE char *kept = world_read(&w, "r.ics.previous");
    assert_string_equal(kept, CALENDAR(DAILY));
    AUTO_FREE char *edited = world_read(&w, "r.ics");
    int r = edit_undo(w.station, 0, &edit, &w.fault);
    write_edit(&w, r, edit);
    AUTO_FREE char *undone = world_read(&w, "r.ics");
    assert_string_equal(undone, CALENDAR(DAILY));
    r = edit_undo(w.station, 0, &edit, &w.fault);
    write_edit(&w, r, edit);
    AUTO_FREE char *again = world_read(&w, "r.ics");
    assert_string_equal(again, edited);
    world_finish(&w);
}

static void an_edit_is_undone_from_a_calendar_that_was_broken_by_hand(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    struct edit *edit = NULL;
    change(&w, at("tin", NULL, EDIT_ALL), titled("Khác"));
    temp_dir_write(w.dir, "r.ics", "not a calendar");
    int r = edit_undo(w.station, 0, &edit, &w.fault);
    write_edit(&w, r, edit);
    AUTO_FREE char *undone = world_read(&w, "r.ics");
    assert_string_equal(undone, CALENDAR(DAILY));
    AUTO_FREE char *kept = world_read(&w, "r.ics.previous");
    assert_string_equal(kept, "not a calendar");
    /* What has mistakes is not brought back. */
    assert_int_equal(edit_undo(w.station, 0, &edit, &w.fault), -EINVAL);
    world_finish(&w);
}

static void a_link_and_the_rights_of_the_file_stay(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    char path[PATHS_MAX];
    char elsewhere[PATHS_MAX];
    struct stat st;
    assert_int_equal(path_join(path, w.dir, "r.ics", NULL), 0);
    assert_int_equal(path_join(elsewhere, w.dir, "chung.ics", NULL), 0);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink("chung.ics", path), 0);
    assert_int_equal(chmod(elsewhere, 0664), 0);
    change(&w, at("tin", NULL, EDIT_ALL), titled("Khác"));
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(lstat(elsewhere, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0664);
    AUTO_FREE char *text = world_read(&w, "chung.ics");
    assert_non_null(strstr(text, "SUMMARY:Khác\r\n"));
    world_finish(&w);
}

static void a_calendar_whose_version_before_cannot_be_kept_stays_as_it_is(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    struct edit_target target = at("tin", NULL, EDIT_ALL);
    struct edit_values values = titled("Khác");
    struct edit *edit = NULL;
    /* A folder in its place, which no rename can replace. */
    temp_dir_write(w.dir, "r.ics.previous/x", "");
    assert_int_equal(edit_change(w.station, &target, &values, NOW_US, &edit, &w.fault), 0);
    assert_true(edit_write(edit, &w.fault) < 0);
    AUTO_FREE char *text = world_read(&w, "r.ics");
    assert_string_equal(text, CALENDAR(DAILY));
    edit_destroy(edit);
    world_finish(&w);
}

static void empty_lines_at_the_end_of_the_file_stay(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY) "\r\n\r\n");
    change(&w, at("tin", NULL, EDIT_ALL), titled("Mới"));
    AUTO_FREE char *text = world_read(&w, "r.ics");
    assert_string_equal(strstr(text, "END:VCALENDAR"), "END:VCALENDAR\r\n\r\n\r\n");
    world_finish(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_others_wrote_meanwhile_is_not_lost),
        cmocka_unit_test(the_version_before_is_kept_and_an_edit_is_undone_and_done_again),
        cmocka_unit_test(an_edit_is_undone_from_a_calendar_that_was_broken_by_hand),
        cmocka_unit_test(a_link_and_the_rights_of_the_file_stay),
        cmocka_unit_test(a_calendar_whose_version_before_cannot_be_kept_stays_as_it_is),
        cmocka_unit_test(empty_lines_at_the_end_of_the_file_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
