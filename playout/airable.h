/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_AIRABLE_H
#define PLAYOUT_AIRABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "media/segment.h"

struct station;

/*
 * What the engine has to know of the library besides its plans, as of one instant: the
 * recordings that the fallback ladders name, and the versions that were withdrawn. A copy:
 * nothing of the library is borrowed.
 *
 * Acts that sound from a ladder hold on to it, so that it lives as long as one of them even
 * after a newer one took its place. Threads: made by one, used by one other; no two at once.
 */
struct airable {
    struct segments ladder;   /* that may air, one version a code */
    const int64_t *withdrawn; /* ids of versions, ascending */
    size_t n_withdrawn;
    size_t n_holders;
    struct arena *arena;
};

/* Held once by the caller: airable_release(). segments NULL: an empty library.
 * NULL: out of memory. */
MUST_CHECK struct airable *airable_create(const struct station *station,
                                          const struct segments *segments);
struct airable *airable_hold(struct airable *airable);
/* Freed when nobody holds it any more. NULL is a no-op; returns NULL. */
struct airable *airable_release(struct airable *airable);
DEFINE_AUTO(struct airable, airable_release)

bool airable_is_withdrawn(const struct airable *airable, int64_t segment_id);

#endif
