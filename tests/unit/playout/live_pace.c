/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/rt/live_pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "playout/rt/tap.h"
#include "tests/test.h"

/*
 * A station that we relay, without a network and without time: its clock is as far off as a test
 * wants, it begins with a burst, and sends in pieces that come late. Our clock is the pulls'.
 */
enum { BLOCK = AIR_BLOCK_FRAMES, RING_FRAMES = 1 << 20, BLOCKS_A_MINUTE = 3000 };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) /* which are ten times slower */
enum { SOUND_MINUTES = 15, HOURS = 1 };
#else
enum { SOUND_MINUTES = 60, HOURS = 6 };
#endif

static const double HZ = 997; /* whole turns in a second */
static float second[AIR_RATE];
static struct varispeed_table *table;

static int make_table(void **state)
{
    (void)state;
    table = malloc(sizeof *table);
    varispeed_table_init(table);
    for (int i = 0; i < AIR_RATE; i++) {
        second[i] = (float)(0.5 * sin(2 * M_PI * HZ / AIR_RATE * i));
    }
    return 0;
}

static int free_table(void **state)
{
    (void)state;
    free(table);
    return 0;
}

struct station {
    double drift;
    int64_t burst_frames;
    int64_t piece_frames; /* sent at once */
    int64_t sent;
    uint32_t seed;
};

/* How many frames it has sent by the time of our frame `now`: whole pieces, and one in five is up
 * to 100 ms late. */
static int64_t sent_by(struct station *station, int64_t now)
{
    station->seed = station->seed * 1664525 + 1013904223;
    int64_t late = station->seed >> 16 & 0x1fff;
    late = late < 8192 / 5 ? 3 * late : 0;
    double heard = (double)(now > late ? now - late : 0) * (1 + station->drift);
    int64_t sent = station->burst_frames +
                   (int64_t)(heard / (double)station->piece_frames) * station->piece_frames;
    return sent > station->sent ? sent : station->sent;
}

/* ---- the reserve, over hours */

struct hours {
    double drift;
    int64_t burst_frames;
    int64_t piece_frames;
    bool is_left_alone;
};

/* Plays as the tap does: what the speed takes, from what has come. */
static void play_hours(const struct hours *hours)
{
    struct station station = {.drift = hours->drift,
                              .burst_frames = hours->burst_frames,
                              .piece_frames = hours->piece_frames,
                              .seed = 7};
    struct live_pace pace;
    double played = 0;
    double lowest = RING_FRAMES;
    double highest = 0;
    double change_before = 0;
    bool is_left_alone = true;
    live_pace_begin(&pace, RING_FRAMES);
    for (int64_t block = 0; block < INT64_C(60) * HOURS * BLOCKS_A_MINUTE; block++) {
        station.sent = sent_by(&station, block * BLOCK);
        double reserve = (double)station.sent - played;
        double change = live_pace_run(&pace, (size_t)fmax(reserve, 0), BLOCK);
        assert_true(fabs(change) <= PACE_MAX);
        assert_true(fabs(change - change_before) <= 20e-6 * BLOCK / AIR_RATE + 1e-12);
        change_before = change;
        is_left_alone = is_left_alone && change == 0;
        played += BLOCK * (1 + change);
        lowest = fmin(lowest, reserve - BLOCK * (1 + change));
        highest = fmax(highest, reserve);
    }
    double most = (double)(hours->burst_frames + hours->piece_frames) + AIR_RATE;
    if (lowest <= 0 || highest >= most || is_left_alone != hours->is_left_alone) {
        fail_msg("drift %g, pieces of %lld: between %g and %g frames, %s alone", hours->drift,
                 (long long)hours->piece_frames, lowest, highest, is_left_alone ? "left" : "not");
    }
}

static void hours_of_any_credible_clock_neither_empty_nor_fill_the_reserve(void **state)
{
    (void)state;
    const double drifts[] = {200e-6, -200e-6, -60e-6, -400e-6, 400e-6};
    for (size_t i = 0; i < ARRAY_LEN(drifts); i++) {
        play_hours(&(struct hours){drifts[i], AIR_RATE, 1152, false}); /* RTP, Icecast */
        play_hours(&(struct hours){drifts[i], 12 * AIR_RATE, 4 * AIR_RATE, false}); /* HLS */
    }
}

