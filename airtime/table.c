/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/table.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

struct table_slot {
    uint64_t hash;
    const void *key; /* NULL: free */
    size_t n_bytes;
    void *value;
};

/* Eight bytes at a time, because a key may be a set of ten thousand lines. */
static uint64_t hash_of(const void *key, size_t n_bytes)
{
    const unsigned char *bytes = key;
    uint64_t hash = n_bytes;
    for (size_t i = 0; i < n_bytes; i += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, n_bytes - i < 8 ? n_bytes - i : 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 32;
    }
    return hash;
}

/* The slot of a key, or the free one it would take. The table has a free slot. */
static struct table_slot *slot_of(const struct table *table, uint64_t hash, const void *key,
                                  size_t n_bytes)
{
    for (size_t i = hash & (table->n_slots - 1);; i = (i + 1) & (table->n_slots - 1)) {
        struct table_slot *slot = &table->slots[i];
        if (!slot->key || (slot->hash == hash && slot->n_bytes == n_bytes &&
                           memcmp(slot->key, key, n_bytes) == 0)) {
            return slot;
        }
    }
}

void *table_find(const struct table *table, const void *key, size_t n_bytes)
{
    if (table->n_slots == 0) {
        return NULL;
    }
    return slot_of(table, hash_of(key, n_bytes), key, n_bytes)->value;
}

bool table_next(const struct table *table, size_t *at, struct table_entry *ret_entry)
{
    while (*at < table->n_slots) {
        const struct table_slot *slot = &table->slots[(*at)++];
        if (slot->key) {
            *ret_entry = (struct table_entry){slot->key, slot->n_bytes, slot->value};
            return true;
        }
    }
    return false;
}

static int table_make_room(struct table *table)
{
    if (table->n + table->n / 2 + 1 < table->n_slots) {
        return 0;
    }
    struct table larger = {.arena = table->arena, .n = table->n};
    larger.n_slots = table->n_slots ? table->n_slots * 2 : 16;
    larger.slots = arena_take(table->arena, larger.n_slots, sizeof *larger.slots);
    if (!larger.slots) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < table->n_slots; i++) {
        const struct table_slot *slot = &table->slots[i];
        if (slot->key) {
            *slot_of(&larger, slot->hash, slot->key, slot->n_bytes) = *slot;
        }
    }
    *table = larger;
    return 0;
}

int table_put(struct table *table, const void *key, size_t n_bytes, void *value)
{
    int r = table_make_room(table);
    if (r < 0) {
        return r;
    }
    uint64_t hash = hash_of(key, n_bytes);
    struct table_slot *slot = slot_of(table, hash, key, n_bytes);
    if (!slot->key) {
        void *copy = arena_strndup(table->arena, key, n_bytes);
        if (!copy) {
            return -ENOMEM;
        }
        *slot = (struct table_slot){.hash = hash, .key = copy, .n_bytes = n_bytes};
        table->n++;
    }
    slot->value = value;
    return 0;
}
