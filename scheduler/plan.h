/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_PLAN_H
#define SCHEDULER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/cause.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "station/line_set.h"

/*
 * The plan: slots resolved to this recording, these lines, this instant. Plain
 * data and the contract between scheduler (who makes it) and playout (who is
 * handed it); owned by its arena, read-only once made.
 *
 * Units   *_frame, *_frames: 48 kHz, an instant counted since the epoch or a
 *         duration (base/frames.h). _us: microseconds UTC.
 * Order   Items by start, then first line, slot uid, recurrence, position, piece:
 *         total. The same inputs give the same plan, byte for byte.
 * Promise No line has two items that sound (planned or filler) at one frame.
 */
enum plan_state {
    PLAN_PLANNED,
    PLAN_FILLER,   /* fills what a slot left over; counts toward no quota */
    PLAN_REFUSED,  /* a rule forbids it; `reason` says which; n_frames is 0 */
    PLAN_UNFILLED, /* nothing airable was found for it; `reason`; n_frames is 0 */
};

/* Where an item's sound comes from. */
enum item_source {
    ITEM_SOURCE_COPY,  /* a recording's prepared copy */
    ITEM_SOURCE_RELAY, /* an address, carried live */
    ITEM_SOURCE_INPUT, /* a sound device, carried live */
};

struct plan_item {
    int64_t start_frame;
    int64_t n_frames;      /* how long it sounds, as planned; 0 for refused and unfilled */
    int64_t offset_frames; /* into the recording at start_frame */
    struct line_set lines;
    /* What: a copy of the segment as planned. segment_id 0: none (refused, unfilled). */
    int64_t segment_id;
    const char *segment_code; /* "" if none */
    int segment_version;
    const char *title; /* of the segment, else of the slot */
    const char *kind;  /* id; "" if unknown */
    const char *topic; /* id; NULL */
    const char *tags;
    char air_sha256[HASH_HEX_MAX];
    int channels;
    int64_t whole_frames;  /* of the recording, from its cue in to its cue out, but for the tail */
    int64_t cue_in_frames; /* where it begins in its prepared copy, … */
    int64_t copy_frames;   /* … which is so long */
    /* A live source instead, without a segment; its time is the slot's and offset_frames counts
     * from where it was to begin there. */
    enum item_source source;
    const char *source_name;   /* as a calendar writes it: "relay:vov1"; "" for a copy */
    const char *source_target; /* its address, or "DEVICE#1,2"; "" for a copy */
    double gain_db;            /* loudness gain plus the slot's own */
    int64_t fade_in_frames;
    int64_t fade_out_frames;
    /* So many more frames of the recording follow on whole_frames. Where the item sounds that far,
     * they fade out under what comes next; they are no time of the item's. */
    int64_t tail_frames;
    /* Which slot */
    const char *slot_uid;
    int64_t slot_recurrence_us;
    int64_t slot_start_us; /* by the calendar: which plan window it belongs to */
    const char *slot_title;
    int position;             /* within the slot, from 0 */
    int piece;                /* of this position, where lines or time were taken from it, from 0 */
    int priority;             /* 1 emergency .. 9 */
    enum end_cause end_cause; /* complete, cut or preempted */
    enum plan_state state;
    bool repeat;        /* has aired complete before, on every one of these lines or by plan */
    const char *reason; /* a sentence: why chosen, refused or unfilled; "" */
};

/* From this frame on, until the line's next entry: its level, and whether anything
 * but an emergency may sound. Sorted by frame, then line; the first entry of each
 * line is at or before the plan's start. */
struct plan_level {
    int64_t from_frame;
    uint32_t line;
    bool open;
    double gain_db;
};

/* A station mode holds: on these lines nothing of this kind sounds in [from, until). Sorted by
 * from_frame. */
struct plan_withheld {
    int64_t from_frame;
    int64_t until_frame;
    struct line_set lines;
    const char *kind; /* id */
};

struct plan {
    int64_t from_us; /* slots that start in [from_us, to_us) are in it */
    int64_t to_us;
    size_t n_lines;
    const struct plan_item *items;
    size_t n_items;
    const struct plan_level *levels;
    size_t n_levels;
    const struct plan_withheld *withheld;
    size_t n_withheld;
    struct arena *arena;
};

struct plan *plan_destroy(struct plan *plan); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct plan, plan_destroy)

/* "planned", "filler", "refused", "unfilled" */
const char *plan_state_name(enum plan_state state);
/* "copy", "relay", "input" */
const char *item_source_name(enum item_source source);

#endif
