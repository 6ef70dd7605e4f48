/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_URGENT_H
#define BASE_URGENT_H

#include <pthread.h>

/*
 * Threads that the sound waits for go before every ordinary one (SCHED_FIFO), so that an
 * office PC that is busy with something else plays on. They do a block's work and sleep;
 * none may compute without end.
 *
 * The mixer is far ahead of what is heard and may wait for the sender, never the other way
 * round. Both are below what sound servers give themselves (JACK's is 10 and more).
 */
enum {
    URGENT_MIXER = 5,
    URGENT_SENDER = 8,
};

/* Where the system allows it (root, or RLIMIT_RTPRIO as the service's unit file sets it);
 * elsewhere the thread stays as it is, which is no fault: it then only has more to fear
 * from other programs. Any thread may call it. */
void urgent_thread(pthread_t thread, int priority);

#endif
