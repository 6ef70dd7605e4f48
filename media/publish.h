/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_PUBLISH_H
#define MEDIA_PUBLISH_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/paths.h"

struct db;
struct fault;
struct prepared;
struct taken_in;

/* The files of an import where they are to stay: original, copy, and peaks if there are some.
 * Private to media; inside the transaction that enters their row, on the thread of the db. */
enum { N_PUBLISHED = 3 };

struct published {
    char path[PATHS_MAX];
    bool is_new; /* nothing had that name before */
};

/* Give them their names; of what has one, the temporary name is "" afterwards. That peaks cannot
 * be is no failure. published[] begins as zeros, and tells what is done even on failure. */
MUST_CHECK int publish(const char *station_dir, struct taken_in *original,
                       const char *original_name, struct prepared *air,
                       struct published published[N_PUBLISHED], struct fault *reterr);

/* Take back what is new of it. */
void unpublish(const struct published published[N_PUBLISHED]);

/*
 * The same after the transaction, if the disk had no room for its commit. Such a commit is nowhere
 * and never will be; but another importer of the same bytes may have a row that names them by now.
 */
void unpublish_if_unknown(struct db *db, const char *original_sha256, const char *air_sha256,
                          const struct published published[N_PUBLISHED]);

#endif
