/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/import_int.h"

#include <math.h>
#include <string.h>

#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/known.h"
#include "media/library_int.h"
#include "media/loudness.h"
#include "media/retention.h"
#include "station/station.h"

void import_take_measures(const struct station *station, struct import_job *job)
{
    struct import_result *result = &job->result;
    result->channels = job->air.channels;
    result->frames = job->air.frames;
    result->lufs = job->air.lufs;
    result->true_peak_dbtp = job->air.true_peak_dbtp;
    result->gain_db = loudness_gain_db(result->lufs, result->true_peak_dbtp, station->loudness_lufs,
                                       station->ceiling_dbtp);
}

int import_choose_code(struct importer *importer, struct import_job *job, struct fault *reterr)
{
    const struct metadata *m = &job->metadata;
    return m->code_is_given ? 0
                            : known_code_of_name(importer->db, m->code, m->original_name,
                                                 job->result.code, reterr);
}

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

/* What nobody has judged yet, and nobody will: only the newest version of a code can be approved.
 */
static int warn_of_replaced_draft(struct db *db, struct import_job *job, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    struct import_result *result = &job->result;
    int r = db_prepare(db,
                       "SELECT version, title FROM segment WHERE code = ? AND version = ? "
                       "AND state = 'draft' AND title <> ?",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "tit", result->code, (int64_t)result->version - 1, job->metadata.title);
    r = stmt_step(stmt, reterr);
    if (r > 0) {
        findings_add(
            &result->findings, SEVERITY_WARNING, "replaced-draft", result->path, 0,
            _("takes the place of version %lld of %s, \"%s\", which nobody has approved; if "
              "that is another recording, import this one with a code of its own"),
            (long long)stmt_i64(stmt, 0), result->code, stmt_text(stmt, 1));
    }
    return r < 0 ? r : 0;
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

int import_enter(struct importer *importer, struct import_job *job, int64_t now_us,
                 struct published published[N_PUBLISHED], struct fault *reterr)
{
    struct import_result *result = &job->result;
    int r = duplicate_find(importer, job, reterr);
    if (r < 0 || (r > 0 && !job->is_repair)) {
        return r < 0 ? r : 0;
    }
    if (r > 0 && strcmp(job->known_air_sha256, job->air.sha256) == 0) {
        return job_repair(importer, job, now_us, reterr);
    }
    if (r > 0) { /* another loa prepares it otherwise today: only as a new version */
        import_take_measures(importer->station, job);
    }
    if (job->approve && importer->station->two_person) {
        job->approve = false;
        job->awaits_another = true;
    }
    /* Again, for another importer may have taken the code meanwhile. */
    r = r == 0 ? import_choose_code(importer, job, reterr) : 0;
    if (r == 0) {
        r = known_next_version(importer->db, result->code, &result->version, reterr);
    }
    if (r == 0 && result->version > 1) {
        r = warn_of_replaced_draft(importer->db, job, reterr);
    }
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
