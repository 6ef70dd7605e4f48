/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/import.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "media/damage.h"
#include "media/known.h"
#include "media/library.h"
#include "media/library_int.h"
#include "media/loudness.h"
#include "media/metadata.h"
#include "media/prepare.h"
#include "media/publish.h"
#include "media/retention.h"
#include "media/store.h"
#include "media/tags.h"
#include "station/station.h"

enum { JOB_MAX_BYTES = 16 << 20 };

struct importer {
    const struct station *station;
    struct db *db;
    pthread_mutex_t db_mutex; /* preparing threads look into the db */
    struct store store;
    char *who;
    bool distrusts; /* the library's files, unless their hashes are right */
};

struct import_job {
    struct arena *arena;
    struct metadata metadata;
    bool approve;
    bool spoken;
    bool clears_topic;                   /* topic "" was asked for */
    bool asks_otherwise;                 /* of a duplicate: title, kind, … differ from its row */
    bool stays_draft;                    /* of a duplicate: it was to be approved, and is not */
    bool awaits_another;                 /* to be approved, but not by whoever brings it in */
    bool is_repair;                      /* a duplicate whose files are missing or cut */
    bool was_removed;                    /* … because they were removed to make room */
    char known_air_sha256[HASH_HEX_MAX]; /* of the row that it is a duplicate of */
    const char *known_name;
    struct taken_in original;
    struct prepared air;
    struct import_result result;
};

const char *import_status_name(enum import_status status)
{
    static const char *const names[] = {"imported", "duplicate", "new-version", "rejected"};
    return names[status];
}

/* --- the importer ----------------------------------------------------------------------- */

int importer_open(const struct station *station, struct db *db, const char *who,
                  struct importer **ret_importer, struct fault *reterr)
{
    struct importer *importer = calloc(1, sizeof *importer);
    char *name = strdup(who);
    if (!importer || !name) {
        free(importer);
        free(name);
        return fault_set(reterr, ENOMEM, station->dir, 0, _("out of memory"));
    }
    int r = store_open(&importer->store, station->dir, reterr);
    if (r < 0) {
        free(importer);
        free(name);
        return r;
    }
    pthread_mutex_init(&importer->db_mutex, NULL);
    importer->station = station;
    importer->db = db;
    importer->who = name;
    *ret_importer = importer;
    return 0;
}

struct importer *importer_close(struct importer *importer)
{
    if (importer) {
        store_close(&importer->store);
        pthread_mutex_destroy(&importer->db_mutex);
        free(importer->who);
        free(importer);
    }
    return NULL;
}

void importer_stop_at(struct importer *importer, const volatile sig_atomic_t *stop)
{
    importer->store.stop = stop;
}

void importer_distrust(struct importer *importer)
{
    importer->distrusts = true;
}

/* --- a job ------------------------------------------------------------------------------ */

static void job_remove_temporaries(struct import_job *job)
{
    char *const temporaries[] = {job->original.temporary, job->air.temporary, job->air.peaks};
    for (size_t i = 0; i < ARRAY_LEN(temporaries); i++) {
        if (temporaries[i][0] != '\0') {
            unlink(temporaries[i]);
            temporaries[i][0] = '\0';
        }
    }
}

struct import_job *import_job_destroy(struct import_job *job)
{
    if (job) {
        job_remove_temporaries(job);
        findings_finish(&job->result.findings);
        arena_destroy(job->arena);
        free(job);
    }
    return NULL;
}

/* Nothing is known of the job but what its metadata says. */
static void job_forget(struct import_job *job)
{
    struct import_result *result = &job->result;
    *result = (struct import_result){.status = IMPORT_IMPORTED,
                                     .path = result->path,
                                     .lufs = NAN,
                                     .true_peak_dbtp = -INFINITY,
                                     .findings = result->findings};
    memcpy(result->code, job->metadata.code, sizeof result->code);
}

static struct import_job *job_create(const char *path)
{
    AUTO(import_job_destroy) struct import_job *job = calloc(1, sizeof *job);
    if (!job) {
        return NULL;
    }
    job->arena = arena_create(JOB_MAX_BYTES);
    if (!job->arena) {
        return NULL;
    }
    job->result.path = arena_strdup(job->arena, path);
    job_forget(job);
    return job->result.path ? STEAL(job) : NULL;
}

