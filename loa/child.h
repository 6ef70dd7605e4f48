/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_CHILD_H
#define LOA_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct clock;
struct log;

/*
 * A command that works beside the radio while it is on air: `loa COMMAND --watch` as a process of
 * its own, behind everything else, so that a decoder that falls over a foreign file, or a server
 * that does not answer, never harms the radio. When it ends it is started again, after
 * pauses that grow while it does not last; when the radio ends, it ends too. When the machine runs
 * out of memory, it and what it has started are the first to go.
 *
 * It has the last rank but one on the disk, not the very last: it may hold the database for
 * moments in which the ledger waits for it.
 */
struct child {
    const char *command;   /* borrowed: "inbox" */
    const char *dir;       /* borrowed: the station's folder */
    const struct log *log; /* borrowed */
    struct clock *clock;   /* borrowed */
    pid_t pid;             /* 0: it does not run */
    int64_t began_ns;      /* steady clock */
    int64_t next_ns;       /* steady clock: not to be started before; 0: at once */
    int64_t pause_ns;
};

/* Start those that do not run and whose time it is; to be called every few seconds, by the thread
 * that lives as long as the process. */
void children_tend(struct child *children, size_t n);
/* End them, and wait until they have: two seconds for all, then they are killed, which loses
 * nothing. */
void children_stop(struct child *children, size_t n);

#endif
