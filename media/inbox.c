/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/inbox_int.h"
#include "media/inbox_note.h"
#include "media/metadata.h"

/* A text without a recording is looked into when its recording had time to come. */
static const int64_t LATE_NS = INT64_C(10) * 1000000000;

/* --- opening ---------------------------------------------------------------------------- */

static int say_busy(int fd, const char *root, struct fault *reterr)
{
    char holder[16] = "";
    ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
    long pid = n > 0 ? strtol(holder, NULL, 10) : 0;
    if (pid <= 0) { /* it has not said so yet */
        return fault_set(reterr, EALREADY, root, 0,
                         _("is watched by another loa already, which takes what lies in it; the "
                           "notes beside the files say why some stay"));
    }
    return fault_set(reterr, EALREADY, root, 0,
                     _("is watched by another loa already (process %ld), which takes what lies in "
                       "it; the notes beside the files say why some stay"),
                     pid);
}

static int take_lock(struct inbox *inbox, const char *path, struct fault *reterr)
{
    inbox->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (inbox->lock_fd < 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be written: %s"), errno_text(errno));
    }
    if (flock(inbox->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? say_busy(inbox->lock_fd, inbox->root, reterr)
                   : fault_set(reterr, errno, path, 0,
                               _("cannot be locked, without which two loas would take the same "
                                 "files: %s; keep the station on a disk of this machine"),
                               errno_text(errno));
    }
    char text[16]; /* only for that sentence */
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(inbox->lock_fd, 0) == 0 && pwrite(inbox->lock_fd, text, (size_t)n, 0) < 0) {
        return 0;
    }
    return 0;
}

static int make_paths(struct inbox *inbox, const char *station_dir, char lock[static PATHS_MAX],
                      char marker[static PATHS_MAX], struct fault *reterr)
{
    char incoming[PATHS_MAX];
    int r = path_join(inbox->root, station_dir, "inbox", reterr);
    if (r == 0) {
        r = path_join(inbox->station_file, station_dir, "station.ini", reterr);
    }
    if (r == 0) {
        r = path_join(incoming, station_dir, "library/incoming", reterr);
    }
    if (r == 0) {
        r = path_join(lock, incoming, "inbox-lock", reterr);
    }
    if (r == 0) {
        r = path_join(marker, incoming, "inbox-taking", reterr);
    }
    if (r == 0) {
        r = path_make_dirs(inbox->root, reterr);
    }
    return r == 0 ? path_make_dirs(incoming, reterr) : r;
}

int inbox_open(const char *station_dir, struct clock *clock, struct inbox **ret_inbox,
               struct fault *reterr)
{
    AUTO(inbox_close) struct inbox *inbox = calloc(1, sizeof *inbox);
    char lock[PATHS_MAX];
    char marker[PATHS_MAX];
    if (!inbox) {
        return fault_set(reterr, ENOMEM, station_dir, 0, _("out of memory"));
    }
    inbox->clock = clock;
    inbox->lock_fd = -1;
    int r = make_paths(inbox, station_dir, lock, marker, reterr);
    if (r == 0) {
        r = take_lock(inbox, lock, reterr);
    }
    if (r < 0) {
        return r;
    }
    inbox_marker_read(&inbox->marker, marker);
    inbox->events = inbox_events_open(inbox->root);
    *ret_inbox = STEAL(inbox);
    return 0;
}

struct inbox *inbox_close(struct inbox *inbox)
{
    if (inbox) {
        import_job_destroy(inbox->job);
        findings_finish(&inbox->own.findings);
        inbox_scan_finish(&inbox->scan);
        inbox_events_close(inbox->events);
        free(inbox->items);
        if (inbox->lock_fd >= 0) {
            close(inbox->lock_fd);
        }
        free(inbox);
    }
    return NULL;
}

int inbox_fd(const struct inbox *inbox)
{
    return inbox->events ? inbox_events_fd(inbox->events) : -1;
}

/* --- looking ---------------------------------------------------------------------------- */

/* The item as it was known, if it is still the same bytes; or a new one. */
static struct inbox_item item_of(const struct inbox *inbox, const struct inbox_seen *seen,
                                 int64_t now_ns)
{
    size_t old = inbox_scan_find(&inbox->scan, seen->path);
    struct inbox_item item = {.since_ns = now_ns};
    if (old != SIZE_MAX && inbox->scan.items[old].type == seen->type &&
        file_stamp_same(&inbox->scan.items[old].stamp, &seen->stamp)) {
        item = inbox->items[old];
    }
    item.sidecar = SIZE_MAX;
    item.is_claimed = false;
    /* What was made and closed, and is empty, is about to be filled. */
    item.is_closed |= inbox->events && seen->stamp.size > 0 && !item.is_closed &&
                      inbox_events_closed(inbox->events, seen->path, &seen->stamp);
    item.is_written = inbox->events && inbox_events_written(inbox->events, seen->path);
    return item;
}

