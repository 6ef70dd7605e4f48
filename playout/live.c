/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/errno_text.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/urgent.h"
#include "playout/airable.h"
#include "playout/ledger_writer.h"
#include "playout/line_watch.h"
#include "playout/outputs/output.h"
#include "playout/radio_int.h"
#include "scheduler/plan.h"
#include "station/station.h"

enum {
    BLOCK_US = 20000,
    FADE_FRAMES = AIR_RATE / 10,
    BACKLOG_FRAMES = AIR_RATE, /* older than this is skipped */
    CLOCK_STEP_US = 50000,     /* what is less is the clock being disciplined, and followed */
    READY_WAIT_US = 500000,
    BLOCKS_A_SNAPSHOT = 10,
    PLANS_MAX = 64,
    ORDERS_MAX = 64,
    MICS_WAITING_MAX = 32,
    WATCH_NS = 50000000,
};

/* A clock that was this far ahead told the wrong time of day. */
static const int64_t CLOCK_BACK_MAX_US = 60LL * 1000000;
static const int64_t QUIET_LOOK_NS = 1000000000;
static const int64_t LATE_TELL_NS = 60LL * 1000000000;

/* The mixing thread, and what the control thread tells it. */
struct live {
    struct radio *radio;
    pthread_t thread;
    bool running;
    _Atomic bool stopping;
    _Atomic bool
        is_misled;     /* by a clock that was far ahead: nobody stops it, the radio breaks off */
    struct ring plans; /* of struct given_plan */
    struct given_plan plans_memory[PLANS_MAX];
    struct ring orders; /* of struct hold_order */
    struct hold_order orders_memory[ORDERS_MAX];
    _Atomic int64_t air_offset_us; /* the radio's own time minus the steady clock's */
    _Atomic bool has_offset;
    struct ring alerts; /* of struct live_alert */
    struct live_alert alerts_memory[2 * ALERTS_MAX];
    struct ring mics; /* of struct live_mic */
    struct live_mic mics_memory[MICS_WAITING_MAX];
    uint64_t n_mics_given; /* theirs who give them */
    _Atomic uint64_t n_mics_done;
    pthread_mutex_t lock; /* with `wake`, so that stopping need not wait for the next block */
    pthread_cond_t wake;
    /* the mixing thread's: the clock as it was last read */
    int64_t wall_us;
    int64_t steady_us;
    int64_t hold_us;          /* how much the clock was set back while something was on air */
    int64_t busy_until_frame; /* where the engine became idle; INT64_MAX: it is not */
    unsigned n_blocks;
    /* for the log */
    _Atomic uint64_t n_late;
    uint64_t n_late_told;
    int64_t late_told_ns;
    _Atomic int64_t clock_step_us; /* the newest, until it was told */
    _Atomic int64_t ahead_us;      /* how far the clock is behind what was mixed */
    _Atomic int64_t skipped_frames;
    _Atomic int error;
    bool *quiet_told; /* one a line */
    int64_t quiet_looked_ns;
};

static int64_t grid_up(int64_t frame)
{
    return frames_floor_div(frame + AIR_BLOCK_FRAMES - 1, AIR_BLOCK_FRAMES) * AIR_BLOCK_FRAMES;
}

/* ---- the radio's own time: the clock's, but never backwards while something is on air */

static int64_t air_now_us(struct live *live)
{
    struct clock *clock = live->radio->options.clock;
    int64_t wall_us = clock_now_us(clock);
    int64_t steady_us = clock_steady_ns(clock) / 1000;
    int64_t step_us = (wall_us - live->wall_us) - (steady_us - live->steady_us);
    if (step_us < -CLOCK_STEP_US || step_us > CLOCK_STEP_US) {
        int64_t hold_us = live->hold_us - step_us;
        live->hold_us = hold_us > 0 ? hold_us : 0;
        atomic_store(&live->clock_step_us, step_us);
    }
    live->wall_us = wall_us;
    live->steady_us = steady_us;
    atomic_store(&live->air_offset_us, wall_us + live->hold_us - steady_us);
    atomic_store(&live->has_offset, true);
    live->radio->steady_ahead_us = steady_us - (wall_us + live->hold_us);
    return wall_us + live->hold_us;
}

/* Back to the clock, once what was mixed ahead has had its time, so that its end is told. */
static void live_release(struct live *live, int64_t now)
{
    const struct engine *engine = live->radio->engine;
    if (!engine_is_idle(engine)) {
        live->busy_until_frame = INT64_MAX;
    } else if (live->busy_until_frame == INT64_MAX) {
        live->busy_until_frame = engine_position(engine);
    } else if (now >= live->busy_until_frame) {
        live->hold_us = 0;
    }
}

