/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <errno.h>
#include <string.h>

static int setup(void **state)
{
    return on_air_setup(state, 6);
}

struct outage_listing {
    char text[1024];
};

static int list_outage(void *context, const struct outage *outage)
{
    struct outage_listing *listing = context;
    size_t used = strlen(listing->text);
    char until[32] = "still";
    if (outage->end_us != INT64_MAX) {
        snprintf(until, sizeof until, "+%lld ms",
                 (long long)((outage->end_us - FIVE_PM_US) / 1000));
    }
    snprintf(listing->text + used, sizeof listing->text - used, "%lld %s +%lld ms .. %s: %s\n",
             (long long)outage->id, outage->line,
             (long long)((outage->start_us - FIVE_PM_US) / 1000), until, outage->reason);
    return 0;
}

static void assert_outages(struct on_air *air, int64_t from, int64_t to, const char *expected)
{
    struct outage_listing listing = {0};
    assert_int_equal(ledger_visit_outages(air->db, FIVE_PM_US + from * US, FIVE_PM_US + to * US,
                                          list_outage, &listing, NULL),
                     0);
    assert_string_equal(listing.text, expected);
}

static void an_outage_is_two_rows_that_cannot_be_changed(void **state)
{
    struct on_air *air = *state;
    int64_t at = frames_from_us(FIVE_PM_US);
    int64_t id = on_air_outage(air, 3, 1, 2);
    on_air_outage(air, 4, 5, -1);
    assert_outages(air, 0, 9, ""); /* written with the playhead, as an airing */
    on_air_settle(air, FIVE_PM_US + 9 * US);
    assert_outages(air, 0, 9,
                   "1 l3 +1000 ms .. +2000 ms: no receiver\n2 l4 +5000 ms .. still: no receiver\n");
    assert_outages(air, 2, 5, "");
    assert_outages(air, 20, 30, "2 l4 +5000 ms .. still: no receiver\n");
    assert_int_equal(ledger_outage_end(air->ledger, id, at, &air->fault), -EINVAL);
    static const char *const attacks[] = {"UPDATE outage SET line = 'l9'", "DELETE FROM outage",
                                          "UPDATE outage_end SET end_us = 1",
                                          "DELETE FROM outage_end"};
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
        assert_true(db_exec(air->db, attacks[i], &air->fault) < 0);
    }
}

static void an_outage_ends_with_the_radio_that_was_killed(void **state)
{
    struct on_air *air = *state;
    size_t n_closed = 0;
    on_air_outage(air, 1, 1, -1);
    on_air_settle(air, FIVE_PM_US + 10 * US);
    on_air_outage(air, 2, 12, -1); /* began after the last playhead that was written */
    on_air_close(air);
    on_air_open(air);
    assert_int_equal(ledger_recover(air->ledger, &n_closed, &air->fault), 0);
    assert_int_equal(n_closed, 0);
    on_air_outage(air, 1, 20, 21);
    on_air_outage(air, 1, 23, 22); /* over before it began */
    on_air_settle(air, FIVE_PM_US + 30 * US);
    assert_outages(air, 0, 99,
                   "1 l1 +1000 ms .. +10000 ms: no receiver\n"
                   "2 l2 +12000 ms .. +12000 ms: no receiver\n"
                   "3 l1 +20000 ms .. +21000 ms: no receiver\n"
                   "4 l1 +23000 ms .. +23000 ms: no receiver\n");
}

#define AIR_TEST(f) cmocka_unit_test_setup_teardown(f, setup, on_air_teardown)
static const struct CMUnitTest tests[] = {
    AIR_TEST(an_outage_is_two_rows_that_cannot_be_changed),
    AIR_TEST(an_outage_ends_with_the_radio_that_was_killed),
};
TEST_MAIN(tests)
