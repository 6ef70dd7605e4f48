/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/engine_int.h"

/* What was withdrawn while it was on, or about to be. It is found with the revision that tells
 * of it, which can then still fail as a whole; it is taken off when the next frame is made. */

void acts_mark_withdrawn(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        int64_t id = act->rung ? act->rung->id : act->item->segment_id;
        act->withdrawn = !act_is_live(act) && !act->over && !act->take_off.n_frames &&
                         airable_is_withdrawn(engine->airable, id);
    }
}

/* It goes on for as long as it takes to fade out, unless it ends by then anyway. */
static int act_fade_out(struct engine *engine, struct act *act)
{
    int64_t until = engine->position + TAKE_OFF_FRAMES;
    if (act->until_frame <= until) {
        return 0;
    }
    act->take_off = (struct mix_step){1, 0, engine->position, TAKE_OFF_FRAMES};
    act->until_frame = until;
    act->cause = END_STOPPED; /* which climbs no ladder by itself */
    return fallback_climb(engine, act, until);
}

static int act_take_off(struct engine *engine, struct act *act)
{
    act->withdrawn = false;
    if (act->airing || act->is_tail) {
        return act_fade_out(engine, act);
    }
    act->over = true;
    engine->dirty = true;
    /* What cannot be played has its ladder already. */
    return act->failed ? 0 : act_pass_on(engine, act);
}

int acts_take_off(struct engine *engine)
{
    int r = 0;
    for (size_t i = 0; i < engine->n_acts && r == 0; i++) {
        if (engine->acts[i]->withdrawn) {
            r = act_take_off(engine, engine->acts[i]);
            i = SIZE_MAX; /* acts may have been inserted before this one */
        }
    }
    return r;
}
