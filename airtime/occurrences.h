/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_OCCURRENCES_H
#define AIRTIME_OCCURRENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/table.h"
#include "base/attr.h"
#include "station/line_set.h"

struct airing;

/*
 * What a walk through the ledger remembers of one item of one slot while its pieces
 * come by: which lines have heard the recording from its first frame on without a gap,
 * and how far. Kept for AIRING_MAX_US at least after it was made, then dropped, so that
 * a walk through years needs the memory of weeks.
 */
struct heard_part {
    struct heard_part *next;
    const char *code; /* of the recording … */
    int version;      /* … and its version */
    int64_t reached;  /* frames from its beginning */
    const struct line_set *lines;
};

struct occurrence {
    bool has_sounded;
    bool was_whole;
    struct heard_part *parts;
};

struct occurrences {
    size_t n_lines;
    int64_t began_us;
    /* The newer generation and the one before it. */
    struct occurrences_kept {
        struct arena *arena; /* NULL: nothing kept */
        struct table items;
        struct table line_sets;
    } kept[2];
};

void occurrences_init(struct occurrences *all, size_t n_lines);
void occurrences_finish(struct occurrences *all); /* a second call is harmless */

/* The item that an airing belongs to, made when it is new. Airings come by start.
 * NULL: out of memory. */
MUST_CHECK struct occurrence *occurrences_of(struct occurrences *all, const struct airing *airing);

/* The lines on which the recording was heard without a gap up to `reached` or further,
 * added to `into`. */
void occurrence_lines_from(const struct occurrence *occurrence, const struct airing *airing,
                           int64_t reached, struct line_set into);
/* Those lines have now heard it up to `reached`. -ENOMEM. */
MUST_CHECK int occurrence_note(struct occurrences *all, struct occurrence *occurrence,
                               const struct airing *airing, int64_t reached, struct line_set lines);

#endif
