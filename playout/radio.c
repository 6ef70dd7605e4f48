/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/radio.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "airtime/ledger.h"
#include "base/clock.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/utf8.h"
#include "playout/airable.h"
#include "playout/ledger_writer.h"
#include "playout/line_watch.h"
#include "playout/outputs/file.h"
#include "playout/outputs/output.h"
#include "playout/radio_int.h"
#include "scheduler/plan.h"
#include "station/station.h"

enum { LEAD_US = 150000, STEP_FRAMES = 3600 * AIR_RATE, STEP_FRAMES_WITH_SOUND = AIR_RATE };

static int no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the radio"));
}

/* ---- what the engine says */

/* A line is called by what began last on it, as long as that is on. */
static void tell_titles(struct radio *radio, const struct engine_event *event)
{
    for (uint32_t line = 0; line < radio->options.station->n_lines; line++) {
        if (event->kind == ENGINE_STARTED && line_set_has(event->start->lines, line)) {
            radio->titled[line] = event->airing;
            outputs_title(radio->outputs, line, event->frame, event->start->title);
        } else if (event->kind == ENGINE_ENDED && radio->titled[line] == event->airing) {
            radio->titled[line] = 0;
            outputs_title(radio->outputs, line, event->frame, NULL);
        }
    }
}

static void on_event(void *context, const struct engine_event *event)
{
    struct radio *radio = context;
    ledger_writer_note(radio->writer, event);
    if (radio->outputs && radio->titled) {
        tell_titles(radio, event);
    }
}

static void carry_to_files(void *context, const uint32_t *lines, size_t n_lines, int64_t frame,
                           const float *frames, size_t n)
{
    struct radio *radio = context;
    (void)frame;
    for (size_t i = 0; i < n_lines && !radio->files_fault.err; i++) {
        int r = sound_file_write(radio->files[lines[i]], frames, n, &radio->files_fault);
        (void)r; /* kept in files_fault */
    }
}

static void carry_to_outputs(void *context, const uint32_t *lines, size_t n_lines, int64_t frame,
                             const float *frames, size_t n)
{
    struct radio *radio = context;
    int64_t due_ns = (frames_to_us(frame) + radio->steady_ahead_us) * 1000;
    outputs_carry(radio->outputs, lines, n_lines, frame, due_ns, frames, n);
}

/* ---- opening */

static const char *files_format(const struct radio *radio)
{
    return radio->options.files_format ? radio->options.files_format : "flac";
}

static int file_path(const struct radio *radio, size_t line, char out[static PATHS_MAX],
                     struct fault *reterr)
{
    char name[PATHS_MAX];
    snprintf(name, sizeof name, "%s.%s", radio->options.station->lines[line].id,
             files_format(radio));
    return path_join(out, radio->options.files_dir, name, reterr);
}

/* Take back what was begun, where another file could not be. */
static void files_remove(struct radio *radio)
{
    for (size_t line = 0; line < radio->options.station->n_lines; line++) {
        char path[PATHS_MAX];
        if (radio->files[line] && file_path(radio, line, path, NULL) == 0) {
            unlink(path);
        }
    }
}

static int files_open(struct radio *radio, struct fault *reterr)
{
    radio->files = calloc(radio->options.station->n_lines + 1, sizeof(struct sound_file *));
    if (!radio->files) {
        return no_memory(reterr);
    }
    int r = path_make_dirs(radio->options.files_dir, reterr);
    for (size_t line = line_set_next(radio->carried, 0); line != SIZE_MAX && r == 0;
         line = line_set_next(radio->carried, line + 1)) {
        char path[PATHS_MAX];
        r = file_path(radio, line, path, reterr);
        if (r == 0) {
            r = sound_file_create(path, files_format(radio), &radio->files[line], reterr);
        }
    }
    if (r < 0) {
        files_remove(radio);
    }
    return r;
}

static int sound_open(struct radio *radio, struct fault *reterr)
{
    switch (radio->options.sound) {
    case RADIO_FILES:
        return files_open(radio, reterr);
    case RADIO_OUTPUTS:
        return outputs_open(radio->options.station, radio->carried, &radio->outputs, reterr);
    case RADIO_SILENT:
        break;
    }
    return 0;
}

static int ledger_close_crashed(const struct radio_options *options, struct fault *reterr)
{
    size_t n_closed = 0;
    int r = options->ledger ? ledger_recover(options->ledger, &n_closed, reterr) : 0;
    if (r == 0 && n_closed > 0) {
        log_line(options->log, LOG_WARNING,
                 _("%zu airings were cut off when the radio last ended; they are in the ledger as "
                   "far as they were heard"),
                 n_closed);
    }
    return r;
}

