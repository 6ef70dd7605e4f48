/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/paths.h"
#include "media/sink.h"
#include "tests/fakes/temp_dir.h"

/* A file that is hashed before its head is known has the hash of the file. */

enum { BYTES = 3000001, HEAD = 112 };

static unsigned char *make_bytes(void)
{
    unsigned char *bytes = malloc(BYTES);
    assert_non_null(bytes);
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = (unsigned char)(i * i >> 5);
    }
    return bytes;
}

/* Write bytes with a head of zeros first, the right one at the end, as libsndfile does. */
static void assert_hashed_rightly(const void *foretold, size_t n_foretold)
{
    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    temp_dir_make(dir);
    assert_int_equal(path_join(path, dir, "copy", NULL), 0);
    AUTO_FREE unsigned char *bytes = make_bytes();
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    AUTO(sink_destroy) struct sink *sink = sink_create(fd, foretold, n_foretold);
    assert_non_null(sink);
    static const unsigned char nothing[HEAD];
    assert_int_equal(sink_write(nothing, HEAD, sink), HEAD);
    for (size_t done = HEAD, n = 0; done < BYTES; done += n) {
        n = (done * 7 + 1) % 20011;
        n = n < BYTES - done ? n : BYTES - done;
        assert_int_equal(sink_write(bytes + done, (int64_t)n, sink), n);
    }
    assert_int_equal(sink_size(sink), BYTES);
    assert_int_equal(sink_seek(0, SEEK_SET, sink), 0);
    assert_int_equal(sink_write(bytes, HEAD, sink), HEAD);
    char hash[HASH_HEX_MAX];
    char wanted[HASH_HEX_MAX];
    char found[HASH_HEX_MAX];
    assert_int_equal(sink_finish(sink, hash), 0);
    hash_bytes(bytes, BYTES, wanted);
    assert_string_equal(hash, wanted);
    assert_int_equal(hash_file(path, found, NULL), 0);
    assert_string_equal(hash, found);
    temp_dir_remove(dir);
}

static void a_file_whose_head_was_foretold_has_its_hash(void **state)
{
    (void)state;
    AUTO_FREE unsigned char *bytes = make_bytes();
    assert_hashed_rightly(bytes, HEAD);
}

static void a_file_whose_head_was_foretold_wrongly_has_its_hash(void **state)
{
    (void)state;
    AUTO_FREE unsigned char *bytes = make_bytes();
    bytes[HEAD - 1] ^= 1;
    assert_hashed_rightly(bytes, HEAD);
}

static void a_file_whose_head_was_not_known_has_its_hash(void **state)
{
    (void)state;
    assert_hashed_rightly(NULL, 0);
}

static void a_file_shorter_than_its_foretold_head_has_its_hash(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    temp_dir_make(dir);
    assert_int_equal(path_join(path, dir, "copy", NULL), 0);
    AUTO_FREE unsigned char *bytes = make_bytes();
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    AUTO(sink_destroy) struct sink *sink = sink_create(fd, bytes, HEAD);
    assert_non_null(sink);
    assert_int_equal(sink_write(bytes, 40, sink), 40);
    char hash[HASH_HEX_MAX];
    char wanted[HASH_HEX_MAX];
    assert_int_equal(sink_finish(sink, hash), 0);
    hash_bytes(bytes, 40, wanted);
    assert_string_equal(hash, wanted);
    temp_dir_remove(dir);
}

static void a_full_disk_is_told_and_stays_told(void **state)
{
    (void)state;
    AUTO_FREE unsigned char *bytes = make_bytes();
    AUTO(sink_destroy) struct sink *sink = sink_create(open("/dev/full", O_RDWR), NULL, 0);
    assert_non_null(sink);
    assert_int_equal(sink_write(bytes, BYTES, sink), 0);
    assert_int_equal(sink_err(sink), ENOSPC);
    assert_int_equal(sink_write(bytes, 1, sink), 0);
    char hash[HASH_HEX_MAX];
    assert_int_equal(sink_finish(sink, hash), -ENOSPC);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_file_whose_head_was_foretold_has_its_hash),
    cmocka_unit_test(a_file_whose_head_was_foretold_wrongly_has_its_hash),
    cmocka_unit_test(a_file_whose_head_was_not_known_has_its_hash),
    cmocka_unit_test(a_file_shorter_than_its_foretold_head_has_its_hash),
    cmocka_unit_test(a_full_disk_is_told_and_stays_told),
};

TEST_MAIN(tests)
