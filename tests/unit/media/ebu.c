/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/attr.h"
#include "media/loudness.h"
#include "media/resample.h"
#include "media/true_peak.h"

/*
 * The minimum requirements of EBU Tech 3341 ("EBU mode" meters, table 1) and of EBU Tech 3342
 * (loudness range, table 1), with the tolerances given there, for every signal that can be
 * made by arithmetic. Left out: Tech 3341 case 6, which has five channels (loa imports mono and
 * stereo), and the authentic programmes, 3341 cases 7 and 8 and 3342 cases 5 and 6, whose
 * recordings are not ours. What asks for a live meter's display is held to the highest
 * reading, which is what an import keeps.
 */

static const double PI = 3.14159265358979323846;

/* --- signals ---------------------------------------------------------------------------- */

/* A stretch of a stereo sine of 1 kHz, in phase on both channels, of a peak level in dBFS. */
struct stretch {
    double db; /* -INFINITY: silence */
    double seconds;
};

static size_t frames_of(const struct stretch *stretches, size_t n, int rate)
{
    double seconds = 0;
    for (size_t i = 0; i < n; i++) {
        seconds += stretches[i].seconds;
    }
    return (size_t)lround(seconds * rate);
}

static float *make_tones(const struct stretch *stretches, size_t n, int rate, size_t *ret_frames)
{
    size_t frames = frames_of(stretches, n, rate);
    float *samples = calloc(frames * 2 + 2, sizeof *samples);
    assert_non_null(samples);
    size_t begin = 0;
    for (size_t i = 0; i < n; i++) {
        size_t end = frames_of(stretches, i + 1, rate);
        for (size_t at = begin; at < end; at++) {
            double sample = pow(10, stretches[i].db / 20) * sin(2 * PI * 1000 * (double)at / rate);
            samples[2 * at] = samples[2 * at + 1] = (float)sample;
        }
        begin = end;
    }
    *ret_frames = frames;
    return samples;
}

/* Measured as an import would: at 48 kHz as it is, else through the import's resampler. */
static struct loudness_measures measure(const float *samples, size_t frames, int rate)
{
    AUTO(resampler_destroy) struct resampler *resampler = resampler_create(rate, 2);
    AUTO(loudness_destroy) struct loudness *loudness = loudness_create(2);
    assert_non_null(resampler);
    assert_non_null(loudness);
    enum { STEP = 4801 };
    size_t room = resampler_room(resampler, STEP);
    float *out = calloc(room * 2, sizeof *out);
    assert_non_null(out);
    size_t n_out = 1;
    for (size_t done = 0, n = 1; n > 0 || n_out > 0; done += n) {
        n = frames - done < STEP ? frames - done : STEP;
        const float *in = n > 0 ? samples + 2 * done : NULL;
        assert_int_equal(resampler_run(resampler, in, n, out, room, &n_out), 0);
        loudness_add(loudness, out, n_out);
    }
    free(out);
    return loudness_tell(loudness);
}

static struct loudness_measures measure_tones_at(const struct stretch *stretches, size_t n,
                                                 int rate)
{
    size_t frames = 0;
    float *samples = make_tones(stretches, n, rate, &frames);
    struct loudness_measures measures = measure(samples, frames, rate);
    free(samples);
    return measures;
}

static struct loudness_measures measure_tones(const struct stretch *stretches, size_t n)
{
    return measure_tones_at(stretches, n, 48000);
}

static void assert_within(double value, double wanted, double below, double above)
{
    if (!(value >= wanted - below && value <= wanted + above)) {
        print_error("%.4f is not %.4f -%.2f +%.2f\n", value, wanted, below, above);
    }
    assert_true(value >= wanted - below && value <= wanted + above);
}

/* --- Tech 3341, loudness ---------------------------------------------------------------- */

static void cases_1_and_2_a_steady_tone_reads_its_level_on_all_three_scales(void **state)
{
    (void)state;
    static const int rates[] = {48000, 44100};
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        for (double level = -23; level >= -33; level -= 10) {
            struct stretch tone = {level, 20};
            struct loudness_measures m = measure_tones_at(&tone, 1, rates[i]);
            assert_within(m.integrated_lufs, level, 0.1, 0.1);
            assert_within(m.max_momentary_lufs, level, 0.1, 0.1);
            assert_within(m.max_short_term_lufs, level, 0.1, 0.1);
        }
    }
}

static void cases_3_to_5_the_gates_leave_out_what_is_quiet(void **state)
{
    (void)state;
    static const struct stretch case_3[] = {{-36, 10}, {-23, 60}, {-36, 10}};
    static const struct stretch case_4[] = {{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}};
    static const struct stretch case_5[] = {{-26, 20}, {-20, 20.1}, {-26, 20}};
    static const int rates[] = {48000, 44100};
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        struct loudness_measures m = measure_tones_at(case_3, ARRAY_LEN(case_3), rates[i]);
        assert_within(m.integrated_lufs, -23, 0.1, 0.1);
        m = measure_tones_at(case_4, ARRAY_LEN(case_4), rates[i]);
        assert_within(m.integrated_lufs, -23, 0.1, 0.1);
        m = measure_tones_at(case_5, ARRAY_LEN(case_5), rates[i]);
        assert_within(m.integrated_lufs, -23, 0.1, 0.1);
    }
}

