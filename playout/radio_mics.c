/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/radio_mics.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/log.h"
#include "playout/aside/capture.h"
#include "playout/radio_int.h"

static const int64_t MS_NS = 1000000;

struct open_mic {
    uint64_t owner;
    char who[RADIO_MIC_WHO_MAX];
    const struct source_def *input;
    struct mic *mic;
    struct capture *capture; /* the control thread's, and the mixing thread's while it has it */
    int64_t opened_ns;       /* when the device was first tried */
    int64_t polled_ns;       /* when it was last asked after */
    enum radio_mic_phase phase;
    bool closing;       /* by its owner */
    uint64_t close_nth; /* the order to the mixing thread; 0: it was not sent */
    enum mic_end end;
    struct fault why;
};

struct radio_mics {
    pthread_mutex_t lock; /* of all that follows, and of the way to the mixing thread */
    struct open_mic *items[RADIO_MICS_MAX];
    size_t n;
};

/* ---- what the mixing thread reads from */

static size_t source_read(void *context, float *frames, size_t n) RT_SAFE
{
    return capture_read(((struct open_mic *)context)->capture, frames, n);
}

static size_t source_readable(const void *context) RT_SAFE
{
    return capture_readable(((const struct open_mic *)context)->capture);
}

static void source_keep_newest(void *context, size_t n) RT_SAFE
{
    capture_keep_newest(((struct open_mic *)context)->capture, n);
}

/* ---- the list; the caller has the lock */

static struct open_mic *find(const struct radio_mics *mics, uint64_t owner)
{
    for (size_t i = 0; i < mics->n; i++) {
        if (mics->items[i]->owner == owner) {
            return mics->items[i];
        }
    }
    return NULL;
}

static void free_one(struct open_mic *item)
{
    if (item) {
        capture_close(item->capture);
        mic_destroy(item->mic);
        free(item);
    }
}

static void put(char *out, size_t size, const char *text)
{
    size_t n = strnlen(text, size - 1);
    memcpy(out, text, n);
    out[n] = '\0';
}

static int64_t now_ns(const struct radio *radio)
{
    return clock_steady_ns(radio->options.clock);
}

/* The order to close it, unless the mixing thread has no room for it now: tried again. */
static void send_close(struct radio *radio, struct open_mic *item)
{
    struct live_mic command = {.mic = item->mic, .close = true};
    uint64_t nth = 0;
    if (item->phase == RADIO_MIC_ON_AIR && !item->close_nth &&
        live_mic(radio->live, &command, &nth, NULL) == 0) {
        item->close_nth = nth;
    }
}

/* ---- opening */

static int check_lines(struct radio *radio, const struct radio_mic_ask *ask, struct fault *reterr)
{
    const struct radio_mics *mics = radio->mics;
    for (size_t line = line_set_next(ask->lines, 0); line != SIZE_MAX;
         line = line_set_next(ask->lines, line + 1)) {
        struct radio_line state;
        const char *id = radio->options.station->lines[line].id;
        radio_line(radio, line, &state);
        if (!state.is_open && !ask->emergency) {
            return fault_set(reterr, EPERM, NULL, 0,
                             _("line %s is outside its hours; only an emergency is heard there "
                               "(--emergency, or loa alert)"),
                             id);
        }
        for (size_t i = 0; i < mics->n; i++) {
            const struct open_mic *item = mics->items[i];
            if (item->phase != RADIO_MIC_ENDED && line_set_has(mic_spec(item->mic)->lines, line)) {
                return fault_set(reterr, EBUSY, NULL, 0,
                                 _("%s has a microphone open on line %s; wait for its end"),
                                 item->who, id);
            }
        }
    }
    return 0;
}

static int make(struct radio *radio, uint64_t owner, const struct radio_mic_ask *ask,
                struct open_mic **ret_item, struct fault *reterr)
{
    const struct station *station = radio->options.station;
    char id[MIC_ID_MAX];
    int64_t given_us = clock_now_us(radio->options.clock);
    struct open_mic *item = calloc(1, sizeof *item);
    if (!item) {
        return fault_set(reterr, ENOMEM, NULL, 0,
                         _("there is not enough memory for the microphone"));
    }
    snprintf(id, sizeof id, "%s-%lld", ask->input->id, (long long)given_us);
    struct mic_spec spec = {
        .id = id,
        .name = ask->name,
        .title = ask->input->title,
        .topic = ask->input->topic == SIZE_MAX ? NULL : station->topics[ask->input->topic].id,
        .given_us = given_us,
        .until_us = ask->until_us,
        .bed_gain = ask->bed_gain,
        .voice_gain = pow(10, station->ceiling_dbtp / 20),
        .emergency = ask->emergency,
        .lines = ask->lines,
        .source = {item, source_read, source_readable, source_keep_newest},
    };
    int r = mic_create(&spec, station->n_lines, &item->mic, reterr);
    if (r < 0) {
        free(item);
        return r;
    }
    item->owner = owner;
    item->input = ask->input;
    put(item->who, sizeof item->who, ask->who);
    item->polled_ns = now_ns(radio);
    *ret_item = item;
    return 0;
}