static void a_clock_as_ours_is_left_alone_however_the_network_is(void **state)
{
    (void)state;
    play_hours(&(struct hours){0, AIR_RATE, 1152, true});
    play_hours(&(struct hours){0, 4 * AIR_RATE, 24000, true});
    play_hours(&(struct hours){0, 12 * AIR_RATE, 4 * AIR_RATE, true});
}

static void run_blocks(struct live_pace *pace, size_t reserve, int n_blocks)
{
    for (int i = 0; i < n_blocks; i++) {
        live_pace_run(pace, reserve, BLOCK);
    }
}

static void a_burst_is_a_larger_reserve_and_no_fast_clock(void **state)
{
    (void)state;
    struct live_pace pace;
    live_pace_begin(&pace, RING_FRAMES);
    run_blocks(&pace, AIR_RATE, 2 * BLOCKS_A_MINUTE);
    assert_int_equal(pace.target, AIR_RATE);
    for (int i = 0; i < 3 * BLOCKS_A_MINUTE; i++) { /* more and more comes, for three minutes */
        run_blocks(&pace, AIR_RATE + (size_t)i * 50, 1);
        assert_true(pace.change == 0);
    }
    run_blocks(&pace, 10 * AIR_RATE, 2 * BLOCKS_A_MINUTE);
    assert_int_equal(pace.target, 10 * AIR_RATE);
    assert_true(pace.change == 0);
}

static void a_network_that_was_late_once_changes_nothing(void **state)
{
    (void)state;
    struct live_pace pace;
    live_pace_begin(&pace, RING_FRAMES);
    for (int minute = 0; minute < 60; minute++) {
        run_blocks(&pace, 2 * AIR_RATE, BLOCKS_A_MINUTE - 20);
        run_blocks(&pace, AIR_RATE, 20);
        assert_true(pace.change == 0);
    }
    assert_int_equal(pace.target, 2 * AIR_RATE);
}

static void a_source_that_waits_for_us_has_no_clock(void **state)
{
    (void)state;
    struct live_pace pace;
    live_pace_begin(&pace, RING_FRAMES);
    run_blocks(&pace, 2 * AIR_RATE, 2 * BLOCKS_A_MINUTE);
    run_blocks(&pace, RING_FRAMES - BLOCK, 10 * BLOCKS_A_MINUTE);
    assert_true(pace.change == 0 && !pace.engaged);
}

/* ---- the sound */

struct relay {
    struct tap *tap;
    float *memory;
    struct station station;
    int64_t position;
};

static struct relay relay_make(double drift, int64_t burst_frames)
{
    struct relay relay = {
        .tap = aligned_alloc(_Alignof(struct tap), sizeof *relay.tap),
        .memory = calloc(RING_FRAMES, 2 * sizeof(float)),
        .station = {.drift = drift, .burst_frames = burst_frames, .piece_frames = 1152, .seed = 3}};
    assert_non_null(relay.tap);
    tap_init_live(relay.tap, relay.memory, RING_FRAMES, table);
    return relay;
}

static void relay_free(struct relay *relay)
{
    free(relay->memory);
    free(relay->tap);
}

static float sample_at(int64_t frame)
{
    return second[frame % AIR_RATE];
}

static size_t relay_block(struct relay *relay)
{
    int64_t sent = sent_by(&relay->station, relay->position);
    while (relay->station.sent < sent) {
        float frames[2 * BLOCK];
        size_t n = 0;
        for (; n < BLOCK && relay->station.sent < sent; n++, relay->station.sent++) {
            frames[2 * n] = sample_at(relay->station.sent);
            frames[2 * n + 1] = -frames[2 * n];
        }
        assert_int_equal(ring_write(&relay->tap->ring, frames, n), n);
    }
    size_t taken = tap_pull(relay->tap, relay->position, BLOCK);
    relay->position += BLOCK;
    return taken;
}

/* A sine obeys y[i+1] + y[i-1] = 2 cos(w) y[i]; a click does not. w changes by the speed. */
static float roughest(const float *frames, size_t n, double w)
{
    float most = 0;
    for (size_t i = 1; i + 1 < n; i++) {
        double off = (double)frames[2 * (i + 1)] + frames[2 * (i - 1)] - 2 * cos(w) * frames[2 * i];
        most = fmaxf(most, (float)fabs(off));
    }
    return most;
}

