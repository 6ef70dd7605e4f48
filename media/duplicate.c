/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/import_int.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/i18n.h"
#include "media/known.h"
#include "station/station.h"

void duplicate_forget(struct import_job *job)
{
    struct import_result *result = &job->result;
    *result = (struct import_result){.status = IMPORT_IMPORTED,
                                     .path = result->path,
                                     .lufs = NAN,
                                     .true_peak_dbtp = -INFINITY,
                                     .findings = result->findings};
    memcpy(result->code, job->metadata.code, sizeof result->code);
}

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

void duplicate_warn(struct import_job *job)
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

int duplicate_find(struct importer *importer, struct import_job *job, struct fault *reterr)
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

int duplicate_find_meanwhile(struct importer *importer, struct import_job *job,
                             struct fault *reterr)
{
    pthread_mutex_lock(&importer->db_mutex);
    int r = duplicate_find(importer, job, reterr);
    pthread_mutex_unlock(&importer->db_mutex);
    return r;
}

bool duplicate_has_files(const struct importer *importer, const struct import_job *job)
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

int duplicate_find_as_it_lies(struct importer *importer, struct import_job *job,
                              struct fault *reterr)
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
        r = r == 0 ? duplicate_find_meanwhile(importer, job, reterr) : r;
    }
    if (r > 0 && !duplicate_has_files(importer, job)) {
        r = 0;
    }
    if (r == 0) {
        duplicate_forget(job);
    }
    return r;
}
