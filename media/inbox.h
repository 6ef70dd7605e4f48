/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_INBOX_H
#define MEDIA_INBOX_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "media/import.h"

struct clock;
struct db;
struct fault;
struct station;

/*
 * The inbox: a folder of the station, often a share of its network, where people drop
 * recordings and from which they come into the library by themselves, as drafts.
 *
 *     inbox_open()                         once; one process at a time has a station's inbox
 *     inbox_look(inbox, …)                 now and then, and whenever inbox_fd() is readable
 *     inbox_take(inbox, library, &outcome) after each look, until it gives INBOX_IDLE
 *     inbox_close()
 *
 * Complete A recording is whole when whoever wrote it has closed it, or it was moved here, or it
 *          has stood still (size, dates, inode) for INBOX_QUIET_NS of the steady clock, and no
 *          process of this machine has it open for writing. Where that cannot be asked (the file
 *          is another user's, or the file system does not tell), or where it was seen being written
 *          and not being closed, it has to stand still for INBOX_PATIENCE_NS: Windows gives a
 *          copy its full size at once, and one that stalls looks whole and ends in zeros. Its
 * sidecar (media/import.h) must be whole as well; a recording without one is given the same time
 * for one to come. What cannot be read to its end, and was not seen being closed, may still be on
 *          its way: it is tried again when it changes, and taken as it is after
 *          INBOX_PATIENCE_NS.
 * Taken    By import_prepare() and import_commit(), with the folders below the inbox as the
 *          place. Once the row is there, recording and sidecar are removed, if they are the very
 *          bytes that were taken; what has changed meanwhile stays and is taken again, as a new
 *          version. So is a duplicate removed, once the library's files were read and have the
 *          right bytes (else they are put right with it), but its sidecar only if it asks for
 *          nothing that the library does not have. Folders stay.
 * Refused  It stays, and a note beside it says why (tin-1.mp3.khong-nhap-duoc.txt, or
 *          .not-imported.txt where the station speaks English). So it is where the rights of the
 *          file keep this process from reading it. It is tried again when it, its
 *          sidecar, its folder or the station file changes; the note goes when the file does.
 *          Notes are in the process's language, which should be the station's. A file that has a
 *          note's name and not its first line is somebody's, and is left alone.
 * Failed   A disk that is full or a database that is busy is no fault of the file: no note, and
 *          another try after a pause.
 * Late     A text without a recording, when the library has the recording of that name already,
 *          came too late; a note says so.
 * Crashes  A kill at any moment loses nothing: the file is in the inbox until its row is there.
 *          Bytes over which two processes ended without a word are refused by the third.
 * Left out Hidden and half-written files (media/inbox_scan.h). Links are refused, not followed.
 *
 * Threads  One.
 */
struct inbox;

#define INBOX_QUIET_NS (INT64_C(3) * 1000000000)
#define INBOX_PATIENCE_NS (INT64_C(60) * 1000000000)

/*
 * Take hold of the inbox of a station's folder, making it where it is missing. The clock is
 * borrowed. -EALREADY: another process has it. Given to the caller.
 */
MUST_CHECK int inbox_open(const char *station_dir, struct clock *clock, struct inbox **ret_inbox,
                          struct fault *reterr);
struct inbox *inbox_close(struct inbox *inbox); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct inbox, inbox_close)

/* For poll(): readable when something happened in the inbox; -1: the machine does not tell. */
int inbox_fd(const struct inbox *inbox);

/* See what is there. On failure what was known before holds. */
MUST_CHECK int inbox_look(struct inbox *inbox, struct fault *reterr);

/* There is more in the inbox than is looked at (10,000 files); the rest waits. */
bool inbox_is_overfull(const struct inbox *inbox);

/* Recordings that may be ready to be taken within seconds: still standing still, or being
 * written. What was refused, or is out of patience's reach, is not among them. */
size_t inbox_n_waiting(struct inbox *inbox);
/* The path of the i-th recording that is neither settled nor failed, or NULL behind the last. */
const char *inbox_waiting(struct inbox *inbox, size_t i);

/* The path of a text that belongs to no recording, has lain there for INBOX_PATIENCE_NS, and was
 * not told of yet, neither by this nor by a note; each is given once. NULL: there is none. */
const char *inbox_next_lone_text(struct inbox *inbox);

/* Where recordings are taken to; borrowed for a call. */
struct inbox_library {
    const struct station *station;
    struct db *db;
    const char *who; /* of files that belong to this process's user; others name their owner */
    const struct import_progress *progress; /* may be NULL */
    const volatile sig_atomic_t *stop;      /* set: give up soon, in the middle of a recording
                                             * too, which stays; may be NULL */
};

enum inbox_act {
    INBOX_IDLE,    /* nothing is ready; there is no result */
    INBOX_TAKEN,   /* imported, a new version or a duplicate */
    INBOX_REFUSED, /* and the note says why */
    INBOX_FAILED,  /* the environment failed; it is tried again */
    INBOX_STOPPED, /* as was asked; there is no result */
};

struct inbox_outcome {
    enum inbox_act act;
    const struct import_result *result; /* the inbox's until the next call */
    /* INBOX_TAKEN, but the recording or its text could not be removed: which of them, the inbox's
     * until the next call, and a positive errno; else NULL and 0. */
    const char *stays;
    int stays_err;
};

/* Take or refuse the next one that is ready. The result's path leads through the station's
 * folder. -ENOMEM. */
MUST_CHECK int inbox_take(struct inbox *inbox, const struct inbox_library *library,
                          struct inbox_outcome *ret_outcome, struct fault *reterr);

#endif
