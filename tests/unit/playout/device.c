/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/device_callback.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/frames.h"
#include "tests/test.h"

/*
 * A device without hardware and without time: a mixer that hands over 20 ms, 150 ms before they
 * are due, and a device whose clock is as far off as a test wants and whose calls come as late.
 */
enum { BLOCK = AIR_BLOCK_FRAMES, N_CHANNELS = 4 };

static const int64_t SECOND_NS = 1000000000;
static const int64_t LEAD_NS = 150 * INT64_C(1000000);
static const int64_t BEGIN_NS = 5 * INT64_C(1000000000);
static const double HZ = 997;

static struct varispeed_table *table;

static int make_table(void **state)
{
    (void)state;
    table = malloc(sizeof *table);
    varispeed_table_init(table);
    return 0;
}

static int free_table(void **state)
{
    (void)state;
    free(table);
    return 0;
}

struct rig {
    struct device_feed *feeds;
    struct device_lane lanes[2];
    struct device_deck deck;
    int64_t frame;       /* of the mixer: due at BEGIN_NS + frame * 125000 / 6 */
    double device_frame; /* of the device */
    double rate;         /* of the device, by the mixer's clock */
    uint32_t seed;
    int64_t jitter_ns;
    bool mixer_stands;
    float out[BLOCK * N_CHANNELS];
};

static struct rig *rig_make(size_t n_lanes, double drift, int64_t jitter_ns)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->feeds = aligned_alloc(64, 2 * sizeof *rig->feeds);
    feed_init(&rig->feeds[0], 3, 1);
    feed_init(&rig->feeds[1], 2, 2);
    device_deck_init(&rig->deck, rig->lanes, rig->feeds, n_lanes, N_CHANNELS, table);
    rig->deck.latency_ns = 30000000;
    rig->rate = AIR_RATE * (1 + drift);
    rig->jitter_ns = jitter_ns;
    rig->seed = 12345;
    return rig;
}

static void rig_free(struct rig *rig)
{
    free(rig->feeds);
    free(rig);
}

static float sample_at(int64_t frame)
{
    double turns = HZ / AIR_RATE * (double)frame;
    return (float)(0.5 * sin(2 * M_PI * (turns - floor(turns))));
}

static int64_t due_ns(int64_t frame)
{
    return BEGIN_NS + frame * 62500 / 3;
}

static void rig_mix(struct rig *rig, int64_t now_ns)
{
    float block[2 * BLOCK];
    while (!rig->mixer_stands && due_ns(rig->frame) - LEAD_NS <= now_ns) {
        for (int i = 0; i < BLOCK; i++) {
            block[2 * i] = sample_at(rig->frame + i);
            block[2 * i + 1] = -block[2 * i];
        }
        for (size_t i = 0; i < rig->deck.n_lanes; i++) {
            feed_push(&rig->feeds[i], rig->frame, due_ns(rig->frame), block, BLOCK);
        }
        rig->frame += BLOCK;
    }
}

/* The device asks for n frames: a little late, as devices do. */
static void rig_call(struct rig *rig, size_t n)
{
    int64_t now_ns = BEGIN_NS - SECOND_NS + (int64_t)(rig->device_frame / rig->rate * 1e9);
    rig->seed = rig->seed * 1664525 + 1013904223;
    double late = rig->seed >> 8 & 0xffff;
    now_ns += (int64_t)(late * late / (65536.0 * 65536.0) * (double)rig->jitter_ns);
    rig_mix(rig, now_ns);
    device_callback(&rig->deck, rig->out, n, now_ns);
    rig->device_frame += (double)n;
}

static void rig_run(struct rig *rig, int n_calls)
{
    for (int i = 0; i < n_calls; i++) {
        rig_call(rig, BLOCK);
    }
}

