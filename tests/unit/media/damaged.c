/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/media/recordings.h"

/* What is cut off, damaged or joined is imported as far as it goes, and somebody is told. */

/* Keep a part of a file, and flip a bit in it if asked to. */
static const char *damage(struct library_fixture *f, const char *path, const char *name,
                          double part, double flip_at)
{
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(path, 64 << 20, &bytes, &n, NULL), 0);
    if (flip_at > 0) {
        bytes[(size_t)((double)n * flip_at)] ^= 0x10;
    }
    const char *damaged = recording_path(f, name);
    assert_int_equal(path_write_file(damaged, bytes, (size_t)((double)n * part), NULL), 0);
    free(bytes);
    return damaged;
}

/* Imported as a draft with a warning that says these words. */
static struct outcome assert_damaged(struct library_fixture *f, const char *path, const char *words)
{
    struct outcome outcome = import_as_tin(f, path);
    assert_imported(outcome);
    assert_int_equal(outcome.n_errors, 0);
    assert_int_equal(outcome.n_findings, 1);
    assert_string_equal(outcome.rule, "damaged");
    assert_string_equal(outcome.file, path);
    assert_says(outcome, words);
    assert_says(outcome, "listen to it before you approve it");
    return outcome;
}

static const char *make_cut(struct library_fixture *f, const char *ending, double part)
{
    char name[64];
    snprintf(name, sizeof name, "whole.%s", ending);
    const char *whole = recording_make(f, name, tone(48000, 2, 48000 * 10));
    snprintf(name, sizeof name, "cut-%d.%s", (int)(part * 100), ending);
    return damage(f, whole, name, part, 0);
}

static void a_cut_file_is_imported_as_far_as_it_goes(void **state)
{
    static const char *const endings[] = {"wav", "flac", "mp3"};
    struct library_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        struct outcome outcome =
            assert_damaged(f, make_cut(f, endings[i], 0.5), "of 0:10 only 0:0");
        double seconds = (double)outcome.result.frames / 48000;
        if (seconds < 4.7 || seconds > 5.3) {
            fail_msg("%s: %.3f s", endings[i], seconds);
        }
    }
}

static void a_cut_ogg_is_imported_as_far_as_it_goes(void **state)
{
    static const char *const endings[] = {"ogg", "opus"};
    struct library_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        struct outcome outcome =
            assert_damaged(f, make_cut(f, endings[i], 0.7), "what can be read of it lasts 0:0");
        double seconds = (double)outcome.result.frames / 48000;
        if (seconds < 4 || seconds > 8) {
            fail_msg("%s: %.3f s", endings[i], seconds);
        }
    }
}

static void a_flipped_bit_is_told_where_it_can_be_seen(void **state)
{
    static const char *const endings[] = {"flac", "ogg", "opus"};
    struct library_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char name[64];
        snprintf(name, sizeof name, "whole.%s", endings[i]);
        const char *whole = recording_make(f, name, tone(48000, 2, 48000 * 10));
        snprintf(name, sizeof name, "flipped.%s", endings[i]);
        assert_damaged(f, damage(f, whole, name, 1, 0.5), "is cut off or damaged");
    }
}

static void less_than_a_quarter_of_a_recording_is_refused(void **state)
{
    struct library_fixture *f = *state;
    assert_refused(f, make_cut(f, "wav", 0.2), "of 0:10 only 0:01 can be read; record or copy it");
    assert_refused(f, make_cut(f, "flac", 0.2), "of 0:10 only 0:01 can be read; record or copy it");
    assert_damaged(f, make_cut(f, "wav", 0.3), "of 0:10 only 0:02 can be read");
}

static void a_damaged_recording_stays_a_draft_whatever_is_asked(void **state)
{
    struct library_fixture *f = *state;
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "tin-9";
    options.approve = true;
    struct outcome outcome = import_with(f, make_cut(f, "wav", 0.5), &options, NULL);
    assert_imported(outcome);
    assert_says(outcome, "it stays a draft: listen to it, then write loa segment approve tin-9");
    assert_int_equal(library_rows(f).items[0].state, SEGMENT_DRAFT);
    const char *whole = recording_make(f, "whole.mp3", tone(44100, 1, 44100 * 3));
    options.code = "tin-8";
    assert_imported(import_with(f, whole, &options, NULL));
    assert_int_equal(library_rows(f).items[0].state, SEGMENT_APPROVED);
}

