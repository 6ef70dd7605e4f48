/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/meter.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/loudness.h"
#include "media/true_peak.h"

enum { N_BLOCKS = 4, BLOCK_FRAMES = 8192, CHANNELS_MAX = 2 };

struct block {
    float samples[BLOCK_FRAMES * CHANNELS_MAX];
    size_t n_frames; /* 0: the end */
};

struct meter {
    int channels;
    struct loudness *loudness;
    struct true_peak true_peak;
    int err; /* the thread's; read after it is joined */
    pthread_t thread;
    bool running;
    pthread_mutex_t mutex; /* over the two counts below */
    pthread_cond_t changed;
    size_t n_put;
    size_t n_taken;
    struct block blocks[N_BLOCKS];
};

/* The caller's side: wait for a free block. */
static struct block *meter_next_free(struct meter *meter)
{
    pthread_mutex_lock(&meter->mutex);
    while (meter->n_put - meter->n_taken == N_BLOCKS) {
        pthread_cond_wait(&meter->changed, &meter->mutex);
    }
    pthread_mutex_unlock(&meter->mutex);
    return &meter->blocks[meter->n_put % N_BLOCKS];
}

/* The thread's side: wait for a full one. */
static const struct block *meter_next_full(struct meter *meter)
{
    pthread_mutex_lock(&meter->mutex);
    while (meter->n_put == meter->n_taken) {
        pthread_cond_wait(&meter->changed, &meter->mutex);
    }
    pthread_mutex_unlock(&meter->mutex);
    return &meter->blocks[meter->n_taken % N_BLOCKS];
}

static void meter_count(struct meter *meter, size_t *count)
{
    pthread_mutex_lock(&meter->mutex);
    (*count)++;
    pthread_cond_signal(&meter->changed);
    pthread_mutex_unlock(&meter->mutex);
}

static void *meter_run(void *context)
{
    struct meter *meter = context;
    for (;;) {
        const struct block *block = meter_next_full(meter);
        if (block->n_frames == 0) {
            return NULL;
        }
        if (meter->err == 0) {
            meter->err = loudness_add(meter->loudness, block->samples, block->n_frames);
            true_peak_add(&meter->true_peak, block->samples, block->n_frames);
        }
        meter_count(meter, &meter->n_taken);
    }
}

int meter_start(int channels, struct meter **ret_meter)
{
    AUTO(meter_destroy) struct meter *meter = calloc(1, sizeof *meter);
    if (!meter) {
        return -ENOMEM;
    }
    pthread_mutex_init(&meter->mutex, NULL);
    pthread_cond_init(&meter->changed, NULL);
    meter->channels = channels;
    true_peak_init(&meter->true_peak, channels);
    meter->loudness = loudness_create(channels);
    if (!meter->loudness) {
        return -ENOMEM;
    }
    int err = pthread_create(&meter->thread, NULL, meter_run, meter);
    if (err != 0) {
        return -err;
    }
    meter->running = true;
    *ret_meter = STEAL(meter);
    return 0;
}

static void meter_join(struct meter *meter)
{
    if (meter->running) {
        meter_next_free(meter)->n_frames = 0;
        meter_count(meter, &meter->n_put);
        pthread_join(meter->thread, NULL);
        meter->running = false;
    }
}

struct meter *meter_destroy(struct meter *meter)
{
    if (meter) {
        meter_join(meter);
        loudness_destroy(meter->loudness);
        pthread_cond_destroy(&meter->changed);
        pthread_mutex_destroy(&meter->mutex);
        free(meter);
    }
    return NULL;
}

void meter_add(struct meter *meter, const float *samples, size_t n_frames)
{
    size_t channels = (size_t)meter->channels;
    for (size_t done = 0; done < n_frames;) {
        size_t n = n_frames - done < BLOCK_FRAMES ? n_frames - done : BLOCK_FRAMES;
        struct block *block = meter_next_free(meter);
        memcpy(block->samples, samples + done * channels, n * channels * sizeof *samples);
        block->n_frames = n;
        meter_count(meter, &meter->n_put);
        done += n;
    }
}

int meter_finish(struct meter *meter, double *ret_lufs, double *ret_true_peak_dbtp)
{
    meter_join(meter);
    int r = meter->err < 0 ? meter->err : loudness_measure(meter->loudness, ret_lufs);
    *ret_true_peak_dbtp = peak_to_db(meter->true_peak.peak);
    return r;
}
