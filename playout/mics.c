/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/engine_int.h"

/* Open microphones: who hears them, what lies beneath, and when they are over. */

/* It is over at this frame, and its airing, if there is one. */
static void mic_finish(struct engine *engine, struct mic *mic, enum mic_end why,
                       enum end_cause cause)
{
    struct act *act = mic->act;
    if (act->airing) {
        airing_finish(engine, act, engine->position, cause);
    }
    mic->why = why;
    act->over = true;
    engine->dirty = true;
}

static void mic_drop(struct mic *mic)
{
    mic->next = NULL;
    mic->act = NULL;
    atomic_store(&mic->n_lines, 0);
    atomic_store(&mic->end, mic->why == MIC_OPEN ? MIC_RADIO : mic->why);
    atomic_store_explicit(&mic->dropped, true, memory_order_release);
}

void engine_open_mic(struct engine *engine, struct mic *mic)
{
    mic->item.start_frame = engine->position;
    int64_t until = frames_from_us(mic->spec.until_us);
    until = until > engine->position + 2 * MIC_OUT_FRAMES ? until
                                                          : engine->position + 2 * MIC_OUT_FRAMES;
    mic->item.n_frames = until - engine->position;
    mic->item.whole_frames = mic->item.n_frames;
    struct act *act = act_create(engine, &mic->item, ++engine->n_mics);
    if (!act) {
        mic_drop(mic);
        return;
    }
    act->mic = mic;
    act->begun = true;
    act->decided_us = mic->spec.given_us;
    act->rank_class = RANK_VOICE;
    act->take_off = (struct mix_step){1, 0, until - MIC_OUT_FRAMES, MIC_OUT_FRAMES};
    mic->act = act;
    mic->next = engine->mics;
    engine->mics = mic;
    if (acts_add(engine, act) < 0) { /* the act is gone */
        engine->mics = mic->next;
        mic_drop(mic);
    }
}

void engine_close_mic(struct engine *engine, struct mic *mic)
{
    struct act *act = mic->act;
    int64_t until = engine->position + MIC_OUT_FRAMES;
    if (!act || act->over || act->until_frame <= until) {
        return;
    }
    if (!act->airing) {
        mic_finish(engine, mic, MIC_CLOSED, END_COMPLETE);
        return;
    }
    mic->why = MIC_CLOSED;
    act->take_off = (struct mix_step){1, 0, engine->position, MIC_OUT_FRAMES};
    act->until_frame = until;
}

void mics_hold(struct engine *engine, struct line_set lines)
{
    for (struct mic *mic = engine->mics; mic; mic = mic->next) {
        if (mic->act && !mic->act->over && line_set_meets(mic->act->asked, lines)) {
            line_set_minus(mic->act->asked, lines);
            if (line_set_is_empty(mic->act->asked)) {
                mic_finish(engine, mic, MIC_STOPPED, END_STOPPED);
            }
        }
    }
}

static void mic_fail(struct engine *engine, struct mic *mic)
{
    struct fault fault;
    fault_set(&fault, ETIMEDOUT, mic->spec.name, 0,
              _("nothing comes from the microphone any more; it is closed"));
    airing_unplayable(engine, mic->act, &fault);
    mic_finish(engine, mic, MIC_SILENT, END_FAILED);
}

void mics_watch(struct engine *engine)
{
    for (struct mic *mic = engine->mics; mic; mic = mic->next) {
        struct act *act = mic->act;
        if (!act || act->over) {
            continue;
        }
        line_set_clear(engine->lost);
        line_set_or(engine->lost, act->asked);
        line_set_and(engine->lost, engine->open);
        if (mic->starved_frames > MIC_PATIENCE_FRAMES) {
            mic_fail(engine, mic);
        } else if (!mic->spec.emergency && !line_set_equal(engine->lost, act->asked)) {
            line_set_and(act->asked, engine->open);
            engine->dirty = true;
            if (line_set_is_empty(act->asked)) {
                mic_finish(engine, mic, MIC_HOURS, END_CUT);
            }
        }
    }
}

/* ---- its lines */

static void mic_want(struct engine *engine, struct act *act)
{
    line_set_or(act->wanted, act->asked);
    line_set_and(act->wanted, engine->carried);
    line_set_minus(act->wanted, engine->spoken);
    for (size_t i = 0; i < engine->n_acts; i++) {
        if (act_is_emergency(engine->acts[i]) && !engine->acts[i]->mic) {
            line_set_minus(act->wanted, engine->acts[i]->wanted);
        }
    }
    act_leave_held(engine, act);
    line_set_or(engine->spoken, act->wanted);
}

