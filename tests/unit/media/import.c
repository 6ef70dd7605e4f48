/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>

#include "media/fold.h"
#include "tests/unit/media/library_fixture.h"

/* Names, sidecars, duplicates: what is known of a recording besides its sound. */

static const char *make_tone(struct library_fixture *f, const char *name)
{
    return recording_make(f, name, tone(48000, 1, 48000));
}

static struct outcome import_plain(struct library_fixture *f, const char *path)
{
    return import_with(f, path, NULL, NULL);
}

static void a_sidecar_says_everything(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    temp_dir_write(f->recordings, "tin-1.txt",
                   "\xef\xbb\xbftitle: Trụ cột thứ nhất\r\nkind: tin\r\ntopic: cchc-a\r\n"
                   "tags: so, chi-dao,so\r\nvalid-from: 2023-05-01\r\n"
                   "valid-until: 2023-06-01\r\n\r\nThưa bà con,\r\nđây là bản tin.\r\n\r\n");
    assert_imported(import_plain(f, path));
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, "tin-1", f->arena, &history, NULL), 0);
    const struct library_version *v = &history.items[0];
    assert_string_equal(v->segment.title, "Trụ cột thứ nhất");
    assert_string_equal(v->segment.kind, "tin");
    assert_string_equal(v->segment.topic, "cchc-a");
    assert_string_equal(v->segment.tags, "chi-dao so");
    assert_string_equal(v->script, "Thưa bà con,\nđây là bản tin.");
    assert_string_equal(v->original_name, "tin-1.wav");
    assert_string_equal(v->imported_by, "lan");
    assert_true(v->imported_us == FIXTURE_NOW_US);
    assert_true(v->segment.valid_from_us == INT64_C(1682874000000000));
    assert_true(v->segment.valid_until_us == INT64_C(1685552400000000));
}

static void an_option_wins_over_the_sidecar(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    temp_dir_write(f->recordings, "tin-1.txt",
                   "title: A\nkind: tin\ntopic: cchc\ntags: so\ncode: x\nvalid-from: 2023-05-01\n");
    struct import_options options = {.code = "y",
                                     .title = "B",
                                     .kind = "chuyen-muc",
                                     .topic = "",
                                     .tags = "",
                                     .valid_from_us = 7,
                                     .valid_until_us = 9,
                                     .approve = true};
    assert_imported(import_with(f, path, &options, NULL));
    const struct segment *segment = &library_rows(f).items[0];
    assert_string_equal(segment->code, "y");
    assert_string_equal(segment->title, "B");
    assert_string_equal(segment->kind, "chuyen-muc");
    assert_null(segment->topic);
    assert_string_equal(segment->tags, "");
    assert_true(segment->valid_from_us == 7 && segment->valid_until_us == 9);
    assert_int_equal(segment->state, SEGMENT_APPROVED);
}

/* As many as may be, as long as may be, and each of them twice. */
static void sixty_four_long_tags_are_kept_and_one_more_is_refused(void **state)
{
    enum { N = 64, BYTES = 64 };
    struct library_fixture *f = *state;
    char ids[N + 1][BYTES + 1];
    struct tag_def tags[N + 1];
    char text[2 * (N + 1) * (BYTES + 1)] = "";
    for (size_t i = 0; i <= N; i++) {
        snprintf(ids[i], sizeof ids[i], "t%02zu%061d", i, 0);
        tags[i] = (struct tag_def){.id = ids[i]};
    }
    for (size_t i = 0, used = 0; i < 2 * (size_t)N; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s,", ids[i % N]);
    }
    f->station.tags = tags;
    f->station.n_tags = ARRAY_LEN(tags);
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.tags = text;
    const char *path = make_tone(f, "tin-1.wav");
    assert_imported(import_with(f, path, &options, NULL));
    assert_int_equal(strlen(library_rows(f).items[0].tags), N * (BYTES + 1) - 1);
    strcat(text, ids[N]);
    struct outcome outcome = import_with(f, path, &options, NULL);
    assert_true(outcome.r < 0);
    assert_string_equal(outcome.rule, "too-many-tags");
}

