/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/known.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/db.h"
#include "base/hash.h"
#include "base/paths.h"
#include "media/air_copy.h"
#include "media/fold.h"
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

enum { SAME_CODE_MAX = 1000 };

/* A file's name without its ending. */
static void stem_of(const char *name, char out[static PATHS_MAX])
{
    const char *ending = path_ending(name);
    size_t n = *ending ? (size_t)(ending - 1 - name) : strlen(name);
    snprintf(out, PATHS_MAX, "%.*s", (int)(n < PATHS_MAX ? n : PATHS_MAX - 1), name);
}

/* Is a row's code made of its file's name, and of another name than ours? */
static bool is_another(const char *code, bool is_first, const char *stem, const char *known_stem)
{
    char made[IMPORT_CODE_MAX];
    return !names_are_alike(stem, known_stem) &&
           (!is_first || (code_from_name(known_stem, made) == 0 && strcmp(made, code) == 0));
}

int known_code_of_name(struct db *db, const char *code, const char *original_name,
                       char out[static IMPORT_CODE_MAX], struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    char stem[PATHS_MAX];
    char known_stem[PATHS_MAX];
    stem_of(original_name, stem);
    snprintf(out, IMPORT_CODE_MAX, "%s", code);
    int r = db_prepare(db,
                       "SELECT original_name FROM segment WHERE code = ? "
                       "ORDER BY version DESC LIMIT 1",
                       &stmt, reterr);
    for (int i = 2; r == 0 && i < SAME_CODE_MAX; i++) {
        stmt_bind(stmt, "t", out);
        r = stmt_step(stmt, reterr);
        if (r <= 0) {
            return r;
        }
        stem_of(stmt_text(stmt, 0), known_stem);
        if (!is_another(code, i == 2, stem, known_stem)) {
            return 0;
        }
        char number[16];
        int n_number = snprintf(number, sizeof number, "-%d", i);
        int n_kept = (int)strnlen(code, (size_t)(IMPORT_CODE_MAX - 1 - n_number));
        while (n_kept > 1 && code[n_kept - 1] == '-') {
            n_kept--; /* where a long one is cut: no two hyphens */
        }
        snprintf(out, IMPORT_CODE_MAX, "%.*s%s", n_kept, code, number);
        r = 0;
    }
    return r;
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
