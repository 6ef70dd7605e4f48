/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/retention.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/air_copy.h"
#include "tests/unit/media/library_fixture.h"

/* What may go from a library, and how it goes, on real files. */

static const int64_t MONTH_US = 30LL * 24 * 3600 * 1000000;
static const int64_t BEFORE_US = 1683712800000000 - 24 * 30LL * 24 * 3600 * 1000000;

struct ask {
    const char *codes[4]; /* needed by name; sorted */
    int64_t planned[4];
    struct retention_aired aired[4];
};

static struct retention_list find(struct library_fixture *f, const struct ask *ask)
{
    struct retention_facts facts = {.before_us = BEFORE_US};
    if (ask) {
        facts.codes = ask->codes;
        facts.planned = ask->planned;
        facts.aired = ask->aired;
        while (facts.n_codes < 4 && ask->codes[facts.n_codes]) {
            facts.n_codes++;
        }
        while (facts.n_planned < 4 && ask->planned[facts.n_planned]) {
            facts.n_planned++;
        }
        while (facts.n_aired < 4 && ask->aired[facts.n_aired].segment_id) {
            facts.n_aired++;
        }
    }
    struct retention_list list = {0};
    struct fault fault = {0};
    if (retention_find(f->db, f->dir, &facts, f->arena, &list, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    return list;
}

/* "a b/2 " : codes, and versions above 1. */
static const char *names(struct library_fixture *f, struct retention_list list)
{
    char *text = arena_strdup(f->arena, "");
    for (size_t i = 0; i < list.n; i++) {
        const struct retention_item *item = &list.items[i];
        text = item->version == 1
                   ? arena_printf(f->arena, "%s%s ", text, item->code)
                   : arena_printf(f->arena, "%s%s/%d ", text, item->code, item->version);
    }
    return text;
}

static void run(struct library_fixture *f, const char *sql)
{
    struct fault fault = {0};
    if (db_exec(f->db, sql, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
}

/* Imported long ago and approved then; n frames make its bytes its own. */
static void keep_old(struct library_fixture *f, const char *code, int64_t frames)
{
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = code;
    options.approve = true;
    assert_imported(
        import_with(f,
                    recording_make(f, arena_printf(f->arena, "%s-%d.wav", code, (int)frames),
                                   tone(48000, 1, frames)),
                    &options, NULL));
    run(f, "UPDATE segment SET imported_us = imported_us - 100000000000000,"
           " decided_us = imported_us - 100000000000000 WHERE imported_us > 1600000000000000");
}

static int64_t ask_i64(struct library_fixture *f, const char *sql)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(f->db, sql, &stmt, NULL), 0);
    stmt_bind(stmt, "");
    assert_int_equal(stmt_step(stmt, NULL), 1);
    return stmt_i64(stmt, 0);
}

static void mark(struct library_fixture *f, struct retention_list list)
{
    struct fault fault = {0};
    assert_int_equal(db_begin(f->db, NULL), 0);
    if (retention_mark(f->db, &list, "lan", FIXTURE_NOW_US, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    assert_int_equal(db_commit(f->db, NULL), 0);
}

static int64_t remove_all(struct library_fixture *f, struct retention_list list)
{
    int64_t sum = 0;
    for (size_t i = 0; i < list.n; i++) {
        int64_t bytes = 0;
        struct fault fault = {0};
        if (retention_remove_files(f->db, f->dir, &list.items[i], &bytes, &fault) < 0) {
            fail_msg("%s", fault.text);
        }
        sum += bytes;
    }
    return sum;
}

/* --- the rule --------------------------------------------------------------------------- */

static void what_nobody_heard_for_long_may_go(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    keep_old(f, "b", 48001);
    keep_old(f, "c", 48002);
    struct ask ask = {.aired = {{1, BEFORE_US - 1}, {2, BEFORE_US}}};
    struct retention_list list = find(f, &ask);
    assert_string_equal(names(f, list), "a c ");
    assert_true(list.items[0].last_aired_us == BEFORE_US - 1);
    assert_non_null(strstr(list.items[0].reason, "last aired on 2021-05-"));
    assert_true(list.items[1].last_aired_us == INT64_MIN);
    assert_non_null(strstr(list.items[1].reason, "never aired"));
    assert_int_equal(list.bytes, list.items[0].bytes + list.items[1].bytes);
    assert_true(list.items[0].bytes > 2L * 3 * 48000 - 48000);
}

static void nothing_goes_where_recordings_are_kept_for_ever(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    struct retention_facts facts = {.before_us = INT64_MIN};
    struct retention_list list = {0};
    assert_int_equal(retention_find(f->db, f->dir, &facts, f->arena, &list, NULL), 0);
    assert_int_equal(list.n, 0);
}

static void what_was_approved_or_put_back_lately_stays(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    keep_old(f, "b", 48001);
    keep_old(f, "c", 48002);
    run(f, "UPDATE segment SET decided_us = 1683712800000000 WHERE code IN ('a', 'c');"
           "UPDATE segment SET state = 'withdrawn' WHERE code = 'c';"
           "INSERT INTO segment_event (segment_id, at_us, who, act) VALUES (2, 1683712800000000, "
           "'lan', 'restored')");
    assert_string_equal(names(f, find(f, NULL)), "c ");
}

static void what_is_needed_by_name_stays(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "tune", 48000); /* 1: long superseded */
    keep_old(f, "tune", 48001);
    keep_old(f, "tune", 48002);
    keep_old(f, "draft", 48003);
    keep_old(f, "draft", 48004);
    keep_old(f, "plan", 48005);
    run(f, "UPDATE segment SET state = 'draft' WHERE id IN (3, 4, 5)");
    struct ask ask = {.codes = {"draft", "tune"}, .planned = {6}};
    /* Of tune the second airs and the third may yet; of drafts the newest may yet. */
    assert_string_equal(names(f, find(f, &ask)), "draft tune ");
    assert_string_equal(names(f, find(f, NULL)), "draft draft/2 plan tune tune/2 tune/3 ");
}

static void files_that_another_version_has_stay_with_it(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    keep_old(f, "b", 48000); /* the same bytes under another code */
    keep_old(f, "c", 48001);
    /* The copy of c is b's too: what holds b holds c, and with it a. */
    run(f, "UPDATE segment SET air_sha256 = (SELECT air_sha256 FROM segment WHERE code = 'c') "
           "WHERE code = 'b'");
    struct ask ask = {.codes = {"c"}};
    assert_string_equal(names(f, find(f, &ask)), "");
    struct retention_list list = find(f, NULL);
    assert_string_equal(names(f, list), "a b c ");
    mark(f, list);
    assert_int_equal(remove_all(f, list), list.bytes); /* nothing is counted twice */
    assert_int_equal(count_library_files(f), 0);
}

/* --- going ------------------------------------------------------------------------------ */

static void what_goes_is_withdrawn_and_recorded(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    keep_old(f, "b", 48001);
    run(f, "UPDATE segment SET state = 'draft', decided_us = NULL, decided_by = NULL WHERE code = "
           "'b'");
    size_t n_files = count_library_files(f);
    assert_true(n_files >= 4);
    struct retention_list list = find(f, NULL);
    mark(f, list);
    assert_int_equal(count_library_files(f), n_files);
    assert_int_equal(remove_all(f, list), list.bytes);
    assert_int_equal(count_library_files(f), 0);
    assert_int_equal(ask_i64(f, "SELECT count(*) FROM segment WHERE removed_us = 1683712800000000"),
                     2);
    assert_int_equal(ask_i64(f,
                             "SELECT state = 'withdrawn' AND decided_by = 'lan' AND"
                             " decided_reason LIKE 'imported on %' FROM segment WHERE code = 'a'"),
                     1);
    assert_int_equal(
        ask_i64(f, "SELECT state = 'draft' AND decided_by IS NULL FROM segment WHERE code = 'b'"),
        1);
    assert_int_equal(
        ask_i64(f, "SELECT count(*) FROM segment_event WHERE act = 'removed' AND who = 'lan'"), 2);
    assert_int_equal(find(f, NULL).n, 0);
    char path[PATHS_MAX]; /* the folders go with the last file in them */
    assert_int_equal(path_join(path, f->dir, "library/air", NULL), 0);
    assert_int_equal(rmdir(path), 0);
}

static void no_older_version_airs_in_its_place(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    keep_old(f, "a", 48001);
    struct ask ask = {
        .aired = {{1, FIXTURE_NOW_US - MONTH_US}}}; /* the older one, by a plan made before */
    struct retention_list list = find(f, &ask);
    assert_string_equal(names(f, list), "a/2 ");
    mark(f, list);
    remove_all(f, list);
    struct segments segments = library_rows(f);
    assert_null(segments_find_airable(&segments, "a"));
    assert_int_equal(
        ask_i64(f, "SELECT count(*) FROM segment_event WHERE segment_id = 1 AND act = 'withdrawn'"),
        1);
    struct air_copy *copy = NULL; /* but it keeps its files */
    assert_int_equal(air_copy_open(f->dir, segments.items[0].air_sha256, 1, 48000, &copy, NULL), 0);
    air_copy_close(copy);
}

/* --- stopped in between ----------------------------------------------------------------- */

static void files_that_were_left_are_found_and_removed_later(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    keep_old(f, "b", 48001);
    struct retention_list list = find(f, NULL);
    mark(f, list); /* and here the power goes; then it goes after the first file of b */
    struct retention_list left = find(f, NULL);
    assert_string_equal(names(f, left), "a b ");
    assert_true(left.items[0].is_left_over);
    assert_int_equal(left.bytes, list.bytes);
    char path[PATHS_MAX];
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, "b", f->arena, &history, NULL), 0);
    assert_int_equal(library_original_path(path, f->dir, history.items[0].original_sha256,
                                           history.items[0].original_name, NULL),
                     0);
    assert_int_equal(unlink(path), 0);
    left = find(f, NULL);
    assert_string_equal(names(f, left), "a b ");
    mark(f, left); /* changes nothing */
    assert_int_equal(ask_i64(f, "SELECT count(*) FROM segment_event WHERE act = 'removed'"), 2);
    assert_int_equal(remove_all(f, left), left.bytes);
    assert_int_equal(count_library_files(f), 0);
    assert_int_equal(find(f, NULL).n, 0);
}

static void a_mark_that_is_not_committed_removes_nothing(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    struct retention_list list = find(f, NULL);
    assert_int_equal(db_begin(f->db, NULL), 0);
    assert_int_equal(retention_mark(f->db, &list, "lan", FIXTURE_NOW_US, NULL), 0);
    db_rollback(f->db);
    assert_int_equal(remove_all(f, list), 0);
    struct segments segments = library_rows(f);
    struct air_copy *copy = NULL;
    assert_int_equal(air_copy_open(f->dir, segments.items[0].air_sha256, 1, 48000, &copy, NULL), 0);
    air_copy_close(copy);
}

static void a_file_that_cannot_be_removed_is_said_and_tried_again(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    struct retention_list list = find(f, NULL);
    mark(f, list);
    char path[PATHS_MAX];
    struct segments segments = library_rows(f);
    assert_int_equal(library_air_path(path, f->dir, segments.items[0].air_sha256, NULL), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0777), 0); /* nothing that unlink() takes */
    struct fault fault = {0};
    int64_t bytes = 0;
    int r = retention_remove_files(f->db, f->dir, &list.items[0], &bytes, &fault);
    assert_true(r == -EISDIR || r == -EPERM);
    assert_string_equal(fault.file, path);
    assert_false(db_is_begun(f->db));
    assert_true(bytes > 0); /* the original went */
    assert_string_equal(names(f, find(f, NULL)), "a ");
    assert_int_equal(rmdir(path), 0);
    assert_string_equal(names(f, find(f, NULL)), "a "); /* its peaks are there */
    assert_true(remove_all(f, find(f, NULL)) > 0);
    assert_int_equal(find(f, NULL).n, 0);
    assert_int_equal(count_peaks(f), 0);
}

