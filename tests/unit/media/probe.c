/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "media/probe.h"
#include "tests/unit/media/library_fixture.h"

/* What an import hears in a recording: each fault made on purpose, and found with its number. */

enum { RATE = 48000, CHANNELS = 2 };

static double linear(double db)
{
    return pow(10, db / 20);
}

/* A stereo recording to draw on: white noise, tones. */
struct sketch {
    int channels;
    int64_t frames;
    float *samples;
    uint32_t seed;
};

static struct sketch sketch_begin(int channels, double seconds)
{
    struct sketch sketch = {channels, (int64_t)(seconds * RATE), NULL, 3};
    sketch.samples = calloc((size_t)sketch.frames * CHANNELS, sizeof *sketch.samples);
    assert_non_null(sketch.samples);
    return sketch;
}

/* Noise of an RMS level, on every channel the same. */
static void add_noise(struct sketch *sketch, double from, double until, double db)
{
    for (int64_t i = (int64_t)(from * RATE); i < (int64_t)(until * RATE); i++) {
        sketch->seed = sketch->seed * 1664525U + 1013904223U;
        double noise = (sketch->seed >> 8) / (double)(1 << 23) - 1;
        for (int c = 0; c < sketch->channels; c++) {
            sketch->samples[i * sketch->channels + c] += (float)(noise * sqrt(3) * linear(db));
        }
    }
}

static void add_tone(struct sketch *sketch, double from, double until, double hz, double amplitude)
{
    for (int64_t i = (int64_t)(from * RATE); i < (int64_t)(until * RATE); i++) {
        double sample = amplitude * sin(2 * 3.14159265358979 * hz * (double)i / RATE);
        for (int c = 0; c < sketch->channels; c++) {
            sketch->samples[i * sketch->channels + c] += (float)sample;
        }
    }
}

/* Import it as WAV and read what was found; the outcome tells of the first finding. */
static struct outcome import_sketch(struct library_fixture *f, struct sketch *sketch,
                                    struct probe *ret_probe)
{
    const char *path = recording_path(f, "sketch.wav");
    signal_write_samples(path, RATE, sketch->channels, sketch->samples, sketch->frames);
    free(sketch->samples);
    struct outcome outcome = import_as_tin(f, path);
    assert_imported(outcome);
    struct library_history history = {0};
    assert_int_equal(library_read_history(f->db, "sketch", f->arena, &history, NULL), 0);
    const struct library_version *newest = &history.items[history.n - 1];
    assert_int_equal(library_read_probe(f->db, newest->original_sha256, ret_probe, NULL), 1);
    return outcome;
}

static void assert_near(int64_t frames, double seconds, double tolerance)
{
    double off = (double)frames / RATE - seconds;
    if (fabs(off) > tolerance) {
        print_error("%.3f s is not %.3f s\n", (double)frames / RATE, seconds);
    }
    assert_true(fabs(off) <= tolerance);
}

/* --- levels ----------------------------------------------------------------------------- */

static void every_clipped_half_wave_is_a_place(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 2);
    add_tone(&sketch, 0.5, 1.5, 100, 2);
    for (int64_t i = 0; i < sketch.frames; i++) {
        sketch.samples[i] = fminf(fmaxf(sketch.samples[i], -1), 1);
    }
    struct outcome outcome = import_sketch(*state, &sketch, &probe);
    assert_int_equal(probe.clipped_runs, 200);
    assert_string_equal(outcome.rule, "clipping");
    assert_says(outcome, "clips in 200 places; record it again with a lower input level");
}

/* Clipped in the recorder, and turned down afterwards. */
static void clipping_below_full_scale_is_found_too(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(2, 2);
    add_tone(&sketch, 0.5, 1.5, 100, 2);
    for (int64_t i = 0; i < sketch.frames * 2; i++) {
        sketch.samples[i] = 0.7F * fminf(fmaxf(sketch.samples[i], -1), 1);
    }
    struct outcome outcome = import_sketch(*state, &sketch, &probe);
    assert_int_equal(probe.clipped_runs, 400); /* on two channels */
    assert_string_equal(outcome.rule, "clipping");
}

static void a_loud_tone_that_is_whole_does_not_clip(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 3);
    add_tone(&sketch, 0, 3, 997, 0.999);
    struct outcome outcome = import_sketch(*state, &sketch, &probe);
    assert_int_equal(probe.clipped_runs, 0);
    assert_int_equal(outcome.n_findings, 0);
}

