/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"

struct clock;
struct log;

/*
 * Processes of this very program beside the radio, for what is foreign: a decoder that falls
 * over a file, a server that does not answer, a driver that hangs. When one ends it is started
 * again, after pauses that double while it does not last; when the thread that started it
 * ends, it ends too.
 *
 * The process has the words it is given, /dev/null as its input, the log's stream as its output,
 * and of all other descriptors those that it is given, as 3, 4 and so on.
 *
 * Threads: one, that lives as long as the children, because they die with it. No signal is
 * handled and none waited for: children_tend() asks for each child by its id.
 */
struct child_spec {
    const char *program;      /* NULL: this program; tests name another */
    const char *const *words; /* after the program's name, the last NULL */
    const int *fds;           /* handed down */
    size_t n_fds;
    /* Behind everything else: the least share of processors and disk (but for the very last rank
     * on the disk: it may hold the database for moments in which the ledger waits for it); and
     * the first to go when memory runs out, with all that it has started. */
    bool is_background;
    int death_signal;         /* when the radio has ended; 0: SIGTERM */
    int realtime_priority;    /* SCHED_FIFO, 1 to 99; 0: none */
    int64_t pause_ns;         /* before it is started again; doubles while it does not last */
    int64_t longest_pause_ns; /* and when no process can be had at all */
    int64_t lasting_ns;       /* it has lasted: the next pause is the shortest */
};

struct child {
    const struct child_spec *spec; /* borrowed */
    const char *name;              /* borrowed: as the log calls it, "loa inbox --watch" */
    const struct log *log;         /* borrowed */
    struct clock *clock;           /* borrowed */
    pid_t pid;                     /* 0: it does not run */
    int64_t began_ns;              /* steady clock */
    int64_t next_ns;               /* steady clock: not to be started before; 0: at once */
    int64_t current_pause_ns;
    int status;         /* how it ended last, as waitpid() says */
    unsigned n_ends;    /* how often it has ended */
    int start_error;    /* errno why it could not be started last; 0: it was */
    int priority_error; /* errno why it was refused real-time priority last; 0: it was not */
    bool told_priority;
};

/* Start those that do not run and whose time it is; to be called at least as often as the
 * shortest pause. A priority that the system refuses is told once, and done without. */
void children_tend(struct child *children, size_t n);
/* End them, and wait until they have: two seconds for all, then they are killed. */
void children_stop(struct child *children, size_t n);

/* From now on a child whose spec names no program is a process of this one: for tests, which are
 * not the program themselves. Borrowed; NULL: this very program again. */
void child_use_program(const char *path);

#endif
