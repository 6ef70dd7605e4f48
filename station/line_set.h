/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_LINE_SET_H
#define STATION_LINE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;

/*
 * A set of a station's lines, one bit a line, by the line's index in
 * `struct station`. Ten thousand lines are 1,250 bytes, and the planner's and
 * mixer's questions are a few machine words each. Sets that are combined must be
 * of the same station; a set is plain data in the arena it was made in.
 */
struct line_set {
    uint64_t *words;
    size_t n_words;
};

static inline size_t line_set_n_words(size_t n_lines)
{
    return (n_lines + 63) / 64;
}

/* An empty set for n_lines lines. words is NULL when out of memory (or n_lines is 0). */
struct line_set line_set_make(struct arena *arena, size_t n_lines);
struct line_set line_set_copy(struct arena *arena, struct line_set set);

void line_set_add(struct line_set set, size_t line);
void line_set_remove(struct line_set set, size_t line);
bool line_set_has(struct line_set set, size_t line);
void line_set_fill(struct line_set set, size_t n_lines); /* every line */
void line_set_clear(struct line_set set);

/* into op= other */
void line_set_or(struct line_set into, struct line_set other);
void line_set_and(struct line_set into, struct line_set other);
void line_set_minus(struct line_set into, struct line_set other);

bool line_set_is_empty(struct line_set set);
bool line_set_equal(struct line_set a, struct line_set b);
bool line_set_meets(struct line_set a, struct line_set b); /* has a line in common */
size_t line_set_count(struct line_set set);

/* The first member at or after `from`, or SIZE_MAX:
 *     for (size_t l = line_set_next(s, 0); l != SIZE_MAX; l = line_set_next(s, l + 1)) */
size_t line_set_next(struct line_set set, size_t from);

#endif
