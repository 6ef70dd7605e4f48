/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_PROGRESS_H
#define LOA_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * A bar on standard error for long work: how much, how fast (where the total is in bytes),
 * how long still. Drawn at most ten times a second, on a terminal only; piped output gets
 * nothing.
 * One thread at a time.
 */
struct progress {
    const char *label; /* borrowed, in the user's language */
    double total;
    bool is_bytes;
    struct clock clock;
    int64_t start_ns;
    int64_t drawn_ns;
    bool shown;
};

struct progress progress_start(const char *label, double total);
/* total: bytes. */
struct progress progress_start_bytes(const char *label, int64_t total);
/* `done` of `total`; note: what is being worked on ("" for none). */
void progress_draw(struct progress *progress, double done, const char *note);
/* Wipe the bar away; results follow. */
void progress_end(struct progress *progress);

#endif
