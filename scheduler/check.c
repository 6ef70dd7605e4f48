/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/planner_int.h"

/* Which events are at odds with one another, with the hours or with the library? */

enum { LENGTH_MAX = 48 };

/* What was said already: (event, other event or reason). */
struct said {
    const char *event;
    const char *what;
};

struct checker {
    struct planner *planner;
    struct findings *findings;
    struct said *said;
    size_t n_said;
    size_t capacity;
};

/* True the first time. When memory is short things are said twice rather than not at all. */
static bool checker_is_new(struct checker *checker, const char *event, const char *what)
{
    for (size_t i = 0; i < checker->n_said; i++) {
        if (strcmp(checker->said[i].event, event) == 0 &&
            strcmp(checker->said[i].what, what) == 0) {
            return false;
        }
    }
    struct said *grown = arena_grow(checker->planner->scratch, checker->said, checker->n_said,
                                    &checker->capacity, sizeof *grown);
    if (grown) {
        checker->said = grown;
        checker->said[checker->n_said++] = (struct said){.event = event, .what = what};
    }
    return true;
}

static void format_minute(int64_t frame, char out[static 2 * ZONE_INSTANT_MAX])
{
    char date[ZONE_INSTANT_MAX];
    char time[ZONE_INSTANT_MAX];
    zone_format_date(frames_to_us(frame), date);
    zone_format_time(frames_to_us(frame), time);
    snprintf(out, 2 * ZONE_INSTANT_MAX, "%s %s", date, time);
}

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

static int checker_say_conflict(struct checker *checker, const struct job *loser,
                                const struct job *winner)
{
    struct line_set common = line_set_copy(checker->planner->scratch, loser->slot->lines);
    if (!common.words) {
        return -ENOMEM;
    }
    line_set_and(common, winner->slot->lines);
    int64_t from = max_i64(loser->start_frame, winner->start_frame);
    int64_t until = min_i64(loser->end_frame, winner->end_frame);
    char start[2 * ZONE_INSTANT_MAX];
    char length[LENGTH_MAX];
    format_minute(from, start);
    format_length(until - from, length);
    findings_add(checker->findings, SEVERITY_WARNING, "conflict", loser->slot->file,
                 loser->slot->file_line,
                 _("\"%s\" loses %zu lines for %s from %s on to \"%s\" (%s:%u), which has the "
                   "same priority; move one, or give the one that should air a smaller PRIORITY, 1 "
                   "to 4"),
                 loser->slot->title, line_set_count(common), length, start, winner->slot->title,
                 winner->slot->file, winner->slot->file_line);
    return 0;
}

static int checker_find_conflicts(struct checker *checker, const struct job *job)
{
    struct planner *planner = checker->planner;
    size_t i = jobs_before(planner, job->end_frame);
    while ((i = jobs_overlap(planner, i, job->start_frame)) != SIZE_MAX) {
        const struct job *other = &planner->jobs[i];
        if (other == job || slot_rank(other->slot) != slot_rank(job->slot) ||
            !slot_outranks(other->slot, job->slot) || job_is_notice(planner, other) ||
            !line_set_meets(other->slot->lines, job->slot->lines) ||
            !checker_is_new(checker, job->slot->uid, other->slot->uid)) {
            continue;
        }
        if (checker_say_conflict(checker, job, other) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static void checker_say_item(struct checker *checker, const struct plan_item *item)
{
    const struct job *job = jobs_find(checker->planner, item->slot_uid, item->slot_recurrence_us);
    if (!job || !checker_is_new(checker, item->slot_uid, item->reason)) {
        return;
    }
    char start[2 * ZONE_INSTANT_MAX];
    format_minute(item->start_frame, start);
    findings_add(checker->findings, SEVERITY_WARNING, plan_state_name(item->state), job->slot->file,
                 job->slot->file_line, _("\"%s\" does not air at %s: %s"), item->title, start,
                 item->reason);
}

int check_slots(const struct station *station, const struct slots *slots,
                const struct segments *segments, const struct plan *plan, struct findings *findings,
                struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *scratch = arena_create(PLAN_MAX_BYTES);
    if (!scratch) {
        return plan_no_memory(reterr);
    }
    struct planner planner = {.station = station,
                              .segments = segments,
                              .from_us = plan->from_us,
                              .to_us = plan->to_us,
                              .arena = scratch,
                              .scratch = scratch};
    struct checker checker = {.planner = &planner, .findings = findings};
    if (holds_make(station, slots, scratch, &planner.holds) < 0 ||
        recordings_make(station, segments, scratch, &planner.recordings) < 0) {
        return plan_no_memory(reterr);
    }
    int r = jobs_make(&planner, slots, reterr);
    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < planner.n_jobs; i++) {
        const struct job *job = &planner.jobs[i];
        if (job->airs && job->in_window && checker_find_conflicts(&checker, job) < 0) {
            return plan_no_memory(reterr);
        }
    }
    for (size_t i = 0; i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        if (item->state == PLAN_REFUSED || item->state == PLAN_UNFILLED) {
            checker_say_item(&checker, item);
        }
    }
    return 0;
}