/* A rejected job keeps its findings and nothing else. */
static void job_reject(struct import_job *job, int err, const struct fault *fault)
{
    struct findings *findings = &job->result.findings;
    if (findings->n_errors == 0 && fault->err != 0) {
        findings_add_fault(findings, "import", fault);
    } else if (findings->n_errors == 0) {
        struct fault unsaid = {0};
        fault_set(&unsaid, err, job->result.path, 0, "%s", errno_text(err));
        findings_add_fault(findings, "import", &unsaid);
    }
    findings_put_errors_first(findings);
    job->result.status = IMPORT_REJECTED;
    job_remove_temporaries(job);
}

/* --- what the library has already --------------------------------------------------------- */

static bool text_differs(const char *wanted, struct stmt *stmt, int column)
{
    return wanted && *wanted && strcmp(wanted, stmt_text(stmt, column)) != 0;
}

/* What was asked for and is not so in the row that the job is a duplicate of. */
static void compare_with_row(struct import_job *job, struct stmt *stmt)
{
    const struct metadata *m = &job->metadata;
    job->asks_otherwise =
        text_differs(m->given_title, stmt, 9) || text_differs(m->given_kind, stmt, 10) ||
        text_differs(m->given_topic, stmt, 11) || text_differs(m->tags, stmt, 12) ||
        text_differs(m->script, stmt, 17) || (job->clears_topic && *stmt_text(stmt, 11)) ||
        (m->valid_from_us != INT64_MIN && m->valid_from_us != stmt_i64(stmt, 13)) ||
        (m->valid_until_us != INT64_MAX && m->valid_until_us != stmt_i64(stmt, 14));
    job->stays_draft = job->approve && strcmp(stmt_text(stmt, 15), "approved") != 0;
}

/* A duplicate changes no row, whatever was asked for: say so. */
static void warn_of_what_stays(struct import_job *job)
{
    const struct import_result *result = &job->result;
    if (job->asks_otherwise) {
        findings_add(
            &job->result.findings, SEVERITY_WARNING, "unchanged", result->path, 0,
            _("is in the library already, as %s, and nothing was changed: its title, kind, "
              "topic, tags and dates stay; loa segment edit %s changes them"),
            result->code, result->code);
    }
    if (job->stays_draft) {
        findings_add(&job->result.findings, SEVERITY_WARNING, "unchanged", result->path, 0,
                     _("is in the library already, as %s, and was not approved now; write loa "
                       "segment approve %s"),
                     result->code, result->code);
    }
}

static void warn_of_awaited_person(const struct importer *importer, struct import_job *job)
{
    const struct import_result *result = &job->result;
    findings_add(&job->result.findings, SEVERITY_WARNING, "two-person", result->path, 0,
                 _("is in the library as %s, but as a draft: %s brought it in and must not approve "
                   "it too; have another person write loa segment approve %s"),
                 result->code, importer->who, result->code);
}

/*
 * Has the library these bytes? Under the job's own code if it can be, else under any if
 * the code was not given. 1: the job's result tells of that row; 0: no.
 */
static int find_duplicate(struct importer *importer, struct import_job *job, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(
        importer->db,
        "SELECT code, version, channels, frames, lufs, true_peak_dbtp, gain_db, "
        "air_sha256, original_name, title, kind, coalesce(topic, ''), coalesce(tags, ''), "
        "coalesce(valid_from_us, ?4), coalesce(valid_until_us, ?5), state, "
        "removed_us IS NOT NULL, script FROM "
        "segment WHERE original_sha256 = ?1 AND "
        "(code = ?2 OR NOT ?3) "
        "ORDER BY code = ?2 DESC, removed_us IS NULL DESC, id DESC LIMIT 1",
        &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "ttiii", job->original.sha256, job->metadata.code,
              (int64_t)job->metadata.code_is_given, INT64_MIN, INT64_MAX);
    r = stmt_step(stmt, reterr);
    if (r <= 0) {
        return r;
    }
    struct import_result *result = &job->result;
    result->status = IMPORT_DUPLICATE;
    memcpy(result->code, stmt_text(stmt, 0), strnlen(stmt_text(stmt, 0), IMPORT_CODE_MAX - 1) + 1);
    result->version = (int)stmt_i64(stmt, 1);
    result->channels = (int)stmt_i64(stmt, 2);
    result->frames = stmt_i64(stmt, 3);
    result->lufs = stmt_is_null(stmt, 4) ? NAN : stmt_f64(stmt, 4);
    result->true_peak_dbtp = stmt_is_null(stmt, 5) ? -INFINITY : stmt_f64(stmt, 5);
    result->gain_db = stmt_f64(stmt, 6);
    snprintf(job->known_air_sha256, sizeof job->known_air_sha256, "%s", stmt_text(stmt, 7));
    job->was_removed = stmt_i64(stmt, 16) != 0;
    job->known_name = arena_strdup(job->arena, stmt_text(stmt, 8));
    compare_with_row(job, stmt);
    return job->known_name ? 1 : fault_set(reterr, ENOMEM, result->path, 0, _("out of memory"));
}

