/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/radio_alerts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/log.h"
#include "playout/alerts/alert_file.h"
#include "playout/radio_int.h"
#include "station/station.h"

struct held_alert {
    struct alert *alert;
    struct alert_sound sound;
    bool unsaved;
    bool forgotten;  /* over, and not on disk any more */
    uint64_t ticket; /* 0: nobody asks how it fares */
    int64_t kept_ns; /* for so long it is kept for who asks */
    int64_t saved_heard_us;
    int64_t retry_ns; /* steady; before that the disk is not tried again */
};

static const int64_t RETRY_NS = 5000000000;

struct radio_alerts {
    pthread_mutex_t lock;  /* of the list */
    pthread_mutex_t order; /* one command at a time is handed over */
    uint64_t n_tickets; /* from the time of opening on, so that no other radio's is taken for one */
    struct held_alert items[ALERTS_MAX];
    size_t n;
    bool told; /* that they cannot be kept */
};

/* ---- commands */

static bool has_room(struct radio_alerts *alerts)
{
    pthread_mutex_lock(&alerts->lock);
    bool has = alerts->n < ALERTS_MAX;
    pthread_mutex_unlock(&alerts->lock);
    return has;
}

static void add(struct radio_alerts *alerts, const struct held_alert *item)
{
    pthread_mutex_lock(&alerts->lock);
    alerts->items[alerts->n++] = *item;
    pthread_mutex_unlock(&alerts->lock);
}

/* The caller has the lock. */
static struct held_alert *find(struct radio_alerts *alerts, const struct alert *alert)
{
    size_t i = 0;
    while (i < alerts->n && alerts->items[i].alert != alert) {
        i++;
    }
    return i < alerts->n ? &alerts->items[i] : NULL;
}

static void remove_item(struct radio_alerts *alerts, struct held_alert *item)
{
    for (; item + 1 < alerts->items + alerts->n; item++) {
        item[0] = item[1];
    }
    alerts->n--;
}

/* The caller is the only one who does. */
static int hand_over(struct radio *radio, const struct held_alert *item, struct fault *reterr)
{
    struct live_alert command = {.alert = item->alert};
    if (!has_room(radio->alerts)) {
        return fault_set(reterr, ENOSPC, NULL, 0,
                         _("%d alerts stand already; end some of them with loa alert --end"),
                         ALERTS_MAX);
    }
    int r = live_alert(radio->live, &command, reterr);
    if (r == 0) {
        add(radio->alerts, item);
    }
    return r;
}

/* A test tone is for idle lines. */
static int check_idle(const struct radio *radio, const struct alert_spec *spec,
                      struct fault *reterr)
{
    for (size_t line = line_set_next(spec->lines, 0); line != SIZE_MAX;
         line = line_set_next(spec->lines, line + 1)) {
        struct radio_line state;
        const char *id = radio->options.station->lines[line].id;
        radio_line(radio, line, &state);
        if (state.state == RADIO_LINE_ON_AIR) {
            return fault_set(reterr, EBUSY, NULL, 0,
                             _("line %s carries \"%s\"; wait for its end, or add --force"), id,
                             state.title);
        }
        if (state.state == RADIO_LINE_CLOSED) {
            return fault_set(reterr, EBUSY, NULL, 0,
                             _("line %s is outside its hours; add --force to sound there anyway"),
                             id);
        }
    }
    return 0;
}

static int command_check(const struct radio *radio, const struct alert_spec *spec,
                         struct fault *reterr)
{
    if (!radio->alerts) {
        return fault_set(reterr, ENOTSUP, NULL, 0, _("this radio is not on air"));
    }
    if (spec->expires_us <= clock_now_us(radio->options.clock)) {
        return fault_set(reterr, ETIME, NULL, 0, _("the alert has expired, and is not said"));
    }
    return spec->kind == ALERT_TEST ? check_idle(radio, spec, reterr) : 0;
}

int radio_alert(struct radio *radio, const struct alert_spec *spec, struct alert_sound sound,
                uint64_t *ret_ticket, struct fault *reterr)
{
    AUTO(alert_destroy) struct alert *alert = NULL;
    struct alert_spec given = *spec;
    given.frames = sound.frames;
    given.n_frames = sound.n_frames;
    given.heard_us = INT64_MIN;
    given.restored = false;
    int r = command_check(radio, spec, reterr);
    if (r == 0) {
        given.given_us = clock_now_us(radio->options.clock);
        r = alert_create(&given, radio->options.station->n_lines, &alert, reterr);
    }
    if (r < 0) {
        alert_sound_free(&sound);
        return r;
    }
    struct held_alert item = {
        .alert = alert,
        .sound = sound,
        .unsaved = spec->kind == ALERT_EMERGENCY,
        .saved_heard_us = INT64_MIN,
        .kept_ns = clock_steady_ns(radio->options.clock) + RADIO_ALERT_KEPT_MS * INT64_C(1000000),
    };
    pthread_mutex_lock(&radio->alerts->order);
    item.ticket = ++radio->alerts->n_tickets;
    r = hand_over(radio, &item, reterr);
    pthread_mutex_unlock(&radio->alerts->order);
    if (r < 0) {
        alert_sound_free(&sound);
        return r;
    }
    alert = NULL; /* the list has it */
    *ret_ticket = item.ticket;
    return 0;
}