/* Until there is something to do, for at most so long; stopping and plans wake it. The wait
 * is on the steady clock: one on the wall clock would last an hour if that is set back
 * by an hour meanwhile. */
static void live_rest(struct live *live, int64_t us)
{
    us = us < BLOCK_US ? us : BLOCK_US;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += us * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&live->lock);
    if (!atomic_load(&live->stopping)) {
        pthread_cond_timedwait(&live->wake, &live->lock, &until);
    }
    pthread_mutex_unlock(&live->lock);
}

/* ---- mixing */

static void live_note(struct live *live, int r)
{
    if (r < 0) {
        atomic_store(&live->error, -r);
    }
}

static void live_take_plans(struct live *live)
{
    for (struct given_plan given; ring_read(&live->plans, &given, 1) == 1;) {
        int r = radio_hand_over(live->radio, &given, NULL);
        if (r < 0) {
            plan_destroy(given.plan);
            airable_release(given.airable);
        }
        live_note(live, r);
        free(given.aired_until);
    }
}

static void live_take_orders(struct live *live)
{
    for (struct hold_order order; ring_read(&live->orders, &order, 1) == 1;) {
        radio_obey(live->radio, &order);
    }
}

static void live_take_alerts(struct live *live)
{
    for (struct live_alert command; ring_read(&live->alerts, &command, 1) == 1;) {
        if (command.alert) {
            engine_interject(live->radio->engine, command.alert);
        } else {
            (void)engine_end_alert(live->radio->engine, command.end_id);
        }
    }
}

static void live_take_mics(struct live *live)
{
    for (struct live_mic command; ring_read(&live->mics, &command, 1) == 1;) {
        if (command.close) {
            engine_close_mic(live->radio->engine, command.mic);
        } else {
            engine_open_mic(live->radio->engine, command.mic);
        }
        atomic_fetch_add_explicit(&live->n_mics_done, 1, memory_order_release);
    }
}

/* Join what is on by now, once its copies are open and those that the first burst of
 * blocks will come to. */
static void live_begin(struct live *live)
{
    int64_t soon = frames_from_us(live->radio->options.lead_us + READY_WAIT_US);
    struct engine *engine = live->radio->engine;
    live->wall_us = clock_now_us(live->radio->options.clock);
    live->steady_us = clock_steady_ns(live->radio->options.clock) / 1000;
    live_take_plans(live);
    live_take_orders(live);
    int64_t give_up_us = live->steady_us + READY_WAIT_US;
    do {
        live_note(live, engine_skip_to(engine, grid_up(frames_from_us(air_now_us(live))), NULL));
        if (engine_is_ready(engine, engine_position(engine) + soon)) {
            return;
        }
        live_rest(live, 5000);
    } while (live->steady_us < give_up_us && !atomic_load(&live->stopping));
}

static void live_mix_block(struct live *live, int64_t now_us)
{
    struct engine *engine = live->radio->engine;
    int64_t now = frames_from_us(now_us);
    int64_t behind = now - engine_position(engine);
    if (behind > BACKLOG_FRAMES) {
        int64_t before = engine_position(engine);
        live_note(live, engine_skip_to(engine, grid_up(now), NULL));
        atomic_fetch_add(&live->skipped_frames, engine_position(engine) - before);
    } else if (behind > 0) {
        atomic_fetch_add(&live->n_late, 1);
    }
    live_note(live, engine_advance_to(engine, engine_position(engine) + AIR_BLOCK_FRAMES, NULL));
    if (++live->n_blocks % BLOCKS_A_SNAPSHOT == 0) {
        radio_take_snapshot(live->radio);
    }
}

static void live_beat(struct live *live)
{
    if (live->radio->options.pulse) {
        atomic_fetch_add(live->radio->options.pulse, 1);
    }
}

static void *live_main(void *context)
{
    struct live *live = context;
    struct radio *radio = live->radio;
    live_begin(live);
    while (!atomic_load_explicit(&live->stopping, memory_order_acquire)) {
        live_beat(live);
        live_take_plans(live);
        live_take_orders(live);
        live_take_alerts(live);
        live_take_mics(live);
        int64_t now_us = air_now_us(live);
        int64_t position = engine_position(radio->engine);
        int64_t now = frames_from_us(now_us);
        atomic_store(&live->ahead_us, frames_to_us(position) - live->wall_us);
        ledger_writer_reached(radio->writer, now < position ? now : position);
        live_release(live, now);
        int64_t wait_us = frames_to_us(position) - radio->options.lead_us - now_us;
        if (wait_us > 0) {
            live_rest(live, wait_us);
        } else {
            live_mix_block(live, now_us);
        }
    }
    engine_stop(radio->engine, FADE_FRAMES,
                atomic_load(&live->is_misled) ? END_FAILED : END_STOPPED);
    live_note(live,
              engine_advance_to(radio->engine, engine_position(radio->engine) + FADE_FRAMES, NULL));
    if (radio->options.pulse) {
        atomic_store(radio->options.pulse, 0);
    }
    return NULL;
}

