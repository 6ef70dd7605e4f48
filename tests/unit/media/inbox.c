/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "tests/unit/media/inbox_fixture.h"

/* Dropping recordings into a folder: when one is taken, and as what. */

/* --- when a file is whole --------------------------------------------------------------- */

static void what_is_moved_in_with_its_text_is_taken_at_once(void **state)
{
    struct box *box = *state;
    temp_dir_write(box->root, "a.txt", "kind: tin\ntitle: Tin một\n\nThưa bà con.\n");
    move_in(box, "a.wav", 48000);
    assert_act(box, 0, INBOX_TAKEN);
    assert_int_equal(box->outcome.result->status, IMPORT_IMPORTED);
    assert_string_equal(box->outcome.result->code, "a");
    assert_false(lies_in_box(box, "a.wav") || lies_in_box(box, "a.txt"));
    struct segments rows = library_rows(box->f);
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.items[0].title, "Tin một");
    assert_int_equal(rows.items[0].state, SEGMENT_DRAFT);
    assert_act(box, 100, INBOX_IDLE);
}

static void without_a_text_it_waits_three_seconds_for_one(void **state)
{
    struct box *box = *state;
    (void)in_box(box, "tin/a.wav");
    assert_act(box, 0, INBOX_IDLE); /* the folder is known, and watched */
    move_in(box, "tin/a.wav", 48000);
    assert_act(box, 0, INBOX_IDLE);
    assert_act(box, 2, INBOX_IDLE);
    assert_int_equal(inbox_n_waiting(box->inbox), 1);
    temp_dir_write(box->root, "tin/a.txt", "title: Late but in time\n");
    assert_act(box, 0, INBOX_TAKEN);
    assert_string_equal(library_rows(box->f).items[0].title, "Late but in time");
    move_in(box, "tin/b.wav", 48001);
    assert_act(box, 0, INBOX_IDLE);
    assert_act(box, 3, INBOX_TAKEN);
    assert_true(lies_in_box(box, "tin"));
}

static void what_is_being_written_is_left_alone(void **state)
{
    struct box *box = *state;
    int fd = -1;
    write_part(box, "tin/a.wav", 0, SIZE_MAX, &fd); /* all of it, but not closed */
    for (int i = 0; i < 10; i++) {
        assert_act(box, 20, INBOX_IDLE);
    }
    close(fd);
    assert_act(box, 3, INBOX_TAKEN);
}

static void what_grows_is_not_whole(void **state)
{
    struct box *box = *state;
    temp_dir_write(box->root, "tin/a.txt", "title: A\n");
    inbox_close(STEAL(box->inbox)); /* nobody saw who wrote and closed it */
    for (size_t at = 0; at < 140000; at += 20000) {
        write_part(box, "tin/a.wav", at, at + 20000, NULL);
        box_open(box);
        assert_act(box, 2, INBOX_IDLE);
        inbox_close(STEAL(box->inbox));
    }
    write_part(box, "tin/a.wav", 140000, SIZE_MAX, NULL);
    box_open(box);
    assert_act(box, 2, INBOX_IDLE);
    assert_act(box, 1, INBOX_TAKEN);
    assert_int_equal(library_rows(box->f).items[0].frames, 48000);
}

/* A copy that stalls is not a file that is broken; after a minute it is, and is taken as far as it
 * goes. */
