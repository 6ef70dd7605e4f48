/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SCRATCH_DB_H
#define LOA_SCRATCH_DB_H

#include <stdint.h>

#include "base/attr.h"
#include "base/paths.h"

struct fault;

/*
 * A database for a rehearsal: the station's library; its ledger up to an instant, so that
 * rotation knows the past; and what it has frozen of slots that start before another.
 * The station's own file is only read.
 */
MUST_CHECK int scratch_db_make(const char *path, const char *station_db, int64_t aired_until_us,
                               int64_t frozen_until_us, struct fault *reterr);
/* A name of its own in a folder for temporary files. */
MUST_CHECK int scratch_db_name(char out[static PATHS_MAX], const char *dir, struct fault *reterr);
/* The file, and what SQLite and the ledger keep beside it. */
void scratch_db_remove(const char *path);

#endif
