/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "playout/engine_int.h"
#include "playout/rt/guard.h"

void ramps_run_until(struct engine *engine, int64_t frame)
{
    if (engine->ramps_end_frame == INT64_MAX || engine->ramps_end_frame < frame) {
        engine->ramps_end_frame = frame;
    }
}

/* One plan_level, whose time has come. Entries may repeat where plans overlap. */
static void level_apply(struct engine *engine, const struct plan_level *level)
{
    struct line_state *state = &engine->line_states[level->line];
    if (level->from_frame < state->level_frame) {
        return;
    }
    float gain = act_gain(level->gain_db);
    if (state->level_frame == INT64_MIN) {
        state->level = (struct mix_step){gain, gain, 0, LEVEL_RAMP_FRAMES};
    } else if (gain != state->level.to) {
        state->level =
            (struct mix_step){state->level.to, gain, level->from_frame, LEVEL_RAMP_FRAMES};
        ramps_run_until(engine, level->from_frame + LEVEL_RAMP_FRAMES);
    }
    state->level_frame = level->from_frame;
    if (level->open != line_set_has(engine->open, level->line)) {
        (level->open ? line_set_add : line_set_remove)(engine->open, level->line);
        engine->dirty = true;
    }
    engine->regroup = true;
}

void levels_apply(struct engine *engine)
{
    for (const struct plan_level *level = agenda_next_level(engine->agenda);
         level && level->from_frame <= engine->position;
         level = agenda_next_level(engine->agenda)) {
        if (level->line < engine->n_lines) {
            level_apply(engine, level);
        }
        agenda_drop_level(engine->agenda);
    }
    if (engine->ramps_end_frame <= engine->position) {
        engine->ramps_end_frame = INT64_MAX;
        engine->regroup = true;
    }
}

static bool steps_equal(const struct mix_step *a, const struct mix_step *b)
{
    return a->from == b->from && a->to == b->to && a->start_frame == b->start_frame;
}

/* The same as this one, of those of its act from `first` on; made if there is none. */
static uint32_t programme_for(struct engine *engine, size_t first, const struct programme *like)
{
    size_t i = first;
    for (; i < engine->n_programmes; i++) {
        const struct programme *programme = &engine->programmes[i];
        if (programme->tail == like->tail && programme->bed == like->bed &&
            steps_equal(&programme->level, &like->level) &&
            steps_equal(&programme->duck, &like->duck)) {
            break;
        }
    }
    if (i == engine->n_programmes) {
        engine->programmes[engine->n_programmes++] = *like;
    }
    return (uint32_t)i;
}

/* The programmes of an act on these lines. */
static void act_group(struct engine *engine, struct act *act, struct line_set lines)
{
    size_t first = engine->n_programmes;
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        struct line_state *state = &engine->line_states[line];
        if (act->is_tail && (state->programme != UINT32_MAX || state->tail != act)) {
            continue;
        }
        bool is_alone = act->is_tail || (act_is_emergency(act) && !act->mic);
        struct programme like = {.act = act,
                                 .tail = is_alone ? NULL : state->tail,
                                 .bed = act->mic ? state->bed : NULL,
                                 .level = state->level,
                                 .duck = state->duck};
        state->programme = programme_for(engine, first, &like);
        engine->programmes[state->programme].n_lines++;
    }
}

static void levels_settle(struct engine *engine)
{
    for (size_t line = 0; line < engine->n_lines; line++) {
        struct line_state *state = &engine->line_states[line];
        if (state->level.start_frame + LEVEL_RAMP_FRAMES <= engine->position) {
            state->level.from = state->level.to;
            state->level.start_frame = 0;
        }
        if (state->duck.start_frame + state->duck.n_frames <= engine->position) {
            state->duck = (struct mix_step){state->duck.to, state->duck.to, 0, 1};
        }
        state->bed = NULL;
        state->programme = UINT32_MAX;
    }
}

