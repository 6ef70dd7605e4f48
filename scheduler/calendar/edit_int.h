/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_EDIT_INT_H
#define SCHEDULER_CALENDAR_EDIT_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "scheduler/calendar/calendar_int.h"
#include "scheduler/calendar/calendar_text.h"
#include "scheduler/calendar/edit.h"
#include "scheduler/calendar/slot.h"

/*
 * Inside the editing of calendars:
 *
 *     edit.c          an edit from its beginning to its check
 *     edit_target.c   which event, which occurrence
 *     edit_event.c    one event: its fields, its times, a copy of it as a change
 *     edit_series.c   all of a series: moved, cancelled, ended
 *     edit_file.c     the file, and the one before
 *     calendar_text.c the calendar as lines
 */
struct editor {
    const struct station *station;
    struct edit *edit;
    struct calendars *calendars; /* edit->calendars_before */
    struct calendar_text text;
    int64_t now_us;
    struct fault *reterr;
    const struct series *series;
    const struct event *event; /* what the occurrence is made of; else the series' master */
    bool has_occurrence;
    struct slot occurrence;
};

/* -- edit_target.c ------------------------------------------------------------ */

/* The layer that has the event, and its whole UID. */
MUST_CHECK int target_find_layer(const struct calendars *calendars,
                                 const struct edit_target *target, size_t *ret_layer,
                                 const char **ret_uid, struct fault *reterr);
/* Set series, event and occurrence; *ret_scope is never EDIT_UNSAID. */
MUST_CHECK int target_find(struct editor *editor, const struct edit_target *target,
                           enum edit_scope *ret_scope);
bool series_recurs(const struct series *series);
/* All events of a series: the master first. NULL after the last. */
const struct event *series_event(const struct series *series, size_t i);

/* -- edit_event.c ------------------------------------------------------------- */

/* The name of the property that holds a field. */
const char *edit_property(enum edit_field field);
/* The lines of an event in the calendar. */
MUST_CHECK int event_part(const struct editor *editor, const struct event *event,
                          struct text_part *ret_part);
/* A time as that line of the event writes it: as a date, in UTC or in the event's zone. */
char *format_like(struct arena *arena, const struct text_line *line, const struct cal_zone *zone,
                  int64_t us);
/* Write fields other than the rule. */
MUST_CHECK int event_set_fields(struct editor *editor, struct calendar_text *text,
                                struct text_part part, const struct edit_values *values);
/* The fault for a time of day, or a part of one, where the event is whole days. */
int event_says_days(struct editor *editor);
/* Write start and end. length_us 0: as long as the event is. */
MUST_CHECK int event_set_times(struct editor *editor, struct calendar_text *text,
                               struct text_part part, const struct event *event, int64_t start_us,
                               int64_t length_us);
/* It is a newer revision. */
MUST_CHECK int event_touch(struct editor *editor, struct calendar_text *text, struct text_part part,
                           const struct event *event);
/* Put an event that changes the occurrence, and with and_following all after it. */
MUST_CHECK int event_put_change(struct editor *editor, const struct edit_values *values,
                                bool and_following);
/* Where the values put the start of what starts at start_us. */
int64_t values_start_us(const struct edit_values *values, int64_t start_us);

/* -- edit_series.c ------------------------------------------------------------ */

/* Of a series that has a master. */
MUST_CHECK int series_change(struct editor *editor, const struct edit_values *values);
MUST_CHECK int series_end(struct editor *editor);

/* -- edit.c ------------------------------------------------------------------- */

/* Note that a change stays as it is; the sentence has a %s for its day. */
void edit_note(struct editor *editor, const struct event *change, const char *sentence);
int edit_no_memory(struct fault *reterr);

/* -- edit_file.c -------------------------------------------------------------- */

/* Read the calendar of edit->layer. */
MUST_CHECK int edit_read_file(struct edit *edit, const struct station *station,
                              struct fault *reterr);
/* The name of the calendar before the last edit. */
char *edit_previous_path(struct arena *arena, const char *path);

#endif
