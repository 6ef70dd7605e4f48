/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "scheduler/planner_int.h"

/* The plan, step by step; see planner_int.h. */

int plan_no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0,
                     _("the plan does not fit into memory; ask for a shorter time"));
}

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int plan_item_compare(const void *a, const void *b)
{
    const struct plan_item *x = a;
    const struct plan_item *y = b;
    int order = compare_i64(x->start_frame, y->start_frame);
    if (order) {
        return order;
    }
    size_t first = line_set_next(x->lines, 0);
    size_t second = line_set_next(y->lines, 0);
    order = (first > second) - (first < second);
    order = order ? order : strcmp(x->slot_uid, y->slot_uid);
    order = order ? order : compare_i64(x->slot_recurrence_us, y->slot_recurrence_us);
    order = order ? order : x->position - y->position;
    return order ? order : x->piece - y->piece;
}

void plan_sort(struct plan_item *items, size_t n)
{
    if (n) {
        qsort(items, n, sizeof *items, plan_item_compare);
    }
}

/* -- from picks to items ----------------------------------------------------- */

/* What was asked for by name and is heard nowhere gets an item that says so. */
static size_t pick_n_items(const struct pick *pick)
{
    bool silent = !pick->n_frames || (pick->named && !pick->n_pieces);
    return silent ? 1 : pick->n_pieces + (pick->withheld.reason != NULL);
}

static size_t job_n_items(const struct job *job)
{
    if (!job->in_window) {
        return 0;
    }
    if (!job->airs) {
        return job->reason ? 1 : 0;
    }
    size_t n = job->n_refusals;
    for (size_t i = 0; i < job->n_picks; i++) {
        n += pick_n_items(&job->picks[i]);
    }
    return n;
}

/* Items being written down. */
struct writer {
    struct planner *planner;
    struct plan_item *items;
    size_t n;
    struct plan_item base; /* what all items of one slot share */
};

static int writer_begin_slot(struct writer *writer, const struct job *job)
{
    struct arena *arena = writer->planner->arena;
    const struct slot *slot = job->slot;
    writer->base = (struct plan_item){.start_frame = job->start_frame,
                                      .lines = job->lines.words ? job->lines
                                                                : line_set_copy(arena, slot->lines),
                                      .segment_code = "",
                                      .source_name = "",
                                      .source_target = "",
                                      .kind = "",
                                      .tags = "",
                                      .slot_uid = arena_strdup(arena, slot->uid),
                                      .slot_recurrence_us = slot->recurrence_us,
                                      .slot_start_us = slot->start_us,
                                      .slot_title = arena_strdup(arena, slot->title),
                                      .priority = slot->priority,
                                      .reason = ""};
    writer->base.title = writer->base.slot_title;
    bool whole = writer->base.lines.words && writer->base.slot_uid && writer->base.slot_title;
    return whole ? 0 : -ENOMEM;
}

/* An item that does not sound. title NULL: the slot's. */
static int writer_add_silent(struct writer *writer, enum plan_state state, const char *title,
                             int position, const char *reason)
{
    struct arena *arena = writer->planner->arena;
    struct plan_item *item = &writer->items[writer->n++];
    *item = writer->base;
    item->state = state;
    item->position = position;
    item->title = title ? arena_strdup(arena, title) : item->slot_title;
    item->reason = arena_strdup(arena, reason);
    return item->title && item->reason ? 0 : -ENOMEM;
}

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void plan_item_set_fades(struct plan_item *item, const struct pick *pick,
                                const struct piece *piece)
{
    bool to_the_end = piece->until_frame == pick->start_frame + pick->n_frames;
    item->fade_out_frames =
        min_i64(to_the_end ? pick->fade_out_frames : FADE_SHORT_FRAMES, item->n_frames);
    bool joins = item->offset_frames || item->source != ITEM_SOURCE_COPY;
    item->fade_in_frames = min_i64(joins ? FADE_SHORT_FRAMES : pick->fade_in_frames,
                                   item->n_frames - item->fade_out_frames);
}