/* Lay out engine->lines: the lines of each programme together, then the silent ones. */
static void lines_lay_out(struct engine *engine)
{
    size_t at = 0;
    for (size_t i = 0; i < engine->n_programmes; i++) {
        engine->programmes[i].first_line = at;
        at += engine->programmes[i].n_lines;
        engine->programmes[i].n_lines = 0;
    }
    for (size_t line = line_set_next(engine->carried, 0); line != SIZE_MAX;
         line = line_set_next(engine->carried, line + 1)) {
        uint32_t index = engine->line_states[line].programme;
        if (index == UINT32_MAX) {
            engine->lines[at++] = (uint32_t)line;
        } else {
            struct programme *programme = &engine->programmes[index];
            engine->lines[programme->first_line + programme->n_lines++] = (uint32_t)line;
        }
    }
    engine->n_carried = at;
}

void programmes_group(struct engine *engine)
{
    levels_settle(engine);
    engine->n_programmes = 0;
    lines_duck(engine);
    tails_lay_under(engine);
    for (size_t i = 0; i < engine->n_acts; i++) {
        act_group(engine, engine->acts[i], engine->acts[i]->owned);
    }
    for (size_t i = 0; i < engine->n_acts; i++) {
        if (engine->acts[i]->is_tail) {
            act_group(engine, engine->acts[i], engine->acts[i]->asked);
        }
    }
    lines_lay_out(engine);
    engine->regroup = false;
}

/* Take what each act gives for the next n frames. What is on but owned by nobody is taken
 * too, and dropped, so that it is in its place when a line comes back to it. */
static void acts_pull(struct engine *engine, size_t n)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (act->active && act->alert) {
            alert_pull(act->alert, engine->position - act->zero_frame, n);
            act->heard_frames += (int64_t)n;
            continue;
        }
        if (act->active && act->mic) {
            mic_pull(act->mic, n);
            act->heard_frames += (int64_t)n;
            continue;
        }
        if (!act->active || !act->voice || (act->stalled && !act->is_silent)) {
            continue;
        }
        if (!act->airing && !line_set_is_empty(act->owned)) {
            act->starved_frames += (int64_t)n; /* not opened yet */
            engine->counts.frames_missing += n;
            continue;
        }
        size_t taken = tap_pull(&act->voice->tap, engine->position - act->zero_frame, n);
        if (act->airing) {
            act->heard_frames += (int64_t)taken;
            act->starved_frames = taken ? 0 : act->starved_frames + (int64_t)n;
            engine->counts.frames_missing += n - taken;
        }
        if (taken && act->voice->tap.is_live) {
            act_listen(act, n);
        }
    }
}

/* The sum of what sounds together is not louder than its loudest part: where one fades in over
 * the tail of another, their gains add up to at most 1. */
static void act_mix(struct engine *engine, const struct act *act, float *block, size_t first,
                    size_t n)
{
    const float *frames = act->alert ? act->alert->block : act->voice->tap.block;
    int channels = act->alert ? AIR_CHANNELS : act->voice->tap.channels;
    mix_add_faded(block, frames, channels, first, n, engine->position - act->fade_zero_frame,
                  &act->fade);
    if (act->take_off.n_frames) {
        mix_scale_step(block, first, n, engine->position, &act->take_off);
    }
}

static bool act_sounds(const struct act *act)
{
    return (act->voice || act->alert) &&
           (act->airing || act->is_tail || !line_set_is_empty(act->under));
}

/* What is heard but for a voice, into the block, which is silent. False: nothing. */
static bool bed_mix(struct engine *engine, const struct act *act, const struct act *tail,
                    size_t first, size_t n)
{
    bool has_act = act && act_sounds(act);
    bool has_tail = tail && act_sounds(tail);
    if (has_act) {
        act_mix(engine, act, engine->block, first, n);
    }
    if (has_tail && tail->take_off.n_frames) {
        memset(engine->under, 0, n * AIR_CHANNELS * sizeof *engine->under);
        act_mix(engine, tail, engine->under, first, n);
        mix_add(engine->block, engine->under, AIR_CHANNELS, first, n, (struct mix_gain){1, 0});
    } else if (has_tail) {
        act_mix(engine, tail, engine->block, first, n);
    }
    return has_act || has_tail;
}

