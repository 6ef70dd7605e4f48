/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_LEDGER_INT_H
#define AIRTIME_LEDGER_INT_H

#include "airtime/ledger.h"

struct arena;
struct line_sets;
struct seals;
struct stmt;

enum row_kind { ROW_START, ROW_END, ROW_OUTAGE, ROW_OUTAGE_END };

/* What waits to be written. Its texts and lines are the row's own. */
struct row {
    struct row *next;
    enum row_kind kind;
    int64_t id;
    struct airing_start start; /* ROW_START */
    const char *line;          /* ROW_OUTAGE, and so is the next */
    const char *reason;
    int64_t at_frame; /* all but ROW_START */
    int64_t n_frames; /* ROW_END, and so is the next */
    enum end_cause cause;
};

/* What has begun and not ended, in no order. */
struct open_ids {
    int64_t *ids;
    size_t n;
    size_t capacity;
};

struct ledger {
    struct db *db;
    struct line_sets *sets;
    struct seals *seals;
    int lock_fd; /* -1: no file to lock */
    struct stmt *insert_start;
    struct stmt *insert_end;
    struct stmt *set_playhead;
    struct stmt *insert_outage;
    struct stmt *insert_outage_end;
    int64_t next_id; /* known without asking: there is one writer */
    int64_t next_outage_id;
    struct open_ids on_air;
    struct open_ids outages;
    struct arena *waiting; /* of the rows; NULL: none */
    struct row *first;
    struct row *last;
};

/* A row of the arena of what waits, with room for one more open id. -ENOSPC. */
MUST_CHECK int ledger_new_row(struct ledger *ledger, struct open_ids *open, struct row **ret_row,
                              struct fault *reterr);
/* Too much waits: -ENOSPC and its sentence. */
int ledger_no_room(const struct ledger *ledger, struct fault *reterr);
void ledger_enqueue(struct ledger *ledger, struct row *row);
/* Take an id out. False: it is not in it. */
bool open_ids_take(struct open_ids *open, int64_t id);
/* One INSERT; the statement is left ready for the next transaction either way. */
MUST_CHECK int ledger_step_once(struct stmt *stmt, struct fault *reterr);

/* ledger_outages.c; the writers are for the caller's transaction. */
MUST_CHECK int ledger_outages_prepare(struct ledger *ledger, struct fault *reterr);
MUST_CHECK int ledger_write_outage(struct ledger *ledger, const struct row *row,
                                   struct fault *reterr);
MUST_CHECK int ledger_write_outage_end(struct ledger *ledger, int64_t id, int64_t end_frame,
                                       struct fault *reterr);
/* End those that are open in the database at this frame; one that began later ends where it began.
 */
MUST_CHECK int ledger_recover_outages(struct ledger *ledger, int64_t playhead_frame,
                                      struct arena *arena, struct fault *reterr);

/* All that waits, and the playhead unless NULL, in one commit; on failure all still waits. */
int ledger_write_waiting(struct ledger *ledger, const int64_t *playhead_frame,
                         struct fault *reterr);
/* One end, inside the caller's transaction. */
int ledger_write_end(struct ledger *ledger, int64_t id, int64_t end_frame, int64_t n_frames,
                     enum end_cause cause, struct fault *reterr);

#endif
