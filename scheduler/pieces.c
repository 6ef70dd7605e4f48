/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/planner_int.h"

/* What is left of an item, on which lines? Walking its cells, lines that begin together
 * form a run; lines that leave a run together are one piece with one set of lines. */

struct run {
    int64_t from_frame;
    struct line_set lines;
};

struct cutter {
    struct planner *planner;
    struct pick *pick;
    struct arena *arena;   /* gone with the job's cells */
    bool emergency;        /* the job's … */
    struct line_set lines; /* … and its lines */
    struct run *runs;
    size_t n_runs;
    size_t run_capacity;
    struct line_set heard; /* of the cell's lines those that no mode keeps from the recording … */
    struct line_set kept;  /* … and the others, of all cells */
    struct line_set part;  /* room for a set at work */
    struct line_set rest;
    struct piece *pieces; /* what the pick gets in the end */
    size_t n_pieces;
    size_t piece_capacity;
};

/* Sets repeat from piece to piece; the last one serves again. */
static struct line_set cutter_keep(const struct cutter *cutter, struct line_set lines)
{
    for (size_t i = cutter->n_pieces; i > 0; i--) {
        if (line_set_equal(cutter->pieces[i - 1].lines, lines)) {
            return cutter->pieces[i - 1].lines;
        }
    }
    return line_set_equal(cutter->lines, lines) ? cutter->lines
                                                : line_set_copy(cutter->planner->arena, lines);
}

static int cutter_emit(struct cutter *cutter, int64_t from_frame, int64_t until_frame,
                       struct line_set lines, enum end_cause cause)
{
    if (until_frame <= from_frame || line_set_is_empty(lines)) {
        return 0;
    }
    struct line_set kept = cutter_keep(cutter, lines);
    cutter->pieces = arena_grow(cutter->arena, cutter->pieces, cutter->n_pieces,
                                &cutter->piece_capacity, sizeof *cutter->pieces);
    if (!kept.words || !cutter->pieces) {
        return -ENOMEM;
    }
    cutter->pieces[cutter->n_pieces++] = (struct piece){.from_frame = from_frame,
                                                        .until_frame = until_frame,
                                                        .lines = kept,
                                                        .cause = cause};
    return 0;
}

/* End, in every run, the lines that do not sound in this cell. */
static int cutter_end_runs(struct cutter *cutter, const struct cell *cell, int64_t at_frame,
                           struct line_set sounding)
{
    int r = 0;
    size_t kept = 0;
    for (size_t i = 0; r == 0 && i < cutter->n_runs; i++) {
        struct run *run = &cutter->runs[i];
        line_set_clear(cutter->part); /* taken by a better slot … */
        line_set_or(cutter->part, run->lines);
        line_set_minus(cutter->part, cell->owned);
        r = cutter_emit(cutter, run->from_frame, at_frame, cutter->part, END_PREEMPTED);
        line_set_clear(cutter->part); /* … or still ours, but closed now */
        line_set_or(cutter->part, run->lines);
        line_set_and(cutter->part, cell->owned);
        line_set_minus(cutter->part, sounding);
        r = r == 0 ? cutter_emit(cutter, run->from_frame, at_frame, cutter->part, END_CUT) : r;
        line_set_and(run->lines, sounding);
        if (!line_set_is_empty(run->lines)) {
            cutter->runs[kept++] = *run;
        }
    }
    cutter->n_runs = r == 0 ? kept : cutter->n_runs;
    return r;
}

/* The lines that sound in this cell and are in no run yet begin one. */
static int cutter_begin_run(struct cutter *cutter, int64_t at_frame, struct line_set sounding)
{
    line_set_clear(cutter->rest);
    line_set_or(cutter->rest, sounding);
    for (size_t i = 0; i < cutter->n_runs; i++) {
        line_set_minus(cutter->rest, cutter->runs[i].lines);
    }
    if (line_set_is_empty(cutter->rest)) {
        return 0;
    }
    cutter->runs = arena_grow(cutter->arena, cutter->runs, cutter->n_runs, &cutter->run_capacity,
                              sizeof *cutter->runs);
    struct line_set lines = line_set_copy(cutter->arena, cutter->rest);
    if (!cutter->runs || !lines.words) {
        return -ENOMEM;
    }
    cutter->runs[cutter->n_runs++] = (struct run){.from_frame = at_frame, .lines = lines};
    return 0;
}

static int piece_compare(const void *a, const void *b)
{
    const struct piece *x = a;
    const struct piece *y = b;
    if (x->from_frame != y->from_frame) {
        return x->from_frame < y->from_frame ? -1 : 1;
    }
    size_t first = line_set_next(x->lines, 0);
    size_t second = line_set_next(y->lines, 0);
    return (first > second) - (first < second);
}

/* The lines on which the pick sounds in a cell. */
static struct line_set cutter_sounding(struct cutter *cutter, const struct cell *cell)
{
    const struct recording *recording = cutter->pick->recording;
    struct line_set lines =
        cell_lines(cutter->emergency && recording_is_emergency(recording), cell);
    if (!cutter->planner->holds.n) {
        return lines;
    }
    line_set_clear(cutter->heard);
    line_set_or(cutter->heard, lines);
    holds_take(&cutter->planner->holds, recording->kind, cell->from_frame, cell->from_frame + 1,
               cutter->heard);
    line_set_clear(cutter->part);
    line_set_or(cutter->part, lines);
    line_set_minus(cutter->part, cutter->heard);
    line_set_or(cutter->kept, cutter->part);
    return cutter->heard;
}

