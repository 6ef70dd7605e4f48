/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/alerts/alert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"
#include "playout/alerts/alert_airing.h"
#include "playout/alerts/gong.h"

bool alert_id_is_good(const char *id)
{
    size_t n = strlen(id);
    return n > 0 && n < ALERT_ID_MAX && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == n &&
           id[0] != '-' && id[n - 1] != '-';
}

int alert_check_sound(const float *frames, int64_t n_frames, struct fault *reterr)
{
    for (int64_t i = 0; i < n_frames * AIR_CHANNELS; i++) {
        if (!(frames[i] >= -1.0F && frames[i] <= 1.0F)) { /* not a number, neither */
            return fault_set(reterr, EINVAL, NULL, 0,
                             _("what is to be said holds numbers that are no sound"));
        }
    }
    return 0;
}

static int spec_check(const struct alert_spec *spec, size_t n_lines, struct fault *reterr)
{
    if (!alert_id_is_good(spec->id)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("\"%s\" cannot name an alert; use up to 63 of a-z, 0-9 and -"),
                         spec->id);
    }
    if (!utf8_is_valid(spec->title) || strlen(spec->title) >= ALERT_TITLE_MAX ||
        strpbrk(spec->title, "\n\r")) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the alert's title is too long, or not one line of text"));
    }
    if (spec->n_frames < 1 || spec->n_frames > (int64_t)ALERT_SECONDS_MAX * AIR_RATE) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("an alert lasts up to %d minutes; say less, and more often"),
                         ALERT_SECONDS_MAX / 60);
    }
    if (spec->every_us != 0 &&
        (spec->every_us < ALERT_EVERY_MIN_US || spec->every_us > ALERT_EVERY_MAX_US ||
         spec->every_us < 2 * frames_to_us(spec->n_frames + GONG_FRAMES))) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("an alert is repeated every 1 min to 31 days, and takes at most half "
                           "of that time"));
    }
    if (spec->expires_us <= spec->given_us) {
        return fault_set(reterr, EINVAL, NULL, 0, _("the alert expires before it is given"));
    }
    if (spec->lines.n_words > line_set_n_words(n_lines) || line_set_is_empty(spec->lines)) {
        return fault_set(reterr, EINVAL, NULL, 0, _("the alert is for no line"));
    }
    return 0;
}

static void item_fill(struct alert *alert)
{
    const struct alert_spec *spec = &alert->spec;
    bool is_test = spec->kind != ALERT_EMERGENCY;
    snprintf(alert->uid, sizeof alert->uid, "%s:%s", is_test ? "tone" : "alert", alert->id);
    alert->item = (struct plan_item){
        .n_frames = alert_frames(alert),
        .lines = spec->lines,
        .segment_code = alert->uid,
        .segment_version = 1,
        .title = alert->title,
        .kind = is_test ? "" : "khan-cap",
        .tags = "",
        .channels = AIR_CHANNELS,
        .whole_frames = alert_frames(alert),
        .copy_frames = alert_frames(alert),
        .slot_uid = alert->uid,
        .slot_recurrence_us = spec->given_us,
        .slot_start_us = spec->given_us,
        .slot_title = alert->title,
        .priority = spec->kind == ALERT_TEST ? 9 : 1,
        .end_cause = END_COMPLETE,
        .state = is_test ? PLAN_FILLER : PLAN_PLANNED,
        .reason = "",
    };
}

static void progress_begin(struct alert *alert)
{
    atomic_init(&alert->begun_frame, INT64_MIN);
    atomic_init(&alert->n_begun, 0);
    atomic_init(&alert->heard_us, alert->spec.heard_us);
    atomic_init(&alert->next_frame, INT64_MAX);
    atomic_init(&alert->on_air, false);
    atomic_init(&alert->ending, false);
    atomic_init(&alert->ended, false);
    atomic_init(&alert->dropped, false);
}

