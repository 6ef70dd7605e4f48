/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ebur128.h>
#include <math.h>

#include "media/loudness.h"
#include "media/true_peak.h"
#include "tests/unit/media/library_fixture.h"

/* Levels: what is measured, and what gain comes of it. */

static double linear(double db)
{
    return pow(10, db / 20);
}

static struct outcome import_tone(struct library_fixture *f, int rate, int channels, double db)
{
    struct signal_spec spec = tone(rate, channels, (int64_t)rate * 20);
    spec.amplitude = linear(db);
    struct outcome outcome = import_as_tin(f, recording_make(f, "tone.wav", spec));
    assert_imported(outcome);
    return outcome;
}

static void a_stereo_sine_at_minus_23_dbfs_reads_minus_23_lufs(void **state)
{
    struct outcome outcome = import_tone(*state, 48000, 2, -23);
    assert_true(fabs(outcome.result.lufs - -23.0) < 0.1);
    assert_true(fabs(outcome.result.true_peak_dbtp - -23.0) < 0.1);
    assert_true(fabs(outcome.result.gain_db - 5.0) < 0.1);
}

static void mono_reads_as_loud_as_the_same_sound_in_stereo(void **state)
{
    struct outcome outcome = import_tone(*state, 48000, 1, -23);
    assert_int_equal(outcome.result.channels, 1);
    assert_true(fabs(outcome.result.lufs - -23.0) < 0.1);
}

static void a_44100_hz_source_reads_the_same(void **state)
{
    struct outcome outcome = import_tone(*state, 44100, 2, -23);
    assert_true(fabs(outcome.result.lufs - -23.0) < 0.1);
}

static void gain_never_lifts_the_true_peak_over_the_ceiling(void **state)
{
    struct library_fixture *f = *state;
    /* Quiet all along, but for a loud click. */
    enum { RATE = 48000, FRAMES = 20 * RATE };
    float *samples = calloc(FRAMES, sizeof *samples);
    assert_non_null(samples);
    signal_sine(&(struct signal_spec){RATE, 1, FRAMES, 1000, linear(-40)}, samples);
    for (int i = 0; i < 24; i++) {
        samples[FRAMES / 2 + i] = (float)linear(-6);
    }
    const char *path = recording_path(f, "click.wav");
    signal_write_samples(path, RATE, 1, samples, FRAMES);
    free(samples);
    struct outcome outcome = import_as_tin(f, path);
    assert_imported(outcome);
    double wanted = -18 - outcome.result.lufs;
    assert_true(outcome.result.gain_db < wanted - 10);
    assert_true(fabs(outcome.result.true_peak_dbtp + outcome.result.gain_db - -1) < 1e-9);
}

static void silence_has_no_loudness_no_peak_and_no_gain(void **state)
{
    struct library_fixture *f = *state;
    struct signal_spec silence = tone(48000, 2, 48000 * 5);
    silence.amplitude = 0;
    struct outcome outcome = import_as_tin(f, recording_make(f, "silence.wav", silence));
    assert_imported(outcome);
    assert_true(isnan(outcome.result.lufs));
    assert_true(isinf(outcome.result.true_peak_dbtp) && outcome.result.true_peak_dbtp < 0);
    assert_true(outcome.result.gain_db == 0);
    /* The same comes back from the library, where both are null. */
    const struct segment *segment = &library_rows(f).items[0];
    assert_true(isnan(segment->lufs));
    assert_true(isinf(segment->true_peak_dbtp) && segment->true_peak_dbtp < 0);
    AUTO(stmt_close) struct stmt *stmt = NULL;
    assert_int_equal(db_prepare(f->db, "SELECT lufs, true_peak_dbtp FROM segment", &stmt, NULL), 0);
    stmt_bind(stmt, "");
    assert_int_equal(stmt_step(stmt, NULL), 1);
    assert_true(stmt_is_null(stmt, 0));
    assert_true(stmt_is_null(stmt, 1));
}

static void what_is_too_short_to_measure_is_only_kept_under_the_ceiling(void **state)
{
    struct library_fixture *f = *state;
    struct signal_spec beep = tone(48000, 1, 9600); /* 0.2 s */
    beep.amplitude = 1;
    struct outcome outcome = import_as_tin(f, recording_make(f, "beep.wav", beep));
    assert_imported(outcome);
    assert_true(isnan(outcome.result.lufs));
    assert_true(outcome.result.gain_db < -0.9 && outcome.result.gain_db > -1.2);
}