static void an_offset_of_the_sound_card_is_told_in_percent(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(2, 3);
    add_tone(&sketch, 0, 3, 1000, 0.2);
    for (int64_t i = 0; i < sketch.frames; i++) {
        sketch.samples[2 * i + 1] -= 0.05F;
    }
    struct outcome outcome = import_sketch(*state, &sketch, &probe);
    assert_true(fabs(probe.dc_offset - -0.05) < 0.001);
    assert_string_equal(outcome.rule, "dc-offset");
    assert_says(outcome, "by 5 % of full scale");
}

/* --- silence ---------------------------------------------------------------------------- */

static void a_silent_start_and_end_are_measured_and_cues_proposed(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 20);
    add_noise(&sketch, 4.2, 15, -20);
    struct outcome outcome = import_sketch(*state, &sketch, &probe);
    assert_near(probe.leading_silence_frames, 4.2, 0.02);
    assert_near(probe.trailing_silence_frames, 5, 0.02);
    assert_near(probe.cue_in_frames, 4.0, 0.02);
    assert_near(probe.cue_out_frames, 15.5, 0.02);
    assert_int_equal(outcome.n_findings, 2);
    assert_says(outcome, "is silent for the first 4.2 s; loa segment edit sketch --trim leaves");
}

static void a_short_silence_is_left_as_it_is(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 20);
    add_noise(&sketch, 0.68, 18.52, -20);
    struct outcome outcome = import_sketch(*state, &sketch, &probe);
    assert_near(probe.leading_silence_frames, 0.68, 0.02);
    assert_int_equal(probe.cue_in_frames, -1);
    assert_int_equal(probe.cue_out_frames, -1);
    assert_int_equal(outcome.n_findings, 0);
}

/* A click of the switch, a breath, and the hiss of the recorder itself, in its pauses too. */
static void hiss_a_click_and_a_breath_are_not_the_first_word(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(2, 60);
    add_noise(&sketch, 0, 60, -55);
    add_noise(&sketch, 1.0, 1.01, -10);
    add_noise(&sketch, 2.5, 2.9, -46);
    for (int i = 0; i < 25; i++) {
        add_noise(&sketch, 4 + 2 * i, 5.6 + 2 * i, -18);
    }
    import_sketch(*state, &sketch, &probe);
    assert_near(probe.leading_silence_frames, 4, 0.02);
    assert_near(probe.trailing_silence_frames, 60 - 53.6, 0.02);
    assert_int_equal(probe.n_gaps, 0);
    assert_near(probe.longest_gap_frames, 0.4, 0.04);
}

static void a_breath_that_runs_into_the_first_word_belongs_to_it(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 10);
    add_noise(&sketch, 2, 2.5, -54);
    add_noise(&sketch, 2.5, 9.5, -20);
    import_sketch(*state, &sketch, &probe);
    assert_near(probe.leading_silence_frames, 2, 0.02);
}

static void a_quiet_recording_is_not_taken_for_silence(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 10);
    add_noise(&sketch, 1, 9, -52);
    import_sketch(*state, &sketch, &probe);
    assert_near(probe.leading_silence_frames, 1, 0.02);
    assert_near(probe.trailing_silence_frames, 1, 0.02);
}

static void a_fade_out_is_sound_until_it_is_gone(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 60);
    add_noise(&sketch, 0, 40, -20);
    for (int i = 0; i < 100; i++) { /* 10 s, down to -70 */
        add_noise(&sketch, 40 + 0.1 * i, 40.1 + 0.1 * i, -20 - 0.5 * i);
    }
    import_sketch(*state, &sketch, &probe);
    assert_near(probe.trailing_silence_frames, 60 - 48, 0.3); /* -60 dBFS */
}

static void gaps_are_counted_and_the_longest_is_named(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 120);
    add_noise(&sketch, 0, 20, -20);
    add_noise(&sketch, 23.5, 70, -20);
    add_noise(&sketch, 77, 100, -20);
    add_noise(&sketch, 102.5, 120, -20);
    struct outcome outcome = import_sketch(*state, &sketch, &probe);
    assert_int_equal(probe.n_gaps, 2);
    assert_near(probe.longest_gap_frames, 7, 0.04);
    assert_near(probe.longest_gap_at_frames, 70, 0.02);
    assert_string_equal(outcome.rule, "gap");
    assert_says(outcome, "falls silent 2 times, the longest for 7.0 s at 1:10");
}

