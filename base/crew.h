/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CREW_H
#define BASE_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * Threads, one a core, that work on items while one thread hands these out and takes them
 * back in the order in which it handed them out:
 *
 *     crew_start(work, &crew, &fault);
 *     for (;;) {
 *         while (… && crew_has_room(crew)) {
 *             crew_give(crew, next item);
 *         }
 *         if (crew_is_idle(crew)) {
 *             break;
 *         }
 *         item = crew_take(crew, 100);     // NULL: not yet; draw the progress
 *     }
 *     crew_stop(crew);
 *
 * Room is for a few items a thread, and what is done but not taken back counts, so that a
 * long list never lies in memory and nobody runs far ahead of who takes.
 *
 * Threads All of these belong to one thread; work() runs on the crew's, several at a time.
 */
struct crew;

typedef void crew_work(void *item);

/* Given to the caller: crew_stop(). -EAGAIN if there is not even one thread to be had. */
MUST_CHECK int crew_start(crew_work *work, struct crew **ret_crew, struct fault *reterr);
/* Waits for what was handed out; what was not taken back is lost to the crew, not freed.
 * NULL is a no-op; returns NULL. */
struct crew *crew_stop(struct crew *crew);
DEFINE_AUTO(struct crew, crew_stop)

bool crew_has_room(const struct crew *crew);
bool crew_is_idle(const struct crew *crew); /* everything was taken back */

/* Needs room. The item is the crew's until it is taken back. */
void crew_give(struct crew *crew, void *item);
/* The item that was given first of those that are not yet back, once it is done; NULL: none
 * is out, or it was not done within wait_ms. */
void *crew_take(struct crew *crew, int wait_ms);

#endif
