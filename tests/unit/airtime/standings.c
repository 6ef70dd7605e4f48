/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include "airtime/quota.h"
#include "airtime/standings.h"

/* Where quotas stand on a day: cchc over tthc, and one that has none. */

enum topic { CCHC, TTHC, KHAC };
static const int64_t DAY_US = 86400 * US;

static int setup(void **state)
{
    on_air_setup(state, 4);
    struct on_air *air = *state;
    airtime_station_topic(air->made, "cchc", "Cải cách hành chính", SIZE_MAX);
    airtime_station_topic(air->made, "tthc", "Thủ tục hành chính", CCHC);
    airtime_station_topic(air->made, "khac", "Khác", SIZE_MAX);
    /* Twelve days, in the middle of which it is 17:00 on the tenth of May. */
    airtime_station_quota(air->made, CCHC,
                          (struct quota_def){.from_us = FIVE_PM_US - 6 * DAY_US,
                                             .until_us = FIVE_PM_US + 6 * DAY_US,
                                             .seconds = 600,
                                             .features = 12,
                                             .items = 5});
    return 0;
}

static struct quota_standings standings_at(struct on_air *air, int64_t at_us)
{
    struct quota_standings standings;
    on_air_settle(air, at_us);
    if (standings_make(air->db, &air->made->station, at_us, air->arena, &standings, &air->fault) <
        0) {
        fail_msg("%s", air->fault.text);
    }
    return standings;
}

static void assert_stands(const struct quota_standing *line, enum quota_measure measure,
                          int64_t asked, int64_t due, int64_t reached)
{
    assert_int_equal(line->topic, CCHC);
    assert_int_equal(line->measure, measure);
    assert_int_equal(line->asked, asked);
    assert_int_equal(line->due, due);
    assert_int_equal(line->reached, reached);
}

static void a_quota_is_due_by_the_share_of_its_period_that_is_gone(void **state)
{
    struct on_air *air = *state;
    /* What aired below the topic is the topic's, and before its period nobody's. */
    on_air_play(air,
                (struct play){.topic = "tthc", .at_us = FIVE_PM_US - 7 * DAY_US, .until = 100});
    on_air_play(air, (struct play){.topic = "tthc",
                                   .kind = "chuyen-muc",
                                   .code = "cm-1",
                                   .slot = "hai",
                                   .at_us = FIVE_PM_US - 5 * DAY_US,
                                   .until = 200});
    struct quota_standings now = standings_at(air, FIVE_PM_US);
    assert_int_equal(now.n, 3);
    assert_stands(&now.items[0], MEASURE_TIME, 600 * AIR_RATE, 300 * AIR_RATE, 200 * AIR_RATE);
    assert_stands(&now.items[1], MEASURE_FEATURES, 12, 6, 1);
    assert_stands(&now.items[2], MEASURE_ITEMS, 5, 2, 0); /* two and a half */
}

static void each_twelfth_of_twelve_is_one(void **state)
{
    struct on_air *air = *state;
    for (int day = 0; day < 12; day++) {
        struct quota_standings then = standings_at(air, FIVE_PM_US + (day - 6) * DAY_US);
        assert_int_equal(then.n, 3);
        assert_int_equal(then.items[1].due, day);
        then = standings_at(air, FIVE_PM_US + (day - 5) * DAY_US - US);
        assert_int_equal(then.items[1].due, day);
    }
}

static void a_day_outside_every_period_has_no_standing(void **state)
{
    struct on_air *air = *state;
    assert_int_equal(standings_at(air, FIVE_PM_US - 6 * DAY_US - 1).n, 0);
    assert_int_equal(standings_at(air, FIVE_PM_US - 6 * DAY_US).n, 3);
    assert_int_equal(standings_at(air, FIVE_PM_US + 6 * DAY_US - 1).n, 3);
    assert_int_equal(standings_at(air, FIVE_PM_US + 6 * DAY_US).n, 0);
}

#define AIR_TEST(test) cmocka_unit_test_setup_teardown(test, setup, on_air_teardown)

static const struct CMUnitTest tests[] = {
    AIR_TEST(a_quota_is_due_by_the_share_of_its_period_that_is_gone),
    AIR_TEST(each_twelfth_of_twelve_is_one),
    AIR_TEST(a_day_outside_every_period_has_no_standing),
};
TEST_MAIN(tests)
