/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

/*
 * Memory that is freed once: everything that one piece of work needs (a station
 * file, one plan, one import) is taken from its arena and goes with it.
 *
 * The memory is zeroed and aligned for any type. Each function returns NULL when
 * the machine is out of memory or the arena's cap is reached. One thread at a time.
 */
struct arena;

/* An arena that will hold at most max_bytes. Given to the caller: arena_destroy(). */
MUST_CHECK struct arena *arena_create(size_t max_bytes);
struct arena *arena_destroy(struct arena *arena); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct arena, arena_destroy)

/* Forget all that was taken. Some of the memory is kept, for work that comes again and again. */
void arena_clear(struct arena *arena);

MUST_CHECK void *arena_take(struct arena *arena, size_t n_items, size_t item_bytes);
MUST_CHECK char *arena_strdup(struct arena *arena, const char *text);
MUST_CHECK char *arena_strndup(struct arena *arena, const char *text, size_t n_bytes);
MUST_CHECK char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* An array that grows: returns the array to use from now on, with room for one
 * more than n items, or NULL. The old memory stays in the arena until it goes. */
MUST_CHECK void *arena_grow(struct arena *arena, void *items, size_t n, size_t *capacity,
                            size_t item_bytes);

#endif
