/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_AGENDA_H
#define PLAYOUT_AGENDA_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/frames.h"
#include "scheduler/plan.h"

struct fault;
struct station;

/*
 * What is still to come, in the order of time: the items and levels of every plan the
 * engine was handed, and what they withhold. An item is known by its key (slot uid, recurrence,
 * position, piece): what an earlier plan holds already stays as it was, so that nothing starts
 * twice when plans overlap. A plan that revises the earlier ones takes the place of what
 * has not begun.
 *
 * Units   frames of 48 kHz. Threads: one.
 */
struct agenda;

struct agenda_item {
    const struct plan_item *item; /* borrowed from its plan */
    int64_t from_frame;           /* its start, or where an earlier run left off */
    uint64_t order;               /* counts up in the order items were handed in */
    /* from_frame; if it is live, earlier by what its pre-roll (struct source_def) has above 5 s:
     * servers take longer to begin than a disk */
    int64_t due_frame;
};

/* Given to the caller: agenda_destroy(). The station, which names the sources, is borrowed until
 * then. NULL: out of memory. */
struct agenda *agenda_create(const struct station *station);
struct agenda *agenda_destroy(struct agenda *agenda); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct agenda, agenda_destroy)

/*
 * Add a plan's items that sound and end after now_frame, and its levels. The plan must
 * outlive the agenda, or is taken: `owned` is the same plan, to be destroyed when
 * all of it is past, or NULL. aired_until, if not NULL, has one frame an item: what
 * lies before it has been aired by an earlier run. On failure nothing was added or
 * taken: -ENOMEM.
 */
MUST_CHECK int agenda_add(struct agenda *agenda, const struct plan *plan, struct plan *owned,
                          const int64_t *aired_until, int64_t now_frame, struct fault *reterr);

/* What a revision drops: items of slots that start at or after from_us and are still here, and
 * those that were taken from here but have not begun (borrowed for the call). */
struct agenda_cut {
    int64_t from_us;
    const struct plan_item *const *prepared;
    size_t n_prepared;
};

/*
 * Take a plan's items, and its levels, in the place of those the cut drops; each line's
 * levels of earlier plans end at the plan's first of it. Takes the plan; otherwise as
 * agenda_add(): an item whose key belongs to what has begun, or is left, is none. Plans of
 * which nothing is left go with the next agenda_forget() of a later frame than now_frame.
 */
MUST_CHECK int agenda_revise(struct agenda *agenda, struct plan *plan, const int64_t *aired_until,
                             const struct agenda_cut *cut, int64_t now_frame, struct fault *reterr);

/* The next item, or level, in time; NULL: none. Borrowed until the next agenda_add() or
 * agenda_revise(). */
const struct agenda_item *agenda_next_item(const struct agenda *agenda);
/* The i-th of those still to come, by due_frame; NULL: there are no more. Borrowed as above. */
const struct agenda_item *agenda_item_at(const struct agenda *agenda, size_t i);
void agenda_drop_item(struct agenda *agenda);
const struct plan_level *agenda_next_level(const struct agenda *agenda);
void agenda_drop_level(struct agenda *agenda);

/*
 * What station modes withhold at a frame: the plan handed in last says so, of those that begin
 * by then. agenda_withheld_from() is the first frame, from this one on, at which a line may not
 * hear a kind, INT64_MAX if it always may; agenda_withhold() takes from `lines` those that may
 * not hear it at the frame; agenda_next_withheld() is the first frame after this one at which
 * answers may be others.
 */
int64_t agenda_withheld_from(const struct agenda *agenda, const char *kind, size_t line,
                             int64_t frame);
void agenda_withhold(const struct agenda *agenda, const char *kind, int64_t frame,
                     struct line_set lines);
int64_t agenda_next_withheld(const struct agenda *agenda, int64_t frame);

/* Nothing will be asked of items that end before this frame: destroy owned plans that are
 * all past. What ends at the frame may still be on the engine's hands. */
void agenda_forget(struct agenda *agenda, int64_t frame);

/* One past an item's last frame. */
static inline int64_t plan_item_end(const struct plan_item *item)
{
    return item->start_frame + item->n_frames;
}

#endif
