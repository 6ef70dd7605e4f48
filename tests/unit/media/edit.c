/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>

#include "tests/unit/media/library_fixture.h"

/* What is known of a recording, changed by a person: always as a new version. */

enum { FRAMES = 48000 };

static void bring_in(struct library_fixture *f, const char *code, bool approve)
{
    struct import_options options = {.code = code,
                                     .title = "A",
                                     .kind = "tin",
                                     .topic = "cchc",
                                     .tags = "so",
                                     .valid_from_us = 7,
                                     .valid_until_us = 90,
                                     .approve = approve};
    assert_imported(
        import_with(f, recording_make(f, "tone.wav", tone(48000, 1, FRAMES)), &options, NULL));
}

/* The edit of a code by hoa, with the station's check; the errno of the first that refuses. */
static int edit(struct library_fixture *f, const char *code, const struct library_edit *edit,
                struct library_edited *ret_edited, struct fault *reterr)
{
    struct library_decision decision = {.who = "hoa",
                                        .now_us = FIXTURE_NOW_US + 5,
                                        .two_person = f->station.two_person};
    struct library_edit checked;
    struct findings findings = {0};
    int r = library_edit_check(&f->station, edit, f->arena, &checked, &findings);
    if (findings.n > 0 && reterr) {
        *reterr = findings.items[0].fault;
    }
    findings_finish(&findings);
    return r < 0 ? r : library_edit(f->db, code, &checked, &decision, ret_edited, reterr);
}

static void an_edit_is_a_draft_and_what_is_approved_airs_on(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    struct library_edited edited = {0};
    assert_int_equal(
        edit(f, "tin-1",
             &(struct library_edit){.title = "B b", .kind = "chuyen-muc", .tags = "tthc, so,tthc"},
             &edited, NULL),
        0);
    assert_true(edited.is_new && edited.version == 2 && edited.state == SEGMENT_DRAFT);
    struct segments segments = library_rows(f);
    assert_string_equal(segments_find_airable(&segments, "tin-1")->title, "A");

    struct library_history history = history_of(f, "tin-1");
    const struct library_version *before = &history.items[0];
    const struct library_version *after = &history.items[1];
    assert_string_equal(after->segment.title, "B b");
    assert_string_equal(after->segment.kind, "chuyen-muc");
    assert_string_equal(after->segment.topic, "cchc");
    assert_string_equal(after->segment.tags, "so tthc");
    assert_true(after->segment.valid_from_us == 7 && after->segment.valid_until_us == 90);
    assert_string_equal(after->imported_by, "hoa");
    assert_true(after->imported_us == FIXTURE_NOW_US + 5);
    assert_int_equal(after->n_steps, 1);
    assert_string_equal(after->steps[0].act, "edited");
    assert_string_equal(after->steps[0].who, "hoa");
    /* The sound is the same, and so is what was measured of it. */
    assert_string_equal(after->original_sha256, before->original_sha256);
    assert_string_equal(after->original_name, before->original_name);
    assert_string_equal(after->segment.air_sha256, before->segment.air_sha256);
    assert_true(after->original_bytes == before->original_bytes);
    assert_true(after->segment.lufs == before->segment.lufs);
    assert_true(after->segment.gain_db == before->segment.gain_db);
    assert_int_equal(count_library_files(f), 2);
    /* And the row that airs is the same to the letter. */
    assert_string_equal(before->segment.title, "A");
    assert_string_equal(before->imported_by, "lan");
    assert_int_equal(before->n_steps, 2);

    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US + 9, NULL), 0);
    segments = library_rows(f);
    assert_string_equal(segments_find_airable(&segments, "tin-1")->title, "B b");
}

static void an_edit_that_changes_nothing_makes_no_version(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    int64_t from_us = 7;
    int64_t in = 0;
    int64_t out = INT64_MAX;
    struct library_edited edited = {.is_new = true};
    assert_int_equal(edit(f, "tin-1",
                          &(struct library_edit){.title = "A",
                                                 .topic = "cchc",
                                                 .tags = "so so",
                                                 .valid_from_us = &from_us,
                                                 .cue_in_frames = &in,
                                                 .cue_out_frames = &out},
                          &edited, NULL),
                     0);
    assert_true(!edited.is_new && edited.version == 1 && edited.state == SEGMENT_APPROVED);
    assert_int_equal(library_rows(f).n, 1);
    assert_int_equal(history_of(f, "tin-1").items[0].n_steps, 2);
}