static void what_is_cut_has_a_minute_to_become_whole(void **state)
{
    struct box *box = *state;
    inbox_close(STEAL(box->inbox));
    write_part(box, "tin/a.wav", 0, 70000, NULL);
    write_part(box, "tin/b.wav", 0, 70000, NULL);
    write_part(box, "tin/c.wav", 0, 0, NULL);
    box_open(box);
    assert_act(box, 3, INBOX_IDLE);
    assert_act(box, 50, INBOX_IDLE);
    assert_int_equal(library_rows(box->f).n, 0);
    assert_null(note_of(box, "tin/a.wav.not-imported.txt"));
    assert_non_null(inbox_waiting(box->inbox, 0));
    write_part(box, "tin/a.wav", 70000, SIZE_MAX, NULL); /* and is seen being closed */
    assert_act(box, 0, INBOX_IDLE);
    assert_act(box, 3, INBOX_TAKEN);
    assert_string_equal(box->outcome.result->code, "a");
    assert_int_equal(box->outcome.result->frames, 48000);
    assert_act(box, 10, INBOX_TAKEN);
    assert_string_equal(box->outcome.result->code, "b");
    assert_true(box->outcome.result->frames < 48000);
    assert_string_equal(box->outcome.result->findings.items[0].rule, "damaged");
    assert_act(box, 0, INBOX_REFUSED);
    assert_non_null(note_of(box, "tin/c.wav.not-imported.txt"));
}

/* Nobody waits a minute before a file that has lain there since yesterday. */
static void what_lies_there_for_long_is_looked_at_soon(void **state)
{
    struct box *box = *state;
    inbox_close(STEAL(box->inbox));
    write_part(box, "tin/a.wav", 0, 70000, NULL);
    clock_set_us(&box->clock, (int64_t)time(NULL) * 1000000 + INT64_C(86400000000));
    box_open(box);
    assert_act(box, 2, INBOX_IDLE);
    enum inbox_act act = step(box, 1);
    assert_true(act == INBOX_REFUSED || act == INBOX_TAKEN);
}

static void what_programs_keep_beside_their_files_is_left_out(void **state)
{
    struct box *box = *state;
    static const char *const names[] = {".hidden.wav",      "~$a.wav",    "a.wav.part",
                                        "a.wav.crdownload", "a.TMP",      "Thumbs.db",
                                        "desktop.ini",      ".git/a.wav", "read me.txt"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        move_in(box, names[i], 48000);
    }
    for (int i = 0; i < 5; i++) {
        assert_act(box, 30, INBOX_IDLE);
    }
    assert_int_equal(inbox_n_waiting(box->inbox), 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_true(lies_in_box(box, names[i]));
    }
}

/* --- what it is ------------------------------------------------------------------------- */

static void its_folders_say_what_it_is(void **state)
{
    struct box *box = *state;
    move_in(box, "Cải cách hành chính/Chuyên mục/so/Một cửa.wav", 48000);
    assert_act(box, 0, INBOX_IDLE);
    assert_act(box, 3, INBOX_TAKEN);
    const struct segment *row = &library_rows(box->f).items[0];
    assert_string_equal(row->code, "mot-cua");
    assert_string_equal(row->title, "Một cửa");
    assert_string_equal(row->kind, "chuyen-muc");
    assert_string_equal(row->topic, "cchc");
    assert_string_equal(row->tags, "so");
}

/* The name typed on two systems; the approved version stays on air. */
static void the_same_name_again_is_a_new_version_and_a_draft(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/tin \xc4\x91\xc3\xb3.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    assert_int_equal(db_exec(box->f->db, "UPDATE segment SET state = 'approved'", NULL), 0);
    move_in(box, "tin/tin \xc4\x91o\xcc\x81.wav", 48001);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    assert_int_equal(box->outcome.result->status, IMPORT_NEW_VERSION);
    assert_int_equal(box->outcome.result->version, 2);
    struct segments rows = library_rows(box->f);
    const struct segment *airs = segments_find_airable(&rows, "tin-do");
    assert_non_null(airs);
    assert_int_equal(airs->version, 1);
    assert_int_equal(segments_find_newest(&rows, "tin-do")->state, SEGMENT_DRAFT);
}

