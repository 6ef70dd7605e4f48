/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/radio_control.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/paths.h"
#include "loa/alert_control.h"
#include "loa/mic_control.h"
#include "loa/stopped.h"
#include "playout/control/server.h"
#include "playout/radio.h"
#include "playout/radio_mics.h"
#include "station/station.h"

enum { WRITE_WAIT_MS = 500 };

struct radio_control {
    struct radio_control_options options;
    struct control_server *server;
    pthread_mutex_t lock; /* of all that follows */
    struct radio *radio;  /* NULL: not on air yet, or not any more */
    int64_t since_us;
    struct stopped stopped;
    /* the keeper, who writes the file */
    pthread_t keeper;
    bool has_keeper;
    pthread_cond_t news;
    bool ending;
    uint64_t n_changes;
    uint64_t n_written;
    struct fault write_fault; /* of the last attempt */
};

/* As much of it as fits. */
static void put(char *out, size_t size, const char *text, const char *otherwise)
{
    text = text ? text : otherwise;
    size_t n = strnlen(text, size - 1);
    memcpy(out, text, n);
    out[n] = '\0';
}

/* ---- the file */

static int write_file(struct radio_control *control, const struct strbuf *text,
                      struct fault *reterr)
{
    char path[PATHS_MAX];
    int r = path_join(path, control->options.dir, STOPPED_FILE, reterr);
    if (r == 0 && strbuf_failed(text)) {
        return fault_set(reterr, ENOMEM, path, 0, _("out of memory"));
    }
    if (r == 0 && text->n > 0) {
        return path_write_file(path, text->text, text->n, reterr);
    }
    if (r == 0 && unlink(path) < 0 && errno != ENOENT) {
        int err = errno;
        return fault_set(reterr, err, path, 0, _("cannot be removed: %s"), errno_text(err));
    }
    return r;
}

static void *keeper_main(void *context)
{
    struct radio_control *control = context;
    pthread_mutex_lock(&control->lock);
    while (!control->ending || control->n_written != control->n_changes) {
        if (control->n_written == control->n_changes) {
            pthread_cond_wait(&control->news, &control->lock);
            continue;
        }
        uint64_t n = control->n_changes;
        struct strbuf text;
        struct fault fault = {0};
        strbuf_init(&text, STOPPED_FILE_MAX_BYTES);
        stopped_write(&control->stopped, &text);
        pthread_mutex_unlock(&control->lock);
        if (write_file(control, &text, &fault) < 0) {
            log_fault(control->options.log, LOG_ERROR, &fault);
        }
        strbuf_finish(&text);
        pthread_mutex_lock(&control->lock);
        control->n_written = n;
        control->write_fault = fault;
        pthread_cond_broadcast(&control->news);
    }
    pthread_mutex_unlock(&control->lock);
    return NULL;
}

/* Under the lock. false: it was not written, or not yet, and the fault says so. */
static bool keep(struct radio_control *control, struct fault *ret_fault)
{
    struct timespec until;
    uint64_t n = ++control->n_changes;
    pthread_cond_broadcast(&control->news);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WRITE_WAIT_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int r = 0;
    while (control->n_written < n && r != ETIMEDOUT) {
        r = pthread_cond_timedwait(&control->news, &control->lock, &until);
    }
    if (control->n_written < n) {
        fault_set(ret_fault, ETIMEDOUT, STOPPED_FILE, 0, _("the disk does not answer"));
        return false;
    }
    *ret_fault = control->write_fault;
    return !ret_fault->err;
}

/* What cannot be read may have been a stop of any line: silence can be undone by a person who sees
 * it, and sound cannot. */
static void read_file(struct radio_control *control)
{
    char path[PATHS_MAX];
    AUTO_FREE char *text = NULL;
    size_t n = 0;
    struct fault fault = {0};
    int r = path_join(path, control->options.dir, STOPPED_FILE, &fault);
    if (r == 0) {
        r = path_read_file(path, STOPPED_FILE_MAX_BYTES, &text, &n, &fault);
    }
    if (r == -ENOENT) {
        return;
    }
    if (r == 0) {
        r = stopped_read(&control->stopped, text, &fault);
    }
    if (r < 0) {
        struct line_stop stop = {.at_us = clock_now_us(control->options.clock)};
        put(stop.reason, sizeof stop.reason, fault.text, "");
        log_fault(control->options.log, LOG_ERROR, &fault);
        log_line(control->options.log, LOG_ERROR,
                 _("who has stopped which lines cannot be read, so all are; `loa resume` lets them "
                   "sound"));
        line_set_fill(control->stopped.lines, control->options.station->n_lines);
        stopped_add(&control->stopped, control->stopped.lines, &stop);
    }
}