static struct radio_snapshot *snapshot_create(size_t n_lines)
{
    struct radio_snapshot *snapshot = calloc(1, sizeof *snapshot);
    struct radio_line *lines = calloc(n_lines + 1, sizeof *lines);
    if (!snapshot || !lines) {
        free(snapshot);
        free(lines);
        return NULL;
    }
    pthread_mutex_init(&snapshot->lock, NULL);
    snapshot->lines = lines;
    return snapshot;
}

static void snapshot_destroy(struct radio_snapshot *snapshot)
{
    if (snapshot) {
        pthread_mutex_destroy(&snapshot->lock);
        free(snapshot->lines);
        free(snapshot);
    }
}

static int radio_engine_create(struct radio *radio, struct fault *reterr)
{
    const struct radio_options *options = &radio->options;
    static const enum engine_mode modes[] = {ENGINE_LEDGER, ENGINE_OFFLINE, ENGINE_LIVE};
    struct engine_options engine_options = {
        .station = options->station,
        .station_dir = options->station->dir,
        .segments = options->segments,
        .mode = modes[options->sound],
        .start_frame = frames_from_us(clock_now_us(options->clock)),
        .lines = radio->carried,
        .on_event = on_event,
        .event_context = radio,
        .carry = options->sound == RADIO_FILES ? carry_to_files : carry_to_outputs,
        .carry_context = radio,
    };
    radio->options.segments = NULL; /* the engine has a copy of what it needs of them */
    return engine_create(&engine_options, &radio->engine, reterr);
}

int radio_open(const struct radio_options *options, struct radio **ret_radio, struct fault *reterr)
{
    AUTO(radio_close) struct radio *radio = calloc(1, sizeof *radio);
    if (!radio) {
        return no_memory(reterr);
    }
    size_t n_lines = options->station->n_lines;
    radio->options = *options;
    radio->options.lead_us = options->lead_us > 0 ? options->lead_us : LEAD_US;
    radio->carried.n_words = line_set_n_words(n_lines);
    radio->carried.words = calloc(radio->carried.n_words + 1, sizeof(uint64_t));
    radio->snapshot = snapshot_create(n_lines);
    radio->titled = calloc(n_lines + 1, sizeof *radio->titled);
    if (!radio->titled || !radio->carried.words || !radio->snapshot) {
        return no_memory(reterr);
    }
    line_set_fill(radio->carried, n_lines);
    if (options->lines.words) {
        line_set_and(radio->carried, options->lines);
    }
    bool is_live = options->sound == RADIO_OUTPUTS;
    int r = ledger_close_crashed(options, reterr);
    if (r == 0) {
        r = sound_open(radio, reterr);
    }
    if (r == 0) {
        r = ledger_writer_create(options->ledger, options->log, is_live, &radio->writer, reterr);
    }
    if (r == 0) {
        r = radio_engine_create(radio, reterr);
    }
    if (r == 0 && is_live) {
        r = line_watch_create(options->station, engine_position(radio->engine), &radio->watch,
                              reterr);
    }
    if (r == 0 && is_live) {
        r = live_create(radio, &radio->live, reterr);
    }
    if (r == 0 && is_live) {
        r = radio_alerts_open(radio, reterr);
        r = r < 0 ? r : radio_mics_open(radio, reterr);
    }
    if (r == 0) {
        *ret_radio = STEAL(radio);
    }
    return r;
}

/* ---- running */

int radio_hand_over(struct radio *radio, const struct given_plan *given, struct fault *reterr)
{
    return given->revises
               ? engine_revise(radio->engine, given->plan, given->aired_until, given->airable,
                               given->from_us, reterr)
               : engine_give_plan(radio->engine, given->plan, given->aired_until, reterr);
}

/* Find out what of it has aired, and on with it: at once, or by the mixing thread. */
static int radio_take_plan(struct radio *radio, struct given_plan given, struct fault *reterr)
{
    AUTO_FREE int64_t *aired_until = calloc(given.plan->n_items + 1, sizeof *aired_until);
    if (!aired_until) {
        return no_memory(reterr);
    }
    int r = ledger_writer_aired_until(radio->writer, given.plan, aired_until, reterr);
    if (r < 0) {
        return r;
    }
    given.aired_until = aired_until;
    if (!radio->live) {
        return radio_hand_over(radio, &given, reterr);
    }
    r = live_give_plan(radio->live, &given, reterr);
    if (r == 0) {
        aired_until = NULL; /* taken */
    }
    return r;
}

int radio_give_plan(struct radio *radio, struct plan *plan, struct fault *reterr)
{
    return radio_take_plan(radio, (struct given_plan){.plan = plan}, reterr);
}

