/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_INBOX_FILE_H
#define MEDIA_INBOX_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/*
 * A file of the inbox as the system sees it: whether it is still what it was, and whether
 * somebody is writing it. Private to media; any thread.
 */

/* What changes when a file is changed or replaced. All zero: there is none. */
struct file_stamp {
    uint64_t device;
    uint64_t inode;
    int64_t size;
    int64_t modified_ns;
    int64_t changed_ns; /* of its inode: by its owner, its rights and its name too */
};

struct file_stamp file_stamp_of(const struct stat *st);
/* Of the name itself: a link is not followed. */
struct file_stamp file_stamp_at(int folder_fd, const char *name);
struct file_stamp file_stamp_of_path(const char *path);

bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b);
/* The same bytes, for all that can be told; the name may be another. */
bool file_stamp_same_bytes(const struct file_stamp *a, const struct file_stamp *b);
bool file_stamp_exists(const struct file_stamp *stamp);

/*
 * Has some process of this machine the file open for writing? The system answers that only about
 * files of this process's user, or to a process with CAP_LEASE, and not on every file system: a
 * file that came through a share may be another's.
 */
enum file_writing {
    FILE_AT_REST,
    FILE_IS_WRITTEN,
    FILE_WRITING_UNKNOWN,
};
enum file_writing file_writing(int folder_fd, const char *name);

/*
 * Remove a file, but only if it is still the one of the stamp and nobody is writing it: it is put
 * aside under a name that nobody else knows, looked at once more, and only then removed.
 * Else it is left, or put back. 0: it is gone, or was before; -EBUSY: it is another or is being
 * written; negative errno: it cannot be removed.
 */
int file_take_away(int folder_fd, const char *name, const struct file_stamp *stamp);

/* The first half of that: as `aside` it is out of sight until it is removed or file_put_back().
 * -EBUSY as above, and it is left; negative errno: it cannot be renamed. */
int file_put_aside(int folder_fd, const char *name, const struct file_stamp *stamp,
                   char aside[static NAME_MAX + 1]);

/* Is this a file that was put aside when the machine stopped? Then it gets its name back, if that
 * is free, and *name becomes it. */
bool file_put_back(int folder_fd, const char **name);

#endif
