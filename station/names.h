/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_NAMES_H
#define STATION_NAMES_H

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct findings;

/*
 * Every id of a station file, to find what another section refers to. Private to the
 * room. Ids that are written at the same places share a name space: lines and zones
 * (RESOURCES), and topics, tags and kinds (CATEGORIES). A station may have ten
 * thousand lines and a zone may name them all, hence sorted and searched by halves.
 */
enum name_type {
    NAME_LINE,
    NAME_ZONE,
    NAME_TOPIC,
    NAME_TAG,
    NAME_KIND,
    NAME_CLOCK,
    NAME_LAYER,
    NAME_MODE,
    NAME_RELAY,
    NAME_INPUT
};

struct name {
    const char *id;
    enum name_type type;
    size_t index;  /* in the station's array of that type */
    unsigned line; /* of its section; 0: built in */
};

struct names {
    struct name *items;
    size_t n;
    size_t capacity;
    size_t n_searches; /* by names_nearest() */
};

/* "line" for NAME_LINE: the word that begins its section's header. */
const char *name_type_word(enum name_type type);

/* -ENOMEM */
MUST_CHECK int names_add(struct names *names, struct arena *arena, struct name name);
/* Sort, and report every id that two sections claim. Of those the first counts. */
void names_settle(struct names *names, const char *file, struct findings *findings);

/* What has the id in the name space of this type, whatever its type; or NULL. */
const struct name *names_find(const struct names *names, enum name_type type, const char *id);
/* An id of exactly this type that looks like it; or NULL. Each search looks at every name, so
 * that past NAMES_SEARCHES_MAX of them none is made: thousands of unknown ids are no typos. */
enum { NAMES_SEARCHES_MAX = 64 };
const char *names_nearest(struct names *names, enum name_type type, const char *id);

#endif
