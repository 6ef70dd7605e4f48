/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/import_int.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "media/damage.h"
#include "media/metadata.h"
#include "media/prepare.h"
#include "media/publish.h"
#include "media/store.h"
#include "media/tags.h"
#include "station/station.h"

enum { JOB_MAX_BYTES = 16 << 20 };

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
    duplicate_forget(job);
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

/* --- preparing -------------------------------------------------------------------------- */

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
        r = duplicate_find_as_it_lies(importer, job, reterr);
    }
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    r = store_take_in(&importer->store, path, &job->original, reterr);
    if (r == 0) {
        r = duplicate_find_meanwhile(importer, job, reterr);
    }
    if (r > 0 && !duplicate_has_files(importer, job)) {
        job->is_repair = true;
        job->result.status = IMPORT_IMPORTED; /* so far */
        r = 0;
    }
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    pthread_mutex_lock(&importer->db_mutex);
    r = job->is_repair ? 0 : import_choose_code(importer, job, reterr);
    pthread_mutex_unlock(&importer->db_mutex);
    if (r < 0) {
        return r;
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
    import_take_measures(importer->station, job);
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

static void warn_of_awaited_person(const struct importer *importer, struct import_job *job)
{
    const struct import_result *result = &job->result;
    findings_add(&job->result.findings, SEVERITY_WARNING, "two-person", result->path, 0,
                 _("is in the library as %s, but as a draft: %s brought it in and must not approve "
                   "it too; have another person write loa segment approve %s"),
                 result->code, importer->who, result->code);
}

static int job_commit(struct importer *importer, struct import_job *job, int64_t now_us,
                      struct fault *reterr)
{
    struct published published[N_PUBLISHED] = {{.is_new = false}};
    int r = db_begin(importer->db, reterr);
    if (r < 0) {
        return r;
    }
    r = import_enter(importer, job, now_us, published, reterr);
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
        duplicate_warn(job);
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
