/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_NEAREST_H
#define STATION_NEAREST_H

#include <stddef.h>

/*
 * The word most like a mistyped one: offer it the words that exist, then read
 * `best`, NULL while none is near. A word is near if at most a third of the
 * mistyped one's bytes (at least one, at most three) were added, left out, changed
 * or swapped with their neighbour. Of equally near words the first offered stays.
 */
enum { NEAREST_WORD_MAX = 64 }; /* longer words are near to nothing */

struct nearest {
    const char *mistyped;
    const char *best;
    size_t distance; /* only nearer words are taken */
};

struct nearest nearest_to(const char *mistyped);
void nearest_offer(struct nearest *nearest, const char *word);

#endif
