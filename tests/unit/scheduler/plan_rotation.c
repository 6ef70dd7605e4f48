/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/fakes/plan_world.h"

/* What rotation chooses, and how it explains that. */

DEFINE_AUTO(struct world, world_destroy)

static struct slot *rotated(struct world *world, const char *uid, const char *start, double minutes,
                            const char *wants)
{
    struct slot *slot = world_slot(world, uid, start, minutes);
    slot_wants(world, slot, wants);
    return slot;
}


/* Why the n-th item of 2023-05-10 to 2023-05-14 airs. */
static void expect_reason(struct world *world, size_t n, const char *expected)
{
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-14");
    assert_true(n < plan->n_items);
    assert_string_equal(plan->items[n].reason, expected);
}

static void a_choice_tells_of_quota_hearing_and_fit_in_one_sentence(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    size_t reform = world_topic(world, "tthc", SIZE_MAX);
    world->topics[reform].title = "Thủ tục hành chính";
    world_quota(world, reform, 3600);
    world_segment(world, "a", "bai", "tthc", 100);
    world_segment(world, "b", "bai", "tthc", 90.5);
    world_segment(world, "c", "bai", NULL, 3700);
    slot_on(world, rotated(world, "1", "2023-05-10T06:00", 1.7, "tthc"), "0");
    slot_on(world, rotated(world, "2", "2023-05-10T07:00", 2, "tthc"), "1");
    slot_on(world, rotated(world, "3", "2023-05-10T08:00", 2, "tthc"), "1");
    slot_on(world, rotated(world, "4", "2023-05-12T17:00", 4.5, "tthc"), "1");
    slot_on(world, rotated(world, "5", "2023-05-12T18:00", 75, "bai"), "0");
    world->station.filler = NULL;
    expect_reason(world, 0, "Thủ tục hành chính is 21 min behind its quota; it has never aired; "
                            "fits 1:40 of 1:42");
    expect_reason(world, 2, "Thủ tục hành chính is 18 min behind its quota; these lines have "
                            "never heard it; fits 1:40 of 2:00");
    expect_reason(world, 3, "Thủ tục hành chính is 17 min behind its quota; longest unaired here, "
                            "since 2023-05-10; fits 1:30 of 4:30");
    expect_reason(world, 4, "Thủ tục hành chính is 15 min behind its quota; unheard here since "
                            "2023-05-10; fits 1:40 of 2:59");
    expect_reason(world, 7, "it has never aired; fits 1:01:40 of 1:11:49");
}

static void what_is_not_chosen_says_who_asked_for_it(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "tune", "nhac-hieu", NULL, 10);
    world_segment(world, "a", "bai", NULL, 60);
    world_segment(world, "song", "ca-nhac", NULL, 600);
    struct slot *evening = rotated(world, "Evening", "2023-05-10T17:00", 3, "bai");
    evening->clock = world_clock(world, "evening", "segment:tune, 1 bai");
    world->clocks[evening->clock].title = "Evening programme";
    slot_attach(world, world_slot(world, "named", "2023-05-11T05:00", 1), "a");
    world_slot(world, "morning", "2023-05-12T05:00", 2)->repeat_of = "Evening";
    world->station.filler = NULL;
    expect_reason(world, 0, "clock Evening programme names it");
    expect_reason(world, 2, "the calendar names it");
    expect_reason(world, 3, "repeats Evening of 2023-05-10");
    world->station.filler = "ca-nhac";
    expect_reason(world, 2, "fills what the slot left over");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_choice_tells_of_quota_hearing_and_fit_in_one_sentence),
    cmocka_unit_test(what_is_not_chosen_says_who_asked_for_it),
};
TEST_MAIN(tests)
