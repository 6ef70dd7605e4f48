/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/engine_int.h"
#include "station/station.h"

/* A live source may give nothing, or only silence, for a while, and then sound again: its act is
 * never given up. */

/* Of a microphone that is open nothing is that quiet, nor of a minute of silence that it carries.
 */
static const float DEAD_MEAN_SQUARE = 1e-8F; /* ENGINE_DEAD_DBFS */

bool act_is_live(const struct act *act)
{
    return !act->rung && act->item->source != ITEM_SOURCE_COPY;
}

void act_listen(struct act *act, size_t n)
{
    float mean_square = mix_measure(act->voice->tap.block, n).mean_square;
    bool is_loud = mean_square >= QUIET_MEAN_SQUARE;
    if (!act->is_silent) {
        act->quiet_frames =
            act->airing && mean_square < DEAD_MEAN_SQUARE ? act->quiet_frames + (int64_t)n : 0;
    } else if (is_loud) {
        act->loud_frames += (int64_t)n;
        act->quiet_frames = 0;
    } else {
        act->quiet_frames += (int64_t)n;
        act->loud_frames = act->quiet_frames > PAUSE_FRAMES ? 0 : act->loud_frames;
    }
}

/* The shortest that its lines have. INT64_MAX: all of them may be silent for ever. */
static int64_t patience_frames(const struct engine *engine, const struct act *act)
{
    int64_t patience = INT64_MAX;
    for (size_t line = line_set_next(act->owned, 0); line != SIZE_MAX;
         line = line_set_next(act->owned, line + 1)) {
        int64_t us = engine->options.station->lines[line].silence_us;
        int64_t frames = us > 0 ? frames_from_us(us) : INT64_MAX;
        patience = frames < patience ? frames : patience;
    }
    return patience;
}

bool act_fell_silent(struct engine *engine, struct act *act)
{
    if (!act_is_live(act) || !act->airing || act->quiet_frames < PAUSE_FRAMES ||
        act->quiet_frames < patience_frames(engine, act)) {
        return false;
    }
    act->is_silent = fallback_is_there(engine, act);
    if (!act->is_silent) {
        act->quiet_frames = 0; /* so that it is asked again as late */
    }
    return act->is_silent;
}

static void tell_why(struct engine *engine, const struct act *act)
{
    struct fault fault;
    if (act->is_silent) {
        fault_set(&fault, ENODATA, act->item->source_target, 0,
                  _("nothing but silence has come for %lld s; the lines have their fallback until "
                    "it sounds again"),
                  (long long)(act->quiet_frames / AIR_RATE));
    } else {
        fault_set(
            &fault, ETIMEDOUT, act->item->source_target, 0,
            _("nothing has come for %d s; the lines have their fallback until it sounds again"),
            STALL_FRAMES / AIR_RATE);
    }
    airing_unplayable(engine, act, &fault);
}

int act_stall(struct engine *engine, struct act *act)
{
    tell_why(engine, act);
    if (!act->airing) { /* an airing of nothing, as of a recording that cannot be opened */
        airing_begin(engine, act);
    }
    airing_finish(engine, act, engine->position, END_FAILED);
    act->stalled = true;
    act->rejoin_frame = 0;
    act->starved_frames = 0;
    act->loud_frames = 0;
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
    act->is_silent = false;
    act->rejoin_frame = 0;
    act->starved_frames = 0;
    act->quiet_frames = 0;
    engine->dirty = true;
}

static bool sounds_again(const struct act *act)
{
    return act->is_silent ? act->loud_frames >= LOUD_AGAIN_FRAMES
                          : tap_live_has_sound(&act->voice->tap);
}

void acts_rejoin_live(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (!act->stalled || act->over || !act->voice) {
            continue;
        }
        if (!act->rejoin_frame && sounds_again(act)) {
            act->rejoin_frame = rungs_fade_out(engine, act);
        }
        if (act->rejoin_frame && act->rejoin_frame <= engine->position) {
            act_rejoin_live(engine, act);
        }
    }
}
