/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "playout/engine_int.h"
#include "station/station.h"

/* What a line's ladder offers from a rung on. */
struct offer {
    const struct segment *segment; /* NULL: silence */
    size_t rung_index;
    int64_t until_frame; /* when a mode withholds it; INT64_MAX: never */
};

static bool is_valid_at(const struct segment *segment, int64_t frame)
{
    int64_t us = frames_to_us(frame);
    return segment->valid_from_us <= us && us < segment->valid_until_us;
}

static struct offer ladder_offer(const struct engine *engine, size_t line, size_t from_rung,
                                 int64_t frame)
{
    const struct line_def *def = &engine->options.station->lines[line];
    for (size_t i = from_rung; i < def->n_fallback; i++) {
        const char *code = def->fallback[i].segment_code;
        if (!code) {
            break;
        }
        const struct segment *segment = segments_find_airable(&engine->airable->ladder, code);
        int64_t until = segment && is_valid_at(segment, frame)
                            ? agenda_withheld_from(engine->agenda, segment->kind, line, frame)
                            : frame;
        if (until > frame) {
            return (struct offer){segment, i, until};
        }
    }
    return (struct offer){0};
}

static struct act *rung_create(struct engine *engine, const struct act *of, struct offer offer,
                               int64_t from_frame)
{
    struct act *act = act_create(engine, of->item, of->order);
    if (!act) {
        return NULL;
    }
    int64_t item_end = plan_item_end(of->item);
    int64_t end = item_end < offer.until_frame ? item_end : offer.until_frame;
    int64_t rung_end = from_frame + offer.segment->frames;
    bool is_cut = rung_end > end;
    act->rung = offer.segment;
    act->airable = airable_hold(engine->airable);
    act->rung_index = offer.rung_index;
    act->begun = of->begun;
    act->from_frame = from_frame;
    act->until_frame = is_cut ? end : rung_end;
    act->zero_frame = from_frame;
    bool is_preempted = end == item_end && of->item->end_cause == END_PREEMPTED;
    act->cause = !is_cut ? END_COMPLETE : is_preempted ? END_PREEMPTED : END_CUT;
    act->fade_zero_frame = from_frame;
    int64_t n = act->until_frame - from_frame;
    int64_t out = n < FALLBACK_FADE_FRAMES ? n : FALLBACK_FADE_FRAMES;
    act->fade = (struct mix_fade){act_gain(offer.segment->gain_db), n, 0, is_cut ? out : 0};
    line_set_clear(act->asked);
    return act;
}

/* Add the offer's rung for all lines of `left` that are offered the same, and take them
 * from `left`. A rung that is known to be unplayable climbs on by itself. */
static int climb_together(struct engine *engine, const struct act *of, struct line_set left,
                          size_t from_rung, struct offer offer, int64_t from_frame)
{
    struct act *act = rung_create(engine, of, offer, from_frame);
    if (!act) {
        return -ENOMEM;
    }
    for (size_t line = line_set_next(left, 0); line != SIZE_MAX;
         line = line_set_next(left, line + 1)) {
        struct offer other = ladder_offer(engine, line, from_rung, from_frame);
        if (other.segment == offer.segment && other.rung_index == offer.rung_index &&
            other.until_frame == offer.until_frame) {
            line_set_add(act->asked, line);
        }
    }
    line_set_minus(left, act->asked);
    int r = act_prepare(engine, act);
    if (r == 0 && act->failed) {
        r = fallback_climb(engine, act, from_frame);
        act_destroy(engine, act);
        return r;
    }
    if (r < 0) {
        act_destroy(engine, act);
        return r;
    }
    return acts_add(engine, act);
}

int fallback_climb(struct engine *engine, const struct act *act, int64_t from_frame)
{
    if (engine->stopping || from_frame >= plan_item_end(act->item)) {
        return 0;
    }
    size_t from_rung = act->rung ? act->rung_index + 1 : 0;
    struct act *left = act_create(engine, act->item, act->order); /* for its set of lines */
    if (!left) {
        return -ENOMEM;
    }
    line_set_clear(left->asked);
    line_set_or(left->asked, act->asked);
    line_set_and(left->asked, engine->carried);
    int r = 0;
    for (size_t line = line_set_next(left->asked, 0); line != SIZE_MAX && r == 0;
         line = line_set_next(left->asked, line + 1)) {
        struct offer offer = ladder_offer(engine, line, from_rung, from_frame);
        if (offer.segment) {
            r = climb_together(engine, act, left->asked, from_rung, offer, from_frame);
        }
    }
    act_destroy(engine, left);
    return r;
}

bool fallback_is_there(const struct engine *engine, const struct act *act)
{
    for (size_t line = line_set_next(act->owned, 0); line != SIZE_MAX;
         line = line_set_next(act->owned, line + 1)) {
        if (ladder_offer(engine, line, 0, engine->position).segment) {
            return true;
        }
    }
    return false;
}

int act_pass_on(struct engine *engine, const struct act *act)
{
    int64_t from = act->from_frame > engine->position ? act->from_frame : engine->position;
    return fallback_climb(engine, act, from);
}
