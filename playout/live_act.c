/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/engine_int.h"

/* A live source may give nothing for a while, and then sound again: its act is never given up. */

bool act_is_live(const struct act *act)
{
    return !act->rung && act->item->source != ITEM_SOURCE_COPY;
}

int act_stall(struct engine *engine, struct act *act)
{
    struct fault fault;
    fault_set(&fault, ETIMEDOUT, act->item->source_target, 0,
              _("nothing has come for %d s; the lines have their fallback until it sounds again"),
              STALL_FRAMES / AIR_RATE);
    airing_unplayable(engine, act, &fault);
    if (!act->airing) { /* an airing of nothing, as of a recording that cannot be opened */
        airing_begin(engine, act);
    }
    airing_finish(engine, act, engine->position, END_FAILED);
    act->stalled = true;
    act->rejoin_frame = 0;
    act->starved_frames = 0;
    engine->dirty = true;
    return act_pass_on(engine, act);
}

/* What sounds in its place fades out. Returns when that is over; now, if nothing does. */
static int64_t rungs_fade_out(struct engine *engine, const struct act *act)
{
    int64_t until = engine->position;
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *rung = engine->acts[i];
        if (!rung->rung || rung->item != act->item || rung->over) {
            continue;
        }
        if (!rung->airing) {
            rung->over = true;
            continue;
        }
        if (rung->until_frame > engine->position + TAKE_OFF_FRAMES) {
            rung->take_off = (struct mix_step){1, 0, engine->position, TAKE_OFF_FRAMES};
            rung->until_frame = engine->position + TAKE_OFF_FRAMES;
            rung->cause = END_PREEMPTED; /* and, taken off, it climbs no ladder */
        }
        until = rung->until_frame > until ? rung->until_frame : until;
    }
    engine->dirty = true;
    return until;
}

static void act_rejoin_live(struct engine *engine, struct act *act)
{
    int64_t n = act->until_frame - engine->position;
    int64_t in = n < REJOIN_FADE_FRAMES ? n : REJOIN_FADE_FRAMES;
    int64_t out = act->fade.out_frames < n - in ? act->fade.out_frames : n - in;
    act->fade = (struct mix_fade){act->fade.gain, n, in, out};
    act->fade_zero_frame = engine->position;
    act->stalled = false;
    act->rejoin_frame = 0;
    act->starved_frames = 0;
    engine->dirty = true;
}

void acts_rejoin_live(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (!act->stalled || act->over || !act->voice) {
            continue;
        }
        if (!act->rejoin_frame && tap_live_has_sound(&act->voice->tap)) {
            act->rejoin_frame = rungs_fade_out(engine, act);
        }
        if (act->rejoin_frame && act->rejoin_frame <= engine->position) {
            act_rejoin_live(engine, act);
        }
    }
}