/* Hours of digital silence in a few kilobytes. */
static void a_recording_out_of_next_to_nothing_is_refused(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "bomb.flac");
    enum { RATE = 8000, SECONDS = 3600 };
    float *samples = calloc((size_t)RATE * SECONDS, sizeof *samples);
    assert_non_null(samples);
    signal_write_samples(path, RATE, 1, samples, (int64_t)RATE * SECONDS);
    free(samples);
    assert_refused(f, path, "would be 1:00:00 or more of sound in");
}

/* The length that a WAV's header says, whatever is in it. */
static const char *write_wav_of_length(struct library_fixture *f, const char *name, uint32_t bytes,
                                       int64_t frames)
{
    const char *path = recording_path(f, name);
    FILE *file = fopen(path, "wb");
    write_wav_header(file, 1, 1, 16, bytes);
    for (int64_t i = 0; i < frames; i++) {
        fputs(i % 2 ? "\1\2" : "\377\375", file);
    }
    fclose(file);
    return path;
}

static void a_wav_that_came_through_a_pipe_is_taken_as_long_as_it_is(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome =
        import_as_tin(f, write_wav_of_length(f, "piped.wav", 0xffffffff, 48000));
    assert_imported(outcome);
    assert_int_equal(outcome.n_findings, 0);
    assert_int_equal(outcome.result.frames, 48000);
}

static void a_wav_whose_recorder_was_switched_off_is_taken_as_long_as_it_is(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome =
        assert_damaged(f, write_wav_of_length(f, "off.wav", 0, 96000), "lasts 0:02");
    assert_int_equal(outcome.result.frames, 96000);
}

/* --- MP3 ------------------------------------------------------------------------------- */

/* A variable bit rate whose first frames say nothing of the rest, and no Xing header: the
 * length that a decoder guesses from the file's size is far off. */
static void a_vbr_mp3_without_a_header_is_counted_to_its_end(void **state)
{
    struct library_fixture *f = *state;
    enum { RATE = 44100, SECONDS = 20 };
    float *samples = calloc(RATE * SECONDS, sizeof *samples);
    assert_non_null(samples);
    uint32_t noise = 1;
    for (int i = RATE * SECONDS / 2; i < RATE * SECONDS; i++) {
        noise = noise * 1664525U + 1013904223U;
        samples[i] = (float)(noise >> 8) / (float)(1 << 24) - 0.5F;
    }
    const char *whole = recording_path(f, "vbr.mp3");
    signal_write_samples(whole, RATE, 1, samples, (int64_t)RATE * SECONDS);
    free(samples);

    /* Take its first frame away, which is where LAME says how long it is. */
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(whole, 64 << 20, &bytes, &n, NULL), 0);
    size_t at = 0;
    while (at + 4 < n && memcmp(bytes + at, "Info", 4) != 0 && memcmp(bytes + at, "Xing", 4) != 0) {
        at++;
    }
    assert_true(at + 4 < n);
    memcpy(bytes + at, "\0\0\0\0", 4); /* a frame of silence now */
    const char *bare = recording_path(f, "bare.mp3");
    assert_int_equal(path_write_file(bare, bytes, n, NULL), 0);
    free(bytes);

    struct outcome outcome = import_as_tin(f, bare);
    assert_imported(outcome);
    double seconds = (double)outcome.result.frames / 48000;
    assert_true(seconds >= SECONDS && seconds < SECONDS + 0.2); /* with LAME's padding */
}

