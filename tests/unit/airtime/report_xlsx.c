/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "airtime/document/xlsx.h"
#include "airtime/report_document.h"
#include "base/paths.h"
#include "base/zone.h"

/* Reports as workbooks, read back as what they are: XML in a ZIP (by read_xlsx.py, strictly). */

enum { OUTPUT_MAX = 1 << 20, AIRINGS = 50 };

static const char READER[] = "python3 " LOA_SOURCE_DIR "/tests/system/read_xlsx.py %s";

static int setup(void **state)
{
    on_air_setup(state, 4);
    struct on_air *air = *state;
    airtime_station_topic(air->made, "cchc", "Cải cách hành chính", SIZE_MAX);
    airtime_station_topic(air->made, "tthc", "=HYPERLINK(\"http://x\",\"Một cửa & <b>\")", 0);
    airtime_station_quota(air->made, 0,
                          (struct quota_def){.from_us = FIVE_PM_US - 1000 * US,
                                             .until_us = FIVE_PM_US + 1000 * US,
                                             .seconds = 1000});
    for (int i = 0; i < AIRINGS; i++) {
        on_air_play(air, (struct play){.topic = "tthc",
                                       .kind = "chuyen-muc",
                                       .code = i ? "Hỏi đáp \x01\xff" : "+1",
                                       .from = i * 10,
                                       .until = i * 10 + 10,
                                       .recurrence = i,
                                       .n_lines = 3});
    }
    on_air_settle(air, FIVE_PM_US + 2000 * US);
    return 0;
}

static void compose(struct on_air *air, struct document *document)
{
    struct report_letter letter = {.number = "12", .dated_us = INT64_MIN};
    struct report *report = arena_take(air->arena, 1, sizeof *report);
    struct report_airings *airings = arena_take(air->arena, 1, sizeof *airings);
    int64_t from_us = FIVE_PM_US - 2000 * US;
    int64_t to_us = FIVE_PM_US + 2000 * US;
    if (report_make(air->db, &air->made->station, from_us, to_us, air->arena, report, &air->fault) <
            0 ||
        report_list_airings(air->db, &air->made->station, from_us, to_us, air->arena, airings,
                            &air->fault) < 0 ||
        report_compose(report, airings, &air->made->station, &letter, air->arena, document,
                       &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
}

static int write_book(struct on_air *air, const struct document *document, const char *path)
{
    document_xlsx_write *write = NULL;
    assert_int_equal(document_xlsx_find(&write, &air->fault), 0);
    return write(document, path, &air->fault);
}

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words)) {
        fail_msg("\"%s\" is not in the workbook", words);
    }
}

static void a_workbook_has_sheets_of_numbers_and_a_chart(void **state)
{
    struct on_air *air = *state;
    struct document document;
    char path[PATHS_MAX];
    char line[sizeof READER + PATHS_MAX];
    snprintf(path, sizeof path, "%s/report.xlsx", air->dir);
    compose(air, &document);
    assert_int_equal(write_book(air, &document, path), 0);
    snprintf(line, sizeof line, READER, path);
    FILE *pipe = popen(line, "r");
    char *text = calloc(1, OUTPUT_MAX);
    assert_non_null(pipe);
    assert_non_null(text);
    text[fread(text, 1, OUTPUT_MAX - 1, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
    assert_says(text, "sheets|Report|Topics|Quotas|Kinds|Airings\n");
    assert_says(text, "formulas 0\n"); /* a title that looks like one is a text */
    assert_says(text, "charts 1\n");
    assert_says(text, "=HYPERLINK(\"http://x\",\"Một cửa & <b>\")\n");
    assert_says(text, " +1\n");
    assert_says(text, "Hỏi đáp \xef\xbf\xbd\xef\xbf\xbd\n");
    assert_says(text, "sheet2 A2 ");                   /* cchc … */
    assert_says(text, "sheet2 B2 n 0.00578703703703"); /* 500 s of a day */
    assert_says(text, "sheet3 B2 n 0.5\n");            /* of a quota of 1000 s */
    assert_says(text, "sheet5 A2 n 45056.7083333333"); /* 10 May 2023, 17:00 */
    assert_says(text, "sheet5 A51 n ");
    assert_null(strstr(text, "sheet5 A52 "));
    free(text);
}

static void the_same_report_gives_the_same_workbook(void **state)
{
    struct on_air *air = *state;
    struct document document;
    char path[PATHS_MAX];
    char *bytes[2] = {0};
    size_t n[2] = {0};
    snprintf(path, sizeof path, "%s/report.xlsx", air->dir);
    for (int i = 0; i < 2; i++) {
        compose(air, &document);
        assert_int_equal(write_book(air, &document, path), 0);
        assert_int_equal(path_read_file(path, 16 << 20, &bytes[i], &n[i], &air->fault), 0);
    }
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    free(bytes[0]);
    free(bytes[1]);
}

/* The folder is not there; the disk is full (a device that always is). */
static void a_workbook_that_cannot_be_written_leaves_what_was_there(void **state)
{
    struct on_air *air = *state;
    struct document document;
    char path[PATHS_MAX];
    char part[PATHS_MAX];
    struct stat stat_now;
    char *bytes = NULL;
    size_t n = 0;
    compose(air, &document);
    snprintf(path, sizeof path, "%s/no/such/report.xlsx", air->dir);
    assert_int_equal(write_book(air, &document, path), -ENOENT);
    assert_string_equal(air->fault.file, path);
    snprintf(path, sizeof path, "%s/report.xlsx", air->dir);
    snprintf(part, sizeof part, "%s/report.xlsx.part", air->dir);
    assert_int_equal(path_write_file(path, "before", 6, &air->fault), 0);
    assert_int_equal(symlink("/dev/full", part), 0);
    assert_true(write_book(air, &document, path) < 0);
    assert_int_equal(path_read_file(path, 1 << 20, &bytes, &n, &air->fault), 0);
    assert_int_equal(n, 6);
    assert_memory_equal(bytes, "before", 6);
    assert_int_equal(lstat(part, &stat_now), -1); /* nothing is left lying about */
    free(bytes);
}

#define AIR_TEST(test) cmocka_unit_test_setup_teardown(test, setup, on_air_teardown)

static const struct CMUnitTest tests[] = {
    AIR_TEST(a_workbook_has_sheets_of_numbers_and_a_chart),
    AIR_TEST(the_same_report_gives_the_same_workbook),
    AIR_TEST(a_workbook_that_cannot_be_written_leaves_what_was_there),
};
TEST_MAIN(tests)
