/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/check_int.h"

/* What is wrong with calendars that are well written? */

void format_minute(int64_t frame, char out[static CHECK_INSTANT_MAX])
{
    char date[ZONE_INSTANT_MAX];
    char time[ZONE_INSTANT_MAX];
    zone_format_date(frames_to_us(frame), date);
    zone_format_time(frames_to_us(frame), time);
    snprintf(out, CHECK_INSTANT_MAX, "%.12s %.12s", date, time);
}

void format_often(const struct trouble *trouble, char out[static CHECK_OFTEN_MAX])
{
    char date[ZONE_INSTANT_MAX];
    zone_format_date(trouble->last_us, date);
    out[0] = '\0';
    if (trouble->n > 1) {
        snprintf(out, CHECK_OFTEN_MAX, _("; this happens %zu times until %s"), trouble->n, date);
    }
}

const struct slot *checker_keep(const struct checker *checker, const struct slot *slot)
{
    struct slot *kept = arena_take(checker->arena, 1, sizeof *kept);
    if (kept) {
        *kept = *slot;
        kept->lines = (struct line_set){0};
    }
    return kept;
}

/* -- what the plan refuses or cannot fill -------------------------------------- */

/* Where what is repeated is in a part before this one, the plan of this one does not know it. */
static bool has_source_before(const struct checker *checker, const struct slot *slot)
{
    const struct trouble *source =
        slot->repeat_of ? troubles_find(&checker->aired, slot->repeat_of, "") : NULL;
    return source && source->first_us < slot->start_us;
}

/* That a layer takes another's place is what it is for. */
static bool item_is_wrong(const struct checker *checker, const struct plan_item *item,
                          const struct job *job)
{
    bool is_silent = item->state == PLAN_REFUSED || item->state == PLAN_UNFILLED;
    return is_silent && job && !slot_replacing_layer(checker->station, job->slot) &&
           !(has_source_before(checker, job->slot) && strcmp(item->reason, no_source_text()) == 0);
}

static int gather_items(struct checker *checker, const struct plan *plan)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        const struct job *job =
            item->n_frames ? NULL
                           : jobs_find(checker->planner, item->slot_uid, item->slot_recurrence_us);
        struct trouble *trouble = NULL;
        if (item_is_wrong(checker, item, job)) {
            r = troubles_count(&checker->items, checker->arena, item->slot_uid, item->reason,
                               item->slot_start_us, &trouble);
        }
        if (trouble && trouble->is_new) {
            trouble->slot = checker_keep(checker, job->slot);
            trouble->title = arena_strdup(checker->arena, item->title);
            trouble->state = item->state;
            trouble->from_frame = item->start_frame;
            trouble->n_lines = line_set_count(item->lines);
            trouble->n_of_lines = line_set_count(job->slot->lines);
            r = trouble->slot && trouble->title ? 0 : -ENOMEM;
        }
    }
    return r;
}

/* When what a slot repeats airs, if that is why it is silent; "": it is not. NULL: no memory. */
static const char *source_text(const struct checker *checker, const struct trouble *trouble)
{
    const char *uid = trouble->slot->repeat_of;
    char at[CHECK_INSTANT_MAX];
    if (!uid || strcmp(trouble->what, no_source_text()) != 0) {
        return "";
    }
    const struct trouble *source = troubles_find(&checker->aired, uid, "");
    if (source && source->first_us < trouble->first_us) {
        return ""; /* it had nothing to air either */
    }
    format_minute(frames_from_us(source ? source->first_us : checker->to_us), at);
    return arena_printf(checker->arena,
                        source ? _("; %s airs first at %s")
                               : _("; %s does not air before %s either"),
                        uid, at);
}

static int tell_item(const struct checker *checker, const struct trouble *trouble)
{
    char start[CHECK_INSTANT_MAX];
    char often[CHECK_OFTEN_MAX];
    format_minute(trouble->from_frame, start);
    format_often(trouble, often);
    const char *source = source_text(checker, trouble);
    const char *lines = trouble->n_lines == trouble->n_of_lines
                            ? ""
                            : arena_printf(checker->arena, _(" on %zu of its %zu lines"),
                                           trouble->n_lines, trouble->n_of_lines);
    if (!source || !lines) {
        return -ENOMEM;
    }
    findings_add(checker->findings, SEVERITY_WARNING,
                 *source ? "repeat" : plan_state_name(trouble->state), trouble->slot->file,
                 trouble->slot->file_line, _("\"%s\" does not air%s at %s: %s%s%s"), trouble->title,
                 lines, start, trouble->what, source, often);
    return 0;
}

