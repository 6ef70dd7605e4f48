/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/paths.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "tests/fakes/temp_dir.h"

static void vietnamese_takes_the_columns_it_shows(void **state)
{
    (void)state;
    assert_int_equal(utf8_columns("Tứ Kỳ"), 5);
    assert_int_equal(utf8_columns("Tu\xcc\x9b\xcc\x81 K"), 4); /* ứ as u, horn and acute */
    assert_true(utf8_is_valid("Đài Phát thanh"));
    assert_false(utf8_is_valid("\xc0\xaf"));
    assert_false(utf8_is_valid("\xed\xa0\x80"));
    assert_false(utf8_is_valid("cut \xe1\xbb"));
}

static void json_is_valid_whatever_comes_in(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 1000);
    struct json json = json_begin(&buf);
    json_open(&json, NULL, '{');
    json_text(&json, "ti\"title", "dòng\n\x01\xff");
    json_real(&json, "lufs", -18.50, 2);
    json_real(&json, "peak", -INFINITY, 2);
    json_real(&json, "whole", 100, 3);
    json_open(&json, "tags", '[');
    json_text(&json, NULL, "tthc");
    json_text(&json, NULL, NULL);
    json_close(&json, ']');
    json_int(&json, "id", INT64_MAX);
    json_close(&json, '}');
    assert_string_equal(strbuf_text(&buf),
                        "{\"ti\\\"title\":\"dòng\\u000a\\u0001\xef\xbf\xbd\",\"lufs\":-18.5,"
                        "\"peak\":null,\"whole\":100,\"tags\":[\"tthc\",null],"
                        "\"id\":9223372036854775807}");
    strbuf_finish(&buf);
}

static void json_holds_the_largest_numbers(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 2000);
    struct json json = json_begin(&buf);
    json_open(&json, NULL, '[');
    json_real(&json, NULL, 0x1p200, 6); /* 61 digits */
    json_real(&json, NULL, -0x1.fffffffffffffp1023, 99);
    json_real(&json, NULL, 0.5, 99);
    json_close(&json, ']');
    static const char start[] =
        "[1606938044258990275541962092341162602522202993782792835301376,-17976931348623157";
    assert_memory_equal(strbuf_text(&buf), start, sizeof start - 1);
    assert_non_null(strstr(strbuf_text(&buf), "124858368,0.5]"));
    assert_int_equal(strlen(strbuf_text(&buf)), 1 + 61 + 1 + 310 + 1 + 3 + 1);
    strbuf_finish(&buf);
}

static void a_text_past_its_cap_stays_as_it_was(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 5);
    strbuf_add(&buf, "12345");
    assert_false(strbuf_failed(&buf));
    strbuf_printf(&buf, "%d", 6);
    assert_true(strbuf_failed(&buf));
    assert_string_equal(strbuf_text(&buf), "12345");
    strbuf_finish(&buf);
}

static void an_arena_keeps_to_its_cap(void **state)
{
    (void)state;
    AUTO(arena_destroy) struct arena *arena = arena_create(1000);
    assert_non_null(arena_take(arena, 10, 50));
    assert_null(arena_take(arena, 10, 50));
    assert_null(arena_take(arena, SIZE_MAX / 2, 4));
    assert_string_equal(arena_printf(arena, "%s-%d", "tin", 7), "tin-7");
}

static void an_arena_that_is_cleared_serves_again_as_if_it_were_new(void **state)
{
    (void)state;
    AUTO(arena_destroy) struct arena *arena = arena_create(40000);
    arena_clear(arena);
    for (int round = 0; round < 3; round++) {
        const unsigned char *small = arena_take(arena, 100, 1);
        unsigned char *large = arena_take(arena, 30000, 1);
        assert_non_null(small);
        assert_non_null(large);
        assert_null(arena_take(arena, 20000, 1)); /* the cap is the cap in each round */
        for (size_t i = 0; i < 30000; i++) {
            assert_int_equal(large[i], 0);
            large[i] = 1;
        }
        assert_int_equal(small[99], 0);
        arena_clear(arena);
    }
}

static void a_written_file_is_whole_or_the_old_one(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    temp_dir_make(dir);
    char path[PATHS_MAX];
    struct fault fault;
    assert_int_equal(path_join(path, dir, "station.ini", &fault), 0);
    assert_int_equal(path_write_file(path, "old", 3, &fault), 0);
    assert_int_equal(path_write_file(path, "new", 3, &fault), 0);
    AUTO_FREE char *text = NULL;
    size_t n = 0;
    assert_int_equal(path_read_file(path, 100, &text, &n, &fault), 0);
    assert_string_equal(text, "new");
    char *unread = NULL;
    assert_int_equal(path_read_file(path, 2, &unread, &n, &fault), -E2BIG);
    assert_int_equal(path_read_file(dir, 100, &unread, &n, &fault), -EISDIR);
    assert_int_equal(path_write_file("/proc/no-such/x", "a", 1, &fault), -ENOENT);
    assert_null(unread);
    temp_dir_remove(dir);
}

