/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/resample.h"

#include <errno.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

#include "base/frames.h"

struct resampler {
    soxr_t soxr; /* NULL: 48 kHz already */
    int rate;
    int channels;
};

struct resampler *resampler_create(int rate, int channels)
{
    AUTO(resampler_destroy) struct resampler *resampler = calloc(1, sizeof *resampler);
    if (!resampler) {
        return NULL;
    }
    resampler->rate = rate;
    resampler->channels = channels;
    if (rate != AIR_RATE) {
        soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
        soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
        soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
        soxr_error_t error = NULL;
        resampler->soxr =
            soxr_create(rate, AIR_RATE, (unsigned)channels, &error, &io, &quality, &runtime);
        if (error || !resampler->soxr) {
            return NULL;
        }
    }
    return STEAL(resampler);
}

struct resampler *resampler_destroy(struct resampler *resampler)
{
    if (resampler) {
        soxr_delete(resampler->soxr);
        free(resampler);
    }
    return NULL;
}

size_t resampler_room(const struct resampler *resampler, size_t n_in)
{
    return n_in * AIR_RATE / (size_t)resampler->rate + AIR_RATE;
}

int resampler_run(struct resampler *resampler, const float *in, size_t n_in, float *out,
                  size_t n_out, size_t *ret_n)
{
    if (!resampler->soxr) {
        if (n_in > 0) {
            memcpy(out, in, n_in * (size_t)resampler->channels * sizeof *out);
        }
        *ret_n = n_in;
        return 0;
    }
    size_t n_taken = 0;
    soxr_error_t error = soxr_process(resampler->soxr, in, n_in, &n_taken, out, n_out, ret_n);
    return error || n_taken != n_in ? -ENOMEM : 0;
}
