/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "station/nearest.h"

#include <stdint.h>
#include <string.h>

#include "station/station.h"

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein distance, each pair of neighbours swapped at most once
 * ("optimal string alignment"), if it is less than `limit`; else something that is not. Both at
 * most NEAREST_WORD_MAX bytes, and their lengths less than `limit` apart. */
static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b, size_t limit)
{
    size_t rows[3][NEAREST_WORD_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= n_b; j++) {
        above[j] = j;
    }
    size_t least_above = 0;
    for (size_t i = 1; i <= n_a; i++) {
        /* Whatever is `limit` or more off the diagonal is at least as far from being alike. */
        size_t first = i > limit ? i - limit : 1;
        size_t last = min_size(n_b, i + limit);
        size_t least = row[first - 1] = first == 1 ? i : limit;
        for (size_t j = first; j <= last; j++) {
            size_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = min_size(changed, min_size(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = min_size(row[j], before[j - 2] + 1);
            }
            least = min_size(least, row[j]);
        }
        if (last < n_b) {
            row[last + 1] = limit; /* read by the next row */
        }
        if (least >= limit && least_above >= limit) {
            return limit; /* a swap reaches two rows back, and no further */
        }
        least_above = least;
        size_t *recycled = before;
        before = above;
        above = row;
        row = recycled;
    }
    return above[n_b];
}

struct nearest nearest_to(const char *mistyped)
{
    size_t allowed = strlen(mistyped) / 3;
    allowed = allowed < 1 ? 1 : min_size(allowed, 3);
    return (struct nearest){.mistyped = mistyped, .distance = allowed + 1};
}

void nearest_offer(struct nearest *nearest, const char *word)
{
    size_t n_a = strlen(nearest->mistyped);
    size_t n_b = strlen(word);
    size_t apart = n_a > n_b ? n_a - n_b : n_b - n_a;
    if (n_a > NEAREST_WORD_MAX || n_b > NEAREST_WORD_MAX || apart >= nearest->distance) {
        return;
    }
    size_t distance = edit_distance(nearest->mistyped, n_a, word, n_b, nearest->distance);
    /* A word of which nothing is left is not alike. */
    if (distance < nearest->distance && distance < n_a) {
        nearest->distance = distance;
        nearest->best = word;
    }
}

const char *station_nearest_id(const char *mistyped, const void *first_id, size_t n, size_t stride)
{
    struct nearest nearest = nearest_to(mistyped);
    for (size_t i = 0; i < n; i++) {
        const char *const *id = (const void *)((const char *)first_id + i * stride);
        nearest_offer(&nearest, *id);
    }
    return nearest.best;
}