int radio_revise(struct radio *radio, struct plan *plan, const struct segments *segments,
                 int64_t from_us, struct fault *reterr)
{
    AUTO(airable_release) struct airable *airable = NULL;
    if (segments && !(airable = airable_create(radio->options.station, segments))) {
        return no_memory(reterr);
    }
    struct given_plan given = {.plan = plan,
                               .revises = true,
                               .from_us = from_us,
                               .airable = airable};
    int r = radio_take_plan(radio, given, reterr);
    if (r == 0) {
        airable = NULL; /* taken */
    }
    return r;
}

void radio_doubt_clock(struct radio *radio, bool doubted)
{
    radio->is_clock_doubted = doubted;
}

static int files_check(const struct radio *radio, struct fault *reterr)
{
    if (radio->files_fault.err && reterr) {
        *reterr = radio->files_fault;
    }
    return -radio->files_fault.err;
}

static int offline_run_until(struct radio *radio, int64_t until_us,
                             const volatile sig_atomic_t *stop, struct fault *reterr)
{
    int64_t until = frames_from_us(until_us);
    int64_t step = radio->files ? STEP_FRAMES_WITH_SOUND : STEP_FRAMES;
    int r = 0;
    while (r == 0 && engine_position(radio->engine) < until) {
        if (stop && *stop) {
            return -EINTR;
        }
        int64_t next = engine_position(radio->engine) + step;
        next = next < until ? next : until;
        r = engine_advance_to(radio->engine, next, reterr);
        if (r == 0) {
            r = files_check(radio, reterr);
        }
        if (r == 0) {
            r = ledger_writer_check(radio->writer, reterr);
        }
        if (r == 0) {
            r = clock_sleep_until_us(radio->options.clock, frames_to_us(next));
        }
    }
    if (r == 0) { /* whoever plans on from here reads the ledger */
        r = ledger_writer_commit(radio->writer, engine_position(radio->engine), reterr);
    }
    radio_take_snapshot(radio);
    return r;
}

int radio_run_until(struct radio *radio, int64_t until_us, const volatile sig_atomic_t *stop,
                    struct fault *reterr)
{
    return radio->live ? live_run_until(radio->live, until_us, stop, reterr)
                       : offline_run_until(radio, until_us, stop, reterr);
}

/* ---- silence by order */

static int radio_order(struct radio *radio, struct hold_order order, struct line_set lines,
                       struct fault *reterr)
{
    order.lines.n_words = radio->carried.n_words;
    order.lines.words = calloc(order.lines.n_words + 1, sizeof(uint64_t));
    if (!order.lines.words) {
        return no_memory(reterr);
    }
    line_set_or(order.lines, lines);
    line_set_and(order.lines, radio->carried);
    if (radio->live) {
        int r = live_order(radio->live, &order, reterr);
        if (r < 0) {
            free(order.lines.words);
        }
        return r;
    }
    order.frame = engine_position(radio->engine);
    radio_obey(radio, &order);
    return 0;
}

void radio_obey(struct radio *radio, struct hold_order *order)
{
    if (order->release) {
        engine_release(radio->engine, order->lines);
    } else {
        engine_hold(radio->engine, order->lines, order->frame, order->decided_us);
        if (radio->outputs) { /* what is mixed from here on knows of it */
            outputs_hush(radio->outputs, order->lines, order->frame,
                         engine_position(radio->engine));
        }
    }
    free(order->lines.words);
}

int radio_hold(struct radio *radio, struct line_set lines, int64_t decided_us, struct fault *reterr)
{
    struct hold_order order = {.decided_us = decided_us};
    if (radio->live) {
        order.frame = frames_from_us(live_air_us(radio->live));
        outputs_hush(radio->outputs, lines, order.frame, INT64_MAX);
    }
    return radio_order(radio, order, lines, reterr);
}

int radio_release(struct radio *radio, struct line_set lines, struct fault *reterr)
{
    return radio_order(radio, (struct hold_order){.release = true}, lines, reterr);
}

/* ---- the end */

static int files_finish(struct radio *radio, struct fault *reterr)
{
    int r = files_check(radio, reterr);
    for (size_t line = 0; radio->files && line < radio->options.station->n_lines; line++) {
        if (radio->files[line] && r == 0) {
            r = sound_file_finish(STEAL(radio->files[line]), reterr);
        }
    }
    return r;
}

int radio_finish(struct radio *radio, struct fault *reterr)
{
    if (radio->finished) {
        return 0;
    }
    radio->finished = true;
    if (radio->live) {
        live_stop(radio->live);
        radio->outputs = outputs_close(radio->outputs);
    } else {
        engine_stop(radio->engine, 0, END_STOPPED);
    }
    int r = ledger_writer_finish(radio->writer, engine_position(radio->engine), reterr);
    int r_files = files_finish(radio, r == 0 ? reterr : NULL);
    radio_take_snapshot(radio);
    return r < 0 ? r : r_files;
}

