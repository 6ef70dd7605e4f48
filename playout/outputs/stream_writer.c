/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/stream_writer.h"

#include <errno.h>

#include "base/errno_text.h"
#include "base/i18n.h"

enum { QUEUE_S = 10, REST_MS = 1000 };

static void *writer_main(void *context)
{
    struct stream_writer *writer = context;
    struct stream_packet packet;
    bool ended = false;
    while (!ended) {
        stream_wait(writer->subscription, REST_MS);
        ended = stream_has_ended(writer->subscription);
        while (stream_read(writer->subscription, &packet)) {
            if (packet.kind == STREAM_SOUND) {
                writer->ops->take(writer, &packet);
            }
        }
        writer->ops->tend(writer);
    }
    writer->ops->end(writer);
    return NULL;
}

void stream_writer_fail(struct stream_writer *writer, const struct fault *fault, int64_t frame)
{
    pthread_mutex_lock(&writer->lock);
    writer->has_news = writer->has_news || !writer->failed;
    writer->fault = *fault;
    pthread_mutex_unlock(&writer->lock);
    if (!atomic_load(&writer->failed)) {
        atomic_store(&writer->since_frame, frame);
    }
    atomic_store(&writer->failed, true);
}

void stream_writer_is_well(struct stream_writer *writer, int64_t frame)
{
    if (atomic_load(&writer->failed)) {
        atomic_store(&writer->since_frame, frame);
        atomic_fetch_add(&writer->n_returns, 1);
        atomic_store(&writer->failed, false);
    }
}

void stream_writer_lose(struct stream_writer *writer, int64_t n_frames)
{
    atomic_fetch_add_explicit(&writer->frames_dropped, (uint64_t)n_frames, memory_order_relaxed);
}

/* ---- the control side */

static void writer_get_stats(const struct output *output, struct output_stats *ret_stats)
{
    const struct stream_writer *writer = (const struct stream_writer *)output;
    struct stream_counts counts = stream_counts(writer->subscription);
    *ret_stats = (struct output_stats){
        .frames_pushed = counts.frames_carried,
        .frames_dropped = counts.frames_lost + atomic_load(&writer->frames_dropped),
        .frames_padded = atomic_load(&writer->frames_padded),
        .n_reconnects = atomic_load(&writer->n_returns),
        .failed = atomic_load(&writer->failed) || stream_hub_failed(writer->hub, NULL),
        .since_frame = atomic_load(&writer->since_frame),
    };
}

static bool writer_take_fault(struct output *output, struct fault *ret_fault)
{
    struct stream_writer *writer = (struct stream_writer *)output;
    pthread_mutex_lock(&writer->lock);
    bool news = writer->has_news;
    writer->has_news = false;
    if (news) {
        *ret_fault = writer->fault;
    }
    pthread_mutex_unlock(&writer->lock);
    return news;
}

static void writer_close(struct output *output)
{
    struct stream_writer *writer = (struct stream_writer *)output;
    stream_hub_end(writer->hub);
    pthread_join(writer->thread, NULL);
    pthread_mutex_destroy(&writer->lock);
    writer->ops->destroy(writer);
}

static const struct output_ops writer_ops = {.get_stats = writer_get_stats,
                                             .take_fault = writer_take_fault,
                                             .close = writer_close};

int stream_writer_start(struct stream_writer *writer, const struct stream_writer_ops *ops,
                        struct output_hub *hub, uint32_t line, struct stream_settings settings,
                        struct fault *reterr)
{
    writer->head.ops = &writer_ops;
    writer->ops = ops;
    writer->hub = hub;
    int r = stream_hub_subscribe(hub, line, settings, QUEUE_S, &writer->subscription, reterr);
    if (r < 0) {
        return r;
    }
    pthread_mutex_init(&writer->lock, NULL);
    int err = pthread_create(&writer->thread, NULL, writer_main, writer);
    if (err) {
        pthread_mutex_destroy(&writer->lock);
        return fault_set(reterr, err, NULL, 0, _("no recording can be started: %s"),
                         errno_text(err));
    }
    return 0;
}
