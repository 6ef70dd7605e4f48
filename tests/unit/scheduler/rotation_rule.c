/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/frames.h"
#include "base/zone.h"
#include "tests/fakes/plan_world.h"

/* What rotation chooses, against the rule of docs/decisions/rotation.md once more, as simply as
 * it can be said: every recording is asked every question. Random worlds, with the seed printed:
 * LOA_SEED=… runs one again. */

enum { N_LINES = 5, N_RECORDINGS = 40, N_SLOTS = 150, N_ROUNDS = 40, N_TOPICS = 5, DAY_S = 86400 };

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

/* -- a world in which no slot meets another ------------------------------------- */

static const char *const topic_ids[N_TOPICS] = {"t0", "t1", "t2", "t3", "t4"};
static struct kind_def kinds[WORLD_MAX];

static void some_lines(struct line_set lines)
{
    line_set_clear(lines);
    for (unsigned k = 1 + below(2 * N_LINES); k > 0; k--) {
        line_set_add(lines, below(N_LINES));
    }
}

static void add_topics(struct world *world)
{
    for (size_t i = 0; i < N_TOPICS; i++) {
        size_t topic =
            world_topic(world, topic_ids[i], below(2) && i ? below((unsigned)i) : SIZE_MAX);
        if (below(3)) {
            world_quota(world, topic, below(4) ? 200 + below(20000) : 0);
            world->quotas[topic].features = below(2) * below(20);
            world->quotas[topic].items = below(2) * below(40);
            if (below(3) == 0) {
                world->quotas[topic].from_us = at_us("2023-05-13");
                world->quotas[topic].until_us = at_us("2023-05-17");
            }
        }
    }
}

static void add_hours(struct world *world)
{
    memcpy(kinds, world->station.kinds, world->station.n_kinds * sizeof *kinds);
    for (size_t k = 0; k < world->station.n_kinds; k++) {
        if (below(3) == 0) {
            int from = (int)below(1200);
            kinds[k].hours =
                world_hours(world, from, from + 1 + (int)below(1440u - (unsigned)from));
        }
    }
    world->station.kinds = kinds;
}

static void add_recordings(struct world *world)
{
    static const char *const of[] = {"chuyen-muc", "tin",     "tin",      "bai",
                                     "bai",        "ca-nhac", "nhac-hieu"};
    for (unsigned i = 0; i < N_RECORDINGS; i++) {
        const char *kind = of[below(ARRAY_LEN(of))];
        const char *topic = below(4) ? topic_ids[below(N_TOPICS)] : NULL;
        double seconds = below(3) ? 20 + below(300) : 30 * (1 + below(6));
        struct segment *segment =
            world_segment(world, arena_printf(world->arena, "r-%02u", i), kind, topic, seconds);
        segment->frames += below(3) ? 0 : below(AIR_RATE);
        if (below(5) == 0) {
            segment->valid_from_us = at_us("2023-05-10") + (int64_t)below(5 * DAY_S) * 1000000;
            segment->valid_until_us = segment->valid_from_us + (int64_t)below(5 * DAY_S) * 1000000;
        }
    }
}

static void add_modes(struct world *world)
{
    static const char *const withheld[] = {"tin", "bai ca-nhac", "chuyen-muc tin bai", "ca-nhac"};
    for (unsigned i = below(6); i > 0; i--) {
        struct slot *mode =
            world_mode(world, withheld[below(ARRAY_LEN(withheld))], "2023-05-10", "2023-05-10");
        mode->start_us += (int64_t)below(10 * DAY_S) * 1000000 + below(1000000);
        mode->end_us = mode->start_us + 1 + (int64_t)below(below(2) ? 300 : DAY_S) * 1000000;
        if (below(3)) {
            some_lines(mode->lines);
        }
    }
}

