/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "playout/engine_int.h"
#include "playout/voice_worker.h"
#include "station/station.h"

float act_gain(double gain_db)
{
    return (float)pow(10.0, gain_db / 20.0);
}

/* The planned fades; where they do not fit into the item, both shrink alike. */
static struct mix_fade fade_of(const struct plan_item *item)
{
    struct mix_fade fade = {act_gain(item->gain_db), item->n_frames, item->fade_in_frames,
                            item->fade_out_frames};
    fade.in_frames = fade.in_frames > 0 ? fade.in_frames : 0;
    fade.out_frames = fade.out_frames > 0 ? fade.out_frames : 0;
    if (item_has_tail(item)) {
        fade.n_frames += item->tail_frames;
        fade.out_frames = item->tail_frames;
    }
    if (fade.in_frames + fade.out_frames > fade.n_frames) {
        double share = (double)fade.n_frames / (double)(fade.in_frames + fade.out_frames);
        fade.in_frames = (int64_t)((double)fade.in_frames * share);
        fade.out_frames = fade.n_frames - fade.in_frames;
    }
    return fade;
}

struct act *act_create(struct engine *engine, const struct plan_item *item, uint64_t order)
{
    size_t n_words = line_set_n_words(engine->n_lines);
    struct act *act = calloc(1, sizeof *act);
    uint64_t *words = calloc(5 * n_words + 1, sizeof *words);
    if (!act || !words) {
        free(act);
        free(words);
        return NULL;
    }
    act->asked = (struct line_set){words, n_words};
    act->owned = (struct line_set){words + n_words, n_words};
    act->wanted = (struct line_set){words + 2 * n_words, n_words};
    act->denied = (struct line_set){words + 3 * n_words, n_words};
    act->under = (struct line_set){words + 4 * n_words, n_words};
    act->decided_us = INT64_MIN;
    size_t n_given = item->lines.n_words < n_words ? item->lines.n_words : n_words;
    for (size_t i = 0; i < n_given; i++) {
        words[i] = item->lines.words[i];
    }
    act->item = item;
    act->order = order;
    act->from_frame = item->start_frame;
    act->until_frame = plan_item_end(item);
    act->zero_frame = item->start_frame - item->offset_frames;
    act->cause = item->end_cause;
    act->fade = fade_of(item);
    act->fade_zero_frame = item->start_frame;
    act->rank_class = RANK_PROGRAMME;
    act->yields_frame = INT64_MAX;
    return act;
}

static void act_release_voice(struct engine *engine, struct act *act)
{
    if (act->voice && engine->worker) {
        voice_worker_release(act->voice);
    } else {
        voice_destroy(act->voice);
    }
    act->voice = NULL;
}

struct act *act_destroy(struct engine *engine, struct act *act)
{
    if (act) {
        if (act->alert) {
            if (act->alert->act == act) {
                alert_collect(engine, act->alert);
            }
            act->alert->n_acts--;
        }
        if (act->mic) {
            mic_collect(act->mic);
        }
        act_release_voice(engine, act);
        airable_release(act->airable);
        free(act->asked.words);
        free(act);
    }
    return NULL;
}

/* Who owns a line that both ask for? Negative: a. Total, so that a plan is never ambiguous. */
static int compare_rank(const struct act *a, const struct act *b)
{
    if (a->rank_class != b->rank_class) {
        return a->rank_class < b->rank_class ? -1 : 1;
    }
    if (a->alert && b->alert) {
        return a->order > b->order ? -1 : 1;
    }
    if (a->item->priority != b->item->priority) {
        return a->item->priority < b->item->priority ? -1 : 1;
    }
    if (a->item->start_frame != b->item->start_frame) {
        return a->item->start_frame > b->item->start_frame ? -1 : 1;
    }
    if (a->order != b->order) {
        return a->order < b->order ? -1 : 1;
    }
    size_t a_rung = a->rung ? a->rung_index + 1 : 0;
    size_t b_rung = b->rung ? b->rung_index + 1 : 0;
    return (a_rung > b_rung) - (a_rung < b_rung);
}

