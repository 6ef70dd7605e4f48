/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SEGMENT_ROW_H
#define MEDIA_SEGMENT_ROW_H

#include <stdbool.h>

#include "base/attr.h"
#include "media/segment.h"

struct arena;
struct stmt;

/* Rows of the table `segment` as struct segments: for the files that ask for them. Private
 * to media. */

/* In the order of read_segment(), before any others. */
#define SEGMENT_COLUMNS                                                                            \
    "id, code, version, title, kind, topic, tags, state, valid_from_us, valid_until_us, "          \
    "air_sha256, channels, coalesce(cue_out_frames, frames) - cue_in_frames, cue_in_frames, "      \
    "frames, lufs, true_peak_dbtp, gain_db, decided_us, decided_by, decided_reason"

enum { N_SEGMENT_COLUMNS = 21 };

/* The row under the statement; false: out of memory. */
MUST_CHECK bool read_segment(struct stmt *stmt, struct arena *arena, struct segment *segment);

#endif