static void add_slots(struct world *world, const size_t *clocks, unsigned n_clocks)
{
    static const char *const wants[] = {"tin",        "bai tin", "t0",     "t1 t2 bai",
                                        "chuyen-muc", "tin t3",  "bai t4", "ca-nhac t0"};
    int64_t at = at_us("2023-05-10");
    for (unsigned i = 0; i < N_SLOTS; i++) {
        struct slot *slot =
            world_slot(world, arena_printf(world->arena, "slot-%03u", i), "2023-05-10", 1);
        at += (int64_t)below(3 * 3600) * 1000000;
        int64_t length = (int64_t)(10 + below(below(2) ? 400 : 2000)) * 1000000 + below(1000000);
        slot->start_us = slot->recurrence_us = at;
        slot->end_us = at += length;
        at -= at % 1000000 - 1000000;
        some_lines(slot->lines);
        if (below(4) == 0) {
            slot->clock = clocks[below(n_clocks)];
        }
        if (below(5)) {
            slot_wants(world, slot, wants[below(ARRAY_LEN(wants))]);
        }
    }
}

static struct world *random_world(uint64_t seed)
{
    random_state = seed;
    struct world *world = world_make(N_LINES);
    for (size_t l = 0; l < N_LINES; l++) {
        world->lines[l].hours = world_hours(world, 0, 1440);
    }
    world->station.separation_us = (int64_t)below(below(2) ? 3600 : DAY_S) * 1000000;
    world->station.rotation = below(4) ? ROTATION_QUOTA : ROTATION_TURN;
    world->station.filler = below(3) ? "ca-nhac" : NULL;
    add_topics(world);
    add_hours(world);
    add_recordings(world);
    add_modes(world);
    const size_t clocks[] = {world_clock(world, "a", "2 tin, 1 bai"),
                             world_clock(world, "b", "1 chuyen-muc, 3 bai, * tin"),
                             world_clock(world, "c", "* bai")};
    add_slots(world, clocks, ARRAY_LEN(clocks));
    return world;
}

/* -- what is known so far --------------------------------------------------------- */

struct reached {
    int64_t frames;
    int64_t features;
    int64_t items;
};

struct rule {
    struct world *world;
    const struct plan *plan;
    const struct slot *slot;
    size_t item; /* of the plan: what comes next */
    int position;
    int64_t zero_frame; /* a midnight */
    int64_t now_frame;
    int64_t heard_us[N_RECORDINGS][N_LINES];
    bool was_whole[N_RECORDINGS];
    bool is_counted[N_RECORDINGS];
    bool is_chosen[N_RECORDINGS]; /* in this slot */
    struct reached reached[N_TOPICS];
};

static size_t parent_of(const struct rule *rule, size_t topic)
{
    return rule->world->topics[topic].parent;
}

static size_t topic_of(const struct rule *rule, size_t r)
{
    const char *topic = rule->world->segments[r].topic;
    return topic ? station_find_topic(&rule->world->station, topic) : SIZE_MAX;
}

static size_t kind_of(const struct rule *rule, size_t r)
{
    return station_find_kind(&rule->world->station, rule->world->segments[r].kind);
}

static int64_t last_us(const struct rule *rule, size_t r)
{
    int64_t last = INT64_MIN;
    for (size_t l = 0; l < N_LINES; l++) {
        bool here = line_set_has(rule->slot->lines, l);
        last = here && rule->heard_us[r][l] > last ? rule->heard_us[r][l] : last;
    }
    return last;
}

static void count_time(struct rule *rule, size_t topic, int64_t from_frame, int64_t until_frame)
{
    for (; topic != SIZE_MAX; topic = parent_of(rule, topic)) {
        const struct topic_def *def = &rule->world->topics[topic];
        if (def->n_quotas) {
            int64_t from = frames_from_us(def->quotas->from_us);
            int64_t until = frames_from_us(def->quotas->until_us);
            from = from > from_frame ? from : from_frame;
            until = until < until_frame ? until : until_frame;
            rule->reached[topic].frames += until > from ? until - from : 0;
        }
    }
}

