/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include "scheduler/calendar/ical_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "scheduler/calendar/content_line.h"

/* Content lines as we write them, held to RFC 5545 and to our own reader. */

enum { TEXT_MAX = 4096 };

static struct strbuf begin(void)
{
    struct strbuf buf;
    strbuf_init(&buf, 1 << 20);
    return buf;
}

/* Every line of the file ends in CRLF, has at most 75 bytes and only whole characters. */
static void assert_folded(const char *text)
{
    char line[TEXT_MAX];
    while (*text) {
        const char *end = strstr(text, "\r\n");
        assert_non_null(end);
        size_t n = (size_t)(end - text);
        assert_in_range(n, 1, ICAL_TEXT_LINE_MAX);
        memcpy(line, text, n);
        line[n] = '\0';
        assert_null(strpbrk(line, "\r\n"));
        assert_true(utf8_is_valid(line));
        text = end + 2;
    }
}

/* Written as a TEXT and read back by our reader, a text is what it was. */
static void assert_comes_back(const char *text)
{
    struct strbuf buf = begin();
    struct content_reader reader;
    struct content_line line = {0};
    ical_text_value(&buf, "SUMMARY", text);
    assert_false(strbuf_failed(&buf));
    assert_folded(strbuf_text(&buf));
    content_reader_init(&reader, "a.ics", strbuf_text(&buf), buf.n);
    assert_int_equal(content_next(&reader, &line, NULL), 1);
    assert_string_equal(line.name, "SUMMARY");
    content_unescape(line.value);
    assert_string_equal(line.value, text);
    assert_int_equal(content_next(&reader, &line, NULL), 0);
    content_reader_finish(&reader);
    strbuf_finish(&buf);
}

static void a_line_of_75_bytes_is_whole_and_one_more_is_folded(void **state)
{
    (void)state;
    struct strbuf buf = begin();
    char value[ICAL_TEXT_LINE_MAX + 1] = {0};
    memset(value, 'x', ICAL_TEXT_LINE_MAX - 2);
    ical_text_line(&buf, "X", value);
    assert_null(strstr(strbuf_text(&buf), "\r\n "));
    strbuf_clear(&buf);
    value[ICAL_TEXT_LINE_MAX - 2] = 'y';
    ical_text_line(&buf, "X", value);
    assert_string_equal(strstr(strbuf_text(&buf), "\r\n"), "\r\n y\r\n");
    assert_folded(strbuf_text(&buf));
    strbuf_finish(&buf);
}

static void a_vietnamese_title_is_never_cut_inside_a_letter(void **state)
{
    (void)state;
    /* Letters of one, two and three bytes, so that each meets the edge of a line. */
    char text[TEXT_MAX] = "";
    for (int i = 0; i < 80; i++) {
        memmove(text + 1, text, strlen(text) + 1);
        text[0] = 'x';
        strcat(text, i % 2 ? "ữ" : "đ");
        assert_comes_back(text);
    }
    assert_comes_back("Chương trình 17 giờ: nước dâng; phòng, chống \"lũ\" \\ C:\\nhạc\n\nhết 🔊");
}

static void any_text_comes_back(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\\", ";", ",", "\n", "n",   ":", "\"", " ",
                                         "\t", "ả", "đ", "🔊",  "\\n", "=", "N"};
    srand(7);
    for (int round = 0; round < 2000; round++) {
        char text[TEXT_MAX] = "";
        for (int n = rand() % 200; n > 0; n--) {
            strcat(text, pieces[(size_t)rand() % ARRAY_LEN(pieces)]);
        }
        assert_comes_back(text);
    }
}

static void what_no_calendar_may_hold_does_not_go_out(void **state)
{
    (void)state;
    struct strbuf buf = begin();
    ical_text_value(&buf, "SUMMARY",
                    "a\x01"
                    "b\x7f\r\nc\xff"
                    "d");
    ical_text_line(&buf, "X", "a\r\nBEGIN:VEVENT");
    assert_string_equal(strbuf_text(&buf), "SUMMARY:ab\\nc\xef\xbf\xbd"
                                           "d\r\nX:aBEGIN:VEVENT\r\n");
    strbuf_finish(&buf);
}

static void instants_are_utc_whatever_the_zone(void **state)
{
    (void)state;
    struct strbuf buf = begin();
    ical_text_instant(&buf, "DTSTART", 1683712800999999);
    ical_text_instant(&buf, "DTEND", -1);
    assert_string_equal(strbuf_text(&buf),
                        "DTSTART:20230510T100000Z\r\nDTEND:19691231T235959Z\r\n");
    strbuf_finish(&buf);
}

static void a_full_buffer_is_told(void **state)
{
    (void)state;
    struct strbuf buf;
    strbuf_init(&buf, 16);
    ical_text_value(&buf, "SUMMARY", "longer than there is room for");
    assert_true(strbuf_failed(&buf));
    strbuf_finish(&buf);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_line_of_75_bytes_is_whole_and_one_more_is_folded),
    cmocka_unit_test(a_vietnamese_title_is_never_cut_inside_a_letter),
    cmocka_unit_test(any_text_comes_back),
    cmocka_unit_test(what_no_calendar_may_hold_does_not_go_out),
    cmocka_unit_test(instants_are_utc_whatever_the_zone),
    cmocka_unit_test(a_full_buffer_is_told),
};
TEST_MAIN(tests)
