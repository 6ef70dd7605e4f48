/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"

enum { COPY_BYTES = 1 << 18, MEGABYTE = 1000000 };

/* The last of the disk belongs to the database: the record of what aired must go on. */
static const int64_t KEPT_FREE_BYTES = 32 << 20;

static int file_fault(struct fault *reterr, const char *path, int err)
{
    return fault_set(reterr, err, path, 0, _("cannot be written: %s"), errno_text(err));
}

/* Whoever gets the lock alone is the only importer, and what lies there is a crash's. */
static void store_clean_incoming(const struct store *store)
{
    char path[PATHS_MAX];
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0 ||
        path_join(path, store->dir, "incoming", NULL) < 0) {
        return;
    }
    DIR *dir = opendir(path);
    if (!dir) {
        return;
    }
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (strncmp(entry->d_name, "import-", strlen("import-")) == 0) {
            unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    closedir(dir);
}

int store_open(struct store *store, const char *station_dir, struct fault *reterr)
{
    static const char *const folders[] = {"original", "air", "incoming"};
    *store = (struct store){.lock_fd = -1};
    int r = path_join(store->dir, station_dir, "library", reterr);
    char path[PATHS_MAX];
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(folders); i++) {
        r = path_join(path, store->dir, folders[i], reterr);
        if (r == 0) {
            r = path_make_dirs(path, reterr);
        }
    }
    char peaks[PATHS_MAX];
    if (r == 0 && path_join(peaks, store->dir, "peaks", NULL) == 0) {
        (void)!path_make_dirs(peaks, NULL); /* nothing depends on it */
    }
    if (r == 0) {
        r = path_sync_dir(store->dir, reterr);
    }
    if (r == 0) {
        r = path_sync_dir(*station_dir ? station_dir : ".", reterr); /* that library/ is in it */
    }
    if (r < 0) {
        return r;
    }
    store->lock_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* incoming/ */
    if (store->lock_fd < 0) {
        return file_fault(reterr, path, errno);
    }
    store_clean_incoming(store);
    if (flock(store->lock_fd, LOCK_SH) != 0) {
        r = file_fault(reterr, path, errno);
        store_close(store);
    }
    return r;
}

void store_close(struct store *store)
{
    if (store->lock_fd >= 0) {
        close(store->lock_fd);
        store->lock_fd = -1;
    }
}

