/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "scheduler/planner_int.h"
#include "scheduler/revision.h"

/* Revisions, read back; and how far and of what the plan is frozen. */

const char *plan_cause_kind_name(enum plan_cause_kind kind)
{
    static const char *const names[] = {"calendar", "station", "library"};
    return names[kind];
}

const char *plan_change_kind_name(enum plan_change_kind kind)
{
    static const char *const names[] = {"added", "removed", "moved", "changed"};
    return names[kind];
}

static enum plan_cause_kind cause_kind_parse(const char *name)
{
    enum plan_cause_kind kind = CAUSE_CALENDAR;
    while (kind < CAUSE_LIBRARY && strcmp(plan_cause_kind_name(kind), name) != 0) {
        kind++;
    }
    return kind;
}

static enum plan_change_kind change_kind_parse(const char *name)
{
    enum plan_change_kind kind = CHANGE_ADDED;
    while (kind < CHANGE_CHANGED && strcmp(plan_change_kind_name(kind), name) != 0) {
        kind++;
    }
    return kind;
}

int plan_frozen_until(struct db *db, int64_t from_us, int64_t *ret_until_us, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int64_t until_us = from_us;
    bool reaches_on = true;
    int r = db_prepare(db, "SELECT max(to_us) FROM plan_window WHERE from_us <= ?1 AND to_us > ?1",
                       &stmt, reterr);
    while (r >= 0 && reaches_on) {
        stmt_bind(stmt, "i", until_us);
        r = stmt_step(stmt, reterr);
        reaches_on = r == 1 && !stmt_is_null(stmt, 0);
        until_us = reaches_on ? stmt_i64(stmt, 0) : until_us;
    }
    if (r < 0) {
        return r;
    }
    *ret_until_us = until_us;
    return 0;
}

int plan_sources_visit(struct db *db, int (*visit)(void *context, const struct plan_source *source),
                       void *context, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, "SELECT name, stamp FROM plan_source ORDER BY name", &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "");
    while ((r = stmt_step(stmt, reterr)) == 1) {
        struct plan_source source = {.name = stmt_text(stmt, 0), .stamp = stmt_text(stmt, 1)};
        r = visit(context, &source);
        if (r != 0) {
            return r;
        }
    }
    return r;
}

/* ---- changes */

struct reading {
    struct db *db;
    plan_change_visit *visit;
    void *context;
    struct arena *arena; /* of the revision and its causes */
    struct plan_revision revision;
};

static int read_causes(struct reading *reading, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    struct plan_cause *causes = NULL;
    size_t n = 0;
    size_t capacity = 0;
    int r = db_prepare(reading->db,
                       "SELECT kind, subject, act, who, reason, coalesce(at_us,"
                       " -9223372036854775808), n FROM plan_cause WHERE revision_id = ?"
                       " ORDER BY id",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "i", reading->revision.id);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        causes = arena_grow(reading->arena, causes, n, &capacity, sizeof *causes);
        if (!causes) {
            return plan_no_memory(reterr);
        }
        struct plan_cause *cause = &causes[n++];
        *cause = (struct plan_cause){.kind = cause_kind_parse(stmt_text(stmt, 0)),
                                     .subject = arena_strdup(reading->arena, stmt_text(stmt, 1)),
                                     .act = arena_strdup(reading->arena, stmt_text(stmt, 2)),
                                     .who = arena_strdup(reading->arena, stmt_text(stmt, 3)),
                                     .reason = arena_strdup(reading->arena, stmt_text(stmt, 4)),
                                     .at_us = stmt_i64(stmt, 5),
                                     .n = stmt_i64(stmt, 6)};
        if (!cause->subject || !cause->act || !cause->who || !cause->reason) {
            return plan_no_memory(reterr);
        }
    }
    reading->revision.causes = causes;
    reading->revision.n_causes = n;
    return r;
}

enum column {
    COLUMN_REVISION, /* id, made, from, to */
    COLUMN_CHANGE = 4,
    COLUMN_UID,
    COLUMN_RECURRENCE,
    COLUMN_TITLE,
    COLUMN_POSITION,
    COLUMN_BEFORE,
    COLUMN_AFTER = COLUMN_BEFORE + 9,
};

