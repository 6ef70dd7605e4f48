/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "station/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "station/nearest.h"

static const struct {
    const char *word;
    int space;
} types[] = {
    [NAME_LINE] = {"line", 0},   [NAME_ZONE] = {"zone", 0}, [NAME_TOPIC] = {"topic", 1},
    [NAME_TAG] = {"tag", 1},     [NAME_KIND] = {"kind", 1}, [NAME_CLOCK] = {"clock", 2},
    [NAME_LAYER] = {"layer", 3}, [NAME_MODE] = {"mode", 4}, [NAME_RELAY] = {"relay", 5},
    [NAME_INPUT] = {"input", 6},
};

const char *name_type_word(enum name_type type)
{
    return types[type].word;
}

int names_add(struct names *names, struct arena *arena, struct name name)
{
    struct name *items = arena_grow(arena, names->items, names->n, &names->capacity, sizeof *items);
    if (!items) {
        return -ENOMEM;
    }
    names->items = items;
    items[names->n++] = name;
    return 0;
}

static int compare_ids(const struct name *a, const struct name *b)
{
    int by_space = types[a->type].space - types[b->type].space;
    return by_space ? by_space : strcmp(a->id, b->id);
}

static int compare(const void *left, const void *right)
{
    const struct name *a = left;
    const struct name *b = right;
    int by_id = compare_ids(a, b);
    return by_id ? by_id : (a->line > b->line) - (a->line < b->line);
}

static void report_twice(const struct name *first, const struct name *again, const char *file,
                         struct findings *findings)
{
    if (first->line) {
        findings_add(findings, SEVERITY_ERROR, "duplicate-id", file, again->line,
                     _("\"%s\" is already the [%s] of line %u; choose another id"), again->id,
                     name_type_word(first->type), first->line);
    } else {
        findings_add(findings, SEVERITY_ERROR, "duplicate-id", file, again->line,
                     _("\"%s\" is the id of a kind that loa brings along; choose another id"),
                     again->id);
    }
}

void names_settle(struct names *names, const char *file, struct findings *findings)
{
    if (names->n == 0) {
        return;
    }
    qsort(names->items, names->n, sizeof *names->items, compare);
    size_t kept = 1;
    for (size_t i = 1; i < names->n; i++) {
        const struct name *first = &names->items[kept - 1];
        if (compare_ids(first, &names->items[i]) == 0) {
            report_twice(first, &names->items[i], file, findings);
        } else {
            names->items[kept++] = names->items[i];
        }
    }
    names->n = kept;
}

const struct name *names_find(const struct names *names, enum name_type type, const char *id)
{
    struct name wanted = {.id = id, .type = type};
    size_t low = 0;
    size_t high = names->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_ids(&names->items[middle], &wanted);
        if (order == 0) {
            return &names->items[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const char *names_nearest(struct names *names, enum name_type type, const char *id)
{
    struct nearest nearest = nearest_to(id);
    if (names->n_searches++ >= NAMES_SEARCHES_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < names->n; i++) {
        if (names->items[i].type == type) {
            nearest_offer(&nearest, names->items[i].id);
        }
    }
    return nearest.best;
}
