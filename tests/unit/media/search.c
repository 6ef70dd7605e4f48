/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/search.h"

#include <errno.h>
#include <stdarg.h>

#include "base/migrations.h"
#include "media/fold.h"
#include "media/segment_row.h"
#include "tests/unit/media/library_fixture.h"

/* What a person types, and what is found. No sound is needed for that. */

struct row {
    const char *code; /* required, and so is the title */
    const char *title;
    int version; /* 0: 1 */
    const char *script;
    const char *name;  /* NULL: tin.mp3 */
    const char *kind;  /* NULL: tin */
    const char *topic; /* NULL: none */
    const char *tags;
    const char *state; /* NULL: approved */
    int64_t valid_until_us;
    int64_t imported_us; /* 0: now */
};

static void add(struct library_fixture *f, struct row row)
{
    struct fault fault = {0};
    static const char sql[] =
        "INSERT INTO segment (code, title, version, script, original_name, kind, topic, tags,"
        " state, valid_until_us, imported_us, original_sha256, original_bytes, air_sha256, "
        "channels,"
        " frames, gain_db, imported_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, '', 0,"
        " '', 1, 48000, 0, 'lan')";
    if (db_run(f->db, &fault, sql, "ttittttttii", row.code, row.title,
               (int64_t)(row.version ? row.version : 1), row.script ? row.script : "",
               row.name ? row.name : "tin.mp3", row.kind ? row.kind : "tin", row.topic,
               row.tags ? row.tags : "", row.state ? row.state : "approved", row.valid_until_us,
               row.imported_us ? row.imported_us : FIXTURE_NOW_US) < 0) {
        fail_msg("%s", fault.text);
    }
}

/* The codes found, one space behind each; "-2" behind a second version. */
static const char *found_by(struct library_fixture *f, struct search search)
{
    struct segments segments = {0};
    struct fault fault = {0};
    char *codes = arena_strdup(f->arena, "");
    if (library_search(f->db, &f->station, &search, f->arena, &segments, &fault) < 0) {
        fail_msg("\"%s\": %s", search.words, fault.text);
    }
    for (size_t i = 0; i < segments.n; i++) {
        const struct segment *segment = &segments.items[i];
        codes = segment->version == 1
                    ? arena_printf(f->arena, "%s%s ", codes, segment->code)
                    : arena_printf(f->arena, "%s%s/%d ", codes, segment->code, segment->version);
        assert_non_null(codes);
    }
    return codes;
}

static const char *find(struct library_fixture *f, const char *words)
{
    struct search search = SEARCH_ALL;
    search.words = words;
    return found_by(f, search);
}

/* --- letters ---------------------------------------------------------------------------- */

