/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/meter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/copy_probe.h"
#include "media/loudness.h"
#include "media/peaks.h"
#include "media/prepare.h"
#include "media/scan.h"
#include "media/true_peak.h"

enum { WINDOW_FRAMES = 4 * SILENCE_FRAMES }; /* and 15 pixels of the peaks */

_Static_assert(WINDOW_FRAMES % PEAKS_FRAMES == 0, "a window holds whole pixels");

struct meter {
    int channels;
    struct loudness *loudness;
    struct true_peak true_peak;
    struct copy_probe copy;
    struct peaks *peaks; /* NULL: none */
    bool has_peaks;      /* and they are complete */
    size_t n_window;     /* frames in the window so far */
    float left[WINDOW_FRAMES];
    float right[WINDOW_FRAMES];
};

int meter_create(int channels, int peaks_fd, struct meter **ret_meter)
{
    AUTO_FD int fd = peaks_fd;
    AUTO(meter_destroy) struct meter *meter = calloc(1, sizeof *meter);
    if (!meter) {
        return -ENOMEM;
    }
    meter->channels = channels;
    meter->copy.channels = channels;
    true_peak_init(&meter->true_peak, channels);
    meter->loudness = loudness_create(channels);
    if (!meter->loudness) {
        return -ENOMEM;
    }
    if (fd >= 0) {
        meter->peaks = peaks_create(fd, channels);
        fd = -1;
    }
    *ret_meter = STEAL(meter);
    return 0;
}

struct meter *meter_destroy(struct meter *meter)
{
    if (meter) {
        loudness_destroy(meter->loudness);
        peaks_destroy(meter->peaks);
        free(meter);
    }
    return NULL;
}

static void end_window(struct meter *meter)
{
    size_t left = 0;
    for (size_t at = 0; at < meter->n_window; at += SILENCE_FRAMES) {
        left = meter->n_window - at;
        copy_probe_add(&meter->copy, meter->left + at, meter->right + at,
                       left < SILENCE_FRAMES ? left : SILENCE_FRAMES);
    }
    for (size_t at = 0; meter->peaks && at < meter->n_window; at += PEAKS_FRAMES) {
        left = meter->n_window - at;
        peaks_add(meter->peaks, meter->left + at, meter->right + at,
                  left < PEAKS_FRAMES ? left : PEAKS_FRAMES);
    }
    meter->n_window = 0;
}

static void fill_windows(struct meter *meter, const float *samples, size_t n_frames)
{
    for (size_t done = 0; done < n_frames;) {
        size_t room = WINDOW_FRAMES - meter->n_window;
        size_t n = n_frames - done < room ? n_frames - done : room;
        if (meter->channels == 1) {
            memcpy(meter->left + meter->n_window, samples + done, n * sizeof *samples);
        } else {
            scan_split(samples + 2 * done, n, meter->left + meter->n_window,
                       meter->right + meter->n_window);
        }
        meter->n_window += n;
        if (meter->n_window == WINDOW_FRAMES) {
            end_window(meter);
        }
        done += n;
    }
}

void meter_add(struct meter *meter, const float *samples, size_t n_frames)
{
    loudness_add(meter->loudness, samples, n_frames);
    true_peak_add(&meter->true_peak, samples, n_frames);
    fill_windows(meter, samples, n_frames);
}

void meter_finish(struct meter *meter)
{
    end_window(meter);
    meter->has_peaks = meter->peaks && peaks_finish(meter->peaks) == 0;
}

bool meter_tell(const struct meter *meter, struct prepared *prepared)
{
    struct loudness_measures loudness = loudness_tell(meter->loudness);
    prepared->lufs = loudness.integrated_lufs;
    prepared->true_peak_dbtp = peak_to_db(meter->true_peak.peak);
    struct probe *probe = &prepared->probe;
    probe->frames = prepared->frames;
    probe->loudness_range_lu = loudness.range_lu;
    probe->max_momentary_lufs = loudness.max_momentary_lufs;
    probe->max_short_term_lufs = loudness.max_short_term_lufs;
    copy_probe_tell(&meter->copy, probe);
    return meter->has_peaks;
}