static void a_recording_without_a_sound_is_told_once(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(2, 20);
    for (int64_t i = 0; i < sketch.frames * 2; i++) {
        sketch.samples[i] = 0.001F; /* a constant is not sound */
    }
    struct outcome outcome = import_sketch(*state, &sketch, &probe);
    assert_int_equal(probe.leading_silence_frames, probe.frames);
    assert_int_equal(probe.trailing_silence_frames, 0);
    assert_int_equal(probe.cue_in_frames, -1);
    assert_true(isnan(probe.balance_db) && isnan(probe.correlation));
    assert_int_equal(outcome.n_findings, 1);
    assert_says(outcome, "is silent from beginning to end");
}

/* --- channels --------------------------------------------------------------------------- */

/* The right channel is the left one times a factor. */
static struct outcome import_with_right(struct library_fixture *f, float factor,
                                        struct probe *ret_probe)
{
    struct sketch sketch = sketch_begin(2, 5);
    add_noise(&sketch, 0, 5, -20);
    for (int64_t i = 0; i < sketch.frames; i++) {
        sketch.samples[2 * i + 1] *= factor;
    }
    return import_sketch(f, &sketch, ret_probe);
}

static void a_channel_without_sound_is_named(void **state)
{
    struct probe probe;
    struct outcome outcome = import_with_right(*state, 0, &probe);
    assert_true(probe.balance_db == -PROBE_BALANCE_MAX_DB);
    assert_int_equal(outcome.n_findings, 1);
    assert_says(outcome, "has no sound on its right channel; save it as mono");
    outcome = import_with_right(*state, 0.01F, &probe);
    assert_true(fabs(probe.balance_db - -40) < 0.1);
    assert_says(outcome, "has a right channel 40 dB below the left; save it as mono");
    outcome = import_with_right(*state, 0.05F, &probe);
    assert_int_equal(outcome.n_findings, 0); /* 26 dB: a wide picture */
}

static void channels_that_cancel_each_other_are_told(void **state)
{
    struct probe probe;
    struct outcome outcome = import_with_right(*state, -0.9F, &probe);
    assert_true(probe.correlation < -0.99);
    assert_int_equal(outcome.n_findings, 1);
    assert_string_equal(outcome.rule, "out-of-phase");
    assert_says(outcome, "cancel each other on a single loudspeaker");
}

static void two_channels_alike_are_told_where_mono_saves_room(void **state)
{
    struct probe probe;
    struct outcome outcome = import_with_right(*state, 1, &probe);
    assert_true(probe.correlation > 0.9999);
    assert_int_equal(outcome.n_findings, 0); /* of five seconds */
    probe.frames = (int64_t)RATE * 3600;
    struct findings findings = {0};
    probe_tell(&probe, "sketch.wav", "sketch", "tin", &findings);
    assert_int_equal(findings.n, 1);
    assert_non_null(strstr(findings.items[0].fault.text, "saved as mono it takes 518 MB less"));
    findings_finish(&findings);
}

/* --- content ---------------------------------------------------------------------------- */