int acts_add(struct engine *engine, struct act *act)
{
    if (engine->n_acts == engine->acts_capacity) {
        size_t capacity = engine->acts_capacity ? 2 * engine->acts_capacity : 64;
        struct act **acts = realloc(engine->acts, capacity * sizeof(struct act *));
        if (!acts) {
            act_destroy(engine, act);
            return -ENOMEM;
        }
        engine->acts = acts;
        engine->acts_capacity = capacity;
    }
    size_t at = engine->n_acts++;
    for (; at > 0 && compare_rank(act, engine->acts[at - 1]) < 0; at--) {
        engine->acts[at] = engine->acts[at - 1];
    }
    engine->acts[at] = act;
    return 0;
}

/* What is to be read: from where the engine will join to where it ends. */
static struct voice_spec voice_spec_of(const struct engine *engine, const struct act *act)
{
    int64_t from = act->from_frame > engine->position ? act->from_frame : engine->position;
    bool flows_on = !act->rung && !act->is_tail && item_has_tail(act->item);
    int64_t tail_frames = act->rung ? 0 : act->item->tail_frames;
    return (struct voice_spec){
        .source = act->rung ? ITEM_SOURCE_COPY : act->item->source,
        .target = act_is_live(act) ? act->item->source_target : "",
        .station_dir = engine->options.station_dir,
        .air_sha256 = act->rung ? act->rung->air_sha256 : act->item->air_sha256,
        .channels = act->rung ? act->rung->channels : act->item->channels,
        .copy_frames = act->rung ? act->rung->copy_frames : act->item->copy_frames,
        .cue_in_frames = act->rung ? act->rung->cue_in_frames : act->item->cue_in_frames,
        .whole_frames = act->rung ? act->rung->frames : act->item->whole_frames + tail_frames,
        .offset_frames = from - act->zero_frame,
        .n_frames = act->until_frame - from + (flows_on ? tail_frames : 0),
    };
}

static int spec_check(const struct voice_spec *spec, struct fault *reterr)
{
    if (spec->channels < 1 || spec->channels > AIR_CHANNELS || spec->offset_frames < 0 ||
        spec->offset_frames + spec->n_frames > spec->whole_frames || spec->cue_in_frames < 0 ||
        spec->cue_in_frames + spec->whole_frames > spec->copy_frames) {
        return fault_set(reterr, EBADMSG, spec->air_sha256, 0,
                         _("the plan asks for more than the recording holds; plan again"));
    }
    return 0;
}

static int copy_check(struct engine *engine, const struct voice_spec *spec, struct fault *reterr)
{
    if (copy_list_has(engine->checked, spec->air_sha256, spec->copy_frames)) {
        return 0;
    }
    int r = voice_check(spec, reterr);
    if (r == 0) {
        copy_list_add(engine->checked, spec->air_sha256, spec->copy_frames);
    }
    return r;
}

/* Ahead of its time a live source has no sound: a rehearsal takes it for carried in full, and in
 * what is rendered silence stands for it. */
static int live_refuse(struct engine *engine, const struct voice_spec *spec, struct fault *reterr)
{
    struct fault fault;
    (void)reterr;
    if (engine->options.mode == ENGINE_OFFLINE && !engine->told_live) {
        engine->told_live = true;
        fault_set(&fault, ENOTSUP, spec->target, 0,
                  _("what is carried live cannot be rendered ahead; silence stands for it"));
        engine->options.on_event(engine->options.event_context,
                                 &(struct engine_event){.kind = ENGINE_UNPLAYABLE,
                                                        .frame = engine->position,
                                                        .fault = &fault});
    }
    return 0;
}

