/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <errno.h>
#include <string.h>

#include "airtime/document/format.h"
#include "airtime/document/pdf.h"
#include "airtime/report_document.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "base/zone.h"

/* Reports on paper, read back by another program (poppler's). */

enum { AIRINGS = 300, OUTPUT_MAX = 4 << 20 };

/* fontconfig keeps a pattern for as long as the process lives, and tells nobody where. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}

/* Pango has a thread in which fontconfig reads its files; they agree by means that the sanitizer,
 * which has not compiled them, does not see. Nothing of loa runs beside. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libfontconfig.so\n"
           "called_from_lib:libglib-2.0.so\n"
           "called_from_lib:libpango-1.0.so\n"
           "called_from_lib:libpangoft2-1.0.so\n"
           "called_from_lib:libpangocairo-1.0.so\n"
           "called_from_lib:libcairo.so\n"
           "called_from_lib:libharfbuzz.so\n"
           "called_from_lib:libfreetype.so\n"
           "race:libfontconfig.so\n"
           "race:libpango\n";
}

static int64_t instant(const char *text)
{
    int64_t us = 0;
    assert_int_equal(zone_parse_instant(text, &us, NULL), 0);
    return us;
}

static int setup(void **state)
{
    static const char *recipients[] = {"Phòng Nội vụ huyện;", "Lưu: VT."};
    on_air_setup(state, 4);
    struct on_air *air = *state;
    airtime_station_topic(air->made, "cchc", "Cải cách hành chính", SIZE_MAX);
    airtime_station_topic(air->made, "tthc", "Thủ tục hành chính: đường dây nóng, mẫu chữ ký", 0);
    airtime_station_quota(air->made, 0,
                          (struct quota_def){.from_us = instant("2023-01-01"),
                                             .until_us = instant("2024-01-01"),
                                             .seconds = 36000});
    air->made->station.letterhead = (struct letterhead){.superior = "UBND HUYỆN TỨ KỲ",
                                                        .symbol = "BC-ĐPT",
                                                        .place = "Tứ Kỳ",
                                                        .position = "TRƯỞNG ĐÀI",
                                                        .signer = "Nguyễn Thị Ngọc Ửng",
                                                        .recipients = recipients,
                                                        .n_recipients = ARRAY_LEN(recipients)};
    return 0;
}

static void compose(struct on_air *air, const struct report_letter *letter,
                    struct document *document)
{
    struct report *report = arena_take(air->arena, 1, sizeof *report);
    struct report_airings *airings = arena_take(air->arena, 1, sizeof *airings);
    int64_t from_us = instant("2023-01-01");
    int64_t to_us = instant("2024-01-01");
    assert_int_equal(report_make(air->db, &air->made->station, from_us, to_us, air->arena, report,
                                 &air->fault),
                     0);
    assert_int_equal(report_list_airings(air->db, &air->made->station, from_us, to_us, air->arena,
                                         airings, &air->fault),
                     0);
    assert_int_equal(report_compose(report, airings, &air->made->station, letter, air->arena,
                                    document, &air->fault),
                     0);
}

static void write_pdf(struct on_air *air, const struct document *document, struct strbuf *out)
{
    document_pdf_write *write = NULL;
    strbuf_init(out, 64 << 20);
    if (document_pdf_find(&write, &air->fault) < 0 || write(document, out, &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
}

/* What a program says of the PDF; "%s" in the command is its path. To be freed. */
static char *asked(struct on_air *air, const struct strbuf *pdf, const char *command)
{
    char path[PATHS_MAX];
    char line[2 * PATHS_MAX];
    snprintf(path, sizeof path, "%s/report.pdf", air->dir);
    assert_int_equal(path_write_file(path, strbuf_text(pdf), pdf->n, &air->fault), 0);
    snprintf(line, sizeof line, command, path);
    FILE *pipe = popen(line, "r");
    char *text = calloc(1, OUTPUT_MAX);
    assert_non_null(pipe);
    assert_non_null(text);
    size_t n = fread(text, 1, OUTPUT_MAX - 1, pipe);
    assert_int_equal(pclose(pipe), 0);
    text[n] = '\0';
    return text;
}

