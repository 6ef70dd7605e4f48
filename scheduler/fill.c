/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/i18n.h"
#include "scheduler/planner_int.h"

/* The timeline of a slot: its asks, one after the other to the frame, then filler. */

struct ahead {
    size_t ask;
    struct recording *recording; /* NULL: nothing could be chosen */
    const char *reason;
};

struct fill {
    struct planner *planner;
    struct job *job;
    struct cells cells;
    struct arena *arena; /* gone with the cells */
    int64_t now_frame;   /* where the next item starts */
    int64_t room_frame;  /* what rotation chooses must end by then */
    /* What follows a `*` is chosen before it, so that it has room. */
    struct ahead *ahead;
    size_t n_ahead;
    size_t n_ahead_laid;
    size_t ahead_capacity;
};

static int fill_add(struct fill *fill, struct pick pick)
{
    struct job *job = fill->job;
    job->picks = arena_grow(fill->planner->scratch, job->picks, job->n_picks, &job->pick_capacity,
                            sizeof *job->picks);
    if (!job->picks) {
        return -ENOMEM;
    }
    struct pick *added = &job->picks[job->n_picks++];
    *added = pick;
    added->start_frame = fill->now_frame;
    fill->now_frame += pick.n_frames;
    if (!added->n_frames) {
        return 0;
    }
    int r = pick_cut(fill->planner, job, added, &fill->cells, fill->arena);
    return r < 0 ? r : pick_count(fill->planner, job, added);
}

static int fill_add_unfilled(struct fill *fill, const char *title, const char *reason)
{
    return fill_add(fill, (struct pick){.title = title, .state = PLAN_UNFILLED, .reason = reason});
}

const char *withheld_text(struct planner *planner, const struct recording *recording,
                          struct line_set lines, int64_t from_frame)
{
    const struct holds *holds = &planner->holds;
    const struct hold *first = NULL;
    size_t i = holds_before(holds, from_frame + recording->segment->frames);
    while ((i = holds_overlap(holds, i, recording->kind, from_frame)) != SIZE_MAX) {
        first = line_set_meets(holds->items[i].lines, lines) ? &holds->items[i] : first;
    }
    return arena_printf(planner->arena,
                        _("the station mode \"%s\" withholds recordings of kind %s at that time"),
                        first ? first->mode->title : "", recording->segment->kind);
}

/* Refuse a recording that a mode keeps all the slot's lines from hearing, at no time of the
 * timeline. 1: it was refused; 0: it may sound. */
static int fill_refuse_withheld(struct fill *fill, const struct recording *recording)
{
    struct planner *planner = fill->planner;
    const struct job *job = fill->job;
    int64_t end_frame = fill->now_frame + recording->segment->frames;
    end_frame = end_frame < job->end_frame ? end_frame : job->end_frame;
    if (holds_free_frame(&planner->holds, recording->kind, job->slot->lines, fill->now_frame) <
        (end_frame > fill->now_frame ? end_frame : fill->now_frame + 1)) {
        return 0;
    }
    const char *reason = withheld_text(planner, recording, job->slot->lines, fill->now_frame);
    int r = reason ? fill_add(fill, (struct pick){.title = recording->segment->title,
                                                  .state = PLAN_REFUSED,
                                                  .reason = reason})
                   : -ENOMEM;
    return r < 0 ? r : 1;
}

/* What still sounds at now_frame of what was laid down last. */
static int64_t fill_tail(const struct fill *fill)
{
    const struct job *job = fill->job;
    const struct pick *last = job->n_picks ? &job->picks[job->n_picks - 1] : NULL;
    return last && last->start_frame + last->n_frames == fill->now_frame ? last->tail_frames : 0;
}

/* How long a recording fades in: where its kind flows, too, over the tail before it, so that their
 * gains add up to one. */
