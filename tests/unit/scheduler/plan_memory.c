/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/db.h"
#include "base/fault.h"
#include "scheduler/forecast_int.h"
#include "tests/fakes/plan_world.h"

/* Every allocation that planning makes fails once: the plan is refused with a sentence,
 * and the next attempt succeeds. */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { CAN_FAIL = false }; /* the sanitizer's allocator is not ours to replace */
static long allocations_left = LONG_MAX;
#else
enum { CAN_FAIL = true };
static long allocations_left = LONG_MAX;

void *__libc_calloc(size_t n, size_t bytes);
void *calloc(size_t n, size_t bytes) /* base/arena.h takes all its memory from it */
{
    return allocations_left-- > 0 ? __libc_calloc(n, bytes) : NULL;
}
#endif

static int plan_with(struct world *world, long n_allocations, struct plan **ret_plan,
                     struct fault *fault)
{
    struct slots slots = {.items = world->slots, .n = world->n_slots};
    struct segments segments = world_segments(world);
    allocations_left = n_allocations;
    int r = plan_from_slots(&world->station, &slots, &segments, world->db, at_us("2023-05-10"),
                            at_us("2023-05-12"), ret_plan, fault);
    allocations_left = LONG_MAX;
    return r;
}

/* A programme with rotation, its repeat, and notices that wait for it. */
static struct world *busy_day(void)
{
    struct world *world = world_make(500);
    world_segment(world, "a", "tin", NULL, 60);
    world_segment(world, "b", "bai", NULL, 100);
    world_segment(world, "song", "ca-nhac", NULL, 100);
    size_t clock = world_clock(world, "c", "segment:a, * tin, 1 bai");
    world_slot(world, "programme", "2023-05-10T17:00", 30)->clock = clock;
    world_slot(world, "repeat", "2023-05-11T05:00", 30)->repeat_of = "programme";
    for (unsigned i = 0; i < 20; i++) {
        struct slot *slot = world_slot(world, "notice", "2023-05-10T17:00", 2);
        slot->start_us += i * 61000000LL;
        slot->recurrence_us = slot->start_us;
        slot->start_rule = START_SOFT;
        slot->soft_us = 10000000;
        slot_attach(world, slot, "a");
        slot_on(world, slot, i % 2 ? "1 3 5" : "7 9");
    }
    world_open_db(world);
    return world;
}

static void running_out_of_memory_anywhere_is_a_sentence_and_no_plan(void **state)
{
    (void)state;
    if (!CAN_FAIL) {
        skip();
    }
    AUTO(world_destroy) struct world *world = busy_day();
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct fault fault = {0};
    long n = 0;
    for (int r = -ENOMEM; r < 0; n++) {
        r = plan_with(world, n, &plan, &fault);
        assert_true(r == 0 || (r == -ENOMEM && !plan && fault.text[0]));
    }
    assert_in_range(n, 10, 100000);
    plan_assert_sound(plan);
}

/* All of them, every week. */
static int expand(void *context, int64_t from_us, int64_t to_us, struct arena *arena,
                  struct slots *ret_slots, struct fault *reterr)
{
    (void)from_us;
    (void)to_us;
    const struct world *world = context;
    struct slot *items = arena_take(arena, world->n_slots, sizeof *items);
    if (!items) {
        return plan_no_memory(reterr);
    }
    memcpy(items, world->slots, world->n_slots * sizeof *items);
    *ret_slots = (struct slots){.items = items, .n = world->n_slots};
    return 0;
}

static void running_out_of_memory_anywhere_is_a_sentence_and_no_forecast(void **state)
{
    (void)state;
    if (!CAN_FAIL) {
        skip();
    }
    AUTO(world_destroy) struct world *world = busy_day();
    struct segments segments = world_segments(world);
    AUTO(plan_destroy) struct plan *frozen = world_plan(world, "2023-05-10", "2023-05-11");
    struct fault fault = {0};
    assert_int_equal(plan_store(world->db, &world->station, frozen, 0, &fault), 0);
    world_topic(world, "reform", SIZE_MAX);
    world_quota(world, 0, 3600);
    struct planner_inputs inputs = {.station = &world->station,
                                    .segments = &segments,
                                    .db = world->db};
    struct slot_source source = {.expand = expand, .context = world};
    struct forecast_question question = {.from_us = at_us("2023-01-01"),
                                         .until_us = at_us("2024-01-01"),
                                         .now_us = at_us("2023-05-10T12:00")};
    world->quotas[0].until_us = at_us("2023-05-20");
    long n = 0;
    for (int r = -ENOMEM; r < 0; n++) {
        AUTO(arena_destroy) struct arena *arena = arena_create(1 << 20);
        struct forecast forecast = {0};
        fault.text[0] = '\0';
        allocations_left = n;
        r = forecast_from_slots(&inputs, &source, &question, arena, &forecast, &fault);
        allocations_left = LONG_MAX;
        assert_true(r == 0 || (r == -ENOMEM && !forecast.items && fault.text[0]));
    }
    assert_in_range(n, 10, 100000);
}

static void a_database_without_its_tables_is_said(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_open_db(world);
    AUTO(plan_destroy) struct plan *plan = NULL;
    struct fault fault = {0};
    assert_int_equal(db_exec(world->db, "DROP TABLE plan_item", NULL), 0);
    assert_true(plan_with(world, LONG_MAX, &plan, &fault) < 0);
    assert_null(plan);
    assert_true(fault.text[0] != '\0');
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(running_out_of_memory_anywhere_is_a_sentence_and_no_plan),
    cmocka_unit_test(running_out_of_memory_anywhere_is_a_sentence_and_no_forecast),
    cmocka_unit_test(a_database_without_its_tables_is_said),
};
TEST_MAIN(tests)
