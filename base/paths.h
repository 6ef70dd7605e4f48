/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_PATHS_H
#define BASE_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct fault;

/* Paths are bytes to the system and UTF-8 to people. None of these follows "..". */
enum { PATHS_MAX = 4096 };

/* dir + "/" + name into out. -ENAMETOOLONG. An absolute name is taken as it is, and so is
 * every name in the folder ".". */
MUST_CHECK int path_join(char out[static PATHS_MAX], const char *dir, const char *name,
                         struct fault *reterr);

/* The part after the last '/', and the ending after its last '.' ("" if none). */
const char *path_name(const char *path);
const char *path_ending(const char *path);

/* Make a folder and those above it; an existing one is fine. */
MUST_CHECK int path_make_dirs(const char *path, struct fault *reterr);

/* The whole of a small file, ending in '\0'; given to the caller, who frees it.
 * -E2BIG past max_bytes, -EISDIR, -EINVAL for a pipe or a device, -ENOENT … Never waits. */
MUST_CHECK int path_read_file(const char *path, size_t max_bytes, char **ret_text, size_t *ret_n,
                              struct fault *reterr);

/* Write a whole file so that a crash leaves the old one or the new one: a
 * temporary file in the same folder, fsync, rename, fsync of the folder. */
MUST_CHECK int path_write_file(const char *path, const void *bytes, size_t n, struct fault *reterr);

/* fsync a folder, so that the names in it survive a power loss. */
MUST_CHECK int path_sync_dir(const char *path, struct fault *reterr);

#endif
