/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/air_copy.h"
#include "tests/unit/media/library_fixture.h"

/* What sounds is counted to the frame, whatever it came in. */

static const int rates[] = {8000,  11025, 12000, 16000, 22050, 24000,
                            32000, 44100, 48000, 88200, 96000};

static int64_t prepared_frames(int64_t frames, int rate)
{
    return (frames * 48000 * 2 + rate) / (2 * (int64_t)rate);
}

static void check_lengths(struct library_fixture *f, const char *ending, const int *some_rates,
                          size_t n_rates)
{
    for (size_t i = 0; i < n_rates; i++) {
        for (int channels = 1; channels <= 2; channels++) {
            int64_t frames = some_rates[i] + 321; /* a second and a bit */
            char name[64];
            snprintf(name, sizeof name, "tone-%d-%d.%s", some_rates[i], channels, ending);
            const char *path = recording_make(f, name, tone(some_rates[i], channels, frames));
            struct outcome outcome = import_as_tin(f, path);
            assert_imported(outcome);
            assert_int_equal(outcome.result.channels, channels);
            if (outcome.result.frames != prepared_frames(frames, some_rates[i])) {
                fail_msg("%s: %lld frames instead of %lld", name, (long long)outcome.result.frames,
                         (long long)prepared_frames(frames, some_rates[i]));
            }
        }
    }
}

static void a_wav_is_as_long_as_its_frames_at_any_rate(void **state)
{
    check_lengths(*state, "wav", rates, ARRAY_LEN(rates));
}

static void a_flac_is_as_long_as_its_frames_at_any_rate(void **state)
{
    check_lengths(*state, "flac", rates, ARRAY_LEN(rates));
}

static void an_ogg_vorbis_is_as_long_as_its_frames_at_any_rate(void **state)
{
    check_lengths(*state, "ogg", rates, ARRAY_LEN(rates));
}

static void an_opus_is_as_long_as_its_frames_at_any_rate(void **state)
{
    static const int opus_rates[] = {8000, 12000, 16000, 24000, 48000};
    check_lengths(*state, "opus", opus_rates, ARRAY_LEN(opus_rates));
}

static void an_mp3_is_as_long_as_its_frames_at_any_rate(void **state)
{
    check_lengths(*state, "mp3", rates, 9);
}

/* --- what is not sound, or not all of it ------------------------------------------------ */

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

/* Refused with the file and a sentence; nothing of it stays. */
static struct outcome assert_refused(struct library_fixture *f, const char *path, const char *words)
{
    struct outcome outcome = import_as_tin(f, path);
    assert_true(outcome.r < 0);
    assert_int_equal(outcome.result.status, IMPORT_REJECTED);
    assert_string_equal(outcome.file, path);
    assert_int_equal(outcome.n_errors, 1);
    assert_int_equal(fault_exit_status(outcome.err), 1);
    assert_says(outcome, words);
    assert_int_equal(library_rows(f).n, 0);
    assert_int_equal(count_library_files(f), 0);
    return outcome;
}

static void a_cut_file_is_refused_with_how_much_can_be_read(void **state)
{
    static const char *const endings[] = {"wav", "flac", "mp3"};
    struct library_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char name[64];
        snprintf(name, sizeof name, "whole.%s", endings[i]);
        const char *whole = recording_make(f, name, tone(44100, 2, 44100 * 10));
        snprintf(name, sizeof name, "cut.%s", endings[i]);
        assert_refused(f, damage(f, whole, name, 0.5, 0), "of 0:10 only the first 0:0");
    }
}

static void a_cut_ogg_is_refused_with_how_much_can_be_read(void **state)
{
    static const char *const endings[] = {"ogg", "opus"};
    struct library_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char name[64];
        snprintf(name, sizeof name, "whole.%s", endings[i]);
        const char *whole = recording_make(f, name, tone(48000, 2, 48000 * 10));
        snprintf(name, sizeof name, "cut.%s", endings[i]);
        assert_refused(f, damage(f, whole, name, 0.7, 0), "only the first 0:0");
    }
}