static void assert_nothing_lost(const struct rig *rig)
{
    for (size_t i = 0; i < rig->deck.n_lanes; i++) {
        assert_int_equal(rig->feeds[i].n_underruns, 0);
        assert_int_equal(rig->feeds[i].frames_padded, 0);
        assert_int_equal(rig->feeds[i].frames_skipped, 0);
        assert_int_equal(rig->feeds[i].frames_dropped, 0);
    }
}

/* ---- channels and places */

static void a_device_hears_each_line_on_its_own_channels(void **state)
{
    (void)state;
    struct rig *rig = rig_make(2, 0, 0);
    float both[2 * BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        both[2 * i] = 0.5f;
        both[2 * i + 1] = 0.25f;
    }
    rig_run(rig, 60);
    rig->mixer_stands = true;
    rig_run(rig, 20); /* dry */
    for (int i = 0; i < 20; i++) {
        int64_t frame = rig->frame + (30 + i) * BLOCK;
        feed_push(&rig->feeds[1], frame, due_ns(frame), both, BLOCK);
    }
    bool has_sounded = false;
    for (int call = 0; call < 40; call++) {
        rig_call(rig, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            const float *out = rig->out + N_CHANNELS * i;
            assert_true(out[0] == 0 && out[1] == 0 && out[3] == 0);
            assert_true(out[2] == 0 || out[2] == 0.375f);
            has_sounded |= out[2] == 0.375f;
        }
    }
    assert_true(has_sounded);
    rig_free(rig);
    rig = rig_make(1, 0, 0);
    rig_run(rig, 60);
    for (int i = 0; i < BLOCK; i++) {
        const float *out = rig->out + N_CHANNELS * i;
        assert_true(out[3] != 0 && out[1] == -out[3] && out[0] == 0 && out[2] == 0);
    }
    rig_free(rig);
}

/* What is heard is what was mixed for that time: the place of every frame, by the device's count.
 */
static void each_frame_is_heard_when_it_is_due(void **state)
{
    (void)state;
    struct rig *rig = rig_make(1, 0, 0);
    int64_t began = -1;
    for (int call = 0; call < 500; call++) {
        int64_t first = (int64_t)rig->device_frame;
        rig_call(rig, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            /* The device's frame 0 is asked for a second before the mixer's is due. */
            int64_t due = first + i - AIR_RATE + 30 * 48;
            float heard = rig->out[N_CHANNELS * i + 3];
            began = began < 0 && heard != 0 ? due : began;
            if (began >= 0) {
                assert_true(heard == sample_at(due) || heard == sample_at(due + 1) ||
                            heard == sample_at(due - 1));
            }
        }
    }
    assert_true(began >= 0 && began <= 1); /* the first sample of all is 0 */
    assert_nothing_lost(rig);
    rig_free(rig);
}

/* As many values as a lane carried without a hole, from the first that is not 0 on. */
struct heard {
    float *samples;
    size_t n;
};

static struct heard hear(struct rig *rig, int n_calls)
{
    struct heard heard = {.samples = calloc((size_t)n_calls * BLOCK, sizeof(float))};
    for (int call = 0; call < n_calls; call++) {
        rig_call(rig, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            heard.samples[heard.n++] = rig->out[N_CHANNELS * i + 3];
        }
    }
    return heard;
}

static void without_drift_every_sample_goes_out_as_it_came(void **state)
{
    (void)state;
    struct rig *rig = rig_make(1, 0.5e-6, 7000000); /* late by up to 7 ms */
    rig_run(rig, 60);
    struct heard heard = hear(rig, 3000); /* a minute */
    int64_t at = (int64_t)rig->lanes[0].feed->n_read - VARISPEED_AHEAD - (int64_t)heard.n;
    for (size_t i = 0; i < heard.n; i++) {
        assert_true(heard.samples[i] == sample_at(at + (int64_t)i));
    }
    assert_nothing_lost(rig);
    free(heard.samples);
    rig_free(rig);
}

