/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_RECORDING_H
#define PLAYOUT_OUTPUTS_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"

struct fault;

/*
 * The recordings of a line in a folder: how they are named, and how the old ones go. A name is
 * LINE-YYYYMMDDTHHMMSSZ.flac, of the second of its first frame in UTC, or …Z-2.flac if there is one
 * already, up to 100. A file that is being written is locked (flock()), by whichever process.
 */
enum { RECORDING_NAME_MAX = 256, RECORDING_SAME_MAX = 100, RECORDING_FRAMES_MAX = 3600 * 48000 };

/* `again`: 0; 1: "-2", and so on. */
void recording_name(const char *line_id, int64_t frame, int again, const char *format,
                    char out[static RECORDING_NAME_MAX]);

/* Is this the name of a recording of the line in this format? Then from which frame on. */
bool recording_is_named(const char *name, const char *line_id, const char *format,
                        int64_t *ret_frame);

/*
 * Keep the last n_days (of UTC, 1 and up) of which there are recordings of the line in this format,
 * and remove what is older: regular files with such a name, and none that is being written. No
 * clock is asked: one that is a year ahead removes nothing until as many days were recorded by it.
 * Gives how many were removed; a folder that is not there has none. -ENOMEM; else the errno of the
 * first that cannot be removed, after the others.
 */
MUST_CHECK int recordings_remove(const char *dir, const char *line_id, const char *format,
                                 int n_days, size_t *ret_n, struct fault *reterr);

/*
 * Who does so when it is started and every hour, for all outputs, on a thread of its own.
 *
 * Threads  One at a time.
 */
struct recordings_keeper;

/* Given to the caller: recordings_keeper_destroy(). -ENOMEM. */
MUST_CHECK int recordings_keeper_create(struct recordings_keeper **ret_keeper,
                                        struct fault *reterr);
struct recordings_keeper *recordings_keeper_destroy(struct recordings_keeper *keeper);
DEFINE_AUTO(struct recordings_keeper, recordings_keeper_destroy)

/* Before it is started. The texts are copied, but for the format, which is static. -ENOMEM. */
MUST_CHECK int recordings_keeper_add(struct recordings_keeper *keeper, uint32_t line,
                                     const char *line_id, const char *dir, const char *format,
                                     int days, struct fault *reterr);
/* -EAGAIN: no thread. */
MUST_CHECK int recordings_keeper_start(struct recordings_keeper *keeper, struct fault *reterr);

/* What was removed from a line's folder since it was told last, or (err is set) why not. */
bool recordings_keeper_tell(struct recordings_keeper *keeper, uint32_t *ret_line,
                            struct fault *ret_told);

#endif
