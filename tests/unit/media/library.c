/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <unistd.h>

#include "media/air_copy.h"
#include "tests/unit/media/library_fixture.h"

/* Versions and their states, and the copy as the air reads it. */

static struct outcome import_code(struct library_fixture *f, const char *code, int64_t frames)
{
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = code;
    struct outcome outcome =
        import_with(f, recording_make(f, "tone.wav", tone(48000, 1, frames)), &options, NULL);
    assert_imported(outcome);
    return outcome;
}

static void a_recording_is_imported_as_a_draft(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome = import_code(f, "tin-1", 48000);
    assert_int_equal(outcome.result.status, IMPORT_IMPORTED);
    assert_int_equal(outcome.result.version, 1);
    struct segments segments = library_rows(f);
    assert_int_equal(segments.n, 1);
    assert_int_equal(segments.items[0].state, SEGMENT_DRAFT);
    assert_null(segments_find_airable(&segments, "tin-1"));
}

static void a_version_is_as_long_as_between_its_cues(void **state)
{
    struct library_fixture *f = *state;
    import_code(f, "tin-1", 48000);
    assert_int_equal(db_exec(f->db, "UPDATE segment SET cue_in_frames = 100", NULL), 0);
    struct segments segments = library_rows(f);
    assert_int_equal(segments.items[0].cue_in_frames, 100);
    assert_int_equal(segments.items[0].frames, 47900);
    assert_int_equal(segments.items[0].copy_frames, 48000);
    assert_int_equal(db_exec(f->db, "UPDATE segment SET cue_out_frames = 47000", NULL), 0);
    segments = library_rows(f);
    assert_int_equal(segments.items[0].frames, 46900);
    assert_int_not_equal(db_exec(f->db, "UPDATE segment SET cue_out_frames = 48001", NULL), 0);
}

static void the_newest_approved_version_airs(void **state)
{
    struct library_fixture *f = *state;
    import_code(f, "tin-1", 48000);
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0);
    struct outcome second = import_code(f, "tin-1", 48001);
    assert_int_equal(second.result.status, IMPORT_NEW_VERSION);
    assert_int_equal(second.result.version, 2);

    struct segments segments = library_rows(f);
    assert_int_equal(segments_find_airable(&segments, "tin-1")->version, 1);
    assert_int_equal(segments_find_newest(&segments, "tin-1")->state, SEGMENT_DRAFT);

    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0);
    segments = library_rows(f);
    assert_int_equal(segments_find_airable(&segments, "tin-1")->version, 2);
}

static void withdrawing_brings_no_older_version_back(void **state)
{
    struct library_fixture *f = *state;
    import_code(f, "tin-1", 48000);
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0);
    import_code(f, "tin-1", 48001);
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0);
    import_code(f, "tin-1", 48002);
    assert_int_equal(withdraw_as(f, "tin-1", "minh", FIXTURE_NOW_US + 5, NULL, NULL), 0);

    struct segments segments = library_rows(f);
    assert_null(segments_find_airable(&segments, "tin-1"));
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, "tin-1", f->arena, &history, NULL), 0);
    assert_int_equal(history.n, 3);
    assert_int_equal(history.items[0].segment.state, SEGMENT_WITHDRAWN);
    assert_int_equal(history.items[1].segment.state, SEGMENT_WITHDRAWN);
    assert_int_equal(history.items[2].segment.state, SEGMENT_DRAFT);
    assert_string_equal(history.items[1].segment.decided_by, "minh");
    assert_true(history.items[1].segment.decided_us == FIXTURE_NOW_US + 5);
    assert_null(history.items[2].segment.decided_by);
    assert_true(history.items[2].segment.decided_us == INT64_MIN);
}

static void approving_twice_changes_nothing(void **state)
{
    struct library_fixture *f = *state;
    import_code(f, "tin-1", 48000);
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0);
    assert_int_equal(approve_as(f, "tin-1", "minh", FIXTURE_NOW_US + 5, NULL), 0);
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, "tin-1", f->arena, &history, NULL), 0);
    assert_string_equal(history.items[0].segment.decided_by, "lan");
    assert_true(history.items[0].segment.decided_us == FIXTURE_NOW_US);
}

static void a_withdrawn_recording_can_be_approved_again(void **state)
{
    struct library_fixture *f = *state;
    import_code(f, "tin-1", 48000);
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0);
    assert_int_equal(withdraw_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL, NULL), 0);
    assert_int_equal(withdraw_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL, NULL), 0);
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0);
    struct segments segments = library_rows(f);
    assert_non_null(segments_find_airable(&segments, "tin-1"));
}

static void what_does_not_exist_or_never_aired_is_said(void **state)
{
    struct library_fixture *f = *state;
    struct fault fault = {0};
    assert_int_equal(approve_as(f, "tin-9", "lan", FIXTURE_NOW_US, &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "`tin-9`"));
    assert_int_equal(withdraw_as(f, "tin-9", "lan", FIXTURE_NOW_US, NULL, &fault), -ENOENT);
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, "tin-9", f->arena, &history, &fault), -ENOENT);
    import_code(f, "tin-1", 48000);
    assert_int_equal(withdraw_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL, &fault), -ENODATA);
    assert_non_null(strstr(fault.text, "never approved"));
}

