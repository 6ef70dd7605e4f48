/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/repair.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "media/import.h"
#include "media/library.h"
#include "media/library_int.h"
#include "media/verify.h"
#include "station/station.h"

enum { SET_ASIDE_MAX = 1000 };

/* A row that names the copy, with an original that is whole. */
struct source {
    int64_t id;
    char code[IMPORT_CODE_MAX];
    int version;
    char original[PATHS_MAX];
};

static bool is_whole(const char *path, const char *sha256)
{
    char found[HASH_HEX_MAX];
    return hash_file(path, found, NULL) == 0 && strcmp(found, sha256) == 0;
}

/* --- setting aside ---------------------------------------------------------------------- */

/* Give what lies at `path` a second name in library/set-aside/, so that it outlives the first;
 * out is "" where nothing lies there. */
static int set_aside(const struct repair *repair, const char *path, char out[static PATHS_MAX],
                     struct fault *reterr)
{
    char folder[PATHS_MAX];
    out[0] = '\0';
    if (access(path, F_OK) != 0) {
        return 0;
    }
    int r = path_join(folder, repair->station->dir, "library/set-aside", reterr);
    if (r == 0) {
        r = path_make_dirs(folder, reterr);
    }
    int err = EEXIST;
    for (int i = 1; r == 0 && err == EEXIST && i < SET_ASIDE_MAX; i++) {
        char name[PATHS_MAX];
        snprintf(name, sizeof name, "%.200s.%d", path_name(path), i);
        r = path_join(out, folder, name, reterr);
        err = r == 0 && link(path, out) != 0 ? errno : 0;
    }
    if (r == 0 && err == 0) {
        r = path_sync_dir(folder, reterr);
    } else if (r == 0) {
        r = fault_set(reterr, err, path, 0, _("cannot be set aside: %s"), errno_text(err));
    }
    if (r < 0) {
        out[0] = '\0';
    }
    return r;
}

static enum repair_outcome original_is_lost(const struct repair *repair,
                                            const struct verify_file *file,
                                            struct findings *findings)
{
    char aside[PATHS_MAX] = "";
    struct fault fault = {0};
    if (file->state == VERIFY_UNREADABLE) { /* who knows what is in it */
        findings_add(findings, SEVERITY_ERROR, "unreadable", file->path, 0,
                     _("is the original of %s and cannot be read; see to the disk and to who may "
                       "read the file, or put it back from a backup"),
                     file->code);
        return REPAIR_NONE;
    }
    int r = set_aside(repair, file->path, aside, &fault);
    if (r == 0 && aside[0] && unlink(file->path) != 0) {
        r = fault_set(&fault, errno, file->path, 0, _("cannot be set aside: %s"),
                      errno_text(errno));
    }
    if (r < 0) {
        findings_add_fault(findings, "set-aside", &fault);
        return REPAIR_NONE;
    }
    if (aside[0]) {
        findings_add(findings, SEVERITY_WARNING, "set-aside", file->path, 0,
                     _("was damaged and is now %s"), aside);
    }
    findings_add(findings, SEVERITY_ERROR, "lost-original", file->path, 0,
                 _("is the original of %s and cannot be made again; put it back from a backup, or "
                   "import the recording again"),
                 file->code);
    return REPAIR_NONE;
}

/* --- making anew ------------------------------------------------------------------------ */