static void what_was_there_can_be_taken_away(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", false);
    int64_t from_us = INT64_MIN;
    int64_t until_us = INT64_MAX;
    struct library_edited edited = {0};
    assert_int_equal(edit(f, "tin-1",
                          &(struct library_edit){.topic = "",
                                                 .tags = "",
                                                 .valid_from_us = &from_us,
                                                 .valid_until_us = &until_us},
                          &edited, NULL),
                     0);
    struct segments segments = library_rows(f);
    const struct segment *segment = segments_find_newest(&segments, "tin-1");
    assert_int_equal(segment->version, 2);
    assert_null(segment->topic);
    assert_string_equal(segment->tags, "");
    assert_true(segment->valid_from_us == INT64_MIN && segment->valid_until_us == INT64_MAX);
}

static void cues_say_where_it_begins_and_ends_and_can_be_taken_away(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", false);
    int64_t in = 100;
    int64_t out = 40000;
    struct library_edited edited = {0};
    struct library_edit cues = {.cue_in_frames = &in, .cue_out_frames = &out};
    assert_int_equal(edit(f, "tin-1", &cues, &edited, NULL), 0);
    struct segments segments = library_rows(f);
    const struct segment *segment = segments_find_newest(&segments, "tin-1");
    assert_int_equal(segment->cue_in_frames, 100);
    assert_int_equal(segment->frames, 39900);
    assert_int_equal(segment->copy_frames, FRAMES);
    in = 0;
    out = INT64_MAX;
    assert_int_equal(edit(f, "tin-1", &cues, &edited, NULL), 0);
    segments = library_rows(f);
    segment = segments_find_newest(&segments, "tin-1");
    assert_int_equal(segment->version, 3);
    assert_int_equal(segment->cue_in_frames, 0);
    assert_int_equal(segment->frames, FRAMES);
}

static void a_mistake_changes_nothing_and_is_said(void **state)
{
    struct library_fixture *f = *state;
    static const int64_t small = 5;
    static const int64_t large = 95;
    static const int64_t end = FRAMES;
    static const int64_t beyond = FRAMES + 1;
    static const int64_t negative = -1;
    static const struct {
        struct library_edit edit;
        const char *says;
    } mistakes[] = {
        {{.kind = "tinn"}, "did you mean `tin`"},
        {{.kind = ""}, "needs a kind"},
        {{.title = "B", .topic = "nothing"}, "no topic `nothing`"},
        {{.tags = "so none"}, "no tag `none`"},
        {{.title = ""}, "needs a title"},
        {{.title = "  "}, "needs a title"},
        {{.title = "\xff"}, "not UTF-8"},
        {{.title = "B", .valid_until_us = &small}, "never be valid"},
        {{.valid_from_us = &large}, "never be valid"},
        {{.title = "B", .cue_in_frames = &end}, "cannot begin at 1.000 s"},
        {{.cue_out_frames = &beyond}, "it is 1.000 s long"},
        {{.cue_in_frames = &negative}, "cannot begin"},
        {{.cue_in_frames = &large, .cue_out_frames = &small}, "cannot begin"},
    };
    bring_in(f, "tin-1", true);
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        struct library_edited edited = {.version = 77};
        struct fault fault = {0};
        assert_int_equal(edit(f, "tin-1", &mistakes[i].edit, &edited, &fault), -EINVAL);
        if (!strstr(fault.text, mistakes[i].says)) {
            fail_msg("%zu: %s", i, fault.text);
        }
        assert_int_equal(edited.version, 77);
    }
    assert_int_equal(library_rows(f).n, 1);
    assert_int_equal(history_of(f, "tin-1").items[0].n_steps, 2);
    struct library_edited edited;
    assert_int_equal(edit(f, "no", &(struct library_edit){.title = "B"}, &edited, NULL), -ENOENT);
}