/* --- coming back ------------------------------------------------------------------------ */

static struct outcome import_again(struct library_fixture *f)
{
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    return import_with(f, recording_path(f, "a-48000.wav"), &options, NULL);
}

static void the_same_bytes_bring_a_version_back(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    struct retention_list list = find(f, NULL);
    mark(f, list);
    remove_all(f, list);

    struct outcome outcome = import_again(f);
    assert_imported(outcome);
    assert_int_equal(outcome.result.status, IMPORT_DUPLICATE);
    assert_string_equal(outcome.rule, "restored");
    assert_says(outcome, "loa segment approve a");
    assert_int_equal(ask_i64(f, "SELECT count(*) FROM segment"), 1);
    assert_int_equal(ask_i64(f, "SELECT state = 'withdrawn' AND removed_us IS NULL FROM segment"),
                     1);
    assert_int_equal(
        ask_i64(f, "SELECT count(*) FROM segment_event WHERE act = 'restored' AND who = 'lan'"), 1);
    struct segments segments = library_rows(f);
    AUTO(air_copy_close) struct air_copy *copy = NULL;
    assert_int_equal(air_copy_open(f->dir, segments.items[0].air_sha256, 1, 48000, &copy, NULL), 0);
    /* It came back just now, and is not removed again at once; nor by whoever meant to before. */
    assert_int_equal(find(f, NULL).n, 0);
    assert_int_equal(remove_all(f, list), 0);
    outcome = import_again(f);
    assert_int_equal(outcome.result.status, IMPORT_DUPLICATE);
    assert_int_equal(outcome.n_findings, 0);
}

