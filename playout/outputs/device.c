/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/outputs/device.h"

#include <errno.h>
#include <fcntl.h>
#include <portaudio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "playout/outputs/output.h"
#include "playout/rt/device_callback.h"
#include "playout/rt/guard.h"

enum {
    QUEUE_FRAMES = 65536, /* 1.4 s: a second of backlog, mixed at once */
    PREFILL_FRAMES = 3 * AIR_BLOCK_FRAMES,
    LIMIT_FRAMES = 3 * AIR_RATE / 10, /* twice what the mixer is ahead */
    DRAIN_MS = 500,
};

struct device_output {
    struct output head;
    struct device_stream *stream;
    struct device_feed feed;
    float *queue_memory;
    bool failed;
    bool told;
    struct fault why;
    _Atomic uint64_t frames_pushed;
    _Atomic uint64_t frames_dropped;
};

/* A device and the lines on it. */
struct device_stream {
    char *name;
    PaStream *stream; /* NULL: not open */
    struct device_feed **feeds;
    struct device_output **outputs; /* NULL where one was closed */
    size_t n;
    size_t n_channels;
};

struct device_hub {
    bool initialised;
    struct device_stream **streams;
    size_t n_streams;
};

/* ---- PortAudio, without what it and the libraries under it print on standard error while
 * they look for devices that are not there */

static int portaudio_begin(struct fault *reterr)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int kept = nowhere >= 0 ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
    if (kept >= 0) {
        dup2(nowhere, STDERR_FILENO);
    }
    PaError error = Pa_Initialize();
    if (kept >= 0) {
        dup2(kept, STDERR_FILENO);
        close(kept);
    }
    if (nowhere >= 0) {
        close(nowhere);
    }
    if (error != paNoError) {
        return fault_set(reterr, EIO, NULL, 0, _("sound devices cannot be used: %s"),
                         Pa_GetErrorText(error));
    }
    return 0;
}

/* The device of that name, or the only one whose name holds it; paNoDevice. */
static PaDeviceIndex find_device(const char *name)
{
    if (strcmp(name, "default") == 0) {
        return Pa_GetDefaultOutputDevice();
    }
    PaDeviceIndex found = paNoDevice;
    int n_found = 0;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (info->maxOutputChannels < 1) {
            continue;
        }
        if (strcmp(info->name, name) == 0) {
            return i;
        }
        if (strstr(info->name, name)) {
            found = i;
            n_found++;
        }
    }
    return n_found == 1 ? found : paNoDevice;
}

int devices_visit(device_visit visit, void *context, struct fault *reterr)
{
    int r = portaudio_begin(reterr);
    if (r < 0) {
        return r;
    }
    int n = 0;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (info->maxOutputChannels > 0) {
            visit(context, &(struct device_info){.name = info->name,
                                                 .driver = Pa_GetHostApiInfo(info->hostApi)->name,
                                                 .channels = info->maxOutputChannels,
                                                 .is_default = i == Pa_GetDefaultOutputDevice()});
            n++;
        }
    }
    Pa_Terminate();
    return n ? 0
             : fault_set(reterr, ENODEV, NULL, 0,
                         _("this machine has no sound device that can play"));
}

/* ---- one device's stream */

static int stream_callback(const void *input, void *output, unsigned long n_frames,
                           const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags,
                           void *context)
{
    const struct device_stream *stream = context;
    (void)input;
    (void)time;
    (void)flags;
    rt_enter();
    device_callback(stream->feeds, stream->n, output, stream->n_channels, n_frames);
    rt_leave();
    return paContinue;
}

