/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/stream_step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/blocks.h"

enum { BLOCK_FLOATS = AIR_BLOCK_FRAMES * AIR_CHANNELS };

int stream_steps_init(struct stream_steps *steps, size_t n_lines, struct line_set lines,
                      struct fault *reterr)
{
    size_t n = line_set_count(lines);
    *steps = (struct stream_steps){.frame = INT64_MIN};
    steps->before.frame = INT64_MIN;
    steps->lines = calloc(n + 1, sizeof *steps->lines);
    steps->taken_of = calloc(n_lines + 1, sizeof *steps->taken_of);
    steps->now.group_of = calloc(n_lines + 1, sizeof *steps->now.group_of);
    steps->before.group_of = calloc(n_lines + 1, sizeof *steps->before.group_of);
    if (!steps->lines || !steps->taken_of || !steps->now.group_of || !steps->before.group_of) {
        stream_steps_finish(steps);
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
    }
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        steps->lines[steps->n_lines++] = (uint32_t)line;
    }
    return 0;
}

static void side_finish(struct step_side *side)
{
    for (size_t i = 0; i < side->capacity; i++) {
        free(side->groups[i]);
    }
    free(side->groups);
    free(side->group_of);
    *side = (struct step_side){0};
}

void stream_steps_finish(struct stream_steps *steps)
{
    side_finish(&steps->now);
    side_finish(&steps->before);
    free(steps->lines);
    free(steps->taken_of);
    *steps = (struct stream_steps){.frame = INT64_MIN};
}

/* Another group, which begins like one that is there; NULL: out of memory. */
static struct step_group *group_add(struct stream_steps *steps, const struct step_group *like)
{
    struct step_side *side = &steps->now;
    if (side->n_groups == side->capacity) {
        struct step_group **groups =
            realloc(side->groups, (side->capacity + 1) * sizeof(struct step_group *));
        struct step_group *fresh = groups ? malloc(sizeof *fresh) : NULL;
        side->groups = groups ? groups : side->groups;
        if (!fresh) {
            steps->failed = true;
            return NULL;
        }
        side->groups[side->capacity++] = fresh;
    }
    struct step_group *group = side->groups[side->n_groups];
    size_t n = steps->n_blocks * BLOCK_FLOATS;
    if (like) {
        memcpy(group->frames, like->frames, n * sizeof *group->frames);
    } else {
        memset(group->frames, 0, n * sizeof *group->frames);
    }
    group->has_taken = false;
    side->n_groups++;
    return group;
}

static void begin(struct stream_steps *steps, int64_t frame)
{
    steps->frame = frames_floor_div(frame, STREAM_STEP_FRAMES) * STREAM_STEP_FRAMES;
    steps->n_blocks = 0;
    steps->n_blocks_missing = 0;
    steps->now.frame = steps->frame;
    steps->now.n_groups = 0;
    struct step_group *all = group_add(steps, NULL); /* all lines, as long as no block is there */
    (void)all;
    memset(steps->now.group_of, 0, (steps->lines[steps->n_lines - 1] + 1) * sizeof(uint32_t));
}

bool stream_steps_is_left(const struct stream_steps *steps, int64_t frame)
{
    return steps->frame != INT64_MIN &&
           (frame < steps->frame + (int64_t)steps->n_blocks * AIR_BLOCK_FRAMES ||
            frame >= steps->frame + STREAM_STEP_FRAMES);
}

static void add_silence(struct stream_steps *steps, size_t n_blocks)
{
    for (size_t i = 0; i < steps->now.n_groups; i++) {
        memset(steps->now.groups[i]->frames + steps->n_blocks * BLOCK_FLOATS, 0,
               n_blocks * BLOCK_FLOATS * sizeof(float));
    }
    steps->n_blocks += n_blocks;
    steps->n_blocks_missing += n_blocks;
}

