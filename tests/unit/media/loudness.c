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

/* --- the same as libebur128 -------------------------------------------------------------- */

static int compare_levels(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return difference < 0 ? -1 : difference > 0;
}

/* EBU Tech 3342 by its letter, of short-term levels of which there is no histogram. */
static double range_of(double *levels, size_t n)
{
    double energy = 0;
    for (size_t i = 0; i < n; i++) {
        energy += pow(10, levels[i] / 10);
    }
    double gate = 10 * log10(energy / (double)n) - 20;
    qsort(levels, n, sizeof *levels, compare_levels);
    size_t first = 0;
    while (levels[first] < gate) {
        first++;
    }
    double last = (double)(n - first - 1);
    return levels[first + (size_t)lround(last * 0.95)] - levels[first + (size_t)lround(last * 0.1)];
}

/* Noise in syllables and sentences, another on each channel: odd in everything. */
static float *make_babble(uint32_t seed, size_t frames, size_t channels)
{
    float *samples = calloc(frames * channels, sizeof *samples);
    assert_non_null(samples);
    double level[2] = {0};
    double smooth[2] = {0};
    for (size_t i = 0; i < frames; i++) {
        for (size_t c = 0; c < channels; c++) {
            seed = seed * 1664525U + 1013904223U;
            if (i % 7919 == 0) {
                bool is_pause = seed % 7 == 0 || i / 200003 % 4 == 3;
                level[c] = is_pause ? 0.0003 : 0.02 + 0.5 * ((seed >> 9) % 97) / 97.0;
            }
            smooth[c] += 0.3 * (((seed >> 8) / (double)(1 << 23) - 1) * level[c] - smooth[c]);
            samples[i * channels + c] = (float)smooth[c];
        }
    }
    return samples;
}

static void assert_as_libebur128_has_it(uint32_t seed, size_t frames, size_t channels)
{
    enum { UNIT = 480, N_MAX = 2000 };
    float *samples = make_babble(seed, frames, channels);
    AUTO(loudness_destroy) struct loudness *ours = loudness_create((int)channels);
    ebur128_state *theirs =
        ebur128_init((unsigned)channels, 48000, EBUR128_MODE_I | EBUR128_MODE_S);
    assert_non_null(ours);
    assert_non_null(theirs);
    if (channels == 1) {
        assert_int_equal(ebur128_set_channel(theirs, 0, EBUR128_DUAL_MONO), 0);
    }
    double momentary = -INFINITY;
    double short_term = -INFINITY;
    double levels[N_MAX];
    size_t n_levels = 0;
    for (size_t done = 0, n = 0; done < frames; done += n) {
        n = frames - done < UNIT ? frames - done : UNIT;
        assert_int_equal(ebur128_add_frames_float(theirs, samples + done * channels, n), 0);
        loudness_add(ours, samples + done * channels, n / 3);
        loudness_add(ours, samples + (done + n / 3) * channels, n - n / 3);
        double level = 0;
        if (n == UNIT && done + n >= 40 * UNIT) {
            assert_int_equal(ebur128_loudness_momentary(theirs, &level), 0);
            momentary = fmax(momentary, level);
        }
        if (n == UNIT && done + n >= 300 * UNIT && (done + n) % (10 * UNIT) == 0) {
            assert_int_equal(ebur128_loudness_shortterm(theirs, &level), 0);
            short_term = fmax(short_term, level);
            assert_true(n_levels < N_MAX);
            levels[n_levels] = level;
            n_levels += level > -70;
        }
    }
    double integrated = 0;
    assert_int_equal(ebur128_loudness_global(theirs, &integrated), 0);
    ebur128_destroy(&theirs);
    struct loudness_measures m = loudness_tell(ours);
    assert_true(fabs(m.integrated_lufs - integrated) < 0.02);
    assert_true(fabs(m.max_momentary_lufs - momentary) < 0.02);
    assert_true(fabs(m.max_short_term_lufs - short_term) < 0.02);
    assert_true(fabs(m.range_lu - range_of(levels, n_levels)) < 0.02);
    free(samples);
}

static void loudness_is_what_libebur128_finds(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 4; seed++) {
        size_t frames = 48000 * 47 + seed * 12347;
        assert_as_libebur128_has_it(seed, frames, 1 + seed % 2);
    }
}

static void what_is_short_or_silent_has_no_loudness(void **state)
{
    (void)state;
    enum { FRAMES = 48000 * 4 };
    float *samples = make_babble(5, FRAMES, 2);
    AUTO(loudness_destroy) struct loudness *loudness = loudness_create(2);
    assert_non_null(loudness);
    loudness_add(loudness, samples, 19199);
    struct loudness_measures m = loudness_tell(loudness);
    assert_true(isnan(m.integrated_lufs) && isnan(m.max_momentary_lufs));
    loudness_add(loudness, samples + 2 * 19199, 48000 * 3 - 19199 - 1);
    m = loudness_tell(loudness);
    assert_false(isnan(m.integrated_lufs));
    assert_false(isnan(m.max_momentary_lufs));
    assert_true(isnan(m.range_lu) && isnan(m.max_short_term_lufs));
    loudness_add(loudness, samples + 2 * (48000 * 3 - 1), 1);
    m = loudness_tell(loudness);
    assert_true(m.range_lu == 0);
    assert_false(isnan(m.max_short_term_lufs));
    free(samples);

    AUTO(loudness_destroy) struct loudness *silent = loudness_create(1);
    static const float silence[FRAMES];
    assert_non_null(silent);
    loudness_add(silent, silence, FRAMES);
    m = loudness_tell(silent);
    assert_true(isnan(m.integrated_lufs) && isnan(m.range_lu));
    assert_true(isnan(m.max_momentary_lufs) && isnan(m.max_short_term_lufs));
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
    cmocka_unit_test(loudness_is_what_libebur128_finds),
    cmocka_unit_test(what_is_short_or_silent_has_no_loudness),
};

TEST_MAIN(tests)