static void every_version_of_the_same_files_comes_back(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    struct library_edit change = {.title = "Other"};
    struct library_decision decision = {.who = "hoa", .now_us = FIXTURE_NOW_US};
    struct library_edited edited = {0};
    assert_int_equal(library_edit(f->db, "a", &change, &decision, &edited, NULL), 0);
    run(f, "UPDATE segment SET imported_us = 1000");
    struct retention_list list = find(f, NULL);
    assert_string_equal(names(f, list), "a a/2 ");
    mark(f, list);
    remove_all(f, list);
    assert_string_equal(import_again(f).rule, "restored");
    assert_int_equal(ask_i64(f, "SELECT count(*) FROM segment WHERE removed_us IS NULL"), 2);
    assert_int_equal(ask_i64(f, "SELECT count(*) FROM segment_event WHERE act = 'restored'"), 2);
}

static void what_is_brought_in_under_another_code_comes_back_too(void **state)
{
    struct library_fixture *f = *state;
    struct import_options options = IMPORT_OPTIONS_NONE;
    keep_old(f, "a", 48000);
    struct retention_list list = find(f, NULL);
    mark(f, list);
    remove_all(f, list);
    options.kind = "tin";
    options.code = "b";
    assert_imported(import_with(f, recording_path(f, "a-48000.wav"), &options, NULL));
    assert_int_equal(ask_i64(f, "SELECT count(*) FROM segment WHERE removed_us IS NULL"), 2);
    assert_int_equal(approve_as(f, "a", "hoa", FIXTURE_NOW_US, NULL), 0);
}

