/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/clock_doubt.h"

#include "tests/test.h"

static const int64_t NEW_YEAR_2024_US = 1704067200LL * 1000000;
static const int64_t MINUTE_US = 60LL * 1000000;

static void a_clock_before_loa_was_made_was_never_set(void **state)
{
    (void)state;
    assert_int_equal(clock_doubt(0, INT64_MIN, false), CLOCK_NEVER_SET);
    assert_int_equal(clock_doubt(NEW_YEAR_2024_US - 1, INT64_MIN, false), CLOCK_NEVER_SET);
    assert_int_equal(clock_doubt(NEW_YEAR_2024_US, INT64_MIN, false), CLOCK_BELIEVED);
}

static void a_clock_before_the_ledgers_latest_row_is_not_believed(void **state)
{
    (void)state;
    int64_t latest_us = NEW_YEAR_2024_US + 500 * MINUTE_US;
    assert_int_equal(clock_doubt(latest_us, latest_us, false), CLOCK_BELIEVED);
    assert_int_equal(clock_doubt(latest_us - MINUTE_US, latest_us, false), CLOCK_BELIEVED);
    assert_int_equal(clock_doubt(latest_us - MINUTE_US - 1, latest_us, false), CLOCK_BEFORE_LEDGER);
}

static void a_clock_that_somebody_keeps_right_is_believed(void **state)
{
    (void)state;
    assert_int_equal(clock_doubt(0, NEW_YEAR_2024_US, true), CLOCK_BELIEVED);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_clock_before_loa_was_made_was_never_set),
    cmocka_unit_test(a_clock_before_the_ledgers_latest_row_is_not_believed),
    cmocka_unit_test(a_clock_that_somebody_keeps_right_is_believed),
};
TEST_MAIN(tests)
