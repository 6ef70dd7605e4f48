/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_SEAL_H
#define AIRTIME_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/hash.h"

struct db;
struct fault;

/*
 * Seals: a chain of hashes over the rows of the ledger, so that whoever changes, removes, adds or
 * exchanges one later is found out. Row n's seal is
 *
 *     SHA-256 (seal n-1 | table's name | column | column | …)
 *
 * with 32 zero bytes as seal 0; a text (and the table's name) as 't', its length in bytes as a
 * 64-bit big-endian number and its bytes; an integer as 'i' and a 64-bit big-endian number, two's
 * complement; NULL as 'n'. Columns are those of docs/schema.md in their order, but for an airing's
 * line_set_id, for which the set's `lines` stand.
 *
 * A chain proves nothing about its own end: somebody who makes all seals anew is found out only by
 * a seal that was written down elsewhere before, on paper for one.
 *
 * Threads  that of the db.
 */
enum sealed {
    SEALED_AIRING,
    SEALED_AIRING_END,
    SEALED_OUTAGE,
    SEALED_OUTAGE_END,
    SEALED_N_TABLES,
};

/* ---- writing; within the transaction that writes the rows */

struct seals;

/* Of a ledger that has rows and no seals, from before there were any, all rows are sealed first, in
 * a transaction of its own. In a scratch database nothing is sealed. Whatever was done to rows or
 * seals, what is written from here on is written and sealed. db is borrowed. */
MUST_CHECK int seals_open(struct db *db, struct seals **ret_seals, struct fault *reterr);
struct seals *seals_close(struct seals *seals); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct seals, seals_close)

/* The row must be there. */
MUST_CHECK int seals_add(struct seals *seals, enum sealed table, int64_t row_id,
                         struct fault *reterr);
/* The transaction was rolled back. */
void seals_forget(struct seals *seals);

/* ---- reading it all again */

enum seal_state {
    SEAL_CHANGED,  /* the row, or its seal, is not what it was */
    SEAL_MISSING,  /* a seal's row is gone */
    SEAL_UNSEALED, /* a row was added that has no seal */
    SEAL_GAP,      /* a seal is gone; row_id is its number */
    SEAL_N_STATES,
};
const char *seal_state_name(enum seal_state state); /* "changed", "missing", "unsealed", "gap" */

struct seal_breach {
    enum seal_state state;
    const char *table; /* "airing" …; "seal" of a gap */
    int64_t row_id;
};

struct seal_counts {
    size_t n_rows; /* with a seal that fits */
    size_t by_state[SEAL_N_STATES];
    int64_t last_id;                /* number of the last seal; 0: none */
    char last_sha256[HASH_HEX_MAX]; /* and the seal; "": none */
    bool expected_is_there;         /* it fits, and so does every seal before it */
};

/* Either call may be NULL. */
struct seal_check {
    const char
        *expected; /* hexadecimal digits that a seal begins with, written down before; or NULL */
    void (*on_breach)(void *context, const struct seal_breach *breach);
    void (*on_progress)(void *context, int64_t n_done, int64_t n_total); /* seals */
    void *context;
};

/* A breach is no failure. Where there is no seal at all, rows without one are counted, but none is
 * a breach: the next seals_open() seals them. Another process may write meanwhile. */
MUST_CHECK int seals_verify(struct db *db, const struct seal_check *check,
                            struct seal_counts *ret_counts, struct fault *reterr);

/* A seal as it is written down elsewhere. */
struct seal_mark {
    int64_t id; /* its number */
    char sha256[HASH_HEX_MAX];
};

/* The last seal of what began in [from_us, to_us), its ends among it: as long as seals_verify()
 * finds it, nothing of that was changed. Whatever is written later, it stays the same once all of
 * that is over. 1; 0: nothing of it is sealed; or a negative errno. */
MUST_CHECK int seals_find_last(struct db *db, int64_t from_us, int64_t to_us,
                               struct seal_mark *ret_mark, struct fault *reterr);

#endif
