/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fault.h"
#include "base/i18n.h"
#include "playout/engine_int.h"

static enum airing_role role_of(const struct act *act)
{
    if (act->rung) {
        return AIRING_FALLBACK;
    }
    return act->item->state == PLAN_FILLER ? AIRING_FILLER : AIRING_PROGRAMME;
}

void airing_begin(struct engine *engine, struct act *act)
{
    const struct plan_item *item = act->item;
    const struct segment *rung = act->rung;
    struct airing_start start = {
        .slot_uid = item->slot_uid,
        .slot_recurrence_us = item->slot_recurrence_us,
        .position = item->position,
        .piece = item->piece,
        .lines = act->owned,
        .segment_id = rung ? rung->id : item->segment_id,
        .segment_code = rung ? rung->code : item->segment_code,
        .segment_version = rung ? rung->version : item->segment_version,
        .title = rung ? rung->title : item->title,
        .kind = rung ? rung->kind : item->kind,
        .topic = rung ? rung->topic : item->topic,
        .tags = rung ? rung->tags : item->tags,
        .repeat = rung ? false : item->repeat,
        .role = role_of(act),
        .planned_start_frame = rung ? act->from_frame : item->start_frame,
        .planned_frames = rung ? act->until_frame - act->from_frame : item->n_frames,
        .start_frame = engine->position,
        .offset_frames = engine->position - act->zero_frame,
        .whole_frames = rung ? rung->frames : item->whole_frames,
    };
    act->airing = ++engine->n_airings;
    act->airing_frame = engine->position;
    act->heard_frames = 0;
    engine->options.on_event(engine->options.event_context,
                             &(struct engine_event){.kind = ENGINE_STARTED,
                                                    .frame = engine->position,
                                                    .airing = act->airing,
                                                    .start = &start});
}

void airing_finish(struct engine *engine, struct act *act, int64_t frame, enum end_cause cause)
{
    engine->options.on_event(engine->options.event_context,
                             &(struct engine_event){.kind = ENGINE_ENDED,
                                                    .frame = frame,
                                                    .airing = act->airing,
                                                    .n_frames = act->heard_frames,
                                                    .cause = cause});
    act->airing = 0;
}

/* People know recordings by their codes, and not by the hashes that name the copies. */
void airing_unplayable(struct engine *engine, const struct act *act, const struct fault *fault)
{
    struct fault named = *fault;
    if (act_is_live(act)) {
        fault_set(&named, fault->err, fault->file, fault->line, _("live source %s: %s"),
                  act->item->source_name, fault->text);
    } else {
        fault_set(&named, fault->err, fault->file, fault->line, _("recording %s: %s"),
                  act->rung ? act->rung->code : act->item->segment_code, fault->text);
    }
    engine->options.on_event(engine->options.event_context,
                             &(struct engine_event){.kind = ENGINE_UNPLAYABLE,
                                                    .frame = engine->position,
                                                    .fault = &named});
}
