/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_RESERVE_H
#define BASE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct fault;

/*
 * Room on a disk, kept for a database that must go on being written when everything else has
 * filled it: a file FILE-reserve beside FILE, of nothing, that is given up by steps of
 * RESERVE_STEP_BYTES, each when it is needed, so that who filled the disk cannot have it
 * all at once. A step is thousands of airings. The database's write-ahead log, which every
 * commit goes through, has RESERVE_LOG_BYTES of its own, behind its end.
 *
 * Threads: any, and processes; two that give at once may give a step more.
 */
enum { RESERVE_STEP_BYTES = 1 << 20, RESERVE_BYTES = 16 << 20, RESERVE_LOG_BYTES = 8 << 20 };

/* Have all of it kept, if there is twice as much room besides; what is not kept yet stays so
 * otherwise, and that is no failure. ret_bytes (NULL: not asked) gets how much is kept.
 * -EACCES, -EROFS … */
MUST_CHECK int reserve_keep(const char *file, int64_t *ret_bytes, struct fault *reterr);
/* Give a step of it up. False: there is nothing left to give. */
bool reserve_give(const char *file);

#endif