static void without_a_title_the_file_name_is_it(void **state)
{
    struct library_fixture *f = *state;
    assert_imported(import_as_tin(f, make_tone(f, "Tin Tứ Kỳ (số 2).wav")));
    const struct segment *segment = &library_rows(f).items[0];
    assert_string_equal(segment->title, "Tin Tứ Kỳ (số 2)");
    assert_string_equal(segment->code, "tin-tu-ky-so-2");
    assert_true(segment->valid_from_us == INT64_MIN);
    assert_true(segment->valid_until_us == INT64_MAX);
}

static void one_name_typed_on_two_systems_is_one_name(void **state)
{
    struct library_fixture *f = *state;
    /* "tin đó" composed and decomposed; the sidecar in the other form. */
    const char *composed = "tin \xc4\x91\xc3\xb3.wav";
    const char *decomposed = "tin \xc4\x91o\xcc\x81.wav";
    temp_dir_write(f->recordings, "tin \xc4\x91o\xcc\x81.txt", "kind: tin\n");
    struct outcome first = import_plain(f, make_tone(f, composed));
    assert_imported(first);
    assert_string_equal(first.result.code, "tin-do");
    struct outcome second = import_plain(f, make_tone(f, decomposed));
    assert_imported(second);
    assert_int_equal(second.result.status, IMPORT_DUPLICATE);
    assert_string_equal(second.result.code, "tin-do");
    assert_string_equal(library_rows(f).items[0].title, "tin \xc4\x91\xc3\xb3");
}

static void codes_are_folded_from_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *code; /* NULL: none can be made */
    } cases[] = {
        {"tin-a-01", "tin-a-01"},
        {"Chuyên mục CCHC", "chuyen-muc-cchc"},
        {"ĐƯỜNG ĐẾN TRƯỜNG", "duong-den-truong"},
        {"  --Ngày 10/5__bản 2--", "ngay-10-5-ban-2"},
        {"ﬁle①", "file1"},
        {"日本", NULL},
        {"---", NULL},
        {"", NULL},
        {"\xff\xfe", NULL},
        {"1234567890123456789012345678901234567890123456789012345678901234",
         "1234567890123456789012345678901234567890123456789012345678901234"},
        {"12345678901234567890123456789012345678901234567890123456789012345", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char code[IMPORT_CODE_MAX];
        int r = code_from_name(cases[i].name, code);
        assert_int_equal(r == 0, cases[i].code != NULL);
        if (r == 0) {
            assert_string_equal(code, cases[i].code);
            assert_true(code_is_valid(code));
        }
    }
    static const char *const wrong[] = {
        "",     "-a", "a-",
        "a--b", "A",  "a b",
        "a_b",  "đ",  "12345678901234567890123456789012345678901234567890123456789012345"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(code_is_valid(wrong[i]));
    }
}

static void every_mistake_of_a_sidecar_is_told_with_its_line(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    temp_dir_write(f->recordings, "tin-1.txt",
                   "titel: A\nkind: tinn\ntopic: cchc-b\ntags: so, sso\ncode: Tin 1\n"
                   "valid-from: 2023-02-30\nkind: tin\nnot a key\n\nwords\n");
    AUTO(importer_close) struct importer *importer = NULL;
    assert_int_equal(importer_open(&f->station, f->db, "lan", &importer, NULL), 0);
    AUTO(import_job_destroy) struct import_job *job = import_prepare(importer, path, NULL, NULL);
    const struct import_result *result = NULL;
    assert_true(import_commit(importer, job, FIXTURE_NOW_US, &result) < 0);
    assert_int_equal(result->status, IMPORT_REJECTED);
    static const struct {
        const char *rule;
        unsigned line;
    } expected[] = {{"unknown-key", 1},  {"unknown-kind", 2}, {"unknown-topic", 3},
                    {"unknown-tag", 4},  {"bad-code", 5},     {"bad-instant", 6},
                    {"repeated-key", 7}, {"no-key", 8}};
    assert_int_equal(result->findings.n, ARRAY_LEN(expected));
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        bool told = false;
        for (size_t k = 0; k < result->findings.n; k++) {
            const struct finding *finding = &result->findings.items[k];
            told |= strcmp(finding->rule, expected[i].rule) == 0 &&
                    finding->fault.line == expected[i].line;
            assert_string_equal(path_name(finding->fault.file), "tin-1.txt");
        }
        if (!told) {
            fail_msg("%s is not told", expected[i].rule);
        }
    }
    assert_int_equal(count_library_files(f), 0);
}

