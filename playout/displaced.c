/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "playout/engine_int.h"
#include "station/station.h"

/* What an alert interrupts, by the station's rule. To rejoin needs nothing: what is on but owned
 * by nobody goes on unheard. */

static void act_shift(struct act *act, int64_t frames)
{
    act->from_frame += frames;
    act->until_frame += frames;
    act->zero_frame += frames;
    act->fade_zero_frame += frames;
}

/* It has no line left on which it could be heard. */
static void act_leave(struct engine *engine, struct act *act)
{
    if (act->airing) {
        airing_finish(engine, act, engine->position, END_PREEMPTED);
    }
    act->over = true;
    engine->dirty = true;
}

static void act_lose_lines(struct engine *engine, struct act *act, struct line_set lines)
{
    line_set_minus(act->asked, lines);
    engine->dirty = true;
    if (line_set_is_empty(act->asked)) {
        act_leave(engine, act);
    }
}

/* A part of the act that goes on where the act is now, on the lines that `by` has, and when that is
 * over. The act has the other lines. */
static int act_part(struct engine *engine, struct act *act, const struct act *by)
{
    struct act *part = act_create(engine, act->item, act->order);
    if (!part) {
        return -ENOMEM;
    }
    int64_t now = act->from_frame > engine->position ? act->from_frame : engine->position;
    line_set_clear(part->asked);
    line_set_or(part->asked, act->asked);
    line_set_and(part->asked, by->asked);
    part->from_frame = now;
    part->until_frame = act->until_frame;
    part->zero_frame = act->zero_frame;
    part->fade_zero_frame = act->fade_zero_frame;
    part->cause = act->cause;
    part->begun = true;
    part->yields_frame =
        act->yields_frame < act->until_frame ? act->yields_frame : act->until_frame;
    part->waits_for = by->alert->order;
    act_shift(part, by->until_frame - now);
    int r = act_prepare(engine, part);
    if (r < 0) {
        act_destroy(engine, part);
        return r;
    }
    act_lose_lines(engine, act, by->asked);
    return acts_add(engine, part);
}

/* May it go on later, and is it the alert's to say when? What is live is over by then. */
static bool is_to_wait(const struct act *act, const struct act *by)
{
    bool goes_on = !act->rung && !act->is_tail && !act_is_live(act) && !act->failed &&
                   !act->withdrawn && !act->take_off.n_frames;
    bool concerned = act->active || (act->waits_for && act->waits_for != by->alert->order);
    return goes_on && concerned;
}

int acts_displace(struct engine *engine, const struct act *by)
{
    enum after_emergency rule = engine->options.station->after_emergency;
    int r = 0;
    for (size_t i = 0; rule != AFTER_REJOIN && i < engine->n_acts && r == 0; i++) {
        struct act *act = engine->acts[i];
        if (act->alert || act->mic || act->over || !line_set_meets(act->asked, by->asked)) {
            continue;
        }
        if (rule == AFTER_CUT && act->active) {
            act_lose_lines(engine, act, by->asked);
        } else if (rule == AFTER_RESUME && is_to_wait(act, by)) {
            r = act_part(engine, act, by);
            i = SIZE_MAX; /* an act was inserted */
        }
    }
    return r;
}

void acts_wait_until(struct engine *engine, uint64_t alert_order, int64_t frame)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (act->waits_for == alert_order && !act->active) {
            act_shift(act, frame - act->from_frame);
        }
    }
}

int64_t acts_moved_from(const struct engine *engine, int64_t frame)
{
    int64_t first = frame;
    for (size_t i = 0; i < engine->n_acts; i++) {
        const struct act *act = engine->acts[i];
        if (act->waits_for && plan_item_end(act->item) < first) {
            first = plan_item_end(act->item);
        }
    }
    return first;
}
