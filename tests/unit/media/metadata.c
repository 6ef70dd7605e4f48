/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "tests/unit/media/library_fixture.h"

/* What a recording is: by the folder it lies in, by the tags in it, by its name; and names that
 * are meant to do harm. */

static const char *make_tone(struct library_fixture *f, const char *name)
{
    return recording_make(f, name, tone(48000, 1, 48000));
}

static struct outcome import_at(struct library_fixture *f, const char *path, const char *place)
{
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.place = place;
    return import_with(f, path, &options, NULL);
}

/* --- folders ---------------------------------------------------------------------------- */

static void folders_say_what_a_recording_is(void **state)
{
    struct library_fixture *f = *state;
    static const struct {
        const char *place;
        const char *kind;
        const char *topic; /* NULL: none */
        const char *tags;
    } cases[] = {
        {"cchc/chuyen-muc", "chuyen-muc", "cchc", ""},
        {"chuyen-muc/cchc", "chuyen-muc", "cchc", ""},
        {"Cải cách hành chính/Chuyên mục", "chuyen-muc", "cchc", ""},
        {"CẢI CÁCH HÀNH CHÍNH/chuyên-mục", "chuyen-muc", "cchc", ""},
        {"cai_cach hanh chinh/CHUYEN MUC", "chuyen-muc", "cchc", ""},
        /* Decomposed, as a Mac writes it. */
        {"Ca\xcc\x89i ca\xcc\x81"
         "ch ha\xcc\x80nh chi\xcc\x81nh/tin",
         "tin", "cchc", ""},
        {"tin", "tin", NULL, ""},
        {"so/tin/Thủ tục hành chính/so", "tin", NULL, "so tthc"},
        {"tin/cchc/tin", "tin", "cchc", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char name[32];
        snprintf(name, sizeof name, "a-%zu.wav", i);
        struct outcome outcome =
            import_at(f, recording_make(f, name, tone(48000, 1, 48000 + (int64_t)i)),
                      cases[i].place);
        assert_imported(outcome);
        struct segments rows = library_rows(f);
        const struct segment *row = segments_find_newest(&rows, outcome.result.code);
        assert_string_equal(row->kind, cases[i].kind);
        assert_string_equal(row->topic ? row->topic : "-", cases[i].topic ? cases[i].topic : "-");
        assert_string_equal(row->tags, cases[i].tags);
    }
}

static void a_mistyped_folder_is_guessed(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome = import_at(f, make_tone(f, "a.wav"), "Chuyên mụt");
    assert_int_equal(outcome.r, -EINVAL);
    assert_string_equal(outcome.rule, "unknown-folder");
    assert_says(outcome, "did you mean `Chuyên mục`");
    outcome = import_at(f, make_tone(f, "a.wav"), "tin/2027-05");
    assert_string_equal(outcome.rule, "unknown-folder");
    assert_says(outcome, "station.ini");
    assert_int_equal(library_rows(f).n, 0);
}

static void two_kinds_or_two_topics_in_one_path_are_refused(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome = import_at(f, make_tone(f, "a.wav"), "tin/chuyen-muc");
    assert_string_equal(outcome.rule, "two-kinds");
    assert_says(outcome, "`tin` and `chuyen-muc`");
    outcome = import_at(f, make_tone(f, "a.wav"), "tin/cchc/cchc-a");
    assert_string_equal(outcome.rule, "two-topics");
    assert_int_equal(library_rows(f).n, 0);
}

/* Of two topics with one title the folder's name does not say which. */
static void a_title_that_two_share_is_no_folder(void **state)
{
    struct library_fixture *f = *state;
    static const struct topic_def topics[] = {{.id = "a", .title = "Y tế"},
                                              {.id = "b", .title = "Y Tế"}};
    f->station.topics = topics;
    f->station.n_topics = ARRAY_LEN(topics);
    struct outcome outcome = import_at(f, make_tone(f, "a.wav"), "tin/y te");
    assert_string_equal(outcome.rule, "ambiguous-folder");
    assert_imported(import_at(f, make_tone(f, "a.wav"), "tin/b"));
    assert_string_equal(library_rows(f).items[0].topic, "b");
}

static void a_sidecar_goes_before_the_folder_and_excuses_it(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "a.wav");
    temp_dir_write(f->recordings, "a.txt", "kind: tin\ntopic: cchc-a\ntags: so\n");
    assert_imported(import_at(f, path, "chuyen-muc/cchc/tthc/2027-05"));
    const struct segment *row = &library_rows(f).items[0];
    assert_string_equal(row->kind, "tin");
    assert_string_equal(row->topic, "cchc-a");
    assert_string_equal(row->tags, "so");
}

