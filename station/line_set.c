/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "station/line_set.h"

#include <string.h>

#include "base/arena.h"

struct line_set line_set_make(struct arena *arena, size_t n_lines)
{
    struct line_set set = {.n_words = line_set_n_words(n_lines)};
    set.words = arena_take(arena, set.n_words, sizeof *set.words);
    if (!set.words) {
        set.n_words = 0;
    }
    return set;
}

struct line_set line_set_copy(struct arena *arena, struct line_set set)
{
    struct line_set copy = line_set_make(arena, set.n_words * 64);
    if (copy.words && set.n_words) {
        memcpy(copy.words, set.words, set.n_words * sizeof *set.words);
    }
    return copy;
}

void line_set_add(struct line_set set, size_t line)
{
    set.words[line / 64] |= (uint64_t)1 << line % 64;
}

void line_set_remove(struct line_set set, size_t line)
{
    set.words[line / 64] &= ~((uint64_t)1 << line % 64);
}

bool line_set_has(struct line_set set, size_t line)
{
    return line / 64 < set.n_words && (set.words[line / 64] >> line % 64 & 1);
}

void line_set_fill(struct line_set set, size_t n_lines)
{
    for (size_t i = 0; i < set.n_words; i++) {
        size_t left = n_lines > i * 64 ? n_lines - i * 64 : 0;
        set.words[i] = left >= 64 ? UINT64_MAX : ((uint64_t)1 << left) - 1;
    }
}

void line_set_clear(struct line_set set)
{
    if (set.n_words) {
        memset(set.words, 0, set.n_words * sizeof *set.words);
    }
}

void line_set_or(struct line_set into, struct line_set other)
{
    for (size_t i = 0; i < into.n_words; i++) {
        into.words[i] |= other.words[i];
    }
}

void line_set_and(struct line_set into, struct line_set other)
{
    for (size_t i = 0; i < into.n_words; i++) {
        into.words[i] &= other.words[i];
    }
}

void line_set_minus(struct line_set into, struct line_set other)
{
    for (size_t i = 0; i < into.n_words; i++) {
        into.words[i] &= ~other.words[i];
    }
}

bool line_set_is_empty(struct line_set set)
{
    return line_set_next(set, 0) == SIZE_MAX;
}

bool line_set_equal(struct line_set a, struct line_set b)
{
    return a.n_words == b.n_words &&
           (a.n_words == 0 || memcmp(a.words, b.words, a.n_words * sizeof *a.words) == 0);
}

bool line_set_meets(struct line_set a, struct line_set b)
{
    for (size_t i = 0; i < a.n_words; i++) {
        if (a.words[i] & b.words[i]) {
            return true;
        }
    }
    return false;
}

size_t line_set_count(struct line_set set)
{
    size_t count = 0;
    for (size_t i = 0; i < set.n_words; i++) {
        count += (size_t)__builtin_popcountll(set.words[i]);
    }
    return count;
}

size_t line_set_next(struct line_set set, size_t from)
{
    for (size_t i = from / 64; i < set.n_words; i++) {
        uint64_t word = set.words[i];
        if (i == from / 64) {
            word &= UINT64_MAX << from % 64;
        }
        if (word) {
            return i * 64 + (size_t)__builtin_ctzll(word);
        }
    }
    return SIZE_MAX;
}
