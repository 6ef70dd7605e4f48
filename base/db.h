/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_DB_H
#define BASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;
struct findings;

/*
 * The station's database, loa.db: the one place that opens SQLite. Tables come
 * from the numbered files in base/migrations/, applied in order inside one
 * transaction; docs/schema.md describes them.
 *
 * Units   Times are integer microseconds UTC (`_us`); durations are frames of
 *         48 kHz (`frames`) or microseconds.
 * Errors  Negative errno and a sentence that names the file: -ENOSPC (of a commit: nothing of
 *         it is on disk), -EROFS,
 *         -EBUSY (another loa writes for longer than 10 s), -EUCLEAN (not a
 *         database of this loa, or damaged), -EIO …
 * Threads A handle and its statements belong to one thread at a time. Several
 *         processes may open the same file: one writes, the others read on.
 */
struct db;
struct stmt;

enum db_mode {
    DB_READ,    /* must exist and be of this version; nothing is ever changed */
    DB_WRITE,   /* made and migrated when needed; WAL, every commit on disk before it returns */
    DB_SCRATCH, /* as DB_WRITE, but not synced: for rehearsals, which can be made again */
};

/* Given to the caller: db_close(). path is ":memory:" or a file. */
MUST_CHECK int db_open(const char *path, enum db_mode mode, struct db **ret_db,
                       struct fault *reterr);
struct db *db_close(struct db *db); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct db, db_close)
const char *db_path(const struct db *db);
bool db_is_scratch(const struct db *db); /* opened as DB_SCRATCH */

/* BEGIN IMMEDIATE / COMMIT. A failed commit has rolled back. db_rollback() is
 * harmless when nothing was begun, so that every error path may call it. */
MUST_CHECK int db_begin(struct db *db, struct fault *reterr);
MUST_CHECK int db_commit(struct db *db, struct fault *reterr);
void db_rollback(struct db *db);
/* Is a transaction begun and not over? Some failures inside one, a full disk for one, end it. */
bool db_is_begun(const struct db *db);

/* Is the file whole, and does every row that is referred to exist? Reads all of it; each breach
 * becomes a finding (the first twenty do), with one -EUCLEAN. */
MUST_CHECK int db_check(struct db *db, struct findings *findings);

/* Run one or more statements without parameters. */
MUST_CHECK int db_exec(struct db *db, const char *sql, struct fault *reterr);

/* Run one statement with parameters, ignoring rows. types as in stmt_bind(). */
MUST_CHECK int db_run(struct db *db, struct fault *reterr, const char *sql, const char *types, ...);
int64_t db_last_id(struct db *db);   /* rowid of the last INSERT */
int64_t db_n_changed(struct db *db); /* rows the last INSERT, UPDATE or DELETE touched */

/* Given to the caller: stmt_close(), before its db closes. sql is one statement. */
MUST_CHECK int db_prepare(struct db *db, const char *sql, struct stmt **ret_stmt,
                          struct fault *reterr);
struct stmt *stmt_close(struct stmt *stmt); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct stmt, stmt_close)

/* Reset the statement and bind all parameters, left to right. One letter each:
 * i int64_t, d double, t const char * (NULL: null), b const void * and size_t, n nothing (null).
 * Texts and bytes are copied. What fails, for want of memory for one, is told by stmt_step(). */
void stmt_bind(struct stmt *stmt, const char *types, ...);

/* 1: a row is there; 0: done; negative errno: failed. */
MUST_CHECK int stmt_step(struct stmt *stmt, struct fault *reterr);
int64_t stmt_i64(struct stmt *stmt, int column);
double stmt_f64(struct stmt *stmt, int column);
const char *stmt_text(struct stmt *stmt, int column); /* borrowed until the next step; NULL: null */
bool stmt_is_null(struct stmt *stmt, int column);
bool stmt_is_text(struct stmt *stmt, int column);
/* Of a text or of bytes, all of them, whatever they are; borrowed as stmt_text()'s. */
const void *stmt_bytes(struct stmt *stmt, int column, size_t *ret_n);
int stmt_n_columns(struct stmt *stmt);

#endif