static void a_flipped_bit_is_refused_where_it_can_be_seen(void **state)
{
    static const char *const endings[] = {"flac", "ogg", "opus"};
    struct library_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char name[64];
        snprintf(name, sizeof name, "whole.%s", endings[i]);
        const char *whole = recording_make(f, name, tone(48000, 2, 48000 * 10));
        snprintf(name, sizeof name, "flipped.%s", endings[i]);
        assert_refused(f, damage(f, whole, name, 1, 0.5), "is cut off or damaged");
    }
}

static void a_text_named_mp3_is_refused(void **state)
{
    struct library_fixture *f = *state;
    temp_dir_write(f->recordings, "tin.mp3", "Đây là văn bản, không phải bản ghi.\n");
    assert_refused(f, recording_path(f, "tin.mp3"), "is not a recording");
}

/* Found by fuzzing: its chunks lead past the end, where the library looked for more for ever. */
static void a_wav_whose_chunks_lead_past_its_end_is_refused_at_once(void **state)
{
    static const unsigned char bytes[] = {
        0x52, 0x49, 0x46, 0x46, 0x66, 0x03, 0x00, 0x00, 0x57, 0x41, 0x56, 0x45, 0x66, 0x6d,
        0x74, 0x20, 0x10, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x40, 0x1f, 0x3e, 0x00,
        0x00, 0x00, 0x80, 0x00, 0x02, 0x00, 0x10, 0x00, 0x4c, 0x49, 0x53, 0x54, 0x1a, 0x00,
        0x00, 0x00, 0x49, 0x4e, 0x46, 0x4f, 0x00, 0xd9, 0x46, 0x54, 0x0e, 0x00, 0x00, 0x00,
        0x4c, 0x61, 0x76, 0x66, 0x2e, 0x31, 0x35, 0x37, 0x39, 0x32, 0x30, 0x2e, 0x30, 0x00,
        0x64, 0x00, 0x80, 0x00, 0x02, 0x00, 0x10, 0x00, 0x4c, 0x49, 0x53, 0x54, 0x1a, 0x00,
        0x00, 0x00, 0x49, 0x4e, 0x46, 0x4f, 0x00, 0x00};
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "round.wav");
    assert_int_equal(path_write_file(path, bytes, sizeof bytes, NULL), 0);
    assert_refused(f, path, "");
}

static void an_empty_file_is_refused(void **state)
{
    struct library_fixture *f = *state;
    temp_dir_write(f->recordings, "tin.wav", "");
    assert_refused(f, recording_path(f, "tin.wav"), "is empty");
}

static void a_wav_without_frames_is_refused(void **state)
{
    struct library_fixture *f = *state;
    assert_refused(f, recording_make(f, "tin.wav", tone(48000, 1, 0)), "holds no sound");
}

static void a_wav_of_less_than_a_frame_of_the_copy_is_refused(void **state)
{
    struct library_fixture *f = *state;
    assert_refused(f, recording_make(f, "tin.wav", tone(192000, 1, 1)), "holds no sound");
}

static void a_folder_is_refused(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "thư mục");
    assert_int_equal(path_make_dirs(path, NULL), 0);
    assert_refused(f, path, "is a folder");
}

static void a_missing_file_is_refused(void **state)
{
    struct library_fixture *f = *state;
    assert_refused(f, recording_path(f, "nowhere.wav"), "cannot be read: there is no such file");
}

static void a_named_pipe_is_refused_at_once(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "pipe.wav");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(f, path, "is not a file");
}

/* A WAV header by hand, for what the fakes do not write. */
static void write_wav_header(FILE *file, int format, int channels, int bits, uint32_t data_bytes)
{
    uint32_t rate = 48000;
    uint16_t frame_bytes = (uint16_t)(channels * bits / 8);
    uint32_t second_bytes = rate * frame_bytes;
    uint32_t riff_bytes = data_bytes > 0xffffffffU - 36 ? 0xffffffffU : data_bytes + 36;
    uint32_t fmt_bytes = 16;
    uint16_t fields[] = {(uint16_t)format, (uint16_t)channels};
    uint16_t tail[] = {frame_bytes, (uint16_t)bits};
    fwrite("RIFF", 1, 4, file);
    fwrite(&riff_bytes, 4, 1, file);
    fwrite("WAVEfmt ", 1, 8, file);
    fwrite(&fmt_bytes, 4, 1, file);
    fwrite(fields, 2, 2, file);
    fwrite(&rate, 4, 1, file);
    fwrite(&second_bytes, 4, 1, file);
    fwrite(tail, 2, 2, file);
    fwrite("data", 1, 4, file);
    fwrite(&data_bytes, 4, 1, file);
}