static int find_duplicate_from_any_thread(struct importer *importer, struct import_job *job,
                                          struct fault *reterr)
{
    pthread_mutex_lock(&importer->db_mutex);
    int r = find_duplicate(importer, job, reterr);
    pthread_mutex_unlock(&importer->db_mutex);
    return r;
}

/* Has the row that the job is a duplicate of its files? */
static bool files_are_here(const struct importer *importer, const struct import_job *job)
{
    const struct known known = {.original_sha256 = job->original.sha256,
                                .original_name = job->known_name,
                                .original_bytes = job->original.n_bytes,
                                .air_sha256 = job->known_air_sha256,
                                .channels = job->result.channels,
                                .frames = job->result.frames};
    return !job->was_removed &&
           known_files_are_whole(importer->station->dir, &known, importer->distrusts);
}

/* Is the file a duplicate whose files are whole, by its bytes as it lies there? 1: the job's
 * result tells of its row, and nothing needs to be copied. */
static int find_known(struct importer *importer, struct import_job *job, struct fault *reterr)
{
    struct stat st;
    const char *path = job->result.path;
    if (stat(path, &st) != 0) {
        return 0; /* store_take_in() tells why */
    }
    pthread_mutex_lock(&importer->db_mutex);
    int r = known_size(importer->db, st.st_size, reterr);
    pthread_mutex_unlock(&importer->db_mutex);
    if (r > 0) {
        job->original.n_bytes = st.st_size;
        r = hash_file(path, job->original.sha256, reterr);
        r = r == 0 ? find_duplicate_from_any_thread(importer, job, reterr) : r;
    }
    if (r > 0 && !files_are_here(importer, job)) {
        r = 0;
    }
    if (r == 0) {
        job_forget(job);
    }
    return r;
}

/* --- preparing -------------------------------------------------------------------------- */

static void take_measures(const struct station *station, struct import_job *job)
{
    struct import_result *result = &job->result;
    result->channels = job->air.channels;
    result->frames = job->air.frames;
    result->lufs = job->air.lufs;
    result->true_peak_dbtp = job->air.true_peak_dbtp;
    result->gain_db = loudness_gain_db(result->lufs, result->true_peak_dbtp, station->loudness_lufs,
                                       station->ceiling_dbtp);
}

static int job_prepare(struct importer *importer, struct import_job *job,
                       const struct import_options *options, const struct import_progress *progress,
                       struct fault *reterr)
{
    const char *path = job->result.path;
    struct recording_tags tags;
    int r = store_look_at(path, reterr); /* what is no recording needs no kind and no code */
    if (r == 0) {
        r = recording_read_tags(path, &tags, reterr);
    }
    if (r == 0) {
        r = metadata_gather(importer->station, path, options, &tags, job->arena, &job->metadata,
                            &job->result.findings);
        memcpy(job->result.code, job->metadata.code, sizeof job->result.code);
    }
    if (r == 0) {
        r = store_ask_stop(&importer->store, path, reterr);
    }
    if (r == 0) {
        r = find_known(importer, job, reterr);
    }
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    r = store_take_in(&importer->store, path, &job->original, reterr);
    if (r == 0) {
        r = find_duplicate_from_any_thread(importer, job, reterr);
    }
    if (r > 0 && !files_are_here(importer, job)) {
        job->is_repair = true;
        job->result.status = IMPORT_IMPORTED; /* so far */
        r = 0;
    }
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    r = prepare(&importer->store, job->original.temporary, path, progress, &job->air, reterr);
    if (r < 0) {
        return r;
    }
    if (damage_warn(&job->air.damage, path, job->result.code, job->approve,
                    &job->result.findings)) {
        job->approve = false; /* it waits for somebody to listen, whatever was asked for */
    }
    probe_tell(&job->air.probe, path, job->result.code, job->metadata.kind, &job->result.findings);
    take_measures(importer->station, job);
    return 0;
}

