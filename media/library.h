/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_LIBRARY_H
#define MEDIA_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/hash.h"
#include "base/paths.h"
#include "media/segment.h"

struct arena;
struct db;
struct fault;
struct findings;
struct station;

/*
 * The library: rows of the table `segment`, and the files that they name under
 * the station folder:
 *
 *     library/original/ab/abcd….mp3  the recording as it came in, byte for byte
 *     library/air/ab/abcd….wav       its prepared copy: 48 kHz, 24 bit, 1 or 2 channels
 *     library/peaks/ab/abcd….dat     its waveform, to be drawn; it may be missing
 *     library/incoming/              being written; worth nothing after a crash
 *     library/set-aside/             damaged, kept for a person to judge (media/repair.h)
 *
 * Files are named by the SHA-256 of their bytes (peaks by that of their copy), are never
 * altered, and are on disk before a row names them. media/import.h makes them; here they
 * are found and judged.
 * What media/retention.h took away has a row with removed_us and no files.
 *
 * States  A version is imported as a draft. Approved, it may air; of the approved
 *         versions of a code the newest airs. Withdrawn, it does not, until it is
 *         approved again. No row is ever removed.
 * Steps   Whoever changes a row writes the step down in the table `segment_event`, in the
 *         same transaction: who, when, what and why. Steps are never altered.
 * Threads One: that of the db.
 */

/* Every version of every code in every state, sorted as struct segments asks for.
 * The list and its texts are the arena's. */
MUST_CHECK int library_read(struct db *db, struct arena *arena, struct segments *ret_segments,
                            struct fault *reterr);

/* A person decides. The texts are borrowed for the call. */
struct library_decision {
    const char *who; /* kept as given, with the instant */
    int64_t now_us;
    const char *reason; /* UTF-8, kept as one line; NULL or "": none is given */
    bool two_person;    /* the station's rule: nobody approves what they brought in or edited */
};

/*
 * Approve the newest version of a code; if it is approved already nothing changes.
 * -ENOENT: nothing has that code. -EPERM: by the two-person rule it is for somebody else
 * to approve. -ENODATA: its files were removed to make room.
 */
MUST_CHECK int library_approve(struct db *db, const char *code,
                               const struct library_decision *decision, struct fault *reterr);

/*
 * Take a code off the air: every approved version becomes withdrawn, so that no older
 * one comes back in the newest one's place. Drafts stay drafts; if the code is withdrawn
 * already nothing changes. -ENOENT: nothing has that code. -ENODATA: it never was approved.
 * -EINVAL: the reason is not UTF-8.
 */
MUST_CHECK int library_withdraw(struct db *db, const char *code,
                                const struct library_decision *decision, struct fault *reterr);

/*
 * What a person changes of what is known about a recording. NULL: it stays as it is.
 * Frames count from the start of the prepared copy, which is never cut.
 */
struct library_edit {
    const char *title;
    const char *kind;
    const char *topic;             /* id; "": none */
    const char *tags;              /* ids with commas or spaces between; "": none */
    const int64_t *valid_from_us;  /* INT64_MIN: always */
    const int64_t *valid_until_us; /* exclusive; INT64_MAX: for ever */
    const int64_t *cue_in_frames;  /* where it begins when it airs */
    const int64_t *cue_out_frames; /* where it ends, exclusive; INT64_MAX: at the end of the copy */
    bool approve;                  /* and may air at once */
};

/* Check the values against the station, once for any number of codes, and put them as they
 * are kept, in the arena. Every mistake becomes a finding; with one, -EINVAL. -ENOMEM. */
MUST_CHECK int library_edit_check(const struct station *station, const struct library_edit *edit,
                                  struct arena *arena, struct library_edit *ret_checked,
                                  struct findings *findings);

/* What became of a code. */
struct library_edited {
    int version;              /* the newest one now */
    bool is_new;              /* made by this edit; false: it was so already */
    bool is_approved_now;     /* by this edit, the new version or the one that was so already */
    enum segment_state state; /* that version's */
    bool awaits_another;      /* was to be approved, and by the two-person rule is not */
};

/*
 * Make a new version of a code from its newest one (of which the files were not removed), with the
 * same files, measures and words, and with what the edit changes. It is a draft: what is approved
 * stays on air as it is, until the new one is approved. `edit` as library_edit_check() gave it. An
 * edit that changes nothing makes nothing; `approve` then approves the version that is there, as
 * library_approve() does. The decision's `who` and `now_us` are the new version's. -ENOENT: nothing
 * has that code. -EINVAL: it would never be valid, or its cues do not lie in its copy. -ENODATA:
 * the files of all were removed. Nothing is changed then.
 */
MUST_CHECK int library_edit(struct db *db, const char *code, const struct library_edit *edit,
                            const struct library_decision *decision,
                            struct library_edited *ret_edited, struct fault *reterr);

/* A step of a version. */
struct library_step {
    int64_t at_us;
    const char *who;
    const char *act; /* "imported", "spoken", "edited", "approved", "withdrawn", "removed", … */
    const char *reason; /* "" if none was given */
};

/* One version with everything that is kept about it. */
struct library_version {
    struct segment segment;
    char original_sha256[HASH_HEX_MAX];
    const char *original_name; /* as it came in, without its folder */
    int64_t original_bytes;
    const char *script; /* the words that are read; "" if not known */
    int64_t imported_us;
    const char *imported_by; /* whoever brought it in; of an edit, whoever edited */
    int64_t removed_us;      /* its files went by then, to make room; INT64_MIN: they are here */
    const struct library_step *steps; /* in order */
    size_t n_steps;
};

struct library_history {
    const struct library_version *items; /* oldest version first */
    size_t n;                            /* at least 1 */
};

/* All versions of one code; theirs is the arena. -ENOENT: nothing has that code. */
MUST_CHECK int library_read_history(struct db *db, const char *code, struct arena *arena,
                                    struct library_history *ret_history, struct fault *reterr);

/* Where a prepared copy lies: STATION_DIR/library/air/ab/abcd….wav. -ENAMETOOLONG;
 * -EINVAL if the text is not a hash. Whether the file is there is not asked. */
MUST_CHECK int library_air_path(char out[static PATHS_MAX], const char *station_dir,
                                const char *air_sha256, struct fault *reterr);

/* Where the peaks of a copy's waveform lie, if they do (media/peaks.h says in what form):
 * STATION_DIR/library/peaks/ab/abcd….dat, by the copy's hash. Otherwise as above. */
MUST_CHECK int library_peaks_path(char out[static PATHS_MAX], const char *station_dir,
                                  const char *air_sha256, struct fault *reterr);

/* Where an original lies; the ending of its name is kept if it is short and plain. */
MUST_CHECK int library_original_path(char out[static PATHS_MAX], const char *station_dir,
                                     const char *original_sha256, const char *original_name,
                                     struct fault *reterr);

#endif