static int stream_open(struct device_stream *stream, struct fault *reterr)
{
    PaDeviceIndex device = find_device(stream->name);
    if (device == paNoDevice) {
        return fault_set(reterr, ENODEV, NULL, 0,
                         _("there is no sound device \"%s\"; `loa devices` lists what there is"),
                         stream->name);
    }
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    if (stream->n_channels > (size_t)info->maxOutputChannels) {
        return fault_set(reterr, ENODEV, NULL, 0,
                         _("the sound device \"%s\" has %d channels, and a line wants channel %zu"),
                         info->name, info->maxOutputChannels, stream->n_channels);
    }
    PaStreamParameters parameters = {.device = device,
                                     .channelCount = (int)stream->n_channels,
                                     .sampleFormat = paFloat32,
                                     .suggestedLatency = info->defaultHighOutputLatency};
    PaError error = Pa_OpenStream(&stream->stream, NULL, &parameters, AIR_RATE,
                                  paFramesPerBufferUnspecified, paNoFlag, stream_callback, stream);
    if (error == paNoError) {
        error = Pa_StartStream(stream->stream);
        if (error != paNoError) {
            Pa_CloseStream(stream->stream);
        }
    }
    if (error != paNoError) {
        stream->stream = NULL;
        return fault_set(reterr, EIO, NULL, 0, _("the sound device \"%s\" cannot be used: %s"),
                         info->name, Pa_GetErrorText(error));
    }
    return 0;
}

static void stream_fail(struct device_stream *stream, const struct fault *why)
{
    for (size_t i = 0; i < stream->n; i++) {
        if (stream->outputs[i] && !stream->outputs[i]->failed) {
            stream->outputs[i]->failed = true;
            stream->outputs[i]->why = *why;
        }
    }
}

/* A device that was pulled out stops calling back. */
static void stream_watch(struct device_stream *stream)
{
    if (stream->stream && Pa_IsStreamActive(stream->stream) != 1) {
        struct fault why;
        fault_set(&why, ENODEV, NULL, 0, _("the sound device \"%s\" has gone"), stream->name);
        stream_fail(stream, &why);
    }
}

