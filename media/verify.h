/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_VERIFY_H
#define MEDIA_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct db;
struct fault;

/*
 * Are the library's files what their rows say, byte for byte? Every original and every copy
 * that a row names is read and hashed, each once, on all cores, in constant memory; rows
 * whose files were removed to make room have none. Nothing is changed, and others may import,
 * approve and play meanwhile.
 *
 * Threads One, that of the db; files are read on others.
 */
enum verify_what {
    VERIFY_ORIGINAL,
    VERIFY_AIR,   /* the prepared copy */
    VERIFY_PEAKS, /* the outline of a copy, which can be made from it at any time */
};

enum verify_state {
    VERIFY_OK,
    VERIFY_MISSING,
    VERIFY_DAMAGED,    /* its hash is another */
    VERIFY_UNREADABLE, /* the system cannot read it to its end */
    VERIFY_STRAY,      /* no row names it, and no import will */
    VERIFY_N_STATES,
};

const char *verify_what_name(enum verify_what what);    /* "original", "air", "peaks" */
const char *verify_state_name(enum verify_state state); /* "ok", "missing", "damaged", … */

struct verify_file {
    enum verify_what what;
    enum verify_state state;
    const char *code; /* of the newest version that names it; NULL: stray */
    int version;
    const char *path;
    const char *sha256; /* of the name it has in the rows; "": stray */
    int64_t n_bytes;    /* as it lies there; 0 if it is missing */
};

struct verify_counts {
    size_t by_state[VERIFY_N_STATES];
    size_t n_without_peaks; /* copies that have no outline, in a library that has outlines */
    int64_t stray_bytes;
};

/* Both are called on the caller's thread; either may be NULL. */
struct verify {
    /* A file that is not ok, borrowed for the call, in which the db may be used. */
    void (*on_file)(void *context, const struct verify_file *file);
    /* Now and then, with the bytes of all that was read and is to be read. */
    void (*on_progress)(void *context, int64_t done_bytes, int64_t total_bytes);
    void *context;
};

/* -EUCLEAN and the like if the database fails; files that are not ok are no failure. */
MUST_CHECK int verify_library(const char *station_dir, struct db *db, const struct verify *verify,
                              struct verify_counts *ret_counts, struct fault *reterr);

#endif
