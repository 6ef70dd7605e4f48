/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/planner_int.h"

/* Which slots may air at all, in which order, and how long does each hold its lines? */

enum { RANK_NORMAL = 5 };

int slot_rank(const struct slot *slot)
{
    return slot->priority >= 1 && slot->priority < RANK_NORMAL ? slot->priority : RANK_NORMAL;
}

bool slot_is_urgent(const struct slot *slot)
{
    return slot_rank(slot) < RANK_NORMAL;
}

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

bool slot_outranks(const struct slot *a, const struct slot *b)
{
    int order = slot_rank(b) - slot_rank(a);
    order = order ? order : compare_i64(a->start_us, b->start_us);
    order = order ? order : compare_size(a->layer, b->layer);
    order = order ? order : strcmp(b->uid, a->uid);
    order = order ? order : compare_i64(a->recurrence_us, b->recurrence_us);
    return order > 0;
}

/* By start, then layer, uid and recurrence: the order of struct slots. */
static int job_compare(const void *a, const void *b)
{
    const struct slot *x = ((const struct job *)a)->slot;
    const struct slot *y = ((const struct job *)b)->slot;
    int order = compare_i64(x->start_us, y->start_us);
    order = order ? order : compare_size(x->layer, y->layer);
    order = order ? order : strcmp(x->uid, y->uid);
    return order ? order : compare_i64(x->recurrence_us, y->recurrence_us);
}

