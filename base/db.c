/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/migrations.h"

enum { BUSY_TIMEOUT_MS = 10000, BUSY_RETRY_MS = 10, APPLICATION_ID = 0x6c6f6121 /* "loa!" */ };

struct db {
    sqlite3 *sqlite;
    char *path;
    enum db_mode mode;
};

struct stmt {
    struct db *db;
    sqlite3_stmt *sqlite;
    int bind_code; /* the first failure of the last stmt_bind() */
};

static int errno_from_sqlite(sqlite3 *sqlite, int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return ENOSPC;
    case SQLITE_READONLY:
        return EROFS;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return EUCLEAN;
    case SQLITE_NOMEM:
        return ENOMEM;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return EACCES;
    case SQLITE_CONSTRAINT:
        return EEXIST;
    case SQLITE_CANTOPEN: {
        /* What cannot be made SQLite tries to open as it is, and then it is not there: whatever
         * the reason was, it was not a wrong name. */
        int system = sqlite3_system_errno(sqlite);
        return system == ENOENT ? EIO : system ? system : EACCES;
    }
    case SQLITE_IOERR: /* a write-ahead log that cannot even be made on a full disk, for one */
        return sqlite3_system_errno(sqlite) == ENOSPC ? ENOSPC : EIO;
    default:
        return EIO;
    }
}

static int db_fault(struct db *db, int code, struct fault *reterr)
{
    int err = errno_from_sqlite(db->sqlite, code);
    if (code == SQLITE_IOERR_SHMSIZE) {
        /* No room for its index either. Not -ENOSPC, which promises that nothing was written: a
         * commit that ends like this may be found by the next to open the file. */
        return fault_set(reterr, err, db->path, 0,
                         _("the disk is full; free some space and try again"));
    }
    switch (err) {
    case ENOSPC:
        return fault_set(reterr, err, db->path, 0,
                         _("the disk is full; free some space and try again"));
    case EROFS:
        return fault_set(reterr, err, db->path, 0,
                         _("cannot be written: the file or its folder is read-only"));
    case EBUSY:
        return fault_set(reterr, err, db->path, 0,
                         _("another loa is writing to the database; try again in a moment"));
    case EUCLEAN:
        return fault_set(reterr, err, db->path, 0,
                         _("is not a database of loa or is damaged; put back a safety copy"));
    default:
        if ((code & 0xff) == SQLITE_CANTOPEN) {
            return fault_set(reterr, err, db->path, 0,
                             _("cannot be opened or made; see to the disk and to who may write in "
                               "its folder"));
        }
        return fault_set(reterr, err, db->path, 0, _("the database failed: %s"),
                         sqlite3_errmsg(db->sqlite));
    }
}

bool db_is_scratch(const struct db *db)
{
    return db->mode == DB_SCRATCH;
}

const char *db_path(const struct db *db)
{
    return db->path;
}

struct db *db_close(struct db *db)
{
    if (db) {
        sqlite3_close(db->sqlite);
        free(db->path);
        free(db);
    }
    return NULL;
}

static int query_int(struct db *db, const char *sql, int64_t *ret, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, sql, &stmt, reterr);
    if (r == 0) {
        r = stmt_step(stmt, reterr);
    }
    if (r == 1) {
        *ret = stmt_i64(stmt, 0);
    }
    return r < 0 ? r : 0;
}

static int db_version(struct db *db, int64_t *ret_version, struct fault *reterr)
{
    int64_t id = 0;
    int64_t n_tables = 0;
    /* Tables first: another process may be making them, and what it commits has its id. */
    int r = query_int(db, "SELECT count(*) FROM sqlite_schema", &n_tables, reterr);
    if (r == 0) {
        r = query_int(db, "PRAGMA application_id", &id, reterr);
    }
    if (r == 0) {
        r = query_int(db, "PRAGMA user_version", ret_version, reterr);
    }
    if (r < 0) {
        return r;
    }
    if (id != APPLICATION_ID && n_tables > 0) {
        return fault_set(reterr, EUCLEAN, db->path, 0,
                         _("is a database of another program; choose another station folder"));
    }
    if (*ret_version > (int64_t)n_migrations) {
        return fault_set(reterr, EUCLEAN, db->path, 0,
                         _("was written by a newer loa (version %lld); install that one"),
                         (long long)*ret_version);
    }
    return 0;
}