static int cutter_give_pieces(const struct cutter *cutter)
{
    struct pick *pick = cutter->pick;
    size_t n = cutter->n_pieces;
    pick->pieces = n ? arena_take(cutter->planner->scratch, n, sizeof *pick->pieces) : NULL;
    pick->n_pieces = n;
    if (n && !pick->pieces) {
        return -ENOMEM;
    }
    if (n) {
        memcpy(pick->pieces, cutter->pieces, n * sizeof *pick->pieces);
    }
    if (n > 1) {
        qsort(pick->pieces, n, sizeof *pick->pieces, piece_compare);
    }
    return 0;
}

/* Name the lines that hear nothing of it because of a mode. Filler is nobody's loss. */
static int cutter_name_withheld(struct cutter *cutter)
{
    struct pick *pick = cutter->pick;
    pick->withheld = (struct refusal){0};
    for (size_t i = 0; i < pick->n_pieces; i++) {
        line_set_minus(cutter->kept, pick->pieces[i].lines);
    }
    if (pick->state == PLAN_FILLER || line_set_is_empty(cutter->kept)) {
        return 0;
    }
    pick->withheld = (struct refusal){.lines = line_set_copy(cutter->planner->arena, cutter->kept),
                                      .reason = withheld_text(cutter->planner, pick->recording,
                                                              cutter->kept, pick->start_frame)};
    return pick->withheld.lines.words && pick->withheld.reason ? 0 : -ENOMEM;
}

int pick_cut(struct planner *planner, const struct job *job, struct pick *pick,
             const struct cells *cells, struct arena *arena)
{
    struct cutter cutter = {.planner = planner,
                            .pick = pick,
                            .arena = arena,
                            .emergency = job->emergency,
                            .lines = job->lines,
                            .heard = line_set_make(arena, planner->station->n_lines),
                            .kept = line_set_make(arena, planner->station->n_lines),
                            .part = line_set_make(arena, planner->station->n_lines),
                            .rest = line_set_make(arena, planner->station->n_lines)};
    int64_t end_frame = pick->start_frame + pick->n_frames;
    bool whole = cutter.heard.words && cutter.kept.words && cutter.part.words && cutter.rest.words;
    int r = whole ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < cells->n; i++) {
        const struct cell *cell = &cells->items[i];
        if (cell->until_frame <= pick->start_frame || cell->from_frame >= end_frame) {
            continue;
        }
        int64_t at = cell->from_frame > pick->start_frame ? cell->from_frame : pick->start_frame;
        struct line_set sounding = cutter_sounding(&cutter, cell);
        r = cutter_end_runs(&cutter, cell, at, sounding);
        r = r == 0 ? cutter_begin_run(&cutter, at, sounding) : r;
    }
    for (size_t i = 0; r == 0 && i < cutter.n_runs; i++) {
        r = cutter_emit(&cutter, cutter.runs[i].from_frame, end_frame, cutter.runs[i].lines,
                        pick->cause);
    }
    r = r == 0 ? cutter_give_pieces(&cutter) : r;
    return r == 0 ? cutter_name_withheld(&cutter) : r;
}

static bool piece_is_whole(const struct pick *pick, const struct piece *piece)
{
    return piece->from_frame == pick->start_frame &&
           piece->until_frame - piece->from_frame + pick->tail_frames ==
               pick->recording->segment->frames;
}

/* What is live is no recording that could repeat, or be whole: its time counts for its topic. */
static int pick_count_live(struct planner *planner, const struct pick *pick)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < pick->n_pieces; i++) {
        const struct piece *piece = &pick->pieces[i];
        struct planned_airing airing = {.segment_code = "",
                                        .topic = pick->recording->topic,
                                        .counts = COUNTS_NOTHING,
                                        .lines = piece->lines,
                                        .start_us = frames_to_us(piece->from_frame),
                                        .end_us = frames_to_us(piece->until_frame),
                                        .counts_airtime = true};
        r = quota_note(planner->standing, &airing);
    }
    return r;
}

int pick_count(struct planner *planner, const struct job *job, struct pick *pick)
{
    const struct recording *recording = pick->recording;
    if (recording->source != ITEM_SOURCE_COPY) {
        return pick_count_live(planner, pick);
    }
    bool was_counted = past_is_counted(recording->past);
    pick->repeat = past_aired_on_all(recording->past, job->slot->lines);
    for (size_t i = 0; i < pick->n_pieces; i++) {
        pick->pieces[i].repeat = past_aired_on_all(recording->past, pick->pieces[i].lines);
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < pick->n_pieces; i++) {
        const struct piece *piece = &pick->pieces[i];
        struct planned_airing airing = {.segment_code = recording->segment->code,
                                        .past = recording->past,
                                        .topic = recording->topic,
                                        .counts = recording->counts,
                                        .lines = piece->lines,
                                        .start_us = frames_to_us(piece->from_frame),
                                        .end_us = frames_to_us(piece->until_frame),
                                        .complete = piece_is_whole(pick, piece),
                                        .counts_airtime = pick->state == PLAN_PLANNED};
        r = quota_note(planner->standing, &airing);
    }
    pick->counts =
        !was_counted && recording->counts != COUNTS_NOTHING && past_is_counted(recording->past);
    return r;
}
