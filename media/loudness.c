/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/loudness.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/frames.h"

enum {
    UNIT_FRAMES = AIR_RATE / 100, /* 10 ms */
    STEP_UNITS = 10,              /* 0.1 s */
    MOMENTARY_UNITS = 40,
    MOMENTARY_STEPS = 4,
    SHORT_TERM_STEPS = 30,
    CLASSES_PER_LU = 1000,
    LEAST_LUFS = -70, /* the absolute gate */
    MOST_LUFS = 10,   /* a full-scale square of high pitch, on two channels, reads 7 */
    N_CLASSES = (MOST_LUFS - LEAST_LUFS) * CLASSES_PER_LU,
    INTEGRATED_GATE_LU = 10,
    RANGE_GATE_LU = 20,
};

/* What the two filters remember of a channel. */
struct weighting {
    double shelf[2];
    double pass[2];
};

struct levels {
    uint32_t n[N_CLASSES];
};

struct loudness {
    int channels;
    struct weighting weighting[2];
    int frames_in_unit;
    double unit; /* energy of the unit that is filling: a sum of squares of both channels */
    double units[MOMENTARY_UNITS];
    int64_t n_units;
    double step;
    double steps[SHORT_TERM_STEPS];
    int64_t n_steps;
    double max_momentary; /* mean squares */
    double max_short_term;
    struct levels momentary;
    struct levels short_term;
};

struct loudness *loudness_create(int channels)
{
    struct loudness *loudness = calloc(1, sizeof *loudness);
    if (loudness) {
        loudness->channels = channels;
    }
    return loudness;
}

struct loudness *loudness_destroy(struct loudness *loudness)
{
    free(loudness);
    return NULL;
}

/* --- adding ----------------------------------------------------------------------------- */

/* One sample of one channel through both sections, in their transposed form. */
static inline double weigh(struct weighting *w, double x)
{
    double y = 1.53512485958697 * x + w->shelf[0];
    w->shelf[0] = -2.69169618940638 * x + w->shelf[1] + 1.69065929318241 * y;
    w->shelf[1] = 1.19839281085285 * x - 0.73248077421585 * y;
    double z = y + w->pass[0];
    w->pass[0] = w->pass[1] - 2 * y + 1.99004745483398 * z;
    w->pass[1] = y - 0.99007225036621 * z;
    return z;
}

static double energy_of_mono(struct weighting state[2], const float *samples, size_t n_frames)
{
    struct weighting w = state[0];
    double energy = 0;
    for (size_t i = 0; i < n_frames; i++) {
        double z = weigh(&w, (double)samples[i]);
        energy += z * z;
    }
    state[0] = w;
    return 2 * energy; /* dual mono */
}

/* Side by side, because a channel spends its time waiting for its own last sample. */
static double energy_of_stereo(struct weighting state[2], const float *samples, size_t n_frames)
{
    struct weighting left = state[0];
    struct weighting right = state[1];
    double energy = 0;
    for (size_t i = 0; i < n_frames; i++) {
        double z_left = weigh(&left, (double)samples[2 * i]);
        double z_right = weigh(&right, (double)samples[2 * i + 1]);
        energy += z_left * z_left + z_right * z_right;
    }
    state[0] = left;
    state[1] = right;
    return energy;
}

/* What dies away would in the end be too small for the processor's fast path. */
static void forget_traces(struct weighting *w)
{
    for (size_t i = 0; i < 2; i++) {
        w->shelf[i] = fabs(w->shelf[i]) < 1e-20 ? 0 : w->shelf[i];
        w->pass[i] = fabs(w->pass[i]) < 1e-20 ? 0 : w->pass[i];
    }
}

static double sum(const double *values, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        total += values[i];
    }
    return total;
}

static double level_of(double mean_square)
{
    return -0.691 + 10 * log10(mean_square);
}

static void count_level(struct levels *levels, double mean_square)
{
    double level = mean_square > 0 ? level_of(mean_square) : -INFINITY;
    if (level <= LEAST_LUFS) {
        return;
    }
    double at = (level - LEAST_LUFS) * CLASSES_PER_LU;
    size_t class = at < N_CLASSES ? (size_t)at : N_CLASSES - 1;
    levels->n[class]++;
}

/* The last `n` of the steps, n at most SHORT_TERM_STEPS, as a mean square. */
static double mean_of_steps(const struct loudness *loudness, int64_t n)
{
    double energy = 0;
    for (int64_t i = loudness->n_steps - n; i < loudness->n_steps; i++) {
        energy += loudness->steps[i % SHORT_TERM_STEPS];
    }
    return energy / (double)(n * STEP_UNITS * UNIT_FRAMES);
}

