/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crew.h"
#include "base/db.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "media/import.h"
#include "media/library.h"

enum { PAGE_ROWS = 64, WAIT_MS = 100, SAMPLE_BYTES = 3, DAY_S = 24 * 3600 };

const char *verify_what_name(enum verify_what what)
{
    static const char *const names[] = {"original", "air", "peaks"};
    return names[what];
}

const char *verify_state_name(enum verify_state state)
{
    static const char *const names[] = {"ok", "missing", "damaged", "unreadable", "stray"};
    return names[state];
}

/* What one row names; rows are read in pages, so that no long reading keeps the database's
 * write-ahead log from being emptied while the radio writes to it. */
struct named {
    int64_t id;
    char code[IMPORT_CODE_MAX];
    int version;
    char original_sha256[HASH_HEX_MAX];
    char original[PATHS_MAX];
    char air_sha256[HASH_HEX_MAX];
    char air[PATHS_MAX];
    bool original_is_newer; /* a newer row has it: it is read there */
    bool air_is_newer;
};

struct run {
    const char *station_dir;
    struct db *db;
    const struct verify *verify;
    struct verify_counts *counts;
    struct crew *crew;
    bool has_peaks; /* the library keeps outlines */
    int64_t total_bytes;
    _Atomic int64_t done_bytes;
};

/* One file, on the crew. */
struct check {
    struct run *run;
    struct verify_file file;
    int64_t id;
    char code[IMPORT_CODE_MAX];
    char sha256[HASH_HEX_MAX];
    char path[PATHS_MAX];
};

/* --- one file --------------------------------------------------------------------------- */

static void check_file(void *context)
{
    struct check *check = context;
    struct verify_file *file = &check->file;
    char found[HASH_HEX_MAX];
    struct stat st;
    if (stat(check->path, &st) != 0) {
        file->state = errno == ENOENT || errno == ENOTDIR ? VERIFY_MISSING : VERIFY_UNREADABLE;
        return;
    }
    file->n_bytes = st.st_size;
    if (!S_ISREG(st.st_mode)) {
        file->state = VERIFY_DAMAGED;
    } else if (hash_file(check->path, found, NULL) < 0) {
        file->state = VERIFY_UNREADABLE;
    } else if (strcmp(found, check->sha256) != 0) {
        file->state = VERIFY_DAMAGED;
    }
    atomic_fetch_add(&check->run->done_bytes, st.st_size);
}

/* 1: a row that the files of which are here is found by the query, which takes one text. */
static int is_in_rows(struct db *db, const char *sql, const char *text, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, sql, &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", text);
    return stmt_step(stmt, reterr);
}

/* A file that its row no longer names by now was removed to make room, and is not missed. */
static int still_names(struct run *run, const struct check *check, struct fault *reterr)
{
    if (check->file.state == VERIFY_OK) {
        return 1;
    }
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(run->db, "SELECT 1 FROM segment WHERE id = ? AND removed_us IS NULL", &stmt,
                       reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "i", check->id);
    return stmt_step(stmt, reterr);
}

static void tell(struct run *run, const struct verify_file *file)
{
    run->counts->by_state[file->state]++;
    if (file->state != VERIFY_OK && run->verify->on_file) {
        run->verify->on_file(run->verify->context, file);
    }
}

/* The oldest file that is being read; 0 whether it is done yet or not. */
static int take_one(struct run *run, struct fault *reterr)
{
    if (run->verify->on_progress) {
        run->verify->on_progress(run->verify->context, atomic_load(&run->done_bytes),
                                 run->total_bytes);
    }
    AUTO_FREE struct check *check = crew_take(run->crew, WAIT_MS);
    int r = check ? still_names(run, check, reterr) : 0;
    if (r > 0) {
        tell(run, &check->file);
    }
    return r < 0 ? r : 0;
}

static int give_one(struct run *run, const struct named *named, enum verify_what what,
                    struct fault *reterr)
{
    int r = 0;
    while (r == 0 && !crew_has_room(run->crew)) {
        r = take_one(run, reterr);
    }
    if (r < 0) {
        return r;
    }
    struct check *check = calloc(1, sizeof *check);
    if (!check) {
        return fault_set(reterr, ENOMEM, db_path(run->db), 0, _("out of memory"));
    }
    bool is_air = what == VERIFY_AIR;
    check->run = run;
    check->id = named->id;
    memcpy(check->code, named->code, sizeof check->code);
    memcpy(check->sha256, is_air ? named->air_sha256 : named->original_sha256,
           sizeof check->sha256);
    memcpy(check->path, is_air ? named->air : named->original, sizeof check->path);
    check->file = (struct verify_file){.what = what,
                                       .code = check->code,
                                       .version = named->version,
                                       .path = check->path,
                                       .sha256 = check->sha256};
    crew_give(run->crew, check);
    return 0;
}

/* --- what the rows name ----------------------------------------------------------------- */

