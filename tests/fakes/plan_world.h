/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_PLAN_WORLD_H
#define TESTS_FAKES_PLAN_WORLD_H

#include "media/segment.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/plan.h"
#include "station/station.h"

struct arena;
struct db;

/*
 * A station, a library and slots made by hand, so that a test of the planner reads as
 * the story it is about. Zone Asia/Ho_Chi_Minh, lines l0, l1 …, open 05:00-21:00, filler
 * ca-nhac, separation 20 h, layers regular and campaign. Texts are borrowed; everything
 * aborts on failure.
 */
enum { WORLD_SLOTS_MAX = 4096, WORLD_SEGMENTS_MAX = 2048, WORLD_MAX = 32 };

struct world {
    struct arena *arena;
    struct station station;
    struct line_def *lines;
    struct topic_def topics[WORLD_MAX];
    struct quota_def quotas[WORLD_MAX];
    struct clock_def clocks[WORLD_MAX];
    struct layer_def layers[WORLD_MAX];
    struct mode_def modes[WORLD_MAX];
    struct slot mode_slots[WORLD_MAX];
    size_t n_mode_slots;
    struct segment segments[WORLD_SEGMENTS_MAX];
    size_t n_segments;
    struct slot slots[WORLD_SLOTS_MAX];
    size_t n_slots;
    struct db *db; /* NULL: nothing has aired */
};

struct world *world_make(size_t n_lines);
struct world *world_destroy(struct world *world);
DEFINE_AUTO(struct world, world_destroy)

/* "2023-05-10T17:00:30" of the station's clock, in microseconds UTC and in frames. */
int64_t at_us(const char *text);
int64_t at_frame(const char *text);

size_t world_topic(struct world *world, const char *id, size_t parent);
/* One quota for the year 2023. */
void world_quota(struct world *world, size_t topic, int64_t seconds);
/* Steps as the station file writes them: "segment:tune, 3 tin, * thong-bao". */
size_t world_clock(struct world *world, const char *id, const char *steps);
/* A mode "Quốc tang" of its own that withholds these kinds, by id, from..until on every line. */
struct slot *world_mode(struct world *world, const char *kinds, const char *from,
                        const char *until);
struct hours world_hours(struct world *world, int from_min, int until_min);

/* An approved mono recording that may always air; kind and topic by id. */
struct segment *world_segment(struct world *world, const char *code, const char *kind,
                              const char *topic, double seconds);
/* How long what is of a kind sounds under what follows it. */
void world_crossfade(struct world *world, const char *kind, double seconds);
/* A confirmed slot on every line, normal priority, layer 0, rotation over everything. */
struct slot *world_slot(struct world *world, const char *uid, const char *start, double minutes);
void slot_on(struct world *world, struct slot *slot, const char *lines);     /* "0 2 3" */
void slot_attach(struct world *world, struct slot *slot, const char *codes); /* "a b c" */
/* A new slot that has those. */
struct slot *world_attached(struct world *world, const char *uid, const char *start, double minutes,
                            const char *codes);
void slot_wants(struct world *world, struct slot *slot, const char *ids); /* kinds, topics */

struct slots world_slots(struct world *world);
/* plan_from_slots() over what the world holds, with what the database has. */
struct plan *world_plan(struct world *world, const char *from, const char *to);

/* Give the world a database of its own, in memory, with its recordings in it. */
void world_open_db(struct world *world);
struct segments world_segments(struct world *world); /* sorted */

/*
 * A plan as text, one line an item; times of day, seconds:
 *     17:00:00 60s tune l0-3                     complete
 *     17:01:00 30s@10 news l0,2 cut in0.2 out2 repeat filler
 *     17:02:00 unfilled (title) l0: reason
 * Given to the caller: free().
 */
char *plan_text(const struct plan *plan);

/* Fails the test, saying where, unless the plan keeps what plan.h promises. */
void plan_assert_sound(const struct plan *plan);

#endif
