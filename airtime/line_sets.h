/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_LINE_SETS_H
#define AIRTIME_LINE_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "station/line_set.h"

struct db;
struct fault;
struct station;

/*
 * The database names a set of lines by a number, once for ever: table line_set
 * holds the ids of its lines, sorted bytewise, with one space between. This is
 * the way between those numbers and `struct line_set`. What was asked for is
 * remembered, so asking again costs no query.
 *
 * Threads: one.
 */
struct line_sets;

/* db and station are borrowed until line_sets_destroy(). station may be NULL when
 * only texts are wanted. */
MUST_CHECK int line_sets_create(struct db *db, const struct station *station,
                                struct line_sets **ret_sets, struct fault *reterr);
struct line_sets *line_sets_destroy(struct line_sets *sets); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct line_sets, line_sets_destroy)

/* The number of a set of the station's lines; a new set gets its row, inside the
 * caller's transaction if there is one. When that is rolled back: line_sets_forget(). */
MUST_CHECK int line_sets_number(struct line_sets *sets, struct line_set set, int64_t *ret_id,
                                struct fault *reterr);
void line_sets_forget(struct line_sets *sets);

/* The ids under a number, borrowed until the next call. -EUCLEAN: there is no such row. */
MUST_CHECK int line_sets_text(struct line_sets *sets, int64_t id, const char **ret_text,
                              struct fault *reterr);

/* The set under a number, borrowed until the next call. Ids that the station does not
 * have (any more) are left out, unless line_sets_keep_former() was called before. */
MUST_CHECK int line_sets_read(struct line_sets *sets, int64_t id, struct line_set *ret_set,
                              struct fault *reterr);

/* Give lines of the past, which the station file no longer has, indices past the
 * station's. Sets that are read from then on hold them too. */
MUST_CHECK int line_sets_keep_former(struct line_sets *sets, struct fault *reterr);
/* One more than the largest index of a line. */
size_t line_sets_n_lines(const struct line_sets *sets);
/* The index of a line by its id; SIZE_MAX: there is none. */
size_t line_sets_find(const struct line_sets *sets, const char *id, size_t n_bytes);

#endif
