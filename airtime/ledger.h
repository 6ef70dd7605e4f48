/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_LEDGER_H
#define AIRTIME_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/cause.h"
#include "base/attr.h"
#include "base/cleanup.h"
#include "station/line_set.h"

struct db;
struct fault;
struct station;

/*
 * The ledger: the append-only record of what left the mixer. One process writes it
 * (`loa run`, or a rehearsal into a database of its own); triggers refuse every
 * change. An airing is two rows: one when its first frame is mixed, one when its
 * last is; between them the playhead, moved at least twice a second, says how far
 * the sound has got, so that a killed process loses less than a second.
 *
 * An outage is two rows too: a line's way out carries nothing from a frame on, and again
 * from another. It splits no airing: what a line really got of its airings is what its
 * outages leave of them (airtime/outages.h).
 *
 * A full or failing disk does not stop the sound: rows wait in memory (64 MB of them)
 * until a ledger_playhead() can write them all, in order and in one commit. It fails
 * until then, and the caller just goes on calling it. Before that it takes what was reserved for
 * it (base/reserve.h), a step at a time.
 *
 * Units   frames of 48 kHz. Threads: one, and not the one that makes sound: a commit
 *         waits for the disk, and for another process that is writing (base/db.h).
 */
struct ledger;

enum airing_role {
    AIRING_PROGRAMME,
    AIRING_FILLER,   /* filled what a slot left over; counts toward no quota */
    AIRING_FALLBACK, /* replaced what could not be played; counts toward no quota */
};

/* What begins to sound. Texts are borrowed for the call and kept as of then. */
struct airing_start {
    const char *slot_uid;
    int64_t slot_recurrence_us;
    int position; /* of the item in its slot, and of the piece in its item: see scheduler/plan.h */
    int piece;
    struct line_set lines;
    int64_t segment_id;
    const char *segment_code;
    int segment_version;
    const char *title;
    const char *kind;
    const char *topic; /* NULL: none */
    const char *tags;
    bool repeat;
    enum airing_role role;
    int64_t planned_start_frame;
    int64_t planned_frames;
    int64_t start_frame;   /* of its first frame in the mix */
    int64_t offset_frames; /* into the recording, at start_frame */
    int64_t whole_frames;  /* length of the recording */
};

/* The writer. Takes the one-writer lock of the database (-EALREADY: another radio runs), a
 * lock of the system on the file PATH-lock beside it, which goes with the process. db
 * and station are borrowed; db must not be inside a transaction when rows are written. */
MUST_CHECK int ledger_open(struct db *db, const struct station *station, struct ledger **ret_ledger,
                           struct fault *reterr);
/* Writes what still waits, if the disk lets it. NULL is a no-op; returns NULL. */
struct ledger *ledger_close(struct ledger *ledger);
DEFINE_AUTO(struct ledger, ledger_close)

/* Its first frame was mixed. *ret_id names it for ledger_end(). The row is written by
 * the next ledger_playhead(). -EINVAL: a text is missing or a number is out of range;
 * -ENOSPC: too much waits for a disk that is full. */
MUST_CHECK int ledger_start(struct ledger *ledger, const struct airing_start *airing,
                            int64_t *ret_id, struct fault *reterr);
/* Its last frame was mixed before end_frame; n_frames of the recording were heard.
 * -EINVAL: that id is not on air. */
MUST_CHECK int ledger_end(struct ledger *ledger, int64_t id, int64_t end_frame, int64_t n_frames,
                          enum end_cause cause, struct fault *reterr);
/* From start_frame on nothing of what is mixed for this line (an id) is heard; the reason is a
 * sentence. *ret_id names it for ledger_outage_end(); what a line got is heard again from
 * end_frame on, and an end before the start is none. Rows, texts and errors as above. */
MUST_CHECK int ledger_outage_start(struct ledger *ledger, const char *line, int64_t start_frame,
                                   const char *reason, int64_t *ret_id, struct fault *reterr);
MUST_CHECK int ledger_outage_end(struct ledger *ledger, int64_t id, int64_t end_frame,
                                 struct fault *reterr);
/* Everything before this frame has been mixed. Also makes the starts and ends since the
 * last call durable, in one commit; after a failure they wait for the next call. */
MUST_CHECK int ledger_playhead(struct ledger *ledger, int64_t frame, struct fault *reterr);

/* Close what a killed process left open: each open airing ends where the playhead or
 * its planned end was, whichever is first, as `crashed` (or its planned cause, when
 * the playhead is past its planned end). An open outage ends at the playhead. Call once, before
 * the first start; ret_n_closed counts the airings. */
MUST_CHECK int ledger_recover(struct ledger *ledger, size_t *ret_n_closed, struct fault *reterr);

/* How far a planned piece has got already: the latest frame at which an airing of it
 * ended of which anything was heard, however it ended, or INT64_MIN. One of nothing that crashed or
 * failed does not count. Of what is written: used at start, so that nothing airs twice. */
MUST_CHECK int ledger_aired_until(struct ledger *ledger, const char *slot_uid,
                                  int64_t slot_recurrence_us, int position, int piece,
                                  int64_t *ret_frame, struct fault *reterr);

/* Reading, also by other processes: airings that overlap [from_us, to_us), by start
 * and id. Those on air at the playhead have no end yet. No airing lasts longer than
 * AIRING_MAX_US. The callback's pointers are borrowed for the call; a negative return
 * ends the walk and is returned. */
static const int64_t AIRING_MAX_US = 31LL * 24 * 3600 * 1000000;
struct airing {
    int64_t id;
    int64_t start_us;
    int64_t end_us;       /* INT64_MAX: still on air */
    int64_t frames;       /* heard; -1: still on air */
    enum end_cause cause; /* END_CRASHED while still on air: that is what it was, if it stays so */
    int64_t line_set_id;  /* row of line_set */
    const char *lines;    /* ids, sorted, one space between */
    const char *segment_code;
    int segment_version;
    const char *title;
    const char *kind;
    const char *topic; /* NULL: none */
    const char *tags;
    const char *slot_uid;
    int64_t slot_recurrence_us;
    int position;
    int piece;
    int64_t planned_start_us;
    int64_t planned_frames;
    int64_t offset_frames;
    int64_t whole_frames;
    bool repeat;
    enum airing_role role;
};
typedef int (*airing_visit)(void *context, const struct airing *airing);
MUST_CHECK int ledger_visit(struct db *db, int64_t from_us, int64_t to_us, airing_visit visit,
                            void *context, struct fault *reterr);

/* Outages that overlap [from_us, to_us), by start and id; else as ledger_visit(). */
struct outage {
    int64_t id;
    const char *line;
    int64_t start_us;
    int64_t end_us; /* INT64_MAX: it is not over */
    const char *reason;
};
typedef int (*outage_visit)(void *context, const struct outage *outage);
MUST_CHECK int ledger_visit_outages(struct db *db, int64_t from_us, int64_t to_us,
                                    outage_visit visit, void *context, struct fault *reterr);

/* Everything before this frame has been mixed, as the database knows; INT64_MIN: nothing yet. */
MUST_CHECK int ledger_read_playhead(struct db *db, int64_t *ret_frame, struct fault *reterr);
/* The latest instant that the ledger knows: of the playhead, or of the start of an airing;
 * INT64_MIN: it is empty. */
MUST_CHECK int ledger_read_latest(struct db *db, int64_t *ret_us, struct fault *reterr);
/* "programme", "filler", "fallback" */
const char *airing_role_name(enum airing_role role);

#endif
