/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/mic_control.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/control/server.h"
#include "playout/radio_mics.h"
#include "station/station.h"

static int check_on_air(const struct alert_control *control, struct fault *reterr)
{
    return control->radio ? 0
                          : fault_set(reterr, EAGAIN, NULL, 0,
                                      _("the radio is still starting; try again in a second"));
}

/* The input that is named, or the only one. */
static int find_input(const struct station *station, const char *id,
                      const struct source_def **ret_input, struct fault *reterr)
{
    if (station->n_inputs == 0) {
        return fault_set(reterr, ENOENT, NULL, 0,
                         _("the station has no input; write [input micro] and device = default "
                           "into station.ini, and start loa run again"));
    }
    if (!id && station->n_inputs > 1) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the station has %zu inputs, such as \"%s\"; say which by --input"),
                         station->n_inputs, station->inputs[0].id);
    }
    size_t i = id ? station_find_input(station, id) : 0;
    if (i == SIZE_MAX) {
        return fault_set(reterr, ENOENT, NULL, 0, _("there is no input \"%s\""), id);
    }
    *ret_input = &station->inputs[i];
    return 0;
}

static int find_lines(const struct alert_control *control, const struct control_call *call,
                      struct line_set into, struct fault *reterr)
{
    size_t n = message_n_texts(call->request, "lines");
    for (size_t i = 0; i < n; i++) {
        const char *id = message_text_at(call->request, "lines", i);
        if (station_resolve_lines(control->station, id, control->now_us, into) < 0) {
            return fault_set(reterr, ENOENT, NULL, 0, _("there is no line and no zone \"%s\""), id);
        }
    }
    return 0;
}

/* What it lays under itself, as a gain. */
static int find_bed(const struct control_call *call, const struct source_def *input,
                    double *ret_duck_db, double *ret_gain, struct fault *reterr)
{
    double db = input->duck_db;
    (void)message_real(call->request, "duck_db", &db);
    if (!(db >= MIC_DUCK_MIN_DB && db <= MIC_DUCK_MAX_DB)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("what lies under a voice is ducked by %g to %g dB"), MIC_DUCK_MIN_DB,
                         MIC_DUCK_MAX_DB);
    }
    bool replaces = message_flag(call->request, "replace");
    *ret_duck_db = replaces ? -INFINITY : db;
    *ret_gain = replaces ? 0 : pow(10, db / 20);
    return 0;
}

static void answer(const struct alert_control *control, struct control_call *call,
                   const struct radio_mic_ask *ask, double duck_db)
{
    struct json *json = control_answer(call);
    json_open(json, "mic", '{');
    json_text(json, "input", ask->name);
    json_text(json, "title", ask->input->title);
    json_text(json, "device", ask->input->target);
    json_real(json, "duck_db", duck_db, 1); /* null: -INFINITY */
    json_instant(json, "until", ask->until_us);
    json_open(json, "lines", '[');
    for (size_t line = line_set_next(ask->lines, 0); line != SIZE_MAX;
         line = line_set_next(ask->lines, line + 1)) {
        json_text(json, NULL, control->station->lines[line].id);
    }
    json_close(json, ']');
    json_close(json, '}');
    control_answer_end(call);
}

static int open_with(const struct alert_control *control, struct control_call *call,
                     struct line_set lines, struct fault *reterr)
{
    char name[MIC_NAME_MAX];
    char uid[32];
    double duck_db = 0;
    struct radio_mic_ask ask = {.name = name,
                                .who = message_text(call->request, "who"),
                                .emergency = message_flag(call->request, "emergency"),
                                .lines = lines};
    snprintf(uid, sizeof uid, "uid %lu", (unsigned long)call->uid);
    ask.who = ask.who ? ask.who : uid;
    (void)message_int(call->request, "until_us", &ask.until_us);
    if (ask.until_us > control->now_us + MIC_LONGEST_US) {
        ask.until_us = control->now_us + MIC_LONGEST_US;
    }
    int r = find_input(control->station, message_text(call->request, "input"), &ask.input, reterr);
    if (r == 0) {
        snprintf(name, sizeof name, "input:%s", ask.input->id);
        r = find_bed(call, ask.input, &duck_db, &ask.bed_gain, reterr);
    }
    r = r < 0 ? r : find_lines(control, call, lines, reterr);
    r = r < 0 ? r : radio_mic_open(control->radio, call->client, &ask, reterr);
    if (r == 0) {
        answer(control, call, &ask, duck_db);
    }
    return r;
}

int mic_control_open(const struct alert_control *control, struct control_call *call,
                     struct fault *reterr)
{
    size_t n_words = line_set_n_words(control->station->n_lines);
    int r = check_on_air(control, reterr);
    if (r < 0) {
        return r;
    }
    AUTO_FREE uint64_t *words = calloc(n_words + 1, sizeof *words);
    return words ? open_with(control, call, (struct line_set){words, n_words}, reterr)
                 : fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

static void instant_or_null(struct json *json, const char *key, int64_t us)
{
    if (us == INT64_MIN) {
        json_null(json, key);
    } else {
        json_instant(json, key, us);
    }
}

int mic_control_state(const struct alert_control *control, struct control_call *call,
                      struct fault *reterr)
{
    static const char *const phases[] = {"opening", "on-air", "ended"};
    static const char *const ends[] = {NULL,    "closed", "time", "stopped",
                                       "hours", "silent", "radio"};
    struct radio_mic_state state;
    int r = check_on_air(control, reterr);
    r = r < 0 ? r : radio_mic_ask(control->radio, call->client, &state, reterr);
    if (r < 0) {
        return r;
    }
    struct json *json = control_answer(call);
    json_open(json, "mic", '{');
    json_text(json, "state", phases[state.phase]);
    instant_or_null(json, "heard", state.heard_us);
    json_int(json, "lines", (int64_t)state.n_lines);
    json_real(json, "peak_dbfs", state.peak_dbfs, 1);
    json_text(json, "end", state.phase == RADIO_MIC_ENDED ? ends[state.end] : NULL);
    json_text(json, "reason",
              state.phase == RADIO_MIC_ENDED && state.why.err ? state.why.text : NULL);
    json_close(json, '}');
    control_answer_end(call);
    return 0;
}

void mic_control_put_line(struct json *json, struct radio *radio, size_t line)
{
    struct radio_mic_on_line mic;
    if (!radio || !radio_mic_on_line(radio, line, &mic)) {
        json_null(json, "mic");
        return;
    }
    json_open(json, "mic", '{');
    json_text(json, "who", mic.who);
    json_text(json, "input", mic.name);
    json_instant(json, "since", mic.since_us);
    json_real(json, "peak_dbfs", mic.peak_dbfs, 1);
    json_close(json, '}');
}
