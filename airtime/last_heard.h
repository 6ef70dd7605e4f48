/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_LAST_HEARD_H
#define AIRTIME_LAST_HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "station/line_set.h"

struct arena;
struct table;

/*
 * When one recording was last heard on which lines. A recording is heard by few sets of
 * lines, mostly the same ones again, so a short list of (set, end) says it all: an entry
 * that a later one covers goes. Where lines go their own ways the list is given up for
 * one instant a line. Thousands of recordings on ten thousand lines stay small.
 *
 * Zero-initialised: never heard.
 */
struct heard_on {
    const struct line_set *lines;
    int64_t end_us;
};

struct last_heard {
    struct line_set anywhere; /* all lines that heard it; words NULL: none */
    int64_t latest_us;        /* of all ends, where there are any */
    struct heard_on *list;    /* by end */
    size_t n;
    size_t capacity;
    int64_t *by_line; /* instead of the list; NULL: the list holds */
};

/* It was heard on these lines until end_us, in any order of time. The set is for n_lines
 * lines, interned and lives as long as the arena. -ENOMEM. */
MUST_CHECK int last_heard_note(struct last_heard *heard, struct arena *arena,
                               const struct line_set *lines, size_t n_lines, int64_t end_us);
/* The latest end on any of the lines; INT64_MIN: never. The set may be of fewer lines. */
int64_t last_heard_on(const struct last_heard *heard, struct line_set lines);
/* The same once more, in another arena, its sets interned there. -ENOMEM. */
MUST_CHECK int last_heard_copy(const struct last_heard *heard, struct table *line_sets,
                               size_t n_lines, struct last_heard *ret_copy);

/* It as it is, for last_heard_restore(): what it holds is copied into another arena. -ENOMEM. */
struct last_heard_kept {
    struct last_heard as_it_was; /* where it lies … */
    struct last_heard contents;  /* … and what lay there */
};
MUST_CHECK int last_heard_keep(const struct last_heard *heard, struct arena *arena, size_t n_lines,
                               struct last_heard_kept *ret_kept);
void last_heard_restore(struct last_heard *heard, const struct last_heard_kept *kept,
                        size_t n_lines);

#endif