static const char SELECT_CHANGES[] =
    "SELECT plan_revision.id, made_us, from_us, to_us, change, slot_uid, slot_recurrence_us,"
    " slot_title, coalesce(position, -1), before.title, before.start_us, before.frames,"
    " before.line_set_id, before.segment_code, before.segment_version, before.gain_db,"
    " before.state, before.reason, after.title, after.start_us, after.frames, after.line_set_id,"
    " after.segment_code, after.segment_version, after.gain_db, after.state, after.reason"
    " FROM plan_change JOIN plan_revision ON plan_revision.id = revision_id"
    " LEFT JOIN plan_outcome AS before ON before.change_id = plan_change.id"
    " AND before.side = 'before'"
    " LEFT JOIN plan_outcome AS after ON after.change_id = plan_change.id AND after.side = 'after'"
    " WHERE (before.start_us >= ?1 AND before.start_us < ?2)"
    " OR (after.start_us >= ?1 AND after.start_us < ?2) ORDER BY plan_change.id";

/* The outcome whose columns begin at `first`; NULL: there is none. Its texts are the row's. */
static const struct plan_outcome *read_outcome(struct stmt *stmt, int first,
                                               struct plan_outcome *memory)
{
    if (stmt_is_null(stmt, first)) {
        return NULL;
    }
    *memory = (struct plan_outcome){.title = stmt_text(stmt, first),
                                    .start_us = stmt_i64(stmt, first + 1),
                                    .frames = stmt_i64(stmt, first + 2),
                                    .line_set_id = stmt_i64(stmt, first + 3),
                                    .code = stmt_text(stmt, first + 4),
                                    .version = (int)stmt_i64(stmt, first + 5),
                                    .gain_db = stmt_f64(stmt, first + 6),
                                    .state = plan_state_parse(stmt_text(stmt, first + 7)),
                                    .reason = stmt_text(stmt, first + 8)};
    return memory;
}

static int read_revision(struct reading *reading, struct stmt *stmt, struct fault *reterr)
{
    if (reading->revision.id == stmt_i64(stmt, COLUMN_REVISION)) {
        return 0;
    }
    arena_destroy(reading->arena);
    reading->arena = arena_create(PLAN_MAX_BYTES);
    reading->revision = (struct plan_revision){.id = stmt_i64(stmt, COLUMN_REVISION),
                                               .made_us = stmt_i64(stmt, COLUMN_REVISION + 1),
                                               .from_us = stmt_i64(stmt, COLUMN_REVISION + 2),
                                               .to_us = stmt_i64(stmt, COLUMN_REVISION + 3)};
    return reading->arena ? read_causes(reading, reterr) : plan_no_memory(reterr);
}

static int read_change(struct reading *reading, struct stmt *stmt, struct fault *reterr)
{
    struct plan_outcome before;
    struct plan_outcome after;
    int r = read_revision(reading, stmt, reterr);
    if (r < 0) {
        return r;
    }
    struct plan_change change = {.kind = change_kind_parse(stmt_text(stmt, COLUMN_CHANGE)),
                                 .slot_uid = stmt_text(stmt, COLUMN_UID),
                                 .slot_recurrence_us = stmt_i64(stmt, COLUMN_RECURRENCE),
                                 .slot_title = stmt_text(stmt, COLUMN_TITLE),
                                 .position = (int)stmt_i64(stmt, COLUMN_POSITION),
                                 .before = read_outcome(stmt, COLUMN_BEFORE, &before),
                                 .after = read_outcome(stmt, COLUMN_AFTER, &after)};
    return reading->visit(reading->context, &reading->revision, &change);
}

int plan_changes_visit(struct db *db, int64_t from_us, int64_t to_us, plan_change_visit *visit,
                       void *context, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    struct reading reading = {.db = db, .visit = visit, .context = context};
    int r = db_prepare(db, SELECT_CHANGES, &stmt, reterr);
    if (r == 0) {
        stmt_bind(stmt, "ii", from_us, to_us);
        while ((r = stmt_step(stmt, reterr)) == 1) {
            r = read_change(&reading, stmt, reterr);
            if (r != 0) {
                break;
            }
        }
    }
    arena_destroy(reading.arena);
    return r;
}
