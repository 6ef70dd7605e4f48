/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/engine_int.h"
#include "playout/voice_worker.h"
#include "station/station.h"

static int no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the engine"));
}

static struct line_set set_make(size_t n_lines)
{
    size_t n_words = line_set_n_words(n_lines);
    return (struct line_set){calloc(n_words + 1, sizeof(uint64_t)), n_words};
}

static bool engine_allocate(struct engine *engine)
{
    size_t n = engine->n_lines;
    engine->agenda = agenda_create(engine->options.station);
    engine->checked = copy_list_create();
    engine->airable = airable_create(engine->options.station, engine->options.segments);
    engine->options.segments = NULL;
    engine->carried = set_make(n);
    engine->open = set_make(n);
    engine->held = set_make(n);
    engine->taken = set_make(n);
    engine->lost = set_make(n);
    engine->spoken = set_make(n);
    engine->line_states = calloc(n + 1, sizeof *engine->line_states);
    engine->programmes = calloc(n + 1, sizeof *engine->programmes);
    engine->lines = calloc(n + 1, sizeof *engine->lines);
    return engine->agenda && engine->checked && engine->airable && engine->carried.words &&
           engine->open.words && engine->held.words && engine->taken.words && engine->lost.words &&
           engine->spoken.words && engine->line_states && engine->programmes && engine->lines;
}

int engine_create(const struct engine_options *options, struct engine **ret_engine,
                  struct fault *reterr)
{
    AUTO(engine_destroy) struct engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        return no_memory(reterr);
    }
    engine->options = *options;
    engine->n_lines = options->station->n_lines;
    engine->position = options->start_frame;
    engine->ramps_end_frame = INT64_MAX;
    engine->withheld_frame = INT64_MAX;
    engine->regroup = true;
    if (!engine_allocate(engine)) {
        return no_memory(reterr);
    }
    line_set_fill(engine->carried, engine->n_lines);
    if (options->lines.words) {
        line_set_and(engine->carried, options->lines);
    }
    for (size_t line = 0; line < engine->n_lines; line++) {
        engine->line_states[line] = (struct line_state){.level = {1, 1, 0, LEVEL_RAMP_FRAMES},
                                                        .duck = {1, 1, 0, 1},
                                                        .level_frame = INT64_MIN,
                                                        .quiet_from_frame = engine->position,
                                                        .programme = UINT32_MAX};
    }
    if (options->mode == ENGINE_LIVE) {
        int r = voice_worker_create(&engine->worker, reterr);
        if (r < 0) {
            return r;
        }
    }
    *ret_engine = STEAL(engine);
    return 0;
}

struct engine *engine_destroy(struct engine *engine)
{
    if (!engine) {
        return NULL;
    }
    for (size_t i = 0; i < engine->n_acts; i++) {
        act_destroy(engine, engine->acts[i]);
    }
    alerts_drop_all(engine);
    mics_drop_all(engine);
    voice_worker_destroy(engine->worker);
    agenda_destroy(engine->agenda);
    copy_list_destroy(engine->checked);
    airable_release(engine->airable);
    free(engine->acts);
    free(engine->carried.words);
    free(engine->open.words);
    free(engine->held.words);
    free(engine->taken.words);
    free(engine->lost.words);
    free(engine->spoken.words);
    free(engine->line_states);
    free(engine->programmes);
    free(engine->lines);
    free(engine);
    return NULL;
}

int engine_give_plan(struct engine *engine, struct plan *plan, const int64_t *aired_until,
                     struct fault *reterr)
{
    agenda_forget(engine->agenda, acts_moved_from(engine, engine->position));
    engine->is_next_stale = true;
    engine->withheld_frame = engine->position;
    return agenda_add(engine->agenda, plan, plan, aired_until, engine->position, reterr);
}

int engine_lend_plan(struct engine *engine, const struct plan *plan, const int64_t *aired_until,
                     struct fault *reterr)
{
    agenda_forget(engine->agenda, acts_moved_from(engine, engine->position));
    engine->is_next_stale = true;
    engine->withheld_frame = engine->position;
    return agenda_add(engine->agenda, plan, NULL, aired_until, engine->position, reterr);
}