static void a_kind_is_required(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome = import_plain(f, make_tone(f, "tin-1.wav"));
    assert_int_equal(outcome.r, -EINVAL);
    assert_string_equal(outcome.rule, "no-kind");
    assert_says(outcome, "--kind");
}

static void what_is_no_file_is_not_asked_for_its_kind_or_code(void **state)
{
    struct library_fixture *f = *state;
    assert_int_equal(path_make_dirs(recording_path(f, "tin"), NULL), 0);
    struct outcome outcome = import_plain(f, recording_path(f, "tin/"));
    assert_int_equal(outcome.r, -EISDIR);
    assert_int_equal(outcome.n_findings, 1);
    assert_says(outcome, "is a folder");
    outcome = import_plain(f, recording_path(f, "tin-1.wav"));
    assert_int_equal(outcome.r, -ENOENT);
    assert_int_equal(outcome.n_findings, 1);
    assert_says(outcome, "cannot be read");
}

static void a_mistyped_kind_is_guessed(void **state)
{
    struct library_fixture *f = *state;
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "chuyen-mục";
    struct outcome outcome = import_with(f, make_tone(f, "tin-1.wav"), &options, NULL);
    assert_true(outcome.r < 0);
    assert_says(outcome, "did you mean `chuyen-muc`");
}

static void a_sidecar_that_is_not_utf8_is_refused(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    temp_dir_write(f->recordings, "tin-1.txt", "kind: tin\n\nTh\xb8 b\xb5 con\n");
    struct outcome outcome = import_plain(f, path);
    assert_true(outcome.r < 0);
    assert_int_equal(outcome.line, 3);
    assert_says(outcome, "UTF-8");
}

static void a_validity_that_ends_before_it_begins_is_refused(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    temp_dir_write(f->recordings, "tin-1.txt",
                   "kind: tin\nvalid-from: 2023-06-01\nvalid-until: 2023-05-01\n");
    struct outcome outcome = import_plain(f, path);
    assert_true(outcome.r < 0);
    assert_int_equal(outcome.line, 3);
    assert_string_equal(outcome.rule, "never-valid");
}

/* --- duplicates ------------------------------------------------------------------------- */

static void the_same_bytes_again_are_a_duplicate(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    struct outcome first = import_as_tin(f, path);
    struct outcome again = import_as_tin(f, path);
    assert_int_equal(again.r, 0);
    assert_int_equal(again.result.status, IMPORT_DUPLICATE);
    assert_string_equal(again.result.code, "tin-1");
    assert_int_equal(again.result.version, 1);
    assert_true(again.result.frames == first.result.frames);
    assert_true(again.result.lufs == first.result.lufs);
    assert_true(again.result.gain_db == first.result.gain_db);
    assert_int_equal(library_rows(f).n, 1);
    assert_int_equal(count_library_files(f), 2);
}

static void the_same_bytes_under_another_file_name_are_a_duplicate(void **state)
{
    struct library_fixture *f = *state;
    assert_imported(import_as_tin(f, make_tone(f, "tin-1.wav")));
    struct outcome again = import_as_tin(f, make_tone(f, "copy of tin-1.wav"));
    assert_int_equal(again.result.status, IMPORT_DUPLICATE);
    assert_string_equal(again.result.code, "tin-1");
    assert_int_equal(library_rows(f).n, 1);
}