bool radio_alert_stands(struct radio *radio, const char *id)
{
    struct radio_alerts *alerts = radio->alerts;
    bool found = false;
    if (!alerts) {
        return false;
    }
    pthread_mutex_lock(&alerts->lock);
    for (size_t i = 0; i < alerts->n; i++) {
        const struct alert *alert = alerts->items[i].alert;
        struct alert_progress progress = alert_progress(alert);
        found = found || (!progress.ended && !progress.dropped && !progress.ending &&
                          strcmp(alert_spec(alert)->id, id) == 0);
    }
    pthread_mutex_unlock(&alerts->lock);
    return found;
}

int radio_end_alert(struct radio *radio, const char *id, struct fault *reterr)
{
    struct live_alert command = {0};
    if (!radio->alerts) {
        return fault_set(reterr, ENOTSUP, NULL, 0, _("this radio is not on air"));
    }
    if (!alert_id_is_good(id) || !radio_alert_stands(radio, id)) {
        return fault_set(reterr, ENOENT, NULL, 0,
                         _("no alert \"%.80s\" stands; loa alert --list shows those that do"), id);
    }
    snprintf(command.end_id, sizeof command.end_id, "%s", id);
    pthread_mutex_lock(&radio->alerts->order);
    int r = live_alert(radio->live, &command, reterr);
    pthread_mutex_unlock(&radio->alerts->order);
    return r;
}

static struct radio_alert_state state_of(const struct alert *alert)
{
    struct alert_progress progress = alert_progress(alert);
    return (struct radio_alert_state){
        .spec = alert_spec(alert),
        .on_air = progress.on_air,
        .begun_us =
            progress.begun_frame == INT64_MIN ? INT64_MIN : frames_to_us(progress.begun_frame),
        .next_us = progress.next_frame == INT64_MAX ? INT64_MAX : frames_to_us(progress.next_frame),
    };
}

void radio_visit_alerts(struct radio *radio, radio_alert_visit visit, void *context)
{
    struct radio_alerts *alerts = radio->alerts;
    if (!alerts) {
        return;
    }
    pthread_mutex_lock(&alerts->lock);
    for (size_t i = 0; i < alerts->n; i++) {
        struct alert_progress progress = alert_progress(alerts->items[i].alert);
        struct radio_alert_state state = state_of(alerts->items[i].alert);
        if (!progress.ended && !progress.dropped && !progress.ending) {
            visit(context, &state);
        }
    }
    pthread_mutex_unlock(&alerts->lock);
}

bool radio_visit_alert(struct radio *radio, uint64_t ticket, radio_alert_visit visit, void *context)
{
    struct radio_alerts *alerts = radio->alerts;
    bool found = false;
    if (!alerts) {
        return false;
    }
    pthread_mutex_lock(&alerts->lock);
    for (size_t i = 0; i < alerts->n && !found; i++) {
        found = alerts->items[i].ticket == ticket;
        if (found) {
            struct radio_alert_state state = state_of(alerts->items[i].alert);
            visit(context, &state);
        }
    }
    pthread_mutex_unlock(&alerts->lock);
    return found;
}

/* ---- on disk, by the control thread */

static void tell_unkept(struct radio *radio, const struct fault *fault)
{
    if (!radio->alerts->told) {
        radio->alerts->told = true;
        log_line(radio->options.log, LOG_WARNING,
                 _("alerts are said, but would not stand again after a crash: %s: %s"), fault->file,
                 fault->text);
    }
}

/* What is on disk of it is not what stands. */
static bool is_behind(const struct held_alert *item)
{
    struct alert_progress progress = alert_progress(item->alert);
    return alert_spec(item->alert)->kind == ALERT_EMERGENCY && !progress.ended &&
           !progress.ending && (item->unsaved || progress.heard_us != item->saved_heard_us);
}

/* Once nothing is behind any more. */
static void tell_kept(struct radio *radio)
{
    struct radio_alerts *alerts = radio->alerts;
    for (const struct held_alert *item = alerts->items; item < alerts->items + alerts->n; item++) {
        if (is_behind(item)) {
            return;
        }
    }
    if (alerts->told) {
        log_line(radio->options.log, LOG_INFO, "%s",
                 _("alerts are kept on disk again, and would stand again after a crash"));
    }
    alerts->told = false;
}

/* Another has its id: the files are that one's. */
static bool has_heir(const struct radio_alerts *alerts, const struct held_alert *of)
{
    for (const struct held_alert *item = alerts->items; item < alerts->items + alerts->n; item++) {
        if (item != of && !alert_progress(item->alert).ended &&
            strcmp(alert_spec(item->alert)->id, alert_spec(of->alert)->id) == 0) {
            return true;
        }
    }
    return false;
}

