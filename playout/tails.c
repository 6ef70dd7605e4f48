/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "playout/engine_int.h"

/* The end of a recording that flows into what follows it: its item is over, and its airing, but it
 * still sounds, fading out, under whoever owns its lines by now. It owns none itself. */

bool item_has_tail(const struct plan_item *item)
{
    return item->tail_frames > 0 && item->end_cause == END_COMPLETE &&
           item->offset_frames + item->n_frames == item->whole_frames;
}

bool act_becomes_tail(struct engine *engine, struct act *act)
{
    bool sounds = act->airing || !line_set_is_empty(act->under);
    if (act->is_tail || act->rung || !sounds || !act->voice || engine->stopping ||
        act->cause != END_COMPLETE || !item_has_tail(act->item)) {
        return false;
    }
    act->is_tail = true;
    act->until_frame += act->item->tail_frames;
    line_set_clear(act->asked);
    line_set_or(act->asked, act->owned);
    line_set_or(act->asked, act->under);
    return true;
}

void tails_lay_under(struct engine *engine)
{
    for (size_t line = 0; line < engine->n_lines; line++) {
        engine->line_states[line].tail = NULL;
    }
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (!act->is_tail || act->over) {
            continue;
        }
        line_set_clear(engine->lost);
        line_set_or(engine->lost, act->asked);
        line_set_and(engine->lost, engine->carried);
        line_set_and(engine->lost, engine->open);
        agenda_withhold(engine->agenda, act->item->kind, engine->position, engine->lost);
        for (size_t line = line_set_next(engine->lost, 0); line != SIZE_MAX;
             line = line_set_next(engine->lost, line + 1)) {
            engine->line_states[line].tail = act;
        }
    }
}
