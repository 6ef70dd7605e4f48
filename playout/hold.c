/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/engine_int.h"
#include "station/station.h"

/* Lines that a person has stopped. What is on goes on in its place, unheard, so that it is joined
 * at the right frame when its lines are released. */

/* One airing for the lines it had, another for those that go on: both from the frame at which
 * the others fell silent, which may have been mixed already. */
static void act_lose_held(struct engine *engine, struct act *act, int64_t frame)
{
    line_set_clear(engine->lost);
    line_set_or(engine->lost, act->owned);
    line_set_and(engine->lost, act->wanted); /* the lines that are stopped now */
    line_set_minus(act->owned, engine->lost);
    if (!act->airing) {
        return;
    }
    line_set_or(act->denied, engine->lost);
    int64_t at = frame < engine->position ? frame : engine->position;
    at = at > act->airing_frame ? at : act->airing_frame;
    int64_t after = engine->position - at;
    after = after < act->heard_frames ? after : act->heard_frames;
    act->heard_frames -= after;
    airing_finish(engine, act, at, END_STOPPED);
    if (!line_set_is_empty(act->owned)) {
        int64_t position = engine->position;
        engine->position = at;
        airing_begin(engine, act);
        engine->position = position;
        act->heard_frames = after;
    }
}

void engine_hold(struct engine *engine, struct line_set lines, int64_t frame, int64_t decided_us)
{
    line_set_or(engine->held, lines);
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        if (line < engine->n_lines) {
            engine->line_states[line].held_us = decided_us;
        }
    }
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (line_set_meets(act->owned, lines)) {
            line_set_clear(act->wanted);
            line_set_or(act->wanted, lines);
            act_lose_held(engine, act, frame);
        }
    }
    mics_hold(engine, lines);
    engine->dirty = true;
    engine->regroup = true;
}

void engine_release(struct engine *engine, struct line_set lines)
{
    line_set_minus(engine->held, lines);
    for (size_t i = 0; i < engine->n_acts; i++) {
        line_set_minus(engine->acts[i]->denied, lines);
    }
    engine->dirty = true;
}

/* The lines on which the act is not to be heard, into engine->lost. */
static void find_held(struct engine *engine, const struct act *act)
{
    line_set_clear(engine->lost);
    line_set_or(engine->lost, act->wanted);
    line_set_and(engine->lost, engine->held);
    if (act->decided_us == INT64_MIN) {
        return;
    }
    for (size_t line = line_set_next(engine->lost, 0); line != SIZE_MAX;
         line = line_set_next(engine->lost, line + 1)) {
        if (engine->line_states[line].held_us < act->decided_us) {
            line_set_remove(engine->lost, line);
        }
    }
}

void act_tell_unheard(struct engine *engine, struct act *act, struct line_set lines,
                      enum end_cause cause)
{
    struct act told = *act;
    told.owned = lines;
    airing_begin(engine, &told);
    airing_finish(engine, &told, engine->position, cause);
}

void act_leave_held(struct engine *engine, struct act *act)
{
    if (!line_set_meets(act->wanted, engine->held)) {
        return;
    }
    find_held(engine, act);
    line_set_minus(act->wanted, engine->lost);
    line_set_minus(engine->lost, act->denied); /* those that are new to it */
    if (!line_set_is_empty(engine->lost) && !act->rung) {
        act_tell_unheard(engine, act, engine->lost, END_STOPPED);
    }
    line_set_or(act->denied, engine->lost);
}
