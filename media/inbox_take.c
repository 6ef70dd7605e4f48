/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/fold.h"
#include "media/inbox_int.h"
#include "media/inbox_note.h"
#include "media/metadata.h"
#include "station/station.h"

enum { DEATHS_MAX = 2 };

static const int64_t BUSY_PAUSE_NS = INT64_C(1000000000);
static const int64_t FIRST_PAUSE_NS = INT64_C(5) * 1000000000;
static const int64_t LONGEST_PAUSE_NS = INT64_C(600) * 1000000000;

/* One item, while it is taken or refused. */
struct taking {
    struct inbox *inbox;
    const struct inbox_library *into;
    size_t i;
    char path[PATHS_MAX]; /* through the station's folder */
    const char *name;
    int folder_fd;
    char who[32]; /* of an owner without a name */
    struct inbox_outcome *outcome;
};

static struct inbox_item *item_of(const struct taking *t)
{
    return &t->inbox->items[t->i];
}

static const struct inbox_seen *seen_of(const struct taking *t)
{
    return &t->inbox->scan.items[t->i];
}

/* --- outcomes --------------------------------------------------------------------------- */

/* An outcome that no job tells of. */
static struct findings *own_result(struct taking *t)
{
    struct inbox *inbox = t->inbox;
    snprintf(inbox->own_path, sizeof inbox->own_path, "%s", t->path);
    inbox->own = (struct import_result){.status = IMPORT_REJECTED, .path = inbox->own_path};
    t->outcome->result = &inbox->own;
    return &inbox->own.findings;
}

static void settle(const struct taking *t)
{
    struct inbox_item *item = item_of(t);
    item->is_settled = true;
    item->settled_sidecar = inbox_sidecar_stamp(t->inbox, t->i);
    item->settled_station = t->inbox->station_stamp;
}

/* For good, or until something changes. A share that cannot be written has no notes. */
static void refuse(struct taking *t)
{
    t->outcome->act = INBOX_REFUSED;
    item_of(t)->is_told = true;
    (void)!inbox_note_write(t->folder_fd, t->name, t->into->station->language,
                            &t->outcome->result->findings);
    settle(t);
}

/* No fault of the file. */
static void fail(struct taking *t)
{
    struct inbox_item *item = item_of(t);
    t->outcome->act = INBOX_FAILED;
    item->pause_ns = item->pause_ns ? 2 * item->pause_ns : FIRST_PAUSE_NS;
    item->pause_ns = item->pause_ns < LONGEST_PAUSE_NS ? item->pause_ns : LONGEST_PAUSE_NS;
    item->not_before_ns = clock_steady_ns(t->inbox->clock) + item->pause_ns;
}

/* It has changed under our hands: it begins to stand still anew. The next look sees it as it is. */
static void begin_anew(const struct taking *t)
{
    struct inbox_item *item = item_of(t);
    item->since_ns = clock_steady_ns(t->inbox->clock);
    item->is_closed = false;
}

static void refuse_with(struct taking *t, const char *rule, const char *sentence)
{
    findings_add(own_result(t), SEVERITY_ERROR, rule, t->path, 0, "%s", sentence);
    refuse(t);
}

/* --- is it still what was seen ------------------------------------------------------------ */

static const char *sidecar_name(const struct taking *t)
{
    size_t sidecar = item_of(t)->sidecar;
    return sidecar == SIZE_MAX ? NULL : path_name(t->inbox->scan.items[sidecar].path);
}

/* Recording and sidecar are as they were looked at. */
static bool is_unchanged(const struct taking *t)
{
    struct file_stamp now = file_stamp_at(t->folder_fd, t->name);
    if (!file_stamp_same(&now, &seen_of(t)->stamp)) {
        return false;
    }
    char sidecar[PATHS_MAX];
    const char *known = sidecar_name(t);
    bool has_one = metadata_find_sidecar(t->path, sidecar);
    if (!known || !has_one) {
        return !known && !has_one;
    }
    struct file_stamp seen = inbox_sidecar_stamp(t->inbox, t->i);
    now = file_stamp_at(t->folder_fd, known);
    return strcmp(path_name(sidecar), known) == 0 && file_stamp_same(&now, &seen);
}

