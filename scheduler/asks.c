/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/planner_int.h"

/* What does a slot ask for? One list of asks, wherever it is written: in the event
 * it repeats, in a clock, as attachments, as categories. */

static const char KIND_EMERGENCY[] = "khan-cap";
/* Kinds that say what they have to say and then give the line back. */
static const char *const NOTICE_KINDS[] = {"thong-bao", KIND_EMERGENCY, "nhac-hieu"};

static bool kind_is_notice(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(NOTICE_KINDS); i++) {
        if (strcmp(kind, NOTICE_KINDS[i]) == 0) {
            return true;
        }
    }
    return false;
}

int asks_add(struct planner *planner, struct asks *asks, struct ask ask)
{
    asks->items = arena_grow(planner->scratch, asks->items, asks->n, &asks->capacity, sizeof ask);
    if (!asks->items) {
        return -ENOMEM;
    }
    asks->items[asks->n++] = ask;
    return 0;
}

/* Of a code without an approved version: was it taken off the air? */
static bool is_withdrawn(const struct planner *planner, const char *code)
{
    const struct segment *newest = segments_find_newest(planner->segments, code);
    return newest && newest->state == SEGMENT_WITHDRAWN;
}

/* Why a code without an approved version does not air: nobody approved it, or what was on
 * the air was withdrawn, which a draft that came after it does not undo. */
static const char *unapproved_text(struct planner *planner, const struct segment *newest)
{
    const struct segment *decided = newest;
    while (decided->state == SEGMENT_DRAFT && decided > planner->segments->items &&
           strcmp(decided[-1].code, newest->code) == 0) {
        decided--;
    }
    if (decided->state != SEGMENT_WITHDRAWN) {
        return arena_printf(planner->arena, _("recording %s has not been approved"), newest->code);
    }
    const char *text = withdrawal_text(planner->arena, decided);
    return !text || decided == newest
               ? text
               : arena_printf(planner->arena, _("%s; its version %d has not been approved"), text,
                              newest->version);
}

const char *code_obstacle(struct planner *planner, const char *code,
                          const struct recording *recording, int64_t at_us)
{
    const char *text = NULL;
    char date[ZONE_INSTANT_MAX];
    const struct segment *newest =
        recording ? recording->segment : segments_find_newest(planner->segments, code);
    if (!newest) {
        text =
            arena_printf(planner->arena,
                         _("the library has no recording %s; import it or correct the code"), code);
    } else if (!recording) {
        text = unapproved_text(planner, newest);
    } else if (at_us < recording->segment->valid_from_us) {
        zone_format_date(recording->segment->valid_from_us, date);
        text = arena_printf(planner->arena, _("recording %s may not air before %s"), code, date);
    } else if (at_us >= recording->segment->valid_until_us) {
        zone_format_date(recording->segment->valid_until_us, date);
        text = arena_printf(planner->arena, _("recording %s may not air from %s on"), code, date);
    } else {
        return NULL;
    }
    return text ? text : "";
}

int asks_add_code(struct planner *planner, struct asks *asks, const char *code, int64_t at_us,
                  const char *reason)
{
    struct recording *recording = recordings_find(&planner->recordings, code);
    const char *obstacle = code_obstacle(planner, code, recording, at_us);
    if (!obstacle) {
        return asks_add(planner, asks,
                        (struct ask){.ask = ASK_RECORDING,
                                     .recording = recording,
                                     .reason = reason});
    }
    enum ask_kind kind = !recording && is_withdrawn(planner, code) ? ASK_WITHDRAWN : ASK_MISSING;
    return *obstacle ? asks_add(planner, asks,
                                (struct ask){.ask = kind, .title = code, .reason = obstacle})
                     : -ENOMEM;
}

/* As a calendar writes it; an address is all of its name. */
static const char *live_name(struct planner *planner, const struct attachment *attachment)
{
    const char *text = attachment->text;
    return attachment->kind == ATTACH_INPUT ? arena_printf(planner->scratch, "input:%s", text)
           : strstr(text, "://")            ? arena_strdup(planner->scratch, text)
                                            : arena_printf(planner->scratch, "relay:%s", text);
}