static void an_underrun_is_padded_counted_and_joined_again_in_its_place(void **state)
{
    (void)state;
    struct rig *rig = rig_make(1, 0, 0);
    const struct device_feed *feed = &rig->feeds[0];
    rig_run(rig, 100);
    assert_nothing_lost(rig);
    rig->mixer_stands = true;
    rig_run(rig, 15); /* 300 ms, of which 120 are in the ring */
    assert_int_equal(feed->n_underruns, 1);
    uint64_t padded = feed->frames_padded;
    assert_true(padded > 8 * BLOCK && padded < 11 * BLOCK);
    rig->mixer_stands = false; /* and it catches up: what is past comes all at once */
    rig_run(rig, 5);
    assert_int_equal(feed->n_underruns, 1);
    assert_true(feed->frames_skipped > 7 * BLOCK); /* what was missing is not played late */
    int64_t due = (int64_t)rig->device_frame - BLOCK - AIR_RATE + 30 * 48;
    float heard = rig->out[3];
    assert_true(heard == sample_at(due) || heard == sample_at(due + 1) ||
                heard == sample_at(due - 1));
    rig_free(rig);
}

/* A device that was away for ten seconds finds a ring full of what is long past. */
static void a_device_that_comes_back_plays_nothing_stale(void **state)
{
    (void)state;
    struct rig *rig = rig_make(1, 0, 0);
    rig_run(rig, 100);
    rig_mix(rig, BEGIN_NS + 12 * SECOND_NS); /* the mixer goes on; frames are dropped */
    assert_true(rig->feeds[0].frames_dropped > 8 * AIR_RATE);
    rig->device_frame = 13.0 * AIR_RATE;
    device_deck_init(&rig->deck, rig->lanes, rig->feeds, 1, N_CHANNELS, table);
    bool has_sounded = false;
    for (int call = 0; call < 100; call++) {
        int64_t first = (int64_t)rig->device_frame;
        rig_call(rig, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            int64_t due = first + i - AIR_RATE;
            float heard = rig->out[N_CHANNELS * i + 3];
            has_sounded |= heard != 0;
            assert_true(heard == 0 || heard == sample_at(due) || heard == sample_at(due + 1) ||
                        heard == sample_at(due - 1));
        }
    }
    assert_true(has_sounded);
    assert_true(rig->feeds[0].frames_skipped > 40000);
    rig_free(rig);
}

static void a_hushed_line_falls_silent_within_five_milliseconds_and_is_heard_again(void **state)
{
    (void)state;
    struct rig *rig = rig_make(1, 0, 0);
    rig_run(rig, 100);
    int64_t from = (int64_t)rig->feeds[0].n_read; /* feed index is air frame here */
    int64_t until = from + 3 * BLOCK + 77;
    hush_set(&rig->feeds[0].hush, from, until);
    struct heard heard = hear(rig, 8);
    for (int64_t i = 0; i < (int64_t)heard.n; i++) {
        int64_t frame = from - VARISPEED_AHEAD + i;
        if (frame >= from + HUSH_FADE_FRAMES && frame < until) {
            assert_true(heard.samples[i] == 0);
        } else if (frame < from || frame >= until) {
            assert_true(heard.samples[i] == sample_at(frame));
        } else {
            assert_true(fabsf(heard.samples[i]) <= fabsf(sample_at(frame)));
        }
    }
    free(heard.samples);
    rig_free(rig);
}

/* ---- drift */

/* How much of a sound is not the one sine in it: a sine obeys y[i+1] + y[i-1] = 2 cos(w) y[i]. */
static void residue(const float *samples, size_t n, double *ret_rms, double *ret_peak)
{
    double dot = 0;
    double square = 0;
    double sum = 0;
    *ret_peak = 0;
    for (size_t i = 1; i + 1 < n; i++) {
        dot += ((double)samples[i + 1] + samples[i - 1]) * samples[i];
        square += (double)samples[i] * samples[i];
    }
    for (size_t i = 1; i + 1 < n; i++) {
        double off = (double)samples[i + 1] + samples[i - 1] - dot / square * samples[i];
        sum += off * off;
        *ret_peak = fabs(off) > *ret_peak ? fabs(off) : *ret_peak;
    }
    *ret_rms = sqrt(sum / square);
}

