/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_REVISION_INT_H
#define SCHEDULER_REVISION_INT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "scheduler/plan.h"
#include "scheduler/revision.h"

struct arena;
struct db;
struct fault;
struct line_sets;
struct station;

/* Inside revisions: revise.c stores, revision_diff.c compares, revision_read.c reads. */

/* A piece of an item as it is, or was, frozen. */
struct frozen_row {
    const char *uid;
    int64_t recurrence_us;
    int64_t slot_start_us;
    const char *slot_title;
    int position;
    int piece;
    int64_t line_set_id;
    int64_t start_us;
    int64_t frames;
    int64_t offset_frames;
    int64_t segment_id; /* 0: none */
    const char *code;
    int version;
    const char *source; /* the address or device of what is live; "" of a recording */
    double gain_db;
    const char *title;
    enum plan_state state;
    const char *reason;
};

/* By uid, recurrence, position, piece. */
struct frozen_rows {
    struct frozen_row *items;
    size_t n;
    size_t capacity;
};

int frozen_row_compare_slots(const struct frozen_row *a, const struct frozen_row *b);
void frozen_rows_sort(struct frozen_rows *rows);

/* Times that were frozen: [from_us, to_us). */
struct plan_window {
    int64_t from_us;
    int64_t to_us;
};

struct changes {
    struct plan_change *items;
    size_t n;
    size_t capacity;
};

struct differ {
    struct line_sets *sets;
    struct arena *arena; /* of all that is made here */
    const struct plan_window *windows;
    size_t n_windows;
    struct changes changes;
};

/* Add what changes when `before` is replaced by `after`; texts are borrowed from them. */
MUST_CHECK int differ_compare(struct differ *differ, const struct frozen_rows *before,
                              const struct frozen_rows *after, struct fault *reterr);
/* Add that an item, of these pieces, is silent for a reason. */
MUST_CHECK int differ_silence(struct differ *differ, const struct frozen_row *rows, size_t n,
                              const char *reason, struct fault *reterr);

/* plan_store.c: put a plan in the place of what the database holds of its window and of its
 * slots. Inside the caller's transaction. */
MUST_CHECK int plan_replace(struct db *db, const struct station *station, const struct plan *plan,
                            int64_t made_us, struct fault *reterr);

#endif
