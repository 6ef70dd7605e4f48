/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/planner.h"
#include "scheduler/planner_int.h"
#include "tests/fakes/plan_world.h"

/* Windows that are only simulated choose what the plan of the whole time chooses. */

static void add_sound(struct strbuf *text, int64_t start_frame, int64_t n_frames, const char *code,
                      struct line_set lines, bool repeat)
{
    char when[ZONE_INSTANT_MAX];
    zone_format_instant(frames_to_us(start_frame), when);
    strbuf_printf(text, "%s %lld %s", when, (long long)n_frames, code);
    for (size_t l = line_set_next(lines, 0); l != SIZE_MAX; l = line_set_next(lines, l + 1)) {
        strbuf_printf(text, " %zu", l);
    }
    strbuf_add(text, repeat ? " repeat\n" : "\n");
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a text in order; given to the caller: free(). */
static char *sorted(struct strbuf *text)
{
    char *copy = strdup(strbuf_text(text));
    size_t n = 0;
    char **lines = calloc(text->n + 1, sizeof *lines);
    for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n")) {
        lines[n++] = line;
    }
    qsort(lines, n, sizeof *lines, compare_lines);
    strbuf_finish(text);
    strbuf_init(text, 1 << 20);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(text, "%s\n", lines[i]);
    }
    free(lines);
    free(copy);
    char *result = strdup(strbuf_text(text));
    strbuf_finish(text);
    return result;
}

static char *planned_at_once(struct world *world, const char *from, const char *to)
{
    AUTO(plan_destroy) struct plan *plan = world_plan(world, from, to);
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    for (size_t i = 0; i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        if (item->n_frames) {
            add_sound(&text, item->start_frame, item->n_frames, item->segment_code, item->lines,
                      item->repeat);
        }
    }
    return sorted(&text);
}

static int see(void *context, const struct simulation *simulation, const struct planner *planner)
{
    (void)simulation;
    for (size_t i = 0; i < planner->n_jobs; i++) {
        const struct job *job = &planner->jobs[i];
        for (size_t k = 0; job->in_window && k < job->n_picks; k++) {
            const struct pick *pick = &job->picks[k];
            for (size_t p = 0; p < pick->n_pieces; p++) {
                const struct piece *piece = &pick->pieces[p];
                add_sound(context, piece->from_frame, piece->until_frame - piece->from_frame,
                          pick->recording->segment->code, piece->lines, piece->repeat);
            }
        }
    }
    return 0;
}

/* frozen: what was planned before the first cut; NULL: nothing. */
static char *simulated(struct world *world, const struct plan *frozen, const char *const *cuts,
                       size_t n_cuts)
{
    struct fault fault = {0};
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    struct simulation simulation = {.see = see, .context = &text};
    struct slots slots = world_slots(world);
    struct segments segments = world_segments(world);
    int64_t since_us = at_us(cuts[0]);
    int r = simulation_init(&simulation, &world->station, world->db, since_us, since_us, &fault);
    for (size_t i = 0; r == 0 && frozen && i < frozen->n_items; i++) {
        const struct plan_item *item = &frozen->items[i];
        if (item->n_frames) {
            r = simulation_note(&simulation, &world->station, item, INT64_MIN,
                                item->n_frames == item->whole_frames);
        }
    }
    for (size_t i = 0; r == 0 && i + 1 < n_cuts; i++) {
        r = plan_simulate(&world->station, &slots, &segments, world->db, &simulation,
                          at_us(cuts[i]), at_us(cuts[i + 1]), &fault);
    }
    simulation_finish(&simulation);
    if (r < 0) {
        fail_msg("%s", fault.text);
    }
    return sorted(&text);
}

/* A week of news at 17:00 by rotation, repeated the next morning and once more a fortnight
 * later, with a notice that waits, and a night programme over midnight. */
