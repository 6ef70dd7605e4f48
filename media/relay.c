/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/relay.h"

#include <pthread.h>
#include <stdlib.h>

enum { N_BLOCKS = 4 };

struct relay {
    pthread_mutex_t mutex; /* over all but the samples */
    pthread_cond_t changed;
    int n_readers;
    bool is_stopped;
    size_t n_put;
    size_t n_done[RELAY_READERS_MAX];
    size_t n_frames[N_BLOCKS];
    float *blocks[N_BLOCKS];
};

struct relay *relay_create(int channels, int n_readers)
{
    AUTO(relay_destroy) struct relay *relay = calloc(1, sizeof *relay);
    if (!relay) {
        return NULL;
    }
    pthread_mutex_init(&relay->mutex, NULL);
    pthread_cond_init(&relay->changed, NULL);
    relay->n_readers = n_readers;
    for (size_t i = 0; i < N_BLOCKS; i++) {
        relay->blocks[i] = calloc((size_t)RELAY_FRAMES * (size_t)channels, sizeof(float));
        if (!relay->blocks[i]) {
            return NULL;
        }
    }
    return STEAL(relay);
}

struct relay *relay_destroy(struct relay *relay)
{
    if (relay) {
        for (size_t i = 0; i < N_BLOCKS; i++) {
            free(relay->blocks[i]);
        }
        pthread_cond_destroy(&relay->changed);
        pthread_mutex_destroy(&relay->mutex);
        free(relay);
    }
    return NULL;
}

/* Blocks that the slowest reader is done with. */
static size_t n_done_by_all(const struct relay *relay)
{
    size_t least = relay->n_done[0];
    for (int i = 1; i < relay->n_readers; i++) {
        least = relay->n_done[i] < least ? relay->n_done[i] : least;
    }
    return least;
}

float *relay_wait_free(struct relay *relay)
{
    pthread_mutex_lock(&relay->mutex);
    while (!relay->is_stopped && relay->n_put - n_done_by_all(relay) == N_BLOCKS) {
        pthread_cond_wait(&relay->changed, &relay->mutex);
    }
    float *block = relay->is_stopped ? NULL : relay->blocks[relay->n_put % N_BLOCKS];
    pthread_mutex_unlock(&relay->mutex);
    return block;
}

void relay_put(struct relay *relay, size_t n_frames)
{
    pthread_mutex_lock(&relay->mutex);
    while (!relay->is_stopped && relay->n_put - n_done_by_all(relay) == N_BLOCKS) {
        pthread_cond_wait(&relay->changed, &relay->mutex); /* the end, without a wait before it */
    }
    relay->n_frames[relay->n_put % N_BLOCKS] = n_frames;
    relay->n_put++;
    pthread_cond_broadcast(&relay->changed);
    pthread_mutex_unlock(&relay->mutex);
}

const float *relay_wait_full(struct relay *relay, int reader, size_t *ret_n_frames)
{
    pthread_mutex_lock(&relay->mutex);
    while (!relay->is_stopped && relay->n_put == relay->n_done[reader]) {
        pthread_cond_wait(&relay->changed, &relay->mutex);
    }
    size_t at = relay->n_done[reader] % N_BLOCKS;
    *ret_n_frames = relay->is_stopped ? 0 : relay->n_frames[at];
    const float *block = *ret_n_frames > 0 ? relay->blocks[at] : NULL;
    pthread_mutex_unlock(&relay->mutex);
    return block;
}

void relay_done(struct relay *relay, int reader)
{
    pthread_mutex_lock(&relay->mutex);
    relay->n_done[reader]++;
    pthread_cond_broadcast(&relay->changed);
    pthread_mutex_unlock(&relay->mutex);
}

void relay_stop(struct relay *relay)
{
    pthread_mutex_lock(&relay->mutex);
    relay->is_stopped = true;
    pthread_cond_broadcast(&relay->changed);
    pthread_mutex_unlock(&relay->mutex);
}

bool relay_is_stopped(struct relay *relay)
{
    pthread_mutex_lock(&relay->mutex);
    bool is_stopped = relay->is_stopped;
    pthread_mutex_unlock(&relay->mutex);
    return is_stopped;
}
