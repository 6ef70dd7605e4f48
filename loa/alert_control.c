/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/alert_control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "playout/control/server.h"
#include "playout/radio_alerts.h"
#include "station/station.h"

enum { TONE_SECONDS = 10, HEARD_WAIT_MS = 500 };

static int check_on_air(const struct alert_control *control, struct fault *reterr)
{
    return control->radio ? 0
                          : fault_set(reterr, EAGAIN, NULL, 0,
                                      _("the radio is still starting; try again in a second"));
}

/* Of those and the zones that the request names, or every line. */
static int lines_of(const struct alert_control *control, const struct control_call *call,
                    struct line_set into, struct fault *reterr)
{
    size_t n = message_n_texts(call->request, "lines");
    if (message_type(call->request, "lines") == MESSAGE_ABSENT) {
        line_set_fill(into, control->station->n_lines);
    }
    for (size_t i = 0; i < n; i++) {
        const char *id = message_text_at(call->request, "lines", i);
        if (station_resolve_lines(control->station, id, control->now_us, into) < 0) {
            return fault_set(reterr, ENOENT, NULL, 0, _("there is no line and no zone \"%s\""), id);
        }
    }
    return 0;
}

static void answer_lines(struct json *json, const struct station *station, struct line_set lines)
{
    json_open(json, "lines", '[');
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        json_text(json, NULL, station->lines[line].id);
    }
    json_close(json, ']');
}

static void instant_or_null(struct json *json, const char *key, int64_t us)
{
    if (us == INT64_MIN || us == INT64_MAX) {
        json_null(json, key);
    } else {
        json_instant(json, key, us);
    }
}

/* ---- giving one: it is answered once it is heard, or it is clear that it takes long */

struct news {
    const struct alert_control *control;
    struct control_call *call;
    bool is_due;
};

static void answer_given(void *context, const struct radio_alert_state *state)
{
    struct news *news = context;
    const struct alert_spec *spec = state->spec;
    news->is_due = state->begun_us != INT64_MIN || news->call->waited_ms >= HEARD_WAIT_MS;
    if (!news->is_due) {
        return;
    }
    struct json *json = control_answer(news->call);
    json_open(json, spec->kind == ALERT_EMERGENCY ? "alert" : "tone", '{');
    json_text(json, "id", spec->id);
    instant_or_null(json, "heard", state->begun_us);
    json_real(json, "seconds", frames_to_seconds(spec->n_frames), 3);
    answer_lines(json, news->control->station, spec->lines);
    json_close(json, '}');
    control_answer_end(news->call);
}

static int look_again(const struct alert_control *control, struct control_call *call,
                      struct fault *reterr)
{
    struct news news = {control, call, false};
    if (!control->radio || !radio_visit_alert(control->radio, call->ticket, answer_given, &news)) {
        return fault_set(reterr, EAGAIN, NULL, 0,
                         _("the radio ended or began anew just now; look with loa alert --list "
                           "whether the alert stands"));
    }
    return news.is_due ? 0 : -EINPROGRESS;
}

/* Takes the sound. */
static int give(const struct alert_control *control, struct control_call *call,
                struct alert_spec spec, struct alert_sound sound, struct fault *reterr)
{
    size_t n_words = line_set_n_words(control->station->n_lines);
    AUTO_FREE uint64_t *words = calloc(n_words + 1, sizeof *words);
    spec.lines = (struct line_set){words, n_words};
    int r = words ? lines_of(control, call, spec.lines, reterr)
                  : fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    if (r < 0) {
        alert_sound_free(&sound);
        return r;
    }
    r = radio_alert(control->radio, &spec, sound, &call->ticket, reterr);
    return r < 0 ? r : -EINPROGRESS;
}

int alert_control_alert(const struct alert_control *control, struct control_call *call,
                        struct fault *reterr)
{
    struct alert_spec spec = {
        .kind = ALERT_EMERGENCY,
        .id = message_text(call->request, "id"),
        .title = message_text(call->request, "title"),
        .expires_us = INT64_MAX,
        .chime = message_flag(call->request, "chime"),
    };
    struct alert_sound sound;
    if (call->ticket) {
        return look_again(control, call, reterr);
    }
    (void)message_int(call->request, "every_us", &spec.every_us);
    (void)message_int(call->request, "expires_us", &spec.expires_us);
    int r = check_on_air(control, reterr);
    if (r == 0 && call->n_fds != 1) {
        r = fault_set(reterr, EINVAL, NULL, 0, _("what is to be said did not come with the alert"));
    }
    r = r < 0 ? r : alert_sound_map(call->fds[0], &sound, reterr);
    return r < 0 ? r : give(control, call, spec, sound, reterr);
}

int alert_control_end(const struct alert_control *control, struct control_call *call,
                      struct fault *reterr)
{
    const char *id = message_text(call->request, "id");
    int r = check_on_air(control, reterr);
    if (r == 0 && call->ticket == 0) {
        r = radio_end_alert(control->radio, id, reterr);
    }
    if (r < 0) {
        return r;
    }
    call->ticket = 1;
    return radio_alert_stands(control->radio, id) && call->waited_ms < HEARD_WAIT_MS ? -EINPROGRESS
                                                                                     : 0;
}

struct listing {
    const struct alert_control *control;
    struct control_call *call;
};

static void list_one(void *context, const struct radio_alert_state *state)
{
    struct listing *listing = context;
    struct json *json = control_answer(listing->call);
    json_text(json, "id", state->spec->id);
    json_text(json, "title", state->spec->title);
    json_instant(json, "given", state->spec->given_us);
    json_int(json, "every_us", state->spec->every_us);
    instant_or_null(json, "expires", state->spec->expires_us);
    instant_or_null(json, "next", state->next_us);
    json_bool(json, "on_air", state->on_air);
    answer_lines(json, listing->control->station, state->spec->lines);
    control_answer_end(listing->call);
}

int alert_control_list(const struct alert_control *control, struct control_call *call,
                       struct fault *reterr)
{
    struct listing listing = {control, call};
    int r = check_on_air(control, reterr);
    if (r == 0) {
        radio_visit_alerts(control->radio, list_one, &listing);
    }
    return r;
}

int alert_control_tone(const struct alert_control *control, struct control_call *call,
                       struct fault *reterr)
{
    int64_t seconds = TONE_SECONDS;
    char id[ALERT_ID_MAX];
    if (call->ticket) {
        return look_again(control, call, reterr);
    }
    (void)message_int(call->request, "seconds", &seconds);
    snprintf(id, sizeof id, "tone-%lld", (long long)(control->now_us / 1000));
    struct alert_spec spec = {
        .kind = message_flag(call->request, "force") ? ALERT_TEST_FORCED : ALERT_TEST,
        .id = id,
        .title = _("test tone"),
        .expires_us = INT64_MAX,
    };
    struct alert_sound sound;
    int r = check_on_air(control, reterr);
    if (r == 0 && (seconds < 1 || seconds > ALERT_SECONDS_MAX)) {
        r = fault_set(reterr, EINVAL, NULL, 0, _("a test tone lasts 1 to %d seconds"),
                      ALERT_SECONDS_MAX);
    }
    r = r < 0 ? r : alert_sound_tone(seconds * AIR_RATE, &sound, reterr);
    return r < 0 ? r : give(control, call, spec, sound, reterr);
}
