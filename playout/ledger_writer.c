/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/ledger_writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "airtime/ledger.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/ring.h"

enum {
    QUEUE_EVENTS = 8192, /* hours of a busy station with a ledger that hangs */
    QUEUE_OUTAGES = 1024,
    REST_NS = 50000000,
    RESTS_A_COMMIT = 5, /* 250 ms */
    RESTS_AFTER_FAILURE = 40,
    EVENTS_A_COMMIT = 4096, /* offline */
};

/* An event that can wait: what its pointers pointed to is copied behind it. */
struct queued_event {
    enum engine_event_kind kind;
    int64_t frame;
    uint64_t airing;
    int64_t n_frames;
    enum end_cause cause;
    struct airing_start *start; /* STARTED: one block of memory, with its texts and lines */
    struct fault *fault;        /* UNPLAYABLE */
};

struct open_airing {
    uint64_t airing;
    int64_t id;
};

/* What happened to a line's way out, on its way from the control thread. */
struct queued_outage {
    size_t line;
    const char *line_id;
    int64_t frame;
    char *why; /* NULL: it is over */
};

struct ledger_writer {
    struct ledger *ledger;
    const struct log *log;
    struct open_airing *open;
    size_t n_open;
    size_t open_capacity;
    int64_t *outages; /* by line: the open one's id in the ledger; 0: none */
    size_t n_outages;
    struct queued_outage outage; /* that is to be written next … */
    bool has_outage;             /* … if this is so */
    size_t n_unwritten;          /* events since the last commit */
    struct fault fault;          /* offline: the first */
    bool live;
    pthread_t thread;
    pthread_mutex_t lock; /* of the ledger, which aired_until reads meanwhile */
    _Atomic bool stopping;
    _Atomic int64_t reached;
    _Atomic uint64_t n_lost;
    uint64_t n_lost_told;
    bool failing; /* the last commit failed, and that was told */
    struct ring queue;
    struct queued_event queue_memory[QUEUE_EVENTS];
    struct ring outage_queue;
    struct queued_outage outage_memory[QUEUE_OUTAGES];
};

/* ---- into the ledger */

static int open_make_room(struct ledger_writer *writer, struct fault *reterr)
{
    if (writer->n_open < writer->open_capacity) {
        return 0;
    }
    size_t capacity = writer->open_capacity ? 2 * writer->open_capacity : 32;
    struct open_airing *open = realloc(writer->open, capacity * sizeof *open);
    if (!open) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the ledger"));
    }
    writer->open = open;
    writer->open_capacity = capacity;
    return 0;
}

static int write_start(struct ledger_writer *writer, uint64_t airing,
                       const struct airing_start *start, struct fault *reterr)
{
    int64_t id = 0;
    int r = open_make_room(writer, reterr);
    if (r == 0) {
        r = ledger_start(writer->ledger, start, &id, reterr);
    }
    if (r == 0) {
        writer->open[writer->n_open++] = (struct open_airing){airing, id};
    }
    return r;
}

static int write_end(struct ledger_writer *writer, const struct queued_event *event,
                     struct fault *reterr)
{
    for (size_t i = 0; i < writer->n_open; i++) {
        if (writer->open[i].airing == event->airing) {
            int r = ledger_end(writer->ledger, writer->open[i].id, event->frame, event->n_frames,
                               event->cause, reterr);
            if (r == 0) {
                writer->open[i] = writer->open[--writer->n_open];
            }
            return r;
        }
    }
    return 0; /* its start could not be written, and that was told */
}

static int outages_make_room(struct ledger_writer *writer, size_t line, struct fault *reterr)
{
    if (line < writer->n_outages) {
        return 0;
    }
    size_t n = 2 * line + 32;
    int64_t *outages = realloc(writer->outages, n * sizeof *outages);
    if (!outages) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the ledger"));
    }
    memset(outages + writer->n_outages, 0, (n - writer->n_outages) * sizeof *outages);
    writer->outages = outages;
    writer->n_outages = n;
    return 0;
}

