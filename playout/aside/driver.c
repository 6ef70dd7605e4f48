/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/aside/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <portaudio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "playout/rt/guard.h"

struct driver_stream {
    PaStream *stream;
    driver_process process;
    void *context;
    size_t n_channels;
    bool records;
};

/* Without what PortAudio and the libraries under it print on standard error while they look for
 * devices that are not there. */
int driver_begin(struct fault *reterr)
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

void driver_end(void)
{
    Pa_Terminate();
}

static int channels_of(const PaDeviceInfo *info, bool records)
{
    return records ? info->maxInputChannels : info->maxOutputChannels;
}

/* The device of that name, or the only one whose name holds it; paNoDevice. */
static PaDeviceIndex find_device(const char *name, bool records)
{
    if (strcmp(name, "default") == 0) {
        return records ? Pa_GetDefaultInputDevice() : Pa_GetDefaultOutputDevice();
    }
    PaDeviceIndex found = paNoDevice;
    int n_found = 0;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (channels_of(info, records) < 1) {
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
    int r = driver_begin(reterr);
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
    driver_end();
    return n ? 0
             : fault_set(reterr, ENODEV, NULL, 0,
                         _("this machine has no sound device that can play"));
}

/* ---- a stream */

static int stream_callback(const void *input, void *output, unsigned long n_frames,
                           const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags,
                           void *context)
{
    const struct driver_stream *stream = context;
    (void)time;
    (void)flags;
    rt_enter();
    stream->process(stream->context, input, output, n_frames);
    rt_leave();
    return paContinue;
}

static int find(const struct driver_spec *spec, PaStreamParameters *ret_parameters,
                struct fault *reterr)
{
    PaDeviceIndex device = find_device(spec->name, spec->records);
    if (device == paNoDevice) {
        return fault_set(
            reterr, ENODEV, NULL, 0,
            spec->records ? _("there is no sound device \"%s\" that can record")
                          : _("there is no sound device \"%s\"; `loa devices` lists what there is"),
            spec->name);
    }
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    int n_channels = (int)spec->n_channels;
    if (spec->records && n_channels > info->maxInputChannels) {
        n_channels = info->maxInputChannels;
    }
    if (n_channels > channels_of(info, spec->records)) {
        return fault_set(reterr, ENODEV, NULL, 0,
                         _("the sound device \"%s\" has %d channels, and a line wants channel %zu"),
                         info->name, channels_of(info, spec->records), spec->n_channels);
    }
    *ret_parameters =
        (PaStreamParameters){.device = device,
                             .channelCount = n_channels,
                             .sampleFormat = paFloat32,
                             .suggestedLatency = spec->records ? info->defaultHighInputLatency
                                                               : info->defaultHighOutputLatency};
    return 0;
}

int driver_open(const struct driver_spec *spec, struct driver_stream **ret_stream,
                struct fault *reterr)
{
    PaStreamParameters parameters;
    int r = find(spec, &parameters, reterr);
    if (r < 0) {
        return r;
    }
    struct driver_stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    *stream = (struct driver_stream){.process = spec->process,
                                     .context = spec->context,
                                     .n_channels = (size_t)parameters.channelCount,
                                     .records = spec->records};
    PaError error = Pa_OpenStream(&stream->stream, spec->records ? &parameters : NULL,
                                  spec->records ? NULL : &parameters, AIR_RATE,
                                  paFramesPerBufferUnspecified, paNoFlag, stream_callback, stream);
    if (error != paNoError) {
        free(stream);
        return fault_set(reterr, EIO, NULL, 0, _("the sound device \"%s\" cannot be used: %s"),
                         Pa_GetDeviceInfo(parameters.device)->name, Pa_GetErrorText(error));
    }
    *ret_stream = stream;
    return 0;
}

int driver_start(struct driver_stream *stream, const char *name, struct fault *reterr)
{
    PaError error = Pa_StartStream(stream->stream);
    return error == paNoError
               ? 0
               : fault_set(reterr, EIO, NULL, 0, _("the sound device \"%s\" cannot be used: %s"),
                           name, Pa_GetErrorText(error));
}

int64_t driver_latency_ns(const struct driver_stream *stream)
{
    const PaStreamInfo *info = Pa_GetStreamInfo(stream->stream);
    double s = !info ? 0 : stream->records ? info->inputLatency : info->outputLatency;
    return s > 0 && s < 10 ? (int64_t)(s * 1e9) : 0;
}

size_t driver_channels(const struct driver_stream *stream)
{
    return stream->n_channels;
}

bool driver_is_active(const struct driver_stream *stream)
{
    return Pa_IsStreamActive(stream->stream) == 1;
}

void driver_close(struct driver_stream *stream, bool finish)
{
    if (stream) {
        if (finish) {
            Pa_StopStream(stream->stream);
        } else {
            Pa_AbortStream(stream->stream);
        }
        Pa_CloseStream(stream->stream);
        free(stream);
    }
}
