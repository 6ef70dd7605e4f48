/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/last_heard.h"

#include <errno.h>
#include <string.h>

#include "airtime/interned.h"
#include "airtime/table.h"
#include "base/arena.h"

/* From here on an array of instants costs less than asking each set of the list. */
enum { LIST_MAX = 64 };

static bool holds(struct line_set set, struct line_set part)
{
    for (size_t i = 0; i < set.n_words; i++) {
        if (part.words[i] & ~set.words[i]) {
            return false;
        }
    }
    return true;
}

static void note_by_line(int64_t *by_line, struct line_set lines, int64_t end_us)
{
    for (size_t i = line_set_next(lines, 0); i != SIZE_MAX; i = line_set_next(lines, i + 1)) {
        by_line[i] = end_us > by_line[i] ? end_us : by_line[i];
    }
}

static int give_up_list(struct last_heard *heard, struct arena *arena, size_t n_lines)
{
    int64_t *by_line = arena_take(arena, n_lines, sizeof *by_line);
    if (!by_line) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n_lines; i++) {
        by_line[i] = INT64_MIN;
    }
    for (size_t i = 0; i < heard->n; i++) {
        note_by_line(by_line, *heard->list[i].lines, heard->list[i].end_us);
    }
    heard->by_line = by_line;
    heard->n = 0;
    return 0;
}

/* Drop what the new entry says better. True: an entry already says the new one. */
static bool merge(struct last_heard *heard, const struct line_set *lines, int64_t end_us)
{
    size_t kept = 0;
    bool known = false;
    for (size_t i = 0; i < heard->n; i++) {
        struct heard_on old = heard->list[i];
        bool same = old.lines == lines;
        if (!known && old.end_us >= end_us && (same || holds(*old.lines, *lines))) {
            known = true;
        } else if (old.end_us <= end_us && (same || holds(*lines, *old.lines))) {
            continue;
        }
        heard->list[kept++] = old;
    }
    heard->n = kept;
    return known;
}

/* Nearly always the latest of all, at the end of the list. */
static int insert(struct last_heard *heard, struct arena *arena, struct heard_on entry)
{
    struct heard_on *list =
        arena_grow(arena, heard->list, heard->n, &heard->capacity, sizeof *list);
    if (!list) {
        return -ENOMEM;
    }
    size_t at = heard->n++;
    for (; at > 0 && list[at - 1].end_us > entry.end_us; at--) {
        list[at] = list[at - 1];
    }
    list[at] = entry;
    heard->list = list;
    return 0;
}

int last_heard_note(struct last_heard *heard, struct arena *arena, const struct line_set *lines,
                    size_t n_lines, int64_t end_us)
{
    if (!heard->anywhere.words) {
        heard->anywhere = line_set_make(arena, n_lines);
        heard->latest_us = end_us;
    }
    if (!heard->anywhere.words) {
        return -ENOMEM;
    }
    line_set_or(heard->anywhere, *lines);
    heard->latest_us = heard->latest_us > end_us ? heard->latest_us : end_us;
    if (!heard->by_line && merge(heard, lines, end_us)) {
        return 0;
    }
    if (!heard->by_line && heard->n == LIST_MAX && give_up_list(heard, arena, n_lines) < 0) {
        return -ENOMEM;
    }
    if (heard->by_line) {
        note_by_line(heard->by_line, *lines, end_us);
        return 0;
    }
    return insert(heard, arena, (struct heard_on){.lines = lines, .end_us = end_us});
}

static int64_t last_by_line(const struct last_heard *heard, struct line_set lines)
{
    int64_t last = INT64_MIN;
    for (size_t i = line_set_next(lines, 0); i != SIZE_MAX && last < heard->latest_us;
         i = line_set_next(lines, i + 1)) {
        last = heard->by_line[i] > last ? heard->by_line[i] : last;
    }
    return last;
}

int64_t last_heard_on(const struct last_heard *heard, struct line_set lines)
{
    if (!heard->anywhere.words || !line_set_meets(lines, heard->anywhere)) {
        return INT64_MIN;
    }
    if (heard->by_line) {
        return last_by_line(heard, lines);
    }
    for (size_t i = heard->n; i > 0; i--) {
        if (line_set_meets(lines, *heard->list[i - 1].lines)) {
            return heard->list[i - 1].end_us;
        }
    }
    return INT64_MIN;
}

int last_heard_copy(const struct last_heard *heard, struct table *line_sets, size_t n_lines,
                    struct last_heard *ret_copy)
{
    struct arena *arena = line_sets->arena;
    struct last_heard copy = {.latest_us = heard->latest_us};
    if (heard->anywhere.words) {
        copy.anywhere = line_set_copy(arena, heard->anywhere);
        if (!copy.anywhere.words) {
            return -ENOMEM;
        }
    }
    if (heard->by_line) {
        copy.by_line = arena_take(arena, n_lines, sizeof *copy.by_line);
        if (!copy.by_line) {
            return -ENOMEM;
        }
        memcpy(copy.by_line, heard->by_line, n_lines * sizeof *copy.by_line);
    }
    if (heard->n) {
        copy.list = arena_take(arena, heard->n, sizeof *copy.list);
        copy.capacity = heard->n;
    }
    for (; copy.n < heard->n && copy.list; copy.n++) {
        const struct line_set *lines =
            interned_lines(line_sets, *heard->list[copy.n].lines, n_lines);
        if (!lines) {
            return -ENOMEM;
        }
        copy.list[copy.n] = (struct heard_on){.lines = lines, .end_us = heard->list[copy.n].end_us};
    }
    *ret_copy = copy;
    return copy.n == heard->n ? 0 : -ENOMEM;
}

int last_heard_keep(const struct last_heard *heard, struct arena *arena, size_t n_lines,
                    struct last_heard_kept *ret_kept)
{
    struct last_heard contents = {0};
    if (heard->anywhere.words) {
        contents.anywhere = line_set_copy(arena, heard->anywhere);
        contents.list = arena_take(arena, heard->n, sizeof *contents.list);
        contents.by_line =
            heard->by_line ? arena_take(arena, n_lines, sizeof *contents.by_line) : NULL;
        if (!contents.anywhere.words || !contents.list || (heard->by_line && !contents.by_line)) {
            return -ENOMEM;
        }
    }
    if (heard->n) {
        memcpy(contents.list, heard->list, heard->n * sizeof *contents.list);
    }
    if (heard->by_line) {
        memcpy(contents.by_line, heard->by_line, n_lines * sizeof *contents.by_line);
    }
    *ret_kept = (struct last_heard_kept){.as_it_was = *heard, .contents = contents};
    return 0;
}

void last_heard_restore(struct last_heard *heard, const struct last_heard_kept *kept,
                        size_t n_lines)
{
    *heard = kept->as_it_was;
    if (heard->anywhere.words) {
        memcpy(heard->anywhere.words, kept->contents.anywhere.words,
               heard->anywhere.n_words * sizeof *heard->anywhere.words);
    }
    if (heard->n) {
        memcpy(heard->list, kept->contents.list, heard->n * sizeof *heard->list);
    }
    if (heard->by_line) {
        memcpy(heard->by_line, kept->contents.by_line, n_lines * sizeof *heard->by_line);
    }
}