static void a_duplicate_goes_and_a_text_that_says_more_stays(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    move_in(box, "tin/a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    assert_int_equal(box->outcome.result->status, IMPORT_DUPLICATE);
    assert_false(lies_in_box(box, "tin/a.wav"));
    temp_dir_write(box->root, "tin/a.txt", "title: Another title\n");
    move_in(box, "tin/a.wav", 48000);
    assert_act(box, 0, INBOX_TAKEN);
    assert_int_equal(box->outcome.result->status, IMPORT_DUPLICATE);
    assert_false(lies_in_box(box, "tin/a.wav"));
    assert_true(lies_in_box(box, "tin/a.txt"));
    const char *note = note_of(box, "tin/a.txt.not-imported.txt");
    assert_non_null(note);
    assert_non_null(strstr(note, "is in the library already"));
    assert_act(box, 100, INBOX_IDLE);
    assert_int_equal(library_rows(box->f).n, 1);
}

static void a_text_that_comes_too_late_is_told(void **state)
{
    struct box *box = *state;
    move_in(box, "tin/a.wav", 48000);
    (void)step(box, 0);
    assert_act(box, 3, INBOX_TAKEN);
    temp_dir_write(box->root, "tin/a.txt", "title: Too late\n");
    temp_dir_write(box->root, "tin/b.txt", "title: Its recording is still to come\n");
    assert_act(box, 0, INBOX_IDLE);
    assert_act(box, 10, INBOX_REFUSED);
    assert_string_equal(path_name(box->outcome.result->path), "a.txt");
    assert_act(box, 10, INBOX_IDLE);
    assert_null(inbox_next_lone_text(box->inbox));
    assert_act(box, 40, INBOX_IDLE);
    assert_string_equal(inbox_next_lone_text(box->inbox), "tin/b.txt");
    assert_act(box, 60, INBOX_IDLE);
    assert_null(inbox_next_lone_text(box->inbox)); /* the other has its note, and this is told */
    assert_true(lies_in_box(box, "tin/a.txt"));
    assert_non_null(strstr(note_of(box, "tin/a.txt.not-imported.txt"), "version 1"));
    assert_null(note_of(box, "tin/b.txt.not-imported.txt"));
    /* A newer recording takes it along. */
    move_in(box, "tin/a.wav", 48001);
    assert_act(box, 0, INBOX_TAKEN);
    assert_false(lies_in_box(box, "tin/a.txt") || lies_in_box(box, "tin/a.txt.not-imported.txt"));
    struct segments rows = library_rows(box->f);
    assert_string_equal(segments_find_newest(&rows, "a")->title, "Too late");
}

static void two_recordings_share_a_text(void **state)
{
    struct box *box = *state;
    temp_dir_write(box->root, "a.txt", "kind: tin\ntitle: A\n");
    move_in(box, "a.wav", 48000);
    assert_int_equal(rename(recording_make(box->f, "made.flac", tone(48000, 1, 48001)),
                            in_box(box, "a.flac")),
                     0);
    assert_act(box, 0, INBOX_TAKEN);
    assert_true(lies_in_box(box, "a.txt"));
    assert_act(box, 0, INBOX_TAKEN);
    assert_false(lies_in_box(box, "a.txt"));
    struct segments rows = library_rows(box->f);
    assert_int_equal(rows.n, 2);
    assert_string_equal(rows.items[0].title, "A");
    assert_string_equal(rows.items[1].title, "A");
}

static const struct CMUnitTest tests[] = {
    BOX_TEST(what_is_moved_in_with_its_text_is_taken_at_once),
    BOX_TEST(without_a_text_it_waits_three_seconds_for_one),
    BOX_TEST(what_is_being_written_is_left_alone),
    BOX_TEST(what_grows_is_not_whole),
    BOX_TEST(what_is_cut_has_a_minute_to_become_whole),
    BOX_TEST(what_lies_there_for_long_is_looked_at_soon),
    BOX_TEST(what_programs_keep_beside_their_files_is_left_out),
    BOX_TEST(its_folders_say_what_it_is),
    BOX_TEST(the_same_name_again_is_a_new_version_and_a_draft),
    BOX_TEST(a_duplicate_goes_and_a_text_that_says_more_stays),
    BOX_TEST(a_text_that_comes_too_late_is_told),
    BOX_TEST(two_recordings_share_a_text),
};
TEST_MAIN(tests)