/* The newest row of the copy whose original is whole. 1: found. */
static int find_source(const struct repair *repair, const char *air_sha256, struct source *source,
                       struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(repair->db,
                       "SELECT id, code, version, original_sha256, original_name FROM segment "
                       "WHERE air_sha256 = ? AND removed_us IS NULL ORDER BY id DESC",
                       &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", air_sha256);
    while ((r = stmt_step(stmt, reterr)) > 0) {
        const char *sha256 = stmt_text(stmt, 3);
        r = library_original_path(source->original, repair->station->dir, sha256,
                                  stmt_text(stmt, 4), reterr);
        if (r < 0) {
            return r;
        }
        if (is_whole(source->original, sha256)) {
            source->id = stmt_i64(stmt, 0);
            source->version = (int)stmt_i64(stmt, 2);
            snprintf(source->code, sizeof source->code, "%s", stmt_text(stmt, 1));
            return 1;
        }
    }
    return r;
}

/* What was said of the version that it stands in for. It is a draft: nobody has judged it yet. */
static int take_over_metadata(const struct repair *repair, const struct source *source, int version,
                              struct fault *reterr)
{
    return db_run(repair->db, reterr,
                  "UPDATE segment SET (title, kind, topic, tags, valid_from_us, valid_until_us, "
                  "original_name, script) = (SELECT title, kind, topic, tags, valid_from_us, "
                  "valid_until_us, original_name, script FROM segment WHERE id = ?) "
                  "WHERE code = ? AND version = ?",
                  "iti", source->id, source->code, (int64_t)version);
}

static enum repair_outcome judge(const struct repair *repair, const struct verify_file *file,
                                 const struct source *source, const struct import_result *result,
                                 struct findings *findings)
{
    struct fault fault = {0};
    if (result->status == IMPORT_REJECTED) {
        for (size_t i = 0; i < result->findings.n; i++) {
            findings_add_fault(findings, "repair", &result->findings.items[i].fault);
        }
        return REPAIR_NONE;
    }
    if (is_whole(file->path, file->sha256)) {
        if (library_note_step(repair->db, source->id, repair->now_us, repair->who, "restored",
                              _("the copy for the air was made anew from the original"),
                              &fault) < 0) {
            findings_add_fault(findings, "repair", &fault);
        }
        findings_add(findings, SEVERITY_WARNING, "repaired", file->path, 0,
                     _("was made anew from the original of %s"), source->code);
        return REPAIR_DONE;
    }
    if (result->status == IMPORT_NEW_VERSION) {
        if (take_over_metadata(repair, source, result->version, &fault) < 0) {
            findings_add_fault(findings, "repair", &fault);
        }
        findings_add(findings, SEVERITY_WARNING, "new-version", file->path, 0,
                     _("is prepared otherwise by this loa, so the copy that was made is version %d "
                       "of %s, a draft; listen to it and write loa segment approve %s"),
                     result->version, source->code, source->code);
        return REPAIR_NEW_VERSION;
    }
    findings_add(findings, SEVERITY_ERROR, "repair", file->path, 0,
                 _("cannot be made as it was; version %d of %s has the same recording, approve "
                   "that one"),
                 result->version, source->code);
    return REPAIR_NONE;
}

/* By import's own path. What is said of the recording is that of its row, whatever is asked for
 * here; only that the station knows it matters. */
static enum repair_outcome import_anew(const struct repair *repair, const struct verify_file *file,
                                       const struct source *source, struct findings *findings)
{
    AUTO(importer_close) struct importer *importer = NULL;
    struct import_options options = IMPORT_OPTIONS_NONE;
    struct fault fault = {0};
    options.code = source->code;
    options.kind = repair->station->n_kinds ? repair->station->kinds[0].id : NULL;
    options.topic = "";
    options.tags = "";
    if (importer_open(repair->station, repair->db, repair->who, &importer, &fault) < 0) {
        findings_add_fault(findings, "repair", &fault);
        return REPAIR_NONE;
    }
    importer_distrust(importer);
    AUTO(import_job_destroy)
    struct import_job *job = import_prepare(importer, source->original, &options, NULL);
    if (!job) {
        findings_add(findings, SEVERITY_ERROR, "repair", file->path, 0, "%s", _("out of memory"));
        return REPAIR_NONE;
    }
    const struct import_result *result = NULL;
    int r = import_commit(importer, job, repair->now_us, &result);
    (void)r; /* the result tells */
    return judge(repair, file, source, result, findings);
}

static enum repair_outcome make_copy_anew(const struct repair *repair,
                                          const struct verify_file *file, struct findings *findings)
{
    struct source source;
    struct fault fault = {0};
    char aside[PATHS_MAX] = "";
    int r = find_source(repair, file->sha256, &source, &fault);
    if (r == 0) {
        findings_add(findings, SEVERITY_ERROR, "lost-copy", file->path, 0,
                     _("cannot be made again, for the original of %s is damaged too; put both back "
                       "from a backup, or import the recording again"),
                     file->code);
        return REPAIR_NONE;
    }
    if (r > 0) {
        r = set_aside(repair, file->path, aside, &fault);
    }
    if (r < 0) {
        findings_add_fault(findings, "repair", &fault);
        return REPAIR_NONE;
    }
    enum repair_outcome outcome = import_anew(repair, file, &source, findings);
    if (outcome == REPAIR_DONE && aside[0]) {
        findings_add(findings, SEVERITY_WARNING, "set-aside", file->path, 0,
                     _("was damaged and is now %s"), aside);
    } else if (aside[0]) {
        unlink(aside); /* it is still where it was */
    }
    return outcome;
}

enum repair_outcome repair_file(const struct repair *repair, const struct verify_file *file,
                                struct findings *findings)
{
    switch (file->what) {
    case VERIFY_ORIGINAL:
        return original_is_lost(repair, file, findings);
    case VERIFY_AIR:
        return make_copy_anew(repair, file, findings);
    case VERIFY_PEAKS:
        break;
    }
    return REPAIR_NONE;
}
