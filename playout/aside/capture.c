/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/aside/capture.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "playout/aside/device_process.h"
#include "playout/aside/foreign_frames.h"

static const int64_t LIVE_NS = 500 * INT64_C(1000000);

struct capture {
    struct device_process *process;
    struct device_memory *memory; /* borrowed from it */
    unsigned n_told;
};

int capture_open(const char *device, const int *channels, size_t n_channels,
                 struct capture **ret_capture, struct fault *reterr)
{
    uint32_t left = n_channels >= 1 ? (uint32_t)channels[0] - 1 : 0;
    uint32_t right = n_channels >= 2 ? (uint32_t)channels[1] - 1 : n_channels == 1 ? left : 1;
    struct capture *capture = calloc(1, sizeof *capture);
    if (!capture) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = device_process_create(device, 1, true, &capture->process, reterr);
    if (r < 0) {
        free(capture);
        return r;
    }
    capture->memory = device_process_memory(capture->process);
    feed_init(&capture->memory->feeds[0], left, right);
    device_process_tend(capture->process);
    *ret_capture = capture;
    return 0;
}

struct capture *capture_close(struct capture *capture)
{
    if (capture) {
        device_process_destroy(capture->process);
        free(capture);
    }
    return NULL;
}

bool capture_tend(struct capture *capture, struct fault *ret_fault)
{
    device_process_tend(capture->process);
    unsigned n = device_process_trouble(capture->process, ret_fault);
    bool news = n != capture->n_told;
    capture->n_told = n;
    return news;
}

size_t capture_read(struct capture *capture, float *frames, size_t n)
{
    size_t n_read = feed_read(&capture->memory->feeds[0], frames, n);
    foreign_frames_tame(frames, n_read);
    return n_read;
}

size_t capture_readable(const struct capture *capture)
{
    return feed_readable(&capture->memory->feeds[0]);
}

void capture_keep_newest(struct capture *capture, size_t n)
{
    struct device_feed *feed = &capture->memory->feeds[0];
    size_t readable = feed_readable(feed);
    if (readable > n) {
        feed_add(&feed->frames_skipped, feed_drop(feed, readable - n));
    }
}

void capture_get_stats(const struct capture *capture, struct capture_stats *ret_stats)
{
    const struct device_memory *memory = capture->memory;
    const struct device_feed *feed = &memory->feeds[0];
    int64_t newest_ns = atomic_load_explicit(&memory->newest_ns, memory_order_relaxed);
    *ret_stats = (struct capture_stats){
        .frames_recorded = feed_count(&feed->frames_pushed),
        .frames_lost = feed_count(&feed->frames_dropped) + feed_count(&feed->frames_skipped),
        .drift_ppm = (double)atomic_load_explicit(&memory->drift_ppb, memory_order_relaxed) / 1000,
        .newest_ns = newest_ns,
        .live = device_memory_age_ns(&memory->newest_ns, device_now_ns()) < LIVE_NS,
    };
}