/* -- layers and modes ------------------------------------------------------------ */

/* Where a slot of a replaced layer would be: does anything take its place? */
static int gather_gap(struct checker *checker, const struct job *job, const struct layer_def *layer)
{
    const struct planner *planner = checker->planner;
    const struct slot *slot = job->slot;
    int64_t from = frames_from_us(slot->start_us);
    line_set_clear(checker->lines);
    line_set_or(checker->lines, slot->lines);
    size_t i = jobs_before(planner, job->nominal_end_frame);
    while ((i = jobs_overlap(planner, i, from)) != SIZE_MAX) {
        line_set_minus(checker->lines, planner->jobs[i].slot->lines);
    }
    struct open_time open = check_open_time(checker, checker->lines, from, job->nominal_end_frame);
    struct trouble *gap = NULL;
    int r = open.n_frames ? troubles_count(&checker->gaps, checker->arena,
                                           planner->station->layers[slot->layer].id, layer->id,
                                           slot->start_us, &gap)
                          : 0;
    if (gap && gap->is_new) {
        gap->slot = checker_keep(checker, slot);
        gap->layer = layer;
        gap->from_frame = open.from_frame;
        gap->n_lines = line_set_count(checker->lines);
        r = gap->slot ? 0 : -ENOMEM;
    }
    return r;
}

static int gather_gaps(struct checker *checker)
{
    const struct planner *planner = checker->planner;
    int r = 0;
    for (size_t i = 0; r == 0 && i < planner->n_jobs; i++) {
        const struct job *job = &planner->jobs[i];
        const struct layer_def *layer = slot_replacing_layer(planner->station, job->slot);
        if (layer && job->in_window && job->reason && job->slot->state == SLOT_CONFIRMED) {
            r = gather_gap(checker, job, layer);
        }
    }
    return r;
}

static void tell_gap(const struct checker *checker, const struct trouble *gap)
{
    char start[CHECK_INSTANT_MAX];
    char often[CHECK_OFTEN_MAX];
    format_minute(gap->from_frame, start);
    format_often(gap, often);
    findings_add(checker->findings, SEVERITY_WARNING, "layer-gap", checker->station->file,
                 gap->layer->file_line,
                 _("layer %s takes the place of %s, but has nothing for %zu lines at %s, where "
                   "\"%s\" (%s:%u) would be%s; add a programme to it, or let it replace nothing"),
                 gap->what, gap->event, gap->n_lines, start, gap->slot->title, gap->slot->file,
                 gap->slot->file_line, often);
}

/* Why a mode that somebody declared does not hold; NULL: it does, or is not meant to. */
static const char *mode_obstacle(const struct checker *checker, const struct slot *slot)
{
    const struct layer_def *layer = slot_replacing_layer(checker->station, slot);
    if (slot->state == SLOT_CANCELLED || !slot_layer_is_valid(checker->station, slot)) {
        return NULL;
    }
    if (slot->state == SLOT_TENTATIVE) {
        return _("it is tentative; confirm it");
    }
    if (slot->state == SLOT_REFUSED) {
        return slot->reason;
    }
    return layer
               ? arena_printf(checker->arena, _("layer %s takes the place of its layer"), layer->id)
               : NULL;
}

/* A mode that lasts from one part into the next is met in both, and counted where it starts. */
static int gather_modes(struct checker *checker, const struct slots *slots)
{
    const struct planner *planner = checker->planner;
    int r = 0;
    for (size_t i = 0; r == 0 && i < slots->n_modes; i++) {
        const struct slot *slot = &slots->modes[i];
        bool is_first = planner->from_us == checker->from_us;
        bool is_here = slot->start_us < planner->to_us && slot->end_us > planner->from_us &&
                       (is_first || slot->start_us >= planner->from_us);
        const char *obstacle = is_here ? mode_obstacle(checker, slot) : NULL;
        struct trouble *trouble = NULL;
        if (obstacle) {
            r = troubles_count(&checker->modes, checker->arena, slot->uid, obstacle, slot->start_us,
                               &trouble);
        }
        if (trouble && trouble->is_new) {
            trouble->slot = checker_keep(checker, slot);
            r = trouble->slot ? 0 : -ENOMEM;
        }
    }
    return r;
}