static void every_mistake_of_an_edit_is_told(void **state)
{
    struct library_fixture *f = *state;
    struct library_edit checked;
    struct findings findings = {0};
    struct library_edit edit = {.title = "", .kind = "x", .topic = "y", .tags = "z so w"};
    assert_int_equal(library_edit_check(&f->station, &edit, f->arena, &checked, &findings),
                     -EINVAL);
    assert_int_equal(findings.n, 5);
    findings_finish(&findings);
}

static void an_edit_can_be_approved_at_once(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    struct library_edited edited = {0};
    struct library_edit change = {.title = "B", .approve = true};
    assert_int_equal(edit(f, "tin-1", &change, &edited, NULL), 0);
    assert_int_equal(edited.state, SEGMENT_APPROVED);
    struct segments segments = library_rows(f);
    assert_string_equal(segments_find_airable(&segments, "tin-1")->title, "B");
    struct library_history history = history_of(f, "tin-1");
    assert_int_equal(history.items[1].n_steps, 2);
    assert_string_equal(history.items[1].steps[1].act, "approved");
    assert_string_equal(history.items[1].segment.decided_by, "hoa");
}

static void what_is_so_already_is_approved_if_that_was_asked_for(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", false);
    struct library_edited edited = {0};
    struct library_edit change = {.title = "A", .approve = true};
    assert_int_equal(edit(f, "tin-1", &change, &edited, NULL), 0);
    assert_true(!edited.is_new && edited.is_approved_now && edited.state == SEGMENT_APPROVED);
    assert_int_equal(library_rows(f).n, 1);
    assert_int_equal(library_rows(f).items[0].state, SEGMENT_APPROVED);
    assert_int_equal(edit(f, "tin-1", &change, &edited, NULL), 0);
    assert_true(!edited.is_new && !edited.is_approved_now);
}

static void where_two_are_asked_for_nobody_approves_their_own_edit(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    f->station.two_person = true;
    struct library_edited edited = {0};
    struct library_edit change = {.title = "B", .approve = true};
    assert_int_equal(edit(f, "tin-1", &change, &edited, NULL), 0);
    assert_true(edited.awaits_another && edited.state == SEGMENT_DRAFT);
    struct segments segments = library_rows(f);
    assert_string_equal(segments_find_airable(&segments, "tin-1")->title, "A");
    assert_int_equal(approve_as(f, "tin-1", "hoa", FIXTURE_NOW_US, NULL), -EPERM);
    struct fault fault = {0};
    assert_int_equal(edit(f, "tin-1", &change, &edited, &fault),
                     -EPERM); /* nor by saying it twice */
    assert_int_equal(approve_as(f, "tin-1", "lan", FIXTURE_NOW_US, NULL), 0);
}

static void an_edit_is_of_the_newest_version(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.code = "tin-1";
    options.kind = "tin";
    const char *path = recording_make(f, "other.wav", tone(48000, 1, FRAMES + 1));
    assert_imported(import_with(f, path, &options, NULL));
    struct library_edited edited = {0};
    assert_int_equal(edit(f, "tin-1", &(struct library_edit){.title = "B"}, &edited, NULL), 0);
    struct library_history history = history_of(f, "tin-1");
    assert_int_equal(history.n, 3);
    assert_int_equal(history.items[2].segment.copy_frames, FRAMES + 1);
    assert_int_equal(history.items[0].segment.state, SEGMENT_APPROVED);
}

static void what_has_no_files_any_more_is_not_edited(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", false);
    assert_int_equal(db_exec(f->db, "UPDATE segment SET removed_us = 7", NULL), 0);
    struct library_edited edited;
    assert_int_equal(edit(f, "tin-1", &(struct library_edit){.title = "B"}, &edited, NULL),
                     -ENODATA);
    assert_int_equal(library_rows(f).n, 1);
}

static void what_airs_can_be_edited_though_a_newer_draft_was_removed(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.code = "tin-1";
    options.kind = "tin";
    const char *path = recording_make(f, "other.wav", tone(48000, 1, FRAMES + 1));
    assert_imported(import_with(f, path, &options, NULL));
    assert_int_equal(db_exec(f->db, "UPDATE segment SET removed_us = 7 WHERE version = 2", NULL),
                     0);
    struct library_edited edited = {0};
    struct library_edit change = {.title = "B", .approve = true};
    assert_int_equal(edit(f, "tin-1", &change, &edited, NULL), 0);
    assert_true(edited.is_new && edited.version == 3 && edited.state == SEGMENT_APPROVED);
    assert_int_equal(library_rows(f).items[2].copy_frames, FRAMES);
}