static void count_first(struct rule *rule, size_t r, int64_t end_us)
{
    enum counts_as counts = kinds[kind_of(rule, r)].counts;
    for (size_t topic = topic_of(rule, r); topic != SIZE_MAX; topic = parent_of(rule, topic)) {
        const struct topic_def *def = &rule->world->topics[topic];
        if (def->n_quotas && end_us > def->quotas->from_us && end_us <= def->quotas->until_us) {
            rule->reached[topic].features += counts == COUNTS_FEATURE;
            rule->reached[topic].items += counts == COUNTS_ITEM;
        }
    }
}

/* -- the questions ----------------------------------------------------------------- */

static bool is_wanted(const struct rule *rule, size_t kind, size_t r)
{
    const struct slot *slot = rule->slot;
    size_t own = kind_of(rule, r);
    bool counts = kinds[own].counts != COUNTS_NOTHING;
    bool kind_fits = kind == SIZE_MAX ? slot->n_kinds == 0 && counts : own == kind;
    bool topic_fits = slot->n_topics == 0 || !counts;
    for (size_t i = 0; kind == SIZE_MAX && i < slot->n_kinds; i++) {
        kind_fits |= slot->kinds[i] == own;
    }
    for (size_t i = 0; i < slot->n_topics; i++) {
        for (size_t t = topic_of(rule, r); t != SIZE_MAX; t = parent_of(rule, t)) {
            topic_fits |= t == slot->topics[i];
        }
    }
    return kind_fits && topic_fits;
}

/* Of one day: no kind's hours go over midnight. */
static bool is_in_hours(const struct rule *rule, size_t r, int64_t from_frame, int64_t until_frame)
{
    struct hours hours = kinds[kind_of(rule, r)].hours;
    int64_t day = (from_frame - rule->zero_frame) / AIR_RATE / DAY_S * DAY_S;
    int64_t open = rule->zero_frame + day * AIR_RATE;
    return hours.n == 0 ||
           (from_frame >= open + hours.ranges->from_min * 60LL * AIR_RATE &&
            until_frame <= open + hours.ranges->until_min * 60LL * AIR_RATE) ||
           (hours.ranges->from_min == 0 && hours.ranges->until_min == 1440);
}

static bool is_withheld(const struct rule *rule, size_t r, size_t line, int64_t from_frame,
                        int64_t until_frame)
{
    for (size_t i = 0; i < rule->world->n_mode_slots; i++) {
        const struct slot *mode = &rule->world->mode_slots[i];
        for (size_t k = 0; k < mode->mode->n_withholds; k++) {
            if (mode->mode->withholds[k] == kind_of(rule, r) && line_set_has(mode->lines, line) &&
                frames_from_us(mode->start_us) < until_frame &&
                frames_from_us(mode->end_us) > from_frame) {
                return true;
            }
        }
    }
    return false;
}

static bool has_whole_line(const struct rule *rule, size_t r, int64_t from_frame,
                           int64_t until_frame)
{
    for (size_t l = 0; l < N_LINES; l++) {
        if (line_set_has(rule->slot->lines, l) &&
            !is_withheld(rule, r, l, from_frame, until_frame)) {
            return true;
        }
    }
    return false;
}

static bool may_be_chosen(const struct rule *rule, size_t kind, size_t r)
{
    const struct segment *segment = &rule->world->segments[r];
    int64_t at_us = frames_to_us(rule->now_frame);
    int64_t end_frame = rule->now_frame + segment->frames;
    int64_t last = last_us(rule, r);
    return is_wanted(rule, kind, r) && end_frame <= frames_from_us(rule->slot->end_us) &&
           at_us >= segment->valid_from_us && at_us < segment->valid_until_us &&
           is_in_hours(rule, r, rule->now_frame, end_frame) &&
           has_whole_line(rule, r, rule->now_frame, end_frame) && !rule->is_chosen[r] &&
           (last == INT64_MIN || at_us - last >= rule->world->station.separation_us);
}