/* Make the act's voice, opened or about to be. -ENOMEM, or why it cannot be played. */
static int act_open(struct engine *engine, struct act *act, const struct voice_spec *spec,
                    struct fault *reterr)
{
    if (spec->source != ITEM_SOURCE_COPY && engine->options.mode != ENGINE_LIVE) {
        return live_refuse(engine, spec, reterr);
    }
    int r = spec->source == ITEM_SOURCE_COPY ? spec_check(spec, reterr) : 0;
    if (r < 0) {
        return r;
    }
    if (engine->options.mode == ENGINE_LEDGER) {
        return copy_check(engine, spec, reterr);
    }
    struct voice *voice = voice_create(spec);
    if (!voice) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for a recording"));
    }
    if (engine->options.mode == ENGINE_LIVE) {
        if (!voice_worker_add(engine->worker, voice)) {
            voice_destroy(voice);
            return fault_set(reterr, EAGAIN, spec->air_sha256, 0,
                             _("cannot be opened, because too many recordings wait for the disk; "
                               "check the disk"));
        }
        act->voice = voice;
        return 0;
    }
    voice_open(voice);
    if (tap_state(&voice->tap) == TAP_FAILED) {
        *reterr = voice->fault;
        voice_destroy(voice);
        return -reterr->err;
    }
    act->voice = voice;
    return 0;
}

static bool specs_equal(const struct voice_spec *a, const struct voice_spec *b)
{
    if (a->source != b->source || strcmp(a->target, b->target) != 0) {
        return false;
    }
    return a->channels == b->channels && a->whole_frames == b->whole_frames &&
           a->copy_frames == b->copy_frames && a->cue_in_frames == b->cue_in_frames &&
           a->offset_frames == b->offset_frames && a->n_frames == b->n_frames &&
           strcmp(a->air_sha256, b->air_sha256) == 0;
}

/* A revision mostly says again what was planned already: what was opened for that, or could
 * not be, serves on, so that nothing comes late because it was said again. */
static bool act_take_over(struct engine *engine, struct act *act, const struct voice_spec *spec)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *old = engine->acts[i];
        if (!old->dropped || old->from_frame < engine->position) {
            continue;
        }
        struct voice_spec old_spec = voice_spec_of(engine, old);
        if (specs_equal(&old_spec, spec)) {
            act->voice = STEAL(old->voice);
            act->failed = old->failed;
            old->dropped = false;
            return true;
        }
    }
    return false;
}

int act_prepare(struct engine *engine, struct act *act)
{
    struct fault fault;
    struct voice_spec spec = voice_spec_of(engine, act);
    if (act_take_over(engine, act, &spec)) {
        return 0;
    }
    int r = act_open(engine, act, &spec, &fault);
    if (r < 0 && r != -ENOMEM) {
        airing_unplayable(engine, act, &fault);
        act->failed = true;
        r = 0;
    }
    return r;
}

static bool act_can_drop(const struct act *act, int64_t from_us)
{
    return !act->begun && !act->over && act->item->slot_start_us >= from_us;
}

size_t acts_prepared(const struct engine *engine, int64_t from_us, const struct plan_item **items)
{
    size_t n = 0;
    for (size_t i = 0; i < engine->n_acts; i++) {
        if (act_can_drop(engine->acts[i], from_us)) {
            items[n++] = engine->acts[i]->item;
        }
    }
    return n;
}

void acts_drop(struct engine *engine, int64_t from_us)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (act_can_drop(act, from_us)) {
            act->over = true;
            act->dropped = true;
        }
    }
}

void acts_begin_due(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (!act->active && act->from_frame <= engine->position) {
            act->active = true;
            act->begun = true;
            engine->dirty = true;
            engine->is_next_stale = true;
        }
        if (!act->yields && act->yields_frame <= engine->position) {
            act->yields = true;
            engine->dirty = true;
        }
    }
}

