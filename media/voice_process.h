/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_VOICE_PROCESS_H
#define MEDIA_VOICE_PROCESS_H

#include <signal.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/paths.h"

struct fault;
struct station;
struct store;

/*
 * The station's voice at work: a program of its own, run without a shell in the station's
 * folder. Private to media.
 *
 * It reads the text on its standard input and writes the sound into the file whose name
 * stands for {wav} in its words, or, where no word has {wav}, to its standard output. It has
 * those, standard error and no other descriptor of ours, a process group of its own, and
 * no signal that is ignored or blocked. What it leaves behind running is killed with it. Should
 * this process be killed, or the thread that waits end, the voice is killed by the system; what it
 * has started itself is not.
 *
 * Errors  -ENOENT the program is missing; -EIO it failed, and the sentence ends with the last
 *         line of its standard error; -ETIME it took too long; -EFBIG, -ENOSPC it wrote too
 *         much; -EINTR it was stopped. Faults are about the line of the station file.
 * Threads Any, at the same time; nobody else may wait for all children.
 */
struct voice_process {
    const struct station *station;
    const struct store *store;         /* whose disk must keep room; NULL: none */
    const char *text;                  /* UTF-8 */
    const char *wav;                   /* absolute; need not exist */
    int64_t limit_ms;                  /* of its life */
    int64_t max_bytes;                 /* of the sound */
    const volatile sig_atomic_t *stop; /* set: stop now; NULL: never */
};

MUST_CHECK int voice_process_run(const struct voice_process *process, struct fault *reterr);

/* The file of the program: as the command names it seen from the station's folder, or, without a
 * slash, in a folder of $PATH. -ENOENT: there is none that can be run. */
MUST_CHECK int voice_process_find(const struct station *station, char out[static PATHS_MAX],
                                  struct fault *reterr);

/* A fault of the voice, at its line of the station file; the format's first "%s" is its
 * program. */
int voice_fault(const struct station *station, int err, const char *format, const char *detail,
                struct fault *reterr);

#endif