/* Let what is queued be heard, then close. */
static void stream_close(struct device_stream *stream)
{
    if (!stream->stream) {
        return;
    }
    for (int waited_ms = 0; waited_ms < DRAIN_MS && Pa_IsStreamActive(stream->stream) == 1;
         waited_ms += 10) {
        size_t left = 0;
        for (size_t i = 0; i < stream->n; i++) {
            left += ring_readable(&stream->feeds[i]->ring);
        }
        if (left == 0) {
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    Pa_StopStream(stream->stream);
    Pa_CloseStream(stream->stream);
    stream->stream = NULL;
}

static void stream_free(struct device_stream *stream)
{
    free(stream->name);
    free(stream->feeds);
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
    (void)frame;
    (void)due_ns;
    size_t taken = ring_write(&device->feed.ring, frames, n);
    atomic_fetch_add_explicit(&device->frames_pushed, n, memory_order_relaxed);
    atomic_fetch_add_explicit(&device->frames_dropped, n - taken, memory_order_relaxed);
}

static void device_get_stats(const struct output *output, struct output_stats *ret_stats)
{
    const struct device_output *device = (const struct device_output *)output;
    const struct device_feed *feed = &device->feed;
    *ret_stats = (struct output_stats){
        .frames_pushed = atomic_load_explicit(&device->frames_pushed, memory_order_relaxed),
        .frames_dropped = atomic_load_explicit(&device->frames_dropped, memory_order_relaxed) +
                          atomic_load_explicit(&feed->frames_skipped, memory_order_relaxed),
        .frames_padded = atomic_load_explicit(&feed->frames_padded, memory_order_relaxed),
        .n_underruns = atomic_load_explicit(&feed->n_underruns, memory_order_relaxed),
        .failed = device->failed,
    };
}

static bool device_take_fault(struct output *output, struct fault *ret_fault)
{
    struct device_output *device = (struct device_output *)output;
    stream_watch(device->stream);
    bool news = device->failed && !device->told;
    if (news) {
        *ret_fault = device->why;
        device->told = true;
    }
    return news;
}

/* The first of a device's lines to go closes the device for all: they close together. */
static void device_close(struct output *output)
{
    struct device_output *device = (struct device_output *)output;
    struct device_stream *stream = device->stream;
    stream_close(stream);
    for (size_t i = 0; i < stream->n; i++) {
        if (stream->outputs[i] == device) {
            stream->outputs[i] = NULL;
        }
    }
    free(device->queue_memory);
    free(device);
}

static const struct output_ops device_ops = {device_push, device_get_stats, device_take_fault,
                                             device_close};

/* ---- the hub */

struct device_hub *device_hub_create(void)
{
    return calloc(1, sizeof(struct device_hub));
}

struct device_hub *device_hub_destroy(struct device_hub *hub)
{
    if (hub) {
        for (size_t i = 0; i < hub->n_streams; i++) {
            stream_close(hub->streams[i]);
            stream_free(hub->streams[i]);
        }
        if (hub->initialised) {
            Pa_Terminate();
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
    struct device_feed **feeds =
        realloc(stream->feeds, (stream->n + 1) * sizeof(struct device_feed *));
    stream->feeds = feeds ? feeds : stream->feeds;
    struct device_output **outputs =
        realloc(stream->outputs, (stream->n + 1) * sizeof(struct device_output *));
    stream->outputs = outputs ? outputs : stream->outputs;
    if (!feeds || !outputs) {
        return false;
    }
    stream->feeds[stream->n] = &device->feed;
    stream->outputs[stream->n++] = device;
    size_t highest =
        device->feed.left > device->feed.right ? device->feed.left : device->feed.right;
    stream->n_channels = highest + 1 > stream->n_channels ? highest + 1 : stream->n_channels;
    return true;
}

/* Which channels, from 0. None written: the first two. One: both sides go into it. */
static void spec_channels(const struct output_spec *spec, size_t *ret_left, size_t *ret_right)
{
    *ret_left = spec->n_channels >= 1 ? (size_t)spec->channels[0] - 1 : 0;
    *ret_right = spec->n_channels >= 2   ? (size_t)spec->channels[1] - 1
                 : spec->n_channels == 1 ? *ret_left
                                         : 1;
}

static int check_channels(const struct device_stream *stream, size_t left, size_t right,
                          struct fault *reterr)
{
    for (size_t i = 0; i < stream->n; i++) {
        const struct device_feed *feed = stream->feeds[i];
        size_t twice = left == feed->left || left == feed->right     ? left
                       : right == feed->left || right == feed->right ? right
                                                                     : SIZE_MAX;
        if (twice != SIZE_MAX) {
            return fault_set(reterr, EBUSY, NULL, 0,
                             _("channel %zu of the sound device \"%s\" carries another line "
                               "already"),
                             twice + 1, stream->name);
        }
    }
    return 0;
}

int device_hub_add(struct device_hub *hub, const struct output_spec *spec,
                   struct output **ret_output, struct fault *reterr)
{
    size_t left = 0;
    size_t right = 0;
    spec_channels(spec, &left, &right);
    struct device_stream *stream = hub_stream(hub, spec->target);
    int r = stream ? check_channels(stream, left, right, reterr) : 0;
    if (r < 0) {
        return r;
    }
    struct device_output *device = aligned_alloc(_Alignof(struct device_output), sizeof *device);
    float *memory = calloc(QUEUE_FRAMES, AIR_CHANNELS * sizeof *memory);
    if (stream && device && memory) {
        *device = (struct device_output){.head = {&device_ops},
                                         .stream = stream,
                                         .queue_memory = memory,
                                         .feed = {.left = left,
                                                  .right = right,
                                                  .prefill_frames = PREFILL_FRAMES,
                                                  .limit_frames = LIMIT_FRAMES}};
        ring_init(&device->feed.ring, memory, AIR_CHANNELS * sizeof *memory, QUEUE_FRAMES);
        if (stream_add(stream, device)) {
            *ret_output = &device->head;
            return 0;
        }
    }
    free(device);
    free(memory);
    return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

void device_hub_start(struct device_hub *hub)
{
    struct fault fault;
    if (hub->n_streams) {
        hub->initialised = portaudio_begin(&fault) == 0;
    }
    for (size_t i = 0; i < hub->n_streams; i++) {
        if (!hub->initialised || stream_open(hub->streams[i], &fault) < 0) {
            stream_fail(hub->streams[i], &fault);
        }
    }
}