static void the_same_bytes_under_a_code_that_is_given_share_their_files(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "tin-1.wav");
    assert_imported(import_as_tin(f, path));
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "tin-2";
    struct outcome other = import_with(f, path, &options, NULL);
    assert_imported(other);
    assert_int_equal(other.result.status, IMPORT_IMPORTED);
    assert_int_equal(library_rows(f).n, 2);
    assert_int_equal(count_library_files(f), 2);
}

static void two_copies_prepared_together_make_one_row(void **state)
{
    struct library_fixture *f = *state;
    const char *a = make_tone(f, "a.wav");
    const char *b = make_tone(f, "b.wav");
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    AUTO(importer_close) struct importer *importer = NULL;
    assert_int_equal(importer_open(&f->station, f->db, "lan", &importer, NULL), 0);
    AUTO(import_job_destroy) struct import_job *job_a = import_prepare(importer, a, &options, NULL);
    AUTO(import_job_destroy) struct import_job *job_b = import_prepare(importer, b, &options, NULL);
    const struct import_result *result = NULL;
    assert_int_equal(import_commit(importer, job_b, FIXTURE_NOW_US, &result), 0);
    assert_int_equal(result->status, IMPORT_IMPORTED);
    assert_int_equal(import_commit(importer, job_a, FIXTURE_NOW_US, &result), 0);
    assert_int_equal(result->status, IMPORT_DUPLICATE);
    assert_string_equal(result->code, "b");
    assert_int_equal(count_library_files(f), 2);
}

/* --- many at once ----------------------------------------------------------------------- */

enum { N_FILES = 12, N_THREADS = 4 };

struct crowd {
    struct importer *importer;
    const char *paths[N_FILES];
    struct import_job *jobs[N_FILES];
    int64_t done[N_FILES];
};

struct worker {
    struct crowd *crowd;
    int first;
};

static void note_progress(void *context, int64_t done_bytes, int64_t total_bytes)
{
    int64_t *done = context;
    assert_true(done_bytes >= *done && done_bytes <= total_bytes);
    *done = done_bytes;
}

static void *work(void *context)
{
    const struct worker *worker = context;
    struct crowd *crowd = worker->crowd;
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    for (int i = worker->first; i < N_FILES; i += N_THREADS) {
        struct import_progress progress = {note_progress, &crowd->done[i]};
        crowd->jobs[i] = import_prepare(crowd->importer, crowd->paths[i], &options, &progress);
    }
    return NULL;
}

static void many_threads_prepare_at_once(void **state)
{
    struct library_fixture *f = *state;
    struct crowd crowd = {0};
    for (int i = 0; i < N_FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "tin-%02d.%s", i, i % 2 ? "flac" : "wav");
        crowd.paths[i] = recording_make(f, name, tone(44100, 1 + i % 2, 44100 + i));
    }
    assert_int_equal(importer_open(&f->station, f->db, "lan", &crowd.importer, NULL), 0);
    pthread_t threads[N_THREADS];
    struct worker workers[N_THREADS];
    for (int i = 0; i < N_THREADS; i++) {
        workers[i] = (struct worker){&crowd, i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = N_FILES - 1; i >= 0; i--) {
        const struct import_result *result = NULL;
        assert_int_equal(import_commit(crowd.importer, crowd.jobs[i], FIXTURE_NOW_US, &result), 0);
        assert_int_equal(result->status, IMPORT_IMPORTED);
        assert_true(crowd.done[i] > 0);
        import_job_destroy(crowd.jobs[i]);
    }
    importer_close(crowd.importer);
    assert_int_equal(library_rows(f).n, N_FILES);
    assert_int_equal(count_library_files(f), 2 * N_FILES);
}

