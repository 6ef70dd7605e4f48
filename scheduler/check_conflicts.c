/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "scheduler/check_int.h"

/* Which events take lines from which, why, and what do the others lose? */

enum { LENGTH_MAX = 48 };

/* Seconds as long as people count in them. */
static void format_length(int64_t frames, char out[static LENGTH_MAX])
{
    double seconds = frames_to_seconds(frames);
    if (seconds > 120) {
        snprintf(out, LENGTH_MAX, _("%.0f min"), round(seconds / 60));
    } else {
        snprintf(out, LENGTH_MAX, _("%.0f s"), seconds);
    }
}

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

struct open_time check_open_time(const struct checker *checker, struct line_set lines,
                                 int64_t from_frame, int64_t until_frame)
{
    const struct daily *daily = &checker->planner->daily;
    struct open_time open = {.from_frame = INT64_MAX};
    line_set_clear(checker->open);
    for (size_t g = 0; g < daily->n_groups; g++) {
        const struct daily_group *group = &daily->groups[g];
        const struct span *end = group->spans + group->n_spans;
        int64_t n_frames = 0;
        if (!line_set_meets(group->lines, lines)) {
            continue;
        }
        for (const struct span *s = daily_span(group, from_frame);
             s < end && s->from_frame < until_frame; s++) {
            int64_t from = max_i64(from_frame, s->from_frame);
            int64_t until = s + 1 < end ? min_i64(until_frame, s[1].from_frame) : until_frame;
            if (s->open && until > from) {
                n_frames += until - from;
                open.from_frame = min_i64(open.from_frame, from);
            }
        }
        if (n_frames) {
            line_set_or(checker->open, group->lines);
            open.n_frames = max_i64(open.n_frames, n_frames);
        }
    }
    line_set_and(lines, checker->open);
    return open;
}

/* What one job takes from another, of the time in which the other could be heard. Left in
 * checker->lines: on which lines. */
static struct open_time job_loss(const struct checker *checker, const struct job *loser,
                                 const struct job *winner)
{
    int64_t from = max_i64(loser->start_frame, winner->start_frame);
    int64_t until = min_i64(loser->end_frame, winner->end_frame);
    line_set_clear(checker->lines);
    line_set_or(checker->lines, loser->slot->lines);
    line_set_and(checker->lines, winner->slot->lines);
    if (winner->muted.words) {
        line_set_minus(checker->lines, winner->muted);
    }
    if (loser->emergency) {
        return (struct open_time){from, line_set_is_empty(checker->lines) ? 0 : until - from};
    }
    return check_open_time(checker, checker->lines, from, until);
}

static int gather_loss(struct checker *checker, const struct job *job, const struct job *winner)
{
    struct open_time loss = job_loss(checker, job, winner);
    struct trouble *conflict = NULL;
    int r = loss.n_frames ? troubles_count(&checker->conflicts, checker->arena, job->slot->uid,
                                           winner->slot->uid, job->slot->start_us, &conflict)
                          : 0;
    if (conflict && conflict->is_new) {
        conflict->slot = checker_keep(checker, job->slot);
        conflict->winner = checker_keep(checker, winner->slot);
        conflict->from_frame = loss.from_frame;
        conflict->n_frames = loss.n_frames;
        conflict->whole_frames = job->end_frame - job->start_frame;
        conflict->n_lines = line_set_count(checker->lines);
        conflict->n_of_lines = line_set_count(job->slot->lines);
        r = conflict->slot && conflict->winner ? 0 : -ENOMEM;
    }
    return r;
}

static int gather_losses(struct checker *checker, const struct job *job)
{
    const struct planner *planner = checker->planner;
    int r = 0;
    size_t i = jobs_before(planner, job->end_frame);
    while (r == 0 && (i = jobs_overlap(planner, i, job->start_frame)) != SIZE_MAX) {
        const struct job *other = &planner->jobs[i];
        if (other != job && slot_outranks(other->slot, job->slot) &&
            line_set_meets(other->slot->lines, job->slot->lines) &&
            !job_is_notice(planner, other)) {
            r = gather_loss(checker, job, other);
        }
    }
    return r;
}

int gather_conflicts(struct checker *checker)
{
    const struct planner *planner = checker->planner;
    int r = 0;
    for (size_t i = 0; r == 0 && i < planner->n_jobs; i++) {
        const struct job *job = &planner->jobs[i];
        r = job->airs && job->in_window ? gather_losses(checker, job) : 0;
    }
    return r;
}

static const char *loss_text(const struct checker *checker, const struct trouble *trouble)
{
    const struct slot *slot = trouble->slot;
    char start[CHECK_INSTANT_MAX];
    char lost[LENGTH_MAX];
    char whole[LENGTH_MAX];
    format_minute(trouble->from_frame, start);
    format_length(trouble->n_frames, lost);
    format_length(trouble->whole_frames, whole);
    return trouble->n_frames == trouble->whole_frames
               ? arena_printf(checker->arena,
                              _("\"%s\" is not heard at all on %zu of its %zu lines at %s"),
                              slot->title, trouble->n_lines, trouble->n_of_lines, start)
               : arena_printf(checker->arena,
                              _("\"%s\" loses %s of %s on %zu of its %zu lines from %s on"),
                              slot->title, lost, whole, trouble->n_lines, trouble->n_of_lines,
                              start);
}

static const char *why_text(const struct checker *checker, const struct trouble *trouble)
{
    const struct slot *loser = trouble->slot;
    const struct slot *winner = trouble->winner;
    if (slot_rank(winner) != slot_rank(loser)) {
        return arena_printf(checker->arena, _("\"%s\" (%s:%u) has the better priority, %d"),
                            winner->title, winner->file, winner->file_line, winner->priority);
    }
    const char *why = winner->start_us != loser->start_us
                          ? _("\"%s\" (%s:%u) has the same priority and starts later")
                      : winner->layer != loser->layer
                          ? _("\"%s\" (%s:%u) has the same priority and start, and lies in a "
                              "higher layer")
                          : _("\"%s\" (%s:%u) has the same priority and start, and a UID that "
                              "comes first");
    return arena_printf(checker->arena, why, winner->title, winner->file, winner->file_line);
}

/* That a better priority takes lines is meant; that it does so again and again may not be. */
static int tell_conflict(const struct checker *checker, const struct trouble *trouble)
{
    bool is_meant = slot_rank(trouble->winner) != slot_rank(trouble->slot);
    if (is_meant && trouble->n == 1) {
        return 0;
    }
    char often[CHECK_OFTEN_MAX];
    format_often(trouble, often);
    const char *loss = loss_text(checker, trouble);
    const char *why = why_text(checker, trouble);
    if (!loss || !why) {
        return -ENOMEM;
    }
    findings_add(checker->findings, SEVERITY_WARNING, is_meant ? "outranked" : "conflict",
                 trouble->slot->file, trouble->slot->file_line, "%s: %s%s; %s", loss, why, often,
                 is_meant ? _("if that is not meant, move one of them")
                          : _("move one, or give the one that should air a smaller PRIORITY, 1 to "
                              "4"));
    return 0;
}

int tell_conflicts(const struct checker *checker)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < checker->conflicts.n; i++) {
        r = tell_conflict(checker, &checker->conflicts.items[i]);
    }
    return r;
}
