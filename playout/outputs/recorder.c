/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/ring.h"
#include "playout/outputs/file.h"
#include "playout/outputs/output.h"
#include "playout/outputs/recording.h"
#include "playout/outputs/transports.h"
#include "playout/rt/hush.h"

enum {
    QUEUE_BLOCKS = 64, /* 1.3 s */
    REST_NS = 20000000,
    HOUR_FRAMES = 3600 * AIR_RATE,
    RETRY_FRAMES = 10 * AIR_RATE,
};

struct queued_block {
    int64_t frame;
    int64_t due_ns;
    size_t n;
    float frames[AIR_BLOCK_FRAMES * AIR_CHANNELS];
};

struct recorder {
    struct output head;
    char *dir;
    char *line_id;
    char *format;
    const struct hush *hush;
    pthread_t thread;
    _Atomic bool stopping;
    struct ring queue; /* of struct queued_block */
    struct queued_block *queue_memory;
    /* the worker's */
    struct sound_file *file;
    int64_t next_frame;  /* that the file holds next */
    int64_t retry_frame; /* not tried again before */
    bool has_dir; /* it was there once: it is not made anew, what lies under it may be gone */
    struct queued_block block;
    bool has_block; /* it waits for its time */
    /* counters */
    _Atomic uint64_t frames_pushed;
    _Atomic uint64_t frames_dropped;
    _Atomic uint64_t frames_padded;
    _Atomic bool failed;
    _Atomic int64_t since_frame; /* that it has failed, or been well again */
    pthread_mutex_t lock;        /* of what follows */
    bool has_news;
    struct fault fault;
};

static void count(_Atomic uint64_t *counter, uint64_t n) RT_SAFE;
static void recorder_push(struct output *output, int64_t frame, int64_t due_ns, const float *frames,
                          size_t n) RT_SAFE;

