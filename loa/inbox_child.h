/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_INBOX_CHILD_H
#define LOA_INBOX_CHILD_H

#include <stdint.h>
#include <sys/types.h>

struct clock;
struct log;

/*
 * The watcher of the inbox while on air: `loa inbox --watch` as a process of its own, behind
 * everything else, so that a decoder that falls over a foreign file never harms the radio. When it
 * ends it is started again, after pauses that grow while it does not last; when the radio
 * ends, it ends too. When the machine runs out of memory, it and its voice are the first to go.
 *
 * It has the last rank but one on the disk, not the very last: it holds the database for
 * moments in which the ledger waits for it.
 */
struct inbox_child {
    const char *dir;       /* borrowed: the station's folder */
    const struct log *log; /* borrowed */
    struct clock *clock;   /* borrowed */
    pid_t pid;             /* 0: it does not run */
    int64_t began_ns;      /* steady clock */
    int64_t next_ns;       /* steady clock: not to be started before; 0: at once */
    int64_t pause_ns;
};

/* Start it if it does not run and it is time; to be called every few seconds, by the thread that
 * lives as long as the process. */
void inbox_child_tend(struct inbox_child *child);
/* End it, and wait until it has: two seconds, then it is killed, which loses nothing. */
void inbox_child_stop(struct inbox_child *child);

#endif