static void gain_follows_its_rule(void **state)
{
    (void)state;
    assert_true(loudness_gain_db(-23, -10, -18, -1) == 5);
    assert_true(loudness_gain_db(-10, 0, -18, -1) == -8);
    assert_true(loudness_gain_db(-23, -3, -18, -1) == 2);
    assert_true(loudness_gain_db(NAN, -10, -18, -1) == 0);
    assert_true(loudness_gain_db(NAN, 0.5, -18, -1) == -1.5);
    assert_true(loudness_gain_db(NAN, -INFINITY, -18, -1) == 0);
}

static void a_peak_between_two_samples_is_found(void **state)
{
    (void)state;
    enum { FRAMES = 4800 };
    float samples[FRAMES];
    /* A quarter of the rate, 45 degrees off: every sample is 3 dB under the crest. It swells
     * and fades, because a sudden start has a higher crest of its own. */
    for (int i = 0; i < FRAMES; i++) {
        double swell = sin(3.14159265358979 * i / FRAMES);
        samples[i] = (float)(swell * sin(3.14159265358979 * (0.5 * i + 0.25)));
    }
    struct true_peak true_peak;
    true_peak_init(&true_peak, 1);
    true_peak_add(&true_peak, samples, FRAMES);
    assert_true(fabs(peak_to_db(true_peak.peak)) < 0.1);
}

/* Leaving out what cannot hold a peak leaves nothing out that does. */
static void true_peak_is_what_libebur128_finds(void **state)
{
    (void)state;
    enum { FRAMES = 30000, CHANNELS = 2 };
    float *samples = calloc(FRAMES * CHANNELS, sizeof *samples);
    assert_non_null(samples);
    uint32_t noise = 99;
    for (int round = 0; round < 12; round++) {
        double envelope = 0;
        for (int i = 0; i < FRAMES * CHANNELS; i++) {
            noise = noise * 1664525U + 1013904223U;
            if (i % 1000 == 0) {
                envelope = (noise >> 8) / (double)(1 << 24);
            }
            samples[i] = (float)(((noise >> 8) / (double)(1 << 23) - 1) * envelope);
        }
        ebur128_state *theirs = ebur128_init(CHANNELS, 48000, EBUR128_MODE_TRUE_PEAK);
        assert_non_null(theirs);
        struct true_peak ours;
        true_peak_init(&ours, CHANNELS);
        size_t steps[] = {1, 7, 64, 65, 500, 12001};
        for (size_t done = 0, s = 0; done < FRAMES; s++) {
            size_t n = steps[s % ARRAY_LEN(steps)];
            n = n < FRAMES - done ? n : FRAMES - done;
            assert_int_equal(ebur128_add_frames_float(theirs, samples + done * CHANNELS, n), 0);
            true_peak_add(&ours, samples + done * CHANNELS, n);
            done += n;
        }
        double peaks[CHANNELS];
        for (unsigned c = 0; c < CHANNELS; c++) {
            assert_int_equal(ebur128_true_peak(theirs, c, &peaks[c]), 0);
        }
        ebur128_destroy(&theirs);
        double expected = 20 * log10(fmax(peaks[0], peaks[1]));
        assert_true(fabs(peak_to_db(ours.peak) - expected) < 0.001);
    }
    free(samples);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(a_stereo_sine_at_minus_23_dbfs_reads_minus_23_lufs),
    LIBRARY_TEST(mono_reads_as_loud_as_the_same_sound_in_stereo),
    LIBRARY_TEST(a_44100_hz_source_reads_the_same),
    LIBRARY_TEST(gain_never_lifts_the_true_peak_over_the_ceiling),
    LIBRARY_TEST(silence_has_no_loudness_no_peak_and_no_gain),
    LIBRARY_TEST(what_is_too_short_to_measure_is_only_kept_under_the_ceiling),
    cmocka_unit_test(gain_follows_its_rule),
    cmocka_unit_test(a_peak_between_two_samples_is_found),
    cmocka_unit_test(true_peak_is_what_libebur128_finds),
};

TEST_MAIN(tests)
