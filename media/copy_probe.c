/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/copy_probe.h"

#include <math.h>

#include "base/frames.h"
#include "media/scan.h"

/* Under this a channel is silent: -90 dBFS. */
static const double SILENT_MEAN_SQUARE = 1e-9;

static double energy_about_mean(const float *samples, size_t n)
{
    double sum = scan_sum(samples, n);
    return fmax(scan_product(samples, samples, n) - sum * sum / (double)n, 0);
}

void copy_probe_add(struct copy_probe *copy, const float *left, const float *right, size_t n)
{
    double energy[2] = {energy_about_mean(left, n), 0};
    if (copy->channels == 2) {
        double means = scan_sum(left, n) * scan_sum(right, n) / (double)n;
        energy[1] = energy_about_mean(right, n);
        copy->product += scan_product(left, right, n) - means;
    }
    copy->energy[0] += energy[0];
    copy->energy[1] += energy[1];
    const float *louder = energy[1] > energy[0] ? right : left;
    double mean_square = fmax(energy[0], energy[1]) / (double)n;
    silence_add(&copy->silence, 10 * log10(mean_square));
    if (n == SILENCE_FRAMES) {
        float level = (float)(scan_sum(louder, n) / (double)n);
        content_add(&copy->content, mean_square, scan_crossings(louder, n, level));
    }
}

static void tell_channels(const struct copy_probe *copy, struct probe *probe)
{
    double silent = SILENT_MEAN_SQUARE * (double)probe->frames;
    double left = copy->energy[0];
    double right = copy->energy[1];
    probe->balance_db = NAN;
    probe->correlation = NAN;
    if (copy->channels == 1 || (left < silent && right < silent)) {
        return;
    }
    if (left < silent || right < silent) {
        probe->balance_db = right < silent ? -PROBE_BALANCE_MAX_DB : PROBE_BALANCE_MAX_DB;
        return;
    }
    double balance = 10 * log10(right / left);
    probe->balance_db = fmin(fmax(balance, -PROBE_BALANCE_MAX_DB), PROBE_BALANCE_MAX_DB);
    probe->correlation = fmin(fmax(copy->product / sqrt(left * right), -1), 1);
}

static int64_t to_frames(int64_t levels, int64_t most)
{
    int64_t frames = levels * SILENCE_FRAMES;
    return frames < most ? frames : most;
}

static void tell_silence(const struct copy_probe *copy, struct probe *probe)
{
    struct silence_found found = silence_tell(&copy->silence);
    int64_t sound_end = to_frames(copy->silence.n - found.trailing, probe->frames);
    probe->leading_silence_frames = to_frames(found.leading, probe->frames);
    probe->trailing_silence_frames = probe->frames - sound_end;
    probe->n_gaps = found.n_gaps;
    probe->longest_gap_frames = to_frames(found.longest_gap, probe->frames);
    probe->longest_gap_at_frames = to_frames(found.longest_gap_at, probe->frames);
    probe->cue_in_frames = -1;
    probe->cue_out_frames = -1;
    if (probe->leading_silence_frames == probe->frames) {
        return;
    }
    if (probe->leading_silence_frames > PROBE_CUE_IN_OVER_MS * (AIR_RATE / 1000)) {
        probe->cue_in_frames =
            probe->leading_silence_frames - PROBE_CUE_IN_BEFORE_MS * (AIR_RATE / 1000);
    }
    if (probe->trailing_silence_frames > PROBE_CUE_OUT_OVER_MS * (AIR_RATE / 1000)) {
        probe->cue_out_frames = sound_end + PROBE_CUE_OUT_AFTER_MS * (AIR_RATE / 1000);
    }
}

void copy_probe_tell(const struct copy_probe *copy, struct probe *probe)
{
    tell_silence(copy, probe);
    tell_channels(copy, probe);
    probe->content = content_tell(&copy->content);
}
