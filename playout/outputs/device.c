/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/device.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/aside/device_process.h"
#include "playout/outputs/output.h"
#include "playout/rt/device_feed.h"

/* A line on a device. */
struct device_output {
    struct output head;
    struct device_stream *stream;
    uint32_t left;
    uint32_t right;
    struct device_feed *feed;   /* in the memory of the stream's process; NULL: there is none */
    unsigned n_told;            /* of the stream's troubles */
    _Atomic uint64_t n_unheard; /* frames for which there was no feed */
};

/* A device and the lines on it. */
struct device_stream {
    char *name;
    struct device_process *process; /* NULL: not started, or not to be had, or closed */
    struct device_output **outputs; /* NULL where one was closed */
    size_t n;
    unsigned n_troubles; /* without a process */
    struct fault why;
};

struct device_hub {
    struct device_stream **streams;
    size_t n_streams;
};

/* ---- one device */

static int stream_start(struct device_stream *stream, struct fault *reterr)
{
    int r = device_process_create(stream->name, stream->n, false, &stream->process, reterr);
    if (r < 0) {
        return r;
    }
    struct device_memory *memory = device_process_memory(stream->process);
    for (size_t i = 0; i < stream->n; i++) {
        feed_init(&memory->feeds[i], stream->outputs[i]->left, stream->outputs[i]->right);
        stream->outputs[i]->feed = &memory->feeds[i];
    }
    device_process_tend(stream->process);
    return 0;
}

static unsigned stream_trouble(const struct device_stream *stream, struct fault *ret_fault)
{
    if (stream->process) {
        return device_process_trouble(stream->process, ret_fault);
    }
    *ret_fault = stream->why;
    return stream->n_troubles;
}

static void stream_free(struct device_stream *stream)
{
    device_process_destroy(stream->process);
    free(stream->name);
    free(stream->outputs);
    free(stream);
}

/* ---- outputs */

static void device_push(struct output *output, int64_t frame, int64_t due_ns, const float *frames,
                        size_t n) RT_SAFE;

static void device_push(struct output *output, int64_t frame, int64_t due_ns, const float *frames,
                        size_t n)
{
    struct device_output *device = (struct device_output *)output;
    if (device->feed) {
        feed_push(device->feed, frame, due_ns, frames, n);
    } else {
        feed_add(&device->n_unheard, n);
    }
}

static void device_get_stats(const struct output *output, struct output_stats *ret_stats)
{
    const struct device_output *device = (const struct device_output *)output;
    const struct device_feed *feed = device->feed;
    if (!feed) {
        uint64_t n = feed_count(&device->n_unheard);
        *ret_stats = (struct output_stats){.frames_pushed = n,
                                           .frames_dropped = n,
                                           .failed = device->stream->n_troubles > 0};
        return;
    }
    *ret_stats = (struct output_stats){
        .frames_pushed = feed_count(&feed->frames_pushed),
        .frames_dropped = feed_count(&feed->frames_dropped) + feed_count(&feed->frames_skipped),
        .frames_padded = feed_count(&feed->frames_padded),
        .n_underruns = feed_count(&feed->n_underruns),
        .failed = !device_process_is_well(device->stream->process),
    };
}

static bool device_take_fault(struct output *output, struct fault *ret_fault)
{
    struct device_output *device = (struct device_output *)output;
    struct fault fault;
    if (device->stream->process) {
        device_process_tend(device->stream->process);
    }
    unsigned n = stream_trouble(device->stream, &fault);
    bool news = n != device->n_told;
    device->n_told = n;
    if (news) {
        *ret_fault = fault;
    }
    return news;
}

static void device_hush(struct output *output, int64_t from_frame, int64_t until_frame)
{
    struct device_output *device = (struct device_output *)output;
    if (device->feed) {
        hush_set(&device->feed->hush, from_frame, until_frame);
    }
}

