/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "playout/engine_int.h"

/* What a person has said at once: when it is due, on which lines, and when it is over. */

static const int rank_classes[] = {[ALERT_EMERGENCY] = RANK_EMERGENCY,
                                   [ALERT_TEST] = RANK_TEST,
                                   [ALERT_TEST_FORCED] = RANK_TEST_FORCED};

static void set_due(struct alert *alert, int64_t frame)
{
    alert->due_frame = frame;
    atomic_store(&alert->next_frame, frame);
}

static bool has_expired(const struct engine *engine, const struct alert *alert)
{
    return alert->spec.expires_us != INT64_MAX &&
           engine->position >= frames_from_us(alert->spec.expires_us);
}

/* Nothing of it begins any more; what sounds of it fades out. */
static void alert_end(struct engine *engine, struct alert *alert)
{
    struct act *act = alert->act;
    int64_t until = engine->position + TAKE_OFF_FRAMES;
    alert->done = true;
    atomic_store(&alert->ending, true);
    set_due(alert, INT64_MAX);
    if (!act || act->over || act->until_frame <= until) {
        return;
    }
    if (!act->airing) {
        until = engine->position;
        act->over = true;
    }
    act->take_off = (struct mix_step){1, 0, engine->position, TAKE_OFF_FRAMES};
    act->until_frame = until;
    act->cause = END_STOPPED;
    acts_wait_until(engine, alert->order, until);
    engine->dirty = true;
}

static struct alert *alert_find(const struct engine *engine, const char *id)
{
    struct alert *alert = engine->alerts;
    while (alert && (alert->done || strcmp(alert->id, id) != 0)) {
        alert = alert->next;
    }
    return alert;
}

bool engine_end_alert(struct engine *engine, const char *id)
{
    struct alert *alert = alert_find(engine, id);
    if (alert) {
        alert_end(engine, alert);
    }
    return alert;
}

void engine_interject(struct engine *engine, struct alert *alert)
{
    (void)engine_end_alert(engine, alert->id);
    alert->order = ++engine->n_alerts;
    alert->at_once = !alert->spec.restored;
    set_due(alert, alert->at_once ? engine->position : alert_first_due(alert, engine->position));
    alert->next = engine->alerts;
    engine->alerts = alert;
}

/* ---- its airing is over */

void alert_collect(struct engine *engine, struct alert *alert)
{
    const struct act *act = alert->act;
    alert->act = NULL;
    atomic_store(&alert->on_air, false);
    /* What is said once and owed to a line still is not over: a crash must not take it for heard.
     */
    bool is_owed = alert->spec.every_us == 0 && !line_set_is_empty(alert->owed);
    if (act->cause == END_COMPLETE && act->heard_frames > 0 && !is_owed) {
        atomic_store(&alert->heard_us, frames_to_us(alert->item.start_frame));
    }
    if (alert->done) {
        return;
    }
    int64_t due = alert_due_after(alert, alert->item.start_frame);
    while (due < engine->position) { /* it was put off for so long */
        due = alert_due_after(alert, due);
    }
    if (is_owed) {
        due = engine->position;
    }
    set_due(alert, due);
}

/* ---- it begins */

/* Does another emergency have one of its lines? */
static bool is_held_up(const struct engine *engine, const struct alert *alert)
{
    for (size_t i = 0; i < engine->n_acts; i++) {
        const struct act *act = engine->acts[i];
        if (act->alert && act->alert != alert && !act->over &&
            act->rank_class <= rank_classes[alert->spec.kind] &&
            line_set_meets(act->asked, alert->spec.lines)) {
            return true;
        }
    }
    return false;
}

