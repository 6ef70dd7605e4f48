/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/interned.h"

#include <string.h>

#include "base/arena.h"

const struct line_set *interned_lines(struct table *table, struct line_set set, size_t n_lines)
{
    /* Without its empty end, so that the key does not depend on how many lines there are. */
    size_t n_words = set.n_words;
    while (n_words > 0 && set.words[n_words - 1] == 0) {
        n_words--;
    }
    const void *key = n_words ? (const void *)set.words : "";
    size_t n_bytes = n_words * sizeof *set.words;
    struct line_set *known = table_find(table, key, n_bytes);
    if (known) {
        return known;
    }
    known = arena_take(table->arena, 1, sizeof *known);
    if (known) {
        *known = line_set_make(table->arena, n_lines);
    }
    if (!known || !known->words) {
        return NULL;
    }
    if (n_words > known->n_words) {
        n_words = known->n_words; /* members past n_lines are of no station */
    }
    if (n_words) {
        memcpy(known->words, set.words, n_words * sizeof *set.words);
    }
    return table_put(table, key, n_bytes, known) == 0 ? known : NULL;
}
