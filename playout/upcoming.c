/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "playout/engine_int.h"

/* What each line is to carry next. It is looked up only after what lies ahead has changed, because
 * thousands of lines may share thousands of items. */

static void lines_note(struct engine *engine, struct line_set lines, const struct plan_item *item,
                       int64_t frame)
{
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        struct line_state *state = &engine->line_states[line];
        if (!state->next || frame < state->next_frame) {
            state->next = item;
            state->next_frame = frame;
        }
    }
}

/* What was taken up already, but does not sound yet. */
static void note_prepared(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        const struct act *act = engine->acts[i];
        if (!act->begun && !act->over && !act->rung && act->from_frame > engine->position) {
            lines_note(engine, act->asked, act->item, act->from_frame);
        }
    }
}

/* The agenda is in the order of time, so a line has its item with the first that names it. */
static void note_planned(struct engine *engine)
{
    struct line_set left = engine->taken; /* scratch of acts_own() */
    line_set_clear(left);
    line_set_or(left, engine->carried);
    for (size_t line = line_set_next(left, 0); line != SIZE_MAX;
         line = line_set_next(left, line + 1)) {
        if (engine->line_states[line].next) {
            line_set_remove(left, line);
        }
    }
    const struct agenda_item *entry = NULL;
    for (size_t i = 0; !line_set_is_empty(left) && (entry = agenda_item_at(engine->agenda, i));
         i++) {
        if (line_set_meets(entry->item->lines, left)) {
            line_set_clear(engine->lost);
            line_set_or(engine->lost, entry->item->lines);
            line_set_and(engine->lost, left);
            lines_note(engine, engine->lost, entry->item, entry->from_frame);
            line_set_minus(left, engine->lost);
        }
    }
}

void engine_look_up_next(struct engine *engine)
{
    if (!engine->is_next_stale) {
        return;
    }
    engine->is_next_stale = false;
    for (size_t line = 0; line < engine->n_lines; line++) {
        engine->line_states[line].next = NULL;
    }
    note_prepared(engine);
    note_planned(engine);
}
