/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/frames.h"
#include "tests/fakes/plan_world.h"

/* Random days, with the seed printed: LOA_SEED=… runs one again. */

enum { N_LINES = 70, N_SLOTS = 60, DAY_SECONDS = 86400, N_ROUNDS = 12 };

static uint64_t random_state;

static unsigned below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

static uint64_t seed_now(void)
{
    const char *text = getenv("LOA_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    return seed;
}

static const char *const codes[] = {"a-tin",  "b-tin",    "c-bai",    "d-chuyen-muc",
                                    "e-tune", "f-notice", "g-notice", "h-khan-cap"};

static void add_recordings(struct world *world)
{
    static const char *const kinds[] = {"tin",       "tin",       "bai",       "chuyen-muc",
                                        "nhac-hieu", "thong-bao", "thong-bao", "khan-cap"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        world_segment(world, codes[i], kinds[i], NULL, 5 + below(900));
    }
    world_segment(world, "x-song", "ca-nhac", NULL, 200 + below(100));
    world_segment(world, "y-song", "ca-nhac", NULL, 20 + below(100));
}

static struct slot *add_slot(struct world *world, unsigned i)
{
    char *uid = arena_printf(world->arena, "slot-%u", i);
    struct slot *slot = world_slot(world, uid, "2023-05-10", 1);
    slot->start_us += (int64_t)below(DAY_SECONDS) * 1000000;
    slot->recurrence_us = slot->start_us;
    slot->end_us = slot->start_us + (int64_t)(30 + below(7200)) * 1000000;
    slot->priority = below(4) ? 5 + (int)below(5) : 1 + (int)below(4);
    slot->layer = below(2);
    line_set_clear(slot->lines);
    for (unsigned k = 1 + below(N_LINES); k > 0; k--) {
        line_set_add(slot->lines, below(N_LINES));
    }
    struct attachment *list = arena_take(world->arena, 5, sizeof *list);
    slot->n_attachments = 1 + below(5);
    for (size_t k = 0; k < slot->n_attachments; k++) {
        list[k] = (struct attachment){.text = codes[below(ARRAY_LEN(codes))]};
    }
    slot->attachments = list;
    return slot;
}

static struct world *random_world(uint64_t seed)
{
    random_state = seed;
    struct world *world = world_make(N_LINES);
    for (size_t l = 0; l < N_LINES; l++) {
        int opens = 4 * 60 + (int)below(4) * 30;
        world->lines[l].hours = world_hours(world, opens, opens + 15 * 60);
    }
    add_recordings(world);
    for (unsigned i = 0; i < N_SLOTS; i++) {
        add_slot(world, i);
    }
    return world;
}

/* -- the rules once more, as simply as they can be said ---------------------- */

static const struct segment *recording(const struct world *world, const char *code)
{
    for (size_t i = 0; i < world->n_segments; i++) {
        if (strcmp(world->segments[i].code, code) == 0) {
            return &world->segments[i];
        }
    }
    abort();
}

static int rank(const struct slot *slot)
{
    return slot->priority > 5 ? 5 : slot->priority;
}

static bool is_emergency(const struct slot *slot)
{
    bool named = false;
    for (size_t k = 0; k < slot->n_attachments; k++) {
        named = named || strcmp(slot->attachments[k].text, "h-khan-cap") == 0;
    }
    return named && slot->priority == 1;
}

static const int64_t MIDNIGHT_US = 1683651600000000; /* 2023-05-10T00:00+07:00 */

static int64_t second_of(int64_t us)
{
    return (us - MIDNIGHT_US) / 1000000;
}

/* When a slot lets go of its lines. */
static int64_t end_second(const struct world *world, const struct slot *slot)
{
    int64_t content = 0;
    bool notice = true;
    for (size_t k = 0; k < slot->n_attachments; k++) {
        const struct segment *segment = recording(world, slot->attachments[k].text);
        content += segment->frames / AIR_RATE;
        notice = notice && (strcmp(segment->kind, "thong-bao") == 0 ||
                            strcmp(segment->kind, "nhac-hieu") == 0 ||
                            strcmp(segment->kind, "khan-cap") == 0);
    }
    int64_t content_end = second_of(slot->start_us) + content;
    int64_t end = second_of(slot->end_us);
    return (notice || rank(slot) < 5) && content_end < end ? content_end : end;
}

static bool beats(const struct slot *a, const struct slot *b)
{
    if (rank(a) != rank(b)) {
        return rank(a) < rank(b);
    }
    if (a->start_us != b->start_us) {
        return a->start_us > b->start_us;
    }
    return a->layer != b->layer ? a->layer > b->layer : strcmp(a->uid, b->uid) < 0;
}

/* The kind of what a slot plays at a second; NULL: filler. */
static const char *kind_at(const struct world *world, const struct slot *slot, int64_t second)
{
    int64_t at = second_of(slot->start_us);
    for (size_t k = 0; k < slot->n_attachments; k++) {
        const struct segment *segment = recording(world, slot->attachments[k].text);
        at += segment->frames / AIR_RATE;
        if (second < at) {
            return segment->kind;
        }
    }
    return NULL;
}

/* Who should be heard on a line at a second; NULL: nobody. */
static const struct slot *expected_at(const struct world *world, const int64_t *ends, size_t line,
                                      int64_t second)
{
    const struct slot *best = NULL;
    bool open = hours_hold(world->lines[line].hours, (int)(second / 60 % 1440));
    for (size_t i = 0; i < world->n_slots; i++) {
        const struct slot *slot = &world->slots[i];
        if (line_set_has(slot->lines, line) && second >= second_of(slot->start_us) &&
            second < ends[i] && (open || is_emergency(slot)) && (!best || beats(slot, best))) {
            best = slot;
        }
    }
    if (best && !open) {
        const char *kind = kind_at(world, best, second);
        return kind && strcmp(kind, "khan-cap") == 0 ? best : NULL;
    }
    return best;
}

static const struct plan_item *heard_at(const struct plan *plan, size_t line, int64_t second)
{
    int64_t frame = frames_from_us(MIDNIGHT_US) + second * AIR_RATE;
    for (size_t i = 0; i < plan->n_items && plan->items[i].start_frame <= frame; i++) {
        const struct plan_item *item = &plan->items[i];
        if (frame < item->start_frame + item->n_frames && line_set_has(item->lines, line)) {
            return item;
        }
    }
    return NULL;
}

static void check_against_rules(const struct world *world, const struct plan *plan)
{
    int64_t ends[N_SLOTS];
    for (size_t i = 0; i < N_SLOTS; i++) {
        ends[i] = end_second(world, &world->slots[i]);
    }
    for (int checks = 0; checks < 4000; checks++) {
        size_t line = below(N_LINES);
        int64_t second = below(DAY_SECONDS);
        const struct slot *expected = expected_at(world, ends, line, second);
        const struct plan_item *heard = heard_at(plan, line, second);
        if ((expected != NULL) != (heard != NULL) ||
            (expected && strcmp(expected->uid, heard->slot_uid) != 0)) {
            fail_msg("line %zu at second %lld: %s should be heard, not %s", line, (long long)second,
                     expected ? expected->uid : "nothing", heard ? heard->slot_uid : "nothing");
        }
    }
}

static void every_second_is_the_best_slots_and_nobody_elses(void **state)
{
    (void)state;
    uint64_t seed = seed_now();
    for (uint64_t round = 0; round < N_ROUNDS; round++) {
        AUTO(world_destroy) struct world *world = random_world(seed + round);
        AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
        plan_assert_sound(plan);
        check_against_rules(world, plan);
    }
}

/* -- what must hold whatever the rules ---------------------------------------- */

/* Up to three at once, on some lines, of a few seconds to a day. */
static void add_modes(struct world *world)
{
    static const char *const withheld[] = {"ca-nhac nhac-hieu", "tin", "thong-bao bai", "ca-nhac"};
    for (unsigned i = below(4); i > 0; i--) {
        struct slot *mode =
            world_mode(world, withheld[below(ARRAY_LEN(withheld))], "2023-05-09", "2023-05-09");
        mode->start_us += (int64_t)below(2 * DAY_SECONDS) * 1000000 + below(1000000);
        mode->end_us = mode->start_us + 1 + (int64_t)below(DAY_SECONDS) * 1000000;
        mode->layer = below(2);
        mode->state = below(8) ? SLOT_CONFIRMED : SLOT_TENTATIVE;
        if (below(2)) {
            line_set_clear(mode->lines);
            for (unsigned k = 1 + below(2 * N_LINES); k > 0; k--) {
                line_set_add(mode->lines, below(N_LINES));
            }
        }
    }
}

/* Any start, any overrun, clocks, rotation, repeats and modes too. */
static struct world *wild_world(uint64_t seed)
{
    struct world *world = random_world(seed);
    size_t topic = world_topic(world, "cchc", SIZE_MAX);
    world_quota(world, topic, 360000);
    add_modes(world);
    size_t clock = world_clock(world, "c", "segment:e-tune, 2 tin, * bai, 1 chuyen-muc");
    for (unsigned i = 0; i < 40; i++) {
        world_segment(world, arena_printf(world->arena, "r-%u", i), below(2) ? "bai" : "tin",
                      below(2) ? "cchc" : NULL, 5 + below(300))
            ->frames += below(AIR_RATE);
    }
    for (size_t i = 0; i < world->n_slots; i++) {
        struct slot *slot = &world->slots[i];
        slot->start_us += below(1000000);
        slot->start_rule = (enum start_rule)below(3);
        slot->soft_us = (int64_t)below(300) * 1000000;
        slot->overrun_rule = (enum overrun_rule)below(3);
        slot->state = below(8) ? SLOT_CONFIRMED : (enum slot_state)below(4);
        switch (below(4)) {
        case 0:
            slot->clock = clock;
            break;
        case 1:
            slot->n_attachments = 0;
            slot_wants(world, slot, below(2) ? "cchc" : "tin bai");
            break;
        case 2:
            slot->repeat_of = world->slots[below(N_SLOTS)].uid;
            break;
        default:
            break;
        }
    }
    return world;
}

static void shuffle_slots(struct world *world)
{
    for (size_t i = world->n_slots; i > 1; i--) {
        size_t k = below((unsigned)i);
        struct slot slot = world->slots[i - 1];
        world->slots[i - 1] = world->slots[k];
        world->slots[k] = slot;
    }
}

static void assert_same_plan(const struct plan *a, const struct plan *b)
{
    assert_int_equal(a->n_items, b->n_items);
    for (size_t i = 0; i < a->n_items; i++) {
        const struct plan_item *x = &a->items[i];
        const struct plan_item *y = &b->items[i];
        assert_int_equal(x->start_frame, y->start_frame);
        assert_int_equal(x->n_frames, y->n_frames);
        assert_string_equal(x->reason, y->reason);
    }
    AUTO_FREE char *first = plan_text(a);
    AUTO_FREE char *second = plan_text(b);
    assert_string_equal(first, second);
}

/* Pieces of one item agree about when its first frame is due. */
static void assert_one_timeline(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_items; i++) {
        for (size_t k = i + 1; k < plan->n_items; k++) {
            const struct plan_item *a = &plan->items[i];
            const struct plan_item *b = &plan->items[k];
            if (a->n_frames && b->n_frames && a->position == b->position &&
                strcmp(a->slot_uid, b->slot_uid) == 0) {
                assert_int_not_equal(a->piece, b->piece);
                assert_int_equal(a->start_frame - a->offset_frames,
                                 b->start_frame - b->offset_frames);
            }
        }
    }
}