static void an_hour_of_a_station_whose_clock_is_off_is_one_sound(void **state)
{
    (void)state;
    const double drifts[] = {200e-6, -200e-6};
    const int minutes[] = {15, SOUND_MINUTES}; /* 12 until it is followed */
    for (size_t d = 0; d < ARRAY_LEN(drifts); d++) {
        struct relay relay = relay_make(drifts[d], 2 * AIR_RATE);
        float frames[2 * (BLOCK + 2)] = {0}; /* and the two before */
        double phase_frames = 0;             /* consumed, by the speeds */
        for (int block = 0; block < minutes[d] * BLOCKS_A_MINUTE; block++) {
            assert_int_equal(relay_block(&relay), BLOCK);
            memcpy(frames + 4, relay.tap->block, sizeof relay.tap->block);
            double w = 2 * M_PI * HZ / AIR_RATE * (1 + relay.tap->pace.change);
            if (block > 0 && roughest(frames, BLOCK + 2, w) > 1e-5F) {
                fail_msg("drift %g: a click in block %d", drifts[d], block);
            }
            memcpy(frames, relay.tap->block + (BLOCK - 2) * 2, 4 * sizeof(float));
            phase_frames += BLOCK * (1 + relay.tap->pace.change);
        }
        /* Every frame that came is heard, or waits. */
        double waiting = (double)ring_readable(&relay.tap->ring) + VARISPEED_AHEAD;
        assert_true(fabs((double)relay.station.sent - phase_frames - waiting) < 2);
        assert_true(fabs(waiting - 2 * AIR_RATE) < AIR_RATE / 2.0);
        assert_true(fabs(relay.tap->pace.change - drifts[d]) < 100e-6);
        relay_free(&relay);
    }
}

static void a_station_whose_clock_is_ours_airs_as_it_came(void **state)
{
    (void)state;
    struct relay relay = relay_make(0, 2 * AIR_RATE);
    for (int block = 0; block < 5 * BLOCKS_A_MINUTE; block++) {
        assert_int_equal(relay_block(&relay), BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            float wanted = sample_at((int64_t)block * BLOCK + i);
            assert_true(relay.tap->block[2 * i] == wanted);
            assert_true(relay.tap->block[2 * i + 1] == -wanted);
        }
    }
    relay_free(&relay);
}

/* What has come sounds to its end; then nothing, until half a second has come again. */
static void a_reserve_that_runs_dry_is_gathered_again(void **state)
{
    (void)state;
    struct relay relay = relay_make(0, 1000);
    relay.station.piece_frames = INT64_MAX;
    assert_int_equal(relay_block(&relay), BLOCK);
    assert_int_equal(relay_block(&relay), 40);
    for (int i = 0; i < BLOCK; i++) {
        assert_true(relay.tap->block[2 * i] == (i < 40 ? sample_at(BLOCK + i) : 0));
    }
    relay.station.burst_frames = 1000 + TAP_LIVE_FRAMES - 1;
    assert_int_equal(relay_block(&relay), 0);
    relay.station.burst_frames = 1000 + TAP_LIVE_FRAMES;
    assert_int_equal(relay_block(&relay), BLOCK);
    assert_true(relay.tap->block[0] == sample_at(1000));
    relay_free(&relay);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(hours_of_any_credible_clock_neither_empty_nor_fill_the_reserve),
    cmocka_unit_test(a_clock_as_ours_is_left_alone_however_the_network_is),
    cmocka_unit_test(a_burst_is_a_larger_reserve_and_no_fast_clock),
    cmocka_unit_test(a_network_that_was_late_once_changes_nothing),
    cmocka_unit_test(a_source_that_waits_for_us_has_no_clock),
    cmocka_unit_test(an_hour_of_a_station_whose_clock_is_off_is_one_sound),
    cmocka_unit_test(a_station_whose_clock_is_ours_airs_as_it_came),
    cmocka_unit_test(a_reserve_that_runs_dry_is_gathered_again),
};

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, make_table, free_table);
}
