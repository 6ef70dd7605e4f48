/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Locals that clean up after themselves at every return:
 *
 *     AUTO_FREE char *text = strdup("…");
 *     AUTO(db_close) struct db *db = NULL;
 *     *ret_text = STEAL(text);            // hand over: the local becomes NULL
 *
 * AUTO(f) needs DEFINE_AUTO(type, f) once, next to the declaration of f.
 */
static inline void auto_free_pointer_(void *slot)
{
    free(*(void **)slot);
}

static inline void auto_close_fd_(const int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static inline void auto_close_file_(FILE **file)
{
    if (*file) {
        fclose(*file);
    }
}

#define AUTO_FREE __attribute__((cleanup(auto_free_pointer_)))
#define AUTO_FD __attribute__((cleanup(auto_close_fd_)))
#define AUTO_FILE __attribute__((cleanup(auto_close_file_)))

#define DEFINE_AUTO(type, function)                                                                \
    static inline void auto_##function##_(type **slot)                                             \
    {                                                                                              \
        if (*slot) {                                                                               \
            (void)function(*slot);                                                                 \
        }                                                                                          \
    }
#define AUTO(function) __attribute__((cleanup(auto_##function##_)))

#define STEAL(pointer)                                                                             \
    (__extension__({                                                                               \
        __typeof__(pointer) stolen_ = (pointer);                                                   \
        (pointer) = NULL;                                                                          \
        stolen_;                                                                                   \
    }))

#endif