static void case_9_short_term_is_constant_over_a_rhythm_of_3_s(void **state)
{
    (void)state;
    struct stretch stretches[10];
    for (size_t i = 0; i < ARRAY_LEN(stretches); i += 2) {
        stretches[i] = (struct stretch){-20, 1.34};
        stretches[i + 1] = (struct stretch){-30, 1.66};
    }
    struct loudness_measures m = measure_tones(stretches, ARRAY_LEN(stretches));
    assert_within(m.max_short_term_lufs, -23, 0.1, 0.1);
    assert_within(m.range_lu, 0, 0, 0.2); /* as it never changes */
}

static void case_10_short_term_finds_3_s_wherever_they_begin(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct stretch stretches[] = {{-INFINITY, i * 0.15}, {-23, 3}, {-INFINITY, 1}};
        struct loudness_measures m = measure_tones(stretches, ARRAY_LEN(stretches));
        assert_within(m.max_short_term_lufs, -23, 0.1, 0.1);
    }
}

/* The file's rising tones one by one: the maximum after each is that of the loudest so far. */
static void case_11_short_term_follows_tones_that_rise(void **state)
{
    (void)state;
    struct stretch stretches[60];
    for (size_t i = 0; i < 20; i++) {
        stretches[3 * i] = (struct stretch){-INFINITY, (double)i * 0.15};
        stretches[3 * i + 1] = (struct stretch){-38.0 + (double)i, 3};
        stretches[3 * i + 2] = (struct stretch){-INFINITY, 3 - (double)i * 0.15};
        struct loudness_measures m = measure_tones(stretches, 3 * i + 3);
        assert_within(m.max_short_term_lufs, -38.0 + (double)i, 0.1, 0.1);
    }
}

static void case_12_momentary_is_constant_over_a_rhythm_of_400_ms(void **state)
{
    (void)state;
    struct stretch stretches[50];
    for (size_t i = 0; i < ARRAY_LEN(stretches); i += 2) {
        stretches[i] = (struct stretch){-20, 0.18};
        stretches[i + 1] = (struct stretch){-30, 0.22};
    }
    struct loudness_measures m = measure_tones(stretches, ARRAY_LEN(stretches));
    assert_within(m.max_momentary_lufs, -23, 0.1, 0.1);
}

static void case_13_momentary_finds_400_ms_wherever_they_begin(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct stretch stretches[] = {{-INFINITY, i * 0.02}, {-23, 0.4}, {-INFINITY, 1}};
        struct loudness_measures m = measure_tones(stretches, ARRAY_LEN(stretches));
        assert_within(m.max_momentary_lufs, -23, 0.1, 0.1);
    }
}

static void case_14_momentary_follows_tones_that_rise(void **state)
{
    (void)state;
    struct stretch stretches[60];
    for (size_t i = 0; i < 20; i++) {
        stretches[3 * i] = (struct stretch){-INFINITY, (double)i * 0.02};
        stretches[3 * i + 1] = (struct stretch){-38.0 + (double)i, 0.4};
        stretches[3 * i + 2] = (struct stretch){-INFINITY, 0.4 - (double)i * 0.02};
        struct loudness_measures m = measure_tones(stretches, 3 * i + 3);
        assert_within(m.max_momentary_lufs, -38.0 + (double)i, 0.1, 0.1);
    }
}

/* --- Tech 3341, true peak --------------------------------------------------------------- */

static double true_peak_db(const float *samples, size_t frames)
{
    struct true_peak true_peak;
    true_peak_init(&true_peak, 2);
    true_peak_add(&true_peak, samples, frames);
    return peak_to_db(true_peak.peak);
}

/* It swells and fades in 0.1 s: a sudden start has a crest of its own. */
static double swell(size_t i, size_t n, double rate)
{
    double seconds = fmin((double)i, (double)(n - 1 - i)) / rate;
    return seconds < 0.1 ? 0.5 - 0.5 * cos(PI * seconds / 0.1) : 1;
}

