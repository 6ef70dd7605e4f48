/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For LD_PRELOAD: lets the N-th call with which a program changes the disk go wrong, so that a
 * test can go through all of them.
 *
 *     LOA_FAIL_AT=N     the call, from 1; without it nothing goes wrong
 *     LOA_FAIL_HOW=kill the process is gone before the call, as by a power cut
 *                  half the same, after half of what was to be written
 *                  io   the call fails with EIO, the later ones do not
 *                  full it and all later ones that need room fail with ENOSPC
 *     LOA_FAIL_MARK=F   F is made when that call is reached
 *
 * With `full` only calls that need room are counted. What stdio writes is not seen.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum how { HOW_KILL, HOW_HALF, HOW_IO, HOW_FULL };

static long fail_at = -1;
static enum how how;
static atomic_long n_calls;

__attribute__((constructor)) static void read_environment(void)
{
    const char *at = getenv("LOA_FAIL_AT");
    const char *text = getenv("LOA_FAIL_HOW");
    fail_at = at ? strtol(at, NULL, 10) : -1;
    how = !text || strcmp(text, "kill") == 0 ? HOW_KILL
          : strcmp(text, "half") == 0        ? HOW_HALF
          : strcmp(text, "io") == 0          ? HOW_IO
                                             : HOW_FULL;
}

static void mark(void)
{
    const char *path = getenv("LOA_FAIL_MARK");
    long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0644) : -1;
    if (fd >= 0) {
        syscall(SYS_close, fd);
    }
}

static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

/* Is this call to fail? errno says how. For `half` of a write its caller dies itself. */
static bool fails(bool needs_room, bool is_write, bool *ret_dies)
{
    *ret_dies = false;
    if (fail_at < 0 || (how == HOW_FULL && !needs_room)) {
        return false;
    }
    long n = atomic_fetch_add(&n_calls, 1) + 1;
    if (n == fail_at) {
        mark();
    }
    if (n == fail_at && (how == HOW_KILL || (how == HOW_HALF && !is_write))) {
        die();
    }
    *ret_dies = n == fail_at && how == HOW_HALF;
    errno = how == HOW_FULL ? ENOSPC : EIO;
    return how == HOW_FULL ? n >= fail_at : how == HOW_IO && n == fail_at;
}

static bool fails_otherwise(bool needs_room)
{
    bool dies = false;
    return fails(needs_room, false, &dies);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t n)
{
    bool dies = false;
    if (fails(true, true, &dies)) {
        return -1;
    }
    if (dies) {
        syscall(SYS_write, fd, bytes, n / 2);
        die();
    }
    return REAL(write)(fd, bytes, n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    bool dies = false;
    if (fails(true, true, &dies)) {
        return -1;
    }
    if (dies) {
        syscall(SYS_pwrite64, fd, bytes, n / 2, at);
        die();
    }
    return REAL(pwrite64)(fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return pwrite64(fd, bytes, n, at);
}

static int open_by(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    /* What is there already needs no room to be opened. */
    bool makes = (flags & O_CREAT) && access(path, F_OK) != 0;
    return makes && fails_otherwise(true) ? -1 : real(path, flags, mode);
}

static mode_t mode_of(int flags, va_list args)
{
    return flags & O_CREAT ? (mode_t)va_arg(args, int) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_by(REAL(open), path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_by(REAL(open64), path, flags, mode);
}

int mkostemp(char *path, int flags)
{
    return fails_otherwise(true) ? -1 : REAL(mkostemp)(path, flags);
}

int mkostemp64(char *path, int flags)
{
    return fails_otherwise(true) ? -1 : REAL(mkostemp64)(path, flags);
}

int mkdir(const char *path, mode_t mode)
{
    return access(path, F_OK) != 0 && fails_otherwise(true) ? -1 : REAL(mkdir)(path, mode);
}

int link(const char *from, const char *to)
{
    return fails_otherwise(true) ? -1 : REAL(link)(from, to);
}

int rename(const char *from, const char *to)
{
    return fails_otherwise(false) ? -1 : REAL(rename)(from, to);
}

int unlink(const char *path)
{
    return fails_otherwise(false) ? -1 : REAL(unlink)(path);
}

int unlinkat(int fd, const char *path, int flags)
{
    return fails_otherwise(false) ? -1 : REAL(unlinkat)(fd, path, flags);
}

int ftruncate64(int fd, off64_t n)
{
    return fails_otherwise(false) ? -1 : REAL(ftruncate64)(fd, n);
}

int ftruncate(int fd, off_t n)
{
    return ftruncate64(fd, n);
}

int fsync(int fd)
{
    return fails_otherwise(false) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    return fails_otherwise(false) ? -1 : REAL(fdatasync)(fd);
}

int sync_file_range(int fd, off64_t from, off64_t n, unsigned flags)
{
    return fails_otherwise(false) ? -1 : REAL(sync_file_range)(fd, from, n, flags);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t n,
                        unsigned flags)
{
    return fails_otherwise(true) ? -1 : REAL(copy_file_range)(from, from_at, to, to_at, n, flags);
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t n);
ssize_t sendfile64(int to, int from, off64_t *at, size_t n)
{
    return fails_otherwise(true) ? -1 : REAL(sendfile64)(to, from, at, n);
}
