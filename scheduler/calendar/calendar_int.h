/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_CALENDAR_INT_H
#define SCHEDULER_CALENDAR_CALENDAR_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "scheduler/calendar/places.h"
#include "scheduler/calendar/recur.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/calendar/wall.h"
#include "scheduler/calendar/zones.h"

struct ahead;
struct arena;
struct findings;
struct station;

/*
 * What a calendar is once it is read, known to the files that read, link and expand it:
 *
 *     calendar.c       files to calendars             series.c  series to instants
 *     calendar_read.c  lines to components            expand.c  series to slots
 *     calendar_link.c  events to series               zones.c   TZID to zones
 *     event_time.c     when an event is               recur*.c  rules
 *     event_what.c     what it plays, and where       wall.c    wall clocks
 *     content_line.c   bytes to lines                 ical.c    the door to libical
 *     lunar*.c, sky.c  the lunar calendar and its rules; windows_zone.c  the door to ICU
 *     tzfile.c         zones of the system            places.c  RESOURCES to lines
 *     ahead.c          instants of windows in a row
 */

struct rdate {
    int64_t us;
    int64_t length_s; /* of VALUE=PERIOD; 0: the event's own */
};

struct exdate {
    int64_t at;    /* microseconds UTC; of a whole day, its midnight on the event's wall clock */
    unsigned line; /* of EXDATE */
};

/* One VEVENT. `slot` holds whatever its occurrences have in common; their times, lines
 * and reason are filled in by expansion. */
struct event {
    struct slot slot;
    int64_t sequence;
    int64_t stamp_s; /* DTSTAMP; of equals the later counts */
    const struct cal_zone *zone;
    int64_t start_wall_s;
    int64_t start_us;
    int64_t clock_s; /* from start to end on the wall clock … */
    int64_t exact_s; /* … and then so many seconds more */
    struct recur *recurs;
    size_t n_recurs;
    struct rdate *rdates; /* sorted */
    size_t n_rdates;
    struct exdate *exdates; /* sorted */
    size_t n_exdates;
    struct exdate *exdays; /* sorted */
    size_t n_exdays;
    const struct place **resources;
    size_t n_resources;
    unsigned repeat_line; /* of RELATED-TO */
    bool declares_mode;   /* X-LOA-MODE */
    bool is_day;          /* a mode's DTSTART is a date: it is whole days */
    /* RECURRENCE-ID: this event replaces one occurrence, or that and the following. */
    bool is_change;
    bool has_no_time; /* a date alone: what it changes is cancelled */
    bool and_following;
    struct when changed;
    const struct cal_zone *changed_zone; /* NULL: that of the event which it changes */
    unsigned changed_line;
    int64_t changed_us; /* known once linked */
};

/* The events of one UID in one calendar. */
struct series {
    struct event *master;   /* NULL: only changes are there, each an event of its own */
    struct event **changes; /* by changed_us */
    size_t n_changes;
    struct event **following; /* those of them with and_following */
    size_t n_following;
    int64_t shift_max_s; /* how far those move their occurrences, at most */
    bool declares_mode;
    int64_t reach_us;    /* how long before a window a mode that lasts into it may have begun */
    struct ahead *ahead; /* of the master */
};

struct calendars {
    const struct station *station; /* borrowed */
    struct arena *arena;
    struct zones zones;
    struct places places;
    struct event **events; /* as read */
    size_t n_events;
    size_t events_capacity;
    struct series *series;
    size_t n_series;
};

/* A large station's calendars are a few megabytes. */
enum { CALENDAR_FILE_MAX_BYTES = 32 << 20 };
static const size_t CALENDARS_MAX_BYTES = (size_t)1 << 30;

/* A VEVENT that is being read: its lines, kept until all are there, because most need
 * to know DTSTART. */
struct event_lines {
    unsigned line; /* of BEGIN:VEVENT */
    char *memory;
    size_t n_bytes;
    size_t bytes_capacity;
    struct content_line *lines; /* pointers are offsets until event_lines_settle() */
    size_t n;
    size_t capacity;
};

struct event_reader {
    struct calendars *calendars;
    const char *file;
    size_t layer;
    struct findings *findings;
    struct event_lines lines;
    struct event *event;
};

/* calendar_read.c: the events of one calendar. -ENOMEM, -E2BIG; mistakes are findings. */
MUST_CHECK int calendar_read(struct calendars *calendars, size_t layer, const char *file,
                             const char *text, size_t n_bytes, struct findings *findings);

/* event_time.c. 1: the event has times; 0: it can never sound, or a mistake was found;
 * -ENOMEM. */
MUST_CHECK int event_read_times(struct event_reader *reader);
/* event_what.c. 0 (mistakes are findings) or -ENOMEM. */
MUST_CHECK int event_read_what(struct event_reader *reader);
/* event_attach.c: its part of that. */
MUST_CHECK int event_read_attachments(struct event_reader *reader);

/* Blanks at both ends off, in place. */
char *event_trim(char *text);
/* Whatever the case of the letters. */
bool event_text_begins(const char *text, const char *with);
/* station_nearest_id() among n ids, of which there may be none. */
const char *event_nearest(const char *text, const void *first_id, size_t n, size_t stride);
/* Add an error: `plain` names the text; `hint` names it and the nearest id that there is. */
void event_unknown(struct event_reader *reader, unsigned line, const char *rule, const char *plain,
                   const char *hint, const char *text, const char *near);

/* The first line with that name, or NULL. */
struct content_line *event_find_line(const struct event_reader *reader, const char *name);

/* Add an error; the sentence may hold one "%s". Returns 0. */
int event_wrong(struct event_reader *reader, unsigned line, const char *rule, const char *sentence,
                const char *what);

/* calendar_link.c: gather the events into series and check what only the whole can tell.
 * -ENOMEM, -E2BIG; mistakes are findings. */
MUST_CHECK int calendars_link(struct calendars *calendars, struct findings *findings);

#endif