/* The first of a device's lines to go closes the device for all: they close together. */
static void device_close(struct output *output)
{
    struct device_output *device = (struct device_output *)output;
    struct device_stream *stream = device->stream;
    stream->process = device_process_destroy(stream->process);
    for (size_t i = 0; i < stream->n; i++) {
        if (stream->outputs[i]) {
            stream->outputs[i]->feed = NULL;
        }
        if (stream->outputs[i] == device) {
            stream->outputs[i] = NULL;
        }
    }
    free(device);
}

static const struct output_ops device_ops = {.push = device_push,
                                             .get_stats = device_get_stats,
                                             .take_fault = device_take_fault,
                                             .close = device_close,
                                             .hush = device_hush};

/* ---- the hub */

struct device_hub *device_hub_create(void)
{
    return calloc(1, sizeof(struct device_hub));
}

struct device_hub *device_hub_destroy(struct device_hub *hub)
{
    if (hub) {
        for (size_t i = 0; i < hub->n_streams; i++) {
            stream_free(hub->streams[i]);
        }
        free(hub->streams);
        free(hub);
    }
    return NULL;
}

static struct device_stream *hub_stream(struct device_hub *hub, const char *name)
{
    for (size_t i = 0; i < hub->n_streams; i++) {
        if (strcmp(hub->streams[i]->name, name) == 0) {
            return hub->streams[i];
        }
    }
    struct device_stream **streams =
        realloc(hub->streams, (hub->n_streams + 1) * sizeof(struct device_stream *));
    if (!streams) {
        return NULL;
    }
    hub->streams = streams;
    struct device_stream *stream = calloc(1, sizeof *stream);
    if (!stream || !(stream->name = strdup(name))) {
        free(stream);
        return NULL;
    }
    return hub->streams[hub->n_streams++] = stream;
}

static bool stream_add(struct device_stream *stream, struct device_output *device)
{
    struct device_output **outputs =
        realloc(stream->outputs, (stream->n + 1) * sizeof(struct device_output *));
    if (!outputs) {
        return false;
    }
    stream->outputs = outputs;
    stream->outputs[stream->n++] = device;
    return true;
}

/* Which channels, from 0. None written: the first two. One: both sides go into it. */
static void spec_channels(const struct output_spec *spec, uint32_t *ret_left, uint32_t *ret_right)
{
    *ret_left = spec->n_channels >= 1 ? (uint32_t)spec->channels[0] - 1 : 0;
    *ret_right = spec->n_channels >= 2   ? (uint32_t)spec->channels[1] - 1
                 : spec->n_channels == 1 ? *ret_left
                                         : 1;
}

static int check_channels(const struct device_stream *stream, uint32_t left, uint32_t right,
                          struct fault *reterr)
{
    for (size_t i = 0; i < stream->n; i++) {
        const struct device_output *other = stream->outputs[i];
        bool left_is_taken = left == other->left || left == other->right;
        bool right_is_taken = right == other->left || right == other->right;
        if (left_is_taken || right_is_taken) {
            return fault_set(reterr, EBUSY, NULL, 0,
                             _("channel %zu of the sound device \"%s\" carries another line "
                               "already"),
                             (size_t)(left_is_taken ? left : right) + 1, stream->name);
        }
    }
    return 0;
}

int device_hub_add(struct device_hub *hub, const struct output_spec *spec,
                   struct output **ret_output, struct fault *reterr)
{
    uint32_t left = 0;
    uint32_t right = 0;
    spec_channels(spec, &left, &right);
    struct device_stream *stream = hub_stream(hub, spec->target);
    int r = stream ? check_channels(stream, left, right, reterr) : 0;
    if (r < 0) {
        return r;
    }
    struct device_output *device = calloc(1, sizeof *device);
    if (stream && device) {
        *device = (struct device_output){.head = {&device_ops},
                                         .stream = stream,
                                         .left = left,
                                         .right = right};
        if (stream_add(stream, device)) {
            *ret_output = &device->head;
            return 0;
        }
    }
    free(device);
    return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

void device_hub_start(struct device_hub *hub)
{
    for (size_t i = 0; i < hub->n_streams; i++) {
        struct device_stream *stream = hub->streams[i];
        if (stream_start(stream, &stream->why) < 0) {
            stream->n_troubles++;
        }
    }
}
