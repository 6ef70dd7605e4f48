/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/retention.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "media/known.h"
#include "media/library.h"
#include "media/library_int.h"
#include "media/store.h"

/* Files that are named by one hash: the original, and the copy with its peaks. */
enum share { SHARE_ORIGINAL, SHARE_AIR, N_SHARES };

struct version {
    struct retention_item item;
    int64_t since_us; /* it was last heard, approved or brought in */
    int64_t imported_us;
    bool is_approved;
    bool is_removed; /* marked before */
    bool goes;
    const char *sha256[N_SHARES];
    const char *original_name;
};

/* All versions, by code and version. */
struct shelf {
    struct db *db;
    const char *station_dir;
    const struct retention_facts *facts;
    struct arena *arena;
    struct version *versions;
    size_t n;
    struct version **by_sha256[N_SHARES]; /* those of one hash side by side, in order */
};

static int out_of_memory(struct db *db, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
}

/* --- reading ------------------------------------------------------------------------------ */

static int compare_aired(const void *a, const void *b)
{
    int64_t x = ((const struct retention_aired *)a)->segment_id;
    int64_t y = ((const struct retention_aired *)b)->segment_id;
    return (x > y) - (x < y);
}

static int64_t last_aired_us(const struct retention_facts *facts, int64_t segment_id)
{
    struct retention_aired key = {.segment_id = segment_id};
    const struct retention_aired *aired =
        facts->n_aired ? bsearch(&key, facts->aired, facts->n_aired, sizeof key, compare_aired)
                       : NULL;
    return aired ? aired->at_us : INT64_MIN;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool read_version(struct shelf *shelf, struct stmt *stmt, struct version *version)
{
    struct arena *arena = shelf->arena;
    int64_t id = stmt_i64(stmt, 0);
    *version = (struct version){
        .item = {.segment_id = id,
                 .code = arena_strdup(arena, stmt_text(stmt, 1)),
                 .version = (int)stmt_i64(stmt, 2),
                 .title = arena_strdup(arena, stmt_text(stmt, 3)),
                 .last_aired_us = last_aired_us(shelf->facts, id)},
        .is_approved = stmt_i64(stmt, 4) != 0,
        .imported_us = stmt_i64(stmt, 5),
        .sha256 = {arena_strdup(arena, stmt_text(stmt, 7)),
                   arena_strdup(arena, stmt_text(stmt, 9))},
        .original_name = arena_strdup(arena, stmt_text(stmt, 8)),
        .is_removed = stmt_i64(stmt, 10) != 0,
    };
    version->since_us = later(later(version->imported_us, version->item.last_aired_us),
                              later(stmt_i64(stmt, 6), stmt_i64(stmt, 11)));
    return version->item.code && version->item.title && version->sha256[SHARE_ORIGINAL] &&
           version->sha256[SHARE_AIR] && version->original_name;
}

static int read_versions(struct shelf *shelf, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    size_t capacity = 0;
    int r = db_prepare(shelf->db,
                       "SELECT id, code, version, title, state = 'approved', imported_us,"
                       " iif(state = 'approved', coalesce(decided_us, imported_us), imported_us),"
                       " original_sha256, original_name, air_sha256, removed_us IS NOT NULL,"
                       " coalesce((SELECT max(at_us) FROM segment_event"
                       "  WHERE segment_id = segment.id AND act = 'restored'), imported_us)"
                       " FROM segment ORDER BY code COLLATE BINARY, version",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "");
    while ((r = stmt_step(stmt, reterr)) > 0) {
        shelf->versions =
            arena_grow(shelf->arena, shelf->versions, shelf->n, &capacity, sizeof *shelf->versions);
        if (!shelf->versions || !read_version(shelf, stmt, &shelf->versions[shelf->n])) {
            return out_of_memory(shelf->db, reterr);
        }
        shelf->n++;
    }
    return r;
}

/* --- the rule ------------------------------------------------------------------------------- */

static int compare_codes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool code_is_needed(const struct retention_facts *facts, const char *code)
{
    return facts->n_codes &&
           bsearch(&code, facts->codes, facts->n_codes, sizeof *facts->codes, compare_codes);
}

static bool is_planned(const struct retention_facts *facts, int64_t id)
{
    return facts->n_planned &&
           bsearch(&id, facts->planned, facts->n_planned, sizeof id, compare_ids);
}

/* The versions [first, end) of one code, apart from what shares files. */
static void judge_code(struct shelf *shelf, size_t first, size_t end)
{
    const struct retention_facts *facts = shelf->facts;
    size_t airs = end;
    for (size_t i = first; i < end; i++) {
        airs = shelf->versions[i].is_approved ? i : airs;
    }
    /* What is asked for by its code is the version that airs, or one that may yet take its place.
     */
    size_t needed_from = !code_is_needed(facts, shelf->versions[first].item.code) ? end
                         : airs < end                                             ? airs
                                                                                  : end - 1;
    for (size_t i = first; i < end; i++) {
        struct version *version = &shelf->versions[i];
        version->item.airs = i == airs;
        version->goes = !version->is_removed && version->since_us < facts->before_us &&
                        i < needed_from && !is_planned(facts, version->item.segment_id);
    }
}

static void judge_codes(struct shelf *shelf)
{
    for (size_t i = 0, end; i < shelf->n; i = end) {
        for (end = i + 1; end < shelf->n && strcmp(shelf->versions[end].item.code,
                                                   shelf->versions[i].item.code) == 0;) {
            end++;
        }
        judge_code(shelf, i, end);
    }
}

static int compare_by_original(const void *a, const void *b)
{
    const struct version *x = *(const struct version *const *)a;
    const struct version *y = *(const struct version *const *)b;
    int order = strcmp(x->sha256[SHARE_ORIGINAL], y->sha256[SHARE_ORIGINAL]);
    return order ? order : (x > y) - (x < y);
}

static int compare_by_air(const void *a, const void *b)
{
    const struct version *x = *(const struct version *const *)a;
    const struct version *y = *(const struct version *const *)b;
    int order = strcmp(x->sha256[SHARE_AIR], y->sha256[SHARE_AIR]);
    return order ? order : (x > y) - (x < y);
}

static int index_shares(struct shelf *shelf, struct fault *reterr)
{
    for (int share = 0; share < N_SHARES; share++) {
        struct version **sorted = arena_take(shelf->arena, shelf->n, sizeof(struct version *));
        if (!sorted) {
            return out_of_memory(shelf->db, reterr);
        }
        for (size_t i = 0; i < shelf->n; i++) {
            sorted[i] = &shelf->versions[i];
        }
        if (shelf->n) {
            qsort(sorted, shelf->n, sizeof *sorted,
                  share == SHARE_ORIGINAL ? compare_by_original : compare_by_air);
        }
        shelf->by_sha256[share] = sorted;
    }
    return 0;
}

/* One past those that have the file of the version at i. */
static size_t share_end(const struct shelf *shelf, enum share share, size_t i)
{
    struct version *const *sorted = shelf->by_sha256[share];
    size_t end = i + 1;
    while (end < shelf->n && strcmp(sorted[end]->sha256[share], sorted[i]->sha256[share]) == 0) {
        end++;
    }
    return end;
}

/* Where one stays, all that have its files stay. True: some did not know yet. */
static bool keep_with_others(struct shelf *shelf, enum share share)
{
    struct version *const *sorted = shelf->by_sha256[share];
    bool changed = false;
    for (size_t i = 0, end; i < shelf->n; i = end) {
        end = share_end(shelf, share, i);
        bool stays = false;
        for (size_t k = i; k < end; k++) {
            stays |= !sorted[k]->is_removed && !sorted[k]->goes;
        }
        for (size_t k = i; stays && k < end; k++) {
            changed |= sorted[k]->goes;
            sorted[k]->goes = false;
        }
    }
    return changed;
}

/* --- files ---------------------------------------------------------------------------------- */

static int file_path(char out[static PATHS_MAX], const char *station_dir, int file,
                     const char *original_sha256, const char *original_name, const char *air_sha256,
                     struct fault *reterr)
{
    return file == 0
               ? library_original_path(out, station_dir, original_sha256, original_name, reterr)
           : file == 1 ? library_air_path(out, station_dir, air_sha256, reterr)
                       : library_peaks_path(out, station_dir, air_sha256, reterr);
}

static int64_t bytes_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* What one share of a version's files takes. */
static int64_t share_bytes(const struct shelf *shelf, const struct version *version,
                           enum share share)
{
    char path[PATHS_MAX];
    int64_t bytes = 0;
    int first = share == SHARE_ORIGINAL ? 0 : 1;
    int end = share == SHARE_ORIGINAL ? 1 : RETENTION_FILES;
    for (int file = first; file < end; file++) {
        if (file_path(path, shelf->station_dir, file, version->sha256[SHARE_ORIGINAL],
                      version->original_name, version->sha256[SHARE_AIR], NULL) == 0) {
            bytes += bytes_of(path);
        }
    }
    return bytes;
}

/* The original's name has the ending that it came with. */
static bool is_same_file(const struct shelf *shelf, const struct version *a,
                         const struct version *b, enum share share)
{
    char of_a[PATHS_MAX];
    char of_b[PATHS_MAX];
    return share == SHARE_AIR || (library_original_path(of_a, shelf->station_dir, a->sha256[share],
                                                        a->original_name, NULL) == 0 &&
                                  library_original_path(of_b, shelf->station_dir, b->sha256[share],
                                                        b->original_name, NULL) == 0 &&
                                  strcmp(of_a, of_b) == 0);
}

/* Each file is counted for the first version that goes with it. Where all that had it were
 * marked before, it is left over. */
static void weigh(struct shelf *shelf, enum share share)
{
    struct version *const *sorted = shelf->by_sha256[share];
    for (size_t i = 0, end; i < shelf->n; i = end) {
        end = share_end(shelf, share, i);
        bool is_claimed = false;
        for (size_t k = i; k < end; k++) {
            is_claimed |= !sorted[k]->is_removed;
        }
        for (size_t k = i; k < end; k++) {
            struct version *version = sorted[k];
            bool is_counted = is_claimed && !version->goes;
            for (size_t before = i; before < k; before++) {
                is_counted |= (!is_claimed || sorted[before]->goes) &&
                              is_same_file(shelf, sorted[before], version, share);
            }
            int64_t bytes = is_counted ? 0 : share_bytes(shelf, version, share);
            version->item.bytes += bytes;
            version->item.is_left_over |= !is_claimed && bytes > 0;
        }
    }
}

/* --- finding -------------------------------------------------------------------------------- */

static const char *reason_of(const struct shelf *shelf, const struct version *version)
{
    char date[ZONE_INSTANT_MAX];
    if (version->item.is_left_over) {
        return _("its files were left when it was removed");
    }
    if (version->item.last_aired_us == INT64_MIN) {
        zone_format_date(version->imported_us, date);
        return arena_printf(shelf->arena,
                            _("imported on %s, never aired, and kept for as long as was set"),
                            date);
    }
    zone_format_date(version->item.last_aired_us, date);
    return arena_printf(shelf->arena, _("last aired on %s, and kept for as long as was set"), date);
}

static int list_up(struct shelf *shelf, struct retention_list *list, struct fault *reterr)
{
    struct retention_item *items = arena_take(shelf->arena, shelf->n, sizeof *items);
    if (!items) {
        return out_of_memory(shelf->db, reterr);
    }
    for (int left_over = 0; left_over < 2; left_over++) {
        for (size_t i = 0; i < shelf->n; i++) {
            struct version *version = &shelf->versions[i];
            if (!(left_over ? version->item.is_left_over : version->goes)) {
                continue;
            }
            version->item.reason = reason_of(shelf, version);
            if (!version->item.reason) {
                return out_of_memory(shelf->db, reterr);
            }
            list->bytes += version->item.bytes;
            items[list->n++] = version->item;
        }
    }
    list->items = items;
    return 0;
}

int retention_find(struct db *db, const char *station_dir, const struct retention_facts *facts,
                   struct arena *arena, struct retention_list *ret_list, struct fault *reterr)
{
    struct shelf shelf = {.db = db, .station_dir = station_dir, .facts = facts, .arena = arena};
    int r = read_versions(&shelf, reterr);
    if (r == 0) {
        r = index_shares(&shelf, reterr);
    }
    if (r < 0) {
        return r;
    }
    judge_codes(&shelf);
    while (keep_with_others(&shelf, SHARE_ORIGINAL) || keep_with_others(&shelf, SHARE_AIR)) {
    }
    weigh(&shelf, SHARE_ORIGINAL);
    weigh(&shelf, SHARE_AIR);
    *ret_list = (struct retention_list){0};
    return list_up(&shelf, ret_list, reterr);
}

/* --- doing ---------------------------------------------------------------------------------- */

/* With the version that airs go the older ones that would air in its place. */
static int withdraw_older(struct db *db, const struct retention_item *item, const char *who,
                          int64_t now_us, struct fault *reterr)
{
    const char *reason = _("a newer version was removed to make room");
    int r = db_run(db, reterr,
                   "INSERT INTO segment_event (segment_id, at_us, who, act, reason)"
                   " SELECT id, ?, ?, 'withdrawn', ? FROM segment"
                   " WHERE code = ? AND version < ? AND state = 'approved' ORDER BY version",
                   "ittti", now_us, who, reason, item->code, (int64_t)item->version);
    return r < 0 ? r
                 : db_run(db, reterr,
                          "UPDATE segment SET state = 'withdrawn', decided_us = ?, decided_by = ?,"
                          " decided_reason = ? WHERE code = ? AND version < ? AND"
                          " state = 'approved'",
                          "ittti", now_us, who, reason, item->code, (int64_t)item->version);
}

static int mark(struct db *db, const struct retention_item *item, const char *who, int64_t now_us,
                struct fault *reterr)
{
    int r = db_run(db, reterr,
                   "UPDATE segment SET removed_us = ?1,"
                   " decided_us = iif(state = 'approved', ?1, decided_us),"
                   " decided_by = iif(state = 'approved', ?2, decided_by),"
                   " decided_reason = iif(state = 'approved', ?3, decided_reason),"
                   " state = iif(state = 'approved', 'withdrawn', state) WHERE id = ?4",
                   "itti", now_us, who, item->reason, item->segment_id);
    if (r == 0) {
        r = library_note_step(db, item->segment_id, now_us, who, "removed", item->reason, reterr);
    }
    return r;
}

int retention_mark(struct db *db, const struct retention_list *list, const char *who,
                   int64_t now_us, struct fault *reterr)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < list->n; i++) {
        r = list->items[i].is_left_over ? 0 : mark(db, &list->items[i], who, now_us, reterr);
    }
    for (size_t i = 0; r == 0 && i < list->n; i++) {
        const struct retention_item *item = &list->items[i];
        r = item->airs && !item->is_left_over ? withdraw_older(db, item, who, now_us, reterr) : 0;
    }
    return r;
}