static double share(int64_t asked, int64_t reached, double gone)
{
    return asked > 0 ? gone - (double)reached / (double)asked : -INFINITY;
}

static double behind(const struct rule *rule, size_t r)
{
    int64_t at_us = frames_to_us(rule->now_frame);
    enum counts_as counts = kinds[kind_of(rule, r)].counts;
    double most = -INFINITY;
    for (size_t t = topic_of(rule, r); t != SIZE_MAX && isinf(most); t = parent_of(rule, t)) {
        const struct topic_def *def = &rule->world->topics[t];
        const struct quota_def *quota = def->quotas;
        if (!def->n_quotas || at_us < quota->from_us || at_us >= quota->until_us) {
            continue;
        }
        double gone = (double)(at_us - quota->from_us) / (double)(quota->until_us - quota->from_us);
        const struct reached *reached = &rule->reached[t];
        most = share(quota->seconds * AIR_RATE, reached->frames, gone);
        most = counts == COUNTS_FEATURE
                   ? fmax(most, share(quota->features, reached->features, gone))
               : counts == COUNTS_ITEM ? fmax(most, share(quota->items, reached->items, gone))
                                       : most;
    }
    return rule->world->station.rotation == ROTATION_QUOTA ? most : -INFINITY;
}

static bool is_new(const struct rule *rule, size_t r)
{
    return rule->world->station.rotation == ROTATION_QUOTA && !rule->was_whole[r];
}

/* The first of those that may be chosen; recordings lie by code. SIZE_MAX: none. */
static size_t first_of(const struct rule *rule, const bool may[static N_RECORDINGS])
{
    size_t first = SIZE_MAX;
    for (size_t r = 0; r < N_RECORDINGS; r++) {
        if (!may[r]) {
            continue;
        }
        double more = first == SIZE_MAX ? 0 : behind(rule, r) - behind(rule, first);
        bool same = first != SIZE_MAX && behind(rule, r) == behind(rule, first);
        if (first == SIZE_MAX || (!same && more > 0) ||
            (same && (is_new(rule, r) > is_new(rule, first) ||
                      (is_new(rule, r) == is_new(rule, first) &&
                       last_us(rule, r) < last_us(rule, first))))) {
            first = r;
        }
    }
    return first;
}

static bool is_last_place(const struct rule *rule, const bool may[static N_RECORDINGS])
{
    int64_t room = frames_from_us(rule->slot->end_us) - rule->now_frame;
    const struct segment *segments = rule->world->segments;
    for (size_t a = 0; a < N_RECORDINGS; a++) {
        for (size_t b = 0; b < a; b++) {
            if (may[a] && may[b] && segments[a].frames + segments[b].frames <= room) {
                return false;
            }
        }
    }
    return true;
}

static bool is_due(const struct rule *rule, size_t r, size_t first)
{
    int64_t at_us = frames_to_us(rule->now_frame);
    int64_t longest = last_us(rule, first);
    int64_t last = last_us(rule, r);
    return last == INT64_MIN || (longest != INT64_MIN && 2 * (at_us - last) >= at_us - longest);
}

static size_t should_be_chosen(const struct rule *rule, size_t kind)
{
    bool may[N_RECORDINGS];
    for (size_t r = 0; r < N_RECORDINGS; r++) {
        may[r] = may_be_chosen(rule, kind, r);
    }
    size_t first = first_of(rule, may);
    if (first == SIZE_MAX || !is_last_place(rule, may)) {
        return first;
    }
    const struct segment *segments = rule->world->segments;
    int64_t longest = 0;
    for (size_t r = 0; r < N_RECORDINGS; r++) {
        may[r] = may[r] && behind(rule, r) == behind(rule, first) &&
                 is_new(rule, r) == is_new(rule, first) && is_due(rule, r, first);
        longest = may[r] && segments[r].frames > longest ? segments[r].frames : longest;
    }
    for (size_t r = 0; r < N_RECORDINGS; r++) {
        may[r] = may[r] && segments[r].frames == longest;
    }
    return first_of(rule, may);
}

