/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_COUNT_H
#define AIRTIME_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/cover.h"
#include "airtime/ledger.h"
#include "base/attr.h"
#include "station/station.h"

struct arena;
struct db;
struct fault;

/*
 * What counts, and for what: the only code of the rules of docs/counting.md. Quota
 * standing and reports are two listeners to the same walk through the ledger, and add
 * up in the same buckets.
 *
 * Units   frames of 48 kHz since the epoch (`_frame`) or a length (`frames`).
 */

/* Sums between two instants. */
struct count_window {
    int64_t from_frame;
    int64_t until_frame; /* exclusive */
    int64_t frames;      /* time in which at least one line carried it */
    int64_t features;    /* recordings, at the first time ever that each was heard whole */
    int64_t items;
    int64_t first_runs; /* items of slots that were heard whole … */
    int64_t repeats;    /* … and were marked as repeats */
};

/* Everything that counts for one thing (a topic, a tag …), in one or more windows. */
struct count_bucket {
    struct cover cover; /* of every window's time, and more */
    struct count_window *windows;
    size_t n_windows;
};

MUST_CHECK int count_time(struct count_bucket *bucket, struct arena *arena, int64_t from_frame,
                          int64_t until_frame);
void count_recording(struct count_bucket *bucket, enum counts_as counts, int64_t end_frame);
void count_run(struct count_bucket *bucket, bool repeat, int64_t end_frame);
/* Does something that ended here belong to the window? What ends with it does. */
bool count_window_has_end(const struct count_window *window, int64_t end_frame);

/* The frame after the last that an airing was really mixed for. What is still on air has
 * sounded up to the playhead (ledger_read_playhead()), but not past its planned end. */
int64_t count_sounded_until(const struct airing *airing, int64_t playhead_frame);

/* One airing, as it counts. Sets are for walk->n_lines lines, and borrowed for the call. */
struct count_heard {
    const struct airing *airing;
    struct line_set lines; /* that heard any of it: their ways out did not fail all the while */
    int64_t from_frame;
    int64_t until_frame;            /* what was really mixed; equal to from_frame if nothing */
    const struct cover_span *parts; /* of it, those that at least one line heard */
    size_t n_parts;
    const struct outages *outages; /* NULL: none meets it */
    struct line_set whole_lines;   /* which have now heard the recording whole */
    bool is_whole;                 /* there are such lines */
    /* Only for programme airings that started at walk->items_from_us or later. */
    bool first_sound_of_item; /* the first airing of its item that sounded at all */
    bool first_whole_of_item; /* the first of its item's airings that made it whole */
};

/* A recording at the end of its first programme airing that made it whole on a line. */
struct count_first {
    const char *segment_code;
    const char *kind;
    const char *topic; /* NULL: none */
    const char *tags;
    int64_t end_frame;
};

/* Add the lines that heard any of it between two instants. */
void count_lines_between(const struct count_heard *heard, int64_t from_frame, int64_t until_frame,
                         struct line_set into);

struct count_walk {
    struct db *db;
    const struct station *station;
    int64_t to_us;         /* airings that started before this */
    int64_t items_from_us; /* INT64_MAX: items are not asked for */
    size_t n_lines;        /* set by count_walk(): the station's lines, and those of the past */
    void *context;
    /* Each may end the walk with a negative errno. `begin` may be NULL; it comes when
     * n_lines is known. `first` comes after all `heard`, in no order. */
    int (*begin)(void *context, const struct count_walk *walk);
    int (*heard)(void *context, const struct count_heard *heard);
    int (*first)(void *context, const struct count_first *first);
};

MUST_CHECK int count_walk(struct count_walk *walk, struct fault *reterr);

#endif
