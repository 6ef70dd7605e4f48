/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/known.h"

#include <string.h>
#include <sys/stat.h>

#include "base/db.h"
#include "base/hash.h"
#include "base/paths.h"
#include "media/air_copy.h"
#include "media/library.h"
#include "media/library_int.h"

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
    int r = db_prepare(db,
                       "SELECT 1 FROM segment WHERE (original_sha256 = ? OR air_sha256 = ?) "
                       "AND removed_us IS NULL LIMIT 1",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "tt", original_sha256, air_sha256);
    return stmt_step(stmt, reterr);
}

int known_next_version(struct db *db, const char *code, int *ret_version, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, "SELECT coalesce(max(version), 0) + 1 FROM segment WHERE code = ?",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", code);
    r = stmt_step(stmt, reterr);
    if (r > 0) {
        *ret_version = (int)stmt_i64(stmt, 0);
    }
    return r < 0 ? r : 0;
}

int known_restore(struct db *db, int64_t segment_id, int64_t now_us, const char *who,
                  struct fault *reterr)
{
    int r =
        db_run(db, reterr, "UPDATE segment SET removed_us = NULL WHERE id = ?", "i", segment_id);
    return r < 0 ? r : library_note_step(db, segment_id, now_us, who, "restored", NULL, reterr);
}

static bool has_hash(const char *path, const char *sha256)
{
    char found[HASH_HEX_MAX];
    return hash_file(path, found, NULL) == 0 && strcmp(found, sha256) == 0;
}

bool known_files_are_whole(const char *station_dir, const struct known *known, bool by_bytes)
{
    char original[PATHS_MAX];
    char air[PATHS_MAX];
    struct stat st;
    AUTO(air_copy_close) struct air_copy *copy = NULL;
    return library_original_path(original, station_dir, known->original_sha256,
                                 known->original_name, NULL) == 0 &&
           stat(original, &st) == 0 && st.st_size == known->original_bytes &&
           air_copy_open(station_dir, known->air_sha256, known->channels, known->frames, &copy,
                         NULL) == 0 &&
           (!by_bytes ||
            (library_air_path(air, station_dir, known->air_sha256, NULL) == 0 &&
             has_hash(air, known->air_sha256) && has_hash(original, known->original_sha256)));
}
