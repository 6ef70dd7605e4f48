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
#include "media/library_int.h"
#include "media/segment_row.h"

static int out_of_memory(struct db *db, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
}

bool read_segment(struct stmt *stmt, struct arena *arena, struct segment *segment)
{
    bool has_topic = !stmt_is_null(stmt, 5);
    bool decided = !stmt_is_null(stmt, 18) && !stmt_is_null(stmt, 19);
    *segment = (struct segment){
        .id = stmt_i64(stmt, 0),
        .code = arena_strdup(arena, stmt_text(stmt, 1)),
        .version = (int)stmt_i64(stmt, 2),
        .title = arena_strdup(arena, stmt_text(stmt, 3)),
        .kind = arena_strdup(arena, stmt_text(stmt, 4)),
        .topic = has_topic ? arena_strdup(arena, stmt_text(stmt, 5)) : NULL,
        .tags = arena_strdup(arena, stmt_text(stmt, 6)),
        .state = segment_state_from_name(stmt_text(stmt, 7)),
        .valid_from_us = stmt_is_null(stmt, 8) ? INT64_MIN : stmt_i64(stmt, 8),
        .valid_until_us = stmt_is_null(stmt, 9) ? INT64_MAX : stmt_i64(stmt, 9),
        .channels = (int)stmt_i64(stmt, 11),
        .frames = stmt_i64(stmt, 12),
        .cue_in_frames = stmt_i64(stmt, 13),
        .copy_frames = stmt_i64(stmt, 14),
        .lufs = stmt_is_null(stmt, 15) ? NAN : stmt_f64(stmt, 15),
        .true_peak_dbtp = stmt_is_null(stmt, 16) ? -INFINITY : stmt_f64(stmt, 16),
        .gain_db = stmt_f64(stmt, 17),
        .decided_us = decided ? stmt_i64(stmt, 18) : INT64_MIN,
        .decided_by = decided ? arena_strdup(arena, stmt_text(stmt, 19)) : NULL,
        .decided_reason = arena_strdup(arena, stmt_text(stmt, 20)),
    };
    snprintf(segment->air_sha256, sizeof segment->air_sha256, "%s", stmt_text(stmt, 10));
    return segment->code && segment->title && segment->kind && segment->tags &&
           segment->decided_reason && (segment->topic || !has_topic) &&
           (segment->decided_by || !decided);
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
    version->removed_us = stmt_is_null(stmt, AT + 6) ? INT64_MIN : stmt_i64(stmt, AT + 6);
    return version->original_name && version->script && version->imported_by;
}

int library_no_such_code(struct db *db, const char *code, struct fault *reterr)
{
    return fault_set(reterr, ENOENT, db_path(db), 0,
                     _("the library has no recording `%s`; `loa segment list` shows what it has"),
                     code);
}

static int read_versions(struct db *db, const char *code, struct arena *arena,
                         struct library_version **ret_items, size_t *ret_n, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT " SEGMENT_COLUMNS ", original_sha256, original_name, "
                       "original_bytes, script, imported_us, imported_by, removed_us "
                       "FROM segment WHERE code = ? ORDER BY version",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", code);
    size_t capacity = 0;
    while ((r = stmt_step(stmt, reterr)) > 0) {
        *ret_items = arena_grow(arena, *ret_items, *ret_n, &capacity, sizeof **ret_items);
        if (!*ret_items || !read_version(stmt, arena, &(*ret_items)[*ret_n])) {
            return out_of_memory(db, reterr);
        }
        ++*ret_n;
    }
    return r;
}

static bool read_step(struct stmt *stmt, struct arena *arena, struct library_step *step)
{
    *step = (struct library_step){.at_us = stmt_i64(stmt, 1),
                                  .who = arena_strdup(arena, stmt_text(stmt, 2)),
                                  .act = arena_strdup(arena, stmt_text(stmt, 3)),
                                  .reason = arena_strdup(arena, stmt_text(stmt, 4))};
    return step->who && step->act && step->reason;
}

/* The steps of one version after the other, in the order of the versions. */
static int read_steps(struct db *db, const char *code, struct arena *arena,
                      struct library_version *versions, size_t n_versions, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT version, at_us, who, act, reason FROM segment_event "
                       "JOIN segment ON segment.id = segment_id WHERE code = ? "
                       "ORDER BY version, segment_event.id",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", code);
    struct library_step *steps = NULL;
    size_t n = 0;
    size_t capacity = 0;
    size_t at = 0;
    while ((r = stmt_step(stmt, reterr)) > 0) {
        steps = arena_grow(arena, steps, n, &capacity, sizeof *steps);
        if (!steps || !read_step(stmt, arena, &steps[n])) {
            return out_of_memory(db, reterr);
        }
        n++;
        while (at < n_versions && versions[at].segment.version < stmt_i64(stmt, 0)) {
            at++;
        }
        if (at < n_versions) { /* one that was made meanwhile is not told of */
            versions[at].n_steps++;
        }
    }
    for (size_t i = 0; i < n_versions; i++) {
        versions[i].steps = steps;
        steps = steps ? steps + versions[i].n_steps : NULL;
    }
    return r;
}

int library_read_history(struct db *db, const char *code, struct arena *arena,
                         struct library_history *ret_history, struct fault *reterr)
{
    struct library_version *items = NULL;
    size_t n = 0;
    int r = read_versions(db, code, arena, &items, &n, reterr);
    if (r == 0 && n == 0) {
        r = library_no_such_code(db, code, reterr);
    }
    if (r == 0) {
        r = read_steps(db, code, arena, items, n, reterr);
    }
    if (r == 0) {
        *ret_history = (struct library_history){.items = items, .n = n};
    }
    return r;
}