static void a_surround_recording_is_refused(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "surround.wav");
    FILE *file = fopen(path, "wb");
    write_wav_header(file, 1, 6, 16, 6 * 2 * 4800);
    for (int i = 0; i < 6 * 4800; i++) {
        fputs("\1\2", file);
    }
    fclose(file);
    assert_refused(f, path, "has 6 channels");
}

static void samples_that_are_not_numbers_are_refused(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "nan.wav");
    FILE *file = fopen(path, "wb");
    write_wav_header(file, 3, 1, 32, 4 * 48000);
    for (int i = 0; i < 48000; i++) {
        float sample = i == 30000 ? NAN : 0.1F;
        fwrite(&sample, 4, 1, file);
    }
    fclose(file);
    assert_refused(f, path, "not numbers");
}

static void a_wav_that_came_through_a_pipe_is_taken_as_long_as_it_is(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "piped.wav");
    FILE *file = fopen(path, "wb");
    write_wav_header(file, 1, 1, 16, 0xffffffff);
    for (int i = 0; i < 48000; i++) {
        fputs("\1\2", file);
    }
    fclose(file);
    struct outcome outcome = import_as_tin(f, path);
    assert_imported(outcome);
    assert_int_equal(outcome.result.frames, 48000);
}

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
    assert_int_equal(outcome.r, -EBADMSG);
    assert_says(outcome, "is cut off or damaged: of 0:30 only the first 0:1");
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

static void mp3s_behind_each_other_are_not_taken_for_the_first(void **state)
{
    struct library_fixture *f = *state;
    const char *stereo = recording_make(f, "stereo.mp3", tone(44100, 2, 44100 * 5));
    const char *mono = recording_make(f, "mono.mp3", tone(22050, 1, 22050 * 30));
    assert_refused(f, put_behind(f, stereo, false, stereo), "another MP3 after 0:05");
    assert_refused(f, put_behind(f, stereo, false, mono), "another MP3 after 0:05");
    assert_refused(f, put_behind(f, stereo, true, mono), "another MP3 after 0:05");
}

/* --- the copy --------------------------------------------------------------------------- */

static void a_48_khz_source_is_copied_bit_for_bit(void **state)
{
    struct library_fixture *f = *state;
    enum { FRAMES = 50000 };
    float *samples = calloc(FRAMES * 2, sizeof *samples);
    float *copied = calloc(FRAMES * 2, sizeof *copied);
    assert_non_null(samples);
    assert_non_null(copied);
    uint32_t noise = 7;
    for (int i = 0; i < FRAMES * 2; i++) {
        noise = noise * 1664525U + 1013904223U;
        samples[i] = (float)((int32_t)(noise >> 16) - 32768) / 32768.0F; /* 16 bit, full scale */
    }
    const char *path = recording_path(f, "noise.wav");
    FILE *file = fopen(path, "wb");
    write_wav_header(file, 1, 2, 16, FRAMES * 2 * 2);
    for (int i = 0; i < FRAMES * 2; i++) {
        int16_t sample = (int16_t)(samples[i] * 32768.0F);
        fwrite(&sample, 2, 1, file);
    }
    fclose(file);
    assert_imported(import_as_tin(f, path));
    const struct segment *segment = &library_rows(f).items[0];
    struct air_copy *copy = NULL;
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, segment->channels, segment->frames,
                                   &copy, NULL),
                     0);
    size_t n = 0;
    assert_int_equal(air_copy_read(copy, copied, FRAMES + 100, &n, NULL), 0);
    assert_int_equal(n, FRAMES);
    assert_memory_equal(samples, copied, sizeof *samples * FRAMES * 2);
    air_copy_close(copy);
    free(samples);
    free(copied);
}