/* The marked row and, for each of its files, whether another row claims it. */
struct marked {
    bool is_there;
    char sha256[N_SHARES][HASH_HEX_MAX];
    char original_name[FAULT_FILE_MAX];
    bool is_claimed[N_SHARES];
};

static int read_marked(struct db *db, int64_t id, struct marked *marked, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db,
                       "SELECT original_sha256, air_sha256, original_name,"
                       " EXISTS (SELECT 1 FROM segment AS other WHERE other.removed_us IS NULL"
                       "  AND other.original_sha256 = segment.original_sha256),"
                       " EXISTS (SELECT 1 FROM segment AS other WHERE other.removed_us IS NULL"
                       "  AND other.air_sha256 = segment.air_sha256)"
                       " FROM segment WHERE id = ? AND removed_us IS NOT NULL",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "i", id);
    r = stmt_step(stmt, reterr);
    marked->is_there = r > 0;
    for (int share = 0; r > 0 && share < N_SHARES; share++) {
        snprintf(marked->sha256[share], HASH_HEX_MAX, "%s", stmt_text(stmt, share));
        marked->is_claimed[share] = stmt_i64(stmt, 3 + share) != 0;
    }
    if (r > 0) { /* its ending is what counts */
        const char *name = stmt_text(stmt, 2);
        size_t n = strlen(name);
        size_t room = sizeof marked->original_name - 1;
        snprintf(marked->original_name, sizeof marked->original_name, "%s",
                 n > room ? name + (n - room) : name);
    }
    return r < 0 ? r : 0;
}

