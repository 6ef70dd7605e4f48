/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_VOICE_WORKER_H
#define PLAYOUT_VOICE_WORKER_H

#include <stdbool.h>

#include "base/attr.h"

struct fault;
struct voice;

/*
 * The thread that opens voices and keeps their rings full while the radio runs, so
 * that the disk is never between the mixer and its next block.
 *
 * Threads: create and destroy anywhere; add and release by the mixer's thread.
 */
struct voice_worker;

MUST_CHECK int voice_worker_create(struct voice_worker **ret_worker, struct fault *reterr);
/* Stops the thread; destroys the voices it still holds. NULL is a no-op; returns NULL. */
struct voice_worker *voice_worker_destroy(struct voice_worker *worker);

/* Take a voice over: it is opened, filled, and destroyed once released. False: too many
 * are waiting to be opened; the voice stays the caller's. */
MUST_CHECK bool voice_worker_add(struct voice_worker *worker, struct voice *voice);
/* The mixer is done with a voice that was added. */
void voice_worker_release(struct voice *voice);

#endif