static void bytes_after_an_mp3_are_left_out_with_a_warning(void **state)
{
    struct library_fixture *f = *state;
    const char *whole = recording_make(f, "whole.mp3", tone(44100, 1, 44100 * 3));
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(whole, 64 << 20, &bytes, &n, NULL), 0);
    size_t at = 0;
    while (memcmp(bytes + at, "Info", 4) != 0 && memcmp(bytes + at, "Xing", 4) != 0) {
        at++;
        assert_true(at + 4 < n);
    }
    memcpy(bytes + at, "\0\0\0\0", 4);
    bytes = realloc(bytes, n + 4000);
    assert_non_null(bytes);
    memset(bytes + n, 0, 4000);
    const char *path = recording_path(f, "stray.mp3");
    assert_int_equal(path_write_file(path, bytes, n + 4000, NULL), 0);
    free(bytes);
    struct outcome outcome = import_as_tin(f, path);
    assert_imported(outcome);
    assert_int_equal(outcome.n_errors, 0);
    assert_int_equal(outcome.n_findings, 1);
    assert_says(outcome, "bytes that are not sound");
    assert_true(outcome.result.frames >= 48000 * 3);
}

/* What an import of a file with n bytes of text in its middle writes to stderr. */
static struct outcome import_with_text_within(struct library_fixture *f, const char *bytes,
                                              size_t n_bytes, size_t n, off_t *ret_written)
{
    char name[64];
    snprintf(name, sizeof name, "text-%zu.mp3", n);
    const char *path = recording_path(f, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(bytes, 1, n_bytes / 2, file);
    for (size_t i = 0; i < n; i++) {
        fputc("xin "[i % 4], file);
    }
    fwrite(bytes + n_bytes / 2, 1, n_bytes - n_bytes / 2, file);
    fclose(file);
    FILE *notes = tmpfile();
    assert_non_null(notes);
    int kept = dup(STDERR_FILENO);
    dup2(fileno(notes), STDERR_FILENO);
    struct outcome outcome = import_as_tin(f, path);
    dup2(kept, STDERR_FILENO);
    close(kept);
    *ret_written = lseek(fileno(notes), 0, SEEK_END);
    fclose(notes);
    return outcome;
}

static void an_mp3_with_text_in_it_is_spoken_of_in_findings_only(void **state)
{
    struct library_fixture *f = *state;
    const char *whole = recording_make(f, "whole.mp3", tone(44100, 1, 44100 * 30));
    char *bytes = NULL;
    size_t n = 0;
    off_t written = 0;
    assert_int_equal(path_read_file(whole, 64 << 20, &bytes, &n, NULL), 0);
    struct outcome outcome = import_with_text_within(f, bytes, n, 20000, &written);
    assert_imported(outcome);
    assert_says(outcome, "is cut off or damaged: of 0:30 only 0:1");
    assert_int_equal(written, 0);

    /* A little of it, where nothing says how long the whole is: a frame or two are lost. */
    for (size_t at = 0; at + 4 < n; at++) {
        if (memcmp(bytes + at, "Info", 4) == 0 || memcmp(bytes + at, "Xing", 4) == 0) {
            memcpy(bytes + at, "\0\0\0\0", 4);
        }
    }
    outcome = import_with_text_within(f, bytes, n, 300, &written);
    assert_imported(outcome);
    assert_true(outcome.result.frames > 48000 * 29.8 && outcome.result.frames < 48000 * 30.2);
    assert_int_equal(written, 0);
    free(bytes);
}

/* Bare: no header that says how long the first one is. */
static const char *put_behind(struct library_fixture *f, const char *first, bool is_bare,
                              const char *second)
{
    char *bytes[2] = {NULL};
    size_t n[2] = {0};
    assert_int_equal(path_read_file(first, 64 << 20, &bytes[0], &n[0], NULL), 0);
    assert_int_equal(path_read_file(second, 64 << 20, &bytes[1], &n[1], NULL), 0);
    for (size_t at = 0; is_bare && at + 4 < n[0]; at++) {
        if (memcmp(bytes[0] + at, "Info", 4) == 0 || memcmp(bytes[0] + at, "Xing", 4) == 0) {
            memcpy(bytes[0] + at, "\0\0\0\0", 4);
        }
    }
    bytes[0] = realloc(bytes[0], n[0] + n[1]);
    assert_non_null(bytes[0]);
    memcpy(bytes[0] + n[0], bytes[1], n[1]);
    const char *path = recording_path(f, "joined.mp3");
    assert_int_equal(path_write_file(path, bytes[0], n[0] + n[1], NULL), 0);
    free(bytes[0]);
    free(bytes[1]);
    return path;
}

static void mp3s_behind_each_other_are_as_long_as_all_of_them(void **state)
{
    struct library_fixture *f = *state;
    enum { SECONDS = 5, BOTH = 2 * SECONDS * 48000 };
    const char *first = recording_make(f, "first.mp3", tone(44100, 2, (int64_t)44100 * SECONDS));
    struct outcome outcome = import_as_tin(f, put_behind(f, first, false, first));
    assert_imported(outcome);
    assert_int_equal(outcome.n_findings, 0);
    assert_int_equal(outcome.result.frames, BOTH);
    /* What carries no header has LAME's padding, of two frames and a bit. */
    outcome = import_as_tin(f, put_behind(f, first, true, first));
    assert_imported(outcome);
    assert_int_equal(outcome.n_findings, 0);
    assert_true(outcome.result.frames >= BOTH && outcome.result.frames < BOTH + 4000);
}

static void an_mp3_behind_one_of_another_form_is_left_out_with_a_warning(void **state)
{
    struct library_fixture *f = *state;
    const char *stereo = recording_make(f, "stereo.mp3", tone(44100, 2, 44100 * 5));
    const char *mono = recording_make(f, "mono.mp3", tone(22050, 1, 22050 * 30));
    const char *words = "goes on after 0:05 with 0:30 of sound of another rate";
    struct outcome outcome = assert_damaged(f, put_behind(f, stereo, false, mono), words);
    assert_int_equal(outcome.result.frames, 5 * 48000);
    assert_damaged(f, put_behind(f, stereo, true, mono), words);
}

static void a_cut_mp3_does_not_hide_the_one_behind_it(void **state)
{
    struct library_fixture *f = *state;
    const char *whole = recording_make(f, "whole.mp3", tone(44100, 2, 44100 * 10));
    const char *cut = damage(f, whole, "half.mp3", 0.5, 0);
    struct outcome outcome =
        assert_damaged(f, put_behind(f, cut, false, whole), "of 0:20 only 0:1");
    double seconds = (double)outcome.result.frames / 48000;
    assert_true(seconds > 14.8 && seconds < 15.2);
}

static void an_mp3_that_begins_in_the_middle_is_read_from_its_first_frame(void **state)
{
    struct library_fixture *f = *state;
    const char *whole = recording_make(f, "whole.mp3", tone(44100, 1, 44100 * 10));
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(whole, 64 << 20, &bytes, &n, NULL), 0);
    const char *path = recording_path(f, "stream.mp3");
    assert_int_equal(path_write_file(path, bytes + 1000, n - 1000, NULL), 0);
    free(bytes);
    struct outcome outcome = import_as_tin(f, path);
    assert_imported(outcome);
    double seconds = (double)outcome.result.frames / 48000;
    assert_true(seconds > 9.8 && seconds < 10.1);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(a_cut_file_is_imported_as_far_as_it_goes),
    LIBRARY_TEST(a_cut_ogg_is_imported_as_far_as_it_goes),
    LIBRARY_TEST(a_flipped_bit_is_told_where_it_can_be_seen),
    LIBRARY_TEST(less_than_a_quarter_of_a_recording_is_refused),
    LIBRARY_TEST(a_damaged_recording_stays_a_draft_whatever_is_asked),
    LIBRARY_TEST(a_recording_out_of_next_to_nothing_is_refused),
    LIBRARY_TEST(a_wav_that_came_through_a_pipe_is_taken_as_long_as_it_is),
    LIBRARY_TEST(a_wav_whose_recorder_was_switched_off_is_taken_as_long_as_it_is),
    LIBRARY_TEST(a_vbr_mp3_without_a_header_is_counted_to_its_end),
    LIBRARY_TEST(bytes_after_an_mp3_are_left_out_with_a_warning),
    LIBRARY_TEST(an_mp3_with_text_in_it_is_spoken_of_in_findings_only),
    LIBRARY_TEST(mp3s_behind_each_other_are_as_long_as_all_of_them),
    LIBRARY_TEST(an_mp3_behind_one_of_another_form_is_left_out_with_a_warning),
    LIBRARY_TEST(a_cut_mp3_does_not_hide_the_one_behind_it),
    LIBRARY_TEST(an_mp3_that_begins_in_the_middle_is_read_from_its_first_frame),
};

TEST_MAIN(tests)
