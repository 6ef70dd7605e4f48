/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "airtime/seal_int.h"
#include "base/db.h"
#include "base/fault.h"

enum { SQL_MAX = 256, PROGRESS_EVERY = 1024 };

static const char *const state_names[SEAL_N_STATES] = {
    [SEAL_CHANGED] = "changed",
    [SEAL_MISSING] = "missing",
    [SEAL_UNSEALED] = "unsealed",
    [SEAL_GAP] = "gap",
};

const char *seal_state_name(enum seal_state state)
{
    return state_names[state];
}

struct walk {
    struct db *db;
    const struct seal_check *check;
    struct seal_counts *counts;
    struct sealed_rows rows;
    int64_t next_id; /* that the next seal has if none is gone */
    unsigned char before[HASH_BYTES];
};

static void breach(struct walk *walk, enum seal_state state, const char *table, int64_t row_id)
{
    struct seal_breach found = {state, table, row_id};
    walk->counts->by_state[state]++;
    if (walk->check->on_breach) {
        walk->check->on_breach(walk->check->context, &found);
    }
}

/* SEALED_N_TABLES: no such table. */
static enum sealed table_of(const char *name)
{
    enum sealed table = 0;
    while (table < SEALED_N_TABLES && (!name || strcmp(name, sealed_tables[table].name) != 0)) {
        table++;
    }
    return table;
}

static void note_seal(struct walk *walk, const unsigned char digest[static HASH_BYTES])
{
    struct seal_counts *counts = walk->counts;
    const char *expected = walk->check->expected;
    memcpy(walk->before, digest, HASH_BYTES);
    hash_hex(digest, counts->last_sha256);
    counts->last_id = walk->next_id - 1;
    bool all_fit = (int64_t)counts->n_rows == counts->last_id;
    if (expected && all_fit && strncmp(counts->last_sha256, expected, strlen(expected)) == 0) {
        counts->expected_is_there = true;
    }
}

/* One gap, however many seals are gone there. */
static void check_number(struct walk *walk, int64_t id)
{
    if (id != walk->next_id) {
        breach(walk, SEAL_GAP, "seal", walk->next_id);
    }
    walk->next_id = id < INT64_MAX ? id + 1 : id;
}

static int check_seal(struct walk *walk, struct stmt *seal, struct fault *reterr)
{
    unsigned char digest[HASH_BYTES] = {0};
    unsigned char stored[HASH_BYTES] = {0};
    size_t n_bytes = 0;
    const char *name = stmt_text(seal, 1);
    enum sealed table = table_of(name);
    int64_t row_id = stmt_i64(seal, 2);
    const void *bytes = stmt_bytes(seal, 3, &n_bytes);
    int r = 0;
    memcpy(stored, bytes, n_bytes < sizeof stored ? n_bytes : sizeof stored);
    check_number(walk, stmt_i64(seal, 0));
    if (table < SEALED_N_TABLES) {
        r = sealed_rows_digest(&walk->rows, table, row_id, walk->before, digest, reterr);
    }
    if (r < 0) {
        return r;
    }
    if (r == 0) {
        breach(walk, SEAL_MISSING, table < SEALED_N_TABLES ? sealed_tables[table].name : "seal",
               row_id);
    } else if (n_bytes != sizeof stored || memcmp(digest, stored, sizeof stored) != 0) {
        breach(walk, SEAL_CHANGED, sealed_tables[table].name, row_id);
    } else {
        walk->counts->n_rows++;
    }
    note_seal(walk, stored);
    return 0;
}

static int check_seals(struct walk *walk, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *seal = NULL;
    int64_t n_total = 0;
    int r = db_prepare(walk->db, "SELECT coalesce(max(id), 0) FROM seal", &seal, reterr);
    if (r == 0 && (r = stmt_step(seal, reterr)) == 1) {
        n_total = stmt_i64(seal, 0);
        seal = stmt_close(seal);
        r = db_prepare(walk->db, "SELECT id, row_of, row_id, sha256 FROM seal ORDER BY id", &seal,
                       reterr);
    }
    for (int64_t i = 0; r == 0 && (r = stmt_step(seal, reterr)) == 1; i++) {
        r = check_seal(walk, seal, reterr);
        if (walk->check->on_progress && i % PROGRESS_EVERY == 0) {
            walk->check->on_progress(walk->check->context, i, n_total);
        }
    }
    return r;
}

static int find_unsealed(struct walk *walk, enum sealed table, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    const struct sealed_table *of = &sealed_tables[table];
    char sql[SQL_MAX];
    snprintf(sql, sizeof sql,
             "SELECT t.%s FROM %s t WHERE NOT EXISTS"
             " (SELECT 1 FROM seal WHERE row_of = '%s' AND row_id = t.%s) ORDER BY 1",
             of->key, of->name, of->name, of->key);
    int r = db_prepare(walk->db, sql, &row, reterr);
    while (r == 0 && (r = stmt_step(row, reterr)) == 1) {
        if (walk->counts->last_id == 0) {
            walk->counts->by_state[SEAL_UNSEALED]++;
        } else {
            breach(walk, SEAL_UNSEALED, of->name, stmt_i64(row, 0));
        }
        r = 0;
    }
    return r;
}

int seals_verify(struct db *db, const struct seal_check *check, struct seal_counts *ret_counts,
                 struct fault *reterr)
{
    *ret_counts = (struct seal_counts){0};
    struct walk walk = {.db = db, .check = check, .counts = ret_counts, .next_id = 1};
    int r = sealed_rows_open(db, &walk.rows, reterr);
    if (r == 0) {
        r = check_seals(&walk, reterr);
    }
    for (enum sealed table = 0; table < SEALED_N_TABLES && r == 0; table++) {
        r = find_unsealed(&walk, table, reterr);
    }
    sealed_rows_close(&walk.rows);
    return r;
}

int seals_find_last(struct db *db, int64_t from_us, int64_t to_us, struct seal_mark *ret_mark,
                    struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT id, lower(hex(sha256)) FROM seal WHERE id = (SELECT max(last) FROM ("
                       " SELECT max(s.id) AS last FROM airing r CROSS JOIN seal s"
                       "  ON s.row_of IN ('airing', 'airing_end') AND s.row_id = r.id"
                       "  WHERE r.start_us >= ?1 AND r.start_us < ?2 UNION ALL"
                       " SELECT max(s.id) FROM outage r CROSS JOIN seal s"
                       "  ON s.row_of IN ('outage', 'outage_end') AND s.row_id = r.id"
                       "  WHERE r.start_us >= ?1 AND r.start_us < ?2))",
                       &stmt, reterr);
    if (r == 0) {
        stmt_bind(stmt, "ii", from_us, to_us);
        r = stmt_step(stmt, reterr);
    }
    if (r == 1) {
        ret_mark->id = stmt_i64(stmt, 0);
        snprintf(ret_mark->sha256, sizeof ret_mark->sha256, "%s", stmt_text(stmt, 1));
    }
    return r;
}
