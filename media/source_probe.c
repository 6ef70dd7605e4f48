/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/source_probe.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "media/scan.h"

enum { RUN_SAMPLES = 3, OWN_RUNS_MIN = 8, TOP_SAMPLES = 8, TOP_OVER_SIDE = 8 };

static const float FULL_SCALE = 32767.0F / 32768.0F;
static const float OWN_SCALE_MIN = 0.5F;
static const float STEP_OF_16_BITS = 1.0F / 32768.0F;
static const float TOP_SCALE = 0.85F;
static const float SIDE_SCALE = 0.6F;

/* The run that a sample continues or begins. */
static int lengthen(int run, float sample)
{
    int sign = sample < 0 ? -1 : 1;
    return run * sign > 0 ? run + sign : sign;
}

static void add_to_top(struct source_probe_channel *channel, float sample, float magnitude)
{
    if (magnitude > TOP_SCALE) {
        channel->top = lengthen(channel->top, sample);
        channel->top_before = 0;
        return;
    }
    if (channel->top != 0) {
        channel->top_before = abs(channel->top);
        channel->since_top = 0;
        channel->top = 0;
    }
    if (channel->top_before >= TOP_SAMPLES) {
        channel->since_top++;
        if (channel->since_top * TOP_OVER_SIDE > channel->top_before) {
            channel->top_before = 0;
        } else if (magnitude < SIDE_SCALE) {
            channel->tops++;
            channel->top_before = 0;
        }
    }
}

static void add_sample(struct source_probe_channel *channel, float sample)
{
    float magnitude = fabsf(sample);
    if (magnitude > channel->highest + STEP_OF_16_BITS / 2) {
        channel->own_runs = 0;
        channel->own_run = 0;
    }
    channel->highest = fmaxf(channel->highest, magnitude);
    bool is_highest = magnitude > channel->highest - STEP_OF_16_BITS / 2;
    channel->own_run = is_highest ? lengthen(channel->own_run, sample) : 0;
    channel->own_runs += abs(channel->own_run) == RUN_SAMPLES;
    bool is_full = magnitude >= FULL_SCALE;
    channel->full_run = is_full ? lengthen(channel->full_run, sample) : 0;
    channel->full_runs += abs(channel->full_run) == RUN_SAMPLES;
    add_to_top(channel, sample, magnitude);
}

static void add_part(struct source_probe_channel *channel, const float *samples, size_t n)
{
    channel->sum += scan_sum(samples, n);
    /* Mostly nothing in it comes near, and there is nothing to look at. */
    float near = fminf(channel->highest - STEP_OF_16_BITS / 2, TOP_SCALE);
    if (scan_highest(samples, n) < near && channel->top == 0 && channel->top_before == 0) {
        channel->own_run = 0;
        channel->full_run = 0;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        add_sample(channel, samples[i]);
    }
}

void source_probe_add(struct source_probe *probe, const float *samples, size_t n_frames)
{
    enum { PART = 512 };
    float left[PART];
    float right[PART];
    probe->n_frames += (int64_t)n_frames;
    for (size_t done = 0; done < n_frames; done += PART) {
        size_t n = n_frames - done < PART ? n_frames - done : PART;
        if (probe->channels == 1) {
            add_part(&probe->channel[0], samples + done, n);
        } else {
            scan_split(samples + 2 * done, n, left, right);
            add_part(&probe->channel[0], left, n);
            add_part(&probe->channel[1], right, n);
        }
    }
}

int64_t source_probe_clipped_runs(const struct source_probe *probe)
{
    int64_t total = 0;
    for (int c = 0; c < probe->channels; c++) {
        const struct source_probe_channel *channel = &probe->channel[c];
        int64_t most = channel->full_runs > channel->tops ? channel->full_runs : channel->tops;
        bool is_own = channel->highest >= OWN_SCALE_MIN && channel->highest < FULL_SCALE &&
                      channel->own_runs >= OWN_RUNS_MIN;
        total += is_own && channel->own_runs > most ? channel->own_runs : most;
    }
    return total;
}

double source_probe_dc_offset(const struct source_probe *probe)
{
    double worst = 0;
    for (int c = 0; c < probe->channels && probe->n_frames > 0; c++) {
        double mean = probe->channel[c].sum / (double)probe->n_frames;
        worst = fabs(mean) > fabs(worst) ? mean : worst;
    }
    return worst;
}
