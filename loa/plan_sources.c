/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/plan_sources.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "loa/app.h"
#include "station/station.h"

enum { STAMP_MAX = 80 };

static const size_t SOURCES_MAX_BYTES = (size_t)64 << 20;
static const char LIBRARY[] = "library/"; /* no file is called so */

struct seen {
    enum plan_cause_kind kind;
    const char *url; /* the file is a copy of what lies there; NULL; the station's */
    uid_t owner;     /* of a file … */
    int64_t modified_us;
    int64_t event_id; /* … and of the library, the last decision */
};

struct plan_sources {
    struct arena *arena;
    struct plan_source *items; /* the station file, the library, then the calendars */
    struct seen *seen;         /* of each */
    size_t n;
};

/* What is brought in or edited is a draft, and changes nothing that airs. */
#define DECISIONS "act NOT IN ('imported', 'spoken', 'edited')"

/* ---- looking */

static bool add(struct plan_sources *sources, const char *name, const char *stamp,
                const struct seen *seen)
{
    struct plan_source *source = &sources->items[sources->n];
    source->name = arena_strdup(sources->arena, name);
    source->stamp = arena_strdup(sources->arena, stamp);
    sources->seen[sources->n++] = *seen;
    return source->name && source->stamp;
}

static bool look_at_file(struct plan_sources *sources, const struct app *app,
                         enum plan_cause_kind kind, const char *name, const char *url)
{
    char path[PATHS_MAX];
    char stamp[STAMP_MAX] = "";
    struct stat st;
    struct seen seen = {.kind = kind, .url = url, .owner = (uid_t)-1, .modified_us = INT64_MIN};
    if (path_join(path, app->dir, name, NULL) == 0 && stat(path, &st) == 0) {
        seen.owner = st.st_uid;
        seen.modified_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
        snprintf(stamp, sizeof stamp, "%lld bytes, inode %llu, %lld.%09ld", (long long)st.st_size,
                 (unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    }
    return add(sources, name, stamp, &seen);
}

static bool look_at_library(struct plan_sources *sources, const struct app *app)
{
    AUTO(stmt_close) struct stmt *row = NULL;
    char stamp[STAMP_MAX];
    struct seen seen = {.kind = CAUSE_LIBRARY};
    if (db_prepare(app->db,
                   "SELECT id FROM segment_event WHERE " DECISIONS " ORDER BY id DESC LIMIT 1",
                   &row, NULL) == 0 &&
        stmt_step(row, NULL) == 1) {
        seen.event_id = stmt_i64(row, 0);
    }
    snprintf(stamp, sizeof stamp, "%lld", (long long)seen.event_id);
    return add(sources, LIBRARY, stamp, &seen);
}

struct plan_sources *plan_sources_look(const struct app *app, const struct plan_sources *before)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(SOURCES_MAX_BYTES);
    struct plan_sources *sources = arena ? arena_take(arena, 1, sizeof *sources) : NULL;
    size_t n_layers = app->station->n_layers;
    if (!sources) {
        return NULL;
    }
    sources->arena = arena;
    sources->items = arena_take(arena, n_layers + 2, sizeof *sources->items);
    sources->seen = arena_take(arena, n_layers + 2, sizeof *sources->seen);
    bool ok = sources->items && sources->seen;
    ok = ok &&
         (before ? add(sources, before->items[0].name, before->items[0].stamp, &before->seen[0])
                 : look_at_file(sources, app, CAUSE_STATION, "station.ini", NULL));
    ok = ok && look_at_library(sources, app);
    for (size_t i = 0; ok && i < n_layers; i++) {
        const struct layer_def *layer = &app->station->layers[i];
        ok = look_at_file(sources, app, CAUSE_CALENDAR, layer->calendar, layer->url);
    }
    return ok ? ((void)STEAL(arena), sources) : NULL;
}

struct plan_sources *plan_sources_destroy(struct plan_sources *sources)
{
    if (sources) {
        arena_destroy(sources->arena); /* they lie in it */
    }
    return NULL;
}

bool plan_sources_equal(const struct plan_sources *a, const struct plan_sources *b)
{
    bool equal = a->n == b->n;
    for (size_t i = 0; equal && i < a->n; i++) {
        equal = strcmp(a->items[i].name, b->items[i].name) == 0 &&
                strcmp(a->items[i].stamp, b->items[i].stamp) == 0;
    }
    return equal;
}

uint64_t plan_sources_number(const struct app *app)
{
    AUTO(plan_sources_destroy) struct plan_sources *sources = plan_sources_look(app, NULL);
    uint64_t sum = 0;
    for (size_t i = 1; sources && i < sources->n; i++) {
        for (const char *c = sources->items[i].stamp; *c; c++) {
            sum = (sum ^ (unsigned char)*c) * 0x9e3779b97f4a7c15U + 1;
        }
        sum = sum * 31 + 7;
    }
    return sum;
}

/* ---- against what the frozen plan was made of */

struct compared {
    const struct plan_sources *sources;
    bool *is_kept; /* of each: the frozen plan was made of it as it is */
    size_t n_kept;
    int64_t event_id; /* the last decision it knew; -1: it knew of none */
};

static int compare_one(void *context, const struct plan_source *kept)
{
    struct compared *compared = context;
    const struct plan_sources *sources = compared->sources;
    compared->n_kept++;
    if (strcmp(kept->name, LIBRARY) == 0) {
        compared->event_id = strtoll(kept->stamp, NULL, 10);
    }
    for (size_t i = 0; i < sources->n; i++) {
        if (strcmp(kept->name, sources->items[i].name) == 0 &&
            strcmp(kept->stamp, sources->items[i].stamp) == 0) {
            compared->is_kept[i] = true;
        }
    }
    return 0;
}

static int compare(const struct app *app, const struct plan_sources *sources, struct arena *arena,
                   struct compared *ret, struct fault *reterr)
{
    *ret = (struct compared){.sources = sources,
                             .is_kept = arena_take(arena, sources->n, sizeof *ret->is_kept),
                             .event_id = -1};
    return ret->is_kept ? plan_sources_visit(app->db, compare_one, ret, reterr)
                        : fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

static int plan_sources_are_kept(const struct app *app, const struct plan_sources *sources,
                                 bool *ret_are, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(SOURCES_MAX_BYTES);
    struct compared compared = {0};
    int r = arena ? compare(app, sources, arena, &compared, reterr)
                  : fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    if (r < 0) {
        return r;
    }
    *ret_are = compared.n_kept > 0;
    for (size_t i = 0; i < sources->n; i++) {
        *ret_are &= compared.is_kept[i];
    }
    return 0;
}

/* ---- why */

struct causes {
    struct plan_cause *items;
    size_t n;
    size_t capacity;
    struct arena *arena;
};

static int causes_add(struct causes *causes, const struct plan_cause *cause, struct fault *reterr)
{
    bool whole = cause->subject && cause->act && cause->who && cause->reason;
    causes->items = arena_grow(causes->arena, causes->items, causes->n, &causes->capacity,
                               sizeof *causes->items);
    if (!whole || !causes->items) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    causes->items[causes->n++] = *cause;
    return 0;
}

/* The login name of a file's owner; the number of one that has none here. */
static const char *owner_name(struct arena *arena, uid_t owner)
{
    const struct passwd *user = getpwuid(owner);
    return user ? arena_strdup(arena, user->pw_name)
                : arena_printf(arena, "%lu", (unsigned long)owner);
}

static int add_file(struct causes *causes, const struct plan_source *source,
                    const struct seen *seen, struct fault *reterr)
{
    bool is_there = *source->stamp != '\0';
    bool is_ours = is_there && !seen->url; /* who edited it elsewhere no file tells */
    struct plan_cause cause = {.kind = seen->kind,
                               .subject = seen->url ? seen->url : source->name,
                               .act = !is_there   ? "removed"
                                      : seen->url ? "fetched"
                                                  : "edited",
                               .who = is_ours ? owner_name(causes->arena, seen->owner) : "",
                               .reason = "",
                               .at_us = seen->modified_us,
                               .n = 1};
    return causes_add(causes, &cause, reterr);
}

/* Decisions after one and up to another, a cause for each who and what. */
static int add_decisions(const struct app *app, struct causes *causes, int64_t after_id,
                         int64_t last_id, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    /* max(id) picks the row that the other columns are taken from. */
    int r = db_prepare(app->db,
                       "SELECT code, act, who, reason, at_us, count(*), max(segment_event.id)"
                       " FROM segment_event JOIN segment ON segment.id = segment_id"
                       " WHERE segment_event.id > ? AND segment_event.id <= ? AND " DECISIONS
                       " GROUP BY who, act ORDER BY max(segment_event.id)",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ii", after_id, last_id);
    while ((r = stmt_step(stmt, reterr)) == 1) {
        struct plan_cause cause = {.kind = CAUSE_LIBRARY,
                                   .subject = arena_strdup(causes->arena, stmt_text(stmt, 0)),
                                   .act = arena_strdup(causes->arena, stmt_text(stmt, 1)),
                                   .who = arena_strdup(causes->arena, stmt_text(stmt, 2)),
                                   .reason = arena_strdup(causes->arena, stmt_text(stmt, 3)),
                                   .at_us = stmt_i64(stmt, 4),
                                   .n = stmt_i64(stmt, 5)};
        r = causes_add(causes, &cause, reterr);
        if (r < 0) {
            return r;
        }
    }
    return r;
}

int plan_sources_origin(const struct app *app, const struct plan_sources *sources, int64_t now_us,
                        struct arena *arena, struct plan_origin *ret_origin, struct fault *reterr)
{
    struct causes causes = {.arena = arena};
    struct compared compared = {0};
    int r = compare(app, sources, arena, &compared, reterr);
    for (size_t i = 0; r == 0 && compared.n_kept > 0 && i < sources->n; i++) {
        const struct seen *seen = &sources->seen[i];
        if (compared.is_kept[i]) {
            continue;
        }
        r = seen->kind != CAUSE_LIBRARY
                ? add_file(&causes, &sources->items[i], seen, reterr)
                : add_decisions(app, &causes, compared.event_id, seen->event_id, reterr);
    }
    if (r < 0) {
        return r;
    }
    *ret_origin = (struct plan_origin){.made_us = now_us,
                                       .causes = causes.items,
                                       .n_causes = causes.n,
                                       .sources = sources->items,
                                       .n_sources = sources->n};
    return 0;
}

int plan_sources_frozen_until(const struct app *app, const struct plan_sources *sources,
                              int64_t now_us, int64_t *ret_until_us, struct fault *reterr)
{
    bool are_kept = false;
    int r = plan_sources_are_kept(app, sources, &are_kept, reterr);
    *ret_until_us = now_us;
    return r < 0 || !are_kept ? r : plan_frozen_until(app->db, now_us, ret_until_us, reterr);
}