static int remove_file(const char *path, int64_t *bytes, struct fault *reterr)
{
    int64_t room = bytes_of(path);
    if (unlink(path) != 0) {
        return errno == ENOENT ? 0
                               : fault_set(reterr, errno, path, 0, _("cannot be removed: %s"),
                                           errno_text(errno));
    }
    *bytes += room;
    store_withdraw(path); /* the folder, where it was the last */
    return 0;
}

int retention_remove_files(struct db *db, const char *station_dir,
                           const struct retention_item *item, int64_t *ret_bytes,
                           struct fault *reterr)
{
    struct marked marked = {0};
    char path[PATHS_MAX];
    *ret_bytes = 0;
    int r = db_begin(db, reterr); /* nobody takes the files up again meanwhile */
    if (r < 0) {
        return r;
    }
    r = read_marked(db, item->segment_id, &marked, reterr);
    for (int file = 0; r == 0 && marked.is_there && file < RETENTION_FILES; file++) {
        if (marked.is_claimed[file == 0 ? SHARE_ORIGINAL : SHARE_AIR]) {
            continue;
        }
        r = file_path(path, station_dir, file, marked.sha256[SHARE_ORIGINAL], marked.original_name,
                      marked.sha256[SHARE_AIR], reterr);
        if (r == 0) {
            r = remove_file(path, ret_bytes, reterr);
        }
    }
    db_rollback(db); /* nothing was written */
    return r;
}