static int write_outage(struct ledger_writer *writer, const struct queued_outage *outage,
                        struct fault *reterr)
{
    int r = outages_make_room(writer, outage->line, reterr);
    if (r < 0) {
        return r;
    }
    int64_t *id = &writer->outages[outage->line];
    if (outage->why) {
        return *id ? 0
                   : ledger_outage_start(writer->ledger, outage->line_id, outage->frame,
                                         outage->why, id, reterr);
    }
    r = *id ? ledger_outage_end(writer->ledger, *id, outage->frame, reterr) : 0;
    *id = r < 0 ? *id : 0;
    return r;
}

static int write_event(struct ledger_writer *writer, const struct queued_event *event,
                       struct fault *reterr)
{
    if (event->kind == ENGINE_UNPLAYABLE) {
        log_fault(writer->log, LOG_ERROR, event->fault);
        return 0;
    }
    if (!writer->ledger) {
        return 0;
    }
    writer->n_unwritten++;
    return event->kind == ENGINE_STARTED ? write_start(writer, event->airing, event->start, reterr)
                                         : write_end(writer, event, reterr);
}

static int write_playhead(struct ledger_writer *writer, int64_t frame, struct fault *reterr)
{
    int r = writer->ledger ? ledger_playhead(writer->ledger, frame, reterr) : 0;
    if (r == 0) {
        writer->n_unwritten = 0;
    }
    return r;
}

/* ---- events that wait */

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *text_put(char **at, const char *text)
{
    size_t n = text_size(text);
    char *copy = *at;
    if (n) {
        memcpy(copy, text, n);
    }
    *at += n;
    return n ? copy : NULL;
}

static struct airing_start *start_copy(const struct airing_start *start)
{
    size_t n_bytes = start->lines.n_words * sizeof *start->lines.words;
    struct airing_start *copy =
        malloc(sizeof *copy + n_bytes + text_size(start->slot_uid) +
               text_size(start->segment_code) + text_size(start->title) + text_size(start->kind) +
               text_size(start->topic) + text_size(start->tags));
    if (!copy) {
        return NULL;
    }
    *copy = *start;
    copy->lines.words = (uint64_t *)(void *)(copy + 1);
    memcpy(copy->lines.words, start->lines.words, n_bytes);
    char *at = (char *)(copy + 1) + n_bytes;
    copy->slot_uid = text_put(&at, start->slot_uid);
    copy->segment_code = text_put(&at, start->segment_code);
    copy->title = text_put(&at, start->title);
    copy->kind = text_put(&at, start->kind);
    copy->topic = text_put(&at, start->topic);
    copy->tags = text_put(&at, start->tags);
    return copy;
}

static void event_free(struct queued_event *event)
{
    free(event->start);
    free(event->fault);
}

static void enqueue(struct ledger_writer *writer, const struct engine_event *event)
{
    struct queued_event queued = {.kind = event->kind,
                                  .frame = event->frame,
                                  .airing = event->airing,
                                  .n_frames = event->n_frames,
                                  .cause = event->cause};
    bool whole = true;
    if (event->start) {
        whole = (queued.start = start_copy(event->start));
    }
    if (event->fault) {
        queued.fault = malloc(sizeof *queued.fault);
        whole = queued.fault;
        if (whole) {
            *queued.fault = *event->fault;
        }
    }
    if (!whole || ring_write(&writer->queue, &queued, 1) == 0) {
        event_free(&queued);
        atomic_fetch_add(&writer->n_lost, 1);
    }
}

void ledger_writer_note(struct ledger_writer *writer, const struct engine_event *event)
{
    if (writer->live) {
        enqueue(writer, event);
        return;
    }
    struct airing_start start;
    struct fault fault;
    struct queued_event now = {event->kind,  event->frame, event->airing, event->n_frames,
                               event->cause, NULL,         NULL};
    if (event->start) {
        start = *event->start;
        now.start = &start;
    }
    if (event->fault) {
        fault = *event->fault;
        now.fault = &fault;
    }
    if (!writer->fault.err) {
        int r = write_event(writer, &now, &writer->fault);
        if (r == 0 && writer->n_unwritten >= EVENTS_A_COMMIT) {
            r = write_playhead(writer, event->frame, &writer->fault);
        }
        (void)r; /* kept in writer->fault for ledger_writer_check() */
    }
}

