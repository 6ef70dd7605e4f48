/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_LEDGER_INT_H
#define AIRTIME_LEDGER_INT_H

#include "airtime/ledger.h"

struct arena;
struct line_sets;
struct stmt;

/* A start or an end that waits to be written. */
struct row {
    struct row *next;
    bool is_end;
    int64_t id;
    struct airing_start start; /* !is_end; its texts and lines are the row's own */
    int64_t end_frame;         /* is_end, and so are the next two */
    int64_t n_frames;
    enum end_cause cause;
};

struct ledger {
    struct db *db;
    struct line_sets *sets;
    int lock_fd; /* -1: no file to lock */
    struct stmt *insert_start;
    struct stmt *insert_end;
    struct stmt *set_playhead;
    int64_t next_id; /* known without asking: there is one writer */
    int64_t *on_air; /* ids that have started and not ended, in no order */
    size_t n_on_air;
    size_t on_air_capacity;
    struct arena *waiting; /* of the rows; NULL: none */
    struct row *first;
    struct row *last;
};

/* All that waits, and the playhead unless NULL, in one commit; on failure all still waits. */
int ledger_write_waiting(struct ledger *ledger, const int64_t *playhead_frame,
                         struct fault *reterr);
/* One end, inside the caller's transaction. */
int ledger_write_end(struct ledger *ledger, int64_t id, int64_t end_frame, int64_t n_frames,
                     enum end_cause cause, struct fault *reterr);

#endif