/* Slots of calendars come in this order. */
static bool jobs_are_sorted(const struct planner *planner)
{
    for (size_t i = 1; i < planner->n_jobs; i++) {
        if (job_compare(&planner->jobs[i - 1], &planner->jobs[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* By key, and of the same key the higher layer first, then the later start. */
static int job_key_compare(const void *a, const void *b)
{
    const struct slot *x = (*(const struct job *const *)a)->slot;
    const struct slot *y = (*(const struct job *const *)b)->slot;
    int order = strcmp(x->uid, y->uid);
    order = order ? order : compare_i64(x->recurrence_us, y->recurrence_us);
    order = order ? order : compare_size(y->layer, x->layer);
    return order ? order : compare_i64(y->start_us, x->start_us);
}

/* Decide whether a job airs. Sets its reason if it does not. -ENOMEM. */
static int job_judge(const struct planner *planner, struct job *job)
{
    const struct slot *slot = job->slot;
    const struct layer_def *layer = slot_replacing_layer(planner->station, slot);
    if (slot->state == SLOT_CANCELLED || !slot_layer_is_valid(planner->station, slot)) {
        return 0; /* somebody took it out: nothing to explain */
    }
    if (slot->state == SLOT_REFUSED) {
        job->reason = slot->reason;
    } else if (slot->state == SLOT_TENTATIVE) {
        job->reason = _("it is tentative and airs only when it is confirmed");
    } else if (layer) {
        job->reason =
            arena_printf(planner->arena, _("layer %s takes the place of its layer"), layer->id);
        return job->reason ? 0 : -ENOMEM;
    } else if (line_set_is_empty(slot->lines)) {
        job->reason = slot->reason && *slot->reason
                          ? slot->reason
                          : _("it names no line that exists at that time");
    } else {
        job->airs = true;
    }
    return 0;
}

/* A key airs once: of several slots with it, the highest layer's stands for all. */
static int jobs_drop_doubles(struct planner *planner)
{
    struct job **by_key = arena_take(planner->scratch, planner->n_jobs, sizeof *by_key);
    size_t n = 0;
    if (!by_key) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < planner->n_jobs; i++) {
        if (slot_layer_is_valid(planner->station, planner->jobs[i].slot)) {
            by_key[n++] = &planner->jobs[i];
        }
    }
    if (n) {
        qsort(by_key, n, sizeof *by_key, job_key_compare);
    }
    planner->by_key = by_key;
    for (size_t i = 0; i < n; i++) {
        const struct job *last = planner->n_by_key ? by_key[planner->n_by_key - 1] : NULL;
        if (last && strcmp(last->slot->uid, by_key[i]->slot->uid) == 0 &&
            last->slot->recurrence_us == by_key[i]->slot->recurrence_us) {
            by_key[i]->airs = false;
            by_key[i]->reason = NULL;
        } else {
            by_key[planner->n_by_key++] = by_key[i];
        }
    }
    return 0;
}

const struct job *jobs_find(const struct planner *planner, const char *uid, int64_t recurrence_us)
{
    size_t low = 0;
    size_t high = planner->n_by_key;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct slot *slot = planner->by_key[middle]->slot;
        int order = strcmp(slot->uid, uid);
        order = order ? order : compare_i64(slot->recurrence_us, recurrence_us);
        if (order == 0) {
            return planner->by_key[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* Where the content that is known by name ends; *ret_overrun_frame: where the item
 * that runs over the slot's end would end by itself. */
static int64_t job_content_end(const struct planner *planner, const struct job *job,
                               int64_t *ret_overrun_frame)
{
    int64_t frame = job->start_frame;
    int64_t content_end = frame;
    int64_t overrun = job->nominal_end_frame;
    for (size_t i = 0; i < job->asks.n; i++) {
        const struct ask *ask = &job->asks.items[i];
        if (ask->ask == ASK_LIVE) {
            int64_t until = job->nominal_end_frame - asks_reserved(&job->asks, i);
            frame = until > frame ? until : frame;
            content_end = frame;
            continue;
        }
        if (ask->ask != ASK_RECORDING) {
            continue;
        }
        int64_t end = frame + ask->recording->segment->frames;
        if (holds_free_frame(&planner->holds, ask->recording->kind, job->slot->lines, frame) >=
            end) {
            continue; /* withheld, and so takes no time */
        }
        if (frame < job->nominal_end_frame && end > job->nominal_end_frame) {
            overrun = end;
        }
        content_end = end;
        frame = end - ask->recording->tail_frames;
    }
    *ret_overrun_frame = overrun;
    return content_end;
}

/* The lines on which a mode lets nothing sound that a job names: it takes them from nobody. */
static int job_mute(const struct planner *planner, struct job *job)
{
    const struct holds *holds = &planner->holds;
    size_t last = holds_before(holds, job->end_frame);
    job->muted = (struct line_set){0};
    if (last == 0 || holds->last_until_frame[last - 1] <= job->start_frame) {
        return 0;
    }
    struct line_set muted = line_set_copy(planner->scratch, job->slot->lines);
    struct line_set heard = line_set_copy(planner->scratch, job->slot->lines);
    if (!muted.words || !heard.words) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < job->asks.n; i++) {
        if (job->asks.items[i].recording) {
            line_set_clear(heard);
            line_set_or(heard, job->slot->lines);
            holds_leave_silent(holds, job->asks.items[i].recording->kind, job->start_frame,
                               job->end_frame, heard);
            line_set_minus(muted, heard);
        }
    }
    job->muted = muted;
    return 0;
}

int job_measure(const struct planner *planner, struct job *job)
{
    const struct slot *slot = job->slot;
    int64_t overrun_frame = 0;
    int64_t content_end = job_content_end(planner, job, &overrun_frame);
    bool gives_back =
        slot_is_named(planner, slot) && (slot_is_urgent(slot) || job_is_notice(planner, job));
    job->end_frame = job->nominal_end_frame;
    if (gives_back && content_end < job->end_frame) {
        job->end_frame = content_end;
    } else if (slot->overrun_rule != OVERRUN_FADE) {
        job->end_frame = overrun_frame;
    }
    return gives_back ? job_mute(planner, job) : 0;
}

static int64_t job_last_end(const struct planner *planner, size_t i)
{
    const struct job *job = &planner->jobs[i];
    int64_t last = i ? planner->last_end_frame[i - 1] : INT64_MIN;
    return job->airs && job->end_frame > last ? job->end_frame : last;
}

void jobs_index_ends(struct planner *planner, size_t first, size_t end)
{
    for (size_t i = first; i < planner->n_jobs; i++) {
        int64_t last = job_last_end(planner, i);
        if (i >= end && last == planner->last_end_frame[i]) {
            break; /* and so are all that follow */
        }
        planner->last_end_frame[i] = last;
    }
}

static int jobs_prepare(struct planner *planner, struct fault *reterr)
{
    for (size_t i = 0; i < planner->n_jobs; i++) {
        struct job *job = &planner->jobs[i];
        job->index = i;
        job->may_air = job->airs;
        if (!job->airs) {
            continue;
        }
        if (!job->slot->repeat_of) {
            int r = asks_make(planner, job, &job->asks, reterr);
            if (r < 0) {
                return r;
            }
        }
        job->emergency = job_is_emergency(planner, job);
        if (job_measure(planner, job) < 0) {
            return plan_no_memory(reterr);
        }
    }
    jobs_index_ends(planner, 0, planner->n_jobs);
    return 0;
}

int job_begin_again(const struct planner *planner, struct job *job)
{
    if (!job->may_air) {
        return 0;
    }
    job->airs = true;
    job->reason = NULL;
    job->room_frame = 0;
    job->n_picks = 0;
    job->n_refusals = 0;
    if (!job->slot->repeat_of) {
        return 0;
    }
    int64_t end_frame = job->end_frame;
    job->asks = (struct asks){0};
    int r = job_measure(planner, job);
    job->end_frame = end_frame;
    return r;
}

int jobs_make(struct planner *planner, const struct slots *slots, struct fault *reterr)
{
    planner->jobs = arena_take(planner->scratch, slots->n, sizeof *planner->jobs);
    planner->last_end_frame =
        arena_take(planner->scratch, slots->n, sizeof *planner->last_end_frame);
    if (!planner->jobs || !planner->last_end_frame) {
        return plan_no_memory(reterr);
    }
    planner->n_jobs = slots->n;
    for (size_t i = 0; i < slots->n; i++) {
        const struct slot *slot = &slots->items[i];
        struct job *job = &planner->jobs[i];
        *job = (struct job){.slot = slot,
                            .in_window = slot->start_us >= planner->from_us &&
                                         slot->start_us < planner->to_us,
                            .start_frame = frames_from_us(slot->start_us),
                            .end_frame = frames_from_us(slot->start_us),
                            .nominal_end_frame = frames_from_us(slot->end_us)};
        if (job_judge(planner, job) < 0) {
            return plan_no_memory(reterr);
        }
    }
    if (!jobs_are_sorted(planner)) {
        qsort(planner->jobs, slots->n, sizeof *planner->jobs, job_compare);
    }
    if (jobs_drop_doubles(planner) < 0) {
        return plan_no_memory(reterr);
    }
    return jobs_prepare(planner, reterr);
}

size_t jobs_before(const struct planner *planner, int64_t until_frame)
{
    size_t low = 0;
    size_t high = planner->n_jobs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frames_from_us(planner->jobs[middle].slot->start_us) < until_frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t jobs_overlap(const struct planner *planner, size_t before, int64_t from_frame)
{
    for (size_t i = before; i > 0 && planner->last_end_frame[i - 1] > from_frame; i--) {
        const struct job *job = &planner->jobs[i - 1];
        if (job->airs && job->end_frame > from_frame && job->end_frame > job->start_frame) {
            return i - 1;
        }
    }
    return SIZE_MAX;
}
