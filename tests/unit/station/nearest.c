/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "station/nearest.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/station/parse.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The textbook's recursion: slow, and plainly right. */
static size_t plain_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    if (n_a == 0 || n_b == 0) {
        return n_a + n_b;
    }
    size_t distance = plain_distance(a, n_a - 1, b, n_b - 1) + (a[n_a - 1] != b[n_b - 1]);
    distance = least(distance, plain_distance(a, n_a - 1, b, n_b) + 1);
    distance = least(distance, plain_distance(a, n_a, b, n_b - 1) + 1);
    if (n_a > 1 && n_b > 1 && a[n_a - 1] == b[n_b - 2] && a[n_a - 2] == b[n_b - 1]) {
        distance = least(distance, plain_distance(a, n_a - 2, b, n_b - 2) + 1);
    }
    return distance;
}

/* After some equal letters, which only make the word longer and so more mistakes allowed. */
static void make_word(char word[24], size_t n_equal, unsigned *seed)
{
    size_t n = n_equal + (*seed = *seed * 1103515245 + 12345) / 65536 % 6;
    for (size_t i = 0; i < n; i++) {
        *seed = *seed * 1103515245 + 12345;
        word[i] = i < n_equal ? 'x' : "abc"[*seed / 65536 % 3];
    }
    word[n] = '\0';
}

static void stopping_early_finds_what_the_whole_search_finds(void **state)
{
    (void)state;
    unsigned seed = 1;
    size_t n_near = 0;
    for (int i = 0; i < 2000; i++) {
        char mistyped[24];
        char word[24];
        size_t n_equal = (size_t)i % 10;
        make_word(mistyped, n_equal, &seed);
        make_word(word, n_equal, &seed);
        struct nearest nearest = nearest_to(mistyped);
        size_t distance = plain_distance(mistyped + n_equal, strlen(mistyped) - n_equal,
                                         word + n_equal, strlen(word) - n_equal);
        size_t allowed = nearest.distance;
        nearest_offer(&nearest, word);
        assert_int_equal(nearest.best != NULL, distance < allowed && distance < strlen(mistyped));
        if (nearest.best) {
            n_near++;
            assert_int_equal(nearest.distance, distance);
        }
    }
    assert_true(n_near > 300 && n_near < 1700);
}

/* Ids as long as they may be and all nearly alike, and as many unknown ones as are told. */
static void thousands_of_unknown_ids_are_told_without_guessing_at_each(void **state)
{
    (void)state;
    enum { LINES = 9000, UNKNOWN = 1900, BYTES_MAX = 1 << 20 };
    char tail[60];
    memset(tail, 'x', sizeof tail);
    char *text = malloc(BYTES_MAX);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, HEAD);
    for (int i = 0; i < LINES; i++) {
        n += (size_t)sprintf(text + n, "[line l%04d%.58s]\n", i, tail);
    }
    n += (size_t)sprintf(text + n, "[zone z]\nlines = l0001%.58s", tail);
    for (int i = 0; i < UNKNOWN; i++) {
        n += (size_t)sprintf(text + n, ",%s\n l%04dy%.57s", i % 20 ? "" : "\n", i, tail);
    }
    n += (size_t)sprintf(text + n, "\n");
    assert_true(n < BYTES_MAX);
    struct findings findings;
    struct station *station = NULL;
    assert_int_equal(parse_in("/dai", text, n, &station, &findings), -EINVAL);
    assert_int_equal(findings.n, UNKNOWN);
    size_t n_guessed = 0;
    for (size_t i = 0; i < findings.n; i++) {
        assert_string_equal(findings.items[i].rule, "unknown-id");
        n_guessed += strstr(findings.items[i].fault.text, "did you mean") != NULL;
    }
    assert_in_range(n_guessed, 1, 64);
    findings_finish(&findings);
    free(text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(stopping_early_finds_what_the_whole_search_finds),
    cmocka_unit_test(thousands_of_unknown_ids_are_told_without_guessing_at_each),
};

TEST_MAIN(tests)