static struct world *fortnight(void)
{
    struct world *world = world_make(3);
    world_topic(world, "cchc", SIZE_MAX);
    world_quota(world, 0, 36000);
    world->lines[2].hours = world_hours(world, 0, 24 * 60);
    for (unsigned i = 0; i < 20; i++) {
        world_segment(world, arena_printf(world->arena, "tin-%02u", i), "tin",
                      i % 3 ? "cchc" : NULL, 50 + i * 7);
    }
    world_segment(world, "notice", "thong-bao", NULL, 31);
    world_segment(world, "song", "ca-nhac", NULL, 240);
    world_segment(world, "play", "bai", NULL, 1000);
    for (unsigned day = 10; day < 17; day++) {
        char *start = arena_printf(world->arena, "2023-05-%uT17:00", day);
        slot_wants(world, world_slot(world, "evening", start, 10), "tin");
        start = arena_printf(world->arena, "2023-05-%uT05:00", day);
        world_slot(world, "morning", start, 10)->repeat_of = "evening";
        start = arena_printf(world->arena, "2023-05-%uT17:03:20", day);
        struct slot *notice = world_slot(world, "notice", start, 2);
        slot_attach(world, notice, "notice");
        slot_on(world, notice, "1");
        notice->start_rule = START_SOFT;
        notice->soft_us = 60 * 1000000;
        start = arena_printf(world->arena, "2023-05-%uT23:50", day);
        struct slot *night = world_slot(world, "night", start, 20);
        slot_attach(world, night, "play");
        slot_on(world, night, "2");
        start = arena_printf(world->arena, "2023-05-%uT00:01", day + 1);
        struct slot *waits = world_slot(world, "after", start, 20);
        slot_wants(world, waits, "tin");
        slot_on(world, waits, "2");
        waits->start_rule = START_NEXT;
    }
    world_slot(world, "again", "2023-05-24T05:00", 10)->repeat_of = "evening";
    return world;
}

static void windows_one_after_the_other_are_the_plan_made_at_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = fortnight();
    static const char *const cuts[] = {"2023-05-10",          "2023-05-10T17:03:00", "2023-05-11",
                                       "2023-05-12T00:00:30", "2023-05-12T17:03:25", "2023-05-14",
                                       "2023-05-17",          "2023-05-20",          "2023-05-25"};
    AUTO_FREE char *expected = planned_at_once(world, "2023-05-10", "2023-05-25");
    AUTO_FREE char *found = simulated(world, NULL, cuts, ARRAY_LEN(cuts));
    assert_string_equal(found, expected);
    assert_non_null(strstr(found, "2023-05-24T05:00:00"));
}

static void windows_keep_to_hours_modes_and_turns_as_the_plan_made_at_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = fortnight();
    struct kind_def kinds[WORLD_MAX];
    memcpy(kinds, world->station.kinds, world->station.n_kinds * sizeof *kinds);
    kinds[station_find_kind(&world->station, "tin")].hours = world_hours(world, 0, 17 * 60 + 7);
    world->station.kinds = kinds;
    world->station.rotation = ROTATION_TURN;
    slot_on(world, world_mode(world, "tin ca-nhac", "2023-05-12T17:02", "2023-05-13T17:02"), "0 1");
    static const char *const cuts[] = {"2023-05-10", "2023-05-11", "2023-05-12T17:00:30",
                                       "2023-05-13", "2023-05-17", "2023-05-25"};
    AUTO_FREE char *expected = planned_at_once(world, "2023-05-10", "2023-05-25");
    AUTO_FREE char *found = simulated(world, NULL, cuts, ARRAY_LEN(cuts));
    assert_string_equal(found, expected);
}