/* --- tags ------------------------------------------------------------------------------- */

/* An ID3v2.4 tag of UTF-8 frames before an MP3. */
static const char *make_tagged(struct library_fixture *f, const char *name, const char *title,
                               const char *genre, const char *album)
{
    const char *path = recording_make(f, name, tone(48000, 1, 96000));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static unsigned char sound[1 << 18];
    size_t n_sound = fread(sound, 1, sizeof sound, file);
    fclose(file);
    static unsigned char tag[1 << 14];
    size_t n = 0;
    const char *const ids[] = {"TIT2", "TCON", "TALB"};
    const char *const texts[] = {title, genre, album};
    for (size_t i = 0; i < 3; i++) {
        size_t n_text = strlen(texts[i]) + 1; /* and the encoding */
        n += (size_t)sprintf((char *)tag + n, "%s%c%c%c%c", ids[i], 0, 0, (int)(n_text >> 7),
                             (int)(n_text & 0x7f));
        tag[n++] = 0;
        tag[n++] = 0;
        tag[n++] = 3;
        memcpy(tag + n, texts[i], n_text - 1);
        n += n_text - 1;
    }
    const unsigned char head[] = {
        'I', 'D', '3', 4, 0, 0, 0, 0, (unsigned char)(n >> 7), (unsigned char)(n & 0x7f)};
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fwrite(head, 1, sizeof head, file) == sizeof head && fwrite(tag, 1, n, file) == n &&
                fwrite(sound, 1, n_sound, file) == n_sound);
    fclose(file);
    return path;
}

static void the_tags_in_a_file_say_what_nobody_else_does(void **state)
{
    struct library_fixture *f = *state;
    const char *path =
        make_tagged(f, "x1.mp3", "Một cửa ở xã", "Chuyên Mục", "cải cách hành chính");
    assert_imported(import_with(f, path, NULL, NULL));
    const struct segment *row = &library_rows(f).items[0];
    assert_string_equal(row->code, "x1");
    assert_string_equal(row->title, "Một cửa ở xã");
    assert_string_equal(row->kind, "chuyen-muc");
    assert_string_equal(row->topic, "cchc");
}

static void folders_go_before_tags_and_strange_tags_are_nothing(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome =
        import_at(f, make_tagged(f, "a.mp3", "A", "chuyen-muc", "Best of 1998"), "tin");
    assert_imported(outcome);
    assert_string_equal(library_rows(f).items[0].kind, "tin");
    assert_null(library_rows(f).items[0].topic);
    outcome = import_with(f, make_tagged(f, "b.mp3", "B", "Rock", "cchc"), NULL, NULL);
    assert_string_equal(outcome.rule, "no-kind");
}

static void a_title_tag_is_cut_or_left_and_never_refused(void **state)
{
    struct library_fixture *f = *state;
    char title[900] = "";
    for (size_t i = 0; i < 280; i++) {
        strcat(title, "ệ"); /* 3 bytes each: 166 of them fit */
    }
    assert_imported(import_at(f, make_tagged(f, "long.mp3", title, "", ""), "tin"));
    assert_imported(import_at(f, make_tagged(f, "lines.mp3", "One\nTwo", "", ""), "tin"));
    assert_imported(import_at(f, make_tagged(f, "bytes.mp3", "T\xff\xfe", "", ""), "tin"));
    struct segments rows = library_rows(f);
    assert_int_equal(strlen(segments_find_newest(&rows, "long")->title), 498);
    assert_string_equal(segments_find_newest(&rows, "lines")->title, "lines");
    assert_true(strchr(segments_find_newest(&rows, "bytes")->title, '\xff') == NULL);
}

