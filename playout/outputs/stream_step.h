/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_STREAM_STEP_H
#define PLAYOUT_OUTPUTS_STREAM_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "playout/outputs/stream_encoder.h"
#include "playout/outputs/stream_packet.h"
#include "station/line_set.h"

struct block_taken;
struct fault;

/*
 * Blocks of 20 ms put together to steps, on the grid of STREAM_STEP_FRAMES: lines that carried
 * the same in every block of a step are one group of it. What is missing of a step is silence.
 *
 * Threads One.
 */
struct step_group {
    float frames[STREAM_STEP_FRAMES * AIR_CHANNELS];
    size_t first_take; /* the hub's, about this group; SIZE_MAX: none */
    /* while it is put together: */
    uint32_t taken;
    uint32_t from; /* the group it was split from */
    bool has_taken;
};

struct stream_steps {
    int64_t frame;   /* of the step; INT64_MIN: none was begun */
    int64_t due_ns;  /* of that frame */
    size_t n_blocks; /* of it that are there, or were missing */
    size_t n_blocks_missing;
    size_t n_lines;
    uint32_t *lines; /* ascending */
    struct step_side {
        int64_t frame;
        struct step_group **groups; /* the first n_groups are this step's */
        size_t n_groups;
        size_t capacity;
        uint32_t *group_of; /* one a line of the station; of `lines` only */
    } now, before;
    uint32_t *taken_of; /* one a line of the station */
    uint64_t generation;
    bool failed; /* there was no memory for a group: some lines' sound is another's */
};

MUST_CHECK int stream_steps_init(struct stream_steps *steps, size_t n_lines, struct line_set lines,
                                 struct fault *reterr);
void stream_steps_finish(struct stream_steps *steps);

/* Does a step lie here unfinished that this frame is not of? stream_steps_end() first. */
bool stream_steps_is_left(const struct stream_steps *steps, int64_t frame);
/* Add a block; true: the step is whole. Then stream_steps_next() when it was used. */
bool stream_steps_add(struct stream_steps *steps, const struct block_taken *taken);
/* Fill what is missing of it with silence. */
void stream_steps_end(struct stream_steps *steps);
void stream_steps_next(struct stream_steps *steps);

struct step_group *stream_steps_group(const struct stream_steps *steps, uint32_t line);
/* Which group of the step before it was in; 0 if that is unknown. */
uint32_t stream_steps_group_before(const struct stream_steps *steps, uint32_t line);
/* The last STREAM_BEFORE_FRAMES of the line before this step; NULL: unknown. */
const float *stream_steps_before(const struct stream_steps *steps, uint32_t line);

#endif
