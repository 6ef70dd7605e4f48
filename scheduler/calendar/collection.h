/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_COLLECTION_H
#define SCHEDULER_CALENDAR_COLLECTION_H

#include <stddef.h>

#include "base/attr.h"
#include "base/strbuf.h"

struct fault;
struct multistatus;

/*
 * The events of a CalDAV collection (RFC 4791), each a calendar of its own on the server, as one
 * file: one calendar after the other, in the order of their addresses, so that the same
 * collection gives the same bytes. Lines are unfolded.
 *
 * Each object brings the time zones that it uses. One that is there already, letter by letter, is
 * left out; one of the same name that says something else (Outlook calls many zones
 * "Customized Time Zone") gets a name of its own, here and wherever its object uses it.
 *
 * `into` was made by the caller with the largest size that is wanted. -EINVAL: an object is
 * missing or none; -E2BIG: larger than that, or too many zones; -ENOMEM. The sentence has no file.
 */
MUST_CHECK int collection_merge(const struct multistatus *objects, struct strbuf *into,
                                struct fault *reterr);

#endif
