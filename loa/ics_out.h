/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_ICS_OUT_H
#define LOA_ICS_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/strbuf.h"
#include "station/line_set.h"

struct app;

/*
 * A listing as an iCalendar on standard output, for a phone that subscribes to it. The same
 * inputs give the same bytes: what RFC 5545 wants as the time of writing (DTSTAMP) is the
 * event's start. Instants are in UTC.
 *
 *     struct ics_out ics = ics_begin(app, title, line);
 *     ics_open_event(&ics, uid, start_us, end_us);
 *     … ical_text_value(&ics.buf, "SUMMARY", …) …
 *     ics_close_event(&ics);
 *     return ics_finish(&ics);
 */
struct ics_out {
    struct strbuf buf; /* the event that is open */
    const struct app *app;
    bool failed;
};

/* title: N_(), of what is listed; line: the one that it is about, SIZE_MAX: every one. */
struct ics_out ics_begin(const struct app *app, const char *title, size_t line);
/* To the nearest second; what sounds lasts at least one, and what does not (end_us ==
 * start_us) a minute: an event without an end is no slot to a calendar's reader. */
void ics_open_event(struct ics_out *ics, const char *uid, int64_t start_us, int64_t end_us);
/* Where: as people call the lines, and by the ids that calendars use (none: every line). */
void ics_lines(struct ics_out *ics, struct line_set lines);
void ics_close_event(struct ics_out *ics);
/* The exit status. */
MUST_CHECK int ics_finish(struct ics_out *ics);

#endif