static int db_migrate(struct db *db, struct fault *reterr)
{
    int64_t version = 0;
    int r = db_version(db, &version, reterr);
    if (r < 0 || version == (int64_t)n_migrations) {
        return r;
    }
    r = db_begin(db, reterr);
    if (r < 0) {
        return r;
    }
    /* Another process may have migrated while we waited for the lock. */
    r = db_version(db, &version, reterr);
    for (; r == 0 && version < (int64_t)n_migrations; version++) {
        r = db_exec(db, migrations[version], reterr);
    }
    if (r == 0) {
        char stamp[96];
        snprintf(stamp, sizeof stamp, "PRAGMA application_id=%d; PRAGMA user_version=%d",
                 APPLICATION_ID, (int)version);
        r = db_exec(db, stamp, reterr);
    }
    if (r == 0) {
        return db_commit(db, reterr);
    }
    db_rollback(db);
    return r;
}

/* While two processes make one database, SQLite refuses this at once instead of waiting. */
static int db_use_wal(struct db *db, struct fault *reterr)
{
    struct clock clock = clock_system();
    int64_t until_ns = clock_steady_ns(&clock) + (int64_t)BUSY_TIMEOUT_MS * 1000000;
    int r = db_exec(db, "PRAGMA journal_mode=WAL", reterr);
    while (r == -EBUSY && clock_steady_ns(&clock) < until_ns) {
        sqlite3_sleep(BUSY_RETRY_MS);
        r = db_exec(db, "PRAGMA journal_mode=WAL", reterr);
    }
    return r;
}

static int db_configure(struct db *db, enum db_mode mode, struct fault *reterr)
{
    sqlite3_busy_timeout(db->sqlite, BUSY_TIMEOUT_MS);
    /* No statement of ours may write to the tables in which an index of words is kept. */
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    int r =
        db_exec(db,
                "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA recursive_triggers=ON",
                reterr);
    if (r < 0) {
        return r;
    }
    if (mode == DB_READ) {
        int64_t version = 0;
        r = db_version(db, &version, reterr);
        if (r == 0 && version < (int64_t)n_migrations) {
            r = fault_set(reterr, EUCLEAN, db->path, 0,
                          _("was written by an older loa; run `loa check` in the station once to "
                            "bring it up to date"));
        }
        return r;
    }
    r = db_use_wal(db, reterr);
    if (r == 0) { /* the triggers that keep the index of words write to a virtual table */
        r = db_exec(db, "PRAGMA trusted_schema=ON", reterr);
    }
    if (r == 0) {
        r = db_exec(db, mode == DB_SCRATCH ? "PRAGMA synchronous=OFF" : "PRAGMA synchronous=FULL",
                    reterr);
    }
    return r < 0 ? r : db_migrate(db, reterr);
}

int db_open(const char *path, enum db_mode mode, struct db **ret_db, struct fault *reterr)
{
    AUTO(db_close) struct db *db = calloc(1, sizeof *db);
    if (!db || !(db->path = strdup(path))) {
        return fault_set(reterr, ENOMEM, path, 0, _("out of memory"));
    }
    db->mode = mode;
    if (mode == DB_READ && strcmp(path, ":memory:") != 0 && access(path, F_OK) != 0) {
        return fault_set(reterr, errno, path, 0,
                         _("there is no database yet; load recordings with `loa import` first"));
    }
    /* A reader of a WAL database still writes its shared-memory index, so a
     * read-only handle is asked for by query_only instead of by the open flags. */
    int flags = SQLITE_OPEN_READWRITE | (mode == DB_READ ? 0 : SQLITE_OPEN_CREATE);
    int code = sqlite3_open_v2(path, &db->sqlite, flags, NULL);
    if (code != SQLITE_OK) {
        return db_fault(db, code, reterr);
    }
    sqlite3_extended_result_codes(db->sqlite, 1);
    int r = db_configure(db, mode, reterr);
    if (r == 0 && mode == DB_READ) {
        r = db_exec(db, "PRAGMA query_only=ON", reterr);
    }
    if (r < 0) {
        return r;
    }
    *ret_db = STEAL(db);
    return 0;
}

int db_begin(struct db *db, struct fault *reterr)
{
    return db_exec(db, "BEGIN IMMEDIATE", reterr);
}

int db_commit(struct db *db, struct fault *reterr)
{
    int r = db_exec(db, "COMMIT", reterr);
    if (r < 0) {
        db_rollback(db);
    }
    return r;
}

void db_rollback(struct db *db)
{
    if (db_is_begun(db)) {
        (void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
    }
}

bool db_is_begun(const struct db *db)
{
    return !sqlite3_get_autocommit(db->sqlite);
}

int db_exec(struct db *db, const char *sql, struct fault *reterr)
{
    int code = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : db_fault(db, code, reterr);
}

/* The rows of a check, but the one that says that all is well. */
static int run_check(struct db *db, const char *sql, struct findings *findings,
                     struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, sql, &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "");
    while ((r = stmt_step(stmt, reterr)) > 0) {
        if (strcmp(stmt_text(stmt, 0), "ok") != 0) {
            struct fault fault = {0};
            fault_set(&fault, EUCLEAN, db->path, 0, _("is damaged (%s); put back a safety copy"),
                      stmt_text(stmt, 0));
            findings_add_fault(findings, "database", &fault);
        }
    }
    return r;
}