/* -- against the plan ----------------------------------------------------------------- */

static _Noreturn void differ(const struct rule *rule, const char *expected)
{
    const struct plan_item *item =
        rule->item < rule->plan->n_items ? &rule->plan->items[rule->item] : NULL;
    char time[ZONE_INSTANT_MAX];
    zone_format_instant(frames_to_us(rule->now_frame), time);
    fail_msg("%s, position %d, %s: expected %s, not %s of %s", rule->slot->uid, rule->position,
             time, expected, item ? item->segment_code : "the end", item ? item->slot_uid : "");
    abort();
}

static const struct plan_item *next_item(const struct rule *rule)
{
    const struct plan_item *item =
        rule->item < rule->plan->n_items ? &rule->plan->items[rule->item] : NULL;
    return item && strcmp(item->slot_uid, rule->slot->uid) == 0 ? item : NULL;
}

/* Of the next position what sounds, if anything does, else what says that nothing does; NULL: the
 * slot is over. Lines that a mode keeps from hearing a recording have an item too. */
static const struct plan_item *next_position(const struct rule *rule)
{
    const struct plan_item *first = next_item(rule);
    const struct plan_item *end = rule->plan->items + rule->plan->n_items;
    for (const struct plan_item *item = first; item && item < end; item++) {
        if (strcmp(item->slot_uid, first->slot_uid) != 0 || item->position != first->position) {
            break;
        }
        if (item->n_frames) {
            return item;
        }
    }
    return first;
}

/* All pieces of the next position: note who has heard what. */
static void hear(struct rule *rule, size_t r)
{
    const struct segment *segment = &rule->world->segments[r];
    int64_t start_frame = rule->now_frame;
    int64_t heard_until = start_frame;
    int64_t whole_us = INT64_MIN;
    const struct plan_item *item = next_position(rule);
    bool is_programme = item->state == PLAN_PLANNED;
    for (; (item = next_item(rule)) && item->position == rule->position; rule->item++) {
        int64_t end_frame = item->start_frame + item->n_frames;
        int64_t end_us = frames_to_us(end_frame);
        if (!item->n_frames) {
            continue; /* a mode keeps it from some lines */
        }
        assert_int_equal(item->start_frame - item->offset_frames, start_frame);
        for (size_t l = line_set_next(item->lines, 0); l != SIZE_MAX;
             l = line_set_next(item->lines, l + 1)) {
            int64_t *heard = &rule->heard_us[r][l];
            *heard = end_us > *heard ? end_us : *heard;
        }
        if (is_programme && end_frame > heard_until) {
            int64_t from = item->start_frame > heard_until ? item->start_frame : heard_until;
            count_time(rule, topic_of(rule, r), from, end_frame);
            heard_until = end_frame;
        }
        if (item->n_frames == segment->frames) {
            whole_us = end_us;
        }
    }
    rule->position++;
    rule->now_frame = start_frame + segment->frames;
    if (whole_us != INT64_MIN) {
        rule->was_whole[r] = true;
        if (is_programme && !rule->is_counted[r]) {
            rule->is_counted[r] = true;
            count_first(rule, r, whole_us);
        }
    }
}

/* False: nothing could be chosen. */
static bool follow_choice(struct rule *rule, size_t kind, bool says_so)
{
    size_t expected = should_be_chosen(rule, kind);
    const struct plan_item *item = next_position(rule);
    bool is_here = item && item->position == rule->position;
    if (expected == SIZE_MAX) {
        if (says_so && (!is_here || item->state != PLAN_UNFILLED)) {
            differ(rule, "nothing to choose");
        }
        if (says_so) {
            rule->item++;
            rule->position++;
        }
        return false;
    }
    const char *code = rule->world->segments[expected].code;
    if (!is_here || item->state != PLAN_PLANNED || strcmp(item->segment_code, code) != 0) {
        differ(rule, code);
    }
    rule->is_chosen[expected] = true;
    hear(rule, expected);
    return true;
}