static void a_version_whose_files_were_left_comes_back_too(void **state)
{
    struct library_fixture *f = *state;
    keep_old(f, "a", 48000);
    mark(f, find(f, NULL)); /* stopped before the files went */
    struct outcome outcome = import_again(f);
    assert_string_equal(outcome.rule, "restored");
    assert_int_equal(ask_i64(f, "SELECT removed_us IS NULL FROM segment"), 1);
    assert_int_equal(find(f, NULL).n, 0);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(what_nobody_heard_for_long_may_go),
    LIBRARY_TEST(nothing_goes_where_recordings_are_kept_for_ever),
    LIBRARY_TEST(what_was_approved_or_put_back_lately_stays),
    LIBRARY_TEST(what_is_needed_by_name_stays),
    LIBRARY_TEST(files_that_another_version_has_stay_with_it),
    LIBRARY_TEST(what_goes_is_withdrawn_and_recorded),
    LIBRARY_TEST(no_older_version_airs_in_its_place),
    LIBRARY_TEST(files_that_were_left_are_found_and_removed_later),
    LIBRARY_TEST(a_mark_that_is_not_committed_removes_nothing),
    LIBRARY_TEST(a_file_that_cannot_be_removed_is_said_and_tried_again),
    LIBRARY_TEST(the_same_bytes_bring_a_version_back),
    LIBRARY_TEST(every_version_of_the_same_files_comes_back),
    LIBRARY_TEST(what_is_brought_in_under_another_code_comes_back_too),
    LIBRARY_TEST(a_version_whose_files_were_left_comes_back_too),
};

TEST_MAIN(tests)
