/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"
#include "tests/unit/scheduler/reading.h"

/* Calendars that ask for too much end soon, with a sentence. */

static void more_slots_than_a_million_name_the_rule(void **state)
{
    (void)state;
    struct fixture f;
    good(&f, EVENT("UID:a\r\nDTSTART:20230101T000000\r\nDURATION:PT1M\r\nRRULE:FREQ=MINUTELY\r\n"));
    assert_int_equal(f.slots.n, 31 * 1440);
    assert_int_equal(expand(&f, "2023-01-01", "2025-01-01"), -E2BIG);
    assert_int_equal(f.fault.err, E2BIG);
    assert_string_equal(f.fault.file, "r.ics");
    assert_int_equal(f.fault.line, 6);
    finish(&f);
}

static void a_window_of_all_time_ends(void **state)
{
    (void)state;
    struct fixture f;
    good(&f, EVENT("UID:a\r\nDTSTART:20230101T000000\r\nDURATION:PT1M\r\nRRULE:FREQ=YEARLY\r\n"));
    assert_int_equal(calendars_expand(f.calendars, INT64_MIN, INT64_MAX, f.arena, &f.slots,
                                      &f.fault),
                     0);
    assert_int_equal(f.slots.n, 2582 - 2023 + 1); /* the last year of any rule */
    assert_int_equal(calendars_expand(f.calendars, 5, -5, f.arena, &f.slots, &f.fault), 0);
    assert_int_equal(f.slots.n, 0);
    finish(&f);
}

static void many_rules_without_end_to_follow_end_all_the_same(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 4 << 20);
    strbuf_add(&text, "BEGIN:VCALENDAR\n");
    for (int i = 0; i < 2000; i++) {
        strbuf_printf(&text,
                      "BEGIN:VEVENT\nUID:%d\nDTSTART:20230101T000000\nDURATION:PT1M\n"
                      "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\nEND:VEVENT\n",
                      i);
    }
    strbuf_add(&text, "END:VCALENDAR\n");
    struct fixture f;
    assert_int_equal(parse_bytes(&f, strbuf_text(&text), text.n), -EINVAL);
    assert_non_null(strstr(f.findings.items[0].fault.text, "never comes"));
    assert_non_null(strstr(f.findings.items[f.findings.n - 1].fault.text, "too many steps"));
    finish(&f);
    strbuf_finish(&text);
}

static void an_arena_that_is_full_is_told(void **state)
{
    (void)state;
    struct fixture f;
    good(&f, EVENT("UID:a\r\nDTSTART:20230101T000000\r\nDURATION:PT1M\r\nRRULE:FREQ=HOURLY\r\n"));
    AUTO(arena_destroy) struct arena *small = arena_create(4096);
    assert_int_equal(calendars_expand(f.calendars, instant("2023-05-01"), instant("2023-06-01"),
                                      small, &f.slots, &f.fault),
                     -ENOMEM);
    assert_int_equal(f.fault.err, ENOMEM);
    finish(&f);
}

static void a_year_of_daily_programmes_is_whole(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_add(&text, "BEGIN:VCALENDAR\n");
    for (int i = 0; i < 200; i++) {
        strbuf_printf(&text,
                      "BEGIN:VEVENT\nUID:%d\nDTSTART:20030101T%02d%02d00\nDURATION:PT1M\n"
                      "RRULE:FREQ=DAILY\nEND:VEVENT\n",
                      i, i / 60 + 5, i % 60);
    }
    strbuf_add(&text, "END:VCALENDAR\n");
    struct fixture f;
    assert_int_equal(parse_bytes(&f, strbuf_text(&text), text.n), 0);
    assert_int_equal(expand(&f, "2023-01-01", "2024-01-01"), 0);
    assert_int_equal(f.slots.n, 200 * 365);
    for (size_t i = 1; i < f.slots.n; i++) {
        assert_true(f.slots.items[i - 1].start_us < f.slots.items[i].start_us);
    }
    finish(&f);
    strbuf_finish(&text);
}

static void events_that_come_once_hold_little_memory_once_they_were_planned(void **state)
{
    (void)state;
    enum { EVENTS_N = 20000, HELD_MAX_BYTES = 200 };
    struct strbuf text;
    strbuf_init(&text, 4 << 20);
    strbuf_add(&text, "BEGIN:VCALENDAR\n");
    for (int i = 0; i < EVENTS_N; i++) {
        strbuf_printf(&text,
                      "BEGIN:VEVENT\nUID:%d\nDTSTART:202305%02dT%02d%02d00\nDURATION:PT1M\n"
                      "END:VEVENT\n",
                      i, i % 30 + 1, i % 24, i % 60);
    }
    strbuf_add(&text, "END:VCALENDAR\n");
    struct fixture f;
    assert_int_equal(parse_bytes(&f, strbuf_text(&text), text.n), 0);
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)64 << 20);
    struct mallinfo2 before = mallinfo2();
    assert_int_equal(calendars_expand(f.calendars, instant("2023-05-01"), instant("2023-06-01"),
                                      arena, &f.slots, &f.fault),
                     0);
    assert_int_equal(f.slots.n, EVENTS_N);
    arena = arena_destroy(arena);
    struct mallinfo2 after = mallinfo2();
    assert_in_range(after.uordblks - before.uordblks, 0, EVENTS_N * HELD_MAX_BYTES);
    finish(&f);
    strbuf_finish(&text);
}

static void a_calendar_beyond_32_mib_is_refused(void **state)
{
    (void)state;
    size_t n = (32 << 20) + 1;
    AUTO_FREE char *text = malloc(n);
    assert_non_null(text);
    memset(text, 'a', n);
    assert_refused(text, n, 0, "larger than 32 MiB");
}

static void a_component_nested_without_end_is_refused(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_add(&text, "BEGIN:VCALENDAR\n");
    for (int i = 0; i < 10000; i++) {
        strbuf_add(&text, "BEGIN:VTODO\n");
    }
    assert_refused(strbuf_text(&text), text.n, 17, "nested too deep");
    strbuf_finish(&text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(more_slots_than_a_million_name_the_rule),
    cmocka_unit_test(a_window_of_all_time_ends),
    cmocka_unit_test(many_rules_without_end_to_follow_end_all_the_same),
    cmocka_unit_test(an_arena_that_is_full_is_told),
    cmocka_unit_test(a_year_of_daily_programmes_is_whole),
    cmocka_unit_test(events_that_come_once_hold_little_memory_once_they_were_planned),
    cmocka_unit_test(a_calendar_beyond_32_mib_is_refused),
    cmocka_unit_test(a_component_nested_without_end_is_refused),
};

TEST_MAIN(tests)
