/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ALERTS_ALERT_AIRING_H
#define PLAYOUT_ALERTS_ALERT_AIRING_H

#include <stdatomic.h>

#include "base/frames.h"
#include "playout/alerts/alert.h"
#include "scheduler/plan.h"

/* An alert in the hands of the engine: alert.c makes it, playout/alert_acts.c airs it. */
struct alert {
    struct alert_spec spec; /* its pointers are the alert's own, but for the frames */
    char id[ALERT_ID_MAX];
    char title[ALERT_TITLE_MAX];
    char uid[ALERT_ID_MAX + 8]; /* "alert:ID": its slot in the ledger */
    float *chime;               /* mono */
    int64_t chime_frames;
    struct plan_item item; /* of its airing now or next */
    /* the engine's */
    struct alert *next;   /* given before this one */
    uint64_t order;       /* given later: greater */
    int64_t due_frame;    /* when it is to be said; INT64_MAX: not again */
    bool at_once;         /* given just now: over other alerts */
    bool done;            /* ended or superseded: nothing of it begins any more */
    size_t n_acts;        /* that point here */
    struct act *act;      /* its airing now; NULL: none */
    struct line_set owed; /* where it was interrupted and does not repeat */
    float block[AIR_BLOCK_FRAMES * AIR_CHANNELS]; /* what the last pull took */
    /* for the control thread */
    _Atomic int64_t begun_frame;
    _Atomic uint64_t n_begun;
    _Atomic int64_t heard_us;
    _Atomic int64_t next_frame;
    _Atomic bool on_air;
    _Atomic bool ending;
    _Atomic bool ended;
    _Atomic bool dropped;
};

/* Put n (at most AIR_BLOCK_FRAMES) frames from frame `at` on into alert->block; 0 is the
 * first of the chime. Silence outside. */
void alert_pull(struct alert *alert, int64_t at, size_t n) RT_SAFE;

/* Its first due frame from `frame` on, or the frame itself when one was missed. */
int64_t alert_first_due(const struct alert *alert, int64_t frame);
/* The due frame after `frame`; INT64_MAX: it does not repeat. */
int64_t alert_due_after(const struct alert *alert, int64_t frame);

#endif
