/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"

enum { THREADS_MAX = 16, AHEAD_OF_EACH = 2, ROOM_MAX = THREADS_MAX * AHEAD_OF_EACH };

struct place {
    void *item;
    bool is_done;
};

struct crew {
    crew_work *work;
    pthread_t threads[THREADS_MAX];
    size_t n_threads;
    size_t room;
    /* Counts that only grow; an item's place is its number modulo ROOM_MAX. The first two are
     * the giving thread's own. */
    size_t n_taken_back;
    size_t n_given_out;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t given;
    pthread_cond_t done;
    size_t n_given;
    size_t n_begun;
    bool ends;
    struct place places[ROOM_MAX];
};

static void *run_thread(void *context)
{
    struct crew *crew = context;
    pthread_mutex_lock(&crew->mutex);
    for (;;) {
        while (crew->n_begun == crew->n_given && !crew->ends) {
            pthread_cond_wait(&crew->given, &crew->mutex);
        }
        if (crew->n_begun == crew->n_given) {
            break;
        }
        struct place *place = &crew->places[crew->n_begun++ % ROOM_MAX];
        pthread_mutex_unlock(&crew->mutex);
        crew->work(place->item);
        pthread_mutex_lock(&crew->mutex);
        place->is_done = true;
        pthread_cond_signal(&crew->done);
    }
    pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

int crew_start(crew_work *work, struct crew **ret_crew, struct fault *reterr)
{
    struct crew *crew = calloc(1, sizeof *crew);
    if (!crew) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    crew->work = work;
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->given, NULL);
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&crew->done, &steady);
    pthread_condattr_destroy(&steady);
    size_t n_cores = (size_t)get_nprocs();
    size_t wanted = n_cores < THREADS_MAX ? n_cores : THREADS_MAX;
    int err = 0;
    while (err == 0 && crew->n_threads < wanted) {
        err = pthread_create(&crew->threads[crew->n_threads], NULL, run_thread, crew);
        crew->n_threads += err == 0;
    }
    if (crew->n_threads == 0) {
        crew_stop(crew);
        return fault_set(reterr, EAGAIN, NULL, 0, _("the work cannot begin: %s"), errno_text(err));
    }
    crew->room = crew->n_threads * AHEAD_OF_EACH;
    *ret_crew = crew;
    return 0;
}

struct crew *crew_stop(struct crew *crew)
{
    if (crew) {
        pthread_mutex_lock(&crew->mutex);
        crew->ends = true;
        pthread_cond_broadcast(&crew->given);
        pthread_mutex_unlock(&crew->mutex);
        for (size_t i = 0; i < crew->n_threads; i++) {
            pthread_join(crew->threads[i], NULL);
        }
        pthread_cond_destroy(&crew->done);
        pthread_cond_destroy(&crew->given);
        pthread_mutex_destroy(&crew->mutex);
        free(crew);
    }
    return NULL;
}

bool crew_has_room(const struct crew *crew)
{
    return crew->n_given_out - crew->n_taken_back < crew->room;
}

bool crew_is_idle(const struct crew *crew)
{
    return crew->n_given_out == crew->n_taken_back;
}

void crew_give(struct crew *crew, void *item)
{
    pthread_mutex_lock(&crew->mutex);
    crew->places[crew->n_given++ % ROOM_MAX] = (struct place){.item = item};
    pthread_cond_signal(&crew->given);
    pthread_mutex_unlock(&crew->mutex);
    crew->n_given_out++;
}

static struct timespec steady_after(int wait_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

void *crew_take(struct crew *crew, int wait_ms)
{
    if (crew_is_idle(crew)) {
        return NULL;
    }
    struct place *place = &crew->places[crew->n_taken_back % ROOM_MAX];
    struct timespec until = steady_after(wait_ms);
    pthread_mutex_lock(&crew->mutex);
    while (!place->is_done &&
           pthread_cond_timedwait(&crew->done, &crew->mutex, &until) != ETIMEDOUT) {
    }
    void *item = place->is_done ? place->item : NULL;
    pthread_mutex_unlock(&crew->mutex);
    crew->n_taken_back += item != NULL;
    return item;
}
