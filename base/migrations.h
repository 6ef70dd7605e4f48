/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_MIGRATIONS_H
#define BASE_MIGRATIONS_H

#include <stddef.h>

/* The texts of base/migrations/NNN-*.sql in order, built in by cmake/embed_sql.cmake.
 * A database at version v has had the first v of them; a landed file never changes. */
extern const char *const migrations[];
extern const size_t n_migrations;

#endif
