/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/last_aired.h"

#include "tests/unit/airtime/on_air.h"

/* When each version was last heard, by the ledger. */

static int setup(void **state)
{
    return on_air_setup(state, 2);
}

static void the_latest_airing_of_each_version_counts(void **state)
{
    struct on_air *air = *state;
    struct last_aired *items = NULL;
    size_t n = 1;
    assert_int_equal(last_aired_read(air->db, air->arena, &items, &n, NULL), 0);
    assert_int_equal(n, 0);
    on_air_play(air, (struct play){.from = 100, .until = 110});
    on_air_play(air, (struct play){.from = 300, .until = 310, .role = AIRING_FALLBACK, .line = 1});
    on_air_play(air, (struct play){.from = 200, .until = 210});
    on_air_play(air, (struct play){.from = 400, .until = 410, .is_open = true});
    on_air_settle(air, FIVE_PM_US + 405 * US);
    assert_int_equal(last_aired_read(air->db, air->arena, &items, &n, NULL), 0);
    assert_int_equal(n, 1);
    assert_int_equal(items[0].segment_id, 1);
    assert_true(items[0].at_us == FIVE_PM_US + 400 * US); /* also while it is on */
    assert_int_equal(
        db_exec(air->db,
                "INSERT INTO airing SELECT 1000, slot_uid, slot_recurrence_us, 9, piece,"
                " line_set_id, 7, 'b', 1, title, kind, topic, tags, repeat, role,"
                " planned_start_us, planned_frames, start_us - 5, offset_frames,"
                " whole_frames FROM airing WHERE id = 1",
                NULL),
        0);
    assert_int_equal(last_aired_read(air->db, air->arena, &items, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_int_equal(items[1].segment_id, 7);
    assert_true(items[1].at_us == FIVE_PM_US + 100 * US - 5);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(the_latest_airing_of_each_version_counts, setup,
                                    on_air_teardown),
};

TEST_MAIN(tests)
