/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_SCHEDULER_FORECASTS_H
#define TESTS_UNIT_SCHEDULER_FORECASTS_H

#include "tests/test.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/frames.h"
#include "scheduler/forecast_int.h"
#include "tests/fakes/plan_world.h"

/* Worlds whose quotas are forecast: slots by the day, and questions. */

/* What a test asks of 2023. */
struct ask_for {
    const char *now;
    bool is_past;
};

static inline int world_expand(void *context, int64_t from_us, int64_t to_us, struct arena *arena,
                               struct slots *ret_slots, struct fault *reterr)
{
    (void)reterr;
    struct world *world = context;
    struct slots slots = {.items = arena_take(arena, world->n_slots + 1, sizeof *slots.items),
                          .modes = world->mode_slots,
                          .n_modes = world->n_mode_slots};
    if (!slots.items) {
        return -1;
    }
    for (size_t i = 0; i < world->n_slots; i++) {
        const struct slot *slot = &world->slots[i];
        if (slot->start_us >= from_us && slot->start_us < to_us) {
            slots.items[slots.n++] = *slot;
        }
    }
    *ret_slots = slots;
    return 0;
}

static inline struct forecast forecast_of(struct world *world, struct ask_for ask)
{
    struct fault fault = {0};
    struct forecast forecast = {0};
    struct segments segments = world_segments(world);
    struct planner_inputs inputs = {.station = &world->station,
                                    .segments = &segments,
                                    .db = world->db};
    struct slot_source source = {.expand = world_expand, .context = world};
    struct forecast_question question = {.from_us = at_us("2023-01-01"),
                                         .until_us = at_us("2024-01-01"),
                                         .now_us = at_us(ask.now),
                                         .is_past = ask.is_past};
    if (forecast_from_slots(&inputs, &source, &question, world->arena, &forecast, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    return forecast;
}

static inline struct forecast_line only_line(struct world *world, const char *now)
{
    struct forecast forecast = forecast_of(world, (struct ask_for){.now = now});
    assert_int_equal(forecast.n, 1);
    return forecast.items[0];
}

/* Give a topic one more quota. */
static inline void quota(struct world *world, size_t topic, const char *from, const char *until,
                         struct quota_def amounts)
{
    struct topic_def *def = &world->topics[topic];
    struct quota_def *quotas = arena_take(world->arena, def->n_quotas + 1, sizeof *quotas);
    assert_non_null(quotas);
    for (size_t i = 0; i < def->n_quotas; i++) {
        quotas[i] = def->quotas[i];
    }
    quotas[def->n_quotas] = amounts;
    quotas[def->n_quotas].period = from;
    quotas[def->n_quotas].from_us = at_us(from);
    quotas[def->n_quotas].until_us = at_us(until);
    def->quotas = quotas;
    def->n_quotas++;
}

static inline void year_quota(struct world *world, size_t topic, struct quota_def amounts)
{
    quota(world, topic, "2023-01-01", "2024-01-01", amounts);
}

/* So many recordings "PREFIX-00" …; every one takes a minute. */
static inline void recordings(struct world *world, const char *prefix, const char *kind,
                              const char *topic, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        world_segment(world, arena_printf(world->arena, "%s-%02u", prefix, i), kind, topic, 60);
    }
}

/* A slot a day for so many days from a date; returns the first. */
static inline struct slot *daily(struct world *world, const char *uid, const char *first,
                                 unsigned days, double minutes)
{
    struct slot *begin = &world->slots[world->n_slots];
    for (unsigned i = 0; i < days; i++) {
        struct slot *slot = world_slot(world, uid, first, minutes);
        slot->start_us += i * 24LL * 3600 * 1000000;
        slot->end_us += i * 24LL * 3600 * 1000000;
        slot->recurrence_us = slot->start_us;
    }
    return begin;
}

static inline void each_wants(struct world *world, struct slot *first, const char *ids)
{
    for (struct slot *slot = first; slot < &world->slots[world->n_slots]; slot++) {
        slot_wants(world, slot, ids);
    }
}

static inline void each_by_clock(struct world *world, struct slot *first, size_t clock)
{
    for (struct slot *slot = first; slot < &world->slots[world->n_slots]; slot++) {
        slot->clock = clock;
    }
}

/* One topic, reform, and a slot of so many minutes every day of January. */
static inline struct world *reform(double minutes)
{
    struct world *world = world_make(2);
    world_topic(world, "reform", SIZE_MAX);
    each_wants(world, daily(world, "news", "2023-01-01T17:00", 31, minutes), "tin reform");
    return world;
}

#endif