static void a_float_beyond_full_scale_is_clipped_not_wrapped(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "hot.wav");
    FILE *file = fopen(path, "wb");
    write_wav_header(file, 3, 1, 32, 4 * 48000);
    for (int i = 0; i < 48000; i++) {
        float sample = i % 2 ? 3.0F : -3.0F;
        fwrite(&sample, 4, 1, file);
    }
    fclose(file);
    assert_imported(import_as_tin(f, path));
    const struct segment *segment = &library_rows(f).items[0];
    struct air_copy *copy = NULL;
    assert_int_equal(air_copy_open(f->dir, segment->air_sha256, 1, 48000, &copy, NULL), 0);
    float samples[2];
    size_t n = 0;
    assert_int_equal(air_copy_read(copy, samples, 2, &n, NULL), 0);
    assert_true(samples[0] == -1.0F);
    assert_true(samples[1] > 0.9999F && samples[1] < 1.0F);
    air_copy_close(copy);
}

static void the_same_recording_gives_the_same_copy(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_make(f, "tone.mp3", tone(44100, 2, 44100));
    struct import_options options = IMPORT_OPTIONS_NONE;
    options.kind = "tin";
    options.code = "a";
    assert_imported(import_with(f, path, &options, NULL));
    options.code = "b";
    assert_imported(import_with(f, path, &options, NULL));
    struct segments segments = library_rows(f);
    assert_int_equal(segments.n, 2);
    assert_string_equal(segments.items[0].air_sha256, segments.items[1].air_sha256);
    assert_int_equal(count_library_files(f), 2);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(a_wav_is_as_long_as_its_frames_at_any_rate),
    LIBRARY_TEST(a_flac_is_as_long_as_its_frames_at_any_rate),
    LIBRARY_TEST(an_ogg_vorbis_is_as_long_as_its_frames_at_any_rate),
    LIBRARY_TEST(an_opus_is_as_long_as_its_frames_at_any_rate),
    LIBRARY_TEST(an_mp3_is_as_long_as_its_frames_at_any_rate),
    LIBRARY_TEST(a_cut_file_is_refused_with_how_much_can_be_read),
    LIBRARY_TEST(a_cut_ogg_is_refused_with_how_much_can_be_read),
    LIBRARY_TEST(a_flipped_bit_is_refused_where_it_can_be_seen),
    LIBRARY_TEST(a_text_named_mp3_is_refused),
    LIBRARY_TEST(a_wav_whose_chunks_lead_past_its_end_is_refused_at_once),
    LIBRARY_TEST(an_empty_file_is_refused),
    LIBRARY_TEST(a_wav_without_frames_is_refused),
    LIBRARY_TEST(a_wav_of_less_than_a_frame_of_the_copy_is_refused),
    LIBRARY_TEST(a_folder_is_refused),
    LIBRARY_TEST(a_missing_file_is_refused),
    LIBRARY_TEST(a_named_pipe_is_refused_at_once),
    LIBRARY_TEST(a_surround_recording_is_refused),
    LIBRARY_TEST(samples_that_are_not_numbers_are_refused),
    LIBRARY_TEST(a_wav_that_came_through_a_pipe_is_taken_as_long_as_it_is),
    LIBRARY_TEST(a_vbr_mp3_without_a_header_is_counted_to_its_end),
    LIBRARY_TEST(bytes_after_an_mp3_are_left_out_with_a_warning),
    LIBRARY_TEST(an_mp3_with_text_in_it_is_spoken_of_in_findings_only),
    LIBRARY_TEST(mp3s_behind_each_other_are_not_taken_for_the_first),
    LIBRARY_TEST(a_48_khz_source_is_copied_bit_for_bit),
    LIBRARY_TEST(a_float_beyond_full_scale_is_clipped_not_wrapped),
    LIBRARY_TEST(the_same_recording_gives_the_same_copy),
};

TEST_MAIN(tests)
