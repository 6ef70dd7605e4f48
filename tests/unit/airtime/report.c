/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <math.h>
#include <string.h>

#include "airtime/report.h"
#include "base/strbuf.h"
#include "base/zone.h"

enum topic { CCHC, TTHC, MOT_CUA, CDS };

static int64_t instant(const char *text)
{
    int64_t us = 0;
    assert_int_equal(zone_parse_instant(text, &us, NULL), 0);
    return us;
}

static struct quota_def quota(const char *from, const char *until, struct quota_def amounts)
{
    amounts.from_us = instant(from);
    amounts.until_us = instant(until);
    return amounts;
}

static int setup(void **state)
{
    on_air_setup(state, 4);
    struct on_air *air = *state;
    airtime_station_topic(air->made, "cchc", "Cải cách hành chính", SIZE_MAX);
    airtime_station_topic(air->made, "tthc", "Thủ tục hành chính", CCHC);
    airtime_station_topic(air->made, "mot-cua", "Một cửa, \"một lần\"", TTHC);
    airtime_station_topic(air->made, "cds", "Chuyển đổi số", CCHC);
    airtime_station_tag(air->made, "cong-dan", "Người dân hỏi");
    airtime_station_tag(air->made, "mo-hinh", "Mô hình hay");
    airtime_station_quota(air->made, CCHC,
                          quota("2023-01-01", "2024-01-01",
                                (struct quota_def){.seconds = 3600, .features = 12, .items = 120}));
    airtime_station_quota(air->made, TTHC,
                          quota("2023-01-01", "2024-01-01", (struct quota_def){.seconds = 900}));
    return 0;
}

/* A morning: a feature and its repeat, news on two communes at once, a filler, a cut song,
 * a topic that the station file has forgotten. */
static void play_a_day(struct on_air *air)
{
    on_air_play(air, (struct play){.topic = "tthc",
                                   .kind = "chuyen-muc",
                                   .code = "cm-01",
                                   .tags = "cong-dan",
                                   .until = 300,
                                   .n_lines = 4});
    on_air_play(air, (struct play){.topic = "mot-cua",
                                   .code = "tin-01",
                                   .from = 300,
                                   .until = 360,
                                   .position = 1,
                                   .tags = "cong-dan la mo-hinh",
                                   .n_lines = 2});
    on_air_play(air, (struct play){.topic = "cds",
                                   .code = "tin-02",
                                   .from = 300,
                                   .until = 390,
                                   .position = 1,
                                   .slot = "xa",
                                   .line = 2});
    on_air_play(air, (struct play){.topic = "tthc",
                                   .kind = "chuyen-muc",
                                   .code = "cm-01",
                                   .tags = "cong-dan",
                                   .from = 3600,
                                   .until = 3900,
                                   .recurrence = 3600,
                                   .repeat = true});
    on_air_play(air, (struct play){.topic = "cds",
                                   .kind = "ca-nhac",
                                   .code = "nhac",
                                   .from = 400,
                                   .until = 500,
                                   .position = 2,
                                   .role = AIRING_FILLER});
    on_air_play(air, (struct play){.kind = "ca-nhac",
                                   .code = "nhac-2",
                                   .from = 500,
                                   .until = 530,
                                   .whole = 200,
                                   .position = 3,
                                   .cause = END_CUT});
    on_air_play(air, (struct play){.topic = "cu",
                                   .kind = "ban-tin-cu",
                                   .code = "tin-03",
                                   .from = 600,
                                   .until = 615,
                                   .position = 4});
    on_air_settle(air, FIVE_PM_US + 4000 * US);
}

