/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ASIDE_DEVICE_PROCESS_H
#define PLAYOUT_ASIDE_DEVICE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "playout/aside/device_memory.h"

struct fault;

/*
 * The radio's side of a process that has a sound device (`loa device-player`): the memory
 * they share, and the watch over it. A process that ends is started again within a second, later
 * after pauses up to ten; one that has not been heard of for 30 s is killed, and another
 * takes its place. Whatever it does, nobody waits for it, except device_process_destroy().
 *
 * Threads: feeds as playout/rt/device_feed.h says; device_process_is_well() by any; the rest by
 * one, which must live as long as the process.
 */
struct device_process;

/* Make the memory for n_feeds, which the caller initialises (feed_init()) before the process is
 * started by the first device_process_tend(). Given to the caller: device_process_destroy().
 * -EINVAL: the name is too long; -ENOMEM; or why there is no memory. */
MUST_CHECK int device_process_create(const char *device, size_t n_feeds, bool records,
                                     struct device_process **ret_process, struct fault *reterr);
/* Let what is queued be heard, as far as the device takes it within half a second, and end it.
 * NULL is a no-op; returns NULL. */
struct device_process *device_process_destroy(struct device_process *process);
DEFINE_AUTO(struct device_process, device_process_destroy)

/* Borrowed. */
struct device_memory *device_process_memory(const struct device_process *process);

/* Start the process if it does not run. To be called about ten times a second. */
void device_process_tend(struct device_process *process);

/* What went wrong last, and how often something has (a caller that knows has seen it). */
unsigned device_process_trouble(const struct device_process *process, struct fault *ret_fault);

/* The device plays, or records; also true while it is opened for the first time. */
bool device_process_is_well(const struct device_process *process);

#endif
