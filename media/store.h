/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_STORE_H
#define MEDIA_STORE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/hash.h"
#include "base/paths.h"

struct fault;

/*
 * Files of the library: written under a temporary name in incoming/, brought to
 * disk, and only then given the name they keep. Private to media.
 *
 * Threads Any, once open. Several processes may have one store open.
 */
struct store {
    char dir[PATHS_MAX]; /* STATION/library */
    int lock_fd;
    const volatile sig_atomic_t *stop; /* NULL, or set once the work is to be given up */
};

/* Make the folders that are missing. Whoever finds no other at work clears incoming/.
 * On success: store_close(). */
MUST_CHECK int store_open(struct store *store, const char *station_dir, struct fault *reterr);
void store_close(struct store *store);

/* A new empty file in incoming/; its path into out, its descriptor given to the caller. */
MUST_CHECK int store_create_temporary(const struct store *store, char out[static PATHS_MAX],
                                      int *ret_fd, struct fault *reterr);

/* Is there room for so many bytes more, beyond what is kept free for the database?
 * -ENOSPC with how much is needed; name is the file that it is needed for. */
MUST_CHECK int store_ask_room(const struct store *store, const char *name, int64_t n_bytes,
                              struct fault *reterr);

/* Asked now and then by long work on the file `name`: -ECANCELED once it is to be given up. */
MUST_CHECK int store_ask_stop(const struct store *store, const char *name, struct fault *reterr);

struct taken_in {
    char temporary[PATHS_MAX]; /* the copy, on disk; "": none */
    char sha256[HASH_HEX_MAX];
    int64_t n_bytes;
};

/* Is there a file with something in it that can be read? Faults name it. */
MUST_CHECK int store_look_at(const char *path, struct fault *reterr);

/* Copy a foreign file into incoming/. Faults name it. On failure nothing is left. */
MUST_CHECK int store_take_in(const struct store *store, const char *path,
                             struct taken_in *ret_taken, struct fault *reterr);

/* Give a temporary file its name, making its folder, and bring both names to disk.
 * *ret_new: nothing had that name before. */
MUST_CHECK int store_publish(const char *temporary, const char *path, bool *ret_new,
                             struct fault *reterr);
/* The same for a file on which nothing depends: its name may be lost with the power. */
MUST_CHECK int store_publish_for_show(const char *temporary, const char *path, bool *ret_new);
/* Take back what was published for nothing. */
void store_withdraw(const char *path);

#endif
