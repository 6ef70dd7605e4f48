/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/library.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"

/* --- reading rows ----------------------------------------------------------------------- */

/* In the order of read_segment(). */
#define SEGMENT_COLUMNS                                                                            \
    "id, code, version, title, kind, topic, tags, state, valid_from_us, valid_until_us, "          \
    "air_sha256, channels, coalesce(cue_out_frames, frames) - cue_in_frames, cue_in_frames, "      \
    "frames, lufs, true_peak_dbtp, gain_db"

enum { N_SEGMENT_COLUMNS = 18 };

static enum segment_state state_from_name(const char *name)
{
    return strcmp(name, "approved") == 0    ? SEGMENT_APPROVED
           : strcmp(name, "withdrawn") == 0 ? SEGMENT_WITHDRAWN
                                            : SEGMENT_DRAFT;
}

static int out_of_memory(struct db *db, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
}

/* The row under the statement; false: out of memory. */
static bool read_segment(struct stmt *stmt, struct arena *arena, struct segment *segment)
{
    bool has_topic = !stmt_is_null(stmt, 5);
    *segment = (struct segment){
        .id = stmt_i64(stmt, 0),
        .code = arena_strdup(arena, stmt_text(stmt, 1)),
        .version = (int)stmt_i64(stmt, 2),
        .title = arena_strdup(arena, stmt_text(stmt, 3)),
        .kind = arena_strdup(arena, stmt_text(stmt, 4)),
        .topic = has_topic ? arena_strdup(arena, stmt_text(stmt, 5)) : NULL,
        .tags = arena_strdup(arena, stmt_text(stmt, 6)),
        .state = state_from_name(stmt_text(stmt, 7)),
        .valid_from_us = stmt_is_null(stmt, 8) ? INT64_MIN : stmt_i64(stmt, 8),
        .valid_until_us = stmt_is_null(stmt, 9) ? INT64_MAX : stmt_i64(stmt, 9),
        .channels = (int)stmt_i64(stmt, 11),
        .frames = stmt_i64(stmt, 12),
        .cue_in_frames = stmt_i64(stmt, 13),
        .copy_frames = stmt_i64(stmt, 14),
        .lufs = stmt_is_null(stmt, 15) ? NAN : stmt_f64(stmt, 15),
        .true_peak_dbtp = stmt_is_null(stmt, 16) ? -INFINITY : stmt_f64(stmt, 16),
        .gain_db = stmt_f64(stmt, 17),
    };
    snprintf(segment->air_sha256, sizeof segment->air_sha256, "%s", stmt_text(stmt, 10));
    return segment->code && segment->title && segment->kind && segment->tags &&
           (segment->topic || !has_topic);
}

int library_read(struct db *db, struct arena *arena, struct segments *ret_segments,
                 struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r =
        db_prepare(db,
                   "SELECT " SEGMENT_COLUMNS " FROM segment ORDER BY code COLLATE BINARY, version",
                   &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "");
    struct segment *items = NULL;
    size_t n = 0;
    size_t capacity = 0;
    while ((r = stmt_step(stmt, reterr)) > 0) {
        items = arena_grow(arena, items, n, &capacity, sizeof *items);
        if (!items || !read_segment(stmt, arena, &items[n])) {
            return out_of_memory(db, reterr);
        }
        n++;
    }
    if (r < 0) {
        return r;
    }
    *ret_segments = (struct segments){.items = items, .n = n};
    return 0;
}

/* The row under the statement, with what follows SEGMENT_COLUMNS. */
static bool read_version(struct stmt *stmt, struct arena *arena, struct library_version *version)
{
    enum { AT = N_SEGMENT_COLUMNS };
    if (!read_segment(stmt, arena, &version->segment)) {
        return false;
    }
    snprintf(version->original_sha256, sizeof version->original_sha256, "%s", stmt_text(stmt, AT));
    version->original_name = arena_strdup(arena, stmt_text(stmt, AT + 1));
    version->original_bytes = stmt_i64(stmt, AT + 2);
    version->script = arena_strdup(arena, stmt_text(stmt, AT + 3));
    version->imported_us = stmt_i64(stmt, AT + 4);
    version->imported_by = arena_strdup(arena, stmt_text(stmt, AT + 5));
    bool decided = !stmt_is_null(stmt, AT + 6) && !stmt_is_null(stmt, AT + 7);
    version->decided_us = decided ? stmt_i64(stmt, AT + 6) : INT64_MIN;
    version->decided_by = decided ? arena_strdup(arena, stmt_text(stmt, AT + 7)) : NULL;
    return version->original_name && version->script && version->imported_by &&
           (version->decided_by || !decided);
}

static int no_such_code(struct db *db, const char *code, struct fault *reterr)
{
    return fault_set(reterr, ENOENT, db_path(db), 0,
                     _("the library has no recording `%s`; `loa segment list` shows what it has"),
                     code);
}