/* A duplicate is told of what a person asked for, not of what stood in the same bytes before. */
static void a_duplicate_is_not_held_against_its_own_tags(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tagged(f, "a.mp3", "Other", "chuyen-muc", "cchc-a");
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.topic = "cchc";
    options.title = "Mine";
    assert_imported(import_with(f, path, &options, NULL));
    struct outcome again = import_with(f, path, NULL, NULL);
    assert_int_equal(again.result.status, IMPORT_DUPLICATE);
    assert_int_equal(again.n_findings, 0);
    again = import_at(f, path, "chuyen-muc");
    assert_int_equal(again.result.status, IMPORT_DUPLICATE);
    assert_string_equal(again.rule, "unchanged");
    temp_dir_write(f->recordings, "a.txt", "kind: tin\n\nWords that the library has not.\n");
    again = import_with(f, path, NULL, NULL);
    assert_string_equal(again.rule, "unchanged");
}

/* --- what to do ------------------------------------------------------------------------- */

static void without_a_kind_the_sentence_says_what_to_do(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome = import_at(f, make_tone(f, "Tin sáng.wav"), "");
    assert_string_equal(outcome.rule, "no-kind");
    assert_says(outcome, "`tin/`");
    assert_says(outcome, "write `kind: tin` into `Tin sáng.txt`");
    outcome = import_with(f, make_tone(f, "Tin sáng.wav"), NULL, NULL);
    assert_says(outcome, "--kind");
}

static void all_mistakes_are_told_at_once(void **state)
{
    struct library_fixture *f = *state;
    temp_dir_write(f->recordings, "a.txt", "topic: none\ncode: ../x\n");
    struct outcome outcome = import_at(f, make_tone(f, "a.wav"), "nowhere");
    assert_int_equal(outcome.n_errors, 4); /* folder, code, kind, topic */
}

/* --- names that are meant to do harm ---------------------------------------------------- */

static void a_name_that_is_not_a_line_of_text_is_refused(void **state)
{
    struct library_fixture *f = *state;
    static const char *const names[] = {"tin\nhai.wav",    "tin\x1b[2J.wav",      "tin\x7f.wav",
                                        "tin\xc2\x85.wav", "tin\xe2\x80\xa8.wav", "t\xffin.wav",
                                        "t\xc0\xaf.wav"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct import_options options = IMPORT_OPTIONS_NONE;
        options.kind = "tin";
        options.code = "a";
        options.title = "A";
        struct outcome outcome = import_with(f, make_tone(f, names[i]), &options, NULL);
        assert_int_equal(outcome.r, -EINVAL);
        assert_string_equal(outcome.rule, "bad-name");
        assert_int_equal(outcome.n_errors, 1);
        assert_says(outcome, "rename the file");
    }
    assert_int_equal(library_rows(f).n, 0);
    assert_int_equal(count_library_files(f), 0);
}

static void a_folder_that_is_not_a_line_of_text_is_refused(void **state)
{
    struct library_fixture *f = *state;
    static const char *const places[] = {"tin/a\nb", "tin/\xff"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct outcome outcome = import_at(f, make_tone(f, "a.wav"), places[i]);
        assert_int_equal(outcome.r, -EINVAL);
        assert_string_equal(outcome.rule, "bad-folder");
    }
}

static void a_code_leads_nowhere_else(void **state)
{
    struct library_fixture *f = *state;
    static const char *const codes[] = {
        "../../etc/passwd", "a/b", "..", "a\nb", "a\\b", "A", "ă", "\xff"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct import_options options = IMPORT_OPTIONS_NONE;
        options.kind = "tin";
        options.code = codes[i];
        struct outcome outcome = import_with(f, make_tone(f, "a.wav"), &options, NULL);
        assert_string_equal(outcome.rule, "bad-code");
        assert_int_equal(outcome.n_errors, 1);
    }
    temp_dir_write(f->recordings, "a.txt", "kind: tin\ncode: ../a\n");
    struct outcome outcome = import_with(f, make_tone(f, "a.wav"), NULL, NULL);
    assert_string_equal(outcome.rule, "bad-code");
    assert_int_equal(outcome.line, 2);
    assert_int_equal(count_library_files(f), 0);
}

