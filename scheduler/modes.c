/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/planner_int.h"

/* What may not be heard, where and when? A mode is declared for a time and a set of lines, and
 * withholds whole kinds; so there are few holds, however many lines, slots and recordings. */

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* By mode and lines. Modes lie in one array. */
static int compare_places(const struct hold *a, const struct hold *b)
{
    if (a->mode != b->mode) {
        return a->mode < b->mode ? -1 : 1;
    }
    return a->lines.words == b->lines.words
               ? 0
               : memcmp(a->lines.words, b->lines.words, a->lines.n_words * sizeof(uint64_t));
}

static int compare_by_place(const void *a, const void *b)
{
    int order = compare_places(a, b);
    return order ? order
                 : compare_i64(((const struct hold *)a)->from_frame,
                               ((const struct hold *)b)->from_frame);
}

static int compare_by_start(const void *a, const void *b)
{
    int order =
        compare_i64(((const struct hold *)a)->from_frame, ((const struct hold *)b)->from_frame);
    return order ? order : compare_places(a, b);
}

/* One hold for what touches on the same lines. */
static void holds_join(struct holds *holds)
{
    size_t kept = 0;
    qsort(holds->items, holds->n, sizeof *holds->items, compare_by_place);
    for (size_t i = 0; i < holds->n; i++) {
        struct hold *last = kept ? &holds->items[kept - 1] : NULL;
        const struct hold *hold = &holds->items[i];
        if (!last || compare_places(last, hold) != 0 || last->until_frame < hold->from_frame) {
            holds->items[kept++] = *hold;
        } else if (hold->until_frame > last->until_frame) {
            last->until_frame = hold->until_frame;
        }
    }
    holds->n = kept;
    qsort(holds->items, holds->n, sizeof *holds->items, compare_by_start);
}

int holds_make(const struct station *station, const struct slots *slots, struct arena *arena,
               struct holds *ret_holds)
{
    struct holds holds = {0};
    if (slots->n_modes == 0) {
        *ret_holds = holds;
        return 0;
    }
    holds.items = arena_take(arena, slots->n_modes, sizeof *holds.items);
    holds.last_until_frame = arena_take(arena, slots->n_modes, sizeof *holds.last_until_frame);
    holds.room = line_set_make(arena, station->n_lines);
    if (!holds.items || !holds.last_until_frame || (station->n_lines && !holds.room.words)) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < slots->n_modes; i++) {
        const struct slot *slot = &slots->modes[i];
        if (slot_may_air(station, slot)) {
            holds.items[holds.n++] = (struct hold){.from_frame = frames_from_us(slot->start_us),
                                                   .until_frame = frames_from_us(slot->end_us),
                                                   .lines = slot->lines,
                                                   .mode = slot->mode};
        }
    }
    if (holds.n) {
        holds_join(&holds);
    }
    for (size_t i = 0; i < holds.n; i++) {
        int64_t last = i ? holds.last_until_frame[i - 1] : INT64_MIN;
        holds.last_until_frame[i] =
            holds.items[i].until_frame > last ? holds.items[i].until_frame : last;
    }
    *ret_holds = holds;
    return 0;
}

static bool mode_withholds(const struct mode_def *mode, size_t kind)
{
    for (size_t i = 0; i < mode->n_withholds; i++) {
        if (mode->withholds[i] == kind) {
            return true;
        }
    }
    return false;
}

size_t holds_before(const struct holds *holds, int64_t until_frame)
{
    size_t low = 0;
    size_t high = holds->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (holds->items[middle].from_frame < until_frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t holds_overlap(const struct holds *holds, size_t before, size_t kind, int64_t from_frame)
{
    for (size_t i = before; i > 0 && holds->last_until_frame[i - 1] > from_frame; i--) {
        if (holds->items[i - 1].until_frame > from_frame &&
            mode_withholds(holds->items[i - 1].mode, kind)) {
            return i - 1;
        }
    }
    return SIZE_MAX;
}

void holds_take(const struct holds *holds, size_t kind, int64_t from_frame, int64_t until_frame,
                struct line_set lines)
{
    size_t i = holds_before(holds, until_frame);
    while ((i = holds_overlap(holds, i, kind, from_frame)) != SIZE_MAX) {
        line_set_minus(lines, holds->items[i].lines);
    }
}

void holds_leave_silent(const struct holds *holds, size_t kind, int64_t from_frame,
                        int64_t until_frame, struct line_set lines)
{
    size_t i = holds_before(holds, until_frame);
    while ((i = holds_overlap(holds, i, kind, from_frame)) != SIZE_MAX) {
        const struct hold *hold = &holds->items[i];
        if (hold->from_frame <= from_frame && hold->until_frame >= until_frame) {
            line_set_minus(lines, hold->lines);
        }
    }
}

int64_t holds_free_frame(const struct holds *holds, size_t kind, struct line_set lines,
                         int64_t frame)
{
    if (holds->n == 0 || line_set_is_empty(lines)) {
        return frame;
    }
    for (;;) {
        int64_t next = INT64_MAX;
        line_set_clear(holds->room);
        line_set_or(holds->room, lines);
        size_t i = holds_before(holds, frame + 1);
        while ((i = holds_overlap(holds, i, kind, frame)) != SIZE_MAX) {
            const struct hold *hold = &holds->items[i];
            line_set_minus(holds->room, hold->lines);
            if (line_set_meets(hold->lines, lines) && hold->until_frame < next) {
                next = hold->until_frame;
            }
        }
        if (!line_set_is_empty(holds->room)) {
            return frame;
        }
        frame = next;
    }
}

bool holds_spoil(const struct holds *holds, size_t kind, struct line_set lines, int64_t from_frame,
                 int64_t until_frame)
{
    if (holds->n == 0) {
        return false;
    }
    line_set_clear(holds->room);
    line_set_or(holds->room, lines);
    holds_take(holds, kind, from_frame, until_frame, holds->room);
    return line_set_is_empty(holds->room);
}

int plan_make_withheld(const struct station *station, const struct holds *holds, struct plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < holds->n; i++) {
        n += holds->items[i].mode->n_withholds;
    }
    if (n == 0) {
        return 0;
    }
    struct plan_withheld *withheld = arena_take(plan->arena, n, sizeof *withheld);
    if (!withheld) {
        return -ENOMEM;
    }
    n = 0;
    for (size_t i = 0; i < holds->n; i++) {
        const struct hold *hold = &holds->items[i];
        struct line_set lines = line_set_copy(plan->arena, hold->lines);
        for (size_t k = 0; k < hold->mode->n_withholds; k++) {
            const char *kind = station->kinds[hold->mode->withholds[k]].id;
            withheld[n] = (struct plan_withheld){.from_frame = hold->from_frame,
                                                 .until_frame = hold->until_frame,
                                                 .lines = lines,
                                                 .kind = arena_strdup(plan->arena, kind)};
            if (!lines.words || !withheld[n++].kind) {
                return -ENOMEM;
            }
        }
    }
    plan->withheld = withheld;
    plan->n_withheld = n;
    return 0;
}