static void what_is_not_a_file_is_refused_without_waiting_for_it(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    temp_dir_make(dir);
    char path[PATHS_MAX];
    struct fault fault;
    char *text = NULL;
    size_t n = 0;
    assert_int_equal(path_join(path, dir, "tin-1.txt", &fault), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(20); /* instead of waiting for a writer */
    assert_int_equal(path_read_file(path, 100, &text, &n, &fault), -EINVAL);
    alarm(0);
    assert_string_equal(fault.file, path);
    assert_string_equal(fault.text, "is not a file");
    assert_int_equal(path_read_file("/dev/zero", 100, &text, &n, &fault), -EINVAL);
    assert_null(text);
    assert_int_equal(path_read_file("/proc/self/comm", 100, &text, &n, &fault), 0);
    assert_true(n > 0);
    free(text);
    temp_dir_remove(dir);
}

/* NIST's own example of FIPS 180-4. */
static void sha_256_is_sha_256(void **state)
{
    (void)state;
    char hex[HASH_HEX_MAX];
    hash_bytes("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct fault fault;
    assert_int_equal(hash_file("/no/such/file", hex, &fault), -ENOENT);
}

static void a_hash_does_not_depend_on_how_its_bytes_come(void **state)
{
    (void)state;
    enum { BYTES = 1000003 };
    char *bytes = malloc(BYTES);
    assert_non_null(bytes);
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = (char)(i * i >> 3);
    }
    char whole[HASH_HEX_MAX];
    hash_bytes(bytes, BYTES, whole);

    char pieces[HASH_HEX_MAX];
    AUTO(hash_destroy) struct hash_sum *sum = hash_begin();
    assert_non_null(sum);
    for (size_t done = 0, n = 0; done < BYTES; done += n) {
        n = (done * 7 + 1) % 65537;
        n = n < BYTES - done ? n : BYTES - done;
        hash_add(sum, bytes + done, n);
    }
    hash_end(sum, pieces);
    assert_string_equal(whole, pieces);

    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    char read[HASH_HEX_MAX];
    temp_dir_make(dir);
    assert_int_equal(path_join(path, dir, "bytes", NULL), 0);
    assert_int_equal(path_write_file(path, bytes, BYTES, NULL), 0);
    assert_int_equal(hash_file(path, read, NULL), 0);
    assert_string_equal(whole, read);
    temp_dir_remove(dir);
    free(bytes);
}

static void a_secret_is_one_line_of_a_file_that_is_its_owners_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        int r;
        const char *secret; /* or words of the sentence */
    } cases[] = {
        {"lan:mật khẩu\n", 0600, 0, "lan:mật khẩu"},
        {"lan:a b\r\n", 0400, 0, "lan:a b"},
        {"lan:a", 0600, 0, "lan:a"},
        {"lan:a\n", 0640, -EPERM, "chmod 600"},
        {"lan:a\n", 0604, -EPERM, "chmod 600"},
        {"lan:a\n", 0620, -EPERM, "chmod 600"},
        {"lan:a\nb\n", 0600, -EINVAL, "one line"},
        {"\n", 0600, -EINVAL, "one line"},
        {"", 0600, -EINVAL, "one line"},
        {"lan:\x01", 0600, -EINVAL, "one line"},
        {"lan:\xff", 0600, -EINVAL, "one line"},
    };
    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    temp_dir_make(dir);
    assert_int_equal(path_join(path, dir, "secret", NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(secret_forget) char *secret = NULL;
        struct fault fault = {0};
        temp_dir_write(dir, "secret", cases[i].text);
        assert_int_equal(chmod(path, cases[i].mode), 0);
        assert_int_equal(secret_read(path, &secret, &fault), cases[i].r);
        if (cases[i].r == 0) {
            assert_string_equal(secret, cases[i].secret);
        } else {
            assert_non_null(strstr(fault.text, cases[i].secret));
            assert_null(strstr(fault.text, "lan"));
        }
        unlink(path);
    }
    temp_dir_remove(dir);
}

static void a_secret_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char dir[TEMP_DIR_MAX];
    char path[PATHS_MAX];
    char text[SECRET_MAX_BYTES + 3];
    temp_dir_make(dir);
    assert_int_equal(path_join(path, dir, "secret", NULL), 0);
    for (size_t n = SECRET_MAX_BYTES; n <= SECRET_MAX_BYTES + 1; n++) {
        AUTO(secret_forget) char *secret = NULL;
        memset(text, 'x', n);
        text[n] = '\n';
        text[n + 1] = '\0';
        temp_dir_write(dir, "secret", text);
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(secret_read(path, &secret, NULL), n > SECRET_MAX_BYTES ? -EINVAL : 0);
        assert_int_equal(secret ? strlen(secret) : n, n);
    }
    temp_dir_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(vietnamese_takes_the_columns_it_shows),
    cmocka_unit_test(json_is_valid_whatever_comes_in),
    cmocka_unit_test(json_holds_the_largest_numbers),
    cmocka_unit_test(a_text_past_its_cap_stays_as_it_was),
    cmocka_unit_test(an_arena_keeps_to_its_cap),
    cmocka_unit_test(an_arena_that_is_cleared_serves_again_as_if_it_were_new),
    cmocka_unit_test(a_written_file_is_whole_or_the_old_one),
    cmocka_unit_test(what_is_not_a_file_is_refused_without_waiting_for_it),
    cmocka_unit_test(sha_256_is_sha_256),
    cmocka_unit_test(a_hash_does_not_depend_on_how_its_bytes_come),
    cmocka_unit_test(a_secret_is_one_line_of_a_file_that_is_its_owners_alone),
    cmocka_unit_test(a_secret_that_is_too_long_is_refused),
};
TEST_MAIN(tests)
