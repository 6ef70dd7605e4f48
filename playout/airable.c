/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/airable.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "station/station.h"

static const size_t AIRABLE_MAX_BYTES = (size_t)256 << 20;

static bool holds(const struct segment *const *items, size_t n, const struct segment *segment)
{
    for (size_t i = 0; i < n; i++) {
        if (items[i] == segment) {
            return true;
        }
    }
    return false;
}

static int compare_codes(const void *a, const void *b)
{
    const struct segment *x = *(const struct segment *const *)a;
    const struct segment *y = *(const struct segment *const *)b;
    return strcmp(x->code, y->code);
}

/* The versions that the ladders come to, each once, by code. Ladders are few and alike, however
 * many lines there are. */
static bool find_rungs(const struct station *station, const struct segments *segments,
                       struct arena *scratch, const struct segment *const **ret_items,
                       size_t *ret_n)
{
    const struct segment **items = NULL;
    size_t n = 0;
    size_t capacity = 0;
    for (size_t line = 0; line < station->n_lines; line++) {
        for (size_t i = 0; i < station->lines[line].n_fallback; i++) {
            const char *code = station->lines[line].fallback[i].segment_code;
            const struct segment *segment = code ? segments_find_airable(segments, code) : NULL;
            if (!segment || holds(items, n, segment)) {
                continue;
            }
            items = arena_grow(scratch, items, n, &capacity, sizeof(const struct segment *));
            if (!items) {
                return false;
            }
            items[n++] = segment;
        }
    }
    if (n) {
        qsort(items, n, sizeof(const struct segment *), compare_codes);
    }
    *ret_items = items;
    *ret_n = n;
    return true;
}

static bool copy_ladder(struct airable *airable, const struct station *station,
                        const struct segments *segments)
{
    AUTO(arena_destroy) struct arena *scratch = arena_create(AIRABLE_MAX_BYTES);
    const struct segment *const *rungs = NULL;
    size_t n = 0;
    if (!scratch || !find_rungs(station, segments, scratch, &rungs, &n)) {
        return false;
    }
    struct segment *items = arena_take(airable->arena, n + 1, sizeof *items);
    for (size_t i = 0; items && i < n; i++) {
        const struct segment *copy = segment_copy(airable->arena, rungs[i]);
        if (!copy) {
            return false;
        }
        items[i] = *copy;
    }
    airable->ladder = (struct segments){.items = items, .n = n};
    return items != NULL;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool list_withdrawn(struct airable *airable, const struct segments *segments)
{
    size_t n = 0;
    for (size_t i = 0; i < segments->n; i++) {
        n += segments->items[i].state == SEGMENT_WITHDRAWN;
    }
    int64_t *ids = arena_take(airable->arena, n + 1, sizeof *ids);
    if (!ids) {
        return false;
    }
    n = 0;
    for (size_t i = 0; i < segments->n; i++) {
        if (segments->items[i].state == SEGMENT_WITHDRAWN) {
            ids[n++] = segments->items[i].id;
        }
    }
    qsort(ids, n, sizeof *ids, compare_ids);
    airable->withdrawn = ids;
    airable->n_withdrawn = n;
    return true;
}

struct airable *airable_create(const struct station *station, const struct segments *segments)
{
    static const struct segments none = {0};
    struct arena *arena = arena_create(AIRABLE_MAX_BYTES);
    struct airable *airable = arena ? arena_take(arena, 1, sizeof *airable) : NULL;
    if (!airable) {
        arena_destroy(arena);
        return NULL;
    }
    *airable = (struct airable){.n_holders = 1, .arena = arena};
    bool whole = copy_ladder(airable, station, segments ? segments : &none) &&
                 list_withdrawn(airable, segments ? segments : &none);
    return whole ? airable : airable_release(airable);
}

struct airable *airable_hold(struct airable *airable)
{
    airable->n_holders++;
    return airable;
}

struct airable *airable_release(struct airable *airable)
{
    if (airable && --airable->n_holders == 0) {
        arena_destroy(airable->arena); /* it lies there itself */
    }
    return NULL;
}

bool airable_is_withdrawn(const struct airable *airable, int64_t segment_id)
{
    return airable->n_withdrawn && bsearch(&segment_id, airable->withdrawn, airable->n_withdrawn,
                                           sizeof *airable->withdrawn, compare_ids);
}
