/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_COVER_H
#define AIRTIME_COVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;

/*
 * Time that is covered: a union of spans [from, until), kept sorted and apart. Adding
 * near its end, which is what a walk through time does, costs next to nothing.
 * Zero-initialised is empty; the memory is an arena's.
 */
struct cover_span {
    int64_t from;
    int64_t until;
};

struct cover {
    struct cover_span *spans;
    size_t n;
    size_t capacity;
};

/* How much of [from, until) is not covered yet. */
int64_t cover_missing(const struct cover *cover, int64_t from, int64_t until);
/* The index of the first span that ends after an instant; n: none does. */
size_t cover_after(const struct cover *cover, int64_t at);
/* Cover [from, until); nothing if it is empty. -ENOMEM. */
MUST_CHECK int cover_add(struct cover *cover, struct arena *arena, int64_t from, int64_t until);
/* The same once more, in another arena. -ENOMEM. */
MUST_CHECK int cover_copy(const struct cover *cover, struct arena *arena, struct cover *ret_copy);

/* What is covered from an instant on, for cover_restore(), which takes back whatever was
 * added since that begins there or later. -ENOMEM. */
struct cover_end {
    size_t first;
    struct cover_span *spans; /* from the first on */
    size_t n;
};
MUST_CHECK int cover_keep(const struct cover *cover, struct arena *arena, int64_t from,
                          struct cover_end *ret_end);
void cover_restore(struct cover *cover, const struct cover_end *end);

#endif
