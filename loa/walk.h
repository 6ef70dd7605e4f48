/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_WALK_H
#define LOA_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct fault;

/* The files that are to be imported, by the paths that a person gave. */
struct walk_file {
    const char *path;
    bool was_found; /* in a folder; not named by a person */
};

struct walk {
    struct arena *arena; /* borrowed: the list and its paths are in it */
    const char *skipped; /* a folder that is not gone into, wherever it is met; NULL: none */
    struct walk_file *files;
    size_t n;
    size_t capacity;
    size_t n_passed_over; /* pipes, devices and sockets that were met */
};

bool walk_is_folder(const char *path);

/* Add a file as it is. -ENOMEM. */
MUST_CHECK int walk_add(struct walk *walk, const char *path, struct fault *reterr);

/*
 * Add what lies in a folder and those below it, sorted by the bytes of their names. Hidden
 * files and folders are left out, and so are .txt files, which belong to recordings. Links
 * are followed, but not in circles. A folder that cannot be read ends the walk with its fault.
 */
MUST_CHECK int walk_folder(struct walk *walk, const char *path, struct fault *reterr);

#endif