static void take_layout(struct stream_steps *steps, const struct block_taken *taken)
{
    if (taken->generation == steps->generation) {
        return;
    }
    for (size_t g = 0; g < taken->n_groups; g++) {
        for (uint32_t i = taken->first[g]; i < taken->first[g + 1]; i++) {
            steps->taken_of[taken->lines[i]] = (uint32_t)g;
        }
    }
    steps->generation = taken->generation;
}

/* Lines of one group of the step that carry different things now part here. */
static void split(struct stream_steps *steps)
{
    struct step_side *side = &steps->now;
    size_t n_old = side->n_groups;
    for (size_t i = 0; i < n_old; i++) {
        side->groups[i]->has_taken = false;
    }
    for (size_t i = 0; i < steps->n_lines; i++) {
        uint32_t line = steps->lines[i];
        uint32_t old = side->group_of[line];
        uint32_t taken = steps->taken_of[line];
        struct step_group *group = side->groups[old];
        if (!group->has_taken) {
            group->has_taken = true;
            group->taken = taken;
            group->from = old;
        } else if (group->taken != taken) {
            size_t other = n_old; /* made for another line that came from the same group? */
            while (other < side->n_groups &&
                   (side->groups[other]->taken != taken || side->groups[other]->from != old)) {
                other++;
            }
            if (other == side->n_groups) {
                struct step_group *fresh = group_add(steps, group);
                if (!fresh) {
                    continue;
                }
                fresh->has_taken = true;
                fresh->taken = taken;
                fresh->from = old;
            }
            side->group_of[line] = (uint32_t)other;
        }
    }
}

bool stream_steps_add(struct stream_steps *steps, const struct block_taken *taken)
{
    if (steps->frame == INT64_MIN) {
        begin(steps, taken->frame);
        if (steps->now.n_groups == 0) {
            steps->frame = INT64_MIN;
            return false;
        }
    }
    size_t at = (size_t)((taken->frame - steps->frame) / AIR_BLOCK_FRAMES);
    steps->due_ns =
        taken->due_ns - (int64_t)at * ((int64_t)AIR_BLOCK_FRAMES * 1000000000 / AIR_RATE);
    add_silence(steps, at - steps->n_blocks);
    take_layout(steps, taken);
    split(steps);
    for (size_t i = 0; i < steps->now.n_groups; i++) {
        struct step_group *group = steps->now.groups[i];
        memcpy(group->frames + steps->n_blocks * BLOCK_FLOATS, taken->groups[group->taken].frames,
               BLOCK_FLOATS * sizeof(float));
    }
    steps->n_blocks++;
    return steps->n_blocks == STREAM_BLOCKS_IN_STEP;
}

void stream_steps_end(struct stream_steps *steps)
{
    if (steps->frame != INT64_MIN) {
        add_silence(steps, STREAM_BLOCKS_IN_STEP - steps->n_blocks);
    }
}

void stream_steps_next(struct stream_steps *steps)
{
    struct step_side used = steps->now;
    steps->now = steps->before;
    steps->before = used;
    steps->frame = INT64_MIN;
}

struct step_group *stream_steps_group(const struct stream_steps *steps, uint32_t line)
{
    return steps->now.groups[steps->now.group_of[line]];
}

static bool knows_before(const struct stream_steps *steps)
{
    const struct step_side *side = &steps->before;
    return side->frame != INT64_MIN && side->frame + STREAM_STEP_FRAMES == steps->frame;
}

uint32_t stream_steps_group_before(const struct stream_steps *steps, uint32_t line)
{
    return knows_before(steps) ? steps->before.group_of[line] : 0;
}

const float *stream_steps_before(const struct stream_steps *steps, uint32_t line)
{
    if (!knows_before(steps)) {
        return NULL;
    }
    return steps->before.groups[steps->before.group_of[line]]->frames +
           (STREAM_STEP_FRAMES - STREAM_BEFORE_FRAMES) * AIR_CHANNELS;
}