/* The same bytes may have come under names with other endings, which are other files. */
static int find_in_newer_rows(struct run *run, struct named *named, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(run->db,
                       "SELECT original_name FROM segment "
                       "WHERE original_sha256 = ? AND id > ? AND removed_us IS NULL",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ti", named->original_sha256, named->id);
    named->original_is_newer = false;
    while (!named->original_is_newer && (r = stmt_step(stmt, reterr)) > 0) {
        char newer[PATHS_MAX];
        r = library_original_path(newer, run->station_dir, named->original_sha256,
                                  stmt_text(stmt, 0), reterr);
        if (r < 0) {
            return r;
        }
        named->original_is_newer = strcmp(newer, named->original) == 0;
    }
    return r < 0 ? r : 0;
}

static int read_named(struct run *run, struct stmt *stmt, struct named *named, struct fault *reterr)
{
    *named = (struct named){.id = stmt_i64(stmt, 0),
                            .version = (int)stmt_i64(stmt, 2),
                            .original_is_newer = stmt_i64(stmt, 6) != 0,
                            .air_is_newer = stmt_i64(stmt, 7) != 0};
    snprintf(named->code, sizeof named->code, "%s", stmt_text(stmt, 1));
    snprintf(named->original_sha256, HASH_HEX_MAX, "%s", stmt_text(stmt, 3));
    snprintf(named->air_sha256, HASH_HEX_MAX, "%s", stmt_text(stmt, 5));
    int r = library_original_path(named->original, run->station_dir, named->original_sha256,
                                  stmt_text(stmt, 4), reterr);
    return r < 0 ? r : library_air_path(named->air, run->station_dir, named->air_sha256, reterr);
}

/* The next rows after *id. */
static int read_page(struct run *run, int64_t after_id, struct named page[static PAGE_ROWS],
                     size_t *ret_n, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    *ret_n = 0;
    int r = db_prepare(run->db,
                       "SELECT id, code, version, original_sha256, original_name, air_sha256, "
                       "EXISTS (SELECT 1 FROM segment n WHERE n.original_sha256 = "
                       "s.original_sha256 AND n.id > s.id AND n.removed_us IS NULL), "
                       "EXISTS (SELECT 1 FROM segment n WHERE n.air_sha256 = s.air_sha256 "
                       "AND n.id > s.id AND n.removed_us IS NULL) "
                       "FROM segment s WHERE id > ? AND removed_us IS NULL ORDER BY id LIMIT ?",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ii", after_id, (int64_t)PAGE_ROWS);
    while (*ret_n < PAGE_ROWS && (r = stmt_step(stmt, reterr)) > 0) {
        r = read_named(run, stmt, &page[*ret_n], reterr);
        if (r < 0) {
            return r;
        }
        (*ret_n)++;
    }
    return r < 0 ? r : 0;
}

/* library/peaks/ab/abcd….dat, of the copy with that hash. */
static void peaks_path(char out[static PATHS_MAX], const struct run *run, const char *air_sha256)
{
    char name[PATHS_MAX];
    snprintf(name, sizeof name, "library/peaks/%.2s/%s.dat", air_sha256, air_sha256);
    if (path_join(out, run->station_dir, name, NULL) < 0) {
        out[0] = '\0';
    }
}

static int check_row(struct run *run, struct named *named, struct fault *reterr)
{
    int r = named->original_is_newer ? find_in_newer_rows(run, named, reterr) : 0;
    if (r == 0 && !named->original_is_newer) {
        r = give_one(run, named, VERIFY_ORIGINAL, reterr);
    }
    if (r == 0 && !named->air_is_newer) {
        char peaks[PATHS_MAX];
        peaks_path(peaks, run, named->air_sha256);
        run->counts->n_without_peaks += run->has_peaks && access(peaks, F_OK) != 0;
        r = give_one(run, named, VERIFY_AIR, reterr);
    }
    return r;
}

static int check_rows(struct run *run, struct fault *reterr)
{
    AUTO_FREE struct named *page = calloc(PAGE_ROWS, sizeof *page);
    if (!page) {
        return fault_set(reterr, ENOMEM, db_path(run->db), 0, _("out of memory"));
    }
    size_t n = PAGE_ROWS;
    int r = 0;
    for (int64_t id = INT64_MIN; r == 0 && n == PAGE_ROWS; id = n ? page[n - 1].id : id) {
        r = read_page(run, id, page, &n, reterr);
        for (size_t i = 0; r == 0 && i < n; i++) {
            r = check_row(run, &page[i], reterr);
        }
    }
    while (r == 0 && !crew_is_idle(run->crew)) {
        r = take_one(run, reterr);
    }
    return r;
}

static int count_bytes(struct run *run, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(run->db,
                       "SELECT coalesce(sum(n), 0) FROM (SELECT max(original_bytes) AS n "
                       "FROM segment WHERE removed_us IS NULL GROUP BY original_sha256 UNION ALL "
                       "SELECT max(frames * channels * ?) FROM segment "
                       "WHERE removed_us IS NULL GROUP BY air_sha256)",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "i", (int64_t)SAMPLE_BYTES);
    r = stmt_step(stmt, reterr);
    if (r > 0) {
        run->total_bytes = stmt_i64(stmt, 0);
    }
    return r < 0 ? r : 0;
}

/* --- what no row names ------------------------------------------------------------------ */

/* Does a row name this very file? 1: yes. */
static int file_is_named(struct run *run, enum verify_what what, const char *path,
                         struct fault *reterr)
{
    char sha256[HASH_HEX_MAX];
    char wanted[PATHS_MAX];
    snprintf(sha256, sizeof sha256, "%.*s", HASH_HEX_MAX - 1, path_name(path));
    if (library_air_path(wanted, run->station_dir, sha256, NULL) < 0) {
        return 0; /* not named as a file of the library */
    }
    if (what == VERIFY_PEAKS) {
        peaks_path(wanted, run, sha256);
    }
    if (what != VERIFY_ORIGINAL) {
        return strcmp(path, wanted) != 0
                   ? 0
                   : is_in_rows(run->db,
                                "SELECT 1 FROM segment WHERE air_sha256 = ? AND removed_us IS NULL",
                                sha256, reterr);
    }
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(run->db,
                       "SELECT original_name FROM segment WHERE original_sha256 = ? "
                       "AND removed_us IS NULL",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", sha256);
    while ((r = stmt_step(stmt, reterr)) > 0) {
        r = library_original_path(wanted, run->station_dir, sha256, stmt_text(stmt, 0), reterr);
        if (r < 0 || strcmp(wanted, path) == 0) {
            return r < 0 ? r : 1;
        }
    }
    return r;
}

/* While an import works, its files may be about to get their row. Who has its lock alone knows
 * that none works, and is in nobody's way for the moment that it takes. */
static int lock_out_imports(const struct run *run)
{
    char path[PATHS_MAX];
    if (path_join(path, run->station_dir, "library/incoming", NULL) < 0) {
        return -1;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int check_found(struct run *run, enum verify_what what, const FTSENT *entry,
                       struct fault *reterr)
{
    int r = file_is_named(run, what, entry->fts_path, reterr);
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    AUTO_FD int lock_fd = lock_out_imports(run);
    if (lock_fd < 0 && time(NULL) - entry->fts_statp->st_ctime < DAY_S) {
        return 0;
    }
    r = file_is_named(run, what, entry->fts_path, reterr);
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    int64_t n_bytes = entry->fts_statp->st_size;
    run->counts->stray_bytes += n_bytes;
    tell(run, &(struct verify_file){.what = what,
                                    .state = VERIFY_STRAY,
                                    .path = entry->fts_path,
                                    .sha256 = "",
                                    .n_bytes = n_bytes});
    return 0;
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int look_for_strays(struct run *run, enum verify_what what, struct fault *reterr)
{
    char name[32];
    char folder[PATHS_MAX];
    snprintf(name, sizeof name, "library/%s", verify_what_name(what));
    int r = path_join(folder, run->station_dir, name, reterr);
    if (r < 0 || access(folder, F_OK) != 0) {
        return r;
    }
    char *const roots[] = {folder, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, compare_names);
    if (!tree) {
        return fault_set(reterr, errno, folder, 0, _("the folder cannot be read: %s"),
                         errno_text(errno));
    }
    for (FTSENT *entry = fts_read(tree); r == 0 && entry; entry = r == 0 ? fts_read(tree) : NULL) {
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
            r = fault_set(reterr, entry->fts_errno, entry->fts_path, 0,
                          _("the folder cannot be read: %s"), errno_text(entry->fts_errno));
        } else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP) {
            r = check_found(run, what, entry, reterr);
        }
    }
    fts_close(tree);
    return r;
}

int verify_library(const char *station_dir, struct db *db, const struct verify *verify,
                   struct verify_counts *ret_counts, struct fault *reterr)
{
    char peaks[PATHS_MAX];
    *ret_counts = (struct verify_counts){0};
    struct run run = {.station_dir = station_dir, .db = db, .verify = verify, .counts = ret_counts};
    run.has_peaks =
        path_join(peaks, station_dir, "library/peaks", NULL) == 0 && access(peaks, F_OK) == 0;
    int r = count_bytes(&run, reterr);
    if (r == 0) {
        r = crew_start(check_file, &run.crew, reterr);
    }
    if (r < 0) {
        return r;
    }
    r = check_rows(&run, reterr);
    while (!crew_is_idle(run.crew)) { /* after a failure */
        free(crew_take(run.crew, WAIT_MS));
    }
    crew_stop(run.crew);
    for (enum verify_what what = VERIFY_ORIGINAL; r == 0 && what <= VERIFY_PEAKS; what++) {
        r = look_for_strays(&run, what, reterr);
    }
    return r;
}
