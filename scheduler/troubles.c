/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "scheduler/check_int.h"

/* A year of a large station has hundreds of thousands of slots, and perhaps a hundred things
 * that are wrong with them: found by hash, counted, told in the order in which they were met. */

enum { PLACES_MIN = 256 };

static uint64_t hash_text(uint64_t hash, const char *text) /* FNV-1a */
{
    for (; *text; text++) {
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    }
    return (hash ^ 0xff) * 0x100000001b3u; /* no byte of UTF-8: "ab" "c" is not "a" "bc" */
}

/* Where the key is, or would be. */
static uint32_t *troubles_place(const struct troubles *troubles, const char *event,
                                const char *what)
{
    uint64_t hash = hash_text(hash_text(0xcbf29ce484222325u, event), what);
    for (size_t at = (size_t)hash;; at++) {
        uint32_t *place = &troubles->places[at & (troubles->n_places - 1)];
        const struct trouble *trouble = *place ? &troubles->items[*place - 1] : NULL;
        if (!trouble || (strcmp(trouble->event, event) == 0 && strcmp(trouble->what, what) == 0)) {
            return place;
        }
    }
}

static int troubles_make_room(struct troubles *troubles, struct arena *arena)
{
    if (troubles->n_places && 2 * (troubles->n + 1) <= troubles->n_places) {
        return 0;
    }
    size_t n_places = troubles->n_places ? 2 * troubles->n_places : PLACES_MIN;
    uint32_t *places = arena_take(arena, n_places, sizeof *places);
    if (!places) {
        return -ENOMEM;
    }
    troubles->places = places;
    troubles->n_places = n_places;
    for (size_t i = 0; i < troubles->n; i++) {
        *troubles_place(troubles, troubles->items[i].event, troubles->items[i].what) =
            (uint32_t)i + 1;
    }
    return 0;
}

const struct trouble *troubles_find(const struct troubles *troubles, const char *event,
                                    const char *what)
{
    const uint32_t *place = troubles->n_places ? troubles_place(troubles, event, what) : NULL;
    return place && *place ? &troubles->items[*place - 1] : NULL;
}

int troubles_count(struct troubles *troubles, struct arena *arena, const char *event,
                   const char *what, int64_t at_us, struct trouble **ret)
{
    if (troubles_make_room(troubles, arena) < 0) {
        return -ENOMEM;
    }
    uint32_t *place = troubles_place(troubles, event, what);
    if (!*place) {
        struct trouble *items =
            arena_grow(arena, troubles->items, troubles->n, &troubles->capacity, sizeof *items);
        struct trouble trouble = {.event = arena_strdup(arena, event),
                                  .what = arena_strdup(arena, what),
                                  .first_us = at_us,
                                  .last_us = at_us};
        if (!items || !trouble.event || !trouble.what) {
            return -ENOMEM;
        }
        items[troubles->n] = trouble;
        troubles->items = items;
        *place = (uint32_t)++troubles->n;
    }
    struct trouble *trouble = &troubles->items[*place - 1];
    trouble->is_new = trouble->n == 0;
    trouble->n += trouble->is_new || at_us != trouble->last_us;
    trouble->first_us = at_us < trouble->first_us ? at_us : trouble->first_us;
    trouble->last_us = at_us > trouble->last_us ? at_us : trouble->last_us;
    *ret = trouble;
    return 0;
}
