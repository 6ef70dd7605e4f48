/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_RENDER_H
#define PLAYOUT_RENDER_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct fault;
struct log;
struct plan;
struct segments;
struct station;

/*
 * The sound of one line, as it will be on air, into a file: the live radio's engine
 * without its clock, ledger and outputs. Frames from_us up to to_us, exactly; the same
 * samples as a live recording of that line.
 */
struct render_options {
    const struct station *station;   /* all borrowed for the call */
    const struct plan *const *plans; /* in the order of time; from long enough before from_us
                                      * that what is then under way is in them */
    size_t n_plans;
    const struct segments *segments; /* for the fallback ladder; NULL: none */
    const struct log *log;           /* is told what could not be played */
    size_t line;
    int64_t from_us;
    int64_t to_us;    /* > from_us */
    const char *path; /* ends in .wav or .flac; replaced if it exists, untouched on failure */
    const volatile sig_atomic_t *stop;                /* NULL, or not 0: give up */
    void (*on_progress)(void *context, double share); /* 0..1, now and then; NULL: none */
    void *progress_context;
    size_t *n_unplayable; /* counted up for each recording that could not be played; NULL: not */
};

/* -ENOTSUP the ending; -EINVAL no time between from and to; -EINTR stopped (reterr is
 * untouched); -ENOMEM; or the errno of writing. */
MUST_CHECK int render_line(const struct render_options *options, struct fault *reterr);

#endif