int db_check(struct db *db, struct findings *findings)
{
    struct fault fault = {0};
    size_t n_errors = findings->n_errors;
    int r = run_check(db, "PRAGMA integrity_check(20)", findings, &fault);
    if (r == 0) {
        r = run_check(db,
                      "SELECT format('%s %s: %s', \"table\", rowid, parent) "
                      "FROM pragma_foreign_key_check LIMIT 20",
                      findings, &fault);
    }
    if (r < 0) {
        findings_add_fault(findings, "database", &fault);
    }
    return r < 0 ? r : findings->n_errors > n_errors ? -EUCLEAN : 0;
}

int64_t db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->sqlite);
}

int64_t db_n_changed(struct db *db)
{
    return sqlite3_changes64(db->sqlite);
}

int db_prepare(struct db *db, const char *sql, struct stmt **ret_stmt, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = calloc(1, sizeof *stmt);
    if (!stmt) {
        return fault_set(reterr, ENOMEM, db->path, 0, _("out of memory"));
    }
    stmt->db = db;
    int code = sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt->sqlite, NULL);
    if (code != SQLITE_OK) {
        return db_fault(db, code, reterr);
    }
    *ret_stmt = STEAL(stmt);
    return 0;
}

struct stmt *stmt_close(struct stmt *stmt)
{
    if (stmt) {
        sqlite3_finalize(stmt->sqlite);
        free(stmt);
    }
    return NULL;
}

static void stmt_bind_list(struct stmt *stmt, const char *types, va_list args)
{
    sqlite3_reset(stmt->sqlite);
    sqlite3_clear_bindings(stmt->sqlite);
    int code = SQLITE_OK;
    for (int i = 1; *types && code == SQLITE_OK; i++, types++) {
        if (*types == 'i') {
            code = sqlite3_bind_int64(stmt->sqlite, i, va_arg(args, int64_t));
        } else if (*types == 'd') {
            code = sqlite3_bind_double(stmt->sqlite, i, va_arg(args, double));
        } else if (*types == 't') {
            code = sqlite3_bind_text(stmt->sqlite, i, va_arg(args, const char *), -1,
                                     SQLITE_TRANSIENT);
        } else if (*types == 'b') {
            const void *bytes = va_arg(args, const void *);
            code =
                sqlite3_bind_blob64(stmt->sqlite, i, bytes, va_arg(args, size_t), SQLITE_TRANSIENT);
        } else {
            code = sqlite3_bind_null(stmt->sqlite, i);
        }
    }
    stmt->bind_code = code;
}

void stmt_bind(struct stmt *stmt, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    stmt_bind_list(stmt, types, args);
    va_end(args);
}

int stmt_step(struct stmt *stmt, struct fault *reterr)
{
    if (stmt->bind_code != SQLITE_OK) {
        return db_fault(stmt->db, stmt->bind_code, reterr);
    }
    int code = sqlite3_step(stmt->sqlite);
    if (code == SQLITE_ROW) {
        return 1;
    }
    if (code == SQLITE_DONE) {
        return 0;
    }
    int r = db_fault(stmt->db, code, reterr);
    sqlite3_reset(stmt->sqlite);
    return r;
}

int db_run(struct db *db, struct fault *reterr, const char *sql, const char *types, ...)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, sql, &stmt, reterr);
    if (r < 0) {
        return r;
    }
    va_list args;
    va_start(args, types);
    stmt_bind_list(stmt, types, args);
    va_end(args);
    do {
        r = stmt_step(stmt, reterr);
    } while (r == 1);
    return r;
}

int64_t stmt_i64(struct stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->sqlite, column);
}

double stmt_f64(struct stmt *stmt, int column)
{
    return sqlite3_column_double(stmt->sqlite, column);
}

const char *stmt_text(struct stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt->sqlite, column);
}

bool stmt_is_null(struct stmt *stmt, int column)
{
    return sqlite3_column_type(stmt->sqlite, column) == SQLITE_NULL;
}

bool stmt_is_text(struct stmt *stmt, int column)
{
    return sqlite3_column_type(stmt->sqlite, column) == SQLITE_TEXT;
}

const void *stmt_bytes(struct stmt *stmt, int column, size_t *ret_n)
{
    const void *bytes = sqlite3_column_blob(stmt->sqlite, column);
    *ret_n = bytes ? (size_t)sqlite3_column_bytes(stmt->sqlite, column) : 0;
    return bytes ? bytes : "";
}

int stmt_n_columns(struct stmt *stmt)
{
    return sqlite3_column_count(stmt->sqlite);
}
