/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_EDIT_H
#define SCHEDULER_CALENDAR_EDIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/fault.h"

struct calendars;
struct station;

/*
 * Safe edits of the calendars: what the command line and the console change in them.
 *
 * An edit is first made in memory and read back as every calendar is: with one mistake in
 * it nothing is written. Lines that it does not concern stay as they are, byte for byte,
 * those of other programs among them. edit_write() then puts the file in place in one
 * step, and keeps the one before as NAME.previous, to which edit_undo() leads back.
 *
 * What it writes is plain RFC 5545: a change of one occurrence is an event of its UID with
 * RECURRENCE-ID, one of this and the following the same with RANGE=THISANDFUTURE; a
 * series is ended by UNTIL. So UIDs, by which plan and ledger know the slots, stay.
 *
 * Errors   -EINVAL: something is not possible; the fault says what to do.
 *          -ENOENT: no such event or occurrence. -EALREADY: nothing would change.
 *          -ESTALE: somebody else has written the file since. -EROFS: the calendar is
 *          kept elsewhere. -ENOMEM, or the errno of a file.
 * Threads  Any; edits of one folder wait for one another.
 */
enum edit_scope {
    EDIT_UNSAID,    /* right for an event that does not recur, refused for others */
    EDIT_THIS,      /* one occurrence */
    EDIT_FOLLOWING, /* it and those after it; later changes of single ones stay */
    EDIT_ALL,       /* the whole series; what a changed occurrence has of its own stays */
};

/* Which occurrence of which event. */
struct edit_target {
    const char *uid; /* or so much of its beginning as no other event shares */
    size_t layer;    /* SIZE_MAX: any */
    /* The occurrence that starts in [from_us, to_us): an instant, or a day that has one.
     * from_us == to_us: none is named, for an event that does not recur and for EDIT_ALL. */
    int64_t from_us;
    int64_t to_us;
    enum edit_scope scope;
};

/* What is written as text: see docs/man/loa-calendar.5 for each property's values. */
enum edit_field {
    EDIT_TITLE,      /* SUMMARY */
    EDIT_TEXT,       /* DESCRIPTION */
    EDIT_CATEGORIES, /* ids, with commas between; so are lines and what to play */
    EDIT_LINES,      /* RESOURCES */
    EDIT_PLAYS,      /* ATTACH */
    EDIT_CLOCK,
    EDIT_PRIORITY,
    EDIT_STATUS, /* in any case of letters */
    EDIT_START_RULE,
    EDIT_OVERRUN,
    EDIT_GAIN,
    EDIT_MODE,
    EDIT_REPEATS, /* UID of the event that it repeats */
    EDIT_RULE,    /* RRULE; only of a new event and with EDIT_ALL */
    EDIT_LUNAR,   /* YES: the rule's months and days are of the lunar calendar */
    EDIT_FIELDS_N,
};

enum edit_start { EDIT_START_STAYS, EDIT_START_AT, EDIT_START_TIME_OF_DAY };

struct edit_values {
    const char *fields[EDIT_FIELDS_N]; /* NULL: stays; "": is taken away */
    enum edit_start start;
    int64_t start_us;  /* EDIT_START_AT */
    int minute_of_day; /* EDIT_START_TIME_OF_DAY, by the station's clock */
    int64_t length_s;  /* 0: stays */
};

/* An edit that was made and checked but not written. */
struct edit {
    const char *uid;
    size_t layer;
    const char *path; /* of the calendar */
    const char *before;
    size_t n_before;
    const char *after;
    size_t n_after;
    /* All layers, as they were and as they would be; for showing what changes. */
    struct calendars *calendars_before;
    struct calendars *calendars_after;
    /* What stays as it is although one might not expect it, and warnings that are new. */
    struct findings notes;
    struct findings warnings_before;
    struct arena *arena;
};
struct edit *edit_destroy(struct edit *edit); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct edit, edit_destroy)

/* A new event in a layer, with a UID that is made of its title; it needs a start and a
 * length. The station is borrowed by all of these until edit_destroy(). */
MUST_CHECK int edit_add(const struct station *station, size_t layer,
                        const struct edit_values *values, int64_t now_us, struct edit **ret_edit,
                        struct fault *reterr);
MUST_CHECK int edit_change(const struct station *station, const struct edit_target *target,
                           const struct edit_values *values, int64_t now_us, struct edit **ret_edit,
                           struct fault *reterr);
/* One occurrence, or a whole series, is marked as cancelled and stays to be seen; with
 * EDIT_FOLLOWING the series ends before it. */
MUST_CHECK int edit_cancel(const struct station *station, const struct edit_target *target,
                           int64_t now_us, struct edit **ret_edit, struct fault *reterr);
/* Back to the calendar before the last edit, also from one that was broken since by hand and
 * counts as empty; a second time undoes the undoing. */
MUST_CHECK int edit_undo(const struct station *station, size_t layer, struct edit **ret_edit,
                         struct fault *reterr);

MUST_CHECK int edit_write(const struct edit *edit, struct fault *reterr);

#endif