int radio_mic_open(struct radio *radio, uint64_t owner, const struct radio_mic_ask *ask,
                   struct fault *reterr)
{
    struct radio_mics *mics = radio->mics;
    if (!mics) {
        return fault_set(reterr, ENOTSUP, NULL, 0, _("this radio is not on air"));
    }
    pthread_mutex_lock(&mics->lock);
    int r = 0;
    if (find(mics, owner)) {
        r = fault_set(reterr, EBUSY, NULL, 0, _("a microphone is open here already"));
    } else if (mics->n == RADIO_MICS_MAX) {
        r = fault_set(reterr, ENOSPC, NULL, 0, _("%d microphones are open already"),
                      RADIO_MICS_MAX);
    }
    r = r < 0 ? r : check_lines(radio, ask, reterr);
    struct open_mic *item = NULL;
    r = r < 0 ? r : make(radio, owner, ask, &item, reterr);
    if (r == 0) {
        mics->items[mics->n++] = item;
    }
    pthread_mutex_unlock(&mics->lock);
    return r;
}

void radio_mic_close(struct radio *radio, uint64_t owner)
{
    struct radio_mics *mics = radio->mics;
    if (!mics) {
        return;
    }
    pthread_mutex_lock(&mics->lock);
    struct open_mic *item = find(mics, owner);
    if (item) {
        item->closing = true;
        send_close(radio, item);
    }
    pthread_mutex_unlock(&mics->lock);
}

static double dbfs(double linear)
{
    return linear > 0 ? 20 * log10(linear) : -INFINITY;
}

int radio_mic_ask(struct radio *radio, uint64_t owner, struct radio_mic_state *ret_state,
                  struct fault *reterr)
{
    struct radio_mics *mics = radio->mics;
    int r = 0;
    if (!mics) {
        return fault_set(reterr, ENOENT, NULL, 0, _("no microphone is open here"));
    }
    pthread_mutex_lock(&mics->lock);
    struct open_mic *item = find(mics, owner);
    if (item) {
        struct mic_progress progress = mic_progress(item->mic);
        item->polled_ns = now_ns(radio);
        *ret_state = (struct radio_mic_state){
            .phase = item->phase,
            .heard_us =
                progress.begun_frame == INT64_MIN ? INT64_MIN : frames_to_us(progress.begun_frame),
            .n_lines = progress.n_lines,
            .peak_dbfs = dbfs(progress.peak),
            .end = item->end,
            .why = item->why,
        };
    } else {
        r = fault_set(reterr, ENOENT, NULL, 0, _("no microphone is open here"));
    }
    pthread_mutex_unlock(&mics->lock);
    return r;
}

bool radio_mic_on_line(struct radio *radio, size_t line, struct radio_mic_on_line *ret_mic)
{
    struct radio_mics *mics = radio->mics;
    bool found = false;
    if (!mics) {
        return false;
    }
    pthread_mutex_lock(&mics->lock);
    for (size_t i = 0; i < mics->n && !found; i++) {
        const struct open_mic *item = mics->items[i];
        struct mic_progress progress = mic_progress(item->mic);
        found = item->phase == RADIO_MIC_ON_AIR && progress.begun_frame != INT64_MIN &&
                line_set_has(mic_spec(item->mic)->lines, line);
        if (found) {
            *ret_mic = (struct radio_mic_on_line){
                .since_us = frames_to_us(progress.begun_frame),
                .peak_dbfs = dbfs(progress.peak),
            };
            put(ret_mic->who, sizeof ret_mic->who, item->who);
            put(ret_mic->name, sizeof ret_mic->name, mic_spec(item->mic)->name);
        }
    }
    pthread_mutex_unlock(&mics->lock);
    return found;
}

/* ---- the control thread. It alone takes from the list, so that what it looks at stays. */

static void item_end(struct radio *radio, struct open_mic *item, enum mic_end end,
                     const struct fault *why)
{
    pthread_mutex_lock(&radio->mics->lock);
    item->phase = RADIO_MIC_ENDED;
    item->end = end;
    item->why = *why;
    pthread_mutex_unlock(&radio->mics->lock);
    item->capture = capture_close(item->capture);
}

static void tell_trouble(struct radio *radio, struct open_mic *item)
{
    struct fault fault;
    if (capture_tend(item->capture, &fault)) {
        log_fault(radio->options.log, LOG_WARNING, &fault);
        pthread_mutex_lock(&radio->mics->lock);
        item->why = fault;
        pthread_mutex_unlock(&radio->mics->lock);
    }
}