static void an_edit_whose_step_cannot_be_kept_makes_no_version(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    assert_int_equal(db_exec(f->db,
                             "CREATE TRIGGER full BEFORE INSERT ON segment_event "
                             "BEGIN SELECT RAISE(ABORT, 'full'); END",
                             NULL),
                     0);
    struct library_edited edited;
    assert_true(edit(f, "tin-1", &(struct library_edit){.title = "B"}, &edited, NULL) < 0);
    assert_int_equal(library_rows(f).n, 1);
}

static void the_same_bytes_are_still_known_after_an_edit(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    int64_t in = 100;
    struct library_edited edited = {0};
    assert_int_equal(edit(f, "tin-1", &(struct library_edit){.cue_in_frames = &in}, &edited, NULL),
                     0);
    struct outcome outcome = import_as_tin(f, recording_path(f, "tone.wav"));
    assert_int_equal(outcome.result.status, IMPORT_DUPLICATE);
    assert_string_equal(outcome.result.code, "tin-1");
    assert_int_equal(outcome.n_findings, 0); /* nothing is missing */
    assert_int_equal(library_rows(f).n, 2);
}

/* --- two at once ------------------------------------------------------------------------ */

enum { N_EDITS = 40 };

struct editor {
    const char *path;
    const char *who;
    int n_failed;
};

static void *edit_often(void *context)
{
    struct editor *editor = context;
    AUTO(db_close) struct db *db = NULL;
    struct library_decision decision = {.who = editor->who, .now_us = FIXTURE_NOW_US};
    editor->n_failed += db_open(editor->path, DB_SCRATCH, &db, NULL) < 0;
    for (int i = 0; db && i < N_EDITS; i++) {
        char title[64];
        snprintf(title, sizeof title, "%s %d", editor->who, i);
        struct library_edited edited = {0};
        struct library_edit change = {.title = title};
        editor->n_failed += library_edit(db, "tin-1", &change, &decision, &edited, NULL) < 0;
    }
    return NULL;
}

static void two_who_edit_at_once_make_versions_one_after_the_other(void **state)
{
    struct library_fixture *f = *state;
    bring_in(f, "tin-1", true);
    struct editor editors[] = {{db_path(f->db), "hoa", 0}, {db_path(f->db), "minh", 0}};
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, edit_often, &editors[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(editors[i].n_failed, 0);
    }
    struct library_history history = history_of(f, "tin-1");
    assert_int_equal(history.n, 1 + 2 * N_EDITS);
    for (size_t i = 1; i < history.n; i++) {
        const struct library_version *v = &history.items[i];
        assert_int_equal(v->segment.version, i + 1);
        assert_int_equal(v->n_steps, 1);
        assert_memory_equal(v->segment.title, v->steps[0].who, strlen(v->steps[0].who));
    }
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(an_edit_is_a_draft_and_what_is_approved_airs_on),
    LIBRARY_TEST(an_edit_that_changes_nothing_makes_no_version),
    LIBRARY_TEST(what_was_there_can_be_taken_away),
    LIBRARY_TEST(cues_say_where_it_begins_and_ends_and_can_be_taken_away),
    LIBRARY_TEST(a_mistake_changes_nothing_and_is_said),
    LIBRARY_TEST(every_mistake_of_an_edit_is_told),
    LIBRARY_TEST(an_edit_can_be_approved_at_once),
    LIBRARY_TEST(what_is_so_already_is_approved_if_that_was_asked_for),
    LIBRARY_TEST(where_two_are_asked_for_nobody_approves_their_own_edit),
    LIBRARY_TEST(an_edit_is_of_the_newest_version),
    LIBRARY_TEST(what_has_no_files_any_more_is_not_edited),
    LIBRARY_TEST(what_airs_can_be_edited_though_a_newer_draft_was_removed),
    LIBRARY_TEST(an_edit_whose_step_cannot_be_kept_makes_no_version),
    LIBRARY_TEST(the_same_bytes_are_still_known_after_an_edit),
    LIBRARY_TEST(two_who_edit_at_once_make_versions_one_after_the_other),
};

TEST_MAIN(tests)
