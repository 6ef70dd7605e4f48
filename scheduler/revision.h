/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_REVISION_H
#define SCHEDULER_REVISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "scheduler/plan.h"

struct db;
struct fault;
struct station;

/*
 * What is frozen changes only visibly: whoever stores a plan over one that is frozen
 * leaves a revision, which says when, why and by whom, and what was before and after.
 * Revisions are never changed or removed (docs/schema.md).
 *
 * A revision has one change for a slot that came, went or moved as a whole, and one for
 * each item of it that is another one, comes, goes, or is heard for another time, on
 * other lines or at another level. That the rest of a slot follows earlier or later is
 * not told beside that. Prolonging the frozen time is no revision, and neither is what
 * comes out the same.
 */

enum plan_cause_kind { CAUSE_CALENDAR, CAUSE_STATION, CAUSE_LIBRARY };

/* Why a plan was made anew: what somebody did. Texts are borrowed. */
struct plan_cause {
    enum plan_cause_kind kind;
    const char *subject; /* the file or the address; the recording's code */
    const char *act;     /* "edited", "removed", "fetched"; of recordings as in segment_event */
    const char *who;     /* ""; not known */
    const char *reason;  /* "": none was given */
    int64_t at_us;       /* INT64_MIN: not known */
    int64_t n;           /* recordings by that person, of which subject is the last; else 1 */
};

/* Something that plans are made of, and a stamp that changes when it does. Borrowed. */
struct plan_source {
    const char *name;
    const char *stamp;
};

/* Where a plan comes from. All zero but made_us: nobody knows. */
struct plan_origin {
    int64_t made_us;
    const struct plan_cause *causes;
    size_t n_causes;
    const struct plan_source *sources; /* kept with the plan: plan_sources_visit() */
    size_t n_sources;                  /* 0: those that are kept stay */
};

struct plan_revised {
    int64_t id; /* of the revision; 0: nothing that was frozen has changed */
    size_t n_changes;
};

/*
 * Freeze a plan: replace what the database holds of slots that start in the plan's
 * window, and record what that changes of what was frozen for times from its start on.
 * All of it or nothing, in one transaction. ret_revised may be NULL.
 */
MUST_CHECK int plan_revise(struct db *db, const struct station *station, const struct plan *plan,
                           const struct plan_origin *origin, struct plan_revised *ret_revised,
                           struct fault *reterr);

/* Until when everything from an instant on is frozen, without a gap; from_us: it is not. */
MUST_CHECK int plan_frozen_until(struct db *db, int64_t from_us, int64_t *ret_until_us,
                                 struct fault *reterr);

/* The sources of the plan that was frozen last, by name. What visit returns ends the walk if
 * it is not 0, and is returned. */
MUST_CHECK int plan_sources_visit(struct db *db,
                                  int (*visit)(void *context, const struct plan_source *source),
                                  void *context, struct fault *reterr);

/* ---- reading */

enum plan_change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_MOVED, CHANGE_CHANGED };

/* What a slot or an item was, or is, to be. */
struct plan_outcome {
    const char *title;
    int64_t start_us;
    int64_t frames;      /* how long it sounds, the mean of its lines */
    int64_t line_set_id; /* the lines that hear it; of what is silent, those it was for */
    const char *code;    /* of its recording; NULL: none, or several */
    int version;
    double gain_db; /* with a code */
    enum plan_state state;
    const char *reason;
};

struct plan_change {
    enum plan_change_kind kind;
    const char *slot_uid;
    int64_t slot_recurrence_us;
    const char *slot_title;            /* as it is now, or was when it went */
    int position;                      /* of an item in its slot; -1: the slot as a whole */
    const struct plan_outcome *before; /* NULL: it was not there */
    const struct plan_outcome *after;  /* NULL: it is not there any more */
};

struct plan_revision {
    int64_t id;
    int64_t made_us;
    int64_t from_us; /* slots that start in [from_us, to_us) were planned anew */
    int64_t to_us;
    const struct plan_cause *causes;
    size_t n_causes;
};

/* The changes of what was, or is, to start in [from_us, to_us), in the order in which they
 * were made. All is borrowed until visit returns; what it returns ends the walk if it is not
 * 0, and is returned. */
typedef int plan_change_visit(void *context, const struct plan_revision *revision,
                              const struct plan_change *change);
MUST_CHECK int plan_changes_visit(struct db *db, int64_t from_us, int64_t to_us,
                                  plan_change_visit *visit, void *context, struct fault *reterr);

/* "calendar", "station", "library"; "added", "removed", "moved", "changed" */
const char *plan_cause_kind_name(enum plan_cause_kind kind);
const char *plan_change_kind_name(enum plan_change_kind kind);

#endif