static int asks_add_attachments(struct planner *planner, const struct slot *slot, struct asks *asks)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < slot->n_attachments; i++) {
        const struct attachment *attachment = &slot->attachments[i];
        if (attachment->kind == ATTACH_SEGMENT || attachment->kind == ATTACH_FILE) {
            const char *code = attachment->kind == ATTACH_FILE
                                   ? code_of_file(planner->arena, attachment->text)
                                   : attachment->text;
            r = code
                    ? asks_add_code(planner, asks, code, slot->start_us, _("the calendar names it"))
                    : -ENOMEM;
        } else {
            const char *name = live_name(planner, attachment);
            r = name ? asks_add_live(planner, asks, name, slot->title, _("the calendar names it"))
                     : -ENOMEM;
        }
    }
    return r;
}

/* Its text as a recording of the library, which somebody must have spoken by then. */
static int asks_add_speech(struct planner *planner, const struct slot *slot,
                           const struct slot_speech *speech, struct asks *asks)
{
    char code[SPOKEN_CODE_MAX];
    int r = spoken_code(speech->kind, speech->topic, speech->text, code);
    if (r == 0 && !segments_find_newest(planner->segments, code)) {
        return asks_add(planner, asks,
                        (struct ask){.ask = ASK_MISSING,
                                     .title = slot->title,
                                     .reason = _("its text has not been spoken yet; write loa say "
                                                 "--slots")});
    }
    r = r < 0 ? r : asks_add_code(planner, asks, code, slot->start_us, _("speaks the slot's text"));
    if (r == 0) {
        asks->items[asks->n - 1].title = slot->title; /* the code means nothing to anybody */
    }
    return r;
}

static int asks_add_clock(struct planner *planner, const struct slot *slot, struct asks *asks)
{
    const struct clock_def *clock = &planner->station->clocks[slot->clock];
    const char *reason = arena_printf(planner->arena, _("clock %s names it"), clock->title);
    int r = reason ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < clock->n_steps; i++) {
        const struct clock_step *step = &clock->steps[i];
        r = step->segment_code
                ? asks_add_code(planner, asks, step->segment_code, slot->start_us, reason)
                : asks_add(planner, asks,
                           (struct ask){.ask = ASK_ROTATION,
                                        .kind = step->kind,
                                        .count = step->count});
    }
    return r;
}

int64_t asks_reserved(const struct asks *asks, size_t i)
{
    int64_t frames = 0;
    for (size_t k = i + 1; k < asks->n; k++) {
        const struct ask *ask = &asks->items[k];
        frames += ask->ask == ASK_RECORDING ? ask->recording->segment->frames : 0;
    }
    return frames;
}

/* What the latest occurrence of the repeated event airs, if this plan has it. */
static const struct job *repeated_job(const struct planner *planner, const struct job *job)
{
    for (size_t i = job->index; i > 0; i--) {
        const struct job *other = &planner->jobs[i - 1];
        if (!other->in_window || strcmp(other->slot->uid, job->slot->repeat_of) != 0) {
            continue;
        }
        for (size_t k = 0; k < other->n_picks; k++) {
            if (other->picks[k].state == PLAN_PLANNED && other->picks[k].n_pieces) {
                return other;
            }
        }
    }
    return NULL;
}

const char *no_source_text(void)
{
    return _("no earlier occurrence of what it repeats has aired or is planned");
}

/* What a slot before airs, once more. */
static int asks_add_again(struct planner *planner, struct asks *asks, struct recording *recording,
                          int64_t at_us, const char *reason)
{
    return recording->source == ITEM_SOURCE_COPY
               ? asks_add_code(planner, asks, recording->segment->code, at_us, reason)
               : asks_add_live(planner, asks, recording->source_name, recording->segment->title,
                               reason);
}