/* Its time is up. An item that owned lines and never came is an airing of nothing. */
static void act_end(struct engine *engine, struct act *act)
{
    if (!act->airing && !act->rung && !act->failed && !line_set_is_empty(act->owned)) {
        airing_begin(engine, act);
        airing_finish(engine, act, engine->position, END_FAILED);
        act->over = true;
    } else if (act->airing || !line_set_is_empty(act->under)) {
        bool becomes_tail = act_becomes_tail(engine, act);
        if (act->airing) {
            airing_finish(engine, act, engine->position, act->cause);
        }
        act->over = !becomes_tail;
    } else {
        act->over = true;
    }
    engine->dirty = true;
}

int acts_end_due(struct engine *engine)
{
    int r = 0;
    size_t n = engine->n_acts;
    for (size_t i = 0; i < n && r == 0; i++) {
        struct act *act = engine->acts[i];
        if (act->active && !act->over && act->until_frame <= engine->position) {
            act_end(engine, act);
            if (act->rung && act->cause != END_STOPPED && !act->take_off.n_frames) {
                r = fallback_climb(engine, act, engine->position);
                i = SIZE_MAX; /* acts may have been inserted before this one */
                n = engine->n_acts;
            }
        }
    }
    return r;
}

/* Live: has its copy failed, or its source given nothing, or only silence, for too long? */
static bool act_is_broken(struct engine *engine, struct act *act)
{
    if (!act->voice || act->failed || act->over) {
        return false;
    }
    const struct tap *tap = &act->voice->tap;
    return act_fell_silent(engine, act) ||
           (tap_state(tap) == TAP_FAILED && ring_readable(&tap->ring) == 0) ||
           act->starved_frames > (act_is_live(act) ? STALL_FRAMES : PATIENCE_FRAMES);
}

/* Its copy cannot be read (any more): end it as failed and let the ladders have the rest. */
static int act_give_up(struct engine *engine, struct act *act)
{
    act->failed = true;
    if (act->airing) {
        airing_finish(engine, act, engine->position, END_FAILED);
        act->over = true;
    } else if (act->rung) {
        act->over = true;
    }
    engine->dirty = true;
    return act_pass_on(engine, act);
}

static int act_break(struct engine *engine, struct act *act)
{
    if (tap_state(&act->voice->tap) != TAP_FAILED && act_is_live(act)) {
        return act_stall(engine, act);
    }
    if (tap_state(&act->voice->tap) == TAP_FAILED) {
        airing_unplayable(engine, act, &act->voice->fault);
    } else {
        struct fault fault;
        fault_set(&fault, ETIMEDOUT, act->voice->air_sha256, 0,
                  _("the prepared copy could not be read in time; is the disk too slow?"));
        airing_unplayable(engine, act, &fault);
    }
    act_release_voice(engine, act);
    return act_give_up(engine, act);
}

int acts_watch(struct engine *engine)
{
    int r = 0;
    acts_rejoin_live(engine);
    for (size_t i = 0; i < engine->n_acts && r == 0; i++) {
        if (act_is_broken(engine, engine->acts[i])) {
            r = act_break(engine, engine->acts[i]);
            i = SIZE_MAX; /* acts may have been inserted before this one */
        }
    }
    return r;
}

int acts_rejoin(struct engine *engine)
{
    int r = 0;
    for (size_t i = 0; i < engine->n_acts && r == 0; i++) {
        struct act *act = engine->acts[i];
        if (!act->voice || act->over || act->voice->tap.is_live ||
            engine->position - act->zero_frame - act->voice->tap.head <= VOICE_RING_FRAMES) {
            continue;
        }
        act_release_voice(engine, act);
        act->starved_frames = 0;
        r = act_prepare(engine, act);
        if (r < 0 || act->failed) {
            int r_climb = act_give_up(engine, act);
            r = r < 0 ? r : r_climb;
            i = SIZE_MAX; /* acts may have been inserted before this one */
        }
    }
    return r;
}

