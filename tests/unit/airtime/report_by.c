/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <string.h>

#include "airtime/report.h"
#include "base/strbuf.h"
#include "base/zone.h"

/* Reports month by month and zone by zone, with numbers made by hand. */

enum topic { CCHC, TTHC, CDS };

static int64_t instant(const char *text)
{
    int64_t us = 0;
    assert_int_equal(zone_parse_instant(text, &us, NULL), 0);
    return us;
}

static int setup(void **state)
{
    on_air_setup(state, 4);
    struct on_air *air = *state;
    airtime_station_topic(air->made, "cchc", "Cải cách hành chính", SIZE_MAX);
    airtime_station_topic(air->made, "tthc", "Thủ tục hành chính", CCHC);
    airtime_station_topic(air->made, "cds", "Chuyển đổi số", SIZE_MAX);
    return 0;
}

static void zone(struct on_air *air, const char *id, size_t first, size_t n, const char *from)
{
    airtime_station_zone(air->made, (struct zone_def){.id = id,
                                                      .title = id,
                                                      .lines = on_air_lines(air, first, n),
                                                      .from_us = from ? instant(from) : INT64_MIN,
                                                      .until_us = INT64_MAX});
}

/* One feature or item that begins at an instant. */
static void play_at(struct on_air *air, const char *at, int64_t seconds, struct play play)
{
    play.at_us = instant(at);
    play.until = seconds;
    play.recurrence = (play.at_us - FIVE_PM_US) / US;
    on_air_play(air, play);
}