static int64_t fill_crossfade(const struct fill *fill, const struct recording *recording,
                              int64_t n_frames)
{
    int64_t tail = fill_tail(fill);
    return recording->tail_frames && tail <= n_frames ? tail : 0;
}

/* Lay a recording down, cut where end_frame comes first. */
static int fill_add_sound(struct fill *fill, struct recording *recording, int64_t end_frame,
                          struct pick pick)
{
    int64_t room = end_frame - fill->now_frame;
    int64_t whole = recording->segment->frames;
    bool cut = whole > room;
    pick.recording = recording;
    pick.n_frames = cut ? room : whole - recording->tail_frames;
    pick.cause = cut ? END_CUT : END_COMPLETE;
    pick.fade_in_frames = fill_crossfade(fill, recording, pick.n_frames);
    if (cut) {
        pick.fade_out_frames = room < FADE_OUT_FRAMES ? room : FADE_OUT_FRAMES;
    } else {
        pick.tail_frames = recording->tail_frames;
    }
    return fill_add(fill, pick);
}

static int fill_recording(struct fill *fill, struct recording *recording, const char *reason)
{
    int r = fill_refuse_withheld(fill, recording);
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    int64_t room = fill->job->end_frame - fill->now_frame;
    if (room < recording->segment->frames && room < SOUND_MIN_FRAMES) {
        return fill_add_unfilled(fill, recording->segment->title,
                                 _("no time was left for it in the slot"));
    }
    return fill_add_sound(fill, recording, fill->job->end_frame,
                          (struct pick){.state = PLAN_PLANNED, .reason = reason, .named = true});
}

/* Frames that what comes after ask `i` needs, as far as that is known. */
static int64_t fill_reserved(const struct fill *fill, size_t i)
{
    int64_t frames = asks_reserved(&fill->job->asks, i);
    for (size_t k = fill->n_ahead_laid; k < fill->n_ahead; k++) {
        if (fill->ahead[k].ask > i && fill->ahead[k].recording) {
            frames += fill->ahead[k].recording->segment->frames;
        }
    }
    return frames;
}

/* Choose for the rotation ask k, leaving room for all that is reserved after ask i. With
 * nothing to choose, *ret is NULL; fill_obstacle() says why. */
static int fill_choose(struct fill *fill, size_t k, size_t i, struct recording **ret,
                       const char **ret_reason)
{
    return rotation_choose(fill->planner, fill->job, &fill->job->asks.items[k],
                           frames_to_us(fill->now_frame),
                           fill->room_frame - fill->now_frame - fill_reserved(fill, i), ret,
                           ret_reason);
}

static const char *fill_obstacle(const struct fill *fill, size_t k)
{
    return rotation_obstacle(fill->planner, fill->job, &fill->job->asks.items[k],
                             frames_to_us(fill->now_frame));
}

static int fill_choose_ahead(struct fill *fill, size_t i)
{
    const struct asks *asks = &fill->job->asks;
    for (size_t k = i + 1; k < asks->n; k++) {
        for (int c = 0; asks->items[k].ask == ASK_ROTATION && c < asks->items[k].count; c++) {
            fill->ahead = arena_grow(fill->arena, fill->ahead, fill->n_ahead, &fill->ahead_capacity,
                                     sizeof *fill->ahead);
            if (!fill->ahead) {
                return -ENOMEM;
            }
            struct ahead ahead = {.ask = k};
            int r = fill_choose(fill, k, i, &ahead.recording, &ahead.reason);
            if (r < 0) {
                return r;
            }
            fill->ahead[fill->n_ahead++] = ahead;
        }
    }
    return 0;
}

static int fill_add_chosen(struct fill *fill, struct recording *recording, const char *reason)
{
    int r = fill_refuse_withheld(fill, recording);
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    return fill_add_sound(fill, recording, fill->room_frame,
                          (struct pick){.state = PLAN_PLANNED, .reason = reason});
}