int store_create_temporary(const struct store *store, char out[static PATHS_MAX], int *ret_fd,
                           struct fault *reterr)
{
    int r = path_join(out, store->dir, "incoming/import-XXXXXX", reterr);
    if (r < 0) {
        return r;
    }
    AUTO_FD int fd = mkostemp(out, O_CLOEXEC);
    if (fd < 0) {
        r = file_fault(reterr, store->dir, errno);
    } else if (fchmod(fd, 0644) != 0) {
        r = file_fault(reterr, store->dir, errno);
        unlink(out);
    }
    if (r < 0) {
        out[0] = '\0';
        return r;
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int store_ask_room(const struct store *store, const char *name, int64_t n_bytes,
                   struct fault *reterr)
{
    struct statvfs disk;
    if (statvfs(store->dir, &disk) != 0) {
        return file_fault(reterr, store->dir, errno);
    }
    int64_t free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize - KEPT_FREE_BYTES;
    if (n_bytes <= free_bytes) {
        return 0;
    }
    return fault_set(reterr, ENOSPC, name, 0,
                     _("needs %lld MB on the disk of the library, where %lld MB are to spare; "
                       "`loa retain` says what may go; make room and import again"),
                     (long long)(n_bytes / MEGABYTE + 1),
                     (long long)(free_bytes > 0 ? free_bytes / MEGABYTE : 0));
}

int store_ask_stop(const struct store *store, const char *name, struct fault *reterr)
{
    /* Whole loads, because the signal may come to any thread. */
    if (!store->stop || !__atomic_load_n(store->stop, __ATOMIC_RELAXED)) {
        return 0;
    }
    return fault_set(reterr, ECANCELED, name, 0, _("was left out, because the import was stopped"));
}

static int copy_failed(const char *path, int err, struct fault *reterr)
{
    return fault_set(reterr, err, path, 0, _("cannot be copied into the library: %s"),
                     errno_text(err));
}

/* As many as it had when it was opened: one that grows would never end. Room is asked for again
 * and again, for others write to the disk too. */
static int copy_bytes(const struct store *store, const char *path, int from, int to,
                      int64_t n_bytes, struct hash_sum *sum, struct fault *reterr)
{
    AUTO_FREE char *buffer = malloc(COPY_BYTES);
    if (!buffer) {
        return copy_failed(path, ENOMEM, reterr);
    }
    while (n_bytes > 0) {
        ssize_t n = read(from, buffer, n_bytes < COPY_BYTES ? (size_t)n_bytes : COPY_BYTES);
        if (n == 0) {
            break;
        }
        if (n < 0 && errno != EINTR) {
            return copy_failed(path, errno, reterr);
        }
        int r = n > 0 ? store_ask_room(store, path, n, reterr) : 0;
        if (r == 0) {
            r = store_ask_stop(store, path, reterr);
        }
        if (r < 0) {
            return r;
        }
        if (n > 0) {
            hash_add(sum, buffer, (size_t)n);
        }
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(to, buffer + done, (size_t)(n - done));
            if (written < 0 && errno != EINTR) {
                return copy_failed(path, errno, reterr);
            }
            done += written > 0 ? written : 0;
        }
        n_bytes -= n > 0 ? n : 0;
    }
    return 0;
}

/* Open what may be imported: a file with something in it. */
static int open_foreign(const char *path, int *ret_fd, int64_t *ret_bytes, struct fault *reterr)
{
    /* Without O_NONBLOCK a named pipe would wait for its writer for ever. */
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return fault_set(reterr, errno, path, 0, _("cannot be read: %s"), errno_text(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return fault_set(reterr, EISDIR, path, 0,
                         _("is a folder; name the recordings that lie in it"));
    }
    if (!S_ISREG(st.st_mode)) {
        return fault_set(reterr, EINVAL, path, 0, _("is not a file"));
    }
    if (st.st_size == 0) {
        return fault_set(reterr, EBADMSG, path, 0, _("is empty"));
    }
    *ret_bytes = st.st_size;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int store_look_at(const char *path, struct fault *reterr)
{
    AUTO_FD int fd = -1;
    int64_t n_bytes = 0;
    return open_foreign(path, &fd, &n_bytes, reterr);
}

static int take_in_copy(const struct store *store, const char *path, int from,
                        struct taken_in *taken, int to, struct fault *reterr)
{
    AUTO(hash_destroy) struct hash_sum *sum = hash_begin();
    struct stat before;
    struct stat after;
    struct stat st;
    if (!sum || fstat(from, &before) != 0) {
        return copy_failed(path, sum ? errno : ENOMEM, reterr);
    }
    int r = copy_bytes(store, path, from, to, before.st_size, sum, reterr);
    if (r < 0) {
        return r;
    }
    if (fsync(to) != 0 || fstat(to, &st) != 0 || fstat(from, &after) != 0) {
        return copy_failed(path, errno, reterr);
    }
    if (st.st_size != before.st_size || after.st_size != before.st_size ||
        after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
        after.st_mtim.tv_nsec != before.st_mtim.tv_nsec) {
        return fault_set(reterr, EBADMSG, path, 0,
                         _("was changed while it was read; import it again when nothing writes to "
                           "it any more"));
    }
    taken->n_bytes = st.st_size;
    hash_end(sum, taken->sha256);
    return 0;
}

int store_take_in(const struct store *store, const char *path, struct taken_in *ret_taken,
                  struct fault *reterr)
{
    AUTO_FD int from = -1;
    AUTO_FD int to = -1;
    int64_t n_bytes = 0;
    int r = open_foreign(path, &from, &n_bytes, reterr);
    if (r == 0) {
        r = store_ask_room(store, path, n_bytes, reterr);
    }
    if (r == 0) {
        r = store_create_temporary(store, ret_taken->temporary, &to, reterr);
    }
    if (r < 0) {
        return r;
    }
    r = take_in_copy(store, path, from, ret_taken, to, reterr);
    if (r < 0) {
        unlink(ret_taken->temporary);
        ret_taken->temporary[0] = '\0';
    }
    return r;
}

/* The folder a path lies in, as a text of its own. */
static void folder_of(const char *path, char out[static PATHS_MAX])
{
    const char *slash = strrchr(path, '/');
    snprintf(out, PATHS_MAX, "%.*s", slash ? (int)(slash - path) : 0, path);
}

int store_publish(const char *temporary, const char *path, bool *ret_new, struct fault *reterr)
{
    char folder[PATHS_MAX];
    char above[PATHS_MAX];
    folder_of(path, folder);
    folder_of(folder, above);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return file_fault(reterr, folder, errno);
    }
    /* Even if the folder was there: whoever made it may have been killed before this. */
    int r = path_sync_dir(above, reterr);
    if (r < 0) {
        return r;
    }
    *ret_new = access(path, F_OK) != 0;
    if (rename(temporary, path) != 0) {
        return file_fault(reterr, path, errno);
    }
    r = path_sync_dir(folder, reterr);
    if (r < 0 && *ret_new) {
        store_withdraw(path);
    }
    return r;
}

int store_publish_for_show(const char *temporary, const char *path, bool *ret_new)
{
    char folder[PATHS_MAX];
    folder_of(path, folder);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return -errno;
    }
    *ret_new = access(path, F_OK) != 0;
    return rename(temporary, path) == 0 ? 0 : -errno;
}

void store_withdraw(const char *path)
{
    char folder[PATHS_MAX];
    folder_of(path, folder);
    unlink(path);
    rmdir(folder); /* where nothing else is in it */
}
