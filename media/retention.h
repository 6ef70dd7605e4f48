/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_RETENTION_H
#define MEDIA_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct db;
struct fault;

/*
 * Room on the disk: which recordings are no longer needed, and taking their files away. The
 * rows, the record of decisions and the ledger stay for ever; only files go: the original,
 * the copy for the air and its peaks.
 *
 * The rule: the files of a version may go when all of this is so.
 *   - It last aired before `before_us`; one that never aired came in before then. Approving it
 *     later, or putting its files back, begins the time anew.
 *   - Its code is not needed by name, or an approved newer version airs in its place.
 *   - The frozen plan does not air it.
 *   - No version that stays has the same files.
 * What rotation or filler might still choose is not kept for that alone: what nobody has heard
 * for so long is withdrawn, and no older version comes back in its place.
 *
 * Order    First a row is marked (and withdrawn), on disk, then its files go. Whoever is stopped in
 *          between leaves files that no row claims; the next retention_find() finds them. There
 *          never is a row that claims files which went. Each file goes inside a transaction, so
 *          that no import puts it back meanwhile.
 * Threads  One: that of the db.
 */
struct retention_aired {
    int64_t segment_id;
    int64_t at_us;
};

/* What media cannot know. All borrowed. */
struct retention_facts {
    int64_t before_us;        /* INT64_MIN: everything is kept for ever */
    const char *const *codes; /* needed by name; sorted bytewise */
    size_t n_codes;
    const int64_t *planned; /* ids of the versions in the frozen plan ahead; sorted */
    size_t n_planned;
    const struct retention_aired *aired; /* by segment_id; what is not there never aired */
    size_t n_aired;
};

enum { RETENTION_FILES = 3 };

/* One version whose files may go. */
struct retention_item {
    int64_t segment_id;
    const char *code;
    int version;
    const char *title;
    int64_t last_aired_us; /* INT64_MIN: never */
    int64_t bytes;         /* what its files take; a file of two versions is counted once */
    const char *reason;    /* a sentence, kept in the record too */
    bool is_left_over;     /* its row was marked before; only the files are still there */
    bool airs;             /* of the approved versions of its code the newest */
};

struct retention_list {
    const struct retention_item *items; /* by code and version, then what is left over */
    size_t n;
    int64_t bytes;
};

/* What may go by the rule. Nothing is changed. The list is the arena's. */
MUST_CHECK int retention_find(struct db *db, const char *station_dir,
                              const struct retention_facts *facts, struct arena *arena,
                              struct retention_list *ret_list, struct fault *reterr);

/* Mark the rows of a list, inside the transaction in which it was found. `who` is kept. */
MUST_CHECK int retention_mark(struct db *db, const struct retention_list *list, const char *who,
                              int64_t now_us, struct fault *reterr);

/* Take the files of a marked row away, outside any transaction; a file that another row
 * claims stays. *ret_bytes: so much room was made, also where it failed halfway. */
MUST_CHECK int retention_remove_files(struct db *db, const char *station_dir,
                                      const struct retention_item *item, int64_t *ret_bytes,
                                      struct fault *reterr);

/* Files that are in the library again. Borrowed. */
struct retention_restored {
    const char *original_sha256;
    const char *original_name; /* its ending counts */
    const char *air_sha256;
};

/* Every marked row that has these very files, under whatever code, has them again: inside the
 * transaction in which they were put there. `who` is kept. The arena is for the call's own. */
MUST_CHECK int retention_restore(struct db *db, const char *station_dir,
                                 const struct retention_restored *restored, const char *who,
                                 int64_t now_us, struct arena *arena, struct fault *reterr);

#endif