static void tell_mode(const struct checker *checker, const struct trouble *trouble)
{
    char start[CHECK_INSTANT_MAX];
    char often[CHECK_OFTEN_MAX];
    format_minute(frames_from_us(trouble->first_us), start);
    format_often(trouble, often);
    findings_add(checker->findings, SEVERITY_WARNING, "mode", trouble->slot->file,
                 trouble->slot->file_line, _("the station mode %s does not hold from %s on: %s%s"),
                 trouble->slot->mode->id, start, trouble->what, often);
}

/* -- all of it ------------------------------------------------------------------- */

int checker_create(const struct station *station, const struct segments *segments, int64_t from_us,
                   int64_t to_us, struct checker **ret_checker, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(PLAN_MAX_BYTES);
    struct checker *checker = arena ? arena_take(arena, 1, sizeof *checker) : NULL;
    if (!checker) {
        return plan_no_memory(reterr);
    }
    *checker = (struct checker){.station = station,
                                .segments = segments,
                                .from_us = from_us,
                                .to_us = to_us,
                                .arena = arena};
    (void)STEAL(arena);
    *ret_checker = checker;
    return 0;
}

struct checker *checker_destroy(struct checker *checker)
{
    if (checker) {
        arena_destroy(checker->arena); /* it lies there itself */
    }
    return NULL;
}

static int checker_prepare(struct checker *checker, const struct slots *slots, struct fault *reterr)
{
    struct planner *planner = checker->planner;
    size_t n_lines = planner->station->n_lines;
    checker->lines = line_set_make(planner->scratch, n_lines);
    checker->open = line_set_make(planner->scratch, n_lines);
    bool has_sets = n_lines == 0 || (checker->lines.words && checker->open.words);
    if (!has_sets || holds_make(planner->station, slots, planner->scratch, &planner->holds) < 0 ||
        recordings_make(planner->station, planner->segments, planner->scratch,
                        &planner->recordings) < 0 ||
        daily_make(planner->station, planner->from_us - SLOT_MAX_US,
                   planner->to_us + 2 * SLOT_MAX_US, planner->scratch, &planner->daily) < 0) {
        return plan_no_memory(reterr);
    }
    return jobs_make(planner, slots, reterr);
}

static int gather_aired(struct checker *checker)
{
    const struct planner *planner = checker->planner;
    int r = 0;
    for (size_t i = 0; r == 0 && i < planner->n_jobs; i++) {
        const struct slot *slot = planner->jobs[i].slot;
        struct trouble *aired = NULL;
        r = planner->jobs[i].airs ? troubles_count(&checker->aired, checker->arena, slot->uid, "",
                                                   slot->start_us, &aired)
                                  : 0;
    }
    return r;
}

int checker_look(struct checker *checker, const struct slots *slots, const struct plan *plan,
                 struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *scratch = arena_create(PLAN_MAX_BYTES);
    struct planner planner = {.station = checker->station,
                              .segments = checker->segments,
                              .from_us = plan->from_us,
                              .to_us = plan->to_us,
                              .arena = scratch,
                              .scratch = scratch};
    checker->planner = &planner;
    int r = scratch ? checker_prepare(checker, slots, reterr) : plan_no_memory(reterr);
    if (r == 0) {
        r = gather_conflicts(checker);
        r = r < 0 ? r : gather_gaps(checker);
        r = r < 0 ? r : gather_modes(checker, slots);
        r = r < 0 ? r : gather_items(checker, plan);
        r = r < 0 ? r : gather_aired(checker);
        r = r < 0 ? plan_no_memory(reterr) : 0;
    }
    checker->planner = NULL;
    return r;
}

int checker_tell(struct checker *checker, struct findings *findings, struct fault *reterr)
{
    checker->findings = findings;
    int r = tell_conflicts(checker);
    for (size_t i = 0; i < checker->gaps.n; i++) {
        tell_gap(checker, &checker->gaps.items[i]);
    }
    for (size_t i = 0; i < checker->modes.n; i++) {
        tell_mode(checker, &checker->modes.items[i]);
    }
    for (size_t i = 0; r == 0 && i < checker->items.n; i++) {
        r = tell_item(checker, &checker->items.items[i]);
    }
    r = r < 0 ? r : tell_ladders(checker);
    return r < 0 ? plan_no_memory(reterr) : 0;
}