int alert_create(const struct alert_spec *spec, size_t n_lines, struct alert **ret_alert,
                 struct fault *reterr)
{
    int r = spec_check(spec, n_lines, reterr);
    if (r < 0) {
        return r;
    }
    size_t n_words = line_set_n_words(n_lines);
    AUTO(alert_destroy) struct alert *alert = calloc(1, sizeof *alert);
    if (alert) {
        alert->spec.lines.words = calloc(2 * n_words + 1, sizeof(uint64_t));
        alert->chime = calloc(spec->chime ? GONG_FRAMES : 1, sizeof *alert->chime);
    }
    if (!alert || !alert->spec.lines.words || !alert->chime) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the alert"));
    }
    uint64_t *words = alert->spec.lines.words;
    memcpy(words, spec->lines.words, spec->lines.n_words * sizeof *words);
    alert->spec = *spec;
    alert->spec.lines = (struct line_set){words, n_words};
    alert->owed = (struct line_set){words + n_words, n_words};
    snprintf(alert->id, sizeof alert->id, "%s", spec->id);
    snprintf(alert->title, sizeof alert->title, "%s", spec->title);
    alert->spec.id = alert->id;
    alert->spec.title = alert->title;
    if (spec->chime) {
        gong_render(alert->chime);
        alert->chime_frames = GONG_FRAMES;
    }
    item_fill(alert);
    progress_begin(alert);
    *ret_alert = STEAL(alert);
    return 0;
}

struct alert *alert_destroy(struct alert *alert)
{
    if (alert) {
        free(alert->spec.lines.words);
        free(alert->chime);
        free(alert);
    }
    return NULL;
}

const struct alert_spec *alert_spec(const struct alert *alert)
{
    return &alert->spec;
}

int64_t alert_frames(const struct alert *alert)
{
    return alert->chime_frames + alert->spec.n_frames;
}

struct alert_progress alert_progress(const struct alert *alert)
{
    return (struct alert_progress){
        .dropped = atomic_load_explicit(&alert->dropped, memory_order_acquire),
        .begun_frame = atomic_load_explicit(&alert->begun_frame, memory_order_acquire),
        .n_begun = atomic_load(&alert->n_begun),
        .heard_us = atomic_load(&alert->heard_us),
        .next_frame = atomic_load(&alert->next_frame),
        .on_air = atomic_load(&alert->on_air),
        .ending = atomic_load(&alert->ending),
        .ended = atomic_load(&alert->ended),
    };
}

void alert_pull(struct alert *alert, int64_t at, size_t n)
{
    size_t done = 0;
    for (; done < n && at + (int64_t)done < alert->chime_frames; done++) {
        float sample = alert->chime[at + (int64_t)done];
        alert->block[2 * done] = sample;
        alert->block[2 * done + 1] = sample;
    }
    int64_t from = at + (int64_t)done - alert->chime_frames;
    int64_t left = alert->spec.n_frames - from;
    size_t n_said = left <= 0 ? 0 : (uint64_t)left < n - done ? (size_t)left : n - done;
    if (n_said) {
        memcpy(alert->block + 2 * done, alert->spec.frames + 2 * from, 2 * n_said * sizeof(float));
    }
    memset(alert->block + 2 * (done + n_said), 0, 2 * (n - done - n_said) * sizeof(float));
}

int64_t alert_due_after(const struct alert *alert, int64_t frame)
{
    if (alert->spec.every_us == 0) {
        return INT64_MAX;
    }
    int64_t given = frames_from_us(alert->spec.given_us);
    int64_t every = frames_from_us(alert->spec.every_us);
    int64_t n = frames_floor_div(frame - given, every) + 1;
    return n > 0 ? given + n * every : given;
}

int64_t alert_first_due(const struct alert *alert, int64_t frame)
{
    if (alert->spec.heard_us == INT64_MIN) {
        return frame;
    }
    int64_t due = alert_due_after(alert, frames_from_us(alert->spec.heard_us));
    return due > frame ? due : frame;
}
