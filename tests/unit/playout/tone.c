/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/tone.h"

#include <math.h>
#include <stdbool.h>

#include "playout/rt/guard.h"
#include "tests/test.h"

static const int64_t HOUR = INT64_C(3600) * AIR_RATE;

/* Rising zero crossings of the left side. */
static int turns(const float *frames, size_t n)
{
    int count = 0;
    for (size_t i = 1; i < n; i++) {
        count += frames[2 * (i - 1)] < 0 && frames[2 * i] >= 0;
    }
    return count;
}

static double peak(const float *frames, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < 2 * n; i++) {
        most = fmax(most, fabs((double)frames[i]));
    }
    return most;
}

static void a_tone_has_the_pitch_and_the_level_asked_for_on_both_sides(void **state)
{
    (void)state;
    static float frames[2 * AIR_RATE];
    struct tone tone = {440, 0.1F, 0, 10 * AIR_RATE};
    tone_make(&tone, AIR_RATE, frames, AIR_RATE);
    assert_in_range(turns(frames, AIR_RATE), 439, 440);
    assert_true(fabs(peak(frames, AIR_RATE) - 0.1) < 1e-4);
    for (size_t i = 0; i < AIR_RATE; i++) {
        assert_true(frames[2 * i] == frames[2 * i + 1]);
    }
}

static void a_tone_cut_anywhere_has_the_same_samples(void **state)
{
    (void)state;
    static float whole[2 * 5000];
    static float parts[2 * 5000];
    int64_t start = 470000 * HOUR + 12345;
    struct tone tone = {1000, 0.5F, start + 100, start + 4900};
    tone_make(&tone, start, whole, 5000);
    for (size_t at = 0; at < 5000; at += 7) {
        tone_make(&tone, start + (int64_t)at, parts + 2 * at, at + 7 < 5000 ? 7 : 5000 - at);
    }
    assert_memory_equal(whole, parts, sizeof whole);
}

static void a_tone_begins_and_ends_without_a_step(void **state)
{
    (void)state;
    static float frames[2 * 4800];
    struct tone tone = {1000, 1, 1000, 3000};
    tone_make(&tone, 0, frames, 4800);
    assert_true(peak(frames, 1000) == 0);
    assert_true(peak(frames + 2 * 3000, 1800) == 0);
    assert_true(peak(frames + 2 * 1000, 10) < 0.15);
    assert_true(peak(frames + 2 * 2990, 10) < 0.15);
}

static void the_last_pip_begins_with_the_hour_and_five_come_before(void **state)
{
    (void)state;
    static float frames[2 * 8 * AIR_RATE];
    int64_t hour = 470000 * HOUR;
    rt_enter();
    pips_make(hour, 0.25F, hour - 6 * AIR_RATE, frames, 8 * AIR_RATE);
    rt_leave();
    int64_t begins[PIPS_N];
    int64_t lasts[PIPS_N];
    int n = 0;
    int64_t quiet = AIR_RATE;
    for (int64_t i = 0; i < 8 * AIR_RATE; i++) {
        bool sounds = fabsf(frames[2 * i]) > 0;
        if (sounds && quiet > AIR_RATE / 20) {
            assert_true(n < PIPS_N);
            begins[n++] = i;
        }
        quiet = sounds ? 0 : quiet + 1;
        if (sounds) {
            lasts[n - 1] = i + 1 - begins[n - 1];
        }
    }
    assert_int_equal(n, PIPS_N);
    for (int i = 0; i < PIPS_N; i++) { /* the first sample of a turn is zero */
        assert_in_range(begins[i], (1 + i) * AIR_RATE, (1 + i) * AIR_RATE + 1);
        int64_t length = i < 5 ? AIR_RATE / 10 : AIR_RATE / 2;
        assert_in_range(lasts[i], length - 2, length);
    }
    assert_true(peak(frames, (size_t)8 * AIR_RATE) <= 0.25);
}

static void the_hour_of_the_pips_is_theirs_until_the_last_has_sounded(void **state)
{
    (void)state;
    int64_t hour = 470000 * HOUR;
    assert_int_equal(pips_hour(hour - PIPS_BEFORE_FRAMES), hour);
    assert_int_equal(pips_hour(hour), hour);
    assert_int_equal(pips_hour(hour + PIPS_LONG_FRAMES - 1), hour);
    assert_int_equal(pips_hour(hour + PIPS_LONG_FRAMES), hour + HOUR);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_tone_has_the_pitch_and_the_level_asked_for_on_both_sides),
    cmocka_unit_test(a_tone_cut_anywhere_has_the_same_samples),
    cmocka_unit_test(a_tone_begins_and_ends_without_a_step),
    cmocka_unit_test(the_last_pip_begins_with_the_hour_and_five_come_before),
    cmocka_unit_test(the_hour_of_the_pips_is_theirs_until_the_last_has_sounded),
};
TEST_MAIN(tests)