/* Outside a line's hours only an emergency sounds (Circular 39/2020, level 1). */
bool act_is_emergency(const struct act *act)
{
    if (act->alert || act->mic) {
        return act->mic ? act->mic->spec.emergency : act->rank_class != RANK_TEST;
    }
    return !act->rung && act->item->priority == 1 && strcmp(act->item->kind, "khan-cap") == 0;
}

static void act_want(struct engine *engine, struct act *act)
{
    line_set_clear(act->wanted);
    line_set_clear(act->under);
    if (!act->active || act->over || act->is_tail || act->stalled || act->mic) {
        return;
    }
    line_set_or(act->wanted, act->asked);
    line_set_and(act->wanted, engine->carried);
    line_set_minus(act->wanted, engine->taken);
    if (!act_is_emergency(act)) {
        line_set_and(act->wanted, engine->open);
    }
    if (!act->alert) {
        agenda_withhold(engine->agenda, act->rung ? act->rung->kind : act->item->kind,
                        engine->position, act->wanted);
    }
    if (act->yields) { /* and does not come back to a line that it lost */
        line_set_and(act->asked, act->wanted);
    }
    line_set_or(engine->taken, act->wanted);
    act_leave_held(engine, act);
}

static void acts_want(struct engine *engine)
{
    line_set_clear(engine->taken);
    for (int yields = 0; yields <= 1; yields++) {
        for (size_t i = 0; i < engine->n_acts; i++) {
            if (engine->acts[i]->yields == (yields != 0)) {
                act_want(engine, engine->acts[i]);
            }
        }
    }
    if (engine->mics) {
        mics_take_lines(engine);
    }
}

/* May it begin to sound, or be written down as failed, now? */
static bool act_can_begin(const struct engine *engine, const struct act *act)
{
    if (!act->active || act->over || act->airing || line_set_is_empty(act->owned)) {
        return false;
    }
    return engine->options.mode != ENGINE_LIVE || act->failed || !act->voice ||
           tap_state(&act->voice->tap) != TAP_OPENING;
}

static void acts_begin_airings(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (!act_can_begin(engine, act)) {
            continue;
        }
        airing_begin(engine, act);
        engine->regroup = true;
        if (act->failed) {
            airing_finish(engine, act, engine->position, END_FAILED);
            act->over = true;
            engine->dirty = true;
        }
    }
}

/* Hand each act the lines it is to have now; an airing whose lines change ends here. */
static void acts_hand_over(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (act->airing && !line_set_equal(act->owned, act->wanted)) {
            line_set_clear(engine->lost);
            line_set_or(engine->lost, act->owned);
            line_set_minus(engine->lost, act->wanted);
            bool preempted = line_set_meets(engine->lost, engine->taken);
            airing_finish(engine, act, engine->position, preempted ? END_PREEMPTED : END_CUT);
        }
        line_set_clear(act->owned);
        line_set_or(act->owned, act->wanted);
    }
}

void acts_own(struct engine *engine)
{
    do {
        if (engine->dirty) {
            engine->dirty = false;
            engine->regroup = true;
            acts_want(engine);
            acts_hand_over(engine);
        }
        acts_begin_airings(engine);
    } while (engine->dirty);
}

void acts_sweep(struct engine *engine)
{
    size_t kept = 0;
    for (size_t i = 0; i < engine->n_acts; i++) {
        if (engine->acts[i]->over) {
            act_destroy(engine, engine->acts[i]);
        } else {
            engine->acts[kept++] = engine->acts[i];
        }
    }
    engine->regroup = engine->regroup || kept != engine->n_acts;
    engine->n_acts = kept;
}

int64_t acts_next_frame(const struct engine *engine)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < engine->n_acts; i++) {
        const struct act *act = engine->acts[i];
        int64_t at = act->active ? act->until_frame : act->from_frame;
        if (act->active && !act->yields && act->yields_frame < at) {
            at = act->yields_frame;
        }
        next = at < next ? at : next;
    }
    return next;
}
