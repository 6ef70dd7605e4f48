/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_TRANSPORTS_H
#define PLAYOUT_OUTPUTS_TRANSPORTS_H

#include "base/attr.h"

struct device_hub;
struct fault;
struct output;
struct output_spec;

/* How each kind of output is opened; private to outputs/. Each gives *ret_output. */

/* null: counts frames. -ENOMEM. */
MUST_CHECK int null_open(struct output **ret_output, struct fault *reterr);

/* An output that could not be opened: says why, and drops everything. -ENOMEM. */
MUST_CHECK int failed_open(const struct fault *why, struct output **ret_output,
                           struct fault *reterr);

/*
 * file: a recording of the line, one file an hour (of UTC), named
 * LINE-YYYYMMDDTHHMMSSZ.flac by its first frame. Frames that never came are silence in it, so that
 * a place in the file is an instant. A folder that cannot be written is tried again every ten
 * seconds. dir, line_id and format are copied. -ENOMEM, -EAGAIN, or why the folder cannot be made.
 */
MUST_CHECK int recorder_open(const char *dir, const char *line_id, const char *format,
                             struct output **ret_output, struct fault *reterr);

#endif