static bool filler_may_sound(const struct rule *rule, size_t r, int64_t frame)
{
    return is_in_hours(rule, r, frame, frame + 1) && has_whole_line(rule, r, frame, frame + 1);
}

static size_t filler_that_should_sound(const struct rule *rule, int64_t frame)
{
    int64_t at_us = frames_to_us(frame);
    size_t best = SIZE_MAX;
    for (size_t r = 0; r < N_RECORDINGS; r++) {
        const struct segment *segment = &rule->world->segments[r];
        if (strcmp(segment->kind, "ca-nhac") == 0 && at_us >= segment->valid_from_us &&
            at_us < segment->valid_until_us &&
            (best == SIZE_MAX || last_us(rule, r) < last_us(rule, best))) {
            best = r;
        }
    }
    return best;
}

/* What is left: filler to the end. */
static void follow_filler(struct rule *rule)
{
    const struct plan_item *item;
    while ((item = next_position(rule))) {
        int64_t at_frame = item->start_frame - item->offset_frames;
        size_t expected = filler_that_should_sound(rule, at_frame);
        if (expected == SIZE_MAX || item->state != PLAN_FILLER ||
            item->position != rule->position ||
            strcmp(item->segment_code, rule->world->segments[expected].code) != 0 ||
            !filler_may_sound(rule, expected, at_frame) ||
            (at_frame > rule->now_frame && filler_may_sound(rule, expected, rule->now_frame) &&
             filler_may_sound(rule, expected, rule->now_frame + AIR_RATE - 1))) {
            differ(rule, expected == SIZE_MAX ? "silence" : rule->world->segments[expected].code);
        }
        rule->now_frame = at_frame;
        hear(rule, expected);
        rule->now_frame = rule->now_frame < frames_from_us(rule->slot->end_us)
                              ? rule->now_frame
                              : frames_from_us(rule->slot->end_us);
    }
}

static void follow_slot(struct rule *rule, const struct slot *slot)
{
    static const struct clock_step everything = {.kind = SIZE_MAX};
    const struct station *station = &rule->world->station;
    bool has_clock = slot->clock != SIZE_MAX;
    const struct clock_step *steps = has_clock ? station->clocks[slot->clock].steps : &everything;
    size_t n_steps = has_clock ? station->clocks[slot->clock].n_steps : 1;
    rule->slot = slot;
    rule->position = 0;
    rule->now_frame = frames_from_us(slot->start_us);
    memset(rule->is_chosen, 0, sizeof rule->is_chosen);
    for (size_t i = 0; i < n_steps; i++) {
        for (int c = 0; c < steps[i].count; c++) {
            follow_choice(rule, steps[i].kind, true);
        }
        bool is_first = n_steps == 1;
        while (steps[i].count == 0 && follow_choice(rule, steps[i].kind, is_first)) {
            is_first = false;
        }
    }
    follow_filler(rule);
}

static void every_choice_is_the_rules(void **state)
{
    (void)state;
    uint64_t seed = seed_now();
    for (uint64_t round = 0; round < N_ROUNDS; round++) {
        AUTO(world_destroy) struct world *world = random_world(seed + round);
        AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-06-10");
        struct rule rule = {.world = world, .plan = plan, .zero_frame = at_frame("2023-05-10")};
        for (size_t r = 0; r < N_RECORDINGS; r++) {
            for (size_t l = 0; l < N_LINES; l++) {
                rule.heard_us[r][l] = INT64_MIN;
            }
        }
        for (size_t i = 0; i < world->n_slots; i++) {
            follow_slot(&rule, &world->slots[i]);
        }
        assert_int_equal(rule.item, plan->n_items);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_choice_is_the_rules),
};
TEST_MAIN(tests)