static void cases_15_to_19_a_peak_between_samples_is_found_at_any_phase(void **state)
{
    (void)state;
    enum { FRAMES = 48000 };
    static const struct {
        double part; /* of the rate */
        double degrees;
        double amplitude;
        double dbtp;
    } cases[] = {
        {1.0 / 4, 0, 0.5, -6},    {1.0 / 4, 45, 0.5, -6}, {1.0 / 6, 60, 0.5, -6},
        {1.0 / 8, 67.5, 0.5, -6}, {1.0 / 4, 45, 1.41, 3},
    };
    float *samples = calloc(FRAMES * 2, sizeof *samples);
    assert_non_null(samples);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t at = 0; at < FRAMES; at++) {
            double angle = 2 * PI * cases[i].part * (double)at + cases[i].degrees * PI / 180;
            double sample = cases[i].amplitude * sin(angle) * swell(at, FRAMES, 48000);
            samples[2 * at] = samples[2 * at + 1] = (float)sample;
        }
        assert_within(true_peak_db(samples, FRAMES), cases[i].dbtp, 0.4, 0.2);
    }
    free(samples);
}

/* A windowed sinc of so many taps either side that passes what 48 kHz can hold. */
static double low_pass(const double *x, ptrdiff_t at, ptrdiff_t n)
{
    enum { SIDE = 256 };
    static double taps[2 * SIDE + 1];
    if (taps[SIDE] == 0) {
        for (int k = -SIDE; k <= SIDE; k++) {
            double angle = PI * k * 0.23; /* 22.08 kHz of 192 kHz */
            double window = 0.5 + 0.5 * cos(PI * k / (SIDE + 1));
            taps[k + SIDE] = (k ? sin(angle) / (PI * k) : 0.23) * window;
        }
    }
    double y = 0;
    for (ptrdiff_t k = -SIDE; k <= SIDE; k++) {
        if (at + k >= 0 && at + k < n) {
            y += taps[k + SIDE] * x[at + k];
        }
    }
    return y;
}

/* At 192 kHz a sine of fs/6 at 0.50 of full scale, with one period of it at 1.00; filtered for
 * 48 kHz, of which every fourth sample is taken from the first, second, third or fourth on. */
static void cases_20_to_23_one_louder_period_is_found_wherever_samples_fall(void **state)
{
    (void)state;
    enum { FINE = 4 * 24000, PERIOD = 24, AT = 4 * 12000 }; /* 8 kHz */
    double *fine = calloc(FINE, sizeof *fine);
    float *samples = calloc(FINE / 4 * 2, sizeof *samples);
    assert_non_null(fine);
    assert_non_null(samples);
    for (size_t i = 0; i < FINE; i++) {
        double amplitude = i >= AT && i < AT + PERIOD ? 1 : 0.5;
        fine[i] = amplitude * sin(2 * PI * (double)i / PERIOD) * swell(i, FINE, 192000);
    }
    for (size_t offset = 0; offset < 4; offset++) {
        for (size_t i = 0; i < FINE / 4; i++) {
            double sample = low_pass(fine, (ptrdiff_t)(4 * i + offset), FINE);
            samples[2 * i] = samples[2 * i + 1] = (float)sample;
        }
        assert_within(true_peak_db(samples, FINE / 4), 0, 0.4, 0.2);
    }
    free(fine);
    free(samples);
}

/* --- Tech 3342 -------------------------------------------------------------------------- */

static void range_cases_1_to_4_steps_of_level_are_the_range(void **state)
{
    (void)state;
    static const struct {
        struct stretch stretches[5];
        size_t n;
        double range_lu;
    } cases[] = {
        {{{-20, 20}, {-30, 20}}, 2, 10},
        {{{-20, 20}, {-15, 20}}, 2, 5},
        {{{-40, 20}, {-20, 20}}, 2, 20},
        {{{-50, 20}, {-35, 20}, {-20, 20}, {-35, 20}, {-50, 20}}, 5, 15},
    };
    static const int rates[] = {48000, 44100};
    for (size_t r = 0; r < ARRAY_LEN(rates); r++) {
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct loudness_measures m = measure_tones_at(cases[i].stretches, cases[i].n, rates[r]);
            assert_within(m.range_lu, cases[i].range_lu, 1, 1);
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cases_1_and_2_a_steady_tone_reads_its_level_on_all_three_scales),
    cmocka_unit_test(cases_3_to_5_the_gates_leave_out_what_is_quiet),
    cmocka_unit_test(case_9_short_term_is_constant_over_a_rhythm_of_3_s),
    cmocka_unit_test(case_10_short_term_finds_3_s_wherever_they_begin),
    cmocka_unit_test(case_11_short_term_follows_tones_that_rise),
    cmocka_unit_test(case_12_momentary_is_constant_over_a_rhythm_of_400_ms),
    cmocka_unit_test(case_13_momentary_finds_400_ms_wherever_they_begin),
    cmocka_unit_test(case_14_momentary_follows_tones_that_rise),
    cmocka_unit_test(cases_15_to_19_a_peak_between_samples_is_found_at_any_phase),
    cmocka_unit_test(cases_20_to_23_one_louder_period_is_found_wherever_samples_fall),
    cmocka_unit_test(range_cases_1_to_4_steps_of_level_are_the_range),
};

TEST_MAIN(tests)