/* It is not let go meanwhile: that is done by this thread. */
static void keep(struct radio *radio, const struct held_alert *item)
{
    const struct station *station = radio->options.station;
    struct fault fault = {0};
    int64_t heard_us = alert_progress(item->alert).heard_us;
    int r = 0;
    if (item->unsaved) {
        r = alert_file_write(station, alert_spec(item->alert), &fault);
    }
    if (r == 0 && heard_us != item->saved_heard_us) {
        r = alert_file_heard(station, alert_spec(item->alert), heard_us, &fault);
    }
    if (r < 0) {
        tell_unkept(radio, &fault);
    }
    pthread_mutex_lock(&radio->alerts->lock);
    struct held_alert *kept = find(radio->alerts, item->alert);
    if (r < 0) {
        kept->retry_ns = clock_steady_ns(radio->options.clock) + RETRY_NS;
    } else {
        kept->unsaved = false;
        kept->saved_heard_us = heard_us;
        tell_kept(radio);
    }
    pthread_mutex_unlock(&radio->alerts->lock);
}

/* Over, and not only because the radio ends: at once, so that it does not stand again. */
static bool is_to_forget(const struct radio_alerts *alerts, const struct held_alert *item)
{
    struct alert_progress progress = alert_progress(item->alert);
    return !item->forgotten && progress.dropped && progress.ended &&
           alert_spec(item->alert)->kind == ALERT_EMERGENCY && !has_heir(alerts, item);
}

/* The caller has the lock. */
static void let_go(struct radio_alerts *alerts, struct held_alert *item)
{
    alert_sound_free(&item->sound);
    alert_destroy(item->alert);
    remove_item(alerts, item);
}

void radio_tend_alerts(struct radio *radio)
{
    struct radio_alerts *alerts = radio->alerts;
    int64_t now_ns = clock_steady_ns(radio->options.clock);
    for (size_t i = 0; alerts; i++) {
        struct held_alert copy = {0};
        pthread_mutex_lock(&alerts->lock);
        struct held_alert *item = i < alerts->n ? &alerts->items[i] : NULL;
        bool is_to_keep = item && is_behind(item) && item->retry_ns <= now_ns;
        bool is_over = item && is_to_forget(alerts, item);
        if (is_to_keep || is_over) {
            copy = *item;
            item->forgotten = is_over;
        } else if (item && item->kept_ns <= now_ns && alert_progress(item->alert).dropped) {
            let_go(alerts, item);
            i--;
        }
        pthread_mutex_unlock(&alerts->lock);
        if (!item) {
            return;
        }
        if (is_over) {
            alert_file_remove(radio->options.station, alert_spec(copy.alert)->id);
        } else if (is_to_keep) {
            keep(radio, &copy);
        }
    }
}

static void on_restored(void *context, const struct alert_spec *spec, struct alert_sound sound,
                        const struct fault *fault)
{
    struct radio *radio = context;
    AUTO(alert_destroy) struct alert *alert = NULL;
    struct fault why = {0};
    if (fault) {
        log_fault(radio->options.log, LOG_WARNING, fault);
        return;
    }
    int r = alert_create(spec, radio->options.station->n_lines, &alert, &why);
    if (r == 0) {
        struct held_alert item = {.alert = alert,
                                  .sound = sound,
                                  .kept_ns = INT64_MIN,
                                  .saved_heard_us = spec->heard_us};
        r = hand_over(radio, &item, &why);
    }
    if (r < 0) {
        snprintf(why.file, sizeof why.file, "alerts/%s.alert", spec->id);
        log_fault(radio->options.log, LOG_WARNING, &why);
        alert_sound_free(&sound);
        return;
    }
    alert = NULL; /* the list has it */
    log_line(radio->options.log, LOG_INFO, _("the alert %s stands again"), spec->id);
}

int radio_alerts_open(struct radio *radio, struct fault *reterr)
{
    radio->alerts = calloc(1, sizeof *radio->alerts);
    if (!radio->alerts) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the radio"));
    }
    radio->alerts->n_tickets = (uint64_t)clock_steady_ns(radio->options.clock);
    pthread_mutex_init(&radio->alerts->lock, NULL);
    pthread_mutex_init(&radio->alerts->order, NULL);
    alert_files_read(radio->options.station, clock_now_us(radio->options.clock), on_restored,
                     radio);
    return 0;
}

void radio_alerts_close(struct radio *radio)
{
    struct radio_alerts *alerts = radio->alerts;
    if (!alerts) {
        return;
    }
    radio_tend_alerts(radio); /* all are dropped by now, but for those no engine ever took */
    for (size_t i = 0; i < alerts->n; i++) {
        alert_sound_free(&alerts->items[i].sound);
        alert_destroy(alerts->items[i].alert);
    }
    pthread_mutex_destroy(&alerts->lock);
    pthread_mutex_destroy(&alerts->order);
    free(alerts);
    radio->alerts = NULL;
}