/* What had these lines lies beneath the voice: it sounds on, and has no airing there. What is to
 * begin there gets one of nothing, so that the ledger knows why it was not heard. */
static void act_go_under(struct engine *engine, struct act *act)
{
    line_set_or(act->under, act->wanted);
    line_set_and(act->under, engine->spoken);
    if (line_set_is_empty(act->under)) {
        return;
    }
    line_set_minus(act->wanted, engine->spoken);
    line_set_clear(engine->lost);
    line_set_or(engine->lost, act->under);
    line_set_minus(engine->lost, act->denied);
    if (act->airing) { /* which ends as preempted */
        line_set_minus(engine->lost, act->owned);
    }
    if (!line_set_is_empty(engine->lost) && !act->rung) {
        act_tell_unheard(engine, act, engine->lost, END_PREEMPTED);
    }
    line_set_or(act->denied, act->under);
}

void mics_take_lines(struct engine *engine)
{
    line_set_clear(engine->spoken);
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (act->mic && act->active && !act->over) {
            mic_want(engine, act);
        }
    }
    for (size_t i = 0; i < engine->n_acts; i++) {
        if (!engine->acts[i]->mic) {
            act_go_under(engine, engine->acts[i]);
        }
    }
    line_set_or(engine->taken, engine->spoken);
}

/* ---- gains */

static float step_value(const struct mix_step *step, int64_t frame)
{
    int64_t done = frame - step->start_frame;
    if (done <= 0 || done >= step->n_frames) {
        return done <= 0 ? step->from : step->to;
    }
    return step->from + (step->to - step->from) * (float)done / (float)step->n_frames;
}

/* From where the gain is by now, so that a change under way turns without a jump. */
static void line_duck(struct engine *engine, struct line_state *state, float gain, int64_t n_frames)
{
    if (state->duck.to != gain) {
        float from = step_value(&state->duck, engine->position);
        state->duck = (struct mix_step){from, gain, engine->position, n_frames};
        ramps_run_until(engine, engine->position + n_frames);
    }
}

void lines_duck(struct engine *engine)
{
    line_set_clear(engine->spoken);
    for (size_t i = 0; i < engine->n_acts; i++) {
        const struct act *act = engine->acts[i];
        for (size_t line = act->mic ? line_set_next(act->owned, 0) : SIZE_MAX; line != SIZE_MAX;
             line = line_set_next(act->owned, line + 1)) {
            line_duck(engine, &engine->line_states[line], (float)act->mic->spec.bed_gain,
                      MIC_ATTACK_FRAMES);
            line_set_add(engine->spoken, line);
        }
        for (size_t line = line_set_next(act->under, 0); line != SIZE_MAX;
             line = line_set_next(act->under, line + 1)) {
            engine->line_states[line].bed = engine->acts[i];
        }
    }
    for (size_t line = 0; line < engine->n_lines; line++) {
        if (!line_set_has(engine->spoken, line)) {
            line_duck(engine, &engine->line_states[line], 1, MIC_RELEASE_FRAMES);
        }
    }
}

/* ---- for who asks */

void mics_tell(struct engine *engine)
{
    for (struct mic *mic = engine->mics; mic; mic = mic->next) {
        const struct act *act = mic->act;
        size_t n = act && act->airing ? line_set_count(act->owned) : 0;
        if (n && atomic_load(&mic->begun_frame) == INT64_MIN) {
            atomic_store(&mic->begun_frame, engine->position);
        }
        atomic_store(&mic->n_lines, n);
    }
}

void mics_drop_done(struct engine *engine)
{
    struct mic **at = &engine->mics;
    while (*at) {
        struct mic *mic = *at;
        if (mic->act) {
            at = &mic->next;
        } else {
            *at = mic->next;
            mic_drop(mic);
        }
    }
}

void mics_drop_all(struct engine *engine)
{
    while (engine->mics) {
        struct mic *mic = engine->mics;
        engine->mics = mic->next;
        mic_drop(mic);
    }
}

void mic_collect(struct mic *mic)
{
    const struct act *act = mic->act;
    if (mic->why == MIC_OPEN && act->cause == END_COMPLETE && act->over) {
        mic->why = MIC_TIME;
    }
    mic->act = NULL;
}