/* ---- the control thread */

static void tell_outputs(const struct radio *radio)
{
    size_t line = 0;
    struct fault fault;
    while (outputs_take_fault(radio->outputs, &line, &fault)) {
        log_line(radio->options.log, LOG_ERROR, _("line %s: %s%s%s"),
                 radio->options.station->lines[line].id, fault.file, *fault.file ? ": " : "",
                 fault.text);
    }
    while (outputs_take_news(radio->outputs, &line, &fault)) {
        log_line(radio->options.log, fault.err ? LOG_WARNING : LOG_INFO, _("line %s: %s%s%s"),
                 radio->options.station->lines[line].id, fault.file, *fault.file ? ": " : "",
                 fault.text);
    }
}

/* At most once a minute: a machine that is too slow is so for long. */
static void tell_late(struct live *live)
{
    uint64_t n_late = atomic_load(&live->n_late);
    int64_t now_ns = clock_steady_ns(live->radio->options.clock);
    if (n_late != live->n_late_told && now_ns - live->late_told_ns > LATE_TELL_NS) {
        log_line(live->radio->options.log, LOG_WARNING,
                 _("the machine was late %llu times and caught up; if that goes on, close other "
                   "programs on it"),
                 (unsigned long long)(n_late - live->n_late_told));
        live->n_late_told = n_late;
        live->late_told_ns = now_ns;
    }
}

static void tell_quiet_line(struct live *live, size_t line)
{
    const struct line_def *def = &live->radio->options.station->lines[line];
    const struct log *log = live->radio->options.log;
    struct radio_line now;
    radio_line(live->radio, line, &now);
    if (now.is_quiet && !live->quiet_told[line]) {
        log_line(log, LOG_ERROR,
                 _("line %s: silence for %.0f s although %s is on air; check the recording"),
                 def->id, (double)now.quiet_us / 1e6, now.segment_code);
    } else if (!now.is_quiet && live->quiet_told[line]) {
        log_line(log, LOG_INFO, _("line %s: the silence is over"), def->id);
    }
    live->quiet_told[line] = now.is_quiet;
}

static void tell_quiet(struct live *live)
{
    int64_t now_ns = clock_steady_ns(live->radio->options.clock);
    if (now_ns - live->quiet_looked_ns < QUIET_LOOK_NS) {
        return;
    }
    live->quiet_looked_ns = now_ns;
    for (size_t line = line_set_next(live->radio->carried, 0); line != SIZE_MAX;
         line = line_set_next(live->radio->carried, line + 1)) {
        tell_quiet_line(live, line);
    }
}

static void tell_news(struct live *live)
{
    const struct log *log = live->radio->options.log;
    tell_outputs(live->radio);
    line_watch_look(live->radio->watch, live->radio->outputs, live->radio->carried,
                    live->radio->writer);
    radio_tend_alerts(live->radio);
    radio_tend_mics(live->radio);
    tell_late(live);
    tell_quiet(live);
    int64_t step_us = atomic_exchange(&live->clock_step_us, 0);
    if (step_us) {
        log_line(log, LOG_WARNING,
                 _("the clock of this machine was set by %+.3f s; check its time"),
                 (double)step_us / 1e6);
    }
    int64_t skipped = atomic_exchange(&live->skipped_frames, 0);
    if (skipped) {
        log_line(log, LOG_WARNING,
                 _("%.2f s were not aired, because the machine was too slow or its clock was set "
                   "forward; close other programs on it"),
                 frames_to_seconds(skipped));
    }
    int error = atomic_exchange(&live->error, 0);
    if (error) {
        log_line(log, LOG_ERROR, _("a part of the plan could not be aired: %s"), errno_text(error));
    }
}

static int live_start(struct live *live, struct fault *reterr)
{
    if (live->running) {
        return 0;
    }
    int r = pthread_create(&live->thread, NULL, live_main, live);
    if (r) {
        return fault_set(reterr, r, NULL, 0, _("the sound cannot be mixed: %s"), errno_text(r));
    }
    live->running = true;
    urgent_thread(live->thread, URGENT_MIXER);
    return 0;
}