static void a_device_that_drifts_is_followed_without_a_click(void **state)
{
    (void)state;
    const double drifts[] = {200e-6, -200e-6};
    for (size_t d = 0; d < 2; d++) {
        struct rig *rig = rig_make(1, drifts[d], 5000000);
        rig_run(rig, 60);
        for (int second = 0; second < 120; second++) {
            double rms = 0;
            double peak = 0;
            struct heard heard = hear(rig, 50);
            residue(heard.samples, heard.n, &rms, &peak);
            if (rms > 1e-5 || peak > 2e-5) { /* 100 dB below the sine */
                fail_msg("drift %g, second %d: %g rms, %g peak", drifts[d], second, rms, peak);
            }
            free(heard.samples);
        }
        assert_nothing_lost(rig);
        assert_true(fabs(device_clock_drift(&rig->deck.clock) - drifts[d]) < 5e-6);
        assert_true(fabs(rig->lanes[0].servo.behind_frames) < DRIFT_BAND_FRAMES * 1.1);
        rig_free(rig);
    }
}

/* The same over half a day, without the samples. */
static void half_a_day_of_drift_stays_within_the_band(void **state)
{
    (void)state;
    const double drifts[] = {200e-6, -200e-6, 0, 1e-6, -15e-6, 450e-6};
    for (size_t d = 0; d < 6; d++) {
        struct device_clock clock;
        struct drift_servo servo = {0};
        uint32_t seed = 99;
        double played = 0;
        double furthest = 0;
        bool was_engaged = false;
        device_clock_init(&clock);
        for (int64_t call = 0; call < 12 * 3600 * 50; call++) {
            double now_s = (double)call * BLOCK / (AIR_RATE * (1 + drifts[d]));
            seed = seed * 1664525 + 1013904223;
            double late = (seed >> 8 & 0xffff) / 65536.0;
            int64_t now_ns = (int64_t)((now_s + 0.005 * late * late) * 1e9);
            int64_t heard_ns = device_clock_tick(&clock, now_ns, BLOCK);
            double behind = (double)heard_ns * 48e-6 - played;
            double change = drift_servo_run(&servo, behind, device_clock_drift(&clock), BLOCK);
            played += BLOCK * (1 + change);
            furthest = fmax(furthest, fabs(now_s * AIR_RATE - (played - BLOCK)));
            was_engaged |= servo.engaged;
        }
        if (furthest > BLOCK) { /* the band, and what comes on while the speed is slewed */
            fail_msg("drift %g: %g frames off", drifts[d], furthest);
        }
        assert_int_equal(was_engaged, drifts[d] != 0);
    }
}

static void a_device_that_stood_still_is_joined_again_and_not_chased(void **state)
{
    (void)state;
    struct rig *rig = rig_make(1, 0, 0);
    rig_run(rig, 500);
    rig->device_frame += 0.4 * AIR_RATE; /* 400 ms later, without a call */
    rig_run(rig, 20);
    assert_int_equal(rig->deck.clock.n_restarts, 1);
    int64_t due = (int64_t)rig->device_frame - BLOCK - AIR_RATE + 30 * 48;
    float heard = rig->out[3];
    assert_true(heard == sample_at(due) || heard == sample_at(due + 1) ||
                heard == sample_at(due - 1));
    assert_true(rig->feeds[0].frames_skipped > 18000 && rig->feeds[0].frames_skipped < 21000);
    rig_free(rig);
}

/* ---- speed */

