/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_REPAIR_H
#define MEDIA_REPAIR_H

#include <stdint.h>

#include "base/attr.h"

struct db;
struct findings;
struct station;
struct verify_file;

/*
 * Bring back what media/verify.h found missing, damaged or unreadable.
 *
 * A prepared copy is made anew from its original, by the very path by which imports are
 * made, if the original is whole. Nothing takes its place but the same bytes: what airs stays
 * approved only with the sound that was approved. Where this loa prepares the original
 * otherwise than the one that imported it, what it makes becomes a new version, a draft with
 * what was said of the old one, to be listened to and approved; the old copy stays as it is.
 *
 * An original cannot be made. If it is damaged it is moved out of the way, so that the recording
 * can be imported again; if it cannot be read it stays where it is.
 *
 * Whatever is replaced or moved lies afterwards in library/set-aside/, for a person to judge;
 * nothing is destroyed. A crash at any moment leaves the file that was there, or the whole one.
 */
enum repair_outcome {
    REPAIR_DONE,        /* it is whole again */
    REPAIR_NEW_VERSION, /* a draft stands in for it, once it is approved */
    REPAIR_NONE,        /* a finding says what to do */
};

struct repair {
    const struct station *station; /* its dir is the library's */
    struct db *db;                 /* DB_WRITE; used by none but this meanwhile */
    const char *who;               /* kept in the record */
    int64_t now_us;
};

/* What happened is a warning, what could not be done an error in `findings`. Never fails
 * otherwise. One thread, that of the db. */
MUST_CHECK enum repair_outcome
repair_file(const struct repair *repair, const struct verify_file *file, struct findings *findings);

#endif
