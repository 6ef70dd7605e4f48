/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/cover.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"

/* The first span that ends at or after an instant: it may touch what begins there. */
static size_t first_touching(const struct cover *cover, int64_t from)
{
    size_t low = 0;
    size_t high = cover->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cover->spans[middle].until < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t cover_after(const struct cover *cover, int64_t at)
{
    size_t i = first_touching(cover, at);
    return i + (i < cover->n && cover->spans[i].until == at);
}

int64_t cover_missing(const struct cover *cover, int64_t from, int64_t until)
{
    int64_t missing = 0;
    for (size_t i = first_touching(cover, from); i < cover->n && from < until; i++) {
        const struct cover_span *span = &cover->spans[i];
        if (span->from >= until) {
            break;
        }
        missing += span->from > from ? span->from - from : 0;
        from = span->until > from ? span->until : from;
    }
    return missing + (from < until ? until - from : 0);
}

int cover_add(struct cover *cover, struct arena *arena, int64_t from, int64_t until)
{
    if (from >= until) {
        return 0;
    }
    size_t first = first_touching(cover, from);
    size_t end = first;
    while (end < cover->n && cover->spans[end].from <= until) {
        end++;
    }
    if (end > first) {
        /* The new span and those it touches become one. */
        struct cover_span *into = &cover->spans[first];
        into->from = from < into->from ? from : into->from;
        into->until = until > cover->spans[end - 1].until ? until : cover->spans[end - 1].until;
        memmove(into + 1, &cover->spans[end], (cover->n - end) * sizeof *into);
        cover->n -= end - first - 1;
        return 0;
    }
    struct cover_span *spans =
        arena_grow(arena, cover->spans, cover->n, &cover->capacity, sizeof *spans);
    if (!spans) {
        return -ENOMEM;
    }
    cover->spans = spans;
    memmove(&spans[first + 1], &spans[first], (cover->n - first) * sizeof *spans);
    spans[first] = (struct cover_span){.from = from, .until = until};
    cover->n++;
    return 0;
}

int cover_copy(const struct cover *cover, struct arena *arena, struct cover *ret_copy)
{
    struct cover copy = {0};
    if (cover->n) {
        copy.spans = arena_take(arena, cover->n, sizeof *copy.spans);
        if (!copy.spans) {
            return -ENOMEM;
        }
        memcpy(copy.spans, cover->spans, cover->n * sizeof *copy.spans);
        copy.n = copy.capacity = cover->n;
    }
    *ret_copy = copy;
    return 0;
}

int cover_keep(const struct cover *cover, struct arena *arena, int64_t from,
               struct cover_end *ret_end)
{
    struct cover_end end = {.first = first_touching(cover, from)};
    end.n = cover->n - end.first;
    end.spans = arena_take(arena, end.n, sizeof *end.spans);
    if (!end.spans) {
        return -ENOMEM;
    }
    if (end.n) {
        memcpy(end.spans, &cover->spans[end.first], end.n * sizeof *end.spans);
    }
    *ret_end = end;
    return 0;
}

void cover_restore(struct cover *cover, const struct cover_end *end)
{
    if (end->n) { /* there is room: there was */
        memcpy(&cover->spans[end->first], end->spans, end->n * sizeof *end->spans);
    }
    cover->n = end->first + end->n;
}