static void a_title_is_one_line_of_at_most_500_bytes(void **state)
{
    struct library_fixture *f = *state;
    char title[502];
    memset(title, 'a', 501);
    title[501] = '\0';
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.title = title;
    struct outcome outcome = import_with(f, make_tone(f, "a.wav"), &options, NULL);
    assert_string_equal(outcome.rule, "bad-title");
    assert_says(outcome, "501 bytes");
    static const char *const titles[] = {"a\nb", "a\x1b]0;x\x07", "\xff"};
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        options.title = titles[i];
        outcome = import_with(f, make_tone(f, "a.wav"), &options, NULL);
        assert_string_equal(outcome.rule, "bad-title");
    }
    title[500] = '\0';
    options.title = title;
    assert_imported(import_with(f, make_tone(f, "a.wav"), &options, NULL));
    assert_string_equal(library_rows(f).items[0].title, title);
}

static void a_sidecar_cannot_smuggle_control_characters(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "a.wav");
    temp_dir_write(f->recordings, "a.txt", "kind: tin\ntitle: a\x1b[31mb\n");
    struct outcome outcome = import_with(f, path, NULL, NULL);
    assert_int_equal(outcome.r, -EINVAL);
    assert_int_equal(outcome.line, 2);
}

static void a_path_without_end_is_refused_with_the_systems_reason(void **state)
{
    struct library_fixture *f = *state;
    static char path[6000];
    const size_t lengths[] = {300, 4000, sizeof path - 1};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        /* In one piece, and in pieces that are each short enough. */
        for (size_t piece = 0; piece < 2; piece++) {
            memset(path, 'a', lengths[i]);
            path[lengths[i]] = '\0';
            for (size_t k = 0; piece && k < lengths[i]; k += 100) {
                path[k] = '/';
            }
            struct outcome outcome = import_as_tin(f, path);
            assert_true(outcome.r < 0);
            assert_int_equal(outcome.n_errors, 1);
            assert_says(outcome, "cannot be read");
            assert_int_equal(fault_exit_status(outcome.err), 1);
        }
    }
}

/* The ending shouts on a share that was written to from DOS. */
static void a_sidecar_may_have_its_ending_in_capitals(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "TIN-1.WAV");
    assert_int_equal(rename(make_tone(f, "a.wav"), path), 0);
    temp_dir_write(f->recordings, "TIN-1.TXT", "kind: tin\n");
    assert_imported(import_with(f, path, NULL, NULL));
}

static void a_note_of_the_inbox_is_no_sidecar(void **state)
{
    struct library_fixture *f = *state;
    const char *path = make_tone(f, "a.not-imported.wav");
    temp_dir_write(f->recordings, "a.not-imported.txt", "kind: tin\n");
    assert_string_equal(import_with(f, path, NULL, NULL).rule, "no-kind");
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(folders_say_what_a_recording_is),
    LIBRARY_TEST(a_mistyped_folder_is_guessed),
    LIBRARY_TEST(two_kinds_or_two_topics_in_one_path_are_refused),
    LIBRARY_TEST(a_title_that_two_share_is_no_folder),
    LIBRARY_TEST(a_sidecar_goes_before_the_folder_and_excuses_it),
    LIBRARY_TEST(the_tags_in_a_file_say_what_nobody_else_does),
    LIBRARY_TEST(folders_go_before_tags_and_strange_tags_are_nothing),
    LIBRARY_TEST(a_title_tag_is_cut_or_left_and_never_refused),
    LIBRARY_TEST(a_duplicate_is_not_held_against_its_own_tags),
    LIBRARY_TEST(without_a_kind_the_sentence_says_what_to_do),
    LIBRARY_TEST(all_mistakes_are_told_at_once),
    LIBRARY_TEST(a_name_that_is_not_a_line_of_text_is_refused),
    LIBRARY_TEST(a_folder_that_is_not_a_line_of_text_is_refused),
    LIBRARY_TEST(a_code_leads_nowhere_else),
    LIBRARY_TEST(a_title_is_one_line_of_at_most_500_bytes),
    LIBRARY_TEST(a_sidecar_cannot_smuggle_control_characters),
    LIBRARY_TEST(a_path_without_end_is_refused_with_the_systems_reason),
    LIBRARY_TEST(a_sidecar_may_have_its_ending_in_capitals),
    LIBRARY_TEST(a_note_of_the_inbox_is_no_sidecar),
};
TEST_MAIN(tests)
