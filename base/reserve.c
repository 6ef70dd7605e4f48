/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"

static int reserve_open(const char *file, const char *ending, int flags, int64_t *ret_bytes,
                        struct fault *reterr)
{
    char path[PATHS_MAX];
    struct stat status;
    if (snprintf(path, sizeof path, "%s%s", file, ending) >= (int)sizeof path) {
        return fault_set(reterr, ENAMETOOLONG, file, 0, _("the name is too long"));
    }
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0 && fstat(fd, &status) == 0) {
        *ret_bytes = status.st_size;
        return fd;
    }
    int err = errno;
    if (fd >= 0) {
        close(fd);
    }
    return fault_set(reterr, err, path, 0, _("cannot be written: %s"), errno_text(err));
}

static bool has_room(int fd)
{
    struct statvfs disk;
    return fstatvfs(fd, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize > 3ULL * RESERVE_BYTES;
}

/* SQLite locks the database by its file and not by this one, so that it may be opened and closed.
 * The file does not get longer: what lies behind its end is just its own already. */
static void keep_for_log(const char *file)
{
    int64_t bytes = 0;
    int fd = reserve_open(file, "-wal", O_RDWR, &bytes, NULL);
    if (fd >= 0) {
        (void)!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, RESERVE_LOG_BYTES);
        close(fd);
    }
}

int reserve_keep(const char *file, int64_t *ret_bytes, struct fault *reterr)
{
    int64_t bytes = 0;
    int fd = reserve_open(file, "-reserve", O_RDWR | O_CREAT, &bytes, reterr);
    if (fd < 0) {
        return fd;
    }
    if (has_room(fd)) {
        keep_for_log(file);
    }
    if (bytes < RESERVE_BYTES && has_room(fd) && posix_fallocate(fd, 0, RESERVE_BYTES) == 0) {
        bytes = RESERVE_BYTES;
    }
    close(fd);
    if (ret_bytes) {
        *ret_bytes = bytes;
    }
    return 0;
}

bool reserve_give(const char *file)
{
    int64_t bytes = 0;
    int fd = reserve_open(file, "-reserve", O_RDWR, &bytes, NULL);
    if (fd < 0) {
        return false;
    }
    int64_t left = bytes > RESERVE_STEP_BYTES ? bytes - RESERVE_STEP_BYTES : 0;
    bool given = bytes > 0 && ftruncate(fd, left) == 0;
    close(fd);
    return given;
}