/* ---- what is asked */

/* The lines that a request is about: those and the zones it names, or every line. */
static int lines_of(struct radio_control *control, const struct control_call *call,
                    struct line_set into, struct fault *reterr)
{
    const struct station *station = control->options.station;
    int64_t now_us = clock_now_us(control->options.clock);
    size_t n = message_n_texts(call->request, "lines");
    if (n == 0) {
        line_set_fill(into, station->n_lines);
    }
    for (size_t i = 0; i < n; i++) {
        const char *id = message_text_at(call->request, "lines", i);
        if (station_resolve_lines(station, id, now_us, into) < 0) {
            return fault_set(reterr, ENOENT, NULL, 0, _("there is no line and no zone \"%s\""), id);
        }
    }
    return 0;
}

static void answer_lines(struct control_call *call, const char *key, const struct station *station,
                         struct line_set lines, const struct fault *warning)
{
    struct json *json = control_answer(call);
    json_open(json, key, '[');
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        json_text(json, NULL, station->lines[line].id);
    }
    json_close(json, ']');
    if (warning) {
        json_text(json, "warning", warning->text);
    }
    control_answer_end(call);
}

static void stop_lines(struct radio_control *control, struct control_call *call,
                       struct line_set lines)
{
    struct line_stop stop = {.at_us = clock_now_us(control->options.clock)};
    struct fault fault = {0};
    char uid[32];
    snprintf(uid, sizeof uid, "uid %lu", (unsigned long)call->uid);
    put(stop.who, sizeof stop.who, message_text(call->request, "who"), uid);
    put(stop.reason, sizeof stop.reason, message_text(call->request, "reason"), "");
    pthread_mutex_lock(&control->lock);
    int r = control->radio ? radio_hold(control->radio, lines, stop.at_us, &fault) : 0;
    if (r < 0) {
        log_fault(control->options.log, LOG_ERROR, &fault);
    }
    stopped_add(&control->stopped, lines, &stop);
    bool kept = keep(control, &fault);
    pthread_mutex_unlock(&control->lock);
    log_line(control->options.log, LOG_WARNING,
             _("%s has stopped %zu lines; `loa resume` undoes it"), stop.who,
             line_set_count(lines));
    answer_lines(call, "stopped", control->options.station, lines, kept ? NULL : &fault);
}

static void resume_lines(struct radio_control *control, struct control_call *call,
                         struct line_set lines)
{
    struct fault fault = {0};
    const char *who = message_text(call->request, "who");
    pthread_mutex_lock(&control->lock);
    line_set_and(lines, control->stopped.lines);
    line_set_minus(control->stopped.lines, lines);
    int r = control->radio ? radio_release(control->radio, lines, &fault) : 0;
    if (r < 0) {
        log_fault(control->options.log, LOG_ERROR, &fault);
    }
    bool kept = keep(control, &fault);
    pthread_mutex_unlock(&control->lock);
    log_line(control->options.log, LOG_WARNING, _("%s has resumed %zu lines"), who ? who : "?",
             line_set_count(lines));
    answer_lines(call, "resumed", control->options.station, lines, kept ? NULL : &fault);
}

typedef void (*order_call)(struct radio_control *control, struct control_call *call,
                           struct line_set lines);

static int with_lines(struct radio_control *control, struct control_call *call, order_call order,
                      struct fault *reterr)
{
    size_t n_words = line_set_n_words(control->options.station->n_lines);
    AUTO_FREE uint64_t *words = calloc(n_words + 1, sizeof *words);
    if (!words) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    struct line_set lines = {words, n_words};
    int r = lines_of(control, call, lines, reterr);
    if (r == 0) {
        order(control, call, lines);
    }
    return r;
}

static int on_stop(void *context, struct control_call *call, struct fault *reterr)
{
    return with_lines(context, call, stop_lines, reterr);
}

static int on_resume(void *context, struct control_call *call, struct fault *reterr)
{
    return with_lines(context, call, resume_lines, reterr);
}

static void instant_or_null(struct json *json, const char *key, int64_t us)
{
    if (us) {
        json_instant(json, key, us);
    } else {
        json_null(json, key);
    }
}