struct radio *radio_close(struct radio *radio)
{
    if (!radio) {
        return NULL;
    }
    if (radio->engine && radio->writer && (radio->live || radio->options.sound != RADIO_OUTPUTS)) {
        struct fault ignored;
        int r = radio_finish(radio, &ignored);
        (void)r;
    }
    live_destroy(radio->live);
    line_watch_destroy(radio->watch);
    engine_destroy(radio->engine);
    radio_alerts_close(radio);
    radio_mics_close(radio);
    ledger_writer_destroy(radio->writer);
    outputs_close(radio->outputs);
    for (size_t line = 0; radio->files && line < radio->options.station->n_lines; line++) {
        sound_file_drop(radio->files[line]);
    }
    snapshot_destroy(radio->snapshot);
    free(radio->files);
    free(radio->titled);
    free(radio->carried.words);
    free(radio);
    return NULL;
}

/* ---- how it stands */

/* As much of a text as fits, never half a character. */
static void put_text(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (size_t bytes = 1; text && text[n] && bytes > 0 && n + bytes < size; n += bytes) {
        bytes = utf8_char_bytes(text + n);
        if (n + bytes >= size) {
            break;
        }
    }
    if (n) {
        memcpy(out, text, n);
    }
    out[n] = '\0';
}

static void line_snapshot(const struct radio *radio, size_t line, struct radio_line *out)
{
    struct engine_line now = engine_line(radio->engine, line);
    out->state = now.segment_code ? RADIO_LINE_ON_AIR
                 : now.held       ? RADIO_LINE_STOPPED
                 : now.open       ? RADIO_LINE_IDLE
                                  : RADIO_LINE_CLOSED;
    out->is_open = now.open;
    put_text(out->segment_code, sizeof out->segment_code, now.segment_code);
    put_text(out->title, sizeof out->title, now.title);
    out->peak_dbfs = 20 * log10((double)now.level.peak);
    out->rms_dbfs = 10 * log10((double)now.level.mean_square);
    bool is_on = now.segment_code && now.since_frame != INT64_MIN;
    out->since_us = is_on ? frames_to_us(now.since_frame) : 0;
    out->until_us = is_on ? frames_to_us(now.until_frame) : 0;
    out->quiet_us = is_on ? now.quiet_frames * 125 / 6 : 0;
    int64_t silence_us = radio->options.station->lines[line].silence_us;
    out->is_quiet = silence_us > 0 && is_on && out->quiet_us >= silence_us;
    out->start_error_us = now.start_error_frames * 125 / 6;
    put_text(out->next_code, sizeof out->next_code, now.next_code);
    put_text(out->next_title, sizeof out->next_title, now.next_title);
    out->next_us = now.next_code ? frames_to_us(now.next_frame) : 0;
}

void radio_take_snapshot(struct radio *radio)
{
    if (pthread_mutex_trylock(&radio->snapshot->lock) != 0) {
        return;
    }
    struct engine_counts counts = engine_counts(radio->engine);
    struct radio_status *status = &radio->snapshot->status;
    engine_look_up_next(radio->engine);
    status->position_us = frames_to_us(engine_position(radio->engine));
    status->n_parts = counts.n_parts;
    status->n_mixes = counts.n_mixes;
    status->frames_missing = counts.frames_missing;
    status->frames_skipped = counts.frames_skipped;
    for (size_t line = 0; line < radio->options.station->n_lines; line++) {
        line_snapshot(radio, line, &radio->snapshot->lines[line]);
    }
    pthread_mutex_unlock(&radio->snapshot->lock);
}

void radio_line(const struct radio *radio, size_t line, struct radio_line *ret_line)
{
    pthread_mutex_lock(&radio->snapshot->lock);
    *ret_line = radio->snapshot->lines[line];
    pthread_mutex_unlock(&radio->snapshot->lock);
    if (radio->outputs) {
        struct output_stats stats = outputs_stats(radio->outputs, line);
        ret_line->n_underruns = stats.n_underruns;
        ret_line->n_reconnects = stats.n_reconnects;
        ret_line->frames_lost = stats.frames_dropped + stats.frames_padded;
        ret_line->state = stats.failed ? RADIO_LINE_FAILED : ret_line->state;
    }
}

void radio_status(const struct radio *radio, struct radio_status *ret_status)
{
    pthread_mutex_lock(&radio->snapshot->lock);
    *ret_status = radio->snapshot->status;
    pthread_mutex_unlock(&radio->snapshot->lock);
    ret_status->is_clock_doubted = radio->is_clock_doubted;
    ret_status->n_late = radio->live ? live_n_late(radio->live) : 0;
}

const char *radio_line_state_name(enum radio_line_state state)
{
    static const char *const names[] = {"idle", "on-air", "closed", "failed", "stopped"};
    return names[state];
}
