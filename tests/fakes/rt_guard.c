/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/guard.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/fakes/rt_guard.h"

/*
 * Linked into playout's test programs with --wrap for each function here (see
 * tests/unit/playout/options.cmake): whoever calls one of them between rt_enter() and
 * rt_leave() is stopped, with its name. What shared libraries call inside is not seen.
 */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__real_realloc(void *memory, size_t n);
void __real_free(void *memory);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_cond_signal(pthread_cond_t *cond);
int __real_nanosleep(const struct timespec *request, struct timespec *left);
ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __real_read(int fd, void *bytes, size_t n);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
void *__wrap_realloc(void *memory, size_t n);
void __wrap_free(void *memory);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_nanosleep(const struct timespec *request, struct timespec *left);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_read(int fd, void *bytes, size_t n);

_Thread_local int allocations_left = -1;

static void refuse(const char *name)
{
    if (rt_guard_depth > 0) {
        rt_guard_depth = 0;
        static const char text[] = " was called where sound is made\n";
        ssize_t n = __real_write(STDERR_FILENO, name, strlen(name));
        n += __real_write(STDERR_FILENO, text, sizeof text - 1);
        (void)n;
        abort();
    }
}

/* Is it this one's turn to fail? */
static bool is_refused(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_malloc(size_t n)
{
    refuse("malloc");
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
    refuse("calloc");
    return is_refused() ? NULL : __real_calloc(n, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    refuse("aligned_alloc");
    return __real_aligned_alloc(alignment, n);
}

void *__wrap_realloc(void *memory, size_t n)
{
    refuse("realloc");
    return is_refused() ? NULL : __real_realloc(memory, n);
}

void __wrap_free(void *memory)
{
    refuse("free");
    __real_free(memory);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    refuse("pthread_mutex_lock");
    return __real_pthread_mutex_lock(mutex);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
    refuse("pthread_cond_signal");
    return __real_pthread_cond_signal(cond);
}

int __wrap_nanosleep(const struct timespec *request, struct timespec *left)
{
    refuse("nanosleep");
    return __real_nanosleep(request, left);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
    refuse("write");
    return __real_write(fd, bytes, n);
}

ssize_t __wrap_read(int fd, void *bytes, size_t n)
{
    refuse("read");
    return __real_read(fd, bytes, n);
}