/* --- undoing -------------------------------------------------------------------------------- */

/* The marked rows whose files these are. */
static int find_marked(struct db *db, const char *station_dir,
                       const struct retention_restored *restored, struct arena *arena,
                       int64_t **ret_ids, size_t *ret_n, struct fault *reterr)
{
    char wanted[PATHS_MAX];
    char path[PATHS_MAX];
    AUTO(stmt_close) struct stmt *stmt = NULL;
    size_t capacity = 0;
    int r = library_original_path(wanted, station_dir, restored->original_sha256,
                                  restored->original_name, reterr);
    if (r == 0) {
        r = db_prepare(db,
                       "SELECT id, original_name FROM segment WHERE original_sha256 = ?"
                       " AND air_sha256 = ? AND removed_us IS NOT NULL ORDER BY id",
                       &stmt, reterr);
    }
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "tt", restored->original_sha256, restored->air_sha256);
    while ((r = stmt_step(stmt, reterr)) > 0) {
        if (library_original_path(path, station_dir, restored->original_sha256, stmt_text(stmt, 1),
                                  NULL) < 0 ||
            strcmp(path, wanted) != 0) {
            continue;
        }
        *ret_ids = arena_grow(arena, *ret_ids, *ret_n, &capacity, sizeof **ret_ids);
        if (!*ret_ids) {
            return out_of_memory(db, reterr);
        }
        (*ret_ids)[(*ret_n)++] = stmt_i64(stmt, 0);
    }
    return r;
}

int retention_restore(struct db *db, const char *station_dir,
                      const struct retention_restored *restored, const char *who, int64_t now_us,
                      struct arena *arena, struct fault *reterr)
{
    int64_t *ids = NULL;
    size_t n = 0;
    int r = find_marked(db, station_dir, restored, arena, &ids, &n, reterr);
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = known_restore(db, ids[i], now_us, who, reterr);
    }
    return r;
}
