/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/i18n.h"
#include "scheduler/planner_int.h"

/* When does a slot really start? A hard start is on the instant. A soft one lets the
 * item finish that runs on its lines, and waits as a whole: all its lines hear the same. */

/* Does `other` hold, just before `job` starts, a line that `job` would take from it? */
static int job_takes_from(const struct planner *planner, const struct job *job,
                          const struct job *other, bool *ret_takes)
{
    *ret_takes = false;
    if (other->slot->start_us >= job->slot->start_us || other->start_frame >= job->start_frame ||
        slot_rank(other->slot) < slot_rank(job->slot) ||
        !line_set_meets(other->slot->lines, job->slot->lines)) {
        return 0;
    }
    struct line_set common = line_set_copy(planner->scratch, other->slot->lines);
    if (!common.words) {
        return -ENOMEM;
    }
    line_set_and(common, job->slot->lines);
    for (size_t i = job->index; (i = jobs_overlap(planner, i, job->start_frame)) != SIZE_MAX;) {
        const struct job *third = &planner->jobs[i];
        if (third != other && third->start_frame < job->start_frame &&
            slot_outranks(third->slot, other->slot)) {
            line_set_minus(common, third->slot->lines);
        }
    }
    for (size_t g = 0; g < planner->daily.n_groups; g++) {
        if (!daily_span(&planner->daily.groups[g], job->start_frame)->open) {
            line_set_minus(common, planner->daily.groups[g].lines);
        }
    }
    *ret_takes = !line_set_is_empty(common);
    return 0;
}

/* Until when the item of a job that runs at a frame would sound; the frame if none runs. */
static int job_running(struct planner *planner, const struct job *job, int64_t frame,
                       int64_t *ret_until, struct fault *reterr)
{
    *ret_until = frame;
    if (!job->in_window) {
        int64_t until = INT64_MIN;
        int r = frozen_running(planner, job->slot, frame, &until, reterr);
        *ret_until = until > frame ? until : frame;
        return r;
    }
    for (size_t i = 0; i < job->n_picks; i++) {
        const struct pick *pick = &job->picks[i];
        if (pick->state == PLAN_PLANNED && pick->start_frame < frame &&
            pick->start_frame + pick->n_frames > frame &&
            holds_free_frame(&planner->holds, pick->recording->kind, job->slot->lines, frame) ==
                frame) {
            *ret_until = pick->start_frame + pick->n_frames;
        }
    }
    return 0;
}

/* When the items have ended that a job must not cut. */
static int job_wait_until(struct planner *planner, const struct job *job, int64_t *ret_frame,
                          struct fault *reterr)
{
    int64_t latest = job->start_frame;
    size_t i = job->index;
    while ((i = jobs_overlap(planner, i, job->start_frame)) != SIZE_MAX) {
        bool takes = false;
        int64_t until = 0;
        int r = job_takes_from(planner, job, &planner->jobs[i], &takes);
        if (r < 0) {
            return plan_no_memory(reterr);
        }
        r = takes ? job_running(planner, &planner->jobs[i], job->start_frame, &until, reterr) : 0;
        if (r < 0) {
            return r;
        }
        latest = takes && until > latest ? until : latest;
    }
    if (job->slot->start_rule == START_SOFT) {
        int64_t bound = frames_from_us(job->slot->start_us + job->slot->soft_us);
        latest = latest < bound ? latest : bound;
    }
    *ret_frame = latest;
    return 0;
}

int job_wait(struct planner *planner, struct job *job, struct fault *reterr)
{
    if (job->slot->start_rule == START_HARD) {
        return 0;
    }
    int64_t start_frame = 0;
    job->start_frame = frames_from_us(job->slot->start_us);
    int r = job_wait_until(planner, job, &start_frame, reterr);
    if (r < 0) {
        return r;
    }
    job->start_frame = start_frame;
    if (job_measure(planner, job) < 0) {
        return plan_no_memory(reterr);
    }
    if (start_frame >= job->nominal_end_frame) {
        job->airs = false;
        job->reason = _("what ran before it went on until its end");
    }
    jobs_index_ends(planner, job->index, job->index + 1);
    return 0;
}
