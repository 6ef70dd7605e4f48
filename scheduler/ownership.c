/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/i18n.h"
#include "scheduler/planner_int.h"

/* Which of its lines does a job really have, and when? Its time is cut into cells in
 * which nothing changes; from each, the better slots' lines are taken as whole sets,
 * so that ten thousand lines cost a few machine words a slot and not a loop. */

struct cut_list {
    int64_t *frames;
    size_t n;
    size_t capacity;
    struct arena *arena;
    bool failed;
};

/* Cut at a frame, if it lies within the job. */
static void cut_at(struct cut_list *cuts, const struct job *job, int64_t frame)
{
    if (frame <= job->start_frame || frame >= job->end_frame || cuts->failed) {
        return;
    }
    cuts->frames =
        arena_grow(cuts->arena, cuts->frames, cuts->n, &cuts->capacity, sizeof *cuts->frames);
    cuts->failed = !cuts->frames;
    if (!cuts->failed) {
        cuts->frames[cuts->n++] = frame;
    }
}

static int frame_compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* The jobs that take lines from this one. */
struct rivals {
    const struct job **jobs;
    size_t n;
    size_t capacity;
};

static int rivals_find(const struct planner *planner, const struct job *job, struct arena *arena,
                       struct rivals *rivals)
{
    size_t i = jobs_before(planner, job->end_frame);
    while ((i = jobs_overlap(planner, i, job->start_frame)) != SIZE_MAX) {
        const struct job *other = &planner->jobs[i];
        if (other == job || other->start_frame >= job->end_frame ||
            !slot_outranks(other->slot, job->slot) ||
            !line_set_meets(other->slot->lines, job->slot->lines)) {
            continue;
        }
        rivals->jobs =
            arena_grow(arena, rivals->jobs, rivals->n, &rivals->capacity, sizeof *rivals->jobs);
        if (!rivals->jobs) {
            return -ENOMEM;
        }
        rivals->jobs[rivals->n++] = other;
    }
    return 0;
}

static void cut_at_hours(const struct planner *planner, const struct job *job,
                         struct cut_list *cuts)
{
    for (size_t g = 0; g < planner->daily.n_groups; g++) {
        const struct daily_group *group = &planner->daily.groups[g];
        if (!line_set_meets(group->lines, job->slot->lines)) {
            continue;
        }
        const struct span *end = group->spans + group->n_spans;
        for (const struct span *s = daily_span(group, job->start_frame);
             s < end && s->from_frame < job->end_frame; s++) {
            if (s > group->spans && s->open != s[-1].open) {
                cut_at(cuts, job, s->from_frame);
            }
        }
    }
}

static void cut_at_modes(const struct planner *planner, const struct job *job,
                         struct cut_list *cuts)
{
    const struct holds *holds = &planner->holds;
    for (size_t i = holds_before(holds, job->end_frame);
         i > 0 && holds->last_until_frame[i - 1] > job->start_frame; i--) {
        if (line_set_meets(holds->items[i - 1].lines, job->slot->lines)) {
            cut_at(cuts, job, holds->items[i - 1].from_frame);
            cut_at(cuts, job, holds->items[i - 1].until_frame);
        }
    }
}

/* Every line that may sound at a frame. */
static void open_lines(const struct planner *planner, int64_t frame, struct line_set into)
{
    line_set_clear(into);
    for (size_t g = 0; g < planner->daily.n_groups; g++) {
        if (daily_span(&planner->daily.groups[g], frame)->open) {
            line_set_or(into, planner->daily.groups[g].lines);
        }
    }
}

static int cells_cut(const struct job *job, struct cut_list *cuts, struct arena *arena,
                     struct cells *cells)
{
    if (cuts->n) {
        qsort(cuts->frames, cuts->n, sizeof *cuts->frames, frame_compare);
    }
    cells->items = arena_take(arena, cuts->n + 1, sizeof *cells->items);
    if (!cells->items) {
        return -ENOMEM;
    }
    int64_t from = job->start_frame;
    for (size_t i = 0; i <= cuts->n; i++) {
        int64_t until = i < cuts->n ? cuts->frames[i] : job->end_frame;
        if (until > from) {
            struct cell *cell = &cells->items[cells->n++];
            *cell = (struct cell){.from_frame = from,
                                  .until_frame = until,
                                  .owned = line_set_copy(arena, job->slot->lines),
                                  .open = line_set_copy(arena, job->slot->lines)};
            if (!cell->owned.words || !cell->open.words) {
                return -ENOMEM;
            }
            from = until;
        }
    }
    return 0;
}

/* Take from the cells what better slots hold, and what is closed. `ever` collects the
 * lines that may sound at all while the slot lasts. */
