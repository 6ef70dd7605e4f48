/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_MULTISTATUS_H
#define SCHEDULER_CALENDAR_MULTISTATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct fault;

/*
 * The answer of a WebDAV server about one or many resources (207 Multi-Status, RFC 4918, section
 * 13): the door to expat. Of each resource only what a calendar needs is kept: whether
 * it is a calendar, and of what revision (RFC 4791; sync-token of RFC 6578; getctag is the older
 * word for it), or the calendar text that lies there. Properties count only if the server
 * says that it has them (a propstat of status 2xx).
 *
 * A document type is refused, so that no entity is ever expanded; so is what is nested deeper than
 * 64 or tells of more than 200,000 resources. No address in it is followed.
 */
struct multistatus_item {
    const char *href; /* as written; never NULL */
    int status;       /* of the resource as a whole; 0: none was written */
    bool is_collection;
    bool is_calendar;
    const char *token;         /* sync-token, or else getctag; NULL: neither */
    const char *calendar_data; /* NULL: none */
    size_t n_calendar_data;
};

struct multistatus {
    const struct multistatus_item *items; /* in the order of the answer */
    size_t n;
};

/* Items and texts are in the arena. -EINVAL: not XML, cut off, not a multistatus, or refused;
 * -ENOMEM. The sentence says what the server did, without a file. */
MUST_CHECK int multistatus_parse(struct arena *arena, const char *bytes, size_t n_bytes,
                                 struct multistatus *ret_multistatus, struct fault *reterr);

#endif