static void the_list_is_sorted_by_code_and_version(void **state)
{
    struct library_fixture *f = *state;
    import_code(f, "tin-2", 48000);
    import_code(f, "tin-10", 48001);
    import_code(f, "tin-2", 48002);
    import_code(f, "a", 48003);
    struct segments segments = library_rows(f);
    assert_int_equal(segments.n, 4);
    assert_string_equal(segments.items[0].code, "a");
    assert_string_equal(segments.items[1].code, "tin-10");
    assert_string_equal(segments.items[2].code, "tin-2");
    assert_int_equal(segments.items[2].version, 1);
    assert_int_equal(segments.items[3].version, 2);
}

/* --- the copy --------------------------------------------------------------------------- */

static void a_copy_is_read_from_any_frame_to_its_end(void **state)
{
    struct library_fixture *f = *state;
    enum { FRAMES = 10000 };
    float expected[FRAMES];
    float samples[FRAMES];
    signal_sine(&(struct signal_spec){48000, 1, FRAMES, 1000, 0.1}, expected);
    import_code(f, "tin-1", FRAMES);
    const struct segment *segment = &library_rows(f).items[0];
    AUTO(air_copy_close) struct air_copy *copy = NULL;
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, 1, FRAMES, &copy, NULL), 0);
    assert_int_equal(air_copy_channels(copy), 1);
    assert_int_equal(air_copy_frames(copy), FRAMES);
    static const int64_t starts[] = {0, 9000, 1, 5000, FRAMES};
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        size_t n = 0;
        assert_int_equal(air_copy_seek(copy, starts[i], NULL), 0);
        assert_int_equal(air_copy_read(copy, samples, FRAMES, &n, NULL), 0);
        assert_int_equal(n, FRAMES - starts[i]);
        for (size_t s = 0; s < n; s++) {
            assert_true(samples[s] - expected[(size_t)starts[i] + s] < 2e-7F);
            assert_true(samples[s] - expected[(size_t)starts[i] + s] > -2e-7F);
        }
        assert_int_equal(air_copy_read(copy, samples, 10, &n, NULL), 0);
        assert_int_equal(n, 0);
    }
    assert_int_equal(air_copy_seek(copy, FRAMES + 1, NULL), -ERANGE);
    assert_int_equal(air_copy_seek(copy, -1, NULL), -ERANGE);
}

static void a_copy_that_is_not_as_its_row_says_is_refused(void **state)
{
    struct library_fixture *f = *state;
    import_code(f, "tin-1", 10000);
    const struct segment *segment = &library_rows(f).items[0];
    struct air_copy *copy = NULL;
    struct fault fault = {0};
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, 1, 10001, &copy, &fault), -EBADMSG);
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, 2, 10000, &copy, &fault), -EBADMSG);
    char path[PATHS_MAX];
    assert_int_equal(library_air_path(path, f->dir, segment->air_sha256, NULL), 0);
    assert_string_equal(fault.file, path);

    assert_int_equal(truncate(path, 20000), 0);
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, 1, 10000, &copy, &fault), -EBADMSG);
    assert_int_equal(truncate(path, 10), 0);
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, 1, 10000, &copy, &fault), -EBADMSG);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, 1, 10000, &copy, &fault), -ENOENT);
    assert_int_equal(air_copy_open(f->dir, "../../loa.db", 1, 10000, &copy, &fault), -EINVAL);
}

static void a_copy_that_is_cut_while_it_is_read_is_noticed(void **state)
{
    struct library_fixture *f = *state;
    enum { FRAMES = 100000 };
    import_code(f, "tin-1", FRAMES);
    const struct segment *segment = &library_rows(f).items[0];
    char path[PATHS_MAX];
    assert_int_equal(library_air_path(path, f->dir, segment->air_sha256, NULL), 0);
    AUTO(air_copy_close) struct air_copy *copy = NULL;
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, 1, FRAMES, &copy, NULL), 0);
    assert_int_equal(truncate(path, FRAMES), 0);
    float *samples = calloc(FRAMES, sizeof *samples);
    size_t n = 0;
    assert_int_equal(air_copy_read(copy, samples, FRAMES, &n, NULL), -EBADMSG);
    free(samples);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(a_recording_is_imported_as_a_draft),
    LIBRARY_TEST(a_version_is_as_long_as_between_its_cues),
    LIBRARY_TEST(the_newest_approved_version_airs),
    LIBRARY_TEST(withdrawing_brings_no_older_version_back),
    LIBRARY_TEST(approving_twice_changes_nothing),
    LIBRARY_TEST(a_withdrawn_recording_can_be_approved_again),
    LIBRARY_TEST(what_does_not_exist_or_never_aired_is_said),
    LIBRARY_TEST(the_list_is_sorted_by_code_and_version),
    LIBRARY_TEST(a_copy_is_read_from_any_frame_to_its_end),
    LIBRARY_TEST(a_copy_that_is_not_as_its_row_says_is_refused),
    LIBRARY_TEST(a_copy_that_is_cut_while_it_is_read_is_noticed),
};

TEST_MAIN(tests)