/* Once sound comes, the mixing thread has it. */
static void item_open(struct radio *radio, struct open_mic *item)
{
    struct fault fault = {0};
    struct capture_stats stats = {0};
    if (!item->capture) {
        item->opened_ns = now_ns(radio);
        if (capture_open(item->input->target, item->input->channels, item->input->n_channels,
                         &item->capture, &fault) < 0) {
            log_fault(radio->options.log, LOG_WARNING, &fault);
            item_end(radio, item, MIC_SILENT, &fault);
            return;
        }
    }
    tell_trouble(radio, item);
    capture_get_stats(item->capture, &stats);
    if (stats.live && stats.frames_recorded >= MIC_RESERVE_FRAMES) {
        struct live_mic command = {.mic = item->mic};
        uint64_t nth = 0;
        pthread_mutex_lock(&radio->mics->lock);
        if (!item->closing && live_mic(radio->live, &command, &nth, NULL) == 0) {
            item->phase = RADIO_MIC_ON_AIR;
        }
        pthread_mutex_unlock(&radio->mics->lock);
    } else if (now_ns(radio) - item->opened_ns > RADIO_MIC_OPENING_MS * MS_NS) {
        fault = item->why;
        if (!fault.err) {
            fault_set(&fault, ETIMEDOUT, item->input->target, 0,
                      _("no sound comes from this device; check it with loa devices"));
        }
        item_end(radio, item, MIC_SILENT, &fault);
    }
}

static struct fault end_of(enum mic_end end)
{
    struct fault fault = {0};
    if (end == MIC_STOPPED) {
        fault_set(&fault, ECANCELED, NULL, 0, _("its lines were stopped (loa stop)"));
    } else if (end == MIC_HOURS) {
        fault_set(&fault, EPERM, NULL, 0, _("its lines are outside their hours by now"));
    } else if (end == MIC_SILENT) {
        fault_set(&fault, EIO, NULL, 0, _("nothing comes from the device any more"));
    } else if (end == MIC_RADIO) {
        fault_set(&fault, ECANCELED, NULL, 0, _("the radio ends"));
    }
    return fault;
}

static void tell_end(struct radio *radio, const struct open_mic *item, enum mic_end end,
                     const struct fault *why)
{
    if (why->err) {
        log_line(radio->options.log, LOG_WARNING, _("the microphone of %s is closed: %s"),
                 item->who, why->text);
    } else {
        log_line(radio->options.log, LOG_INFO,
                 end == MIC_TIME ? _("the microphone of %s is closed: its time is over")
                                 : _("the microphone of %s is closed"),
                 item->who);
    }
}

static void item_watch(struct radio *radio, struct open_mic *item)
{
    struct mic_progress progress = mic_progress(item->mic);
    tell_trouble(radio, item);
    if (progress.dropped) {
        struct fault why = end_of(progress.end);
        tell_end(radio, item, progress.end, &why);
        item_end(radio, item, progress.end, &why);
    }
}

/* Takes it from the list if nobody needs it any more. The caller has the lock. One that ended by
 * itself while its owner closed it is named in an order that the mixing thread may not have read.
 */
static bool item_leave(const struct radio *radio, size_t i)
{
    struct radio_mics *mics = radio->mics;
    const struct open_mic *item = mics->items[i];
    bool over = item->closing && item->phase != RADIO_MIC_ON_AIR &&
                live_mic_is_done(radio->live, item->close_nth);
    if (over) {
        for (mics->n--; i < mics->n; i++) {
            mics->items[i] = mics->items[i + 1];
        }
    }
    return over;
}

void radio_tend_mics(struct radio *radio)
{
    struct radio_mics *mics = radio->mics;
    for (size_t i = 0; mics; i++) {
        pthread_mutex_lock(&mics->lock);
        struct open_mic *item = i < mics->n ? mics->items[i] : NULL;
        if (item && now_ns(radio) - item->polled_ns > RADIO_MIC_QUIET_MS * MS_NS) {
            item->closing = true;
        }
        if (item && item->closing) {
            send_close(radio, item);
        }
        bool gone = item && item_leave(radio, i);
        pthread_mutex_unlock(&mics->lock);
        if (!item) {
            return;
        }
        if (gone) {
            free_one(item);
            i--;
        } else if (item->phase == RADIO_MIC_OPENING) {
            item_open(radio, item);
        } else if (item->phase == RADIO_MIC_ON_AIR) {
            item_watch(radio, item);
        }
    }
}

int radio_mics_open(struct radio *radio, struct fault *reterr)
{
    radio->mics = calloc(1, sizeof *radio->mics);
    if (!radio->mics) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the radio"));
    }
    pthread_mutex_init(&radio->mics->lock, NULL);
    return 0;
}

void radio_mics_close(struct radio *radio)
{
    struct radio_mics *mics = radio->mics;
    if (!mics) {
        return;
    }
    for (size_t i = 0; i < mics->n; i++) {
        free_one(mics->items[i]);
    }
    pthread_mutex_destroy(&mics->lock);
    free(mics);
    radio->mics = NULL;
}