static struct report report_of(struct on_air *air, const char *from, const char *until)
{
    struct report report;
    on_air_settle(air, instant("2025-01-01"));
    if (report_make(air->db, &air->made->station, instant(from), instant(until), air->arena,
                    &report, &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
    return report;
}

static void assert_month(const struct report *report, size_t topic, size_t month, const char *name,
                         int64_t seconds, int64_t features)
{
    const struct report_part *part = &report->topics.items[topic].months[month];
    assert_string_equal(report->months[month].name, name);
    assert_int_equal(part->frames, seconds * SECOND);
    assert_int_equal(part->features, features);
}

/* From a minute before midnight to two after it: the feature belongs where it ended. */
static void midnight_divides_the_time_and_not_the_feature(void **state)
{
    struct on_air *air = *state;
    play_at(air, "2023-01-31T23:59:00", 180,
            (struct play){.topic = "tthc", .kind = "chuyen-muc", .code = "cm"});
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_int_equal(report.n_months, 12);
    assert_month(&report, TTHC, 0, "2023-01", 60, 0);
    assert_month(&report, TTHC, 1, "2023-02", 120, 1);
    assert_month(&report, TTHC, 2, "2023-03", 0, 0);
    assert_month(&report, CCHC, 1, "2023-02", 120, 1);
    assert_int_equal(report.topics.items[TTHC].months[1].first_runs, 1);
}

/* Its last frame is the year's last: the year has it, and the next year nothing of it. */
static void what_ends_with_the_year_belongs_to_it(void **state)
{
    struct on_air *air = *state;
    play_at(air, "2023-12-31T23:55:00", 300,
            (struct play){.topic = "tthc", .kind = "chuyen-muc", .code = "cm"});
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_month(&report, TTHC, 11, "2023-12", 300, 1);
    report = report_of(air, "2024-01-01", "2025-01-01");
    assert_month(&report, TTHC, 0, "2024-01", 0, 0);
}

static void the_reform_year_has_months_from_the_15th(void **state)
{
    struct on_air *air = *state;
    struct play play = {.topic = "tthc", .kind = "chuyen-muc"};
    play.code = "a";
    play_at(air, "2022-12-14T23:50:00", 60, play); /* the year before */
    play.code = "b";
    play_at(air, "2022-12-15T00:00:00", 70, play);
    play.code = "c";
    play_at(air, "2023-01-14T23:58:30", 80, play);
    play.code = "d";
    play_at(air, "2023-01-15T05:00:00", 90, play);
    play.code = "e";
    play_at(air, "2023-12-14T20:00:00", 100, play);
    struct report report = report_of(air, "2022-12-15", "2023-12-15");
    assert_int_equal(report.n_months, 12);
    assert_month(&report, TTHC, 0, "2023-01", 150, 2);
    assert_month(&report, TTHC, 1, "2023-02", 90, 1);
    assert_month(&report, TTHC, 11, "2023-12", 100, 1);
    assert_int_equal(report.topics.items[TTHC].frames, 340LL * SECOND);
}

static void a_leap_day_is_in_february(void **state)
{
    struct on_air *air = *state;
    play_at(air, "2024-02-29T23:59:50", 20,
            (struct play){.topic = "cds", .kind = "chuyen-muc", .code = "cm"});
    struct report report = report_of(air, "2024-02-10", "2024-03-20");
    assert_int_equal(report.n_months, 2);
    assert_month(&report, CDS, 0, "2024-02", 10, 0);
    assert_month(&report, CDS, 1, "2024-03", 10, 1);
    assert_int_equal(report.months[0].from_us, instant("2024-02-10"));
    assert_int_equal(report.months[0].to_us, instant("2024-03-01"));
    assert_int_equal(report.months[1].to_us, instant("2024-03-20"));
}

/* Where clocks change, months are as long as they are: two hours over the change are two hours,
 * and the last hour of October is October's. */
static void a_month_in_which_clocks_change_is_an_hour_longer(void **state)
{
    struct on_air *air = *state;
    assert_int_equal(zone_use("Europe/Berlin", NULL), 0);
    play_at(air, "2023-10-29T01:30:00", 7200,
            (struct play){.topic = "cds", .kind = "chuyen-muc", .code = "cm-1"});
    play_at(air, "2023-10-31T23:30:00", 3600,
            (struct play){.topic = "cds", .kind = "chuyen-muc", .code = "cm-2"});
    struct report report = report_of(air, "2023-10-01", "2023-12-01");
    assert_int_equal(report.n_months, 2);
    assert_int_equal(report.months[0].to_us - report.months[0].from_us,
                     (31LL * 24 + 1) * 3600 * US);
    assert_month(&report, CDS, 0, "2023-10", 7200 + 1800, 1);
    assert_month(&report, CDS, 1, "2023-11", 1800, 1);
    assert_int_equal(zone_use("Asia/Ho_Chi_Minh", NULL), 0);
}

/* The ledger keeps the topic's id; its name and place are those of the station file of today. */
static void a_topic_that_was_renamed_and_moved_takes_its_past_along(void **state)
{
    struct on_air *air = *state;
    play_at(air, "2023-03-01T17:00:00", 300,
            (struct play){.topic = "tthc", .kind = "chuyen-muc", .code = "cm"});
    air->made->topics[TTHC].title = "Thủ tục và một cửa";
    air->made->topics[TTHC].parent = CDS;
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    /* cchc, then cds and tthc below it */
    assert_string_equal(report.topics.items[2].title, "Thủ tục và một cửa");
    assert_int_equal(report.topics.items[2].depth, 1);
    assert_int_equal(report.topics.items[0].months[2].frames, 0);
    assert_int_equal(report.topics.items[1].months[2].frames, 300LL * SECOND);
    assert_int_equal(report.topics.items[1].months[2].features, 1);
    assert_int_equal(report.topics.items[2].months[2].features, 1);
}

/* "moi" has a line that was there before, for others, and joined it on the 10th of June. */
static void a_line_that_joined_in_june_was_not_reached_before(void **state)
{
    struct on_air *air = *state;
    struct play play = {.topic = "cds", .kind = "chuyen-muc"};
    zone(air, "cu", 0, 2, NULL);
    zone(air, "moi", 3, 1, "2023-06-10");
    play.code = "a";
    play.n_lines = 4;
    play_at(air, "2023-05-20T17:00:00", 100, play);
    play.code = "b";
    play_at(air, "2023-06-09T23:59:00", 100, play); /* 40 s of it on the 10th */
    play.code = "c";
    play.line = 3;
    play.n_lines = 1;
    play_at(air, "2023-07-01T17:00:00", 50, play);
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_int_equal(report.zones.n, 2);
    const struct report_row *old = &report.zones.items[0];
    const struct report_row *new = &report.zones.items[1];
    assert_int_equal(old->frames, 200LL * SECOND);
    assert_int_equal(old->n_lines, 2);
    assert_int_equal(old->n_lines_all, 2);
    assert_int_equal(new->frames, 90LL * SECOND);
    assert_int_equal(new->n_lines, 1);
    assert_int_equal(new->parts.n, 1);
    assert_string_equal(new->parts.items[0].id, "cds");
    assert_int_equal(new->parts.items[0].frames, 90LL * SECOND);
}

/* Two communes; the receiver of one is off for a while. */
static void a_zone_heard_what_its_own_lines_got(void **state)
{
    struct on_air *air = *state;
    zone(air, "mot", 0, 1, NULL);
    zone(air, "hai", 1, 2, NULL);
    on_air_play(air, (struct play){.topic = "tthc",
                                   .kind = "chuyen-muc",
                                   .code = "cm",
                                   .until = 300,
                                   .n_lines = 3});
    on_air_outage(air, 0, 0, 400);
    on_air_outage(air, 1, 100, 200);
    on_air_outage(air, 2, 150, 250); /* of "hai" nobody heard 150 to 200 */
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_int_equal(report.zones.items[0].frames, 0);
    assert_int_equal(report.zones.items[0].n_lines, 0);
    assert_int_equal(report.zones.items[0].n_lines_all, 1);
    assert_int_equal(report.zones.items[1].frames, 250LL * SECOND);
    assert_int_equal(report.zones.items[1].n_lines, 2);
    /* cchc, and tthc below it */
    assert_int_equal(report.zones.items[1].parts.n, 2);
    assert_int_equal(report.zones.items[1].parts.items[1].frames, 250LL * SECOND);
}

static void each_topic_is_divided_by_kind(void **state)
{
    struct on_air *air = *state;
    play_at(air, "2023-03-01T17:00:00", 300,
            (struct play){.topic = "tthc", .kind = "chuyen-muc", .code = "cm"});
    play_at(air, "2023-03-01T18:00:00", 60,
            (struct play){.topic = "cchc", .kind = "tin", .code = "tin"});
    play_at(air, "2023-04-01T18:00:00", 30, (struct play){.kind = "thong-bao", .code = "tb"});
    struct report report = report_of(air, "2023-03-01", "2023-05-01");
    const struct report_row *reform = &report.topics.items[CCHC];
    assert_int_equal(reform->parts.n, 2);
    assert_string_equal(reform->parts.items[0].id, "chuyen-muc");
    assert_int_equal(reform->parts.items[0].frames, 300LL * SECOND);
    assert_int_equal(reform->parts.items[0].features, 1);
    assert_string_equal(reform->parts.items[1].id, "tin");
    assert_int_equal(reform->parts.items[1].months[0].items, 1);
    assert_int_equal(report.topics.items[CDS].parts.n, 0);
    const struct report_row *without = &report.topics.items[report.topics.n - 1];
    assert_null(without->id);
    assert_string_equal(without->parts.items[0].id, "thong-bao");
    assert_int_equal(without->parts.items[0].months[1].frames, 30LL * SECOND);
}

typedef void (*writer)(const struct report *report, struct strbuf *out);

static void assert_written(const struct report *report, writer write, const char *expected)
{
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    write(report, &out);
    assert_false(strbuf_failed(&out));
    assert_string_equal(strbuf_text(&out), expected);
    strbuf_finish(&out);
}

static struct report two_months(struct on_air *air)
{
    zone(air, "mot", 0, 2, NULL);
    play_at(air, "2023-03-31T23:59:00", 180,
            (struct play){.topic = "tthc", .kind = "chuyen-muc", .code = "cm", .n_lines = 2});
    struct report report = report_of(air, "2023-03-01", "2023-05-01");
    report.topics.n = 2;
    report.kinds.n = 1;
    return report;
}

static void months_as_text(void **state)
{
    struct report report = two_months(*state);
    assert_written(&report, report_write_months_text,
                   "Đài thử\n"
                   "Airtime from 2023-03-01 to the end of 2023-04-30\n"
                   "Items that aired, whole or not: 1\n"
                   "\n"
                   "topic                 2023-03  2023-04     total\n"
                   "Cải cách hành chính   0:01:00  0:02:00   0:03:00\n"
                   "    Chuyên mục        0:01:00  0:02:00   0:03:00\n"
                   "  Thủ tục hành chính  0:01:00  0:02:00   0:03:00\n"
                   "      Chuyên mục      0:01:00  0:02:00   0:03:00\n"
                   "total                 0:01:00  0:02:00   0:03:00\n"
                   "\n"
                   "kind        2023-03  2023-04     total\n"
                   "Chuyên mục  0:01:00  0:02:00   0:03:00\n");
}

static void months_as_csv_and_json(void **state)
{
    struct report report = two_months(*state);
    report.topics.n = 0;
    report.kinds.n = 1;
    report.n_months = 1;
    assert_written(&report, report_write_months_csv,
                   "\xef\xbb\xbf"
                   "row,topic,tag,kind,zone,title,month,from,to,seconds,features,items,first_runs,"
                   "repeats\r\n"
                   "kind,,,chuyen-muc,,Chuyên mục,2023-03,2023-03-01T00:00:00+07:00,"
                   "2023-04-01T00:00:00+07:00,60.000,0,0,0,0\r\n"
                   "total,,,,,total,2023-03,2023-03-01T00:00:00+07:00,"
                   "2023-04-01T00:00:00+07:00,60.000,0,0,0,0\r\n");
    report.kinds.n = 0;
    assert_written(&report, report_write_months_json,
                   "{\"row\":\"total\",\"topic\":null,\"tag\":null,\"kind\":null,\"zone\":null,"
                   "\"title\":\"total\",\"month\":\"2023-03\","
                   "\"from\":\"2023-03-01T00:00:00+07:00\",\"to\":\"2023-04-01T00:00:00+07:00\","
                   "\"seconds\":60,\"features\":0,\"items\":0,\"first_runs\":0,\"repeats\":0}\n");
}

static void zones_as_text_csv_and_json(void **state)
{
    struct report report = two_months(*state);
    assert_written(&report, report_write_zones_text,
                   "Đài thử\n"
                   "Airtime from 2023-03-01 to the end of 2023-04-30\n"
                   "Items that aired, whole or not: 1\n"
                   "\n"
                   "zone                          time          lines\n"
                   "mot                        0:03:00         2 of 2\n"
                   "    Cải cách hành chính    0:03:00         2 of 2\n"
                   "      Thủ tục hành chính   0:03:00         2 of 2\n");
    assert_written(&report, report_write_zones_csv,
                   "\xef\xbb\xbf"
                   "row,zone,topic,title,seconds,lines,lines_all\r\n"
                   "zone,mot,,mot,180.000,2,2\r\n"
                   "zone-topic,mot,cchc,Cải cách hành chính,180.000,2,2\r\n"
                   "zone-topic,mot,tthc,Thủ tục hành chính,180.000,2,2\r\n");
    report.zones.items[0].parts.n = 0;
    assert_written(&report, report_write_zones_json,
                   "{\"row\":\"zone\",\"zone\":\"mot\",\"topic\":null,\"title\":\"mot\","
                   "\"seconds\":180,\"lines\":2,\"lines_all\":2}\n");
}

#define AIR_TEST(test) cmocka_unit_test_setup_teardown(test, setup, on_air_teardown)

static const struct CMUnitTest tests[] = {
    AIR_TEST(midnight_divides_the_time_and_not_the_feature),
    AIR_TEST(what_ends_with_the_year_belongs_to_it),
    AIR_TEST(the_reform_year_has_months_from_the_15th),
    AIR_TEST(a_leap_day_is_in_february),
    AIR_TEST(a_month_in_which_clocks_change_is_an_hour_longer),
    AIR_TEST(a_topic_that_was_renamed_and_moved_takes_its_past_along),
    AIR_TEST(a_line_that_joined_in_june_was_not_reached_before),
    AIR_TEST(a_zone_heard_what_its_own_lines_got),
    AIR_TEST(each_topic_is_divided_by_kind),
    AIR_TEST(months_as_text),
    AIR_TEST(months_as_csv_and_json),
    AIR_TEST(zones_as_text_csv_and_json),
};
TEST_MAIN(tests)
