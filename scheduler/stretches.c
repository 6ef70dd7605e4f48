/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "scheduler/planner_int.h"

/* What hangs together is filled until nothing in it moves; see planner_int.h. */

/* -- one job ------------------------------------------------------------------- */

/* A time that stays is not what it was when what runs before it was cut: cut that again. */
static int cut_before(struct planner *planner, const struct job *moved, struct fault *reterr)
{
    size_t i = moved->index;
    while ((i = jobs_overlap(planner, i, frames_from_us(moved->slot->start_us))) != SIZE_MAX) {
        struct job *job = &planner->jobs[i];
        if (job->in_window && line_set_meets(job->slot->lines, moved->slot->lines)) {
            int r = job_cut_again(planner, job, reterr);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

/* What a repeat repeats is known by now, and how long that takes. */
static int ask_repeat(struct planner *planner, struct job *job, struct fault *reterr)
{
    if (!job->slot->repeat_of || !job->airs || !job->in_window) {
        return 0;
    }
    int r = asks_make(planner, job, &job->asks, reterr);
    if (r == 0) {
        r = job_measure(planner, job) < 0 ? plan_no_memory(reterr) : 0;
        jobs_index_ends(planner, job->index, job->index + 1);
    }
    return r;
}

/* *moved becomes true if its time is not the one expected. */
static int fill_in_time(struct planner *planner, struct job *job, bool is_last, bool *moved,
                        struct fault *reterr)
{
    if (!job->airs || job->slot->start_us < planner->from_us) {
        return 0;
    }
    int64_t start_frame = job->start_frame;
    int64_t end_frame = job->end_frame;
    int r = job_wait(planner, job, reterr);
    r = r == 0 ? ask_repeat(planner, job, reterr) : r;
    if (r == 0 && (job->start_frame != start_frame ||
                   (job->slot->repeat_of && job->end_frame != end_frame))) {
        *moved = true;
        r = is_last ? cut_before(planner, job, reterr) : 0;
    }
    return r == 0 && job->airs && job->in_window ? job_fill(planner, job, reterr) : r;
}

/* -- stretches ----------------------------------------------------------------- */

/* Do all jobs up to this one let go of their lines before the next begins? */
static bool ends_stretch(const struct planner *planner, size_t i)
{
    return i + 1 == planner->n_jobs ||
           planner->last_end_frame[i] <= frames_from_us(planner->jobs[i + 1].slot->start_us);
}

static bool may_move(const struct planner *planner, const struct job *job)
{
    return job->airs && job->slot->start_us >= planner->from_us &&
           (job->slot->start_rule != START_HARD || job->slot->repeat_of);
}

/* Can a time in the stretch that begins here move at all? */
static bool stretch_may_move(const struct planner *planner, size_t first)
{
    for (size_t i = first;; i++) {
        if (may_move(planner, &planner->jobs[i])) {
            return true;
        }
        if (ends_stretch(planner, i)) {
            return false;
        }
    }
}

static int stretch_begin_again(struct planner *planner, size_t first, size_t end)
{
    standing_undo(planner->standing);
    for (size_t g = 0; g < planner->recordings.n_groups; g++) {
        planner->recordings.groups[g].n_aired = 0;
    }
    for (size_t i = first; i < end; i++) {
        int r = job_begin_again(planner, &planner->jobs[i]);
        if (r < 0) {
            return r;
        }
    }
    jobs_index_ends(planner, first, end);
    return 0;
}

/* One round; after the last, what has moved stays. */
static int stretch_fill(struct planner *planner, size_t first, bool is_last, size_t *ret_end,
                        bool *ret_moved, struct fault *reterr)
{
    *ret_moved = false;
    for (size_t i = first;; i++) {
        int r = fill_in_time(planner, &planner->jobs[i], is_last, ret_moved, reterr);
        if (r < 0) {
            return r;
        }
        if (ends_stretch(planner, i)) {
            *ret_end = i + 1;
            return 0;
        }
    }
}

/* Times that chase one another in a circle stay where the last round has them. */
static int stretch_settle(struct planner *planner, size_t first, size_t *ret_end,
                          struct fault *reterr)
{
    bool is_open = stretch_may_move(planner, first);
    if (is_open) {
        arena_clear(planner->tried);
        if (standing_mark(planner->standing, planner->jobs[first].slot->start_us, planner->tried) <
            0) {
            return plan_no_memory(reterr);
        }
    }
    for (int round = 1;; round++) {
        bool moved = false;
        int r = stretch_fill(planner, first, round == ROUNDS_MAX, ret_end, &moved, reterr);
        if (r < 0 || !moved || round == ROUNDS_MAX) {
            standing_settle(planner->standing);
            return r;
        }
        if (stretch_begin_again(planner, first, *ret_end) < 0) {
            return plan_no_memory(reterr);
        }
    }
}

int planner_fill(struct planner *planner, struct fault *reterr)
{
    int r = 0;
    for (size_t first = 0; r == 0 && first < planner->n_jobs;) {
        r = stretch_settle(planner, first, &first, reterr);
    }
    return r;
}
