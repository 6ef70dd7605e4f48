/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FAKES_STAGE_H
#define TESTS_FAKES_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/segment.h"
#include "playout/engine.h"
#include "scheduler/plan.h"
#include "station/station.h"
#include "tests/fakes/temp_dir.h"

/*
 * A station, its prepared copies and a plan, made by hand, and everything that an
 * engine does with them caught: each line's samples and every event as a line of text.
 *
 * Every sample of a copy tells which frame of which copy it is: sample k of the n-th
 * copy is stage_sample(n, k), never 0 and the same on both sides of a stereo copy but
 * for the sign.
 */
enum {
    STAGE_LINES_MAX = 64,
    STAGE_ITEMS_MAX = 256,
    STAGE_COPIES_MAX = 8,
    STAGE_LEVELS_MAX = 256,
    STAGE_EVENTS_MAX = 4096,
    STAGE_EVENT_MAX = 160
};

struct stage {
    char dir[TEMP_DIR_MAX];
    struct station station;
    struct line_def lines[STAGE_LINES_MAX];
    char line_ids[STAGE_LINES_MAX][24];
    struct segment copies[STAGE_COPIES_MAX];
    char codes[STAGE_COPIES_MAX][2];
    size_t n_copies;
    struct segments segments;
    struct plan plan;
    const struct plan *plan_list;
    struct plan_item items[STAGE_ITEMS_MAX];
    uint64_t item_lines[STAGE_ITEMS_MAX];
    struct plan_level levels[STAGE_LEVELS_MAX];
    /* what was caught */
    float *caught[STAGE_LINES_MAX]; /* stereo, from catch_from on; NULL: not watched */
    int64_t catch_from;
    int64_t catch_frames;
    int64_t carried_until[STAGE_LINES_MAX]; /* one past the last frame carried */
    char events[STAGE_EVENTS_MAX][STAGE_EVENT_MAX];
    size_t n_events;
    size_t n_unplayable;
};

/* A station of n lines, all open at 0 dB from the beginning of time. Given to the caller. */
struct stage *stage_create(size_t n_lines);
struct stage *stage_destroy(struct stage *stage);

/* The n-th copy's file: frames of 1 or 2 channels. Returns its segment (code "a", "b" …). */
const struct segment *stage_copy(struct stage *stage, int channels, int64_t frames);
/* Of a copy only the frames [in, out) air from now on. */
void stage_cue(struct stage *stage, size_t copy, int64_t in_frame, int64_t out_frame);
float stage_sample(size_t copy, int64_t k);

/* Plan a copy, whole, on the lines of a bit mask; change what the test is about in what is
 * returned. Items must be added by start. */
struct plan_item *stage_item(struct stage *stage, size_t copy, int64_t start_frame, uint64_t lines);
void stage_level(struct stage *stage, size_t line, int64_t from_frame, bool open, double gain_db);

/* Catch each line's samples of these frames. */
void stage_catch(struct stage *stage, int64_t from_frame, int64_t frames);
/* The left (0) or right (1) sample of a line that was caught at a frame. */
float stage_caught(const struct stage *stage, size_t line, int64_t frame, int side);

/* The options of an engine that plays this stage into it, starting at catch_from. */
struct engine_options stage_options(struct stage *stage, enum engine_mode mode);
/* Create, lend the plan, advance to `until`, stop at once, destroy. Aborts on failure. */
struct engine_counts stage_play(struct stage *stage, enum engine_mode mode, int64_t until);

/* The text of the i-th event: "100 start a lines=0,2 offset=5 programme" or
 * "120 end a frames=20 complete"; "" past the last. Frames count from catch_from. */
const char *stage_event(const struct stage *stage, size_t i);

/* The stage's plan as the list that render_line() takes; lives as long as the stage. */
const struct plan *const *stage_plans(struct stage *stage);

#endif