/* One of a counted ask: as chosen ahead, else now. */
static int fill_counted(struct fill *fill, size_t i)
{
    struct recording *recording = NULL;
    const char *reason = NULL;
    if (fill->n_ahead_laid < fill->n_ahead && fill->ahead[fill->n_ahead_laid].ask == i) {
        recording = fill->ahead[fill->n_ahead_laid].recording;
        reason = fill->ahead[fill->n_ahead_laid++].reason;
    }
    /* Its hours or dates may have begun or ended in the meantime, or a mode. */
    if (!recording || !rotation_may_begin(fill->planner, fill->job, recording, fill->now_frame)) {
        int r = fill_choose(fill, i, i, &recording, &reason);
        if (r < 0) {
            return r;
        }
        if (!recording) {
            reason = fill_obstacle(fill, i);
        }
    }
    return recording ? fill_add_chosen(fill, recording, reason)
                     : fill_add_unfilled(fill, NULL, reason);
}

/* As many as fit. A slot that is nothing but rotation says so when nothing did. */
static int fill_starred(struct fill *fill, size_t i)
{
    int r = fill->n_ahead ? 0 : fill_choose_ahead(fill, i);
    for (bool first = true; r == 0; first = false) {
        struct recording *recording = NULL;
        const char *reason = NULL;
        r = fill_choose(fill, i, i, &recording, &reason);
        if (r == 0 && !recording) {
            return first && fill->job->asks.n == 1
                       ? fill_add_unfilled(fill, NULL, fill_obstacle(fill, i))
                       : 0;
        }
        r = r == 0 ? fill_add_chosen(fill, recording, reason) : r;
    }
    return r;
}

static int fill_rotation(struct fill *fill, size_t i)
{
    int count = fill->job->asks.items[i].count;
    if (count == 0) {
        return fill_starred(fill, i);
    }
    int r = 0;
    for (int c = 0; r == 0 && c < count; c++) {
        r = fill_counted(fill, i);
    }
    return r;
}

/* Fill the time until a frame with the station's filler, unless the slot outranks
 * normal programmes: then silence is meant. */
static int fill_filler(struct fill *fill, int64_t until_frame)
{
    const struct job *job = fill->job;
    int r = 0;
    while (r == 0 && !slot_is_urgent(job->slot) &&
           until_frame - fill->now_frame - fill_tail(fill) >= SOUND_MIN_FRAMES &&
           fill->now_frame < fill->cells.open_until_frame) {
        struct kind_time time;
        struct recording *filler = rotation_filler(fill->planner, job, fill->now_frame, &time);
        if (!filler || time.from_frame > until_frame - SOUND_MIN_FRAMES) {
            break;
        }
        fill->now_frame = time.from_frame; /* silence until its hours begin */
        int64_t free_frame = holds_free_frame(&fill->planner->holds, filler->kind, job->slot->lines,
                                              fill->now_frame);
        if (free_frame > fill->now_frame) { /* and until no mode withholds it */
            fill->now_frame = free_frame < until_frame ? free_frame : until_frame;
            continue;
        }
        int64_t end_frame = time.until_frame < until_frame ? time.until_frame : until_frame;
        if (end_frame - fill->now_frame < SOUND_MIN_FRAMES) {
            fill->now_frame = end_frame;
            continue;
        }
        r = fill_add_sound(fill, filler, end_frame,
                           (struct pick){.state = PLAN_FILLER,
                                         .reason = _("fills what the slot left over")});
    }
    return r;
}

/* A live source has what the recordings after it leave of the slot. Where a mode withholds it,
 * filler has that. */
