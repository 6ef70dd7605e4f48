/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/inbox_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/cleanup.h"

static const char aside_prefix[] = ".loa-taken-";

static int64_t in_ns(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

struct file_stamp file_stamp_of(const struct stat *st)
{
    return (struct file_stamp){.device = st->st_dev,
                               .inode = st->st_ino,
                               .size = st->st_size,
                               .modified_ns = in_ns(st->st_mtim),
                               .changed_ns = in_ns(st->st_ctim)};
}

struct file_stamp file_stamp_at(int folder_fd, const char *name)
{
    struct stat st;
    return fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? file_stamp_of(&st)
                                                                   : (struct file_stamp){0};
}

struct file_stamp file_stamp_of_path(const char *path)
{
    return file_stamp_at(AT_FDCWD, path);
}

bool file_stamp_same_bytes(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns;
}

bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b)
{
    return file_stamp_same_bytes(a, b) && a->changed_ns == b->changed_ns;
}

bool file_stamp_exists(const struct file_stamp *stamp)
{
    return stamp->inode != 0;
}

/* A client of a file server refuses a lease, in the words of a file that is being written, where
 * the server has given it none of its own. */
static bool is_on_network(int fd)
{
    static const uint32_t network_types[] = {/* statfs(2): NFS, SMB, CIFS, SMB2 */
                                             0x6969, 0x517b, 0xff534d42, 0xfe534d42};
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(network_types); i++) {
        if ((uint32_t)fs.f_type == network_types[i]) {
            return true;
        }
    }
    return false;
}

/* A lease on reading is not granted while somebody has the file open for writing. If one comes
 * while it is held, the system tells with a signal, which is to be one that does nothing. */
static enum file_writing fd_writing(int fd)
{
    if (fcntl(fd, F_SETSIG, SIGURG) != 0 || fcntl(fd, F_SETLEASE, F_RDLCK) != 0) {
        return errno == EAGAIN && !is_on_network(fd) ? FILE_IS_WRITTEN : FILE_WRITING_UNKNOWN;
    }
    bool is_broken = fcntl(fd, F_GETLEASE) != F_RDLCK;
    (void)!fcntl(fd, F_SETLEASE, F_UNLCK); /* closing ends it as well */
    return is_broken ? FILE_IS_WRITTEN : FILE_AT_REST;
}

enum file_writing file_writing(int folder_fd, const char *name)
{
    AUTO_FD int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 ? fd_writing(fd) : FILE_AT_REST; /* reading it says what is wrong */
}

static bool may_go(int folder_fd, const char *name, const struct file_stamp *stamp)
{
    struct file_stamp now = file_stamp_at(folder_fd, name);
    return file_stamp_same_bytes(&now, stamp) && file_writing(folder_fd, name) != FILE_IS_WRITTEN;
}

static int unlink_at(int folder_fd, const char *name)
{
    return unlinkat(folder_fd, name, 0) == 0 || errno == ENOENT ? 0 : -errno;
}

int file_put_aside(int folder_fd, const char *name, const struct file_stamp *stamp,
                   char aside[static NAME_MAX + 1])
{
    if (!may_go(folder_fd, name, stamp)) {
        return -EBUSY;
    }
    if (snprintf(aside, NAME_MAX + 1, "%s%s", aside_prefix, name) > NAME_MAX) {
        return -ENAMETOOLONG;
    }
    if (renameat2(folder_fd, name, folder_fd, aside, RENAME_NOREPLACE) != 0) {
        return -errno;
    }
    if (may_go(folder_fd, aside, stamp)) {
        return 0;
    }
    /* If there is a new file of that name by now, this one waits until that is taken. */
    (void)!renameat2(folder_fd, aside, folder_fd, name, RENAME_NOREPLACE);
    return -EBUSY;
}

int file_take_away(int folder_fd, const char *name, const struct file_stamp *stamp)
{
    char aside[NAME_MAX + 1];
    struct file_stamp now = file_stamp_at(folder_fd, name);
    if (!file_stamp_exists(&now)) {
        return 0;
    }
    int r = file_put_aside(folder_fd, name, stamp, aside);
    if (r == -EBUSY) {
        return r;
    }
    if (r < 0) {
        /* Too long a name, or a file system that cannot: the look before has to do. */
        return unlink_at(folder_fd, name);
    }
    r = unlink_at(folder_fd, aside);
    if (r < 0) {
        (void)!renameat2(folder_fd, aside, folder_fd, name, RENAME_NOREPLACE);
    }
    return r;
}

bool file_put_back(int folder_fd, const char **name)
{
    size_t n = strlen(aside_prefix);
    if (strncmp(*name, aside_prefix, n) != 0 || !(*name)[n] ||
        renameat2(folder_fd, *name, folder_fd, *name + n, RENAME_NOREPLACE) != 0) {
        return false;
    }
    *name += n;
    return true;
}
