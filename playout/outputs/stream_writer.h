/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_STREAM_WRITER_H
#define PLAYOUT_OUTPUTS_STREAM_WRITER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/fault.h"
#include "playout/outputs/output.h"
#include "playout/outputs/stream_hub.h"

/*
 * An output that keeps a line's stream in files: the head of its kind. A thread of its own takes
 * the packets from a stream hub, so that a disk that is slow, full or gone holds up nobody else.
 *
 * Threads What the kind gives is called by that thread, but for destroy; stream_writer_start() by
 *         the control thread; the rest by the kind, on its thread.
 */
struct stream_writer;

struct stream_writer_ops {
    void (*take)(struct stream_writer *writer, const struct stream_packet *packet); /* SOUND */
    void (*tend)(struct stream_writer *writer); /* at least once a second */
    void (*end)(struct stream_writer *writer);  /* no more packets will come */
    void (*destroy)(struct stream_writer *writer);
};

struct stream_writer {
    struct output head;
    const struct stream_writer_ops *ops;
    struct output_hub *hub;
    struct stream_subscription *subscription;
    pthread_t thread;
    _Atomic uint64_t frames_dropped;
    _Atomic uint64_t frames_padded;
    _Atomic uint64_t n_returns;
    _Atomic bool failed;
    _Atomic int64_t since_frame;
    pthread_mutex_t lock; /* of what follows */
    bool has_news;
    struct fault fault;
};

/* Begin: the kind's own part is ready. On failure nothing has begun, and the caller frees it.
 * -ENOMEM, -EAGAIN. */
MUST_CHECK int stream_writer_start(struct stream_writer *writer,
                                   const struct stream_writer_ops *ops, struct output_hub *hub,
                                   uint32_t line, struct stream_settings settings,
                                   struct fault *reterr);

/* Nothing can be written from this frame on: why. Told once until it is well again. */
void stream_writer_fail(struct stream_writer *writer, const struct fault *fault, int64_t frame);
/* What follows from this frame on is written. */
void stream_writer_is_well(struct stream_writer *writer, int64_t frame);
/* So many frames were lost. */
void stream_writer_lose(struct stream_writer *writer, int64_t n_frames);

#endif