int engine_revise(struct engine *engine, struct plan *plan, const int64_t *aired_until,
                  struct airable *airable, int64_t from_us, struct fault *reterr)
{
    agenda_forget(engine->agenda, acts_moved_from(engine, engine->position));
    engine->is_next_stale = true;
    AUTO_FREE const struct plan_item **prepared =
        calloc(engine->n_acts + 1, sizeof(const struct plan_item *));
    if (!prepared) {
        return no_memory(reterr);
    }
    struct agenda_cut cut = {from_us, prepared, acts_prepared(engine, from_us, prepared)};
    int r = agenda_revise(engine->agenda, plan, aired_until, &cut, engine->position, reterr);
    if (r == 0) {
        acts_drop(engine, from_us);
        engine->withheld_frame = engine->position;
    }
    if (r == 0 && airable) {
        airable_release(engine->airable);
        engine->airable = airable;
        acts_mark_withdrawn(engine);
    }
    return r;
}

static int64_t prepare_ahead(const struct engine *engine)
{
    return engine->options.mode == ENGINE_LIVE ? PREPARE_FRAMES : 0;
}

static int item_take_up(struct engine *engine, const struct agenda_item *entry)
{
    const struct plan_item *item = entry->item;
    if (plan_item_end(item) <= engine->position || !line_set_meets(item->lines, engine->carried)) {
        return 0;
    }
    struct act *act = act_create(engine, item, entry->order);
    if (!act) {
        return -ENOMEM;
    }
    act->from_frame = entry->from_frame;
    if (airable_is_withdrawn(engine->airable, item->segment_id)) {
        int r = act_pass_on(engine, act);
        act_destroy(engine, act);
        return r;
    }
    int r = act_prepare(engine, act);
    if (r < 0) {
        act_destroy(engine, act);
        return r;
    }
    bool failed = act->failed;
    r = acts_add(engine, act);
    return r == 0 && failed ? act_pass_on(engine, act) : r;
}

static int items_take_up(struct engine *engine)
{
    int r = 0;
    int64_t until = engine->position + prepare_ahead(engine);
    for (const struct agenda_item *next = agenda_next_item(engine->agenda);
         next && next->due_frame <= until && r == 0; next = agenda_next_item(engine->agenda)) {
        struct agenda_item entry = *next;
        agenda_drop_item(engine->agenda);
        engine->is_next_stale = true;
        r = engine->stopping ? 0 : item_take_up(engine, &entry);
    }
    return r;
}

static void modes_apply(struct engine *engine)
{
    if (engine->withheld_frame <= engine->position) {
        engine->withheld_frame = agenda_next_withheld(engine->agenda, engine->position);
        engine->dirty = true;
    }
}

/* After a skip: have open what will be on. It begins with its first frame, and not before. */
static int engine_look_ahead(struct engine *engine)
{
    levels_apply(engine);
    modes_apply(engine);
    int r = items_take_up(engine);
    int r_watch = acts_watch(engine);
    acts_sweep(engine);
    if (engine->regroup && engine->options.mode != ENGINE_LEDGER) {
        programmes_group(engine);
    }
    return r < 0 ? r : r_watch;
}

/* Bring everything up to date with the frame that is to be made next. */
static int engine_settle(struct engine *engine)
{
    levels_apply(engine);
    modes_apply(engine);
    int r = items_take_up(engine);
    int r_watch = acts_watch(engine);
    int r_off = acts_take_off(engine);
    int r_end = acts_end_due(engine);
    int r_alert = alerts_begin_due(engine);
    acts_begin_due(engine);
    int r_lines = alerts_take_lines(engine);
    mics_watch(engine);
    acts_own(engine);
    acts_sweep(engine);
    alerts_drop_done(engine);
    mics_drop_done(engine);
    mics_tell(engine);
    if (engine->regroup && engine->options.mode != ENGINE_LEDGER) {
        programmes_group(engine);
    }
    int r_alerts = r_alert < 0 ? r_alert : r_lines;
    return r < 0 ? r : r_watch < 0 ? r_watch : r_off < 0 ? r_off : r_end < 0 ? r_end : r_alerts;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The next frame at which something is to be done, after the position. */
static int64_t engine_next_frame(const struct engine *engine)
{
    int64_t next = earlier(acts_next_frame(engine), engine->ramps_end_frame);
    next = earlier(next, engine->withheld_frame);
    next = earlier(next, alerts_next_frame(engine));
    const struct agenda_item *item = agenda_next_item(engine->agenda);
    if (item) {
        next = earlier(next, item->due_frame - prepare_ahead(engine));
    }
    const struct plan_level *level = agenda_next_level(engine->agenda);
    return level ? earlier(next, level->from_frame) : next;
}

static void acts_fill(struct engine *engine)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (act->active && act->voice && ring_readable(&act->voice->tap.ring) < AIR_BLOCK_FRAMES) {
            voice_fill(act->voice);
        }
    }
}