/* One row holds one letter in one form; every way to type it finds that row, and plainly too. */
static void expect_letter(struct library_fixture *f, const char *letter, const char *other_case,
                          const char *plain)
{
    static int n;
    const char *letters[] = {letter, other_case};
    char *forms[4];
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        forms[i] = text_normalise(letters[i / 2], i % 2 ? TEXT_COMPOSED : TEXT_DECOMPOSED);
        assert_non_null(forms[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        const char *code = arena_printf(f->arena, "m%d", ++n);
        add(f, (struct row){.code = code, .title = arena_printf(f->arena, "Xã B%sn", forms[i])});
        const char *wanted = arena_printf(f->arena, "%s ", code);
        assert_string_equal(find(f, arena_printf(f->arena, "b%sn %s", plain, code)), wanted);
        for (size_t k = 0; k < ARRAY_LEN(forms); k++) {
            assert_string_equal(find(f, arena_printf(f->arena, "b%sn %s", forms[k], code)), wanted);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        free(forms[i]);
    }
}

static void every_letter_is_found_plainly_and_as_it_is(void **state)
{
    struct library_fixture *f = *state;
    static const char *const vowels[][3] = {{"a", "A", "a"}, {"ă", "Ă", "a"}, {"â", "Â", "a"},
                                            {"e", "E", "e"}, {"ê", "Ê", "e"}, {"i", "I", "i"},
                                            {"o", "O", "o"}, {"ô", "Ô", "o"}, {"ơ", "Ơ", "o"},
                                            {"u", "U", "u"}, {"ư", "Ư", "u"}, {"y", "Y", "y"}};
    /* none, grave, acute, hook above, tilde, dot below */
    static const char *const tones[] = {"",         "\xcc\x80", "\xcc\x81",
                                        "\xcc\x89", "\xcc\x83", "\xcc\xa3"};
    for (size_t v = 0; v < ARRAY_LEN(vowels); v++) {
        for (size_t t = 0; t < ARRAY_LEN(tones); t++) {
            expect_letter(f, arena_printf(f->arena, "%s%s", vowels[v][0], tones[t]),
                          arena_printf(f->arena, "%s%s", vowels[v][1], tones[t]), vowels[v][2]);
        }
    }
    expect_letter(f, "đ", "Đ", "d");
    expect_letter(f, "ð", "Ð", "d"); /* as some old programs wrote it */
}

static void accents_that_are_typed_find_what_has_none(void **state)
{
    struct library_fixture *f = *state;
    add(f, (struct row){.code = "a", .title = "CAI CACH HANH CHINH"});
    add(f, (struct row){.code = "b", .title = "Cải cách hành chính"});
    add(f, (struct row){.code = "c", .title = "Nước sạch"});
    assert_string_equal(find(f, "cải cách"), "b a ");
    assert_string_equal(find(f, "cai cach"), "b a ");
    assert_string_equal(find(f, "nuoc"), "c ");
}

/* --- words ------------------------------------------------------------------------------ */

static void every_word_must_be_there_and_the_last_may_go_on(void **state)
{
    struct library_fixture *f = *state;
    add(f, (struct row){.code = "tin-1", .title = "Thủ tục hành chính"});
    add(f, (struct row){.code = "tin-2", .title = "Thủ đô"});
    assert_string_equal(find(f, "thu hanh"), "tin-1 ");
    assert_string_equal(find(f, "hanh chi"), "tin-1 ");
    assert_string_equal(find(f, "chinh  \t thu"), "tin-1 ");
    assert_string_equal(find(f, "han chinh"), "");
    assert_string_equal(find(f, "thu hanh do"), "");
    assert_string_equal(find(f, "  "), "tin-1 tin-2 ");
    assert_string_equal(find(f, ""), "tin-1 tin-2 ");
}

static void all_texts_of_a_version_are_looked_through(void **state)
{
    struct library_fixture *f = *state;
    add(f, (struct row){.code = "tin-2023-7",
                        .title = "Tin",
                        .script = "Xã Hà Thanh vừa khánh thành",
                        .name = "Chủ tịch_phát biểu (2).mp3",
                        .tags = "chi-dao tthc"});
    static const char *const words[] = {"tin",     "khanh thanh", "ha thanh vua", "tin-2023-7",
                                        "2023",    "7",           "phat bieu",    "chu tich",
                                        "chi-dao", "tthc",        "mp3"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        assert_string_equal(find(f, words[i]), "tin-2023-7 ");
    }
    assert_string_equal(find(f, "chi-tthc"), ""); /* what is written together stands together */
}

static void nothing_that_is_typed_is_an_operator(void **state)
{
    struct library_fixture *f = *state;
    add(f, (struct row){.code = "a", .title = "Dấu \"ngoặc\" AND dấu ( hở"});
    add(f, (struct row){.code = "b", .title = "Dấu"});
    static const char *const odd[] = {"\"",
                                      "\"\"",
                                      "'",
                                      "*",
                                      "^",
                                      "(",
                                      ")",
                                      "-",
                                      "+",
                                      "---",
                                      ":",
                                      "title:",
                                      "{title}:",
                                      "NEAR(",
                                      "NOT",
                                      "OR",
                                      "* *",
                                      "\" OR \"",
                                      "title : dau",
                                      "NEAR(dau ngoac, 2)",
                                      "dau NOT ngoac",
                                      "\x01\x02\x7f",
                                      ";",
                                      "%",
                                      "\\",
                                      "a\"b",
                                      "\xe2\x80\x8b",
                                      "\xf0\x9f\x93\xa2",
                                      "?1",
                                      "dau^2"};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        assert_string_equal(find(f, odd[i]), "");
    }
    assert_string_equal(find(f, "dau -ngoac"), "a ");
    assert_string_equal(find(f, "\"ngoac\" dau"), "a ");
    assert_string_equal(find(f, "dau AND ngoac"), "a ");
    assert_string_equal(find(f, "( ho *"), "a ");
}

static void what_cannot_be_looked_for_is_said(void **state)
{
    struct library_fixture *f = *state;
    struct segments segments = {0};
    struct fault fault = {0};
    struct search search = SEARCH_ALL;
    search.words = "c\xe3i c\xe1"
                   "ch"; /* of another encoding */
    assert_int_equal(library_search(f->db, &f->station, &search, f->arena, &segments, &fault),
                     -EINVAL);
    assert_non_null(strstr(fault.text, "not UTF-8"));
    char many[SEARCH_WORDS_MAX_BYTES + 2];
    memset(many, '"', sizeof many);
    many[SEARCH_WORDS_MAX_BYTES + 1] = '\0';
    search.words = many;
    assert_int_equal(library_search(f->db, &f->station, &search, f->arena, &segments, &fault),
                     -E2BIG);
    many[SEARCH_WORDS_MAX_BYTES] = '\0';
    assert_string_equal(find(f, many), "");
}

static void the_best_comes_first_and_then_the_newest(void **state)
{
    struct library_fixture *f = *state;
    add(f,
        (struct row){.code = "script", .title = "Tin xã", .script = "Nói về nước sạch nông thôn"});
    add(f, (struct row){.code = "old", .title = "Nước sạch", .imported_us = FIXTURE_NOW_US - 2});
    add(f, (struct row){.code = "new", .title = "Nước sạch", .imported_us = FIXTURE_NOW_US - 1});
    add(f, (struct row){.code = "older", .title = "Nước sạch", .imported_us = FIXTURE_NOW_US - 3});
    for (int i = 0; i < 20; i++) {
        add(f, (struct row){.code = arena_printf(f->arena, "x-%02d", i), .title = "Tin khác"});
    }
    assert_string_equal(find(f, "nuoc sach"), "new old older script ");
    assert_string_equal(find(f, "n"), "script new old older "); /* one letter fits all alike */
}

static void the_words_follow_the_texts(void **state)
{
    struct library_fixture *f = *state;
    add(f, (struct row){.code = "a", .title = "Đường làng", .script = "bê tông"});
    add(f, (struct row){.code = "b", .title = "Đường phố"});
    assert_string_equal(find(f, "duong"), "b a ");
    assert_int_equal(db_exec(f->db,
                             "UPDATE segment SET title = 'Đèn Ðiện', tags = 'so' WHERE code = 'a';"
                             "UPDATE segment SET state = 'withdrawn' WHERE code = 'a'",
                             NULL),
                     0);
    assert_string_equal(find(f, "duong"), "b ");
    assert_string_equal(find(f, "den dien so"), "a ");
    assert_string_equal(find(f, "be tong"), "a ");
    assert_int_equal(db_exec(f->db,
                             "INSERT INTO segment_words (segment_words) VALUES "
                             "('integrity-check')",
                             NULL),
                     0);
}

static void what_was_there_before_the_index_is_found(void **state)
{
    struct library_fixture *f = *state;
    size_t search = 0;
    while (search < n_migrations && !strstr(migrations[search], "segment_words")) {
        search++;
    }
    assert_true(search < n_migrations);
    assert_int_equal(
        db_exec(f->db,
                "DROP TRIGGER segment_words_of_new;"
                "DROP TRIGGER segment_words_before_change;"
                "DROP TRIGGER segment_words_after_change;"
                "DROP TABLE segment_words; DROP VIEW segment_text; DROP INDEX segment_listed",
                NULL),
        0);
    add(f, (struct row){.code = "a", .title = "Đèn đường"});
    assert_int_equal(db_exec(f->db, migrations[search], NULL), 0);
    assert_string_equal(find(f, "den duong"), "a ");
    assert_int_equal(db_exec(f->db, "UPDATE segment SET title = 'Chợ'", NULL), 0);
    assert_string_equal(find(f, "den"), "");
    assert_string_equal(find(f, "cho"), "a ");
}

/* --- what they are ---------------------------------------------------------------------- */

static void a_topic_has_those_below_it(void **state)
{
    struct library_fixture *f = *state;
    static const struct topic_def topics[] = {{.id = "a", .parent = SIZE_MAX},
                                              {.id = "a-b", .parent = 0},
                                              {.id = "c", .parent = 1},
                                              {.id = "b", .parent = SIZE_MAX}};
    f->station.topics = topics;
    f->station.n_topics = ARRAY_LEN(topics);
    add(f, (struct row){.code = "one", .title = "Tin", .topic = "a"});
    add(f, (struct row){.code = "two", .title = "Tin", .topic = "a-b"});
    add(f, (struct row){.code = "three", .title = "Tin", .topic = "c"});
    add(f, (struct row){.code = "four", .title = "Tin", .topic = "b"});
    add(f, (struct row){.code = "five", .title = "Tin"});
    struct search search = SEARCH_ALL;
    search.topic = "a";
    assert_string_equal(found_by(f, search), "one three two ");
    search.topic = "c";
    assert_string_equal(found_by(f, search), "three ");
    search.topic = "b";
    assert_string_equal(found_by(f, search), "four ");
    search.topic = "a";
    search.words = "tin";
    assert_string_equal(found_by(f, search), "three two one ");
}

static void states_are_told_apart(void **state)
{
    struct library_fixture *f = *state;
    add(f, (struct row){.code = "airs", .title = "x", .valid_until_us = FIXTURE_NOW_US + 1});
    add(f, (struct row){.code = "over", .title = "x", .valid_until_us = FIXTURE_NOW_US});
    add(f, (struct row){.code = "off", .title = "x", .state = "withdrawn", .valid_until_us = 1});
    add(f, (struct row){.code = "idea", .title = "x", .state = "draft", .valid_until_us = 1});
    static const struct {
        const char *state;
        const char *codes;
    } cases[] = {{"draft", "idea "},
                 {"approved", "airs over "},
                 {"withdrawn", "off "},
                 {"expired", "over "}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct search search = SEARCH_ALL;
        search.now_us = FIXTURE_NOW_US;
        assert_int_equal(search_state_parse(cases[i].state, &search.state, NULL), 0);
        assert_string_equal(found_by(f, search), cases[i].codes);
    }
}

static void a_draft_that_was_superseded_is_only_shown_when_asked_for(void **state)
{
    struct library_fixture *f = *state;
    add(f, (struct row){.code = "a", .title = "x", .state = "draft"});
    add(f, (struct row){.code = "a", .title = "x", .version = 2});
    add(f, (struct row){.code = "a", .title = "x", .version = 3, .state = "draft"});
    add(f, (struct row){.code = "b", .title = "x"});
    add(f, (struct row){.code = "b", .title = "x", .version = 2});
    struct search search = SEARCH_ALL;
    assert_string_equal(found_by(f, search), "a/2 a/3 b b/2 ");
    search.state = SEARCH_DRAFT;
    assert_string_equal(found_by(f, search), "a/3 ");
    search.with_superseded = true;
    assert_string_equal(found_by(f, search), "a a/3 ");
}

static void kinds_and_days_narrow_the_search(void **state)
{
    struct library_fixture *f = *state;
    add(f, (struct row){.code = "a", .title = "Cầu", .kind = "chuyen-muc"});
    add(f, (struct row){.code = "b", .title = "Cầu", .imported_us = FIXTURE_NOW_US + 10});
    add(f, (struct row){.code = "c", .title = "Phà", .imported_us = FIXTURE_NOW_US + 20});
    struct search search = SEARCH_ALL;
    search.kind = "tin";
    assert_string_equal(found_by(f, search), "b c ");
    search.words = "cau";
    assert_string_equal(found_by(f, search), "b ");
    search = SEARCH_ALL;
    search.imported_from_us = FIXTURE_NOW_US + 10;
    assert_string_equal(found_by(f, search), "b c ");
    search.imported_until_us = FIXTURE_NOW_US + 20;
    assert_string_equal(found_by(f, search), "b ");
}

static void what_the_station_does_not_have_is_said_with_what_is_near(void **state)
{
    struct library_fixture *f = *state;
    struct segments segments = {0};
    struct fault fault = {0};
    struct search search = SEARCH_ALL;
    search.topic = "cchcc";
    assert_int_equal(library_search(f->db, &f->station, &search, f->arena, &segments, &fault),
                     -ENOENT);
    assert_non_null(strstr(fault.text, "did you mean \"cchc\"?"));
    search.topic = "quite-another";
    assert_int_equal(library_search(f->db, &f->station, &search, f->arena, &segments, &fault),
                     -ENOENT);
    assert_non_null(strstr(fault.text, "station.ini"));
    search = SEARCH_ALL;
    search.kind = "tinn";
    assert_int_equal(library_search(f->db, &f->station, &search, f->arena, &segments, &fault),
                     -ENOENT);
    assert_non_null(strstr(fault.text, "did you mean \"tin\"?"));
    assert_int_equal(search_state_parse("aproved", &search.state, &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "did you mean \"approved\"?"));
    assert_int_equal(search_state_parse("", &search.state, &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "or expired"));
}

/* --- speed ------------------------------------------------------------------------------ */

/* A row has a script, and ten thousand of them are fifty megabytes to read. */
static void a_list_reads_no_rows(void **state)
{
    struct library_fixture *f = *state;
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(f->db,
                                "EXPLAIN QUERY PLAN SELECT " SEGMENT_COLUMNS ", imported_us "
                                "FROM segment ORDER BY code, version",
                                &stmt, NULL),
                     0);
    stmt_bind(stmt, "");
    assert_int_equal(stmt_step(stmt, NULL), 1);
    assert_string_equal(stmt_text(stmt, 3), "SCAN segment USING COVERING INDEX segment_listed");
    assert_int_equal(stmt_step(stmt, NULL), 0);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(every_letter_is_found_plainly_and_as_it_is),
    LIBRARY_TEST(accents_that_are_typed_find_what_has_none),
    LIBRARY_TEST(every_word_must_be_there_and_the_last_may_go_on),
    LIBRARY_TEST(all_texts_of_a_version_are_looked_through),
    LIBRARY_TEST(nothing_that_is_typed_is_an_operator),
    LIBRARY_TEST(what_cannot_be_looked_for_is_said),
    LIBRARY_TEST(the_best_comes_first_and_then_the_newest),
    LIBRARY_TEST(the_words_follow_the_texts),
    LIBRARY_TEST(what_was_there_before_the_index_is_found),
    LIBRARY_TEST(a_topic_has_those_below_it),
    LIBRARY_TEST(states_are_told_apart),
    LIBRARY_TEST(a_draft_that_was_superseded_is_only_shown_when_asked_for),
    LIBRARY_TEST(kinds_and_days_narrow_the_search),
    LIBRARY_TEST(what_the_station_does_not_have_is_said_with_what_is_near),
    LIBRARY_TEST(a_list_reads_no_rows),
};

TEST_MAIN(tests)
