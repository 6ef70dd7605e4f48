/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/frames.h"
#include "playout/agenda.h"
#include "scheduler/plan.h"
#include "station/station.h"
#include "tests/test.h"

/* What is live is opened as long before its time as the station file says. */

static const int64_t NOON = 100000 * (int64_t)AIR_RATE;

static int64_t seconds_ahead(const struct agenda *agenda)
{
    const struct agenda_item *next = agenda_next_item(agenda);
    return 5 + (next->from_frame - next->due_frame) / AIR_RATE; /* as the engine takes it up */
}

static void a_live_source_is_opened_as_early_as_its_pre_roll_says(void **state)
{
    static const struct source_def relays[] = {{.id = "near", .preroll_us = 5000000},
                                               {.id = "far", .preroll_us = 20000000}};
    static const struct {
        const char *name;
        int64_t seconds;
    } cases[] = {{"relay:near", 5}, {"relay:far", 20}, {"https://vov.example/vov1", 10}};
    const struct station station = {.relays = relays, .n_relays = ARRAY_LEN(relays)};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct plan_item item = {.start_frame = NOON,
                                 .n_frames = AIR_RATE,
                                 .source = ITEM_SOURCE_RELAY,
                                 .source_name = cases[i].name,
                                 .slot_uid = "p",
                                 .state = PLAN_PLANNED};
        struct plan plan = {.items = &item, .n_items = 1};
        struct agenda *agenda = agenda_create(&station);
        assert_int_equal(agenda_add(agenda, &plan, NULL, NULL, 0, NULL), 0);
        assert_int_equal(seconds_ahead(agenda), cases[i].seconds);
        agenda_destroy(agenda);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_live_source_is_opened_as_early_as_its_pre_roll_says),
};
TEST_MAIN(tests)
