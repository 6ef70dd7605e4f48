/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include "base/attr.h"
#include "scheduler/calendar/lunar.h"
#include "scheduler/calendar/wall.h"
#include "tests/unit/scheduler/lunar_table.h"

/* The Vietnamese lunar calendar, held to a table that was made with another ephemeris:
 * lunar_table.py tells how. */

static int64_t day_of(int year, int month, int day)
{
    return wall_of_day(year, month, day) / WALL_DAY_S;
}

static void every_month_of_four_centuries_is_that_of_the_table(void **state)
{
    (void)state;
    assert_int_equal(ARRAY_LEN(table), LUNAR_YEAR_MAX - LUNAR_YEAR_MIN + 1);
    int64_t next = day_of(1800, table[0].tet / 100, table[0].tet % 100);
    int lunation = 0;
    for (int year = LUNAR_YEAR_MIN; year <= LUNAR_YEAR_MAX; year++) {
        struct lunar_year found;
        unsigned leap = table[year - LUNAR_YEAR_MIN].leap;
        assert_true(lunar_year_of(year, &found));
        assert_int_equal(found.year, year);
        assert_int_equal(found.n_months, leap ? 13 : 12);
        assert_int_equal(next, day_of(year, table[year - LUNAR_YEAR_MIN].tet / 100,
                                      table[year - LUNAR_YEAR_MIN].tet % 100));
        unsigned number = 0;
        for (int i = 0; i < found.n_months; i++) {
            const struct lunar_month *month = &found.months[i];
            bool is_leap = leap && i == (int)leap;
            number += !is_leap;
            if (month->first_day != next || month->month != (int)number ||
                month->is_leap != is_leap) {
                fail_msg("%d: month %u%s", year, number, is_leap ? " leap" : "");
            }
            assert_int_equal(month->n_days,
                             29 + (table[year - LUNAR_YEAR_MIN].long_months >> i & 1));
            assert_true(lunation == 0 || month->lunation == lunation + 1);
            lunation = month->lunation;
            next += month->n_days;
        }
    }
}

static void tet_is_when_it_is_kept_in_vietnam(void **state)
{
    /* In 1968 and 2007 a day before the Chinese new year, in 1985 a month; the Chinese
     * one of 2027 falls on the same day. */
    static const int tets[][3] = {{1945, 2, 13}, {1954, 2, 3},  {1968, 1, 29}, {1969, 2, 16},
                                  {1975, 2, 11}, {1985, 1, 21}, {1986, 2, 9},  {2000, 2, 5},
                                  {2007, 2, 17}, {2020, 1, 25}, {2023, 1, 22}, {2024, 2, 10},
                                  {2025, 1, 29}, {2026, 2, 17}, {2027, 2, 6},  {2030, 2, 2},
                                  {2033, 1, 31}, {2034, 2, 19}, {2053, 2, 18}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(tets); i++) {
        int64_t day = 0;
        assert_true(lunar_day_of(tets[i][0], 1, false, 1, &day));
        assert_int_equal(day, day_of(tets[i][0], tets[i][1], tets[i][2]));
    }
}

static void leap_months_are_those_of_the_printed_calendars(void **state)
{
    static const struct {
        int year;
        int month;
    } leaps[] = {{1984, 0}, {1985, 2}, {1987, 7}, {1990, 5}, {1993, 3}, {1995, 8}, {1998, 5},
                 {2001, 4}, {2004, 2}, {2006, 7}, {2009, 5}, {2012, 4}, {2014, 9}, {2017, 6},
                 {2020, 4}, {2023, 2}, {2025, 6}, {2028, 5}, {2031, 3}, {2033, 11}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(leaps); i++) {
        int found = 0;
        int64_t day = 0;
        for (int month = 1; month <= 12; month++) {
            found = lunar_day_of(leaps[i].year, month, true, 1, &day) ? month : found;
        }
        assert_int_equal(found, leaps[i].month);
    }
}

static void every_day_has_one_lunar_date_and_that_date_one_day(void **state)
{
    (void)state;
    int64_t first = day_of(1800, 1, 25); /* Tết */
    int64_t last = day_of(2200, 2, 14);  /* the last day of 2199 */
    struct lunar_date date;
    for (int64_t day = first; day <= last; day += day < -62000 || day > 83900 ? 1 : 17) {
        int64_t back = 0;
        assert_true(lunar_date_of(day, &date));
        assert_true(date.day >= 1 && date.day <= date.month.n_days);
        assert_true(lunar_day_of(date.year, date.month.month, date.month.is_leap, date.day, &back));
        assert_int_equal(back, day);
    }
    assert_int_equal(date.year, 2199);
    assert_int_equal(date.month.month, 12);
    assert_int_equal(date.day, date.month.n_days);
    assert_false(lunar_date_of(first - 1, &date));
    assert_false(lunar_date_of(last + 1, &date));
    assert_false(lunar_date_of(INT64_MIN, &date));
    assert_false(lunar_date_of(INT64_MAX, &date));
}

static void a_date_that_there_is_not_has_no_day(void **state)
{
    int64_t day = 0;
    (void)state;
    assert_true(lunar_day_of(2023, 2, true, 29, &day));
    assert_int_equal(day, day_of(2023, 4, 19));
    assert_false(lunar_day_of(2023, 2, true, 30, &day));
    assert_false(lunar_day_of(2024, 2, true, 1, &day));
    assert_false(lunar_day_of(2023, 13, false, 1, &day));
    assert_false(lunar_day_of(2023, 1, false, 0, &day));
    assert_false(lunar_day_of(1799, 1, false, 1, &day));
    assert_false(lunar_day_of(2200, 1, false, 1, &day));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_month_of_four_centuries_is_that_of_the_table),
    cmocka_unit_test(tet_is_when_it_is_kept_in_vietnam),
    cmocka_unit_test(leap_months_are_those_of_the_printed_calendars),
    cmocka_unit_test(every_day_has_one_lunar_date_and_that_date_one_day),
    cmocka_unit_test(a_date_that_there_is_not_has_no_day),
};

TEST_MAIN(tests)