static struct report report_of(struct on_air *air, const char *from, const char *until)
{
    struct report report;
    if (report_make(air->db, &air->made->station, instant(from), instant(until), air->arena,
                    &report, &air->fault) < 0) {
        fail_msg("%s", air->fault.text);
    }
    return report;
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

static void the_year_as_text(void **state)
{
    struct on_air *air = *state;
    play_a_day(air);
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_written(
        &report, report_write_text,
        "Đài thử\n"
        "Airtime from 2023-01-01 to the end of 2023-12-31\n"
        "Items that aired, whole or not: 6\n"
        "\n"
        "topic                      time  features  items  first runs  repeats  lines  quota       "
        "                    reached\n"
        "Cải cách hành chính     0:11:30         1      2           3        1      4  60 min, 12 "
        "features, 120 items    1 %: items\n"
        "  Thủ tục hành chính    0:11:00         1      1           2        1      4  15 min      "
        "                     73 %\n"
        "    Một cửa, \"một lần\"  0:01:00         0      1           1        0      2\n"
        "  Chuyển đổi số         0:01:30         0      1           1        0      1\n"
        "cu                      0:00:15         0      0           1        0      1\n"
        "without a topic         0:00:30         0      0           0        0      1\n"
        "total                   0:12:15         1      2           4        1      4\n"
        "\n"
        "tag               time  features  items  first runs  repeats  lines\n"
        "Người dân hỏi  0:11:00         1      1           2        1      4\n"
        "Mô hình hay    0:01:00         0      1           1        0      2\n"
        "la             0:01:00         0      1           1        0      2\n"
        "\n"
        "kind           time  features  items  first runs  repeats  lines\n"
        "Chuyên mục  0:10:00         1      0           1        1      4\n"
        "Tin         0:01:30         0      2           2        0      3\n"
        "Bài         0:00:00         0      0           0        0      0\n"
        "Thông báo   0:00:00         0      0           0        0      0\n"
        "Ca nhạc     0:00:30         0      0           0        0      1\n"
        "ban-tin-cu  0:00:15         0      0           1        0      1\n");
}

static void the_year_as_json_lines(void **state)
{
    struct on_air *air = *state;
    play_a_day(air);
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_written(
        &report, report_write_json,
        "{\"topic\":\"cchc\",\"title\":\"Cải cách hành "
        "chính\",\"seconds\":690,\"features\":1,\"items\":2,\"first_runs\":3,\"repeats\":1,"
        "\"lines\":4,\"quota_seconds\":3600,\"quota_features\":12,\"quota_items\":120,\"percent\":"
        "1.6,\"row\":\"topic\"}\n"
        "{\"topic\":\"tthc\",\"title\":\"Thủ tục hành "
        "chính\",\"seconds\":660,\"features\":1,\"items\":1,\"first_runs\":2,\"repeats\":1,"
        "\"lines\":4,\"quota_seconds\":900,\"quota_features\":null,\"quota_items\":null,"
        "\"percent\":73.3,\"row\":\"topic\"}\n"
        "{\"topic\":\"mot-cua\",\"title\":\"Một cửa, \\\"một "
        "lần\\\"\",\"seconds\":60,\"features\":0,\"items\":1,\"first_runs\":1,\"repeats\":0,"
        "\"lines\":2,\"quota_seconds\":null,\"quota_features\":null,\"quota_items\":null,"
        "\"percent\":null,\"row\":\"topic\"}\n"
        "{\"topic\":\"cds\",\"title\":\"Chuyển đổi "
        "số\",\"seconds\":90,\"features\":0,\"items\":1,\"first_runs\":1,\"repeats\":0,\"lines\":1,"
        "\"quota_seconds\":null,\"quota_features\":null,\"quota_items\":null,\"percent\":null,"
        "\"row\":\"topic\"}\n"
        "{\"topic\":\"cu\",\"title\":\"cu\",\"seconds\":15,\"features\":0,\"items\":0,\"first_"
        "runs\":1,\"repeats\":0,\"lines\":1,\"quota_seconds\":null,\"quota_features\":null,\"quota_"
        "items\":null,\"percent\":null,\"row\":\"topic\"}\n"
        "{\"topic\":null,\"title\":\"without a "
        "topic\",\"seconds\":30,\"features\":0,\"items\":0,\"first_runs\":0,\"repeats\":0,"
        "\"lines\":1,\"quota_seconds\":null,\"quota_features\":null,\"quota_items\":null,"
        "\"percent\":null,\"row\":\"topic\"}\n"
        "{\"topic\":null,\"title\":\"Người dân "
        "hỏi\",\"seconds\":660,\"features\":1,\"items\":1,\"first_runs\":2,\"repeats\":1,\"lines\":"
        "4,\"quota_seconds\":null,\"quota_features\":null,\"quota_items\":null,\"percent\":null,"
        "\"row\":\"tag\",\"tag\":\"cong-dan\"}\n"
        "{\"topic\":null,\"title\":\"Mô hình "
        "hay\",\"seconds\":60,\"features\":0,\"items\":1,\"first_runs\":1,\"repeats\":0,\"lines\":"
        "2,\"quota_seconds\":null,\"quota_features\":null,\"quota_items\":null,\"percent\":null,"
        "\"row\":\"tag\",\"tag\":\"mo-hinh\"}\n"
        "{\"topic\":null,\"title\":\"la\",\"seconds\":60,\"features\":0,\"items\":1,\"first_runs\":"
        "1,\"repeats\":0,\"lines\":2,\"quota_seconds\":null,\"quota_features\":null,\"quota_"
        "items\":null,\"percent\":null,\"row\":\"tag\",\"tag\":\"la\"}\n"
        "{\"topic\":null,\"title\":\"Chuyên "
        "mục\",\"seconds\":600,\"features\":1,\"items\":0,\"first_runs\":1,\"repeats\":1,\"lines\":"
        "4,\"quota_seconds\":null,\"quota_features\":null,\"quota_items\":null,\"percent\":null,"
        "\"row\":\"kind\",\"kind\":\"chuyen-muc\"}\n"
        "{\"topic\":null,\"title\":\"Tin\",\"seconds\":90,\"features\":0,\"items\":2,\"first_"
        "runs\":2,\"repeats\":0,\"lines\":3,\"quota_seconds\":null,\"quota_features\":null,\"quota_"
        "items\":null,\"percent\":null,\"row\":\"kind\",\"kind\":\"tin\"}\n"
        "{\"topic\":null,\"title\":\"Bài\",\"seconds\":0,\"features\":0,\"items\":0,\"first_runs\":"
        "0,\"repeats\":0,\"lines\":0,\"quota_seconds\":null,\"quota_features\":null,\"quota_"
        "items\":null,\"percent\":null,\"row\":\"kind\",\"kind\":\"bai\"}\n"
        "{\"topic\":null,\"title\":\"Thông "
        "báo\",\"seconds\":0,\"features\":0,\"items\":0,\"first_runs\":0,\"repeats\":0,\"lines\":0,"
        "\"quota_seconds\":null,\"quota_features\":null,\"quota_items\":null,\"percent\":null,"
        "\"row\":\"kind\",\"kind\":\"thong-bao\"}\n"
        "{\"topic\":null,\"title\":\"Ca "
        "nhạc\",\"seconds\":30,\"features\":0,\"items\":0,\"first_runs\":0,\"repeats\":0,\"lines\":"
        "1,\"quota_seconds\":null,\"quota_features\":null,\"quota_items\":null,\"percent\":null,"
        "\"row\":\"kind\",\"kind\":\"ca-nhac\"}\n"
        "{\"topic\":null,\"title\":\"ban-tin-cu\",\"seconds\":15,\"features\":0,\"items\":0,"
        "\"first_runs\":1,\"repeats\":0,\"lines\":1,\"quota_seconds\":null,\"quota_features\":null,"
        "\"quota_items\":null,\"percent\":null,\"row\":\"kind\",\"kind\":\"ban-tin-cu\"}\n"
        "{\"topic\":null,\"title\":\"total\",\"seconds\":735,\"features\":1,\"items\":2,\"first_"
        "runs\":4,\"repeats\":1,\"lines\":4,\"quota_seconds\":null,\"quota_features\":null,\"quota_"
        "items\":null,\"percent\":null,\"row\":\"total\"}\n");
}

static void the_year_as_csv_for_spreadsheets(void **state)
{
    struct on_air *air = *state;
    play_a_day(air);
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_written(&report, report_write_csv,
                   "\xef\xbb\xbf"
                   "row,topic,tag,kind,title,seconds,features,items,first_runs,repeats,lines,quota_"
                   "seconds,quota_features,quota_items,percent\r\n"
                   "topic,cchc,,,Cải cách hành chính,690.000,1,2,3,1,4,3600,12,120,1.6\r\n"
                   "topic,tthc,,,Thủ tục hành chính,660.000,1,1,2,1,4,900,,,73.3\r\n"
                   "topic,mot-cua,,,\"Một cửa, \"\"một lần\"\"\",60.000,0,1,1,0,2,,,,\r\n"
                   "topic,cds,,,Chuyển đổi số,90.000,0,1,1,0,1,,,,\r\n"
                   "topic,cu,,,cu,15.000,0,0,1,0,1,,,,\r\n"
                   "topic,,,,without a topic,30.000,0,0,0,0,1,,,,\r\n"
                   "tag,,cong-dan,,Người dân hỏi,660.000,1,1,2,1,4,,,,\r\n"
                   "tag,,mo-hinh,,Mô hình hay,60.000,0,1,1,0,2,,,,\r\n"
                   "tag,,la,,la,60.000,0,1,1,0,2,,,,\r\n"
                   "kind,,,chuyen-muc,Chuyên mục,600.000,1,0,1,1,4,,,,\r\n"
                   "kind,,,tin,Tin,90.000,0,2,2,0,3,,,,\r\n"
                   "kind,,,bai,Bài,0.000,0,0,0,0,0,,,,\r\n"
                   "kind,,,thong-bao,Thông báo,0.000,0,0,0,0,0,,,,\r\n"
                   "kind,,,ca-nhac,Ca nhạc,30.000,0,0,0,0,1,,,,\r\n"
                   "kind,,,ban-tin-cu,ban-tin-cu,15.000,0,0,1,0,1,,,,\r\n"
                   "total,,,,total,735.000,1,2,4,1,4,,,,\r\n");
}

static void a_report_is_the_same_each_time_it_is_made(void **state)
{
    struct on_air *air = *state;
    struct strbuf out[2];
    play_a_day(air);
    for (int i = 0; i < 2; i++) {
        strbuf_init(&out[i], 1 << 20);
        struct report report = report_of(air, "2023-01-01", "2024-01-01");
        report_write_text(&report, &out[i]);
        report_write_json(&report, &out[i]);
        report_write_csv(&report, &out[i]);
        on_air_close(air);
        on_air_open(air);
    }
    assert_string_equal(strbuf_text(&out[0]), strbuf_text(&out[1]));
    strbuf_finish(&out[0]);
    strbuf_finish(&out[1]);
}

/* What nobody got does not count; what somebody got does. See docs/counting.md, "Ways out". */
static void what_no_line_got_does_not_count(void **state)
{
    struct on_air *air = *state;
    on_air_play(air, (struct play){.topic = "tthc",
                                   .kind = "chuyen-muc",
                                   .code = "cm-01",
                                   .until = 300,
                                   .n_lines = 2});
    on_air_play(air, (struct play){.topic = "cds",
                                   .kind = "chuyen-muc",
                                   .code = "cm-02",
                                   .from = 300,
                                   .until = 600,
                                   .position = 1,
                                   .n_lines = 2});
    on_air_play(air, (struct play){.topic = "mot-cua", .from = 600, .until = 700, .position = 2});
    on_air_outage(air, 0, 60, 160);  /* of cm-01, line 0 lost 60 .. 160 */
    on_air_outage(air, 1, 100, 400); /* and line 1 100 to its end, and 300 .. 400 of cm-02 */
    on_air_outage(air, 0, 500, 900);
    on_air_settle(air, FIVE_PM_US + 3600 * US);
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    /* Nobody heard cm-01 from 100 to 160, and nobody heard all of it: 240 s and no feature. */
    const struct report_row *tthc = &report.topics.items[TTHC];
    assert_string_equal(tthc->id, "tthc");
    assert_int_equal(tthc->frames, 240LL * SECOND);
    assert_int_equal(tthc->features, 0);
    assert_int_equal(tthc->first_runs, 0);
    assert_int_equal(tthc->n_lines, 2);
    /* Each second of cm-02 was heard somewhere, but no line heard it whole. */
    const struct report_row *cds = &report.topics.items[CDS];
    assert_int_equal(cds->frames, 300LL * SECOND);
    assert_int_equal(cds->features, 0);
    /* The last item reached no line at all. */
    assert_int_equal(report.topics.items[MOT_CUA].frames, 0);
    assert_int_equal(report.topics.items[MOT_CUA].items, 0);
    assert_int_equal(report.topics.items[MOT_CUA].n_lines, 0);
    assert_int_equal(report.n_airings, 2);
    assert_int_equal(report.total.frames, 540LL * SECOND);
}

static void a_line_that_lost_nothing_heard_it_whole(void **state)
{
    struct on_air *air = *state;
    struct play play = {
        .topic = "tthc", .kind = "chuyen-muc", .code = "cm-01", .until = 300, .n_lines = 2};
    on_air_play(air, play);
    on_air_outage(air, 1, 299, 500);
    on_air_settle(air, FIVE_PM_US + 3600 * US);
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_int_equal(report.topics.items[TTHC].frames, 300LL * SECOND);
    assert_int_equal(report.topics.items[TTHC].features, 1);
    assert_int_equal(report.topics.items[TTHC].first_runs, 1);
    assert_int_equal(report.topics.items[TTHC].n_lines, 2);
}

static void a_recording_is_new_in_one_period_only(void **state)
{
    struct on_air *air = *state;
    int64_t midnight = instant("2023-07-01");
    on_air_play(air, (struct play){.at_us = midnight, .topic = "cds", .from = -20, .until = 40});
    on_air_play(air, (struct play){.at_us = midnight,
                                   .topic = "cds",
                                   .from = 3600,
                                   .until = 3660,
                                   .recurrence = 1,
                                   .repeat = true});
    on_air_settle(air, midnight + 4000 * US);
    struct report first = report_of(air, "2023-01-01", "2023-07-01");
    struct report second = report_of(air, "2023-07-01", "2024-01-01");
    struct report after = report_of(air, "2023-07-01T00:30", "2024-01-01");
    assert_int_equal(first.total.frames, 20LL * SECOND);
    assert_int_equal(first.total.items, 0);
    assert_int_equal(first.n_airings, 1);
    assert_int_equal(second.total.frames, 100LL * SECOND);
    assert_int_equal(second.total.items, 1); /* it ended in the second half */
    assert_int_equal(second.total.first_runs, 1);
    assert_int_equal(second.total.repeats, 1);
    assert_int_equal(second.n_airings, 1);
    assert_int_equal(after.total.items, 0); /* and it stays the first time for ever */
    assert_int_equal(after.total.repeats, 1);
}

static void quotas_within_the_period_are_added_up_without_overlap(void **state)
{
    struct on_air *air = *state;
    static const char *const quarters[] = {"2023-01-01", "2023-04-01", "2023-07-01", "2023-10-01",
                                           "2024-01-01"};
    for (int i = 0; i < 4; i++) {
        airtime_station_quota(air->made, CDS,
                              quota(quarters[i], quarters[i + 1],
                                    (struct quota_def){.seconds = 600, .items = 10}));
    }
    /* The half year lies over two quarters, and asks for time only. */
    airtime_station_quota(air->made, CDS,
                          quota("2023-01-01", "2023-07-01", (struct quota_def){.seconds = 900}));
    on_air_play(air, (struct play){.topic = "cds", .until = 300}); /* in May */
    on_air_settle(air, FIVE_PM_US + 4000 * US);
    struct report year = report_of(air, "2023-01-01", "2024-01-01");
    const struct report_row *row = &year.topics.items[3];
    assert_string_equal(row->id, "cds");
    assert_int_equal(row->quota_seconds, 900 + 600 + 600);
    assert_int_equal(row->quota_items, 40);
    assert_true(row->percent == 2.5); /* 1 of 40 items; 14.2 % of the time */
    struct report quarter = report_of(air, "2023-04-01", "2023-07-01");
    row = &quarter.topics.items[3];
    assert_int_equal(row->quota_seconds, 600);
    assert_int_equal(row->quota_items, 10);
    assert_true(row->percent == 10.0);
    struct report month = report_of(air, "2023-05-01", "2023-06-01");
    row = &month.topics.items[3];
    assert_int_equal(row->quota_seconds, 0);
    assert_true(isnan(row->percent));
    /* What aired outside a quota's own period does not count for it. */
    struct report half = report_of(air, "2023-07-01", "2024-01-01");
    assert_true(half.topics.items[3].percent == 0.0);
}

static void nearly_all_is_not_a_hundred_percent(void **state)
{
    struct on_air *air = *state;
    on_air_play(air, (struct play){.topic = "tthc", .until = 899}); /* of 900 s */
    on_air_settle(air, FIVE_PM_US + 4000 * US);
    struct report report = report_of(air, "2023-01-01", "2024-01-01");
    assert_true(report.topics.items[1].percent == 99.8);
}

static void part_of_a_day_is_named_to_the_second(void **state)
{
    struct on_air *air = *state;
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    struct report report = report_of(air, "2023-05-10T05:00", "2023-05-10T21:00:30");
    report_write_text(&report, &out);
    assert_non_null(strstr(strbuf_text(&out), "Airtime from 2023-05-10T05:00:00+07:00"
                                              " until 2023-05-10T21:00:30+07:00\n"));
    strbuf_finish(&out);
}

#define AIR_TEST(f) cmocka_unit_test_setup_teardown(f, setup, on_air_teardown)
static const struct CMUnitTest tests[] = {
    AIR_TEST(the_year_as_text),
    AIR_TEST(the_year_as_json_lines),
    AIR_TEST(the_year_as_csv_for_spreadsheets),
    AIR_TEST(a_report_is_the_same_each_time_it_is_made),
    AIR_TEST(what_no_line_got_does_not_count),
    AIR_TEST(a_line_that_lost_nothing_heard_it_whole),
    AIR_TEST(a_recording_is_new_in_one_period_only),
    AIR_TEST(quotas_within_the_period_are_added_up_without_overlap),
    AIR_TEST(nearly_all_is_not_a_hundred_percent),
    AIR_TEST(part_of_a_day_is_named_to_the_second),
};
TEST_MAIN(tests)
