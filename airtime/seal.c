/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/seal_int.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"

enum { SQL_MAX = 512 };

const struct sealed_table sealed_tables[SEALED_N_TABLES] = {
    [SEALED_AIRING] = {"airing", "id",
                       "id, slot_uid, slot_recurrence_us, position, piece,"
                       " (SELECT lines FROM line_set s WHERE s.id = line_set_id), segment_id,"
                       " segment_code, segment_version, title, kind, topic, tags, repeat, role,"
                       " planned_start_us, planned_frames, start_us, offset_frames, whole_frames"},
    [SEALED_AIRING_END] = {"airing_end", "airing_id", "airing_id, end_us, frames, cause"},
    [SEALED_OUTAGE] = {"outage", "id", "id, line, start_us, reason"},
    [SEALED_OUTAGE_END] = {"outage_end", "outage_id", "outage_id, end_us"},
};

/* ---- the seal of a row */

int sealed_rows_open(struct db *db, struct sealed_rows *rows, struct fault *reterr)
{
    int r = 0;
    *rows = (struct sealed_rows){0};
    for (size_t i = 0; i < SEALED_N_TABLES && r == 0; i++) {
        const struct sealed_table *table = &sealed_tables[i];
        char sql[SQL_MAX];
        snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s = ?", table->columns, table->name,
                 table->key);
        r = db_prepare(db, sql, &rows->by_key[i], reterr);
    }
    if (r < 0) {
        sealed_rows_close(rows);
    }
    return r;
}

void sealed_rows_close(struct sealed_rows *rows)
{
    for (size_t i = 0; i < SEALED_N_TABLES; i++) {
        rows->by_key[i] = stmt_close(rows->by_key[i]);
    }
}

static void add_number(struct hash_sum *sum, char tag, uint64_t number)
{
    unsigned char bytes[9] = {(unsigned char)tag};
    for (int i = 8; i > 0; i--, number >>= 8) {
        bytes[i] = (unsigned char)number;
    }
    hash_add(sum, bytes, sizeof bytes);
}

static void add_text(struct hash_sum *sum, const char *text, size_t n_bytes)
{
    add_number(sum, 't', n_bytes);
    hash_add(sum, text, n_bytes);
}

static void add_column(struct hash_sum *sum, struct stmt *row, int column)
{
    if (stmt_is_null(row, column)) {
        hash_add(sum, "n", 1);
    } else if (stmt_is_text(row, column)) {
        size_t n_bytes = 0;
        const void *text = stmt_bytes(row, column, &n_bytes);
        add_text(sum, text, n_bytes);
    } else {
        add_number(sum, 'i', (uint64_t)stmt_i64(row, column));
    }
}

int sealed_rows_digest(struct sealed_rows *rows, enum sealed table, int64_t row_id,
                       const unsigned char before[static HASH_BYTES],
                       unsigned char out[static HASH_BYTES], struct fault *reterr)
{
    struct stmt *row = rows->by_key[table];
    stmt_bind(row, "i", row_id);
    int r = stmt_step(row, reterr);
    if (r == 1) {
        AUTO(hash_destroy) struct hash_sum *sum = hash_begin();
        if (sum) {
            hash_add(sum, before, HASH_BYTES);
            add_text(sum, sealed_tables[table].name, strlen(sealed_tables[table].name));
            for (int column = 0; column < stmt_n_columns(row); column++) {
                add_column(sum, row, column);
            }
            hash_end_bytes(sum, out);
        } else {
            r = fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
        }
    }
    stmt_bind(row, ""); /* no reader is left open over a commit */
    return r;
}

/* ---- writing */

struct seals {
    struct db *db;
    struct sealed_rows rows;
    struct stmt *insert;
    bool is_known; /* what the last seal is */
    int64_t last_id;
    unsigned char last[HASH_BYTES];
};

static int read_last(struct seals *seals, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    int r = db_prepare(seals->db,
                       "SELECT id, sha256 FROM seal WHERE id < 1 << 62 ORDER BY id DESC LIMIT 1",
                       &row, reterr);
    if (r == 0) {
        r = stmt_step(row, reterr);
    }
    if (r < 0) {
        return r;
    }
    memset(seals->last, 0, sizeof seals->last);
    seals->last_id = r == 1 ? stmt_i64(row, 0) : 0;
    if (r == 1) {
        size_t n_bytes = 0;
        const void *bytes = stmt_bytes(row, 1, &n_bytes);
        memcpy(seals->last, bytes, n_bytes < HASH_BYTES ? n_bytes : HASH_BYTES);
    }
    seals->is_known = true;
    return 0;
}

int seals_add(struct seals *seals, enum sealed table, int64_t row_id, struct fault *reterr)
{
    unsigned char digest[HASH_BYTES];
    if (db_is_scratch(seals->db)) {
        return 0; /* a rehearsal's rows prove nothing */
    }
    int r = seals->is_known ? 0 : read_last(seals, reterr);
    if (r == 0) {
        r = sealed_rows_digest(&seals->rows, table, row_id, seals->last, digest, reterr);
    }
    if (r == 0) {
        return fault_set(reterr, ENOENT, db_path(seals->db), 0,
                         _("row %lld of %s is not there and cannot be sealed; this is a fault of "
                           "loa, report it"),
                         (long long)row_id, sealed_tables[table].name);
    }
    if (r < 0) {
        return r;
    }
    stmt_bind(seals->insert, "itib", seals->last_id + 1, sealed_tables[table].name, row_id, digest,
              sizeof digest);
    r = stmt_step(seals->insert, reterr);
    stmt_bind(seals->insert, "");
    if (r == 0) {
        seals->last_id++;
        memcpy(seals->last, digest, sizeof digest);
    }
    return r;
}

void seals_forget(struct seals *seals)
{
    seals->is_known = false;
}

static int add_table(struct seals *seals, enum sealed table, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    char sql[SQL_MAX];
    snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY 1", sealed_tables[table].key,
             sealed_tables[table].name);
    int r = db_prepare(seals->db, sql, &row, reterr);
    while (r == 0 && (r = stmt_step(row, reterr)) == 1) {
        r = seals_add(seals, table, stmt_i64(row, 0), reterr);
    }
    return r;
}

/* What was written before there were seals. */
static int add_all(struct seals *seals, struct fault *reterr)
{
    int r = db_begin(seals->db, reterr);
    for (enum sealed table = 0; table < SEALED_N_TABLES && r == 0; table++) {
        r = add_table(seals, table, reterr);
    }
    if (r == 0) {
        r = db_commit(seals->db, reterr);
    }
    if (r < 0) {
        db_rollback(seals->db);
    }
    return r;
}

int seals_open(struct db *db, struct seals **ret_seals, struct fault *reterr)
{
    AUTO(seals_close) struct seals *seals = calloc(1, sizeof *seals);
    if (!seals) {
        return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
    }
    seals->db = db;
    int r = sealed_rows_open(db, &seals->rows, reterr);
    if (r == 0) {
        r = db_prepare(db, "INSERT INTO seal (id, row_of, row_id, sha256) VALUES (?, ?, ?, ?)",
                       &seals->insert, reterr);
    }
    if (r == 0) {
        r = read_last(seals, reterr);
    }
    if (r == 0 && seals->last_id == 0 && !db_is_scratch(db)) {
        r = add_all(seals, reterr);
    }
    if (r < 0) {
        return r;
    }
    *ret_seals = STEAL(seals);
    return 0;
}

struct seals *seals_close(struct seals *seals)
{
    if (seals) {
        sealed_rows_close(&seals->rows);
        stmt_close(seals->insert);
        free(seals);
    }
    return NULL;
}
