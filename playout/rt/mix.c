/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/mix.h"

#include "playout/rt/fast.h"

/* Flat gains are nearly all of a day, and a loop of their own is several times faster. */
RT_FAST static void add_flat(float *restrict block, const float *restrict frames, size_t n_samples,
                             float gain)
{
    for (size_t i = 0; i < n_samples; i++) {
        block[i] += frames[i] * gain;
    }
}

RT_FAST static void add_flat_mono(float *restrict block, const float *restrict frames, size_t n,
                                  float gain)
{
    for (size_t i = 0; i < n; i++) {
        float sample = frames[i] * gain;
        block[2 * i] += sample;
        block[2 * i + 1] += sample;
    }
}

RT_FAST static void add_ramp(float *restrict block, const float *restrict frames, int first, int n,
                             struct mix_gain gain)
{
    for (int i = 0; i < n; i++) {
        float g = gain.at0 + gain.step * (float)(first + i);
        block[2 * i] += frames[2 * i] * g;
        block[2 * i + 1] += frames[2 * i + 1] * g;
    }
}

RT_FAST static void add_ramp_mono(float *restrict block, const float *restrict frames, int first,
                                  int n, struct mix_gain gain)
{
    for (int i = 0; i < n; i++) {
        float sample = frames[i] * (gain.at0 + gain.step * (float)(first + i));
        block[2 * i] += sample;
        block[2 * i + 1] += sample;
    }
}

void mix_add(float *restrict block, const float *restrict frames, int channels, size_t first,
             size_t n, struct mix_gain gain)
{
    if (gain.step == 0.0f) {
        if (channels == 1) {
            add_flat_mono(block, frames, n, gain.at0);
        } else {
            add_flat(block, frames, 2 * n, gain.at0);
        }
    } else if (channels == 1) {
        add_ramp_mono(block, frames, (int)first, (int)n, gain);
    } else {
        add_ramp(block, frames, (int)first, (int)n, gain);
    }
}

RT_FAST static void scale_flat(float *block, size_t n_samples, float gain)
{
    for (size_t i = 0; i < n_samples; i++) {
        block[i] *= gain;
    }
}

RT_FAST static void scale_ramp(float *block, int first, int n, struct mix_gain gain)
{
    for (int i = 0; i < n; i++) {
        float g = gain.at0 + gain.step * (float)(first + i);
        block[2 * i] *= g;
        block[2 * i + 1] *= g;
    }
}

void mix_scale(float *block, size_t first, size_t n, struct mix_gain gain)
{
    if (gain.step != 0.0f) {
        scale_ramp(block, (int)first, (int)n, gain);
    } else if (gain.at0 != 1.0f) {
        scale_flat(block, 2 * n, gain.at0);
    }
}

enum { LANES = 16 };

/* Sixteen running maxima and sums, so that the compiler needs no leave to reorder a sum. */
RT_FAST static void measure_lanes(const float *block, size_t n_samples, float *restrict peaks,
                                  float *restrict sums)
{
    for (size_t i = 0; i + LANES <= n_samples; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            float sample = block[i + lane];
            float magnitude = sample < 0.0f ? -sample : sample;
            peaks[lane] = magnitude > peaks[lane] ? magnitude : peaks[lane];
            sums[lane] += sample * sample;
        }
    }
}

struct mix_level mix_measure(const float *block, size_t n)
{
    float peaks[LANES] = {0};
    float sums[LANES] = {0};
    size_t n_samples = 2 * n;
    measure_lanes(block, n_samples, peaks, sums);
    for (size_t i = n_samples / LANES * LANES; i < n_samples; i++) {
        float magnitude = block[i] < 0.0f ? -block[i] : block[i];
        peaks[0] = magnitude > peaks[0] ? magnitude : peaks[0];
        sums[0] += block[i] * block[i];
    }
    struct mix_level level = {0};
    for (size_t lane = 0; lane < LANES; lane++) {
        level.peak = peaks[lane] > level.peak ? peaks[lane] : level.peak;
        level.mean_square += sums[lane];
    }
    level.mean_square /= n_samples ? (float)n_samples : 1.0f;
    return level;
}

/* The line through `share` at frame k of a fade, over a grid block that began at frame k0. */
static struct mix_gain fade_in_gain(const struct mix_fade *fade, int64_t k0)
{
    double step = (double)fade->gain / (double)fade->in_frames;
    return (struct mix_gain){(float)(((double)k0 + 0.5) * step), (float)step};
}

static struct mix_gain fade_out_gain(const struct mix_fade *fade, int64_t k0)
{
    double step = (double)fade->gain / (double)fade->out_frames;
    return (struct mix_gain){(float)(((double)(fade->n_frames - k0) - 0.5) * step), (float)-step};
}

void mix_add_faded(float *restrict block, const float *restrict frames, int channels, size_t first,
                   size_t n, int64_t at, const struct mix_fade *fade)
{
    int64_t k0 = at - (int64_t)first;
    int64_t out_from = fade->n_frames - fade->out_frames;
    size_t done = 0;
    while (done < n) {
        int64_t k = at + (int64_t)done;
        int64_t piece_end = at + (int64_t)n;
        struct mix_gain gain = {fade->gain, 0.0f};
        if (k < fade->in_frames) {
            gain = fade_in_gain(fade, k0);
            piece_end = fade->in_frames < piece_end ? fade->in_frames : piece_end;
        } else if (k >= out_from) {
            gain = fade_out_gain(fade, k0);
        } else {
            piece_end = out_from < piece_end ? out_from : piece_end;
        }
        size_t n_piece = (size_t)(piece_end - k);
        mix_add(block + 2 * done, frames + (size_t)channels * done, channels, first + done, n_piece,
                gain);
        done += n_piece;
    }
}

void mix_scale_step(float *block, size_t first, size_t n, int64_t frame,
                    const struct mix_step *step)
{
    size_t done = 0;
    while (done < n) {
        int64_t at = frame + (int64_t)done;
        int64_t piece_end = frame + (int64_t)n;
        int64_t ramp_end = step->start_frame + step->n_frames;
        struct mix_gain gain = {step->to, 0.0f};
        if (at < step->start_frame) {
            gain.at0 = step->from;
            piece_end = step->start_frame < piece_end ? step->start_frame : piece_end;
        } else if (at < ramp_end && step->from != step->to) {
            double slope = ((double)step->to - (double)step->from) / (double)step->n_frames;
            double k0 = (double)(frame - (int64_t)first - step->start_frame) + 0.5;
            gain = (struct mix_gain){(float)((double)step->from + k0 * slope), (float)slope};
            piece_end = ramp_end < piece_end ? ramp_end : piece_end;
        }
        size_t n_piece = (size_t)(piece_end - at);
        mix_scale(block + 2 * done, first + done, n_piece, gain);
        done += n_piece;
    }
}