static void a_high_sine_keeps_a_hundred_decibels(void **state)
{
    (void)state;
    const double hz[] = {100, 1000, 5000, 10000};
    const double changes[] = {500e-6, -333e-6, 17e-6};
    for (size_t h = 0; h < 4; h++) {
        for (size_t c = 0; c < 3; c++) {
            struct varispeed speed;
            float in[2 * VARISPEED_NEED_MAX];
            float out[2 * VARISPEED_CHUNK];
            float ahead[2 * VARISPEED_AHEAD];
            int64_t frame = 0;
            uint64_t step = varispeed_step(1 + changes[c]);
            double off = 0;
            double at = 0;
            for (int i = 0; i < VARISPEED_AHEAD; i++, frame++) {
                ahead[2 * i] = (float)sin(2 * M_PI * hz[h] / AIR_RATE * (double)frame);
                ahead[2 * i + 1] = 0;
            }
            varispeed_begin(&speed, ahead);
            for (int chunk = 0; chunk < 200; chunk++) {
                size_t need = varispeed_need(&speed, step, VARISPEED_CHUNK);
                for (size_t i = 0; i < need; i++, frame++) {
                    in[2 * i] = (float)sin(2 * M_PI * hz[h] / AIR_RATE * (double)frame);
                    in[2 * i + 1] = 0;
                }
                varispeed_run(&speed, table, step, in, out, VARISPEED_CHUNK);
                for (int i = 0; i < VARISPEED_CHUNK; i++, at += (double)step / 4294967296.0) {
                    double wanted = sin(2 * M_PI * hz[h] / AIR_RATE * at);
                    double error = out[2 * i] - wanted;
                    off += chunk > 0 ? error * error : 0;
                    assert_true(out[2 * i + 1] == 0);
                }
            }
            double below_db = 10 * log10(off / (199 * VARISPEED_CHUNK) / 0.5);
            if (below_db > -100) {
                fail_msg("%g Hz at %g: %g dB", hz[h], changes[c], below_db);
            }
        }
    }
}

static void sound_goes_back_to_whole_frames_when_the_drift_ends(void **state)
{
    (void)state;
    struct rig *rig = rig_make(1, 100e-6, 0);
    rig_run(rig, 7500); /* 150 s: engaged for long */
    assert_true(rig->lanes[0].servo.engaged);
    double now_s = rig->device_frame / rig->rate;
    rig->rate = AIR_RATE;
    rig->device_frame = now_s * AIR_RATE;
    rig_run(rig, 21000); /* seven minutes */
    assert_false(rig->lanes[0].servo.engaged);
    assert_int_equal(rig->lanes[0].speed.phase, 0);
    struct heard heard = hear(rig, 100);
    int64_t at = (int64_t)rig->lanes[0].feed->n_read - VARISPEED_AHEAD - (int64_t)heard.n;
    for (size_t i = 0; i < heard.n; i++) {
        assert_true(heard.samples[i] == sample_at(at + (int64_t)i));
    }
    assert_nothing_lost(rig);
    free(heard.samples);
    rig_free(rig);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_device_hears_each_line_on_its_own_channels),
    cmocka_unit_test(each_frame_is_heard_when_it_is_due),
    cmocka_unit_test(without_drift_every_sample_goes_out_as_it_came),
    cmocka_unit_test(an_underrun_is_padded_counted_and_joined_again_in_its_place),
    cmocka_unit_test(a_device_that_comes_back_plays_nothing_stale),
    cmocka_unit_test(a_hushed_line_falls_silent_within_five_milliseconds_and_is_heard_again),
    cmocka_unit_test(a_device_that_drifts_is_followed_without_a_click),
    cmocka_unit_test(half_a_day_of_drift_stays_within_the_band),
    cmocka_unit_test(a_device_that_stood_still_is_joined_again_and_not_chased),
    cmocka_unit_test(a_high_sine_keeps_a_hundred_decibels),
    cmocka_unit_test(sound_goes_back_to_whole_frames_when_the_drift_ends),
};

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, make_table, free_table);
}
