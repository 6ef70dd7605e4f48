/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_PLAYOUT_REVISING_H
#define TESTS_UNIT_PLAYOUT_REVISING_H

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/frames.h"
#include "playout/airable.h"
#include "playout/engine.h"
#include "tests/fakes/stage.h"
#include "tests/test.h"

/* An engine whose plan is replaced while it plays a stage. */

enum { T0 = 1000000 };

static inline struct plan_item *slot(struct stage *stage, size_t copy, int64_t start,
                                     uint64_t lines)
{
    struct plan_item *item = stage_item(stage, copy, start, lines);
    item->slot_start_us = frames_to_us(start);
    return item;
}

/* The stage's items first .. first + n and its levels as a plan in its own memory, so that a
 * sanitizer sees whether it was freed, and who asks for it then. */
static inline struct plan *plan_of(const struct stage *stage, size_t first, size_t n)
{
    struct arena *arena = arena_create(1 << 20);
    assert_non_null(arena);
    struct plan *plan = arena_take(arena, 1, sizeof *plan);
    struct plan_item *items = arena_take(arena, n + 1, sizeof *items);
    assert_true(plan && items);
    memcpy(items, stage->items + first, n * sizeof *items);
    *plan = stage->plan;
    plan->arena = arena;
    plan->items = items;
    plan->n_items = n;
    return plan;
}

static inline struct engine *engine_with(struct stage *stage, enum engine_mode mode,
                                         struct plan *plan)
{
    struct engine_options options = stage_options(stage, mode);
    struct engine *engine = NULL;
    assert_int_equal(engine_create(&options, &engine, NULL), 0);
    assert_int_equal(engine_give_plan(engine, plan, NULL, NULL), 0);
    return engine;
}

/* Up to a frame; live, as the clock would have it: what starts by `until` has been opened soon
 * after the beginning. What cannot be opened is noticed with the next frame only. */
static inline void play_to(struct engine *engine, int64_t frame, int64_t until)
{
    do {
        int64_t next = engine_position(engine) + 1;
        assert_int_equal(engine_advance_to(engine, next < frame ? next : frame, NULL), 0);
        if (!engine_is_ready(engine, until)) {
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        }
    } while (!engine_is_ready(engine, until));
    assert_int_equal(engine_advance_to(engine, frame, NULL), 0);
}

static inline void revise(struct engine *engine, struct plan *plan, int64_t from_frame)
{
    assert_int_equal(engine_revise(engine, plan, NULL, NULL, frames_to_us(from_frame), NULL), 0);
}

/* As the library is now. */
static inline void revise_with(struct engine *engine, const struct stage *stage, struct plan *plan,
                               int64_t from_frame)
{
    struct airable *airable = airable_create(&stage->station, &stage->segments);
    assert_non_null(airable);
    assert_int_equal(engine_revise(engine, plan, NULL, airable, frames_to_us(from_frame), NULL), 0);
}

static inline void assert_copy(const struct stage *stage, size_t copy, int64_t k, int64_t from,
                               int64_t until)
{
    for (int64_t frame = from; frame < until; frame++) {
        assert_true(stage_caught(stage, 0, frame, 0) == stage_sample(copy, k + frame - from));
    }
}

static inline void assert_silence(const struct stage *stage, int64_t from, int64_t until)
{
    for (int64_t frame = from; frame < until; frame++) {
        assert_true(stage_caught(stage, 0, frame, 0) == 0);
    }
}

static inline struct stage *stage_with_copies(void)
{
    struct stage *stage = stage_create(1);
    stage_copy(stage, 1, 24000);
    stage_copy(stage, 1, 12000);
    stage_catch(stage, T0, 96000);
    return stage;
}

#endif