static void what_sounds_like_the_other_is_told_only_of_kinds_that_say_what_they_hold(void **state)
{
    (void)state;
    static const struct {
        enum probe_content content;
        const char *kind;
        const char *says; /* NULL: nothing */
    } cases[] = {
        {PROBE_MUSIC, "tin", "sounds like music and is filed as tin"},
        {PROBE_SPEECH, "ca-nhac", "sounds like speech and is filed as ca-nhac"},
        {PROBE_SPEECH, "tin", NULL},
        {PROBE_MUSIC, "nhac-hieu", NULL},
        {PROBE_UNKNOWN, "tin", NULL},
        {PROBE_MUSIC, "tiep-song", NULL},
        {PROBE_MUSIC, "kind-of-the-station", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct probe probe = {.frames = RATE * 60,
                              .balance_db = NAN,
                              .correlation = NAN,
                              .content = cases[i].content,
                              .cue_in_frames = -1,
                              .cue_out_frames = -1};
        struct findings findings = {0};
        probe_tell(&probe, "a.wav", "a", cases[i].kind, &findings);
        assert_int_equal(findings.n, cases[i].says ? 1 : 0);
        if (cases[i].says) {
            assert_non_null(strstr(findings.items[0].fault.text, cases[i].says));
            assert_int_equal(findings.items[0].severity, SEVERITY_WARNING);
        }
        findings_finish(&findings);
    }
}

static void a_tone_and_a_noise_are_neither_speech_nor_music(void **state)
{
    struct probe probe;
    struct sketch sketch = sketch_begin(1, 30);
    add_tone(&sketch, 0, 30, 440, 0.3);
    assert_int_equal(import_sketch(*state, &sketch, &probe).n_findings, 0);
    assert_int_equal(probe.content, PROBE_UNKNOWN);
    sketch = sketch_begin(1, 30);
    add_noise(&sketch, 0, 30, -20);
    assert_int_equal(import_sketch(*state, &sketch, &probe).n_findings, 0);
    assert_int_equal(probe.content, PROBE_UNKNOWN);
}

/* --- what is kept ----------------------------------------------------------------------- */

static void the_source_is_described_as_it_was(void **state)
{
    struct library_fixture *f = *state;
    static const struct {
        const char *name;
        const char *format;
    } cases[] = {{"a.mp3", "MP3"}, {"b.flac", "FLAC"}, {"c.ogg", "Ogg Vorbis"}, {"d.wav", "WAV"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *path = recording_make(f, cases[i].name, tone(44100, 2, 44100 * 5));
        assert_imported(import_as_tin(f, path));
        char code[2] = {cases[i].name[0], '\0'};
        struct library_history history = {0};
        struct probe probe;
        assert_int_equal(library_read_history(f->db, code, f->arena, &history, NULL), 0);
        assert_int_equal(library_read_probe(f->db, history.items[0].original_sha256, &probe, NULL),
                         1);
        assert_non_null(strstr(probe.format, cases[i].format));
        assert_int_equal(probe.source_rate, 44100);
        assert_int_equal(probe.source_channels, 2);
        assert_int_equal(probe.frames, history.items[0].segment.frames);
        assert_true(probe.loudness_range_lu < 0.5);
        assert_true(fabs(probe.max_momentary_lufs - -20) < 0.3);
        assert_true(fabs(probe.max_short_term_lufs - -20) < 0.3);
    }
}

static void what_was_never_probed_is_no_mistake(void **state)
{
    struct library_fixture *f = *state;
    struct probe probe;
    assert_int_equal(library_read_probe(f->db, "00", &probe, NULL), 0);
}

static void a_probe_that_cannot_be_kept_leaves_no_row_and_no_file(void **state)
{
    struct library_fixture *f = *state;
    assert_int_equal(db_exec(f->db,
                             "CREATE TRIGGER no BEFORE INSERT ON probe "
                             "BEGIN SELECT RAISE(ABORT, 'no'); END",
                             NULL),
                     0);
    assert_true(import_as_tin(f, recording_make(f, "a.wav", tone(48000, 1, 48000))).r < 0);
    assert_int_equal(library_rows(f).n, 0);
    assert_int_equal(count_library_files(f), 0);
    assert_int_equal(count_peaks(f), 0);
}

/* --- peaks ------------------------------------------------------------------------------ */

static int32_t word_at(const unsigned char *bytes, size_t at)
{
    return (int32_t)(bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
                     (uint32_t)bytes[at + 3] << 24);
}

static int half_at(const unsigned char *bytes, size_t at)
{
    return (int16_t)(bytes[at] | bytes[at + 1] << 8);
}

/* As doc/DataFormat.md of audiowaveform has version 2. */
static void the_peaks_are_those_of_every_256_frames(void **state)
{
    struct library_fixture *f = *state;
    enum { FRAMES = 10000, PIXELS = 40 }; /* the last one of 16 frames */
    float *samples = calloc(FRAMES * 2, sizeof *samples);
    assert_non_null(samples);
    for (int i = 0; i < FRAMES; i++) {
        samples[2 * i] = (float)(i % 256 - 100) / 32768.0F * (float)(i / 256);
        samples[2 * i + 1] = i % 2 ? -1.0F : 0.5F;
    }
    const char *path = recording_path(f, "ramp.wav");
    signal_write_samples(path, RATE, 2, samples, FRAMES);
    free(samples);
    assert_imported(import_as_tin(f, path));
    char peaks[PATHS_MAX];
    char *text = NULL;
    size_t n = 0;
    const struct segment *segment = &library_rows(f).items[0];
    assert_int_equal(library_peaks_path(peaks, f->dir, segment->air_sha256, NULL), 0);
    assert_int_equal(path_read_file(peaks, 1 << 20, &text, &n, NULL), 0);
    const unsigned char *bytes = (const unsigned char *)text;
    assert_int_equal(n, 24 + PIXELS * 2 * 2 * 2);
    static const int32_t header[] = {2, 0, RATE, 256, PIXELS, 2};
    for (size_t i = 0; i < ARRAY_LEN(header); i++) {
        assert_int_equal(word_at(bytes, 4 * i), header[i]);
    }
    for (int pixel = 0; pixel < PIXELS; pixel++) {
        size_t at = 24 + (size_t)pixel * 8;
        int last = pixel == PIXELS - 1 ? FRAMES - 1 - 256 * pixel : 255;
        assert_int_equal(half_at(bytes, at), -100 * pixel);
        assert_int_equal(half_at(bytes, at + 2), (last - 100) * pixel);
        assert_int_equal(half_at(bytes, at + 4), -32768);
        assert_int_equal(half_at(bytes, at + 6), 16384);
    }
    free(text);
}

static void mono_peaks_have_one_channel(void **state)
{
    struct library_fixture *f = *state;
    assert_imported(import_as_tin(f, recording_make(f, "a.wav", tone(48000, 1, 48000))));
    char peaks[PATHS_MAX];
    char *text = NULL;
    size_t n = 0;
    const struct segment *segment = &library_rows(f).items[0];
    assert_int_equal(library_peaks_path(peaks, f->dir, segment->air_sha256, NULL), 0);
    assert_int_equal(path_read_file(peaks, 1 << 20, &text, &n, NULL), 0);
    assert_int_equal(n, 24 + 188 * 2 * 2);
    assert_int_equal(word_at((const unsigned char *)text, 20), 1);
    assert_int_equal(half_at((const unsigned char *)text, 26), 3277); /* 0.1 of full scale */
    free(text);
}

static void without_a_place_for_peaks_the_import_goes_on(void **state)
{
    struct library_fixture *f = *state;
    char path[PATHS_MAX];
    assert_int_equal(path_join(path, f->dir, "library", NULL), 0);
    assert_int_equal(path_make_dirs(path, NULL), 0);
    assert_int_equal(path_join(path, f->dir, "library/peaks", NULL), 0);
    assert_int_equal(path_write_file(path, "", 0, NULL), 0);
    struct outcome outcome = import_as_tin(f, recording_make(f, "a.wav", tone(48000, 1, 48000)));
    assert_imported(outcome);
    assert_int_equal(outcome.n_findings, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(count_library_files(f), 2); /* and nothing incoming */
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(every_clipped_half_wave_is_a_place),
    LIBRARY_TEST(clipping_below_full_scale_is_found_too),
    LIBRARY_TEST(a_loud_tone_that_is_whole_does_not_clip),
    LIBRARY_TEST(an_offset_of_the_sound_card_is_told_in_percent),
    LIBRARY_TEST(a_silent_start_and_end_are_measured_and_cues_proposed),
    LIBRARY_TEST(a_short_silence_is_left_as_it_is),
    LIBRARY_TEST(hiss_a_click_and_a_breath_are_not_the_first_word),
    LIBRARY_TEST(a_breath_that_runs_into_the_first_word_belongs_to_it),
    LIBRARY_TEST(a_quiet_recording_is_not_taken_for_silence),
    LIBRARY_TEST(a_fade_out_is_sound_until_it_is_gone),
    LIBRARY_TEST(gaps_are_counted_and_the_longest_is_named),
    LIBRARY_TEST(a_recording_without_a_sound_is_told_once),
    LIBRARY_TEST(a_channel_without_sound_is_named),
    LIBRARY_TEST(channels_that_cancel_each_other_are_told),
    LIBRARY_TEST(two_channels_alike_are_told_where_mono_saves_room),
    cmocka_unit_test(what_sounds_like_the_other_is_told_only_of_kinds_that_say_what_they_hold),
    LIBRARY_TEST(a_tone_and_a_noise_are_neither_speech_nor_music),
    LIBRARY_TEST(the_source_is_described_as_it_was),
    LIBRARY_TEST(what_was_never_probed_is_no_mistake),
    LIBRARY_TEST(a_probe_that_cannot_be_kept_leaves_no_row_and_no_file),
    LIBRARY_TEST(the_peaks_are_those_of_every_256_frames),
    LIBRARY_TEST(mono_peaks_have_one_channel),
    LIBRARY_TEST(without_a_place_for_peaks_the_import_goes_on),
};

TEST_MAIN(tests)
