/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_ASIDE_DEVICE_MEMORY_H
#define PLAYOUT_ASIDE_DEVICE_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/fault.h"
#include "playout/rt/device_feed.h"

/*
 * What the radio and the process that has a sound device share: a piece of memory without a name,
 * whose size is sealed, so that neither can pull it from under the other. It holds no
 * pointers. Who writes what is said below; the rest of it stands before the process starts.
 */
enum { DEVICE_NAME_MAX = 256 };

enum device_state {
    DEVICE_OPENING, /* for the first time */
    DEVICE_LIVE,
    DEVICE_AWAY, /* not there, or broken; it is tried again */
};

struct device_news {
    int32_t err;
    char text[FAULT_TEXT_MAX];
};

struct device_memory {
    uint32_t n_feeds;
    bool records; /* from the device into its one feed */
    char name[DEVICE_NAME_MAX];
    _Atomic bool stopping;          /* the radio: end, once what the driver has is played */
    _Atomic int32_t priority_error; /* the radio: errno why the process has no real-time priority */
    /* the process */
    _Atomic bool told_priority; /* also if it was an earlier one */
    _Atomic uint32_t state;     /* the radio too, when the process has ended */
    _Atomic int64_t beat_ns;    /* CLOCK_MONOTONIC: it was alive */
    _Atomic int64_t newest_ns;  /* CLOCK_MONOTONIC: the driver called last; 0: never */
    _Atomic int64_t drift_ppb;  /* the device against CLOCK_MONOTONIC; more: it is fast */
    _Atomic int64_t latency_ns;
    _Atomic uint64_t n_opened;
    _Atomic uint64_t n_news; /* news[n % 2] is the newest, from 1 */
    struct device_news news[2];
    struct device_feed feeds[]; /* n_feeds */
};

/* Make it, for n_feeds feeds that are not yet initialised; the descriptor closes on exec. Given to
 * the caller: device_memory_detach(), and close(*ret_fd). -EINVAL: the name is too long; or why
 * the system gives none. */
MUST_CHECK int device_memory_create(const char *name, size_t n_feeds, bool records,
                                    struct device_memory **ret_memory, int *ret_fd,
                                    struct fault *reterr);
/* In the process. -EINVAL: that is no such memory. */
MUST_CHECK int device_memory_attach(int fd, struct device_memory **ret_memory,
                                    struct fault *reterr);
void device_memory_detach(struct device_memory *memory, size_t n_feeds); /* NULL is a no-op */

/* [process] Something has gone wrong. */
void device_memory_tell(struct device_memory *memory, const struct fault *fault);
/* [radio] What, if it is newer than *told, which is brought up to date. */
bool device_memory_hear(const struct device_memory *memory, uint64_t *told,
                        struct fault *ret_fault);

/* CLOCK_MONOTONIC. */
int64_t device_now_ns(void);
/* How long before now the other side wrote this time; 0: just now, be it a moment after this now
 * was asked of the clock; INT64_MAX: never, or it is a time that cannot have been. */
int64_t device_memory_age_ns(const _Atomic int64_t *at_ns, int64_t now_ns);

#endif
