/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/zone.h"

static int64_t instant(const char *text)
{
    int64_t us = 0;
    struct fault fault = {0};
    if (zone_parse_instant(text, &us, &fault) < 0) {
        fail_msg("%s: %s", text, fault.text);
    }
    return us;
}

static void assert_formats(int64_t us, const char *text)
{
    char out[ZONE_INSTANT_MAX];
    zone_format_instant(us, out);
    assert_string_equal(out, text);
}

static void use(const char *zone)
{
    struct fault fault;
    assert_int_equal(zone_use(zone, &fault), 0);
}

static void a_frame_survives_the_database(void **state)
{
    (void)state;
    int64_t around[] = {-96001, 0, 1, 47999, 48001, 80363620800000, 80363620800001};
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
        for (int64_t f = around[i]; f < around[i] + 3000; f++) {
            assert_int_equal(frames_from_us(frames_to_us(f)), f);
        }
    }
    assert_int_equal(frames_from_us(1683712800000000), 1683712800LL * 48000);
}

static void station_time_is_read_and_written(void **state)
{
    (void)state;
    use("Asia/Ho_Chi_Minh");
    assert_int_equal(instant("2023-05-10T17:00"), 1683712800000000);
    assert_int_equal(instant("2023-05-10T10:00:00Z"), 1683712800000000);
    assert_int_equal(instant("2023-05-10T17:00:00.000001+07:00"), 1683712800000001);
    assert_formats(1683712800000000, "2023-05-10T17:00:00+07:00");
    assert_formats(1683712800000001, "2023-05-10T17:00:00.000001+07:00");
    assert_formats(instant("2024-02-29"), "2024-02-29T00:00:00+07:00");
}

static void what_is_not_an_instant_is_refused(void **state)
{
    (void)state;
    use("Asia/Ho_Chi_Minh");
    static const char *const wrong[] = {"",           "hôm nay",           "2023-02-29",
                                        "2023-13-01", "2023-05-10T",       "2023-05-10T24:00",
                                        "2023-5-1",   "2023-05-10T17:0",   "2023-05-10T17:00+7",
                                        "2023-05-1x", "2023-05-10T17:00:", "0000-01-01"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t us = 77;
        struct fault fault;
        assert_int_equal(zone_parse_instant(wrong[i], &us, &fault), -EINVAL);
        assert_int_equal(us, 77);
    }
}

/* Europe/Berlin: 02:30 is skipped on 26 March 2023 and comes twice on 29 October. */
static void nights_of_change_are_settled_by_rule(void **state)
{
    (void)state;
    use("Europe/Berlin");
    assert_formats(instant("2023-03-26T02:30"), "2023-03-26T03:30:00+02:00");
    assert_formats(instant("2023-10-29T02:30"), "2023-10-29T02:30:00+02:00");
    assert_formats(instant("2023-10-29T02:30:00+01:00"), "2023-10-29T02:30:00+01:00");
    assert_int_equal(instant("2023-10-30") - instant("2023-10-29"), 25LL * 3600 * 1000000);
    assert_int_equal(instant("2023-03-27") - instant("2023-03-26"), 23LL * 3600 * 1000000);
}

static void a_day_past_the_month_carries_over(void **state)
{
    (void)state;
    use("Asia/Ho_Chi_Minh");
    struct civil civil = {.year = 2023, .month = 12, .day = 32};
    assert_formats(zone_from_civil(&civil), "2024-01-01T00:00:00+07:00");
}

static void an_unknown_zone_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "Asia/Hanoi", "../etc/passwd", "/etc/passwd",
                                        "tzdata.zi"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct fault fault;
        assert_int_equal(zone_use(wrong[i], &fault), -ENOENT);
    }
}

static void the_virtual_clock_moves_only_by_sleep(void **state)
{
    (void)state;
    struct clock clock = clock_virtual(1000);
    assert_int_equal(clock_now_us(&clock), 1000);
    assert_int_equal(clock_sleep_until_us(&clock, 60000000), 0);
    assert_int_equal(clock_now_us(&clock), 60000000);
    assert_int_equal(clock_sleep_until_us(&clock, 5), 0);
    assert_int_equal(clock_now_us(&clock), 60000000);
    clock_set_us(&clock, 5);
    assert_int_equal(clock_now_us(&clock), 5);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_frame_survives_the_database),
    cmocka_unit_test(station_time_is_read_and_written),
    cmocka_unit_test(what_is_not_an_instant_is_refused),
    cmocka_unit_test(nights_of_change_are_settled_by_rule),
    cmocka_unit_test(a_day_past_the_month_carries_over),
    cmocka_unit_test(an_unknown_zone_is_refused),
    cmocka_unit_test(the_virtual_clock_moves_only_by_sleep),
};
TEST_MAIN(tests)