/* The voice has the share that the bed has not (playout/mic.h). */
static void voice_add(struct engine *engine, const struct programme *programme, size_t first,
                      size_t n)
{
    const struct act *act = programme->act;
    struct mix_step share = programme->duck;
    share.from = 1 - share.from;
    share.to = 1 - share.to;
    memset(engine->under, 0, n * AIR_CHANNELS * sizeof *engine->under);
    mix_add(engine->under, act->mic->block, AIR_CHANNELS, first, n,
            (struct mix_gain){(float)act->mic->spec.voice_gain, 0});
    mix_scale_step(engine->under, first, n, engine->position, &share);
    mix_scale_step(engine->under, first, n, engine->position, &act->take_off);
    mix_add(engine->block, engine->under, AIR_CHANNELS, first, n, (struct mix_gain){1, 0});
}

static void programme_mix(struct engine *engine, struct programme *programme, size_t first,
                          size_t n)
{
    const struct act *act = programme->act;
    bool has_voice = act->mic && act->airing;
    memset(engine->block, 0, n * AIR_CHANNELS * sizeof *engine->block);
    bool has_bed = bed_mix(engine, act->mic ? programme->bed : act, programme->tail, first, n);
    if (has_bed && (act->mic || !act_is_emergency(act))) {
        mix_scale_step(engine->block, first, n, engine->position, &programme->duck);
    }
    if (has_voice) {
        voice_add(engine, programme, first, n);
    }
    if (has_bed || has_voice) {
        mix_scale_step(engine->block, first, n, engine->position, &programme->level);
        if (engine->stopping) {
            mix_scale_step(engine->block, first, n, engine->position, &engine->stop_fade);
        }
        engine->counts.n_mixes++;
    }
    programme->measured = mix_measure(engine->block, n);
}

/* These lines are not quietly on air: they are loud, or nothing is on. */
static void lines_mark(struct engine *engine, const uint32_t *lines, size_t n_lines, int64_t frame)
{
    for (size_t i = 0; i < n_lines; i++) {
        engine->line_states[lines[i]].quiet_from_frame = frame;
    }
}

void programmes_mix(struct engine *engine, size_t n)
{
    size_t first =
        (size_t)(engine->position -
                 frames_floor_div(engine->position, AIR_BLOCK_FRAMES) * AIR_BLOCK_FRAMES);
    const struct engine_options *options = &engine->options;
    size_t n_grouped = 0;
    rt_enter();
    acts_pull(engine, n);
    rt_leave();
    for (size_t i = 0; i < engine->n_programmes; i++) {
        struct programme *programme = &engine->programmes[i];
        rt_enter();
        programme_mix(engine, programme, first, n);
        rt_leave();
        options->carry(options->carry_context, engine->lines + programme->first_line,
                       programme->n_lines, engine->position, engine->block, n);
        if (programme->measured.mean_square >= QUIET_MEAN_SQUARE) {
            lines_mark(engine, engine->lines + programme->first_line, programme->n_lines,
                       engine->position + (int64_t)n);
        }
        n_grouped += programme->n_lines;
    }
    if (n_grouped < engine->n_carried) {
        memset(engine->block, 0, n * AIR_CHANNELS * sizeof *engine->block);
        options->carry(options->carry_context, engine->lines + n_grouped,
                       engine->n_carried - n_grouped, engine->position, engine->block, n);
        lines_mark(engine, engine->lines + n_grouped, engine->n_carried - n_grouped,
                   engine->position + (int64_t)n);
    }
    engine->counts.n_parts++;
}
