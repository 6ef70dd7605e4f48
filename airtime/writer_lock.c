/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/writer_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"

static int lock_path(const char *database_path, char out[static PATH_MAX + 8])
{
    /* Two names of one file must meet at one lock. */
    char real[PATH_MAX];
    if (!realpath(database_path, real)) {
        return -errno;
    }
    snprintf(out, PATH_MAX + 8, "%s-lock", real);
    return 0;
}

static int busy(int fd, const char *database_path, struct fault *reterr)
{
    char holder[16] = "";
    ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
    long pid = n > 0 ? strtol(holder, NULL, 10) : 0;
    if (pid > 0) {
        return fault_set(reterr, EALREADY, database_path, 0,
                         _("another radio is running on this station (process %ld); end it first"),
                         pid);
    }
    return fault_set(reterr, EALREADY, database_path, 0,
                     _("another radio is running on this station; end it first"));
}

/* Only for the sentence above: a disk too full for it keeps nobody from the lock. */
static void say_who(int fd)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) < 0) {
        return;
    }
}

int writer_lock_take(const char *database_path, int *ret_fd, struct fault *reterr)
{
    if (strcmp(database_path, ":memory:") == 0) {
        *ret_fd = -1;
        return 0;
    }
    char path[PATH_MAX + 8];
    int r = lock_path(database_path, path);
    AUTO_FD int fd = r < 0 ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        int err = r < 0 ? -r : errno;
        return fault_set(reterr, err, database_path, 0,
                         _("the lock beside the database cannot be opened: %s"), errno_text(err));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK) {
            return busy(fd, database_path, reterr);
        }
        int err = errno;
        return fault_set(reterr, err, database_path, 0, _("the station cannot be locked: %s"),
                         errno_text(err));
    }
    say_who(fd);
    *ret_fd = fd;
    fd = -1;
    return 0;
}
