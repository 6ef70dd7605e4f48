/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/meter.h"

#include <errno.h>
#include <stdlib.h>

#include "media/loudness.h"
#include "media/prepare.h"
#include "media/true_peak.h"

struct meter {
    struct loudness *loudness;
    struct true_peak true_peak;
};

int meter_create(int channels, struct meter **ret_meter)
{
    AUTO(meter_destroy) struct meter *meter = calloc(1, sizeof *meter);
    if (!meter) {
        return -ENOMEM;
    }
    true_peak_init(&meter->true_peak, channels);
    meter->loudness = loudness_create(channels);
    if (!meter->loudness) {
        return -ENOMEM;
    }
    *ret_meter = STEAL(meter);
    return 0;
}

struct meter *meter_destroy(struct meter *meter)
{
    if (meter) {
        loudness_destroy(meter->loudness);
        free(meter);
    }
    return NULL;
}

void meter_add(struct meter *meter, const float *samples, size_t n_frames)
{
    true_peak_add(&meter->true_peak, samples, n_frames);
    loudness_add(meter->loudness, samples, n_frames);
}

void meter_tell(const struct meter *meter, struct prepared *prepared)
{
    struct loudness_measures loudness = loudness_tell(meter->loudness);
    prepared->lufs = loudness.integrated_lufs;
    prepared->true_peak_dbtp = peak_to_db(meter->true_peak.peak);
}
