/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_OUTAGES_H
#define AIRTIME_OUTAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/cover.h"
#include "base/attr.h"
#include "station/line_set.h"

struct arena;
struct db;
struct fault;
struct line_sets;

/*
 * When which lines heard nothing of what was mixed for them, as the ledger has it: what
 * everybody who counts takes off the airings.
 *
 * Units   frames of 48 kHz since the epoch; spans are [from, until).
 * Memory  the caller's arena; zero-initialised is none.
 */
struct outages {
    struct arena *arena;
    struct cover any;               /* of all lines together */
    struct outages_index *by_id;    /* NULL: none */
    struct outages_of_line **lines; /* by index; NULL: outages_number() was not called */
    size_t n_lines;
};

/* A reason for each outage, in the order of their starts. */
struct outages_of_line {
    struct cover lost;
    struct outage_why {
        int64_t from_frame;
        int64_t until_frame; /* INT64_MAX: it is not over */
        const char *reason;
    } * whys;
    size_t n_whys;
    size_t capacity;
};

/* Those that overlap [from_us, to_us). One that is not over has no end. */
MUST_CHECK int outages_read(struct db *db, int64_t from_us, int64_t to_us, struct arena *arena,
                            struct outages *ret_outages, struct fault *reterr);
/* Let lines be named by the indices of these sets. -ENOMEM. */
MUST_CHECK int outages_number(struct outages *outages, const struct line_sets *sets);

/* The outages of a line by its id; NULL: it had none. */
const struct outages_of_line *outages_of(const struct outages *outages, const char *line_id);

/* Did any line lose any of it? */
bool outages_touch(const struct outages *outages, int64_t from_frame, int64_t until_frame);
/* How much of it a line lost; of NULL nothing. */
int64_t outages_lost(const struct outages_of_line *line, int64_t from_frame, int64_t until_frame);
/* The first frame of it that a line lost; until_frame: none. */
int64_t outages_first(const struct outages_of_line *line, int64_t from_frame, int64_t until_frame);
/* Why: the reason of the outage that took most of it; NULL: none did. */
const char *outages_why(const struct outages_of_line *line, int64_t from_frame,
                        int64_t until_frame);

/* By index, or NULL. */
const struct outages_of_line *outages_of_index(const struct outages *outages, size_t line);
/* What at least one of these lines heard of it, added to `into`, in the arena. -ENOMEM. */
MUST_CHECK int outages_heard(const struct outages *outages, struct line_set lines,
                             int64_t from_frame, int64_t until_frame, struct arena *arena,
                             struct cover *into);

#endif