static void answer_radio(struct radio_control *control, struct control_call *call)
{
    struct radio_status status = {0};
    if (control->radio) {
        radio_status(control->radio, &status);
    }
    struct json *json = control_answer(call);
    json_open(json, "radio", '{');
    json_text(json, "station", control->options.station->title);
    json_text(json, "state", control->radio ? "on-air" : "starting");
    instant_or_null(json, "since", control->since_us);
    json_int(json, "pid", getpid());
    json_int(json, "lines", (int64_t)control->options.station->n_lines);
    json_int(json, "stopped", (int64_t)line_set_count(control->stopped.lines));
    json_int(json, "parts", (int64_t)status.n_parts);
    json_int(json, "mixes", (int64_t)status.n_mixes);
    json_int(json, "late", (int64_t)status.n_late);
    json_real(json, "skipped_seconds", frames_to_seconds((int64_t)status.frames_skipped), 6);
    json_real(json, "missing_seconds", frames_to_seconds((int64_t)status.frames_missing), 6);
    json_close(json, '}');
    control_answer_end(call);
}

static void answer_stop(struct radio_control *control, struct json *json, size_t line)
{
    if (!line_set_has(control->stopped.lines, line)) {
        json_null(json, "stopped");
        return;
    }
    const struct line_stop *stop = &control->stopped.stops[line];
    json_open(json, "stopped", '{');
    json_text(json, "who", stop->who);
    instant_or_null(json, "at", stop->at_us);
    json_text(json, "reason", stop->reason);
    json_close(json, '}');
}

static void answer_line(struct radio_control *control, struct control_call *call, size_t line)
{
    struct radio_line now = {.peak_dbfs = -INFINITY, .rms_dbfs = -INFINITY};
    if (control->radio) {
        radio_line(control->radio, line, &now);
    }
    bool is_on = *now.segment_code;
    struct json *json = control_answer(call);
    json_text(json, "line", control->options.station->lines[line].id);
    json_text(json, "title", control->options.station->lines[line].title);
    json_text(json, "state", radio_line_state_name(now.state));
    json_text(json, "item", is_on ? now.segment_code : NULL);
    json_text(json, "item_title", is_on ? now.title : NULL);
    instant_or_null(json, "since", now.since_us);
    instant_or_null(json, "until", now.until_us);
    bool has_next = *now.next_code;
    json_text(json, "next", has_next ? now.next_code : NULL);
    json_text(json, "next_title", has_next ? now.next_title : NULL);
    instant_or_null(json, "next_start", now.next_us);
    json_real(json, "level_dbfs", is_on ? now.rms_dbfs : -INFINITY, 1);
    json_real(json, "peak_dbfs", is_on ? now.peak_dbfs : -INFINITY, 1);
    json_int(json, "start_error_us", now.start_error_us);
    json_int(json, "underruns", (int64_t)now.n_underruns);
    json_int(json, "reconnects", (int64_t)now.n_reconnects);
    json_real(json, "lost_seconds", frames_to_seconds((int64_t)now.frames_lost), 6);
    json_real(json, "silent_seconds", (double)now.quiet_us / 1e6, 3);
    json_text(json, "alarm",
              now.state == RADIO_LINE_FAILED ? "output"
              : now.is_quiet                 ? "silence"
                                             : NULL);
    answer_stop(control, json, line);
    mic_control_put_line(json, control->radio, line);
    control_answer_end(call);
}

static int on_status(void *context, struct control_call *call, struct fault *reterr)
{
    struct radio_control *control = context;
    (void)reterr;
    pthread_mutex_lock(&control->lock);
    answer_radio(control, call);
    for (size_t line = 0; line < control->options.station->n_lines; line++) {
        answer_line(control, call, line);
    }
    pthread_mutex_unlock(&control->lock);
    return 0;
}

/* ---- alerts */

typedef int (*alert_call)(const struct alert_control *control, struct control_call *call,
                          struct fault *reterr);

static int with_radio(struct radio_control *control, struct control_call *call, alert_call act,
                      struct fault *reterr)
{
    pthread_mutex_lock(&control->lock);
    struct alert_control alert = {control->radio, control->options.station,
                                  clock_now_us(control->options.clock)};
    int r = act(&alert, call, reterr);
    pthread_mutex_unlock(&control->lock);
    return r;
}

static int on_alert(void *context, struct control_call *call, struct fault *reterr)
{
    return with_radio(context, call, alert_control_alert, reterr);
}

static int on_end_alert(void *context, struct control_call *call, struct fault *reterr)
{
    return with_radio(context, call, alert_control_end, reterr);
}

static int on_alerts(void *context, struct control_call *call, struct fault *reterr)
{
    return with_radio(context, call, alert_control_list, reterr);
}