static size_t count_of(const char *text, const char *words)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, words)); at += strlen(words)) {
        n++;
    }
    return n;
}

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words)) {
        fail_msg("\"%s\" is not in the report:\n%s", words, text);
    }
}

static void play_much(struct on_air *air)
{
    for (int i = 0; i < AIRINGS; i++) {
        on_air_play(air, (struct play){.topic = "tthc",
                                       .kind = "chuyen-muc",
                                       .code = i % 2 ? "Hỏi đáp về thủ tục" : "Ủy ban trả lời",
                                       .from = i * 10,
                                       .until = i * 10 + 10,
                                       .recurrence = i,
                                       .repeat = i > 1,
                                       .n_lines = 3});
    }
    on_air_settle(air, FIVE_PM_US + 100000 * US);
}

static void a_letter_has_all_that_its_form_asks_for(void **state)
{
    struct on_air *air = *state;
    struct report_letter letter = {.number = "12", .dated_us = instant("2024-01-05")};
    struct document document;
    struct strbuf pdf;
    play_much(air);
    compose(air, &letter, &document);
    write_pdf(air, &document, &pdf);
    char *text = asked(air, &pdf, "pdftotext -layout -l 1 %s -");
    assert_says(text, "UBND HUYỆN TỨ KỲ");
    assert_says(text, "Đài thử"); /* the issuer, where none is written */
    assert_says(text, "SOCIALIST REPUBLIC OF VIET NAM");
    assert_says(text, "No.: 12/BC-ĐPT");
    assert_says(text, "Tứ Kỳ, day 05 month 01 year 2024");
    assert_says(text, "REPORT");
    assert_says(text, "from 2023-01-01 to 2023-12-31");
    assert_says(text, "Thủ tục hành chính: đường");
    free(text);
    text = asked(air, &pdf, "pdftotext -layout %s -");
    assert_says(text, "- Phòng Nội vụ huyện;");
    assert_says(text, "TRƯỞNG ĐÀI");
    assert_says(text, "Nguyễn Thị Ngọc Ửng");
    assert_says(text, "./.");
    free(text);
    text = asked(air, &pdf, "pdfinfo %s");
    assert_says(text, "(A4)");
    free(text);
    /* Every face is in the file: no boxes on a machine without it. */
    text = asked(air, &pdf, "pdffonts %s | awk 'NR > 2 && $(NF - 4) != \"yes\"'");
    assert_string_equal(text, "");
    free(text);
    strbuf_finish(&pdf);
}

static void what_is_not_known_yet_is_left_open(void **state)
{
    struct on_air *air = *state;
    struct report_letter letter = {.dated_us = INT64_MIN};
    struct document document;
    char text[DOCUMENT_HEAD_MAX];
    on_air_settle(air, FIVE_PM_US);
    compose(air, &letter, &document);
    document_date_text(&document, text);
    assert_string_equal(text, "Tứ Kỳ, day ...... month ...... year ........");
    document_number_text(&document, text);
    assert_string_equal(text, "No.:         /BC-ĐPT");
}

static void the_annex_has_every_airing_and_its_head_on_every_page(void **state)
{
    struct on_air *air = *state;
    struct report_letter letter = {.dated_us = INT64_MIN};
    struct document document;
    struct strbuf pdf;
    play_much(air);
    compose(air, &letter, &document);
    write_pdf(air, &document, &pdf);
    char *text = asked(air, &pdf, "pdftotext -layout %s -");
    const char *annex = strstr(text, "ANNEX: EVERY AIRING");
    assert_non_null(annex);
    assert_int_equal(count_of(annex, "2023-05-10 1"), AIRINGS);
    assert_int_equal(count_of(annex, "Hỏi đáp về thủ tục"), AIRINGS / 2);
    size_t n_pages = count_of(annex, "\f");
    assert_true(n_pages > 3);
    assert_int_equal(count_of(annex, "began"), n_pages);
    free(text);
    /* The number stands at the top of every page but the first. */
    text = asked(air, &pdf, "pdftotext -f 1 -l 1 -x 0 -y 0 -W 600 -H 50 %s -");
    assert_null(strpbrk(text, "123456789"));
    free(text);
    text = asked(air, &pdf, "pdftotext -f 3 -l 3 -x 0 -y 0 -W 600 -H 50 %s -");
    assert_says(text, "3");
    free(text);
    strbuf_finish(&pdf);
}