static int alert_begin(struct engine *engine, struct alert *alert)
{
    uint64_t n_begun = atomic_load(&alert->n_begun);
    bool again = n_begun > 0 || alert->spec.heard_us != INT64_MIN;
    alert->item.start_frame = alert->due_frame;
    alert->item.position =
        (int)frames_floor_div(alert->due_frame - frames_from_us(alert->spec.given_us), AIR_RATE);
    alert->item.repeat = again && alert->spec.kind == ALERT_EMERGENCY;
    struct act *act = act_create(engine, &alert->item, alert->order);
    if (!act) {
        return -ENOMEM;
    }
    act->from_frame = engine->position;
    act->until_frame = engine->position + alert_frames(alert);
    act->zero_frame = engine->position;
    act->fade_zero_frame = engine->position;
    act->begun = true;
    act->decided_us = alert->spec.given_us;
    act->rank_class = rank_classes[alert->spec.kind];
    if (!line_set_is_empty(alert->owed)) {
        line_set_clear(act->asked);
        line_set_or(act->asked, alert->owed);
    }
    act->alert = alert;
    alert->n_acts++;
    int r = acts_add(engine, act);
    if (r == 0) {
        alert->act = act;
        alert->at_once = false;
        line_set_clear(alert->owed);
        set_due(alert, INT64_MAX);
        atomic_store(&alert->n_begun, n_begun + 1);
        atomic_store_explicit(&alert->begun_frame, engine->position, memory_order_release);
        atomic_store(&alert->on_air, true);
    }
    return r;
}

int alerts_begin_due(struct engine *engine)
{
    int r = 0;
    for (struct alert *alert = engine->alerts; alert; alert = alert->next) {
        if (alert->act && alert->act->over) {
            alert_collect(engine, alert);
        }
    }
    for (struct alert *alert = engine->alerts; alert; alert = alert->next) {
        if (alert->done || alert->act || engine->stopping) {
            continue;
        }
        alert->done = alert->due_frame == INT64_MAX || has_expired(engine, alert);
        if (alert->done || alert->due_frame > engine->position ||
            (!alert->at_once && is_held_up(engine, alert))) {
            continue;
        }
        int r_begin = alert_begin(engine, alert);
        r = r < 0 ? r : r_begin;
    }
    return r;
}

int64_t alerts_next_frame(const struct engine *engine)
{
    int64_t next = INT64_MAX;
    for (const struct alert *alert = engine->alerts; alert; alert = alert->next) {
        if (!alert->done && alert->due_frame > engine->position && alert->due_frame < next) {
            next = alert->due_frame;
        }
    }
    return next;
}

/* ---- its lines */

/* A later one has these lines: this one is not heard there any more, this time. */
static void alert_give_way(struct engine *engine, struct act *act, const struct act *later)
{
    struct alert *alert = act->alert;
    if (!line_set_meets(act->asked, later->asked)) {
        return;
    }
    if (alert->spec.every_us == 0 && !alert->done) {
        line_set_clear(act->wanted); /* scratch until acts_own() */
        line_set_or(act->wanted, act->asked);
        line_set_and(act->wanted, later->asked);
        line_set_or(alert->owed, act->wanted);
    }
    line_set_minus(act->asked, later->asked);
    engine->dirty = true;
    if (line_set_is_empty(act->asked)) {
        if (act->airing) {
            airing_finish(engine, act, engine->position, END_PREEMPTED);
        }
        act->cause = END_PREEMPTED;
        act->over = true;
    }
}

int alerts_take_lines(struct engine *engine)
{
    int r = 0;
    for (size_t i = 0; engine->alerts && i < engine->n_acts; i++) {
        struct act *act = engine->acts[i];
        if (!act->alert || !act->active || act->over || act->rank_class != RANK_EMERGENCY) {
            continue;
        }
        for (size_t k = i + 1; k < engine->n_acts; k++) {
            struct act *other = engine->acts[k];
            if (other->alert && other->rank_class == RANK_EMERGENCY && !other->over) {
                alert_give_way(engine, other, act);
            }
        }
        int r_displace = acts_displace(engine, act);
        r = r < 0 ? r : r_displace;
    }
    return r;
}

/* ---- its end */

static void alert_drop(struct alert *alert)
{
    alert->next = NULL;
    alert->act = NULL;
    atomic_store(&alert->on_air, false);
    atomic_store_explicit(&alert->dropped, true, memory_order_release);
}

void alerts_drop_done(struct engine *engine)
{
    struct alert **at = &engine->alerts;
    while (*at) {
        struct alert *alert = *at;
        if (alert->done && alert->n_acts == 0) {
            *at = alert->next;
            atomic_store(&alert->ended, true);
            alert_drop(alert);
        } else {
            at = &alert->next;
        }
    }
}

void alerts_drop_all(struct engine *engine)
{
    while (engine->alerts) {
        struct alert *alert = engine->alerts;
        engine->alerts = alert->next;
        alert_drop(alert);
    }
}