static int on_tone(void *context, struct control_call *call, struct fault *reterr)
{
    return with_radio(context, call, alert_control_tone, reterr);
}

/* ---- microphones, which live as long as who asked for them */

static int on_mic(void *context, struct control_call *call, struct fault *reterr)
{
    return with_radio(context, call, mic_control_open, reterr);
}

static int on_mic_state(void *context, struct control_call *call, struct fault *reterr)
{
    return with_radio(context, call, mic_control_state, reterr);
}

static void on_gone(void *context, uint64_t client)
{
    struct radio_control *control = context;
    pthread_mutex_lock(&control->lock);
    if (control->radio) {
        radio_mic_close(control->radio, client);
    }
    pthread_mutex_unlock(&control->lock);
}

/* ---- its life */

void radio_control_set(struct radio_control *control, struct radio *radio)
{
    struct fault fault = {0};
    pthread_mutex_lock(&control->lock);
    if (radio && !control->since_us) {
        control->since_us = clock_now_us(control->options.clock);
    }
    control->radio = radio;
    for (size_t line = line_set_next(control->stopped.lines, 0); radio && line != SIZE_MAX;) {
        /* As many of one decision as there are, so that each keeps the time of its own. */
        size_t n_words = control->stopped.lines.n_words;
        int64_t at_us = control->stopped.stops[line].at_us;
        AUTO_FREE uint64_t *words = calloc(n_words + 1, sizeof *words);
        struct line_set same = {words, words ? n_words : 0};
        for (; line != SIZE_MAX && control->stopped.stops[line].at_us == at_us;
             line = line_set_next(control->stopped.lines, line + 1)) {
            if (words) {
                line_set_add(same, line);
            }
        }
        if (!words || radio_hold(radio, same, at_us, &fault) < 0) {
            log_line(control->options.log, LOG_ERROR, _("a line that was stopped may sound: %s"),
                     words ? fault.text : errno_text(ENOMEM));
        }
    }
    pthread_mutex_unlock(&control->lock);
}

static int keeper_start(struct radio_control *control, struct fault *reterr)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&control->lock, NULL);
    pthread_cond_init(&control->news, &steady);
    pthread_condattr_destroy(&steady);
    int r = pthread_create(&control->keeper, NULL, keeper_main, control);
    if (r) {
        return fault_set(reterr, r, NULL, 0, _("the radio cannot be controlled: %s"),
                         errno_text(r));
    }
    control->has_keeper = true;
    return 0;
}

int radio_control_open(const struct radio_control_options *options,
                       struct radio_control **ret_control, struct fault *reterr)
{
    static const control_handler handlers[CONTROL_N_WORDS] = {
        [CONTROL_STATUS] = on_status,       [CONTROL_STOP] = on_stop,
        [CONTROL_RESUME] = on_resume,       [CONTROL_ALERT] = on_alert,
        [CONTROL_END_ALERT] = on_end_alert, [CONTROL_ALERTS] = on_alerts,
        [CONTROL_TONE] = on_tone,           [CONTROL_MIC] = on_mic,
        [CONTROL_MIC_STATE] = on_mic_state,
    };
    AUTO(radio_control_close) struct radio_control *control = calloc(1, sizeof *control);
    if (!control) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    control->options = *options;
    int r = keeper_start(control, reterr);
    if (r == 0 && stopped_init(&control->stopped, options->station) < 0) {
        r = fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    if (r < 0) {
        return r;
    }
    read_file(control);
    struct fault fault = {0};
    struct control_server_options server = {.dir = options->dir,
                                            .log = options->log,
                                            .handlers = handlers,
                                            .on_gone = on_gone,
                                            .context = control};
    r = control_server_open(&server, &control->server, &fault);
    if (r == -EALREADY) {
        *reterr = fault;
        return r;
    }
    if (r < 0) {
        log_fault(options->log, LOG_ERROR, &fault);
    }
    *ret_control = STEAL(control);
    return 0;
}

struct radio_control *radio_control_close(struct radio_control *control)
{
    if (!control) {
        return NULL;
    }
    control_server_close(control->server);
    if (control->has_keeper) {
        pthread_mutex_lock(&control->lock);
        control->ending = true;
        pthread_cond_broadcast(&control->news);
        pthread_mutex_unlock(&control->lock);
        pthread_join(control->keeper, NULL);
    }
    pthread_cond_destroy(&control->news);
    pthread_mutex_destroy(&control->lock);
    stopped_finish(&control->stopped);
    free(control);
    return NULL;
}