static void the_same_ledger_gives_the_same_bytes(void **state)
{
    struct on_air *air = *state;
    struct report_letter letter = {.dated_us = INT64_MIN};
    struct document document;
    struct strbuf pdf[2];
    play_much(air);
    for (int i = 0; i < 2; i++) {
        compose(air, &letter, &document);
        write_pdf(air, &document, &pdf[i]);
        on_air_close(air);
        on_air_open(air);
    }
    assert_int_equal(pdf[0].n, pdf[1].n);
    assert_memory_equal(strbuf_text(&pdf[0]), strbuf_text(&pdf[1]), pdf[0].n);
    strbuf_finish(&pdf[0]);
    strbuf_finish(&pdf[1]);
}

/* A title of any length, and bytes that are no text, are cut off or replaced; the page goes on. */
static void a_title_that_is_no_title_spoils_no_page(void **state)
{
    struct on_air *air = *state;
    struct report_letter letter = {.dated_us = INT64_MIN};
    struct document document;
    struct strbuf pdf;
    char *endless = arena_take(air->arena, 1, 40001);
    memset(endless, 'a', 40000);
    air->made->topics[1].title = endless;
    air->made->tags[0] = (struct tag_def){.id = "hu", .title = "h\xc3\xff\x01ỏng"};
    air->made->station.n_tags = 1;
    play_much(air);
    compose(air, &letter, &document);
    write_pdf(air, &document, &pdf);
    char *text = asked(air, &pdf, "pdftotext -layout %s -");
    assert_says(text, "ANNEX: EVERY AIRING");
    assert_says(text, "ỏng");
    free(text);
    strbuf_finish(&pdf);
}

static void a_report_that_does_not_fit_in_memory_is_refused(void **state)
{
    struct on_air *air = *state;
    struct report_letter letter = {.dated_us = INT64_MIN};
    struct document document;
    struct strbuf pdf;
    document_pdf_write *write = NULL;
    play_much(air);
    compose(air, &letter, &document);
    assert_int_equal(document_pdf_find(&write, &air->fault), 0);
    strbuf_init(&pdf, 10000);
    assert_int_equal(write(&document, &pdf, &air->fault), -ENOMEM);
    assert_non_null(strstr(air->fault.text, "shorter period"));
    strbuf_finish(&pdf);
}

static void numbers_are_written_for_people(void **state)
{
    (void)state;
    char text[DOCUMENT_NUMBER_MAX];
    static const struct {
        enum document_type type;
        int64_t value;
        const char *text;
    } cases[] = {
        {DOCUMENT_COUNT, 0, "0"},
        {DOCUMENT_COUNT, 999, "999"},
        {DOCUMENT_COUNT, 1234567, "1,234,567"},
        {DOCUMENT_SECONDS, 59, "0:00:59"},
        {DOCUMENT_SECONDS, 363661, "101:01:01"},
        {DOCUMENT_MINUTES, 5028, "83.8"},
        {DOCUMENT_MINUTES, 3, "0.1"},
        {DOCUMENT_PERCENT, 853, "85.3 %"},
        {DOCUMENT_PERCENT, 12345, "1,234.5 %"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        document_format(cases[i].type, cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
    document_format(DOCUMENT_INSTANT, FIVE_PM_US + 5 * US, text);
    assert_string_equal(text, "2023-05-10 17:00:05");
}

#define AIR_TEST(test) cmocka_unit_test_setup_teardown(test, setup, on_air_teardown)

static const struct CMUnitTest tests[] = {
    AIR_TEST(a_letter_has_all_that_its_form_asks_for),
    AIR_TEST(what_is_not_known_yet_is_left_open),
    AIR_TEST(the_annex_has_every_airing_and_its_head_on_every_page),
    AIR_TEST(the_same_ledger_gives_the_same_bytes),
    AIR_TEST(a_title_that_is_no_title_spoils_no_page),
    AIR_TEST(a_report_that_does_not_fit_in_memory_is_refused),
    AIR_TEST(numbers_are_written_for_people),
};
TEST_MAIN(tests)