static void names_that_differ_in_an_accent_are_two_recordings(void **state)
{
    struct library_fixture *f = *state;
    static const struct {
        const char *name;
        const char *code;
        enum import_status status;
    } files[] = {{"Thôn Đông.wav", "thon-dong", IMPORT_IMPORTED},
                 {"Thôn Dòng.wav", "thon-dong-2", IMPORT_IMPORTED},
                 {"Thôn Dỏng.wav", "thon-dong-3", IMPORT_IMPORTED},
                 {"THÔN_DÒNG.flac", "thon-dong-2", IMPORT_NEW_VERSION},
                 {"Tho\u0302n \u0110o\u0302ng.wav", "thon-dong", IMPORT_NEW_VERSION},
                 {"thon dong.wav", "thon-dong-4", IMPORT_IMPORTED}};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct outcome outcome =
            import_as_tin(f, recording_make(f, files[i].name, tone(48000, 1, 30000 + (int64_t)i)));
        assert_imported(outcome);
        assert_string_equal(outcome.result.code, files[i].code);
        assert_int_equal(outcome.result.status, files[i].status);
    }
}

static void a_code_that_was_given_is_meant_by_a_file_of_its_name(void **state)
{
    struct library_fixture *f = *state;
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "tin-1";
    assert_imported(
        import_with(f, recording_make(f, "rec007.wav", tone(48000, 1, 30000)), &options, NULL));
    struct outcome outcome =
        import_as_tin(f, recording_make(f, "Tin 1.wav", tone(48000, 1, 30001)));
    assert_string_equal(outcome.result.code, "tin-1");
    assert_int_equal(outcome.result.version, 2);
}

static void a_draft_that_another_title_replaces_is_told(void **state)
{
    struct library_fixture *f = *state;
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "hop-thon";
    options.title = "Họp thôn Đông";
    assert_imported(
        import_with(f, recording_make(f, "a.wav", tone(48000, 1, 30000)), &options, NULL));
    options.title = "Họp thôn Tây";
    struct outcome outcome =
        import_with(f, recording_make(f, "b.wav", tone(48000, 1, 30001)), &options, NULL);
    assert_imported(outcome);
    assert_string_equal(outcome.rule, "replaced-draft");
    assert_says(outcome, "Họp thôn Đông");
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(names_that_differ_in_an_accent_are_two_recordings),
    LIBRARY_TEST(a_code_that_was_given_is_meant_by_a_file_of_its_name),
    LIBRARY_TEST(a_draft_that_another_title_replaces_is_told),
    LIBRARY_TEST(a_sidecar_says_everything),
    LIBRARY_TEST(an_option_wins_over_the_sidecar),
    LIBRARY_TEST(sixty_four_long_tags_are_kept_and_one_more_is_refused),
    LIBRARY_TEST(without_a_title_the_file_name_is_it),
    LIBRARY_TEST(one_name_typed_on_two_systems_is_one_name),
    cmocka_unit_test(codes_are_folded_from_names),
    LIBRARY_TEST(every_mistake_of_a_sidecar_is_told_with_its_line),
    LIBRARY_TEST(a_kind_is_required),
    LIBRARY_TEST(what_is_no_file_is_not_asked_for_its_kind_or_code),
    LIBRARY_TEST(a_mistyped_kind_is_guessed),
    LIBRARY_TEST(a_sidecar_that_is_not_utf8_is_refused),
    LIBRARY_TEST(a_validity_that_ends_before_it_begins_is_refused),
    LIBRARY_TEST(the_same_bytes_again_are_a_duplicate),
    LIBRARY_TEST(the_same_bytes_under_another_file_name_are_a_duplicate),
    LIBRARY_TEST(the_same_bytes_under_a_code_that_is_given_share_their_files),
    LIBRARY_TEST(two_copies_prepared_together_make_one_row),
    LIBRARY_TEST(many_threads_prepare_at_once),
};

TEST_MAIN(tests)