static void count(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t counted(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* ---- the mixer's side */

static void recorder_push(struct output *output, int64_t frame, int64_t due_ns, const float *frames,
                          size_t n)
{
    struct recorder *recorder = (struct recorder *)output;
    struct queued_block block;
    count(&recorder->frames_pushed, n);
    for (size_t done = 0; done < n;) {
        block.frame = frame + (int64_t)done;
        block.due_ns = due_ns + (int64_t)done * 1000000000 / AIR_RATE;
        block.n = n - done < AIR_BLOCK_FRAMES ? n - done : AIR_BLOCK_FRAMES;
        memcpy(block.frames, frames + done * AIR_CHANNELS, block.n * AIR_CHANNELS * sizeof *frames);
        if (ring_write(&recorder->queue, &block, 1) == 0) {
            count(&recorder->frames_dropped, block.n);
        }
        done += block.n;
    }
}

/* ---- the worker's side */

static void recorder_fail(struct recorder *recorder, const struct fault *fault, int64_t frame)
{
    recorder->file = sound_file_drop(recorder->file);
    recorder->retry_frame = frame + RETRY_FRAMES;
    pthread_mutex_lock(&recorder->lock);
    recorder->has_news = recorder->has_news || !recorder->failed;
    recorder->fault = *fault;
    pthread_mutex_unlock(&recorder->lock);
    if (!atomic_load(&recorder->failed)) {
        atomic_store(&recorder->since_frame, frame);
    }
    atomic_store(&recorder->failed, true);
}

static int recorder_begin_file(struct recorder *recorder, int64_t frame, struct fault *reterr)
{
    char name[RECORDING_NAME_MAX];
    char path[PATHS_MAX];
    int r = recorder->has_dir ? 0 : path_make_dirs(recorder->dir, reterr);
    if (r < 0) {
        return r;
    }
    recorder->has_dir = true;
    r = -EEXIST; /* a radio that was started twice within a second keeps both */
    for (int i = 0; i < RECORDING_SAME_MAX && r == -EEXIST; i++) {
        recording_name(recorder->line_id, frame, i, recorder->format, name);
        r = path_join(path, recorder->dir, name, reterr);
        if (r == 0) {
            r = sound_file_create(path, recorder->format, &recorder->file, reterr);
        }
    }
    recorder->next_frame = frame;
    return r;
}

static int recorder_write(struct recorder *recorder, int64_t frame, const float *frames, size_t n,
                          struct fault *reterr)
{
    if (!recorder->file) {
        int r = recorder_begin_file(recorder, frame, reterr);
        if (r < 0) {
            return r;
        }
    }
    int r = sound_file_write(recorder->file, frames, n, reterr);
    recorder->next_frame = frame + (int64_t)n;
    if (r == 0 && recorder->next_frame % HOUR_FRAMES == 0) {
        r = sound_file_finish(STEAL(recorder->file), reterr);
    }
    return r;
}

/* Write across the hour, in two files. */
static int recorder_write_hours(struct recorder *recorder, int64_t frame, const float *frames,
                                size_t n, struct fault *reterr)
{
    int r = 0;
    while (n > 0 && r == 0) {
        int64_t hour_end = (frames_floor_div(frame, HOUR_FRAMES) + 1) * HOUR_FRAMES;
        size_t n_now = hour_end - frame < (int64_t)n ? (size_t)(hour_end - frame) : n;
        r = recorder_write(recorder, frame, frames, n_now, reterr);
        frame += (int64_t)n_now;
        frames += n_now * AIR_CHANNELS;
        n -= n_now;
    }
    return r;
}

/* Silence for what never came, so that a place in the file is an instant. A long hole, the
 * clock having been set, ends the file instead. */
static int recorder_bridge(struct recorder *recorder, int64_t frame, struct fault *reterr)
{
    static const float silence[AIR_BLOCK_FRAMES * AIR_CHANNELS];
    int64_t missing = frame - recorder->next_frame;
    if (missing < 0 || missing > HOUR_FRAMES) {
        return sound_file_finish(STEAL(recorder->file), reterr);
    }
    int r = 0;
    while (recorder->file && recorder->next_frame < frame && r == 0) {
        missing = frame - recorder->next_frame;
        size_t n = missing < AIR_BLOCK_FRAMES ? (size_t)missing : AIR_BLOCK_FRAMES;
        count(&recorder->frames_padded, n);
        r = recorder_write_hours(recorder, recorder->next_frame, silence, n, reterr);
    }
    return r;
}

static void recorder_take_block(struct recorder *recorder)
{
    struct fault fault;
    struct queued_block *block = &recorder->block;
    int64_t wait_frames = recorder->retry_frame - block->frame; /* more: the clock was set back */
    if (recorder->failed && wait_frames > 0 && wait_frames <= RETRY_FRAMES) {
        count(&recorder->frames_dropped, block->n);
        return;
    }
    if (recorder->hush && hush_meets(recorder->hush, block->frame, block->n)) {
        hush_apply(recorder->hush, block->frame, block->frames, block->n);
    }
    int r = 0;
    if (recorder->file && recorder->next_frame != block->frame) {
        r = recorder_bridge(recorder, block->frame, &fault);
    }
    if (r == 0) {
        r = recorder_write_hours(recorder, block->frame, block->frames, block->n, &fault);
    }
    if (r < 0) {
        count(&recorder->frames_dropped, block->n);
        recorder_fail(recorder, &fault, block->frame);
    } else if (recorder->failed && (!recorder->file || sound_file_has_begun(recorder->file))) {
        atomic_store(&recorder->since_frame, block->frame);
        atomic_store(&recorder->failed, false);
    }
}

/* What is written is what was heard: a block whose time has not come can be hushed yet. */
static bool recorder_next_block(struct recorder *recorder, bool last_round)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    if (!recorder->has_block) {
        recorder->has_block = ring_read(&recorder->queue, &recorder->block, 1) == 1;
    }
    return recorder->has_block && (last_round || recorder->block.due_ns <= now_ns);
}

static void *recorder_main(void *context)
{
    struct recorder *recorder = context;
    for (;;) {
        bool last_round = atomic_load_explicit(&recorder->stopping, memory_order_acquire);
        while (recorder_next_block(recorder, last_round)) {
            recorder_take_block(recorder);
            recorder->has_block = false;
        }
        if (last_round) {
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
    }
    struct fault fault;
    if (recorder->file && sound_file_finish(STEAL(recorder->file), &fault) < 0) {
        recorder_fail(recorder, &fault, recorder->next_frame);
    }
    return NULL;
}

/* ---- the control side */

static void recorder_get_stats(const struct output *output, struct output_stats *ret_stats)
{
    const struct recorder *recorder = (const struct recorder *)output;
    *ret_stats = (struct output_stats){
        .frames_pushed = counted(&recorder->frames_pushed),
        .frames_dropped = counted(&recorder->frames_dropped),
        .frames_padded = counted(&recorder->frames_padded),
        .failed = atomic_load(&recorder->failed),
        .since_frame = atomic_load(&recorder->since_frame),
    };
}

static bool recorder_take_fault(struct output *output, struct fault *ret_fault)
{
    struct recorder *recorder = (struct recorder *)output;
    pthread_mutex_lock(&recorder->lock);
    bool news = recorder->has_news;
    recorder->has_news = false;
    if (news) {
        *ret_fault = recorder->fault;
    }
    pthread_mutex_unlock(&recorder->lock);
    return news;
}

static void recorder_free(struct recorder *recorder)
{
    pthread_mutex_destroy(&recorder->lock);
    free(recorder->dir);
    free(recorder->line_id);
    free(recorder->format);
    free(recorder->queue_memory);
    free(recorder);
}

static void recorder_close(struct output *output)
{
    struct recorder *recorder = (struct recorder *)output;
    atomic_store_explicit(&recorder->stopping, true, memory_order_release);
    pthread_join(recorder->thread, NULL);
    recorder_free(recorder);
}

static const struct output_ops recorder_ops = {.push = recorder_push,
                                               .get_stats = recorder_get_stats,
                                               .take_fault = recorder_take_fault,
                                               .close = recorder_close};

int recorder_open(const char *dir, const char *line_id, const char *format, const struct hush *hush,
                  struct output **ret_output, struct fault *reterr)
{
    struct recorder *recorder = aligned_alloc(_Alignof(struct recorder), sizeof *recorder);
    if (!recorder) {
        return fault_set(reterr, ENOMEM, dir, 0, _("out of memory"));
    }
    memset(recorder, 0, sizeof *recorder);
    recorder->head.ops = &recorder_ops;
    recorder->hush = hush;
    pthread_mutex_init(&recorder->lock, NULL);
    recorder->dir = strdup(dir);
    recorder->line_id = strdup(line_id);
    recorder->format = strdup(format);
    recorder->queue_memory = calloc(QUEUE_BLOCKS, sizeof *recorder->queue_memory);
    int r = ENOMEM;
    if (recorder->dir && recorder->line_id && recorder->format && recorder->queue_memory) {
        ring_init(&recorder->queue, recorder->queue_memory, sizeof *recorder->queue_memory,
                  QUEUE_BLOCKS);
        r = pthread_create(&recorder->thread, NULL, recorder_main, recorder);
    }
    if (r) {
        recorder_free(recorder);
        return fault_set(reterr, r, dir, 0, _("no recording can be started: %s"), errno_text(r));
    }
    *ret_output = &recorder->head;
    return 0;
}
