/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/voice_worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "playout/voice.h"

enum { WAITING_MAX = 16384, REST_NS = 10000000 };

struct voice_worker {
    pthread_t thread;
    _Atomic bool stopping;
    struct ring added; /* of struct voice * */
    struct voice *added_memory[WAITING_MAX];
    struct voice **voices;
    size_t n_voices;
    size_t capacity;
};

static void worker_sweep(struct voice_worker *worker)
{
    size_t kept = 0;
    for (size_t i = 0; i < worker->n_voices; i++) {
        struct voice *voice = worker->voices[i];
        if (atomic_load_explicit(&voice->released, memory_order_acquire)) {
            voice_destroy(voice);
        } else {
            if (tap_state(&voice->tap) != TAP_FAILED) {
                voice_fill(voice);
            }
            worker->voices[kept++] = voice;
        }
    }
    worker->n_voices = kept;
}

/* Room for one more; without it the new voice waits in the ring. */
static bool worker_has_room(struct voice_worker *worker)
{
    if (worker->n_voices < worker->capacity) {
        return true;
    }
    size_t capacity = worker->capacity ? 2 * worker->capacity : 64;
    struct voice **voices = realloc(worker->voices, capacity * sizeof(struct voice *));
    if (!voices) {
        return false;
    }
    worker->voices = voices;
    worker->capacity = capacity;
    return true;
}

/* One at a time, so that those on air are filled between two openings. */
static bool worker_open_next(struct voice_worker *worker)
{
    struct voice *voice = NULL;
    if (!worker_has_room(worker) || ring_read(&worker->added, &voice, 1) == 0) {
        return false;
    }
    voice_open(voice);
    worker->voices[worker->n_voices++] = voice;
    return true;
}

static void *worker_main(void *context)
{
    struct voice_worker *worker = context;
    while (!atomic_load_explicit(&worker->stopping, memory_order_acquire)) {
        worker_sweep(worker);
        if (!worker_open_next(worker)) {
            nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
        }
    }
    return NULL;
}

int voice_worker_create(struct voice_worker **ret_worker, struct fault *reterr)
{
    struct voice_worker *worker = aligned_alloc(_Alignof(struct voice_worker), sizeof *worker);
    int r = worker ? 0 : ENOMEM;
    if (worker) {
        memset(worker, 0, sizeof *worker);
        ring_init(&worker->added, worker->added_memory, sizeof(struct voice *), WAITING_MAX);
        atomic_init(&worker->stopping, false);
        r = pthread_create(&worker->thread, NULL, worker_main, worker);
    }
    if (r) {
        free(worker);
        return fault_set(reterr, r, NULL, 0, _("recordings cannot be opened: %s"), errno_text(r));
    }
    *ret_worker = worker;
    return 0;
}

struct voice_worker *voice_worker_destroy(struct voice_worker *worker)
{
    if (!worker) {
        return NULL;
    }
    atomic_store_explicit(&worker->stopping, true, memory_order_release);
    pthread_join(worker->thread, NULL);
    for (size_t i = 0; i < worker->n_voices; i++) {
        voice_destroy(worker->voices[i]);
    }
    for (struct voice *voice; ring_read(&worker->added, &voice, 1) == 1;) {
        voice_destroy(voice);
    }
    free(worker->voices);
    free(worker);
    return NULL;
}

bool voice_worker_add(struct voice_worker *worker, struct voice *voice)
{
    return ring_write(&worker->added, &voice, 1) == 1;
}

void voice_worker_release(struct voice *voice)
{
    atomic_store_explicit(&voice->released, true, memory_order_release);
}