static void the_first_window_goes_on_from_what_is_frozen(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = fortnight();
    AUTO_FREE char *whole = planned_at_once(world, "2023-05-10", "2023-05-25");
    world_open_db(world);
    AUTO(plan_destroy) struct plan *frozen = world_plan(world, "2023-05-10", "2023-05-17T00:00:30");
    struct fault fault = {0};
    int64_t from_us = at_us("2023-05-10");
    assert_int_equal(plan_store(world->db, &world->station, frozen, from_us, &fault), 0);
    static const char *const cuts[] = {"2023-05-17T00:00:30", "2023-05-25"};
    AUTO_FREE char *found = simulated(world, frozen, cuts, ARRAY_LEN(cuts));
    /* The night programme still runs, and what the week's last evening aired is repeated. */
    const char *rest = strstr(whole, "2023-05-17T00:06:40");
    assert_non_null(rest);
    assert_string_equal(found, rest);
    assert_non_null(strstr(found, "2023-05-24T05:00:00"));
}

static void what_follows_does_not_depend_on_rounds_that_were_given_up(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = fortnight();
    static const char *const days[] = {"2023-05-10", "2023-05-11", "2023-05-12", "2023-05-13",
                                       "2023-05-14", "2023-05-15", "2023-05-16", "2023-05-17",
                                       "2023-05-18", "2023-05-25"};
    static const char *const whole[] = {"2023-05-10", "2023-05-25"};
    AUTO_FREE char *by_day = simulated(world, NULL, days, ARRAY_LEN(days));
    AUTO_FREE char *at_once = simulated(world, NULL, whole, ARRAY_LEN(whole));
    assert_string_equal(by_day, at_once);
}

/* Evenings in which nearly every slot waits for others on its line, and rotation fills the room
 * that this leaves: where one begins decides what another airs, and that where a third begins. */
static struct world *crowded_evenings(unsigned seed)
{
    struct world *world = world_make(4);
    world_topic(world, "cchc", SIZE_MAX);
    world_quota(world, 0, 36000);
    world->station.separation_us = 0;
    uint64_t random = seed;
    for (unsigned i = 0; i < 60; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        world_segment(world, arena_printf(world->arena, "tin-%02u", i), "tin",
                      i % 2 ? "cchc" : NULL, 20 + (unsigned)(random >> 33) % 150);
    }
    world_segment(world, "song", "ca-nhac", NULL, 240);
    for (unsigned i = 0; i < 6 * 24; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        unsigned any = (unsigned)(random >> 33);
        char *start = arena_printf(world->arena, "2023-05-%uT17:%02u:00", 10 + i / 24, any % 40);
        char *uid = arena_printf(world->arena, "slot-%02u", i % 24);
        struct slot *slot = world_slot(world, uid, start, 3 + any / 40 % 5);
        slot_wants(world, slot, "tin");
        slot_on(world, slot, (const char *[]){"0 1 2 3", "0 1", "1 2", "3"}[any / 200 % 4]);
        slot->start_rule = any / 800 % 5 ? START_SOFT : START_HARD;
        slot->soft_us = 120 * 1000000;
    }
    return world;
}

static void what_waits_one_evening_has_no_say_in_another(void **state)
{
    (void)state;
    static const char *const days[] = {"2023-05-10", "2023-05-11", "2023-05-12", "2023-05-13",
                                       "2023-05-14", "2023-05-15", "2023-05-16"};
    static const char *const whole[] = {"2023-05-10", "2023-05-16"};
    for (unsigned seed = 1; seed <= 40; seed++) {
        AUTO(world_destroy) struct world *world = crowded_evenings(seed);
        AUTO_FREE char *by_day = simulated(world, NULL, days, ARRAY_LEN(days));
        AUTO_FREE char *at_once = simulated(world, NULL, whole, ARRAY_LEN(whole));
        AUTO_FREE char *planned = planned_at_once(world, "2023-05-10", "2023-05-16");
        assert_string_equal(by_day, at_once);
        assert_string_equal(planned, at_once);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(windows_one_after_the_other_are_the_plan_made_at_once),
    cmocka_unit_test(windows_keep_to_hours_modes_and_turns_as_the_plan_made_at_once),
    cmocka_unit_test(the_first_window_goes_on_from_what_is_frozen),
    cmocka_unit_test(what_follows_does_not_depend_on_rounds_that_were_given_up),
    cmocka_unit_test(what_waits_one_evening_has_no_say_in_another),
};
TEST_MAIN(tests)
