/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_KNOWN_H
#define MEDIA_KNOWN_H

#include <stdint.h>

#include "base/attr.h"

struct db;
struct fault;

/* What the library's rows know of files. Private to media; one thread, that of the db. */

/* Has an original of the library that many bytes? 1: yes; 0: no. */
MUST_CHECK int known_size(struct db *db, int64_t n_bytes, struct fault *reterr);

/* Does any row name that original or that copy? 1: yes; 0: no. */
MUST_CHECK int known_files(struct db *db, const char *original_sha256, const char *air_sha256,
                           struct fault *reterr);

#endif
