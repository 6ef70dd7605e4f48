/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "media/air_copy.h"
#include "tests/unit/media/library_fixture.h"

/* What stands beside the sound in a WAV file does no harm, whatever it says. */

enum { N_FRAMES = 4800 };

struct wav {
    unsigned char bytes[64 * 1024];
    size_t n;
};

static void add(struct wav *wav, const void *bytes, size_t n)
{
    assert_true(wav->n + n <= sizeof wav->bytes);
    memcpy(wav->bytes + wav->n, bytes, n);
    wav->n += n;
}

static void add_number(struct wav *wav, uint32_t number, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++) {
        unsigned char byte = (unsigned char)(number >> 8 * i);
        add(wav, &byte, 1);
    }
}

static void add_chunk(struct wav *wav, const char *id, uint32_t says, const void *body, size_t n)
{
    add(wav, id, 4);
    add_number(wav, says, 4);
    add(wav, body, n);
}

static struct wav wav_begin(void)
{
    struct wav wav = {.n = 0};
    add(&wav, "RIFF", 4);
    add_number(&wav, 0x10000, 4);
    add(&wav, "WAVEfmt ", 8);
    add_number(&wav, 16, 4);
    add_number(&wav, 1, 2); /* PCM, mono */
    add_number(&wav, 1, 2);
    add_number(&wav, 48000, 4);
    add_number(&wav, 96000, 4);
    add_number(&wav, 2, 2);
    add_number(&wav, 16, 2);
    return wav;
}

static void add_sound(struct wav *wav)
{
    add(wav, "data", 4);
    add_number(wav, N_FRAMES * 2, 4);
    for (int i = 0; i < N_FRAMES; i++) {
        add_number(wav, (uint32_t)(i % 48 * 300), 2);
    }
}

static struct outcome import_wav(struct library_fixture *f, const char *name, const struct wav *wav)
{
    const char *path = recording_path(f, name);
    AUTO_FD int fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, wav->bytes, wav->n), wav->n);
    return import_as_tin(f, path);
}

static void tags_that_are_well_formed_are_read(void **state)
{
    struct library_fixture *f = *state;
    struct wav wav = wav_begin();
    add_chunk(&wav, "LIST", 16, "INFOINAM\4\0\0\0Xin\0", 16);
    add_sound(&wav);
    assert_imported(import_wav(f, "a.wav", &wav));
    assert_string_equal(library_rows(f).items[0].title, "Xin");
}

/* The reader of the tags would count back by 17 bytes, again and again. */
static void tags_that_count_wrongly_are_passed_by(void **state)
{
    struct library_fixture *f = *state;
    static const char *const bodies[] = {"INFOINAM\xef\xff\xff\xffXin\0",
                                         "INFO\xff\xff\xff\xff\xef\xff\xff\xffXin\0",
                                         "INFOINAM\xff\xff\xff\xffXin\0", "INFOINAM\5\0\0\0Xin\0",
                                         "adtllabl\xf0\xff\xff\xff\1\0\0\0"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        char name[16];
        snprintf(name, sizeof name, "a-%zu.wav", i);
        struct wav wav = wav_begin();
        add_chunk(&wav, "LIST", 16, bodies[i], 16);
        add_sound(&wav);
        assert_imported(import_wav(f, name, &wav));
        assert_string_equal(library_rows(f).items[i].title, library_rows(f).items[i].code);
        assert_int_equal(library_rows(f).items[i].frames, N_FRAMES);
    }
}

static void a_list_that_goes_on_behind_the_file_ends_it(void **state)
{
    struct library_fixture *f = *state;
    struct wav wav = wav_begin();
    unsigned char body[80];
    memset(body, 0xff, sizeof body);
    memcpy(body, "INFOINAM", 8);
    body[40] = 0xef;
    add_chunk(&wav, "LIST", 6882404, body, sizeof body);
    struct outcome outcome = import_wav(f, "a.wav", &wav);
    assert_true(outcome.r < 0);
    assert_int_equal(fault_exit_status(outcome.err), 1);
    assert_int_equal(library_rows(f).n, 0);
}

static void what_recorders_add_is_passed_by(void **state)
{
    struct library_fixture *f = *state;
    struct wav wav = wav_begin();
    char text[602] = "described";
    add_chunk(&wav, "bext", sizeof text, text, sizeof text);
    add_chunk(&wav, "cue ", 4, "\xff\xff\xff\xff", 4);
    add_chunk(&wav, "smpl", 5, "12345", 6);
    add_sound(&wav);
    assert_imported(import_wav(f, "a.wav", &wav));
    assert_int_equal(library_rows(f).items[0].frames, N_FRAMES);
}

/* Of a length that was never written: what looks like chunks behind it is sound. */
static void sound_of_a_recorder_that_was_not_stopped_stays_as_it_is(void **state)
{
    struct library_fixture *f = *state;
    struct wav wav = wav_begin();
    size_t at = wav.n;
    add_sound(&wav);
    memset(wav.bytes + at + 4, 0, 4);
    assert_imported(import_wav(f, "a.wav", &wav));
    const struct segment *row = &library_rows(f).items[0];
    assert_int_equal(row->frames, N_FRAMES);
    AUTO(air_copy_close) struct air_copy *copy = NULL;
    float samples[N_FRAMES];
    size_t n = 0;
    assert_int_equal(air_copy_open(f->dir, row->air_sha256, 1, N_FRAMES, &copy, NULL), 0);
    assert_int_equal(air_copy_read(copy, samples, N_FRAMES, &n, NULL), 0);
    assert_int_equal(n, N_FRAMES);
    for (int i = 0; i < N_FRAMES; i++) {
        assert_true(samples[i] == (float)(i % 48 * 300) / 32768);
    }
}

/* Too many to be shown to libsndfile; another decoder counts rightly. */
static void chunks_without_end_are_passed_by(void **state)
{
    struct library_fixture *f = *state;
    struct wav wav = wav_begin();
    for (int i = 0; i < 1000; i++) {
        add_chunk(&wav, "cue ", 0, "", 0);
    }
    add_sound(&wav);
    assert_imported(import_wav(f, "a.wav", &wav));
    assert_int_equal(library_rows(f).items[0].frames, N_FRAMES);
}

static const struct CMUnitTest tests[] = {
    LIBRARY_TEST(tags_that_are_well_formed_are_read),
    LIBRARY_TEST(tags_that_count_wrongly_are_passed_by),
    LIBRARY_TEST(a_list_that_goes_on_behind_the_file_ends_it),
    LIBRARY_TEST(what_recorders_add_is_passed_by),
    LIBRARY_TEST(sound_of_a_recorder_that_was_not_stopped_stays_as_it_is),
    LIBRARY_TEST(chunks_without_end_are_passed_by),
};

TEST_MAIN(tests)