static int writer_add_pieces(struct writer *writer, const struct job *job, int position)
{
    const struct pick *pick = &job->picks[position];
    struct recording *recording = pick->recording;
    if (!recording->copy) {
        recording->copy = segment_copy(writer->planner->arena, recording->segment);
        if (!recording->copy) {
            return -ENOMEM;
        }
    }
    const struct segment *segment = recording->copy;
    bool is_live = recording->source != ITEM_SOURCE_COPY;
    const char *name = is_live ? arena_strdup(writer->planner->arena, recording->source_name) : "";
    const char *target =
        is_live ? arena_strdup(writer->planner->arena, recording->source_target) : "";
    if (!name || !target) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < pick->n_pieces; i++) {
        const struct piece *piece = &pick->pieces[i];
        struct plan_item *item = &writer->items[writer->n++];
        *item = writer->base;
        item->start_frame = piece->from_frame;
        item->n_frames = piece->until_frame - piece->from_frame;
        item->offset_frames = piece->from_frame - pick->start_frame;
        item->lines = piece->lines;
        item->segment_id = segment->id;
        item->segment_code = segment->code;
        item->segment_version = segment->version;
        item->title = segment->title;
        item->kind = segment->kind;
        item->topic = segment->topic;
        item->tags = segment->tags;
        memcpy(item->air_sha256, segment->air_sha256, sizeof item->air_sha256);
        item->channels = segment->channels;
        item->whole_frames = segment->frames - pick->tail_frames;
        item->tail_frames = pick->tail_frames;
        item->cue_in_frames = segment->cue_in_frames;
        item->copy_frames = segment->copy_frames;
        item->source = recording->source;
        item->source_name = name;
        item->source_target = target;
        if (item->source != ITEM_SOURCE_COPY) {
            item->whole_frames = item->offset_frames + item->n_frames;
        }
        item->gain_db = segment->gain_db + job->slot->gain_db;
        item->position = position;
        item->piece = (int)i;
        item->end_cause = piece->cause;
        item->state = pick->state;
        item->repeat = piece->repeat;
        item->reason = pick->reason;
        plan_item_set_fades(item, pick, piece);
    }
    return 0;
}

static int writer_add_pick(struct writer *writer, const struct job *job, int position)
{
    const struct pick *pick = &job->picks[position];
    writer->base.start_frame = pick->start_frame;
    if (!pick->n_frames) {
        return writer_add_silent(writer, pick->state, pick->title, position, pick->reason);
    }
    if (pick->named && !pick->n_pieces) {
        return writer_add_silent(writer, PLAN_REFUSED, pick->recording->segment->title, position,
                                 pick->withheld.reason
                                     ? pick->withheld.reason
                                     : _("when it would have aired, its lines were closed or held "
                                         "by what ranks higher"));
    }
    int r = writer_add_pieces(writer, job, position);
    if (r == 0 && pick->withheld.reason) {
        struct plan_item *item = &writer->items[writer->n];
        r = writer_add_silent(writer, PLAN_REFUSED, pick->recording->segment->title, position,
                              pick->withheld.reason);
        item->lines = pick->withheld.lines;
        item->piece = (int)pick->n_pieces;
    }
    return r;
}

static int writer_add_job(struct writer *writer, const struct job *job)
{
    int r = writer_begin_slot(writer, job);
    if (r == 0 && !job->airs) {
        return writer_add_silent(writer, PLAN_REFUSED, NULL, 0, job->reason);
    }
    for (size_t i = 0; r == 0 && i < job->n_picks; i++) {
        r = writer_add_pick(writer, job, (int)i);
    }
    writer->base.start_frame = job->start_frame;
    for (size_t i = 0; r == 0 && i < job->n_refusals; i++) {
        writer->base.lines = job->refusals[i].lines;
        r = writer_add_silent(writer, PLAN_REFUSED, NULL, (int)(job->n_picks + i),
                              job->refusals[i].reason);
    }
    return r;
}

static int planner_write(struct planner *planner, struct plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < planner->n_jobs; i++) {
        n += job_n_items(&planner->jobs[i]);
    }
    struct writer writer = {.planner = planner,
                            .items = arena_take(planner->arena, n, sizeof *writer.items)};
    int r = writer.items ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < planner->n_jobs; i++) {
        if (job_n_items(&planner->jobs[i])) {
            r = writer_add_job(&writer, &planner->jobs[i]);
        }
    }
    if (r < 0) {
        return r;
    }
    plan_sort(writer.items, writer.n);
    plan->items = writer.items;
    plan->n_items = writer.n;
    r = plan_make_withheld(planner->station, &planner->holds, plan);
    return r < 0 ? r : plan_make_levels(planner->station, plan, planner->scratch);
}

/* -- the steps --------------------------------------------------------------- */