static int cells_settle(const struct planner *planner, const struct job *job,
                        const struct rivals *rivals, struct arena *arena, struct cells *cells,
                        struct line_set ever)
{
    struct line_set open = line_set_make(arena, planner->station->n_lines);
    struct line_set held = line_set_make(arena, planner->station->n_lines);
    if (!open.words || !held.words) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < cells->n; i++) {
        struct cell *cell = &cells->items[i];
        open_lines(planner, cell->from_frame, open);
        line_set_and(cell->open, open);
        line_set_or(ever, cell->open);
        for (size_t k = 0; k < rivals->n; k++) {
            const struct job *rival = rivals->jobs[k];
            if (rival->start_frame >= cell->until_frame || rival->end_frame <= cell->from_frame) {
                continue;
            }
            /* What may not sound takes nothing from anybody. */
            line_set_clear(held);
            line_set_or(held, rival->slot->lines);
            if (!rival->emergency) {
                line_set_and(held, open);
            }
            if (rival->muted.words) {
                line_set_minus(held, rival->muted);
            }
            line_set_minus(cell->owned, held);
        }
        line_set_and(cell->open, cell->owned);
        if (!line_set_is_empty(cell_lines(job->emergency, cell))) {
            cells->open_until_frame = cell->until_frame;
        }
    }
    return 0;
}

static const struct slot *best_rival(const struct rivals *rivals, struct line_set lines)
{
    const struct slot *best = NULL;
    for (size_t k = 0; k < rivals->n; k++) {
        const struct slot *slot = rivals->jobs[k]->slot;
        if (line_set_meets(slot->lines, lines) && (!best || slot_outranks(slot, best))) {
            best = slot;
        }
    }
    return best;
}

static int job_refuse(const struct planner *planner, struct job *job, struct line_set lines,
                      const char *reason)
{
    struct line_set kept = line_set_copy(planner->arena, lines);
    job->refusals[job->n_refusals++] = (struct refusal){.lines = kept, .reason = reason};
    return kept.words && reason ? 0 : -ENOMEM;
}

/* Name the lines that stay silent all the time: closed, or held by better slots. */
static int job_find_silent(const struct planner *planner, struct job *job,
                           const struct cells *cells, const struct rivals *rivals,
                           struct line_set ever, struct arena *arena)
{
    struct line_set closed = line_set_copy(arena, job->slot->lines);
    struct line_set lost = line_set_copy(arena, ever);
    if (!closed.words || !lost.words) {
        return -ENOMEM;
    }
    line_set_minus(closed, ever);
    for (size_t i = 0; i < cells->n; i++) {
        line_set_minus(lost, cell_lines(job->emergency, &cells->items[i]));
    }
    int r = 0;
    job->n_refusals = 0;
    if (!job->emergency && !line_set_is_empty(closed)) {
        bool is_urgent = slot_rank(job->slot) == 1;
        const char *reason =
            is_urgent ? _("these lines are closed at that time; only a recording of kind khan-cap "
                          "may sound then")
                      : _("these lines are closed at that time; only an emergency may sound");
        r = job_refuse(planner, job, closed, reason);
    }
    if (r == 0 && !line_set_is_empty(lost)) {
        const struct slot *rival = best_rival(rivals, lost);
        const char *reason = arena_printf(planner->arena,
                                          _("what ranks higher, such as %s, holds these lines "
                                            "all the time"),
                                          rival ? rival->title : "");
        r = job_refuse(planner, job, lost, reason);
    }
    return r;
}

int cells_make(const struct planner *planner, struct job *job, struct arena *arena,
               struct cells *ret_cells)
{
    struct cells cells = {.open_until_frame = INT64_MIN};
    struct cut_list cuts = {.arena = arena};
    struct rivals rivals = {0};
    struct line_set ever = line_set_make(arena, planner->station->n_lines);
    int r = ever.words ? rivals_find(planner, job, arena, &rivals) : -ENOMEM;
    if (r == 0 && job->end_frame > job->start_frame) {
        for (size_t k = 0; k < rivals.n; k++) {
            cut_at(&cuts, job, rivals.jobs[k]->start_frame);
            cut_at(&cuts, job, rivals.jobs[k]->end_frame);
        }
        cut_at_hours(planner, job, &cuts);
        cut_at_modes(planner, job, &cuts);
        r = cuts.failed ? -ENOMEM : cells_cut(job, &cuts, arena, &cells);
        r = r == 0 ? cells_settle(planner, job, &rivals, arena, &cells, ever) : r;
        r = r == 0 ? job_find_silent(planner, job, &cells, &rivals, ever, arena) : r;
    }
    if (r == 0) {
        *ret_cells = cells;
    }
    return r;
}