static void any_slots_in_any_order_make_one_plan_without_overlap(void **state)
{
    (void)state;
    uint64_t seed = seed_now();
    for (uint64_t round = 0; round < N_ROUNDS; round++) {
        AUTO(world_destroy) struct world *world = wild_world(seed + round);
        AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
        plan_assert_sound(plan);
        assert_one_timeline(plan);
        shuffle_slots(world);
        AUTO(plan_destroy) struct plan *again = world_plan(world, "2023-05-10", "2023-05-11");
        assert_same_plan(plan, again);
    }
}

/* -- a province ---------------------------------------------------------------- */

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void ten_thousand_lines_in_two_hundred_zones_cost_little(void **state)
{
    (void)state;
    random_state = 1;
    AUTO(world_destroy) struct world *world = world_make(10000);
    world_segment(world, "song", "ca-nhac", NULL, 240);
    world_segment(world, "long", "bai", NULL, 600);
    struct slot *programme = world_slot(world, "programme", "2023-05-10T17:00", 30);
    slot_attach(world, programme, "long");
    for (unsigned zone = 0; zone < 200; zone++) {
        char *code = arena_printf(world->arena, "notice-%u", zone);
        world_segment(world, code, "thong-bao", NULL, 20 + below(60));
        struct slot *slot = world_slot(world, code, "2023-05-10T17:05", 5);
        slot_attach(world, slot, code);
        line_set_clear(slot->lines);
        for (size_t l = zone * 50; l < (zone + 1) * 50; l++) {
            line_set_add(slot->lines, l);
        }
    }
    double before = cpu_seconds();
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-11");
    double taken = cpu_seconds() - before;
    plan_assert_sound(plan);
    printf("%zu items in %.0f ms\n", plan->n_items, taken * 1000);
    /* 200 notices; the programme before them, and after each of at most 60 lengths. */
    assert_in_range(plan->n_items, 201, 600);
    assert_true(taken < 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_second_is_the_best_slots_and_nobody_elses),
    cmocka_unit_test(any_slots_in_any_order_make_one_plan_without_overlap),
    cmocka_unit_test(ten_thousand_lines_in_two_hundred_zones_cost_little),
};
TEST_MAIN(tests)
