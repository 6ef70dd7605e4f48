/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "playout/engine_int.h"

struct checked_copy {
    char air_sha256[HASH_HEX_MAX]; /* "": free */
    int64_t frames;
};

struct copy_list {
    struct checked_copy *copies;
    size_t n;
    size_t capacity; /* a power of two, more than n */
};

struct copy_list *copy_list_create(void)
{
    return calloc(1, sizeof(struct copy_list));
}

struct copy_list *copy_list_destroy(struct copy_list *list)
{
    if (list) {
        free(list->copies);
        free(list);
    }
    return NULL;
}

/* Where a hash is, or would be put. A SHA-256 is as good a hash as any: its first digits
 * pick the place. */
static struct checked_copy *copy_list_place(struct checked_copy *copies, size_t capacity,
                                            const char *air_sha256, int64_t frames)
{
    char digits[9] = "";
    memcpy(digits, air_sha256, sizeof digits - 1);
    size_t at = strtoul(digits, NULL, 16) & (capacity - 1);
    while (*copies[at].air_sha256 &&
           (copies[at].frames != frames || strcmp(copies[at].air_sha256, air_sha256) != 0)) {
        at = (at + 1) & (capacity - 1);
    }
    return &copies[at];
}

bool copy_list_has(const struct copy_list *list, const char *air_sha256, int64_t frames)
{
    return list->n &&
           *copy_list_place(list->copies, list->capacity, air_sha256, frames)->air_sha256;
}

static bool copy_list_grow(struct copy_list *list)
{
    size_t capacity = list->capacity ? 2 * list->capacity : 256;
    struct checked_copy *copies = calloc(capacity, sizeof *copies);
    if (!copies) {
        return false;
    }
    for (size_t i = 0; i < list->capacity; i++) {
        const struct checked_copy *copy = &list->copies[i];
        if (*copy->air_sha256) {
            *copy_list_place(copies, capacity, copy->air_sha256, copy->frames) = *copy;
        }
    }
    free(list->copies);
    list->copies = copies;
    list->capacity = capacity;
    return true;
}

/* Short of memory, a copy is forgotten and only checked again. */
void copy_list_add(struct copy_list *list, const char *air_sha256, int64_t frames)
{
    if (2 * list->n >= list->capacity && !copy_list_grow(list)) {
        return;
    }
    struct checked_copy *copy = copy_list_place(list->copies, list->capacity, air_sha256, frames);
    list->n += *copy->air_sha256 ? 0 : 1;
    memcpy(copy->air_sha256, air_sha256, sizeof copy->air_sha256);
    copy->frames = frames;
}