int library_read_history(struct db *db, const char *code, struct arena *arena,
                         struct library_history *ret_history, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT " SEGMENT_COLUMNS ", original_sha256, original_name, "
                       "original_bytes, script, imported_us, imported_by, decided_us, decided_by "
                       "FROM segment WHERE code = ? ORDER BY version",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", code);
    struct library_version *items = NULL;
    size_t n = 0;
    size_t capacity = 0;
    while ((r = stmt_step(stmt, reterr)) > 0) {
        items = arena_grow(arena, items, n, &capacity, sizeof *items);
        if (!items || !read_version(stmt, arena, &items[n])) {
            return out_of_memory(db, reterr);
        }
        n++;
    }
    if (r < 0) {
        return r;
    }
    if (n == 0) {
        return no_such_code(db, code, reterr);
    }
    *ret_history = (struct library_history){.items = items, .n = n};
    return 0;
}

/* --- deciding --------------------------------------------------------------------------- */

/* How many versions a code has, and how many of them were ever decided on. */
static int count_versions(struct db *db, const char *code, int64_t *ret_n, int64_t *ret_n_decided,
                          struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT count(*), count(CASE WHEN state <> 'draft' THEN 1 END) "
                       "FROM segment WHERE code = ?",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", code);
    r = stmt_step(stmt, reterr);
    if (r > 0) {
        *ret_n = stmt_i64(stmt, 0);
        *ret_n_decided = stmt_i64(stmt, 1);
    }
    return r < 0 ? r : 0;
}

static int approve(struct db *db, const char *code, const char *who, int64_t now_us,
                   struct fault *reterr)
{
    int64_t n = 0;
    int64_t n_decided = 0;
    int r = count_versions(db, code, &n, &n_decided, reterr);
    if (r == 0 && n == 0) {
        r = no_such_code(db, code, reterr);
    }
    return r < 0 ? r
                 : db_run(db, reterr,
                          "UPDATE segment SET state = 'approved', decided_us = ?, decided_by = ? "
                          "WHERE code = ? AND state <> 'approved' AND version = "
                          "(SELECT max(version) FROM segment WHERE code = ?)",
                          "ittt", now_us, who, code, code);
}

static int withdraw(struct db *db, const char *code, const char *who, int64_t now_us,
                    struct fault *reterr)
{
    int64_t n = 0;
    int64_t n_decided = 0;
    int r = count_versions(db, code, &n, &n_decided, reterr);
    if (r == 0 && n == 0) {
        r = no_such_code(db, code, reterr);
    } else if (r == 0 && n_decided == 0) {
        r = fault_set(reterr, ENODATA, db_path(db), 0,
                      _("`%s` was never approved, so there is nothing to withdraw"), code);
    }
    return r < 0 ? r
                 : db_run(db, reterr,
                          "UPDATE segment SET state = 'withdrawn', decided_us = ?, decided_by = ? "
                          "WHERE code = ? AND state = 'approved'",
                          "itt", now_us, who, code);
}

typedef int decide_fn(struct db *db, const char *code, const char *who, int64_t now_us,
                      struct fault *reterr);

static int decide(decide_fn *change, struct db *db, const char *code, const char *who,
                  int64_t now_us, struct fault *reterr)
{
    int r = db_begin(db, reterr);
    if (r < 0) {
        return r;
    }
    r = change(db, code, who, now_us, reterr);
    if (r < 0) {
        db_rollback(db);
        return r;
    }
    return db_commit(db, reterr);
}

int library_approve(struct db *db, const char *code, const char *who, int64_t now_us,
                    struct fault *reterr)
{
    return decide(approve, db, code, who, now_us, reterr);
}

int library_withdraw(struct db *db, const char *code, const char *who, int64_t now_us,
                     struct fault *reterr)
{
    return decide(withdraw, db, code, who, now_us, reterr);
}

/* --- where files lie -------------------------------------------------------------------- */

enum { ENDING_MAX = 8 };

static bool is_hash(const char *text)
{
    return strlen(text) == HASH_HEX_MAX - 1 && strspn(text, "0123456789abcdef") == HASH_HEX_MAX - 1;
}

static int stored_path(char out[static PATHS_MAX], const char *station_dir, const char *folder,
                       const char *sha256, const char *ending, struct fault *reterr)
{
    if (!is_hash(sha256)) {
        return fault_set(
            reterr, EINVAL, sha256, 0,
            _("does not name a file of the library; this is a fault of loa, report it"));
    }
    char name[PATHS_MAX];
    snprintf(name, sizeof name, "library/%s/%.2s/%s%s%s", folder, sha256, sha256,
             *ending ? "." : "", ending);
    return path_join(out, station_dir, name, reterr);
}

int library_air_path(char out[static PATHS_MAX], const char *station_dir, const char *air_sha256,
                     struct fault *reterr)
{
    return stored_path(out, station_dir, "air", air_sha256, "wav", reterr);
}

int library_original_path(char out[static PATHS_MAX], const char *station_dir,
                          const char *original_sha256, const char *original_name,
                          struct fault *reterr)
{
    char ending[ENDING_MAX + 1] = "";
    const char *given = path_ending(original_name);
    size_t n = strlen(given);
    for (size_t i = 0; n <= ENDING_MAX && i < n; i++) {
        bool upper = given[i] >= 'A' && given[i] <= 'Z';
        ending[i] = (char)(upper ? given[i] - 'A' + 'a' : given[i]);
    }
    if (strspn(ending, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(ending)) {
        ending[0] = '\0';
    }
    return stored_path(out, station_dir, "original", original_sha256, ending, reterr);
}