static bool item_is_written(const struct taking *t, size_t i)
{
    enum file_writing writing = file_writing(t->folder_fd, path_name(t->inbox->scan.items[i].path));
    t->inbox->items[i].is_unknown = writing == FILE_WRITING_UNKNOWN;
    return writing == FILE_IS_WRITTEN;
}

static bool is_being_written(const struct taking *t)
{
    size_t sidecar = item_of(t)->sidecar;
    bool is_written = item_is_written(t, t->i);
    return (sidecar != SIZE_MAX && item_is_written(t, sidecar)) || is_written;
}

/* --- what a job came to ------------------------------------------------------------------- */

static bool has_finding(const struct import_result *result, const char *rule)
{
    for (size_t i = 0; i < result->findings.n; i++) {
        if (strcmp(result->findings.items[i].rule, rule) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_error(const struct import_result *result, int err)
{
    for (size_t i = 0; i < result->findings.n; i++) {
        if (result->findings.items[i].severity == SEVERITY_ERROR &&
            result->findings.items[i].fault.err == err) {
            return true;
        }
    }
    return false;
}

/* Would more bytes make it better? */
static bool may_be_on_its_way(const struct import_result *result)
{
    return has_error(result, EBADMSG) || has_error(result, ENOTSUP) ||
           has_finding(result, "damaged");
}

/* A recording or a text that may not be read is for whoever dropped it to put right; whatever
 * else is forbidden is not. */
static bool is_closed_to_us(const struct taking *t, const struct fault *fault)
{
    const char *sidecar = sidecar_name(t);
    const char *file = path_name(fault->file);
    return fault->err == EACCES &&
           (strcmp(file, t->name) == 0 || (sidecar && strcmp(file, sidecar) == 0));
}

/* Of a file that may not be read: whoever sees the folder knows nothing of whom loa is. */
static bool refuse_if_closed(struct taking *t, const struct import_result *result)
{
    for (size_t i = 0; i < result->findings.n; i++) {
        const struct fault *fault = &result->findings.items[i].fault;
        if (!is_closed_to_us(t, fault)) {
            continue;
        }
        const struct passwd *us = getpwuid(geteuid());
        char number[32];
        char file[PATHS_MAX];
        snprintf(number, sizeof number, "%lu", (unsigned long)geteuid());
        snprintf(file, sizeof file, "%s", fault->file);
        const char *user = us ? us->pw_name : number;
        findings_add(own_result(t), SEVERITY_ERROR, "closed", file, 0,
                     _("cannot be read by loa, which runs as the user %s: whoever dropped it has "
                       "to give everybody the right to read it, or to drop a copy; where it "
                       "happens to all, whoever looks after the share sets `force user = %s`"),
                     user, user);
        refuse(t);
        return true;
    }
    return false;
}

static bool is_environment(const struct taking *t, const struct import_result *result)
{
    for (size_t i = 0; i < result->findings.n; i++) {
        const struct finding *finding = &result->findings.items[i];
        if (finding->severity == SEVERITY_ERROR && fault_exit_status(finding->fault.err) == 3 &&
            !is_closed_to_us(t, &finding->fault)) {
            return true;
        }
    }
    return false;
}

/* --- after it was taken ------------------------------------------------------------------- */

/* Does another recording that lies here count on the same text? */
static bool sidecar_is_shared(const struct taking *t)
{
    const struct inbox *inbox = t->inbox;
    for (size_t k = 0; k < inbox->scan.n; k++) {
        if (k != t->i && inbox->scan.items[k].type == INBOX_RECORDING &&
            inbox->items[k].sidecar == item_of(t)->sidecar) {
            struct file_stamp now =
                file_stamp_at(t->folder_fd, path_name(inbox->scan.items[k].path));
            if (file_stamp_exists(&now)) {
                return true;
            }
        }
    }
    return false;
}

/* What it says and the library does not have stays, with the reason. */
static void keep_sidecar(const struct taking *t, const struct import_result *result)
{
    struct taking sidecar = *t;
    sidecar.i = item_of(t)->sidecar;
    (void)!inbox_note_write(t->folder_fd, sidecar_name(t), t->into->station->language,
                            &result->findings);
    t->inbox->items[sidecar.i].is_claimed = false;
    t->inbox->items[sidecar.i].is_told = true;
    settle(&sidecar);
}

/* Out of sight, if it is to go: so a kill between the two leaves no text alone, of which nobody
 * could tell that it was read. aside "": it is not, or cannot be renamed here. */
static int hide_sidecar(const struct taking *t, const struct import_result *result, bool *ret_goes,
                        char aside[static NAME_MAX + 1])
{
    const char *name = sidecar_name(t);
    aside[0] = '\0';
    *ret_goes = name && !sidecar_is_shared(t);
    if (!*ret_goes) {
        return 0;
    }
    if (result->status == IMPORT_DUPLICATE && has_finding(result, "unchanged")) {
        keep_sidecar(t, result);
        *ret_goes = false;
        return 0;
    }
    inbox_note_remove(t->folder_fd, name);
    struct file_stamp seen = inbox_sidecar_stamp(t->inbox, t->i);
    int r = file_put_aside(t->folder_fd, name, &seen, aside);
    if (r < 0) {
        aside[0] = '\0';
    }
    /* Too long a name, a text that is gone, or a file system that cannot. */
    return r == -ENAMETOOLONG || r == -EINVAL || r == -ENOENT ? 0 : r;
}

/* What cannot be removed, of a recording and its text. */
static void stays(struct taking *t, const char *name, int err)
{
    struct inbox *inbox = t->inbox;
    snprintf(inbox->stays_path, sizeof inbox->stays_path, "%.*s%s", (int)(t->name - t->path),
             t->path, name);
    t->outcome->stays = inbox->stays_path;
    t->outcome->stays_err = err;
    settle(t);
}

static void taken(struct taking *t)
{
    char aside[NAME_MAX + 1];
    bool sidecar_goes = false;
    t->outcome->act = INBOX_TAKEN;
    inbox_note_remove(t->folder_fd, t->name);
    const char *name = sidecar_name(t);
    int r = hide_sidecar(t, t->outcome->result, &sidecar_goes, aside);
    const char *hidden = aside;
    if (r == 0) {
        name = t->name;
        r = file_take_away(t->folder_fd, name, &seen_of(t)->stamp);
        if (r < 0 && *aside) {
            (void)file_put_back(t->folder_fd, &hidden);
        }
    }
    if (r == 0 && sidecar_goes) {
        struct file_stamp seen = inbox_sidecar_stamp(t->inbox, t->i);
        name = sidecar_name(t);
        r = *aside ? (unlinkat(t->folder_fd, aside, 0) == 0 ? 0 : -errno)
                   : file_take_away(t->folder_fd, name, &seen);
    }
    if (r == -EBUSY) {
        begin_anew(t);
    } else if (r < 0) {
        stays(t, name, -r);
    }
}

/* --- taking ----------------------------------------------------------------------------- */

/* Who dropped it, as far as the system knows. */
static const char *who_of(struct taking *t)
{
    struct stat st;
    if (fstatat(t->folder_fd, t->name, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_uid == getuid()) {
        return t->into->who;
    }
    const struct passwd *owner = getpwuid(st.st_uid);
    if (owner) {
        return owner->pw_name;
    }
    /* Some person of the share, and not us: another may have to approve it. */
    snprintf(t->who, sizeof t->who, "uid %lu", (unsigned long)st.st_uid);
    return t->who;
}

static bool is_stopped(const struct inbox_library *library)
{
    return library->stop && *library->stop;
}

/* Whoever asks us to stop may lose patience: that is no death over this file. */
static void report(void *context, int64_t done_bytes, int64_t total_bytes)
{
    struct taking *t = context;
    const struct import_progress *progress = t->into->progress;
    if (is_stopped(t->into)) {
        inbox_marker_end(&t->inbox->marker, &seen_of(t)->stamp);
    }
    if (progress && progress->report) {
        progress->report(progress->context, done_bytes, total_bytes);
    }
}

static struct import_job *prepare_job(struct taking *t, struct importer *importer)
{
    struct import_progress progress = {report, t};
    char place[PATHS_MAX];
    const char *path = seen_of(t)->path;
    int n_folders = (int)(path_name(path) - path);
    snprintf(place, sizeof place, "%.*s", n_folders > 0 ? n_folders - 1 : 0, path);
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.place = place;
    return import_prepare(importer, t->path, &options, &progress);
}

/* Is what was prepared to be committed, now that it is known what it is? */
static bool is_to_be_committed(struct taking *t, const struct import_job *job)
{
    const struct import_result *result = import_job_result(job);
    struct inbox_item *item = item_of(t);
    if (has_error(result, ECANCELED)) {
        t->outcome->act = INBOX_STOPPED;
        return false;
    }
    if (!is_unchanged(t)) {
        begin_anew(t);
        return false;
    }
    if (may_be_on_its_way(result) && !item->is_closed &&
        !inbox_is_out_of_patience(t->inbox, t->i)) {
        item->is_cut = true;
        return false;
    }
    return true;
}

static int take_with(struct taking *t, struct importer *importer)
{
    struct inbox *inbox = t->inbox;
    AUTO(import_job_destroy) struct import_job *job = prepare_job(t, importer);
    if (!job) {
        return -ENOMEM;
    }
    if (!is_to_be_committed(t, job)) {
        return 0;
    }
    (void)!import_commit(importer, job, clock_now_us(inbox->clock), &t->outcome->result);
    const struct import_result *result = t->outcome->result;
    if (result->status != IMPORT_REJECTED) {
        taken(t);
    } else if (is_environment(t, result)) {
        fail(t);
    } else if (!refuse_if_closed(t, result)) {
        refuse(t);
    }
    inbox->job = STEAL(job);
    return 0;
}

static int take_recording(struct taking *t)
{
    struct inbox *inbox = t->inbox;
    const struct file_stamp stamp = seen_of(t)->stamp;
    if (inbox_marker_deaths(&inbox->marker, &stamp) >= DEATHS_MAX) {
        refuse_with(t, "deadly",
                    _("made loa end without a word twice while it was read, and is not read again; "
                      "open it in a sound editor and save it anew"));
        return 0;
    }
    AUTO(importer_close) struct importer *importer = NULL;
    struct fault fault = {0};
    if (importer_open(t->into->station, t->into->db, who_of(t), &importer, &fault) < 0) {
        findings_add_fault(own_result(t), "importer", &fault);
        fail(t);
        return 0;
    }
    importer_stop_at(importer, t->into->stop);
    importer_distrust(importer); /* what is here may be the only whole one, and is removed */
    inbox_marker_begin(&inbox->marker, &stamp);
    int r = take_with(t, importer);
    inbox_marker_end(&inbox->marker, &stamp);
    return r;
}

/* The newest version of a code; 0: the library has none. */
static int newest_version(struct db *db, const char *code, int *ret_version, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(db, "SELECT coalesce(max(version), 0) FROM segment WHERE code = ?", &stmt,
                       reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "t", code);
    r = stmt_step(stmt, reterr);
    *ret_version = r > 0 ? (int)stmt_i64(stmt, 0) : 0;
    return r < 0 ? r : 0;
}

/* A text that lies alone: whose was it? */
static void look_into_text(struct taking *t)
{
    char stem[NAME_MAX + 1];
    char code[IMPORT_CODE_MAX];
    struct fault fault = {0};
    int version = 0;
    snprintf(stem, sizeof stem, "%.*s", (int)(path_ending(t->name) - t->name) - 1, t->name);
    if (code_from_name(stem, code) < 0) {
        settle(t);
        return;
    }
    if (newest_version(t->into->db, code, &version, &fault) < 0) {
        findings_add_fault(own_result(t), "late-text", &fault);
        fail(t);
        return;
    }
    if (version == 0) {
        settle(t);
        return;
    }
    findings_add(own_result(t), SEVERITY_ERROR, "late-text", t->path, 0,
                 _("lies here without its recording, which the library has already as %s, version "
                   "%d, and was not read with that; say it with `loa segment edit %s`, or drop a "
                   "newer recording beside it"),
                 code, version, code);
    refuse(t);
}

static int take_item(struct taking *t)
{
    switch (seen_of(t)->type) {
    case INBOX_LINK:
        refuse_with(t, "link", _("is a link to another place; copy the recording itself here"));
        return 0;
    case INBOX_NO_FILE:
        refuse_with(t, "no-file", _("is not a file; copy a recording here"));
        return 0;
    case INBOX_TOO_DEEP:
        refuse_with(t, "too-deep",
                    _("is a folder too deep in the inbox to be looked into; move it up"));
        return 0;
    case INBOX_TEXT:
        look_into_text(t);
        return 0;
    default:
        break;
    }
    struct inbox_item *item = item_of(t);
    if (item->sidecar != SIZE_MAX && t->inbox->scan.items[item->sidecar].type != INBOX_TEXT) {
        refuse_with(t, "no-text",
                    _("has a text file beside it that is a link, or no file; put the "
                      "text itself there"));
        return 0;
    }
    item->is_busy = is_being_written(t);
    if (item->is_busy || !is_unchanged(t)) {
        item->not_before_ns = clock_steady_ns(t->inbox->clock) + BUSY_PAUSE_NS;
        item->is_busy = true;
        return 0;
    }
    if (inbox_judge(t->inbox, t->i) != INBOX_READY) {
        return 0; /* nobody can say whether it is whole */
    }
    return take_recording(t);
}

/* Through the name as it is now; what is gone is no longer our concern. */
static int take(struct inbox *inbox, const struct inbox_library *library, size_t i,
                struct inbox_outcome *outcome)
{
    struct taking t = {.inbox = inbox, .into = library, .i = i, .outcome = outcome};
    char folder[PATHS_MAX];
    const char *path = inbox->scan.items[i].path;
    if (path_join(t.path, inbox->root, path, NULL) < 0) {
        inbox->items[i].is_settled = true;
        return 0;
    }
    t.name = path_name(t.path);
    snprintf(folder, sizeof folder, "%.*s", (int)(t.name - t.path), t.path);
    AUTO_FD int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0) {
        return 0;
    }
    t.folder_fd = folder_fd;
    struct file_stamp now = file_stamp_at(folder_fd, t.name);
    return file_stamp_exists(&now) ? take_item(&t) : 0;
}

int inbox_take(struct inbox *inbox, const struct inbox_library *library,
               struct inbox_outcome *ret_outcome, struct fault *reterr)
{
    *ret_outcome = (struct inbox_outcome){.act = INBOX_IDLE};
    inbox->job = import_job_destroy(inbox->job);
    findings_finish(&inbox->own.findings);
    for (size_t i = 0; i < inbox->scan.n && ret_outcome->act == INBOX_IDLE; i++) {
        if (is_stopped(library)) {
            ret_outcome->act = INBOX_STOPPED;
        } else if (inbox_judge(inbox, i) == INBOX_READY) {
            int r = take(inbox, library, i, ret_outcome);
            if (r < 0) {
                return fault_set(reterr, -r, inbox->root, 0, _("out of memory"));
            }
        }
    }
    return 0;
}