static int planner_make_daily(struct planner *planner)
{
    int64_t until_frame = frames_from_us(planner->to_us + SLOT_MAX_US);
    if (planner->n_jobs && planner->last_end_frame[planner->n_jobs - 1] > until_frame) {
        until_frame = planner->last_end_frame[planner->n_jobs - 1];
    }
    /* A day before for slots that run into the window, one after for starts that wait. */
    int64_t from_us = planner->from_us - SLOT_MAX_US;
    int64_t to_us = frames_to_us(until_frame) + SLOT_MAX_US;
    int r = daily_make(planner->station, from_us, to_us, planner->scratch, &planner->daily);
    return r < 0 ? r
                 : daily_make_kinds(planner->station, from_us, to_us, planner->scratch,
                                    &planner->daily);
}

static int planner_prepare(struct planner *planner, const struct slots *slots, struct fault *reterr)
{
    if (holds_make(planner->station, slots, planner->scratch, &planner->holds) < 0 ||
        recordings_make(planner->station, planner->segments, planner->scratch,
                        &planner->recordings) < 0) {
        return plan_no_memory(reterr);
    }
    for (size_t i = 0; i < planner->recordings.n; i++) {
        struct recording *recording = &planner->recordings.items[i];
        recording->past = standing_past(planner->standing, recording->segment->code);
        if (!recording->past) {
            return plan_no_memory(reterr);
        }
    }
    planner->wanted =
        arena_take(planner->scratch, planner->recordings.n_groups, sizeof *planner->wanted);
    if (!planner->wanted) {
        return plan_no_memory(reterr);
    }
    int r = jobs_make(planner, slots, reterr);
    if (r < 0) {
        return r;
    }
    return planner_make_daily(planner) < 0 ? plan_no_memory(reterr) : frozen_count(planner, reterr);
}

static int planner_begin_standing(struct planner *planner, struct fault *reterr)
{
    if (!planner->simulation) {
        return standing_read(planner->db, planner->station, planner->from_us, planner->scratch,
                             &planner->standing, reterr);
    }
    return simulation_begin(planner->simulation, planner) < 0 ? plan_no_memory(reterr) : 0;
}

/* A simulation has no plan. */
static int plan_run(struct planner planner, const struct slots *slots, struct plan **ret_plan,
                    struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(PLAN_MAX_BYTES);
    AUTO(arena_destroy) struct arena *scratch = arena_create(PLAN_MAX_BYTES);
    AUTO(arena_destroy) struct arena *moment = arena_create(PLAN_MAX_BYTES);
    AUTO(arena_destroy) struct arena *tried = arena_create(PLAN_MAX_BYTES);
    struct plan *plan = arena ? arena_take(arena, 1, sizeof *plan) : NULL;
    if (!plan || !scratch || !moment || !tried) {
        return plan_no_memory(reterr);
    }
    planner.arena = arena;
    planner.scratch = scratch;
    planner.moment = moment;
    planner.tried = tried;
    *plan = (struct plan){.from_us = planner.from_us,
                          .to_us = planner.to_us,
                          .n_lines = planner.station->n_lines,
                          .arena = arena};
    int r = planner_begin_standing(&planner, reterr);
    r = r == 0 ? planner_prepare(&planner, slots, reterr) : r;
    r = r == 0 ? planner_fill(&planner, reterr) : r;
    if (r < 0) {
        return r;
    }
    if (planner.simulation) {
        return simulation_take(planner.simulation, &planner) < 0 ? plan_no_memory(reterr) : 0;
    }
    if (planner_write(&planner, plan) < 0) {
        return plan_no_memory(reterr);
    }
    (void)STEAL(arena);
    *ret_plan = plan;
    return 0;
}

int plan_from_slots(const struct station *station, const struct slots *slots,
                    const struct segments *segments, struct db *db, int64_t from_us, int64_t to_us,
                    struct plan **ret_plan, struct fault *reterr)
{
    struct planner planner = {
        .station = station, .segments = segments, .db = db, .from_us = from_us, .to_us = to_us};
    return plan_run(planner, slots, ret_plan, reterr);
}

int plan_simulate(const struct station *station, const struct slots *slots,
                  const struct segments *segments, struct db *db, struct simulation *simulation,
                  int64_t from_us, int64_t to_us, struct fault *reterr)
{
    struct planner planner = {.station = station,
                              .segments = segments,
                              .db = db,
                              .simulation = simulation,
                              .from_us = from_us,
                              .to_us = to_us};
    return plan_run(planner, slots, NULL, reterr);
}
