/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "base/fault.h"
#include "base/zone.h"
#include "station/period.h"

static int use_vietnam(void **state)
{
    (void)state;
    return zone_use("Asia/Ho_Chi_Minh", NULL);
}

static void every_period_begins_and_ends_on_the_days_of_its_rule(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"2023", "2023-01-01", "2024-01-01"},         {"2023-q1", "2023-01-01", "2023-04-01"},
        {"2023-q4", "2023-10-01", "2024-01-01"},      {"2023-h1", "2023-01-01", "2023-07-01"},
        {"2023-h2", "2023-07-01", "2024-01-01"},      {"2023-02", "2023-02-01", "2023-03-01"},
        {"2023-12", "2023-12-01", "2024-01-01"},      {"cchc-2023", "2022-12-15", "2023-12-15"},
        {"cchc-2023-h1", "2022-12-15", "2023-06-15"}, {"cchc-2023-q1", "2022-12-15", "2023-03-15"},
        {"cchc-2023-q3", "2023-06-15", "2023-09-15"}, {"cchc-2023-01", "2022-12-15", "2023-01-15"},
        {"cchc-2023-05", "2023-04-15", "2023-05-15"}, {"cchc-2023-12", "2023-11-15", "2023-12-15"},
        {"1970", "1970-01-01", "1971-01-01"},         {"9998", "9998-01-01", "9999-01-01"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t from_us = 0;
        int64_t until_us = 0;
        char from[ZONE_INSTANT_MAX];
        char until[ZONE_INSTANT_MAX];
        assert_int_equal(period_parse(cases[i][0], &from_us, &until_us, NULL), 0);
        zone_format_instant(from_us, from);
        zone_format_instant(until_us, until);
        if (strncmp(from, cases[i][1], 10) != 0 || strncmp(until, cases[i][2], 10) != 0) {
            fail_msg("%s is from %s until %s", cases[i][0], from, until);
        }
        assert_non_null(strstr(from, "T00:00:00"));
        assert_non_null(strstr(until, "T00:00:00"));
    }
}

static void other_texts_are_no_periods(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",          "2023-q5",       "2023-q0",      "2023-h3",      "2023-13", "2023-00",
        "2023-1",    "2023-q",        "2023-q11",     "23",           "02023",   "1969",
        "9999",      "2023 ",         " 2023",        "cchc",         "cchc-",   "cchc-2023-q2",
        "CCHC-2023", "cchc-2023-q4",  "cchc-2023-h2", "cchc-2023-13", "-2023",   "2023-05-01",
        "2023-0:",   "cchc-cchc-2023"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        int64_t from_us = 7;
        int64_t until_us = 7;
        struct fault fault = {0};
        assert_int_equal(period_parse(wrong[i], &from_us, &until_us, &fault), -EINVAL);
        assert_int_equal(fault.err, EINVAL);
        assert_int_equal(from_us, 7);
        assert_int_equal(until_us, 7);
    }
}

static int64_t instant(const char *text)
{
    int64_t us = 0;
    assert_int_equal(zone_parse_instant(text, &us, NULL), 0);
    return us;
}

static void assert_month(const char *at, int first_day, const char *end, const char *name)
{
    char found[PERIOD_MONTH_MAX];
    int64_t end_us = period_month_end(instant(at), first_day);
    period_month_name(end_us, found);
    assert_int_equal(end_us, instant(end));
    assert_string_equal(found, name);
}

static void months_begin_on_the_first_or_on_the_fifteenth(void **state)
{
    (void)state;
    assert_int_equal(period_first_day(instant("2023-01-01")), 1);
    assert_int_equal(period_first_day(instant("2022-12-15")), 15);
    assert_int_equal(period_first_day(instant("2022-12-16")), 1);
    assert_month("2023-01-01", 1, "2023-02-01", "2023-01");
    assert_month("2023-12-31T23:59:59", 1, "2024-01-01", "2023-12");
    assert_month("2024-02-29", 1, "2024-03-01", "2024-02");
    assert_month("2022-12-15", 15, "2023-01-15", "2023-01");
    assert_month("2023-01-14T23:59:59", 15, "2023-01-15", "2023-01");
    assert_month("2023-01-15", 15, "2023-02-15", "2023-02");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(every_period_begins_and_ends_on_the_days_of_its_rule, use_vietnam),
    cmocka_unit_test_setup(other_texts_are_no_periods, use_vietnam),
    cmocka_unit_test_setup(months_begin_on_the_first_or_on_the_fifteenth, use_vietnam),
};

TEST_MAIN(tests)
