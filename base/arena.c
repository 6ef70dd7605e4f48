/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 16384, ALIGNMENT = 16 };

struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    _Alignas(16) unsigned char memory[];
};

struct arena {
    struct chunk *chunks; /* the newest first; only it is filled */
    size_t max_bytes;
    size_t bytes_left;
};

struct arena *arena_create(size_t max_bytes)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena) {
        arena->max_bytes = arena->bytes_left = max_bytes;
    }
    return arena;
}

static void free_chunks(struct chunk *chunk)
{
    while (chunk) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

struct arena *arena_destroy(struct arena *arena)
{
    if (arena) {
        free_chunks(arena->chunks);
        free(arena);
    }
    return NULL;
}

void arena_clear(struct arena *arena)
{
    struct chunk *kept = arena->chunks;
    arena->bytes_left = arena->max_bytes;
    if (kept) {
        free_chunks(kept->next);
        kept->next = NULL;
        memset(kept->memory, 0, kept->used);
        kept->used = 0;
    }
}

static struct chunk *arena_chunk(struct arena *arena, size_t bytes)
{
    if (arena->chunks && arena->chunks->size - arena->chunks->used >= bytes) {
        return arena->chunks;
    }
    size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    struct chunk *chunk = calloc(1, sizeof *chunk + size);
    if (chunk) {
        chunk->size = size;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

void *arena_take(struct arena *arena, size_t n_items, size_t item_bytes)
{
    if (item_bytes && n_items > (SIZE_MAX - ALIGNMENT) / item_bytes) {
        return NULL;
    }
    size_t bytes = (n_items * item_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    bytes = bytes ? bytes : ALIGNMENT;
    if (bytes > arena->bytes_left) {
        return NULL;
    }
    struct chunk *chunk = arena_chunk(arena, bytes);
    if (!chunk) {
        return NULL;
    }
    arena->bytes_left -= bytes;
    void *memory = chunk->memory + chunk->used;
    chunk->used += bytes;
    return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t n_bytes)
{
    char *copy = arena_take(arena, n_bytes + 1, 1);
    if (copy) {
        memcpy(copy, text, n_bytes);
    }
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    char shorter[256]; /* than most: these are formatted once */
    va_list args;
    va_start(args, format);
    int n = vsnprintf(shorter, sizeof shorter, format, args);
    va_end(args);
    if (n < 0) {
        return NULL;
    }
    if ((size_t)n < sizeof shorter) {
        return arena_strndup(arena, shorter, (size_t)n);
    }
    char *text = arena_take(arena, (size_t)n + 1, 1);
    if (text) {
        va_start(args, format);
        vsnprintf(text, (size_t)n + 1, format, args);
        va_end(args);
    }
    return text;
}

void *arena_grow(struct arena *arena, void *items, size_t n, size_t *capacity, size_t item_bytes)
{
    if (n < *capacity) {
        return items;
    }
    size_t larger = *capacity ? *capacity * 2 : 4;
    void *grown = arena_take(arena, larger, item_bytes);
    if (grown) {
        if (n) {
            memcpy(grown, items, n * item_bytes);
        }
        *capacity = larger;
    }
    return grown;
}