static void end_step(struct loudness *loudness)
{
    loudness->steps[loudness->n_steps % SHORT_TERM_STEPS] = loudness->step;
    loudness->n_steps++;
    loudness->step = 0;
    if (loudness->n_steps >= MOMENTARY_STEPS) {
        count_level(&loudness->momentary, mean_of_steps(loudness, MOMENTARY_STEPS));
    }
    if (loudness->n_steps >= SHORT_TERM_STEPS) {
        double mean = mean_of_steps(loudness, SHORT_TERM_STEPS);
        count_level(&loudness->short_term, mean);
        loudness->max_short_term = fmax(loudness->max_short_term, mean);
    }
}

static void end_unit(struct loudness *loudness)
{
    double energy = loudness->unit;
    loudness->unit = 0;
    loudness->units[loudness->n_units % MOMENTARY_UNITS] = energy;
    loudness->n_units++;
    if (loudness->n_units >= MOMENTARY_UNITS) {
        double mean = sum(loudness->units, MOMENTARY_UNITS) / (MOMENTARY_UNITS * UNIT_FRAMES);
        loudness->max_momentary = fmax(loudness->max_momentary, mean);
    }
    loudness->step += energy;
    if (loudness->n_units % STEP_UNITS == 0) {
        end_step(loudness);
    }
    forget_traces(&loudness->weighting[0]);
    forget_traces(&loudness->weighting[1]);
}

void loudness_add(struct loudness *loudness, const float *samples, size_t n_frames)
{
    for (size_t done = 0; done < n_frames;) {
        size_t left = UNIT_FRAMES - (size_t)loudness->frames_in_unit;
        size_t n = n_frames - done < left ? n_frames - done : left;
        loudness->unit += loudness->channels == 1
                              ? energy_of_mono(loudness->weighting, samples + done, n)
                              : energy_of_stereo(loudness->weighting, samples + 2 * done, n);
        loudness->frames_in_unit = (loudness->frames_in_unit + (int)n) % UNIT_FRAMES;
        if (loudness->frames_in_unit == 0) {
            end_unit(loudness);
        }
        done += n;
    }
}

/* --- telling ---------------------------------------------------------------------------- */

/* The middle of a class. */
static double level_of_class(size_t class)
{
    return LEAST_LUFS + ((double)class + 0.5) / CLASSES_PER_LU;
}

/* How many were counted, from a class on; *ret_level is that of their mean energy. */
static int64_t count_from(const struct levels *levels, size_t first, double *ret_level)
{
    double energy = 0;
    int64_t n = 0;
    for (size_t i = first; i < N_CLASSES; i++) {
        if (levels->n[i] > 0) {
            energy += levels->n[i] * pow(10, (level_of_class(i) + 0.691) / 10);
            n += levels->n[i];
        }
    }
    *ret_level = n > 0 ? level_of(energy / (double)n) : NAN;
    return n;
}

/* The first class that lies above a gate so far below the mean of all that was counted. */
static size_t class_at_gate(const struct levels *levels, double gate_lu)
{
    double level = NAN;
    if (count_from(levels, 0, &level) == 0) {
        return N_CLASSES;
    }
    double at = (level - gate_lu - LEAST_LUFS) * CLASSES_PER_LU;
    return at <= 0 ? 0 : (size_t)lround(at);
}

static double tell_integrated(const struct levels *levels)
{
    double level = NAN;
    (void)count_from(levels, class_at_gate(levels, INTEGRATED_GATE_LU), &level);
    return level;
}

/* The rank-th level, from 0, of those from the class `first` on. */
static double level_at_rank(const struct levels *levels, size_t first, int64_t rank)
{
    size_t class = first;
    for (int64_t n = levels->n[class]; n <= rank; n += levels->n[class]) {
        class ++;
    }
    return level_of_class(class);
}

static double tell_range(const struct levels *levels)
{
    size_t first = class_at_gate(levels, RANGE_GATE_LU);
    double level = NAN;
    int64_t n = count_from(levels, first, &level);
    if (n == 0) {
        return NAN;
    }
    double high = level_at_rank(levels, first, llround((double)(n - 1) * 0.95));
    return high - level_at_rank(levels, first, llround((double)(n - 1) * 0.10));
}

struct loudness_measures loudness_tell(const struct loudness *loudness)
{
    double momentary = loudness->max_momentary;
    double short_term = loudness->max_short_term;
    return (struct loudness_measures){
        .integrated_lufs = tell_integrated(&loudness->momentary),
        .range_lu = tell_range(&loudness->short_term),
        .max_momentary_lufs = momentary > 0 ? level_of(momentary) : NAN,
        .max_short_term_lufs = short_term > 0 ? level_of(short_term) : NAN,
    };
}

double peak_to_db(float peak)
{
    return peak > 0 ? 20 * log10((double)peak) : -INFINITY;
}

double loudness_gain_db(double lufs, double true_peak_dbtp, double target_lufs, double ceiling_dbtp)
{
    double wanted = isnan(lufs) ? 0 : target_lufs - lufs;
    return fmin(wanted, ceiling_dbtp - true_peak_dbtp); /* silence: + infinity, never the least */
}