int ledger_writer_check(struct ledger_writer *writer, struct fault *reterr)
{
    if (!writer->live && writer->fault.err) {
        if (reterr) {
            *reterr = writer->fault;
        }
        return -writer->fault.err;
    }
    return 0;
}

bool ledger_writer_outage(struct ledger_writer *writer, size_t line, const char *line_id,
                          int64_t frame, const char *why)
{
    struct queued_outage outage = {line, line_id, frame, why ? strdup(why) : NULL};
    if ((why && !outage.why) || ring_write(&writer->outage_queue, &outage, 1) == 0) {
        free(outage.why);
        return false;
    }
    return true;
}

/* ---- the thread */

int64_t ledger_writer_heard_until(const struct ledger_writer *writer)
{
    return atomic_load_explicit(&writer->reached, memory_order_acquire);
}

void ledger_writer_reached(struct ledger_writer *writer, int64_t frame)
{
    if (frame > atomic_load_explicit(&writer->reached, memory_order_relaxed)) {
        atomic_store_explicit(&writer->reached, frame, memory_order_release);
    }
}

static void tell_full(struct ledger_writer *writer, const struct fault *fault)
{
    if (!writer->failing) {
        log_fault(writer->log, LOG_ERROR, fault);
    }
    writer->failing = true;
}

/* Write the events whose frame has come; `event` is the one that is next in line. */
static void write_due(struct ledger_writer *writer, struct queued_event *event, bool *has_event,
                      int64_t reached)
{
    for (;;) {
        if (!*has_event) {
            *has_event = ring_read(&writer->queue, event, 1) == 1;
        }
        if (!*has_event || event->frame > reached) {
            return;
        }
        struct fault fault;
        int r = write_event(writer, event, &fault);
        if (r == -ENOSPC || r == -ENOMEM) {
            tell_full(writer, &fault);
            return; /* it is tried again, and so are those behind it */
        }
        if (r < 0) {
            log_fault(writer->log, LOG_ERROR, &fault);
        }
        event_free(event);
        *has_event = false;
    }
}

static void write_outages(struct ledger_writer *writer)
{
    for (;;) {
        if (!writer->has_outage) {
            writer->has_outage = ring_read(&writer->outage_queue, &writer->outage, 1) == 1;
        }
        if (!writer->has_outage) {
            return;
        }
        struct fault fault;
        int r = writer->ledger ? write_outage(writer, &writer->outage, &fault) : 0;
        if (r == -ENOSPC || r == -ENOMEM) {
            tell_full(writer, &fault);
            return;
        }
        if (r < 0) {
            log_fault(writer->log, LOG_ERROR, &fault);
        }
        writer->n_unwritten += writer->ledger != NULL;
        free(writer->outage.why);
        writer->has_outage = false;
    }
}

static bool commit(struct ledger_writer *writer, int64_t reached)
{
    struct fault fault;
    bool failed = write_playhead(writer, reached, &fault) < 0;
    if (failed && !writer->failing) {
        log_fault(writer->log, LOG_ERROR, &fault);
    } else if (!failed && writer->failing) {
        log_line(writer->log, LOG_INFO, "%s", _("the ledger can be written again"));
    }
    writer->failing = failed;
    return !failed;
}

static void tell_lost(struct ledger_writer *writer)
{
    uint64_t n_lost = atomic_load(&writer->n_lost);
    if (n_lost != writer->n_lost_told) {
        log_line(writer->log, LOG_ERROR,
                 _("%llu entries of the ledger were lost, because it could not be written for too "
                   "long; check the disk"),
                 (unsigned long long)(n_lost - writer->n_lost_told));
        writer->n_lost_told = n_lost;
    }
}

