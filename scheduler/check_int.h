/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CHECK_INT_H
#define SCHEDULER_CHECK_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "scheduler/planner_int.h"

/*
 * Inside the checker. What is wrong is first gathered, each trouble once however often it
 * recurs, and told when the whole time was looked at, so that it can be said how often. A long
 * time is looked at in parts, so that a year takes no more memory than a month.
 *
 *     check.c            what a plan refuses or cannot fill, modes, layers; runs the rest
 *     check_conflicts.c  events that take lines from one another
 *     check_ladders.c    fallback ladders
 *     troubles.c         the list of troubles
 */
struct findings;

/* Something that happens to one event because of one thing. */
struct trouble {
    const char *event; /* with `what` the key; both in the list's arena */
    const char *what;
    size_t n;         /* at how many starts */
    bool is_new;      /* it was counted for the first time just now */
    int64_t first_us; /* the start of the slot that it happens to first, … */
    int64_t last_us;  /* … and last */
    /* The first time, as far as it has these: */
    const struct slot *slot;   /* to whom it happens, without its lines */
    const struct slot *winner; /* who takes its lines */
    const char *title;         /* of what is not heard */
    enum plan_state state;
    int64_t from_frame;
    int64_t n_frames;              /* that are lost … */
    int64_t whole_frames;          /* … of so many, … */
    size_t n_lines;                /* … on so many lines … */
    size_t n_of_lines;             /* … of so many */
    const struct layer_def *layer; /* that takes another one's place */
    const struct line_def *line;
};

struct troubles {
    struct trouble *items; /* in the order in which they were met */
    size_t n;
    size_t capacity;
    uint32_t *places; /* by hash of the key: index + 1; 0: free */
    size_t n_places;  /* a power of two, at least twice n */
};

/* Count one more of that trouble, at a slot's start; at the start that was counted last it is the
 * same once more. *ret is borrowed until the next call. -ENOMEM. */
MUST_CHECK int troubles_count(struct troubles *troubles, struct arena *arena, const char *event,
                              const char *what, int64_t at_us, struct trouble **ret);
/* NULL: there is none. */
const struct trouble *troubles_find(const struct troubles *troubles, const char *event,
                                    const char *what);

struct checker {
    const struct station *station;
    const struct segments *segments;
    int64_t from_us; /* all of the time */
    int64_t to_us;
    struct findings *findings;
    struct arena *arena; /* of what is gathered */
    struct troubles conflicts;
    struct troubles gaps;
    struct troubles modes;
    struct troubles items;
    struct troubles aired; /* uids of all events that air, and when they first do */
    /* Of the part that is looked at: */
    struct planner *planner; /* with its jobs, before any of them is filled */
    struct line_set lines;   /* sets at work */
    struct line_set open;
};

/* A slot as a trouble keeps it; NULL: no memory. */
const struct slot *checker_keep(const struct checker *checker, const struct slot *slot);

/* When some of the lines may sound by their hours in [from, until): those that ever may are left
 * in `lines`; the first such frame, and how many a line has at most. */
struct open_time {
    int64_t from_frame;
    int64_t n_frames; /* 0: never */
};
struct open_time check_open_time(const struct checker *checker, struct line_set lines,
                                 int64_t from_frame, int64_t until_frame);

/* "2023-05-10 17:00:00" */
enum { CHECK_INSTANT_MAX = 32, CHECK_OFTEN_MAX = 128 };
void format_minute(int64_t frame, char out[static CHECK_INSTANT_MAX]);
/* "; this happens 12 times until 2023-06-01", or "" for what happens once. */
void format_often(const struct trouble *trouble, char out[static CHECK_OFTEN_MAX]);

/* Events that take lines from others: gather them from the part's jobs, and tell. -ENOMEM. */
MUST_CHECK int gather_conflicts(struct checker *checker);
MUST_CHECK int tell_conflicts(const struct checker *checker);
/* Rungs that could not be played at some time. -ENOMEM. */
MUST_CHECK int tell_ladders(const struct checker *checker);

#endif
