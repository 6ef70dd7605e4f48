/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/air_copy.h"
#include "tests/unit/media/recordings.h"

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

/* --- what libsndfile does not read ------------------------------------------------------- */

static const char *write_bytes(struct library_fixture *f, const char *name, const char *head,
                               unsigned char byte, size_t n)
{
    const char *path = recording_path(f, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(head, file);
    for (size_t i = 0; i < n; i++) {
        fputc(byte, file);
    }
    fclose(file);
    return path;
}

/* A frame of AMR that says "nothing was sent" is one byte, and 20 ms. */
static void an_amr_is_as_long_as_its_frames(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome = import_as_tin(f, write_bytes(f, "voice.amr", "#!AMR\n", 0x7c, 75));
    assert_imported(outcome);
    assert_int_equal(outcome.n_findings, 1);
    assert_says(outcome, "is silent from beginning to end");
    assert_int_equal(outcome.result.frames, 75 * 960);
    assert_int_equal(outcome.result.channels, 1);
}

static void raw_telephone_sound_is_known_by_the_ending_of_its_name(void **state)
{
    struct library_fixture *f = *state;
    struct outcome outcome = import_as_tin(f, write_bytes(f, "voice.G722", "", 0xfa, 16000));
    assert_imported(outcome);
    assert_int_equal(outcome.result.frames, 2 * 48000); /* two samples of 16 kHz a byte */
    outcome = import_as_tin(f, write_bytes(f, "voice.gsm", "", 0xd0, 33 * 100));
    assert_imported(outcome);
    assert_int_equal(outcome.result.frames, 100 * 960);
}

static void telephone_sound_of_no_known_name_is_refused(void **state)
{
    struct library_fixture *f = *state;
    assert_refused(f, write_bytes(f, "voice.bin", "", 0xfa, 16000), "is not a recording");
    assert_refused(f, write_bytes(f, "letter.gsm", "Kinh thua ba con", ' ', 3000),
                   "is not a recording");
}

static void a_video_that_lost_its_index_is_refused_with_what_to_do(void **state)
{
    struct library_fixture *f = *state;
    const char *path = recording_path(f, "phone.m4a");
    static const char bytes[] = "\0\0\0\024ftypM4A \0\0\0\0M4A \0\1\0\0mdat";
    assert_int_equal(path_write_file(path, bytes, sizeof bytes, NULL), 0);
    assert_refused(f, path, "lost its index");
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
    LIBRARY_TEST(an_amr_is_as_long_as_its_frames),
    LIBRARY_TEST(raw_telephone_sound_is_known_by_the_ending_of_its_name),
    LIBRARY_TEST(telephone_sound_of_no_known_name_is_refused),
    LIBRARY_TEST(a_video_that_lost_its_index_is_refused_with_what_to_do),
    LIBRARY_TEST(a_48_khz_source_is_copied_bit_for_bit),
    LIBRARY_TEST(a_float_beyond_full_scale_is_clipped_not_wrapped),
    LIBRARY_TEST(the_same_recording_gives_the_same_copy),
};

TEST_MAIN(tests)