static int asks_add_repeat(struct planner *planner, const struct job *job, struct asks *asks,
                           struct fault *reterr)
{
    const struct slot *slot = job->slot;
    const struct job *source = repeated_job(planner, job);
    int r = 0;
    if (source) {
        char date[ZONE_INSTANT_MAX];
        zone_format_date(source->slot->start_us, date);
        const char *reason =
            arena_printf(planner->arena, _("repeats %s of %s"), source->slot->title, date);
        r = reason ? 0 : plan_no_memory(reterr);
        for (size_t k = 0; r == 0 && k < source->n_picks; k++) {
            const struct pick *pick = &source->picks[k];
            if (pick->state == PLAN_PLANNED && pick->n_pieces) {
                r = asks_add_again(planner, asks, pick->recording, slot->start_us, reason);
            }
        }
    } else {
        r = frozen_repeat(planner, slot->repeat_of, slot->start_us, asks, reterr);
    }
    if (r == 0 && asks->n == 0) {
        r = asks_add(planner, asks,
                     (struct ask){.ask = ASK_MISSING,
                                  .title = slot->title,
                                  .reason = no_source_text()});
    }
    return r == -ENOMEM ? plan_no_memory(reterr) : r;
}

int asks_make(struct planner *planner, const struct job *job, struct asks *ret_asks,
              struct fault *reterr)
{
    const struct slot *slot = job->slot;
    struct slot_speech speech;
    struct asks asks = {0};
    int r;
    if (slot->repeat_of) {
        r = asks_add_repeat(planner, job, &asks, reterr);
    } else if (slot->clock != SIZE_MAX) {
        r = asks_add_clock(planner, slot, &asks);
    } else if (slot->n_attachments) {
        r = asks_add_attachments(planner, slot, &asks);
    } else if (slot_speech(planner->station, slot, &speech)) {
        r = asks_add_speech(planner, slot, &speech, &asks);
    } else {
        r = asks_add(planner, &asks, (struct ask){.ask = ASK_ROTATION, .kind = SIZE_MAX});
    }
    if (r == 0) {
        *ret_asks = asks;
    }
    return r == -ENOMEM ? plan_no_memory(reterr) : r;
}

static bool slot_has_kind(const struct planner *planner, const struct slot *slot, const char *kind)
{
    for (size_t i = 0; i < slot->n_kinds; i++) {
        if (strcmp(planner->station->kinds[slot->kinds[i]].id, kind) == 0) {
            return true;
        }
    }
    return false;
}

/* Do the categories say that the slot announces something? */
static bool slot_calls_itself_notice(const struct planner *planner, const struct slot *slot)
{
    for (size_t i = 0; i < slot->n_kinds; i++) {
        if (!kind_is_notice(planner->station->kinds[slot->kinds[i]].id)) {
            return false;
        }
    }
    return slot->n_kinds > 0;
}

bool slot_is_named(const struct planner *planner, const struct slot *slot)
{
    struct slot_speech speech;
    return (slot->n_attachments && slot->clock == SIZE_MAX && !slot->repeat_of) ||
           slot_speech(planner->station, slot, &speech);
}

bool job_is_notice(const struct planner *planner, const struct job *job)
{
    const struct slot *slot = job->slot;
    struct slot_speech speech;
    if (slot_speech(planner->station, slot, &speech)) {
        return true;
    }
    bool attached = slot->n_attachments && slot->clock == SIZE_MAX && !slot->repeat_of;
    for (size_t i = 0; attached && i < job->asks.n; i++) {
        const struct ask *ask = &job->asks.items[i];
        bool is_missing = ask->ask == ASK_MISSING || ask->ask == ASK_WITHDRAWN;
        const struct segment *newest = ask->ask == ASK_RECORDING ? ask->recording->segment
                                       : is_missing
                                           ? segments_find_newest(planner->segments, ask->title)
                                           : NULL;
        attached = newest ? kind_is_notice(newest->kind)
                          : is_missing && slot_calls_itself_notice(planner, slot);
    }
    return attached;
}

bool job_is_emergency(const struct planner *planner, const struct job *job)
{
    if (slot_rank(job->slot) != 1) {
        return false;
    }
    for (size_t i = 0; i < job->asks.n; i++) {
        const struct recording *recording = job->asks.items[i].recording;
        if (recording && recording_is_emergency(recording)) {
            return true;
        }
    }
    return slot_has_kind(planner, job->slot, KIND_EMERGENCY);
}

bool recording_is_emergency(const struct recording *recording)
{
    return strcmp(recording->segment->kind, KIND_EMERGENCY) == 0;
}