static void claim_sidecar(const struct inbox *inbox, const struct inbox_scan *scan,
                          struct inbox_item *items, size_t i)
{
    char path[PATHS_MAX];
    char sidecar[PATHS_MAX];
    if (path_join(path, inbox->root, scan->items[i].path, NULL) == 0 &&
        metadata_find_sidecar(path, sidecar)) {
        items[i].sidecar = inbox_scan_find(scan, sidecar + strlen(inbox->root) + 1);
    }
    if (items[i].sidecar != SIZE_MAX && scan->items[items[i].sidecar].type == INBOX_TEXT) {
        items[items[i].sidecar].is_claimed = true;
    }
}

/* Is there still a file that a note is about? Its name begins as the note's, and may go on where
 * that was cut. */
static bool note_has_file(const struct inbox_scan *scan, const char *note)
{
    char own[INBOX_NOTE_NAME_MAX];
    char base[PATHS_MAX];
    size_t n_folder = (size_t)(path_name(note) - note);
    int n = snprintf(base, sizeof base, "%.*s", (int)inbox_note_stem(note), note);
    for (size_t i = inbox_scan_from(scan, base);
         i < scan->n && strncmp(scan->items[i].path, base, (size_t)n) == 0; i++) {
        const struct inbox_seen *seen = &scan->items[i];
        if (seen->type == INBOX_NOTE || strchr(seen->path + n_folder, '/')) {
            continue;
        }
        for (enum language language = LANGUAGE_VI; language <= LANGUAGE_EN; language++) {
            inbox_note_name(seen->path + n_folder, language, own);
            if (strcmp(own, note + n_folder) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void remove_old_notes(const struct inbox *inbox, const struct inbox_scan *scan)
{
    char path[PATHS_MAX];
    for (size_t i = 0; i < scan->n; i++) {
        if (scan->items[i].type == INBOX_NOTE && !scan->is_overfull &&
            !note_has_file(scan, scan->items[i].path) &&
            path_join(path, inbox->root, scan->items[i].path, NULL) == 0 &&
            inbox_note_is_ours(AT_FDCWD, path)) {
            unlink(path);
        }
    }
}

/* A text that was put aside and whose recording is gone was read with that. */
static void remove_read_texts(const struct inbox *inbox, const struct inbox_scan *scan,
                              struct inbox_item *items)
{
    char path[PATHS_MAX];
    for (size_t i = 0; i < scan->n; i++) {
        if (scan->items[i].type == INBOX_TEXT && scan->items[i].was_aside && !items[i].is_claimed &&
            !scan->is_overfull && path_join(path, inbox->root, scan->items[i].path, NULL) == 0) {
            struct file_stamp now = file_stamp_of_path(path);
            if (file_stamp_same(&now, &scan->items[i].stamp)) {
                unlink(path);
            }
            items[i].is_settled = true;
        }
    }
}

int inbox_look(struct inbox *inbox, struct fault *reterr)
{
    struct inbox_scan scan;
    if (inbox->events) {
        inbox_events_read(inbox->events);
    }
    int r = inbox_scan(inbox->root, inbox->events, &scan, reterr);
    struct inbox_item *items = r == 0 ? calloc(scan.n + 1, sizeof *items) : NULL;
    if (!items) {
        inbox_scan_finish(&scan);
        return r < 0 ? r : fault_set(reterr, ENOMEM, inbox->root, 0, _("out of memory"));
    }
    int64_t now_ns = clock_steady_ns(inbox->clock);
    for (size_t i = 0; i < scan.n; i++) {
        items[i] = item_of(inbox, &scan.items[i], now_ns);
    }
    for (size_t i = 0; i < scan.n; i++) {
        if (scan.items[i].type == INBOX_RECORDING) {
            claim_sidecar(inbox, &scan, items, i);
        }
    }
    remove_old_notes(inbox, &scan);
    remove_read_texts(inbox, &scan, items);
    if (inbox->events) {
        inbox_events_forget(inbox->events);
    }
    inbox_scan_finish(&inbox->scan);
    free(inbox->items);
    inbox->scan = scan;
    inbox->items = items;
    inbox->station_stamp = file_stamp_of_path(inbox->station_file);
    return 0;
}

/* --- judging ---------------------------------------------------------------------------- */

struct file_stamp inbox_sidecar_stamp(const struct inbox *inbox, size_t i)
{
    size_t sidecar = inbox->items[i].sidecar;
    return sidecar == SIZE_MAX ? (struct file_stamp){0} : inbox->scan.items[sidecar].stamp;
}

static bool stands_still(const struct inbox *inbox, size_t i, int64_t for_ns)
{
    return clock_steady_ns(inbox->clock) - inbox->items[i].since_ns >= for_ns;
}

bool inbox_is_out_of_patience(struct inbox *inbox, size_t i)
{
    /* What has lain here since before anybody looked need not lie as long again. */
    int64_t age_ns = clock_now_us(inbox->clock) * 1000 - inbox->scan.items[i].stamp.changed_ns;
    return stands_still(inbox, i, INBOX_PATIENCE_NS) ||
           (stands_still(inbox, i, INBOX_QUIET_NS) && age_ns >= INBOX_PATIENCE_NS);
}

bool inbox_may_grow(struct inbox *inbox, size_t i)
{
    const struct inbox_item *item = &inbox->items[i];
    return (item->is_written || item->is_unknown || item->is_cut) && !item->is_closed &&
           !inbox_is_out_of_patience(inbox, i);
}

static enum inbox_verdict judge_recording(struct inbox *inbox, size_t i)
{
    const struct inbox_item *item = &inbox->items[i];
    bool is_whole = item->is_closed || stands_still(inbox, i, INBOX_QUIET_NS);
    if (item->sidecar == SIZE_MAX) {
        is_whole = stands_still(inbox, i, INBOX_QUIET_NS); /* one may be on its way */
    } else {
        is_whole &= inbox->items[item->sidecar].is_closed ||
                    stands_still(inbox, item->sidecar, INBOX_QUIET_NS);
    }
    if (!is_whole) {
        return INBOX_WAITING;
    }
    bool may_grow = inbox_may_grow(inbox, i) ||
                    (item->sidecar != SIZE_MAX && inbox_may_grow(inbox, item->sidecar));
    return may_grow ? INBOX_PATIENT : INBOX_READY;
}

enum inbox_verdict inbox_judge(struct inbox *inbox, size_t i)
{
    const struct inbox_item *item = &inbox->items[i];
    enum inbox_item_type type = inbox->scan.items[i].type;
    struct file_stamp sidecar = inbox_sidecar_stamp(inbox, i);
    if (type == INBOX_NOTE || item->is_claimed ||
        (item->is_settled && file_stamp_same(&item->settled_sidecar, &sidecar) &&
         file_stamp_same(&item->settled_station, &inbox->station_stamp))) {
        return INBOX_SETTLED;
    }
    if (clock_steady_ns(inbox->clock) < item->not_before_ns) {
        return item->is_busy ? INBOX_WAITING : INBOX_PATIENT;
    }
    switch (type) {
    case INBOX_RECORDING:
        return judge_recording(inbox, i);
    case INBOX_TEXT:
        return stands_still(inbox, i, LATE_NS) ? INBOX_READY : INBOX_PATIENT;
    default:
        return INBOX_READY;
    }
}

bool inbox_is_overfull(const struct inbox *inbox)
{
    return inbox->scan.is_overfull;
}

const char *inbox_next_lone_text(struct inbox *inbox)
{
    int64_t now_ns = clock_now_us(inbox->clock) * 1000;
    for (size_t i = 0; i < inbox->scan.n; i++) {
        const struct inbox_seen *seen = &inbox->scan.items[i];
        struct inbox_item *item = &inbox->items[i];
        if (seen->type == INBOX_TEXT && !item->is_claimed && !item->is_told &&
            (stands_still(inbox, i, INBOX_PATIENCE_NS) ||
             now_ns - seen->stamp.changed_ns >= INBOX_PATIENCE_NS)) {
            item->is_told = true;
            return seen->path;
        }
    }
    return NULL;
}

size_t inbox_n_waiting(struct inbox *inbox)
{
    size_t n = 0;
    for (size_t i = 0; i < inbox->scan.n; i++) {
        n += inbox_judge(inbox, i) >= INBOX_WAITING;
    }
    return n;
}

const char *inbox_waiting(struct inbox *inbox, size_t i)
{
    for (size_t k = 0; k < inbox->scan.n; k++) {
        bool is_waiting = inbox->scan.items[k].type == INBOX_RECORDING &&
                          inbox->items[k].pause_ns == 0 && inbox_judge(inbox, k) != INBOX_SETTLED;
        if (is_waiting && i-- == 0) {
            return inbox->scan.items[k].path;
        }
    }
    return NULL;
}
