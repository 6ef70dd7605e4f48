/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/known.h"

#include "base/db.h"

int known_size(struct db *db, int64_t n_bytes, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, "SELECT 1 FROM segment WHERE original_bytes = ? LIMIT 1", &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "i", n_bytes);
    return stmt_step(stmt, reterr);
}

int known_files(struct db *db, const char *original_sha256, const char *air_sha256,
                struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r =
        db_prepare(db, "SELECT 1 FROM segment WHERE original_sha256 = ? OR air_sha256 = ? LIMIT 1",
                   &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "tt", original_sha256, air_sha256);
    return stmt_step(stmt, reterr);
}
