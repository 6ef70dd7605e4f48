/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_IMPORT_INT_H
#define MEDIA_IMPORT_INT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/hash.h"
#include "media/import.h"
#include "media/metadata.h"
#include "media/prepare.h"
#include "media/publish.h"
#include "media/store.h"

struct arena;
struct db;
struct fault;
struct station;

/* What the files of an import share: import.c prepares and commits, duplicate.c knows what the
 * library has already, import_enter.c makes the row. Private to media. */

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

/* --- duplicate.c ------------------------------------------------------------------------ */

/*
 * Has the library these bytes? Under the job's own code if it can be, else under any if
 * the code was not given. 1: the job's result tells of that row; 0: no. On the db's thread.
 */
MUST_CHECK int duplicate_find(struct importer *importer, struct import_job *job,
                              struct fault *reterr);
/* The same from a thread that prepares. */
MUST_CHECK int duplicate_find_meanwhile(struct importer *importer, struct import_job *job,
                                        struct fault *reterr);
/* Is the file a duplicate whose files are whole, by its bytes as it lies there? 1: the job's
 * result tells of its row, and nothing needs to be copied; 0: no. */
MUST_CHECK int duplicate_find_as_it_lies(struct importer *importer, struct import_job *job,
                                         struct fault *reterr);
/* Has the row that the job is a duplicate of its files? */
bool duplicate_has_files(const struct importer *importer, const struct import_job *job);
/* Nothing is known of the job any more but what its metadata says. */
void duplicate_forget(struct import_job *job);
/* A duplicate changes no row, whatever was asked for: say so. */
void duplicate_warn(struct import_job *job);

/* --- import_enter.c --------------------------------------------------------------------- */

/* The row of a prepared job, its files in their places before; inside a transaction, so that
 * another importer cannot take the version or miss the files. */
MUST_CHECK int import_enter(struct importer *importer, struct import_job *job, int64_t now_us,
                            struct published published[N_PUBLISHED], struct fault *reterr);

/* Of a recording that was given no code: the one that its name makes, or the next that is free if
 * another name made it too. On the db's thread. */
MUST_CHECK int import_choose_code(struct importer *importer, struct import_job *job,
                                  struct fault *reterr);

/* Loudness and gain of what was prepared, into the result. */
void import_take_measures(const struct station *station, struct import_job *job);

#endif
