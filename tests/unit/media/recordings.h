/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_MEDIA_RECORDINGS_H
#define TESTS_UNIT_MEDIA_RECORDINGS_H

#include <stdio.h>

#include "tests/unit/media/library_fixture.h"

/* What the tests of recordings share. */

/* Refused with the file and a sentence; nothing of it stays. */
static inline struct outcome assert_refused(struct library_fixture *f, const char *path,
                                            const char *words)
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

/* A WAV header by hand, for what the fakes do not write. */
static inline void write_wav_header(FILE *file, int format, int channels, int bits,
                                    uint32_t data_bytes)
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

#endif