/* Make the frames up to `until`, between which nothing changes. */
static void engine_make(struct engine *engine, int64_t until)
{
    if (engine->options.mode == ENGINE_LEDGER) {
        for (size_t i = 0; i < engine->n_acts; i++) {
            if (engine->acts[i]->airing) {
                engine->acts[i]->heard_frames += until - engine->position;
            }
        }
    } else {
        if (engine->options.mode == ENGINE_OFFLINE) {
            acts_fill(engine);
        }
        programmes_mix(engine, (size_t)(until - engine->position));
    }
    engine->position = until;
}

int engine_advance_to(struct engine *engine, int64_t frame, struct fault *reterr)
{
    int r = 0;
    while (engine->position < frame && r == 0) {
        r = engine_settle(engine);
        int64_t until = earlier(frame, engine_next_frame(engine));
        if (engine->options.mode != ENGINE_LEDGER) {
            int64_t block = frames_floor_div(engine->position, AIR_BLOCK_FRAMES) + 1;
            until = earlier(until, block * AIR_BLOCK_FRAMES);
        }
        engine_make(engine, until);
        int r_end = acts_end_due(engine);
        r = r < 0 ? r : r_end;
    }
    return r < 0 ? no_memory(reterr) : 0;
}

int engine_skip_to(struct engine *engine, int64_t frame, struct fault *reterr)
{
    if (frame <= engine->position) {
        return 0;
    }
    int r = acts_end_due(engine);
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (act->airing) { /* what goes on is another airing, so that none has a hole in it */
            airing_finish(engine, act, engine->position, END_FAILED);
        }
        if (act->until_frame <= frame && !act->over) {
            act->over = true;
            engine->dirty = true;
        }
    }
    if (engine->counts.n_parts) { /* before the first sound it is only the beginning */
        engine->counts.frames_skipped += (uint64_t)(frame - engine->position);
    }
    engine->position = frame;
    int r_rejoin = acts_rejoin(engine);
    int r_ahead = engine_look_ahead(engine);
    return r < 0 || r_rejoin < 0 || r_ahead < 0 ? no_memory(reterr) : 0;
}

bool engine_is_ready(const struct engine *engine, int64_t frame)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        const struct act *act = engine->acts[i];
        if (act->from_frame < frame && act->voice && !act->voice->tap.is_live &&
            tap_state(&act->voice->tap) != TAP_READY) {
            return false;
        }
    }
    return true;
}

bool engine_is_idle(const struct engine *engine)
{
    return engine->n_acts == 0;
}

void engine_stop(struct engine *engine, int64_t n_fade, enum end_cause cause)
{
    engine->stopping = true; /* from here on no ladder is climbed, so that ending cannot fail */
    int64_t until = engine->position + n_fade;
    engine->stop_fade = (struct mix_step){1, 0, engine->position, n_fade > 0 ? n_fade : 1};
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        act->over = act->over || !act->active;
        if (act->until_frame > until) {
            act->until_frame = until;
            act->cause = cause;
        }
    }
    int r = acts_end_due(engine);
    (void)r;
    acts_sweep(engine);
    alerts_drop_done(engine);
    mics_drop_done(engine);
    programmes_group(engine);
}

int64_t engine_position(const struct engine *engine)
{
    return engine->position;
}

struct engine_counts engine_counts(const struct engine *engine)
{
    return engine->counts;
}

static const char *item_code(const struct plan_item *item)
{
    return item->source == ITEM_SOURCE_COPY ? item->segment_code : item->source_name;
}

struct engine_line engine_line(const struct engine *engine, size_t line)
{
    struct engine_line state = {.open = line_set_has(engine->open, line),
                                .held = line_set_has(engine->held, line)};
    const struct plan_item *next = engine->line_states[line].next;
    if (next && !engine->is_next_stale) {
        state.next_code = item_code(next);
        state.next_title = next->title;
        state.next_frame = engine->line_states[line].next_frame;
    }
    uint32_t index = engine->line_states[line].programme;
    if (index != UINT32_MAX && index < engine->n_programmes) {
        const struct programme *programme = &engine->programmes[index];
        const struct act *act = programme->act;
        state.segment_code = act->rung ? act->rung->code : item_code(act->item);
        state.title = act->rung ? act->rung->title : act->item->title;
        state.since_frame = act->airing ? act->airing_frame : INT64_MIN;
        state.until_frame = act->until_frame;
        state.quiet_frames = engine->position - engine->line_states[line].quiet_from_frame;
        state.start_error_frames = act->airing ? act->airing_frame - act->from_frame : 0;
        state.level = programme->measured;
    }
    return state;
}
