/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <string.h>

#include "airtime/document/html.h"
#include "airtime/report_document.h"
#include "airtime/seal.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "base/zone.h"

/* Reports for a browser, read back by a strict parser (Python's, of XML). */

enum { OUTPUT_MAX = 1 << 20 };

/* Every text of the page, an element a line. */
static const char READER[] = "python3 -c 'import sys, xml.etree.ElementTree as e\n"
                             "root = e.parse(sys.argv[1]).getroot()\n"
                             "print(root.tag, root.get(\"lang\"))\n"
                             "for x in root.iter(): print(x.tag, (x.text or \"\").strip())' %s";

static int setup(void **state)
{
    on_air_setup(state, 4);
    struct on_air *air = *state;
    airtime_station_topic(air->made, "cchc", "Cải cách hành chính", SIZE_MAX);
    airtime_station_topic(air->made, "tthc", "Một cửa <script>alert(1)</script> & \"một\nlần\"", 0);
    airtime_station_quota(air->made, 0,
                          (struct quota_def){.from_us = FIVE_PM_US - 1000 * US,
                                             .until_us = FIVE_PM_US + 1000 * US,
                                             .seconds = 60});
    return 0;
}

static void write_page(struct on_air *air, struct strbuf *out)
{
    struct seal_mark seal = {41,
                             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
    struct report_letter letter = {.number = "7 & 8", .dated_us = INT64_MIN, .seal = &seal};
    struct report report;
    struct report_airings airings;
    struct document document;
    int64_t from_us = FIVE_PM_US - 2000 * US;
    int64_t to_us = FIVE_PM_US + 2000 * US;
    if (report_make(air->db, &air->made->station, from_us, to_us, air->arena, &report,
                    &air->fault) < 0 ||
        report_list_airings(air->db, &air->made->station, from_us, to_us, air->arena, &airings,
                            &air->fault) < 0 ||
        report_compose(&report, &airings, &air->made->station, &letter, air->arena, &document,
                       &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
    strbuf_init(out, 16 << 20);
    document_write_html(&document, out);
    assert_false(strbuf_failed(out));
}

static char *parsed(struct on_air *air, const struct strbuf *page)
{
    char path[PATHS_MAX];
    char line[sizeof READER + PATHS_MAX];
    snprintf(path, sizeof path, "%s/report.html", air->dir);
    assert_int_equal(path_write_file(path, strbuf_text(page), page->n, &air->fault), 0);
    snprintf(line, sizeof line, READER, path);
    FILE *pipe = popen(line, "r");
    char *text = calloc(1, OUTPUT_MAX);
    assert_non_null(pipe);
    assert_non_null(text);
    text[fread(text, 1, OUTPUT_MAX - 1, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
    return text;
}

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words)) {
        fail_msg("\"%s\" is not in the page:\n%s", words, text);
    }
}

static void a_page_says_what_the_report_says_and_no_title_breaks_it(void **state)
{
    struct on_air *air = *state;
    struct strbuf page;
    on_air_play(air, (struct play){.topic = "tthc",
                                   .kind = "chuyen-muc",
                                   .code = "<b>Hỏi & đáp</b> \x01\xff",
                                   .until = 75,
                                   .n_lines = 3});
    on_air_settle(air, FIVE_PM_US + 1000 * US);
    write_page(air, &page);
    char *text = parsed(air, &page);
    assert_says(text, "html en\n");
    assert_says(text, "th Cải cách hành chính\n");
    assert_says(text, "th Một cửa <script>alert(1)</script> & \"một\xef\xbf\xbdlần\"\n");
    assert_says(text, "td <b>Hỏi & đáp</b> \xef\xbf\xbd\xef\xbf\xbd\n");
    assert_says(text, "td 0:01:15\n");
    assert_says(text, "p No.: 7 & 8\n");
    assert_says(text, "span 125 %\n");
    assert_says(text, "h1 ANNEX: EVERY AIRING\n");
    assert_says(text,
                "small Seal 41 of the as-run log, the last of this period: 0123456789abcdef0123");
    free(text);
    strbuf_finish(&page);
}

/* It is sent by mail and opened anywhere: nothing is fetched, nothing runs. */
static void a_page_needs_nothing_but_itself(void **state)
{
    struct on_air *air = *state;
    struct strbuf page;
    on_air_settle(air, FIVE_PM_US);
    write_page(air, &page);
    assert_null(strstr(strbuf_text(&page), "<script"));
    assert_null(strstr(strbuf_text(&page), "http"));
    assert_null(strstr(strbuf_text(&page), "src="));
    assert_null(strstr(strbuf_text(&page), "url("));
    strbuf_finish(&page);
}

#define AIR_TEST(test) cmocka_unit_test_setup_teardown(test, setup, on_air_teardown)

static const struct CMUnitTest tests[] = {
    AIR_TEST(a_page_says_what_the_report_says_and_no_title_breaks_it),
    AIR_TEST(a_page_needs_nothing_but_itself),
};
TEST_MAIN(tests)