static int fill_live(struct fill *fill, size_t i)
{
    const struct ask *ask = &fill->job->asks.items[i];
    int64_t until_frame = fill->job->nominal_end_frame - fill_reserved(fill, i);
    int r = fill_refuse_withheld(fill, ask->recording);
    if (r != 0) {
        return r < 0 ? r : fill_filler(fill, until_frame);
    }
    if (until_frame - fill->now_frame < SOUND_MIN_FRAMES) {
        return fill_add_unfilled(fill, ask->recording->segment->title,
                                 _("no time was left for it in the slot"));
    }
    int64_t n_frames = until_frame - fill->now_frame;
    return fill_add(fill, (struct pick){.recording = ask->recording,
                                        .n_frames = n_frames,
                                        .cause = END_COMPLETE,
                                        .fade_out_frames = FADE_SHORT_FRAMES,
                                        .state = PLAN_PLANNED,
                                        .reason = ask->reason,
                                        .named = true});
}

static int fill_ask(struct fill *fill, size_t i)
{
    const struct ask *ask = &fill->job->asks.items[i];
    switch (ask->ask) {
    case ASK_RECORDING:
        return fill_recording(fill, ask->recording, ask->reason);
    case ASK_MISSING:
        return fill_add_unfilled(fill, ask->title, ask->reason);
    case ASK_WITHDRAWN:
        return fill_add(fill, (struct pick){.title = ask->title,
                                            .state = PLAN_REFUSED,
                                            .reason = ask->reason});
    case ASK_LIVE:
        return fill_live(fill, i);
    case ASK_ROTATION:
        break;
    }
    return fill_rotation(fill, i);
}

static int fill_all(struct fill *fill)
{
    struct job *job = fill->job;
    int r = 0;
    for (size_t i = 0; r == 0 && i < job->asks.n; i++) {
        r = fill_ask(fill, i);
    }
    return r < 0 ? r : fill_filler(fill, job->end_frame);
}

int job_fill(struct planner *planner, struct job *job, struct fault *reterr)
{
    arena_clear(planner->moment);
    planner->n_fillings++;
    if (!job->lines.words) {
        job->lines = line_set_copy(planner->arena, job->slot->lines);
    }
    job->listeners = standing_listeners(planner->standing, job->slot->lines);
    if (!job->lines.words || !job->listeners) {
        return plan_no_memory(reterr);
    }
    struct fill fill = {.planner = planner,
                        .job = job,
                        .arena = planner->moment,
                        .now_frame = job->start_frame};
    if (cells_make(planner, job, planner->moment, &fill.cells) < 0) {
        return plan_no_memory(reterr);
    }
    bool holds_time = job->end_frame > job->start_frame;
    if (holds_time && fill.cells.open_until_frame == INT64_MIN) {
        return 0; /* its refusals say why it is not heard */
    }
    fill.room_frame = job->nominal_end_frame < fill.cells.open_until_frame
                          ? job->nominal_end_frame
                          : fill.cells.open_until_frame;
    job->room_frame = fill.room_frame;
    return fill_all(&fill) < 0 ? plan_no_memory(reterr) : 0;
}

/* The repeat flags were settled when the job was counted; pieces keep them. */
static void piece_inherit(struct piece *piece, const struct pick *before)
{
    size_t line = line_set_next(piece->lines, 0);
    piece->repeat = before->repeat;
    for (size_t i = 0; i < before->n_pieces; i++) {
        if (line_set_has(before->pieces[i].lines, line)) {
            piece->repeat = before->pieces[i].repeat;
        }
    }
}

int job_cut_again(struct planner *planner, struct job *job, struct fault *reterr)
{
    struct cells cells = {0};
    arena_clear(planner->moment);
    int r = cells_make(planner, job, planner->moment, &cells);
    for (size_t i = 0; r == 0 && i < job->n_picks; i++) {
        struct pick before = job->picks[i];
        if (!before.n_frames) {
            continue;
        }
        r = pick_cut(planner, job, &job->picks[i], &cells, planner->moment);
        for (size_t k = 0; r == 0 && k < job->picks[i].n_pieces; k++) {
            piece_inherit(&job->picks[i].pieces[k], &before);
        }
    }
    return r < 0 ? plan_no_memory(reterr) : 0;
}