/* It lay in a file of our own, which means nothing to anybody. */
static int call_it_spoken(struct import_job *job, const struct import_options *options,
                          struct fault *fault)
{
    const char *name = arena_printf(job->arena, "%s.wav", options->code);
    const char *script = arena_strdup(job->arena, options->script);
    if (!name || !script) {
        return -ENOMEM;
    }
    job->spoken = true;
    job->metadata.script = script;
    job->metadata.original_name = name;
    job->result.path = name;
    struct findings *findings = &job->result.findings;
    snprintf(fault->file, sizeof fault->file, "%s", name);
    for (size_t i = 0; i < findings->n; i++) {
        snprintf(findings->items[i].fault.file, FAULT_FILE_MAX, "%s", name);
    }
    return 0;
}

struct import_job *import_prepare(struct importer *importer, const char *path,
                                  const struct import_options *options,
                                  const struct import_progress *progress)
{
    struct import_job *job = job_create(path);
    if (!job) {
        return NULL;
    }
    job->approve = options && options->approve;
    job->clears_topic = options && options->topic && !*options->topic;
    struct fault fault = {0};
    int r = job_prepare(importer, job, options, progress, &fault);
    if (options && options->spoken && call_it_spoken(job, options, &fault) < 0) {
        r = -ENOMEM;
    }
    if (r < 0) {
        job_reject(job, -r, &fault);
    } else if (job->result.status == IMPORT_DUPLICATE) {
        job_remove_temporaries(job);
    }
    return job;
}

const struct import_result *import_job_result(const struct import_job *job)
{
    return &job->result;
}

/* --- committing ------------------------------------------------------------------------- */

/* Who brings it in and when, and who approved it with that. */
static int note_steps(struct importer *importer, const struct import_job *job, int64_t now_us,
                      struct fault *reterr)
{
    int64_t id = db_last_id(importer->db);
    int r = library_note_step(importer->db, id, now_us, importer->who,
                              job->spoken ? "spoken" : "imported", NULL, reterr);
    return r < 0 || !job->approve ? r
                                  : library_note_step(importer->db, id, now_us, importer->who,
                                                      "approved", NULL, reterr);
}

