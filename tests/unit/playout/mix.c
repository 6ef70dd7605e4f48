/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/mix.h"

#include <math.h>
#include <string.h>

#include "base/frames.h"
#include "tests/test.h"

enum { N = 200 };

static void a_mono_recording_sounds_on_both_sides(void **state)
{
    (void)state;
    float block[4] = {0};
    mix_add(block, (float[]){0.5f, -0.25f}, 1, 0, 2, (struct mix_gain){0.5f, 0});
    assert_memory_equal(block, ((float[]){0.25f, 0.25f, -0.125f, -0.125f}), sizeof block);
}

static void what_is_added_adds_to_what_is_there(void **state)
{
    (void)state;
    float block[4] = {0.25f, 0.5f, 0.25f, 0.5f};
    mix_add(block, (float[]){0.5f, -0.5f, 0.125f, 0}, 2, 0, 2, (struct mix_gain){1, 0});
    assert_memory_equal(block, ((float[]){0.75f, 0, 0.375f, 0.5f}), sizeof block);
}

static void a_fade_rises_evenly_and_falls_as_it_rose(void **state)
{
    (void)state;
    float ones[N];
    float block[2 * N] = {0};
    for (int i = 0; i < N; i++) {
        ones[i] = 1;
    }
    struct mix_fade fade = {1, N, 50, 20};
    mix_add_faded(block, ones, 1, 0, N, 0, &fade);
    for (int k = 0; k < 50; k++) {
        assert_true(fabs(block[2 * k] - (k + 0.5) / 50) < 1e-6);
    }
    for (int k = 50; k < N - 20; k++) {
        assert_true(block[2 * k] == 1);
    }
    for (int k = N - 20; k < N; k++) {
        assert_true(fabs(block[2 * k] - (N - k - 0.5) / 20) < 1e-6);
    }
}

static void a_block_cut_anywhere_has_the_same_bits(void **state)
{
    (void)state;
    float frames[2 * N];
    for (int i = 0; i < 2 * N; i++) {
        frames[i] = (float)sin(i * 0.37);
    }
    struct mix_fade fade = {0.7f, 1000, 130, 870 - 40};
    struct mix_step step = {0.3f, 0.9f, 5040, 100};
    float whole[2 * N] = {0};
    mix_add_faded(whole, frames, 2, 300, N, 20, &fade);
    mix_scale_step(whole, 300, N, 5000, &step);
    for (size_t cut = 1; cut < N; cut += 7) {
        float parts[2 * N] = {0};
        mix_add_faded(parts, frames, 2, 300, cut, 20, &fade);
        mix_scale_step(parts, 300, cut, 5000, &step);
        float *rest = parts + 2 * cut;
        mix_add_faded(rest, frames + 2 * cut, 2, 300 + cut, N - cut, 20 + (int64_t)cut, &fade);
        mix_scale_step(rest, 300 + cut, N - cut, 5000 + (int64_t)cut, &step);
        assert_memory_equal(parts, whole, sizeof whole);
    }
}

static void a_level_steps_over_twenty_milliseconds(void **state)
{
    (void)state;
    static float block[2 * 1200];
    for (int i = 0; i < 2 * 1200; i++) {
        block[i] = 1;
    }
    struct mix_step step = {1, 0.5f, 100, AIR_BLOCK_FRAMES};
    mix_scale_step(block, 0, 1200, 0, &step);
    assert_true(block[2 * 99] == 1);
    assert_true(fabs(block[2 * 100] - (1 - 0.5 * 0.5 / 960)) < 1e-6);
    assert_true(fabs(block[2 * 580] - (1 - 0.5 * 480.5 / 960)) < 1e-6);
    assert_true(block[2 * 1060] == 0.5f && block[2 * 1199] == 0.5f);
}

static void a_sine_measures_three_decibels_under_its_peak(void **state)
{
    (void)state;
    float block[2 * 480];
    for (int i = 0; i < 480; i++) {
        block[2 * i] = block[2 * i + 1] = (float)(0.5 * sin(i * 2 * 3.14159265358979 / 48));
    }
    struct mix_level level = mix_measure(block, 480);
    assert_true(fabs(level.peak - 0.5) < 1e-6);
    assert_true(fabs(10 * log10((double)level.mean_square) - 20 * log10(0.5) + 3.0103) < 1e-3);
    struct mix_level odd = mix_measure((float[]){0, 0, -0.75f, 0}, 2);
    assert_true(odd.peak == 0.75f);
    struct mix_level silence = mix_measure(block, 0);
    assert_true(silence.peak == 0 && silence.mean_square == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_mono_recording_sounds_on_both_sides),
    cmocka_unit_test(what_is_added_adds_to_what_is_there),
    cmocka_unit_test(a_fade_rises_evenly_and_falls_as_it_rose),
    cmocka_unit_test(a_block_cut_anywhere_has_the_same_bits),
    cmocka_unit_test(a_level_steps_over_twenty_milliseconds),
    cmocka_unit_test(a_sine_measures_three_decibels_under_its_peak),
};
TEST_MAIN(tests)
