/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_REMOTE_H
#define SCHEDULER_CALENDAR_REMOTE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/fault.h"
#include "scheduler/calendar/http.h"

struct station;

/*
 * Calendars that lie at an address. What plans are made of is never the server but the last good
 * copy, a file in the station folder:
 *
 *     calendars/ID.ics            the copy of layer ID (layer_def.calendar); written as a whole
 *     calendars/ID.state          what the server called it, and when it was last asked
 *     calendars/ID.rejected.ics   the newest download, if mistakes are in it; goes with the next
 *                                 good one
 *
 * A copy is replaced only by a calendar with which the whole station can be read and the days that
 * are about to be frozen can be expanded. State and copy are two files: a state that does
 * not fit the copy (a crash between the two, two processes, an edit by hand) is as if it were not
 * there, and the calendar is fetched anew.
 *
 * An address is a file, or a CalDAV collection (RFC 4791): a PROPFIND tells. Of a collection the
 * sync-token or ctag says whether anything has changed; if so, all events are asked for.
 */
enum remote_status { REMOTE_FETCHED, REMOTE_UNCHANGED, REMOTE_FAILED };

struct remote_result {
    enum remote_status status;
    int64_t fetched_us; /* when the copy was last the server's; INT64_MIN: there is none */
    int err;            /* positive errno of a failure: EBADMSG for a calendar with mistakes */
    struct findings findings; /* of a failure: one, or the calendar's mistakes */
};

/* What is waited for where nobody is in a hurry. */
extern const struct http_patience REMOTE_PATIENCE;

/* Ask for layer `layer`, which has a url, once. Never fails otherwise than in the result, which is
 * given to the caller: remote_result_finish(). Blocks; ends soon after *stop, with EINTR. */
void remote_fetch(const struct station *station, size_t layer, int64_t now_us,
                  const struct http_patience *patience, const volatile sig_atomic_t *stop,
                  struct remote_result *ret_result);
void remote_result_finish(struct remote_result *result);
/* "fetched", "unchanged", "failed" */
const char *remote_status_name(enum remote_status status);

/* How long to wait before asking again: as long as the layer's `every_us`, but after failures, of
 * which there were so many in a row, from a minute on twice as long each time, and never longer. */
int64_t remote_pause_us(int64_t every_us, unsigned n_failures);

/* Warnings about a layer that has a url and a copy: an old one, one of another address, a newest
 * download with mistakes, a login that cannot be read. */
void remote_check(const struct station *station, size_t layer, int64_t now_us,
                  struct findings *findings);

#endif
