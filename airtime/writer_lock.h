/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_WRITER_LOCK_H
#define AIRTIME_WRITER_LOCK_H

#include "base/attr.h"

struct fault;

/*
 * One radio a station. The lock is the system's (flock), on a file of its own beside
 * the database, so that it ends with the process however that ends, and never meets
 * SQLite's locks, which the system drops when any handle of their file is closed.
 *
 * *ret_fd is given to the caller; closing it unlocks; -1 for ":memory:", which nobody
 * shares. -EALREADY: another process has it.
 */
MUST_CHECK int writer_lock_take(const char *database_path, int *ret_fd, struct fault *reterr);

#endif
