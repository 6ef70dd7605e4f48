/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_REPORT_TALLY_H
#define AIRTIME_REPORT_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "airtime/count.h"
#include "airtime/table.h"
#include "base/attr.h"
#include "station/line_set.h"

struct arena;
struct report_month;
struct report_row;

/*
 * What adds up to the rows of a report while it is made: one tally a topic, tag, kind or zone, and
 * what a tally is divided into (a topic by kind, a zone by topic). All of it is in the arena.
 */
struct tally {
    const char *id;
    const char *title;
    struct count_bucket bucket; /* windows: the period, then its months, then the topic's quotas */
    struct line_set lines;
    const struct tally *key; /* of a part: what it is the part for */
    struct tally *parts;
    struct tally *next_part;
};

/* What all tallies of a report have in common. */
struct tally_shape {
    struct arena *arena;
    int64_t from_frame;
    int64_t until_frame;
    const struct report_month *months;
    size_t n_months;
    size_t n_lines;
};

/* n_more windows stay empty, behind those of the shape. NULL: out of memory. */
struct tally *tally_make(const struct tally_shape *shape, const char *id, const char *title,
                         size_t n_more);
/* The part of a tally for another one, made when it is first asked for; NULL: out of memory. */
struct tally *tally_part(const struct tally_shape *shape, struct tally *tally,
                         const struct tally *key);
/* The same without making one; NULL: there is none. */
const struct tally *tally_find_part(const struct tally *tally, const struct tally *key);
/* Add time, of which every part was heard by somebody. -ENOMEM. */
MUST_CHECK int tally_hear(const struct tally_shape *shape, struct tally *tally,
                          const struct cover_span *parts, size_t n_parts);
/* Its numbers; months are in the arena, parts are left empty. -ENOMEM. */
MUST_CHECK int tally_row(const struct tally_shape *shape, const struct tally *tally,
                         struct report_row *ret_row);

/* The tallies of one section: those of the station file by index, then others as they come. */
struct tally_section {
    struct tally **items;
    size_t n;
    size_t capacity;
    size_t n_known;
    struct table by_id;
};

/* A tally that may be NULL, which is -ENOMEM too. */
MUST_CHECK int tally_section_add(const struct tally_shape *shape, struct tally_section *section,
                                 struct tally *tally);
/* The tally of an id; one that the station file does not have is made when it first airs. */
struct tally *tally_section_find(const struct tally_shape *shape, struct tally_section *section,
                                 const char *id, size_t n_bytes);
/* What the station file does not have comes in the order of the ledger; people get it by id. */
void tally_section_sort(struct tally_section *section);

#endif
