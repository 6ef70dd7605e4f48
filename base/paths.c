/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"

int path_join(char out[static PATHS_MAX], const char *dir, const char *name, struct fault *reterr)
{
    bool alone = *name == '/' || *dir == '\0' || strcmp(dir, ".") == 0;
    int n =
        alone ? snprintf(out, PATHS_MAX, "%s", name) : snprintf(out, PATHS_MAX, "%s/%s", dir, name);
    if (n >= PATHS_MAX) {
        return fault_set(reterr, ENAMETOOLONG, name, 0, _("the name is too long"));
    }
    return 0;
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *path_ending(const char *path)
{
    const char *name = path_name(path);
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? dot + 1 : "";
}

int path_make_dirs(const char *path, struct fault *reterr)
{
    char partial[PATHS_MAX];
    int r = path_join(partial, "", path, reterr);
    if (r < 0) {
        return r;
    }
    for (char *c = partial + 1;; c++) {
        if (*c != '/' && *c != '\0') {
            continue;
        }
        char kept = *c;
        *c = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST) {
            return fault_set(reterr, errno, path, 0, _("the folder cannot be made: %s"),
                             errno_text(errno));
        }
        *c = kept;
        if (kept == '\0') {
            break;
        }
    }
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return fault_set(reterr, ENOTDIR, path, 0, _("is not a folder"));
    }
    return 0;
}

/* Open a file that lies on a disk, and tell its size. */
static int open_regular(const char *path, FILE **ret_file, int64_t *ret_bytes, struct fault *reterr)
{
    /* Without O_NONBLOCK a named pipe would wait for its writer for ever. */
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return fault_set(reterr, EISDIR, path, 0, _("is a folder, not a file"));
    }
    if (!S_ISREG(st.st_mode)) {
        return fault_set(reterr, EINVAL, path, 0, _("is not a file"));
    }
    *ret_file = fdopen(fd, "rb");
    if (!*ret_file) {
        return fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    fd = -1;
    *ret_bytes = st.st_size;
    return 0;
}

int path_read_file(const char *path, size_t max_bytes, char **ret_text, size_t *ret_n,
                   struct fault *reterr)
{
    AUTO_FILE FILE *file = NULL;
    int64_t n_bytes = 0;
    int r = open_regular(path, &file, &n_bytes, reterr);
    if (r < 0) {
        return r;
    }
    if ((uint64_t)n_bytes > max_bytes) {
        return fault_set(reterr, E2BIG, path, 0,
                         _("is larger than %zu bytes, the most that is read"), max_bytes);
    }
    /* A file that grows while it is read, or tells no size (in /proc), is read up to the cap. */
    size_t capacity = (n_bytes > 0 ? (size_t)n_bytes : 4096) + 1;
    AUTO_FREE char *text = malloc(capacity);
    size_t n = 0;
    while (text) {
        n += fread(text + n, 1, capacity - 1 - n, file);
        if (n < capacity - 1 || n > max_bytes) {
            break;
        }
        capacity *= 2;
        char *larger = realloc(text, capacity);
        if (!larger) {
            return fault_set(reterr, ENOMEM, path, 0, _("out of memory"));
        }
        text = larger;
    }
    if (!text) {
        return fault_set(reterr, ENOMEM, path, 0, _("out of memory"));
    }
    if (ferror(file)) {
        return fault_set(reterr, EIO, path, 0, _("cannot be read: %s"), errno_text(EIO));
    }
    if (n > max_bytes) {
        return fault_set(reterr, E2BIG, path, 0,
                         _("is larger than %zu bytes, the most that is read"), max_bytes);
    }
    text[n] = '\0';
    *ret_text = STEAL(text);
    *ret_n = n;
    return 0;
}

int path_sync_dir(const char *path, struct fault *reterr)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be written to disk: %s"),
                         errno_text(errno));
    }
    return 0;
}

static int write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

int path_write_file(const char *path, const void *bytes, size_t n, struct fault *reterr)
{
    char temporary[PATHS_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= PATHS_MAX) {
        return fault_set(reterr, ENAMETOOLONG, path, 0, _("the name is too long"));
    }
    AUTO_FD int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be written: %s"), errno_text(errno));
    }
    int r = write_all(fd, bytes, n);
    if (r == 0 && fchmod(fd, 0644) != 0) {
        r = -errno;
    }
    if (r == 0 && rename(temporary, path) != 0) {
        r = -errno;
    }
    if (r < 0) {
        unlink(temporary);
        return fault_set(reterr, -r, path, 0, _("cannot be written: %s"), errno_text(-r));
    }
    char dir[PATHS_MAX];
    size_t n_dir = (size_t)(path_name(path) - path);
    snprintf(dir, sizeof dir, "%.*s", (int)n_dir, path);
    return path_sync_dir(n_dir ? dir : ".", reterr);
}
