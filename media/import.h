/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_IMPORT_H
#define MEDIA_IMPORT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "base/fault.h"

struct db;
struct station;

/*
 * Bringing a recording into the library, in two steps so that all cores can work:
 *
 *     importer_open()                          once
 *     job = import_prepare(importer, path, …)  per file, on any number of threads
 *     import_commit(importer, job, …)          per file, on one thread, in any order
 *     import_job_destroy(job)
 *     importer_close()
 *
 * import_prepare() copies the file into library/incoming/ while it hashes it, decodes
 * the copy to its end, counts its frames, measures and listens, and writes the prepared
 * copy for the air and the peaks of its waveform. import_commit() moves the files to their places
 * and only then writes the row. A crash leaves files without a row, never a row
 * without files; what lies in incoming/ is removed by the next importer_open().
 *
 * Sound    What media/soundfile.h reads, 1 or 2 channels, 8 to 192 kHz, up to 24
 *          hours; more channels are refused, because which of them make the programme
 *          is not for a machine to guess. What is cut off or damaged is imported as far
 *          as it goes, with a warning, and stays a draft even where it was to be approved.
 * Copy     48 kHz by soxr HQ, 24 bit, mono stays mono. 48 kHz sources are not
 *          resampled: what has 24 bits or fewer is copied exactly. Nothing is
 *          dithered, and nothing but what is beyond full scale is changed.
 * Loudness EBU R128 integrated, measured on the copy. Mono is counted as heard
 *          on two loudspeakers (dual mono), so that a voice is as loud in mono as in
 *          stereo. gain_db = the station's loudness - lufs, lowered where needed
 *          so that true peak + gain stays at or below the ceiling. Where loudness
 *          cannot be measured (silence, under 0.4 s) it is 0 dB, lowered likewise.
 * Listening What was found in the sound (media/probe.h) is kept beside the row, and
 *          warnings say what a person should know of. It changes nothing.
 * Metadata Options win over the sidecar, the sidecar over the folders that are named in
 *          `place`, these over the tags in the file, and they over the file's name. The
 *          sidecar is the text file of the same stem beside the recording (tin-1.mp3:
 *          tin-1.txt); loa-import(1) is its manual. Of the tags the title is taken, the
 *          genre where it names a kind, and the album where it names a topic.
 * Names    A file's name must be UTF-8 of one line. NFC and NFD are one name.
 * Versions The same bytes under the same code are a duplicate, and so are bytes
 *          known under another code if neither option nor sidecar names a code. Other
 *          bytes under a known code are a new version, a draft; what is approved
 *          stays on air. A duplicate changes no row, and a warning says so where other
 *          metadata or an approval was asked for; if the files of its row are missing
 *          or cut, it puts them back and a warning says so. If they were removed to make room
 *          (media/retention.h), they are there again and the row is no longer marked; it stays
 *          withdrawn until a person approves it.
 * Approval With `approve` a version may air at once, unless the station wants another person
 *          to approve (two_person): then it is a draft, and a warning says so.
 * Known    A file whose size an original of the library has is hashed before anything is
 *          copied, so that a known one costs one reading and no writing: a batch that was
 *          broken off is gone on with by importing all of it again.
 * Space    Asked for before it is taken; an import never takes the last 32 MiB of
 *          the disk, which the database needs to keep the record of what aired.
 */

enum { IMPORT_CODE_MAX = 65 }; /* a code is 1..64 of a-z 0-9 and single hyphens inside */

enum import_status { IMPORT_IMPORTED, IMPORT_DUPLICATE, IMPORT_NEW_VERSION, IMPORT_REJECTED };

/* "imported", "duplicate", "new-version", "rejected" */
const char *import_status_name(enum import_status status);

/* What the caller says about a recording. NULL: not said. Borrowed for one call. */
struct import_options {
    const char *code;
    const char *title;
    const char *kind;       /* id of the station file */
    const char *topic;      /* id; "": none, whatever the sidecar says */
    const char *tags;       /* ids with commas or spaces between; "": none */
    const char *place;      /* folders that say what it is, '/' between (media/place.h) */
    int64_t valid_from_us;  /* INT64_MIN: not said */
    int64_t valid_until_us; /* exclusive; INT64_MAX: not said */
    bool approve;           /* may air at once, if it is not damaged */
    /* media/speak.h made it of a text. Then code and script are given, and the recording is
     * called CODE.wav, in the row as in the result. */
    bool spoken;
    const char *script; /* the words, NFC */
};

/* The options that say nothing: start from these. */
#define IMPORT_OPTIONS_NONE                                                                        \
    ((struct import_options){.valid_from_us = INT64_MIN, .valid_until_us = INT64_MAX})

/* Called now and then by the thread that prepares, with bytes of the original;
 * done never shrinks, and ends at total if the recording is whole. report may be NULL. */
struct import_progress {
    void (*report)(void *context, int64_t done_bytes, int64_t total_bytes);
    void *context;
};

/* What became of a file. Borrowed from its job. */
struct import_result {
    enum import_status status;
    const char *path;           /* as the caller named it */
    char code[IMPORT_CODE_MAX]; /* "" if rejected before it was known; of a duplicate, its code */
    int version;                /* 0 if rejected */
    int channels;               /* 0 where the sound was not measured: rejected */
    int64_t frames;             /* of the prepared copy, 48 kHz */
    double lufs;                /* NAN: too quiet or too short to measure */
    double true_peak_dbtp;      /* -INFINITY: digital silence */
    double gain_db;
    /* Why it was rejected, an error or more; or warnings. A fault's err tells by
     * fault_exit_status() whether the file or the environment was wrong. */
    struct findings findings;
};

struct importer;
struct import_job;

/*
 * Make ready to import into the station's folder, making library/ where it is
 * missing. Station and db are borrowed until importer_close(); while the importer
 * is open, only it uses the db. `who` is kept in the rows. Several processes may import
 * at once. Given to the caller.
 */
MUST_CHECK int importer_open(const struct station *station, struct db *db, const char *who,
                             struct importer **ret_importer, struct fault *reterr);
struct importer *importer_close(struct importer *importer); /* NULL is a no-op; returns NULL */
DEFINE_AUTO(struct importer, importer_close)

/*
 * From now on import_prepare() gives up soon, on every thread, once *stop is set: its job is
 * rejected with -ECANCELED and leaves nothing. For a signal handler; the flag is borrowed.
 */
void importer_stop_at(struct importer *importer, const volatile sig_atomic_t *stop);

/*
 * From now on the files of a duplicate are taken for whole if their bytes are, not if their
 * lengths are, so that importing an original of the library again makes its copy anew. For
 * media/verify.h.
 */
void importer_distrust(struct importer *importer);

/*
 * The heavy part; any thread. Always makes a job, which is to be committed and
 * destroyed even if it is already known to be rejected; NULL only if there is no memory
 * for one. options and progress may be NULL.
 */
MUST_CHECK struct import_job *import_prepare(struct importer *importer, const char *path,
                                             const struct import_options *options,
                                             const struct import_progress *progress);

/* What is known of a job before it is committed; the job's. */
const struct import_result *import_job_result(const struct import_job *job);

/*
 * The row; one thread. 0 for imported, new-version and duplicate; for rejected the
 * negative errno of the first finding. The result stays the job's.
 */
MUST_CHECK int import_commit(struct importer *importer, struct import_job *job, int64_t now_us,
                             const struct import_result **ret_result);

/* Free, with whatever the job still has in library/incoming/. NULL is a no-op; returns NULL. */
struct import_job *import_job_destroy(struct import_job *job);
DEFINE_AUTO(struct import_job, import_job_destroy)

#endif