int live_run_until(struct live *live, int64_t until_us, const volatile sig_atomic_t *stop,
                   struct fault *reterr)
{
    int r = live_start(live, reterr);
    if (r < 0) {
        return r;
    }
    for (;;) {
        tell_news(live);
        if (stop && *stop) {
            return -EINTR;
        }
        if (atomic_load(&live->ahead_us) > live->radio->options.lead_us + CLOCK_BACK_MAX_US) {
            atomic_store(&live->is_misled, true);
            return fault_set(reterr, ETIME, NULL, 0,
                             _("the clock was set back by more than a minute"));
        }
        int64_t left_us = until_us - clock_now_us(live->radio->options.clock);
        if (left_us <= 0) {
            return 0;
        }
        int64_t rest_ns = left_us < WATCH_NS / 1000 ? left_us * 1000 : WATCH_NS;
        nanosleep(&(struct timespec){.tv_nsec = rest_ns}, NULL); /* a signal ends it */
    }
}

/* What was ordered is looked at before the next block is due. */
static void wake(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    pthread_cond_signal(&live->wake);
    pthread_mutex_unlock(&live->lock);
}

int live_give_plan(struct live *live, const struct given_plan *given, struct fault *reterr)
{
    if (ring_write(&live->plans, given, 1) == 0) {
        return fault_set(reterr, ENOSPC, NULL, 0,
                         _("the radio takes up no new plan; stop loa and start it again"));
    }
    return 0;
}

int live_order(struct live *live, const struct hold_order *order, struct fault *reterr)
{
    if (ring_write(&live->orders, order, 1) == 0) {
        return fault_set(reterr, EAGAIN, NULL, 0,
                         _("the radio hangs; its lines are silent, but nothing else can be done"));
    }
    wake(live);
    return 0;
}

int64_t live_air_us(const struct live *live)
{
    struct clock *clock = live->radio->options.clock;
    return atomic_load(&live->has_offset)
               ? clock_steady_ns(clock) / 1000 + atomic_load(&live->air_offset_us)
               : clock_now_us(clock);
}

int live_alert(struct live *live, const struct live_alert *command, struct fault *reterr)
{
    if (ring_write(&live->alerts, command, 1) == 0) {
        return fault_set(reterr, EAGAIN, NULL, 0,
                         _("the radio takes no more commands; stop loa and start it again"));
    }
    wake(live);
    return 0;
}

int live_mic(struct live *live, const struct live_mic *command, uint64_t *ret_nth,
             struct fault *reterr)
{
    if (ring_write(&live->mics, command, 1) == 0) {
        return fault_set(reterr, EAGAIN, NULL, 0,
                         _("the radio takes no more commands; stop loa and start it again"));
    }
    *ret_nth = ++live->n_mics_given;
    wake(live);
    return 0;
}

bool live_mic_is_done(const struct live *live, uint64_t nth)
{
    return atomic_load_explicit(&live->n_mics_done, memory_order_acquire) >= nth;
}

uint64_t live_n_late(const struct live *live)
{
    return atomic_load(&live->n_late);
}

void live_stop(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    atomic_store(&live->stopping, true);
    pthread_cond_signal(&live->wake);
    pthread_mutex_unlock(&live->lock);
    if (live->running) {
        pthread_join(live->thread, NULL);
        live->running = false;
        tell_news(live);
    }
}

int live_create(struct radio *radio, struct live **ret_live, struct fault *reterr)
{
    struct live *live = aligned_alloc(_Alignof(struct live), sizeof *live);
    if (!live) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the radio"));
    }
    memset(live, 0, sizeof *live);
    live->radio = radio;
    live->quiet_told = calloc(radio->options.station->n_lines + 1, sizeof(bool));
    if (!live->quiet_told) {
        free(live);
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the radio"));
    }
    ring_init(&live->plans, live->plans_memory, sizeof *live->plans_memory, PLANS_MAX);
    ring_init(&live->orders, live->orders_memory, sizeof *live->orders_memory, ORDERS_MAX);
    ring_init(&live->alerts, live->alerts_memory, sizeof *live->alerts_memory, 2 * ALERTS_MAX);
    ring_init(&live->mics, live->mics_memory, sizeof *live->mics_memory, MICS_WAITING_MAX);
    pthread_mutex_init(&live->lock, NULL);
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&live->wake, &steady);
    pthread_condattr_destroy(&steady);
    *ret_live = live;
    return 0;
}

struct live *live_destroy(struct live *live)
{
    if (live) {
        for (struct given_plan given; ring_read(&live->plans, &given, 1) == 1;) {
            plan_destroy(given.plan);
            airable_release(given.airable);
            free(given.aired_until);
        }
        for (struct hold_order order; ring_read(&live->orders, &order, 1) == 1;) {
            free(order.lines.words);
        }
        pthread_cond_destroy(&live->wake);
        pthread_mutex_destroy(&live->lock);
        free(live->quiet_told);
        free(live);
    }
    return NULL;
}
