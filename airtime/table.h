/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_TABLE_H
#define AIRTIME_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;

/*
 * A hash table from bytes to pointers, all in one arena: segments by code, line
 * sets by what they hold. Nothing is removed; the table goes with its arena.
 * Start from {.arena = …}.
 */
struct table {
    struct arena *arena;
    struct table_slot *slots;
    size_t n_slots; /* a power of two, or 0 */
    size_t n;
};

/* The value under a key, or NULL. */
void *table_find(const struct table *table, const void *key, size_t n_bytes);
/* Walk a table, in no order: start with *at = 0; false when there is no more. The key is borrowed.
 *     for (size_t at = 0; table_next(&table, &at, &entry);) */
struct table_entry {
    const void *key;
    size_t n_bytes;
    void *value;
};
bool table_next(const struct table *table, size_t *at, struct table_entry *ret_entry);
/* Set the value under a key; the key is copied, the value is kept. -ENOMEM. */
MUST_CHECK int table_put(struct table *table, const void *key, size_t n_bytes, void *value);

#endif