static int insert_row(struct importer *importer, const struct import_job *job, int64_t now_us,
                      struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(importer->db,
                       "INSERT INTO segment (code, version, title, kind, topic, tags, state, "
                       "valid_from_us, valid_until_us, original_sha256, original_name, "
                       "original_bytes, air_sha256, channels, frames, lufs, true_peak_dbtp, "
                       "gain_db, script, imported_us, imported_by, decided_us, decided_by) VALUES "
                       "(?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, ?9), nullif(?10, ?11), ?12, ?13, "
                       "?14, ?15, ?16, ?17, iif(?18, ?19, NULL), iif(?20, ?21, NULL), ?22, ?23, "
                       "?24, ?25, iif(?26, ?24, NULL), iif(?26, ?25, NULL))",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    const struct metadata *m = &job->metadata;
    const struct import_result *result = &job->result;
    bool has_peak = isfinite(result->true_peak_dbtp);
    stmt_bind(stmt,
              "tittttt"
              "iiii"
              "tti"
              "tii"
              "idid"
              "dtiti", /* */
              result->code, (int64_t)result->version, m->title, m->kind, m->topic, m->tags,
              job->approve ? "approved" : "draft",                           /* */
              m->valid_from_us, INT64_MIN, m->valid_until_us, INT64_MAX,     /* */
              job->original.sha256, m->original_name, job->original.n_bytes, /* */
              job->air.sha256, (int64_t)result->channels, result->frames,    /* */
              (int64_t)isfinite(result->lufs), isfinite(result->lufs) ? result->lufs : 0.0,
              (int64_t)has_peak, has_peak ? result->true_peak_dbtp : 0.0, /* */
              result->gain_db, m->script, now_us, importer->who, (int64_t)job->approve);
    r = stmt_step(stmt, reterr);
    return r < 0 ? r : note_steps(importer, job, now_us, reterr);
}

/* What was removed to make room is there again, and for a person to judge anew. */
static int restore_rows(struct importer *importer, const struct import_job *job,
                        const char *original_name, int64_t now_us, struct fault *reterr)
{
    struct retention_restored restored = {.original_sha256 = job->original.sha256,
                                          .original_name = original_name,
                                          .air_sha256 = job->air.sha256};
    return retention_restore(importer->db, importer->station->dir, &restored, importer->who, now_us,
                             job->arena, reterr);
}

/* The row stays as it is and gets its files back. */
static int job_repair(struct importer *importer, struct import_job *job, int64_t now_us,
                      struct fault *reterr)
{
    struct published restored[N_PUBLISHED];
    int r = publish(importer->station->dir, &job->original, job->known_name, &job->air, restored,
                    reterr);
    if (r == 0) {
        r = library_write_probe(importer->db, job->original.sha256, &job->air.probe, reterr);
    }
    if (r == 0) {
        r = restore_rows(importer, job, job->known_name, now_us, reterr);
    }
    if (r == 0 && job->was_removed) {
        findings_add(&job->result.findings, SEVERITY_WARNING, "restored", job->result.path, 0,
                     _("was in the library once, as %s, and its files were removed to make room; "
                       "they are back, and it airs once loa segment approve %s says so"),
                     job->result.code, job->result.code);
    } else if (r == 0) {
        findings_add(&job->result.findings, SEVERITY_WARNING, "repaired", job->result.path, 0,
                     _("was in the library already, but its files there were missing or cut; they "
                       "were put back"));
    }
    return r;
}

/* Inside a transaction, so that another importer cannot take the version or miss the files. */
static int job_enter(struct importer *importer, struct import_job *job, int64_t now_us,
                     struct published published[N_PUBLISHED], struct fault *reterr)
{
    struct import_result *result = &job->result;
    int r = find_duplicate(importer, job, reterr);
    if (r < 0 || (r > 0 && !job->is_repair)) {
        return r < 0 ? r : 0;
    }
    if (r > 0 && strcmp(job->known_air_sha256, job->air.sha256) == 0) {
        return job_repair(importer, job, now_us, reterr);
    }
    if (r > 0) { /* another loa prepares it otherwise today: only as a new version */
        take_measures(importer->station, job);
    }
    if (job->approve && importer->station->two_person) {
        job->approve = false;
        job->awaits_another = true;
    }
    r = known_next_version(importer->db, result->code, &result->version, reterr);
    if (r == 0) {
        r = publish(importer->station->dir, &job->original, job->metadata.original_name, &job->air,
                    published, reterr);
    }
    if (r == 0) {
        r = insert_row(importer, job, now_us, reterr);
    }
    if (r == 0) {
        r = library_write_probe(importer->db, job->original.sha256, &job->air.probe, reterr);
    }
    if (r == 0) {
        r = restore_rows(importer, job, job->metadata.original_name, now_us, reterr);
    }
    if (r == 0) {
        result->status = result->version > 1 ? IMPORT_NEW_VERSION : IMPORT_IMPORTED;
    }
    return r;
}

static int job_commit(struct importer *importer, struct import_job *job, int64_t now_us,
                      struct fault *reterr)
{
    struct published published[N_PUBLISHED] = {{.is_new = false}};
    int r = db_begin(importer->db, reterr);
    if (r < 0) {
        return r;
    }
    r = job_enter(importer, job, now_us, published, reterr);
    if (r == 0) {
        r = db_commit(importer->db, reterr);
    }
    /* After another failure a commit that was half written may yet be found by whoever opens the
     * database next, so the files stay. Those that no row names do no harm. */
    if (r < 0 && db_is_begun(importer->db)) {
        unpublish(published);
        db_rollback(importer->db);
    } else if (r == -ENOSPC) {
        unpublish_if_unknown(importer->db, job->original.sha256, job->air.sha256, published);
    }
    return r;
}

int import_commit(struct importer *importer, struct import_job *job, int64_t now_us,
                  const struct import_result **ret_result)
{
    *ret_result = &job->result;
    if (job->result.status == IMPORT_IMPORTED) {
        struct fault fault = {0};
        pthread_mutex_lock(&importer->db_mutex);
        int r = job_commit(importer, job, now_us, &fault);
        pthread_mutex_unlock(&importer->db_mutex);
        if (r < 0) {
            job->result.version = 0;
            job_reject(job, -r, &fault);
        }
        job_remove_temporaries(job); /* of a duplicate that another file made meanwhile */
    }
    if (job->result.status == IMPORT_DUPLICATE) {
        warn_of_what_stays(job);
    } else if (job->result.status != IMPORT_REJECTED && job->awaits_another) {
        warn_of_awaited_person(importer, job);
    }
    const struct findings *findings = &job->result.findings;
    for (size_t i = 0; job->result.status == IMPORT_REJECTED && i < findings->n; i++) {
        if (findings->items[i].severity == SEVERITY_ERROR) {
            return -findings->items[i].fault.err;
        }
    }
    return job->result.status == IMPORT_REJECTED ? -EINVAL : 0;
}