static void *writer_main(void *context)
{
    struct ledger_writer *writer = context;
    struct queued_event event = {0};
    bool has_event = false;
    int rests_left = 0;
    for (;;) {
        bool last_round = atomic_load_explicit(&writer->stopping, memory_order_acquire);
        int64_t reached = atomic_load_explicit(&writer->reached, memory_order_acquire);
        pthread_mutex_lock(&writer->lock);
        write_due(writer, &event, &has_event, reached);
        write_outages(writer);
        /* Before anything was heard there is no playhead: a line can be out by then, and waits. */
        bool wanted = reached != INT64_MIN && (writer->n_open > 0 || writer->n_unwritten > 0);
        if (wanted && --rests_left <= 0 && !last_round) {
            rests_left = commit(writer, reached) ? RESTS_A_COMMIT : RESTS_AFTER_FAILURE;
        }
        pthread_mutex_unlock(&writer->lock);
        tell_lost(writer);
        if (last_round) {
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
    }
    if (has_event) {
        event_free(&event);
    }
    return NULL;
}

static void stop_thread(struct ledger_writer *writer)
{
    if (writer->live) {
        atomic_store_explicit(&writer->stopping, true, memory_order_release);
        pthread_join(writer->thread, NULL);
        writer->live = false;
    }
}

int ledger_writer_commit(struct ledger_writer *writer, int64_t frame, struct fault *reterr)
{
    int r = ledger_writer_check(writer, reterr);
    bool wanted = writer->n_unwritten > 0 || writer->n_open > 0;
    return r < 0 || !wanted ? r : write_playhead(writer, frame, reterr);
}

int ledger_writer_finish(struct ledger_writer *writer, int64_t frame, struct fault *reterr)
{
    ledger_writer_reached(writer, frame);
    stop_thread(writer);
    int r = 0;
    for (size_t line = 0; line < writer->n_outages && r == 0; line++) {
        if (writer->outages[line]) {
            r = ledger_outage_end(writer->ledger, writer->outages[line], frame, reterr);
            writer->outages[line] = 0;
            writer->n_unwritten++;
        }
    }
    int r_commit = ledger_writer_commit(writer, frame, r == 0 ? reterr : NULL);
    return r < 0 ? r : r_commit;
}

int ledger_writer_aired_until(struct ledger_writer *writer, const struct plan *plan,
                              int64_t *frames, struct fault *reterr)
{
    int r = 0;
    pthread_mutex_lock(&writer->lock);
    for (size_t i = 0; i < plan->n_items && r == 0; i++) {
        const struct plan_item *item = &plan->items[i];
        frames[i] = INT64_MIN;
        if (writer->ledger && item->n_frames > 0) {
            r = ledger_aired_until(writer->ledger, item->slot_uid, item->slot_recurrence_us,
                                   item->position, item->piece, &frames[i], reterr);
        }
    }
    pthread_mutex_unlock(&writer->lock);
    return r;
}

int ledger_writer_create(struct ledger *ledger, const struct log *log, bool live,
                         struct ledger_writer **ret_writer, struct fault *reterr)
{
    struct ledger_writer *writer = aligned_alloc(_Alignof(struct ledger_writer), sizeof *writer);
    if (!writer) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the ledger"));
    }
    memset(writer, 0, sizeof *writer);
    writer->ledger = ledger;
    writer->log = log;
    writer->live = live;
    ring_init(&writer->queue, writer->queue_memory, sizeof *writer->queue_memory, QUEUE_EVENTS);
    ring_init(&writer->outage_queue, writer->outage_memory, sizeof *writer->outage_memory,
              QUEUE_OUTAGES);
    atomic_init(&writer->reached, INT64_MIN);
    pthread_mutex_init(&writer->lock, NULL);
    int r = live ? pthread_create(&writer->thread, NULL, writer_main, writer) : 0;
    if (r) {
        pthread_mutex_destroy(&writer->lock);
        free(writer);
        return fault_set(reterr, r, NULL, 0, _("the ledger cannot be kept: %s"), errno_text(r));
    }
    *ret_writer = writer;
    return 0;
}

struct ledger_writer *ledger_writer_destroy(struct ledger_writer *writer)
{
    if (writer) {
        stop_thread(writer);
        for (struct queued_event event; ring_read(&writer->queue, &event, 1) == 1;) {
            event_free(&event);
        }
        for (; writer->has_outage || ring_read(&writer->outage_queue, &writer->outage, 1) == 1;
             writer->has_outage = false) {
            free(writer->outage.why);
        }
        pthread_mutex_destroy(&writer->lock);
        free(writer->open);
        free(writer->outages);
        free(writer);
    }
    return NULL;
}
