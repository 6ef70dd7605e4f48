/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"
#include "tests/fakes/temp_dir.h"

#include "tests/unit/scheduler/reading.h"
/* What one slot holds, calendars in files and layers, and bytes that are none. When
 * slots are is the matter of tests/cases; what is too much, of bounds.c. */

static void a_slot_holds_all_that_its_event_says(void **state)
{
    (void)state;
    struct fixture f;
    good(&f, EVENT("UID:chuong-trinh\r\nDTSTART:20230510T170000\r\nDURATION:PT45M\r\n"
                   "SUMMARY:Chương trình\\, chiều\r\nDESCRIPTION:Dòng 1\\nDòng 2\r\n"
                   "CATEGORIES:tthc,tin\r\nCATEGORIES: ma \r\nRESOURCES:xa\r\n"
                   "ATTACH:segment:nhac-hieu\r\nATTACH:tin/10-05.flac\r\nATTACH:relay:vov1\r\n"
                   "ATTACH;FMTTYPE=audio/mpeg:https://vov.example/live?a=1\r\nATTACH:input:mic\r\n"
                   "ATTACH:file:///srv/inbox/a.wav\r\n"
                   "ATTACH:file:///srv/100%25%20Tin%20s%c3%A1ng.wav\r\nATTACH:100%25.wav\r\n"
                   "PRIORITY:2\r\nX-LOA-CLOCK:sang\r\nX-LOA-START:soft;PT2M\r\n"
                   "X-LOA-OVERRUN:push\r\nX-LOA-GAIN:-3.5 dB\r\n"));
    assert_int_equal(f.slots.n, 1);
    const struct slot *s = &f.slots.items[0];
    assert_string_equal(s->uid, "chuong-trinh");
    assert_true(s->start_us == instant("2023-05-10T17:00") && s->recurrence_us == s->start_us);
    assert_true(s->end_us == instant("2023-05-10T17:45"));
    assert_string_equal(s->title, "Chương trình, chiều");
    assert_string_equal(s->text, "Dòng 1\nDòng 2");
    assert_int_equal(s->n_categories, 3);
    assert_string_equal(s->categories[2], "ma");
    assert_int_equal(s->n_topics, 1);
    assert_int_equal(s->topics[0], station_find_topic(f.station, "tthc"));
    assert_int_equal(s->n_kinds, 1);
    assert_int_equal(s->kinds[0], station_find_kind(f.station, "tin"));
    static const struct attachment wanted[] = {{ATTACH_SEGMENT, "nhac-hieu"},
                                               {ATTACH_FILE, "tin/10-05.flac"},
                                               {ATTACH_RELAY, "vov1"},
                                               {ATTACH_RELAY, "https://vov.example/live?a=1"},
                                               {ATTACH_INPUT, "mic"},
                                               {ATTACH_FILE, "/srv/inbox/a.wav"},
                                               {ATTACH_FILE, "/srv/100% Tin sáng.wav"},
                                               {ATTACH_FILE, "100%25.wav"}};
    assert_int_equal(s->n_attachments, ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        assert_int_equal(s->attachments[i].kind, wanted[i].kind);
        assert_string_equal(s->attachments[i].text, wanted[i].text);
    }
    assert_int_equal(s->clock, 0);
    assert_false(line_set_has(s->lines, 0));
    assert_true(line_set_has(s->lines, 1));
    assert_int_equal(s->priority, 2);
    assert_int_equal(s->state, SLOT_CONFIRMED);
    assert_int_equal(s->start_rule, START_SOFT);
    assert_true(s->soft_us == 120000000);
    assert_int_equal(s->overrun_rule, OVERRUN_PUSH);
    assert_true(fabs(s->gain_db + 3.5) < 1e-9);
    assert_string_equal(s->file, "r.ics");
    assert_int_equal(s->file_line, 2);
    finish(&f);
}

static void what_an_event_leaves_out_has_its_default(void **state)
{
    (void)state;
    struct fixture f;
    good(&f, EVENT("UID:a\r\nDTSTART:20230510T170000\r\nDURATION:PT45M\r\nPRIORITY:0\r\n"));
    const struct slot *s = &f.slots.items[0];
    assert_string_equal(s->title, "a");
    assert_string_equal(s->text, "");
    assert_string_equal(s->reason, "");
    assert_int_equal(s->n_categories + s->n_attachments + s->n_topics + s->n_kinds, 0);
    assert_int_equal(line_set_count(s->lines), 2);
    assert_true(s->clock == SIZE_MAX && !s->repeat_of && s->gain_db == 0);
    assert_int_equal(s->priority, 5);
    assert_int_equal(s->start_rule, START_HARD);
    assert_int_equal(s->overrun_rule, OVERRUN_FADE);
    finish(&f);
}

static void a_moved_occurrence_keeps_the_key_of_where_it_was(void **state)
{
    (void)state;
    struct fixture f;
    good(&f, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20230501T170000\nDURATION:PT5M\n"
             "RRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\n"
             "RECURRENCE-ID;RANGE=THISANDFUTURE:20230502T170000\nDTSTART:20230502T190000\n"
             "DURATION:PT5M\nEND:VEVENT\nEND:VCALENDAR\n");
    assert_int_equal(f.slots.n, 3);
    assert_true(f.slots.items[2].start_us == instant("2023-05-03T19:00"));
    assert_true(f.slots.items[2].recurrence_us == instant("2023-05-03T17:00"));
    assert_int_equal(f.slots.items[2].file_line, 8);
    finish(&f);
}

static void a_zone_outside_its_dates_is_the_reason(void **state)
{
    (void)state;
    struct fixture f = {.arena = arena_create(1 << 20)};
    const char *text = EVENT("UID:a\r\nDTSTART:20230501T170000\r\nDURATION:PT5M\r\n"
                             "RRULE:FREQ=MONTHLY\r\nRESOURCES:cu\r\n");
    f.station = parse_station("/dai", STATION "[zone cu]\nlines = xa\nuntil = 2023-06-01\n"
                                              "[layer r]\ncalendar = r.ics\n");
    assert_int_equal(calendars_parse(f.station, 0, "r.ics", text, strlen(text), &f.calendars,
                                     &f.findings),
                     0);
    assert_int_equal(expand(&f, "2023-05-01", "2023-07-01"), 0);
    assert_int_equal(f.slots.n, 2);
    assert_int_equal(f.slots.items[0].state, SLOT_CONFIRMED);
    assert_int_equal(f.slots.items[1].state, SLOT_REFUSED);
    assert_non_null(strstr(f.slots.items[1].reason, "\"cu\""));
    finish(&f);
}

static void a_zero_byte_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char text[] = EVENT("UID:a\r\nSUMMARY:a\0b\r\n");
    assert_refused(text, sizeof text - 1, 4, "zero byte");
}

static void bytes_that_are_not_utf8_are_refused_with_their_line(void **state)
{
    (void)state;
    static const char text[] = EVENT("UID:a\r\nSUMMARY:Ch\xe0o\r\n");
    assert_refused(text, sizeof text - 1, 4, "UTF-8");
}

static void a_character_cut_in_two_by_folding_is_whole(void **state)
{
    (void)state;
    struct fixture f;
    good(&f, EVENT("UID:a\r\nDTSTART:20230510T170000\r\nDURATION:PT45M\r\nSUMMARY:Ch\xc3\r\n \xa0"
                   "o\r\n"));
    assert_string_equal(f.slots.items[0].title, "Chào");
    finish(&f);
}

static void an_empty_file_is_no_calendar(void **state)
{
    (void)state;
    assert_refused("", 0, 0, "no calendar");
    assert_refused("\n\n", 2, 0, "no calendar");
}

static void every_cut_of_a_calendar_is_refused(void **state)
{
    (void)state;
    static const char text[] =
        EVENT("UID:a\r\nDTSTART:20230510T170000\r\nDURATION:PT45M\r\nSUMMARY:x\r\n");
    for (size_t n = 0; n < sizeof text - 3; n++) { /* the last line break may go */
        struct fixture f;
        assert_int_equal(parse_bytes(&f, text, n), -EINVAL);
        finish(&f);
    }
}

/* A hundred events in one order and in the other give the same slots. */
static void the_order_of_events_in_a_file_does_not_matter(void **state)
{
    (void)state;
    struct fixture f[2];
    for (int turn = 0; turn < 2; turn++) {
        struct strbuf text;
        strbuf_init(&text, 1 << 20);
        strbuf_add(&text, "BEGIN:VCALENDAR\n");
        for (int i = 0; i < 100; i++) {
            int k = turn ? 99 - i : i;
            strbuf_printf(&text,
                          "BEGIN:VEVENT\nUID:u%d\nDTSTART:202305%02dT%02d0000\nDURATION:PT1M\n%s"
                          "END:VEVENT\n",
                          k / 2, k / 2 % 5 + 1, k % 3 + 5,
                          k % 2 ? "RECURRENCE-ID:20230503T050000\n" : "RRULE:FREQ=DAILY\n");
        }
        strbuf_add(&text, "END:VCALENDAR\n");
        assert_int_equal(parse_bytes(&f[turn], strbuf_text(&text), text.n), 0);
        assert_int_equal(expand(&f[turn], "2023-05-01", "2023-05-20"), 0);
        strbuf_finish(&text);
    }
    assert_true(f[0].slots.n > 500 && f[0].slots.n == f[1].slots.n);
    for (size_t i = 0; i < f[0].slots.n; i++) {
        const struct slot *a = &f[0].slots.items[i];
        const struct slot *b = &f[1].slots.items[i];
        assert_string_equal(a->uid, b->uid);
        assert_true(a->start_us == b->start_us && a->recurrence_us == b->recurrence_us);
    }
    finish(&f[0]);
    finish(&f[1]);
}

/* Calendars in files. */

static const char BUSY[] =
    "BEGIN:VCALENDAR\r\n"
    "BEGIN:VEVENT\r\nUID:daily\r\nDTSTART:20230501T050000\r\nDURATION:PT30M\r\n"
    "RRULE:FREQ=DAILY;BYHOUR=17,5\r\nRDATE:20230612T060000,20230804T060000\r\n"
    "EXDATE:20230605T050000,20230717T170000\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:daily\r\nRECURRENCE-ID:20230610T170000\r\n"
    "DTSTART:20230625T183000\r\nDURATION:PT5M\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:daily\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20230701T050000\r\n"
    "DTSTART:20230701T054500\r\nDURATION:PT10M\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:monthly\r\nDTSTART:20210105T112000\r\nDURATION:PT10M\r\n"
    "RRULE:FREQ=MONTHLY;BYDAY=1TU,-1SU\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:ends\r\nDTSTART:20230102T113000\r\nDURATION:PT2M\r\n"
    "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=14\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:dense\r\nDTSTART:20230501T000000\r\nDURATION:PT1M\r\n"
    "RRULE:FREQ=MINUTELY;INTERVAL=40\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:yearly\r\nDTSTART:20190902T070000\r\nDURATION:PT1H\r\n"
    "RRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/* From a calendar that was asked for other windows before, and from one that is new. */
static void assert_same_window(struct fixture *asked, int64_t from_us, int64_t to_us)
{
    struct fixture fresh;
    struct slots slots = {0};
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)1 << 30);
    assert_int_equal(parse_bytes(&fresh, BUSY, strlen(BUSY)), 0);
    assert_int_equal(calendars_expand(fresh.calendars, from_us, to_us, fresh.arena, &fresh.slots,
                                      NULL),
                     0);
    assert_int_equal(calendars_expand(asked->calendars, from_us, to_us, arena, &slots, NULL), 0);
    assert_int_equal(slots.n, fresh.slots.n);
    for (size_t i = 0; i < slots.n; i++) {
        assert_string_equal(slots.items[i].uid, fresh.slots.items[i].uid);
        assert_true(slots.items[i].start_us == fresh.slots.items[i].start_us);
        assert_true(slots.items[i].end_us == fresh.slots.items[i].end_us);
        assert_true(slots.items[i].recurrence_us == fresh.slots.items[i].recurrence_us);
    }
    finish(&fresh);
}

static void windows_in_a_row_hold_what_each_holds_alone(void **state)
{
    (void)state;
    static const int64_t hour_us = 3600LL * 1000000;
    struct fixture f;
    good(&f, BUSY);
    int64_t start_us = instant("2023-05-20");
    for (int64_t length = 50; length < 500; length *= 3) {
        for (int64_t i = 0; i < 12; i++) { /* with an overlap and without */
            int64_t from_us = start_us + i * (length == 150 ? length : length / 2) * hour_us;
            assert_same_window(&f, from_us, from_us + length * hour_us);
        }
    }
    assert_same_window(&f, instant("2023-05-01"), instant("2023-07-01")); /* back again */
    assert_same_window(&f, instant("2023-09-01"), instant("2023-09-03"));
    finish(&f);
}

struct folder {
    char dir[TEMP_DIR_MAX];
    struct station *station;
    struct calendars *calendars;
    struct findings findings;
};

static int load(struct folder *f, const char *layers)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 16);
    strbuf_printf(&text, "%s%s", STATION, layers);
    f->station = parse_station(f->dir, strbuf_text(&text));
    strbuf_finish(&text);
    return calendars_load(f->station, &f->calendars, &f->findings);
}

static void folder_make(struct folder *f)
{
    *f = (struct folder){0};
    temp_dir_make(f->dir);
    temp_dir_write(f->dir, "schedules/a.ics",
                   EVENT("UID:a\r\nDTSTART:20230501T170000\r\nDURATION:PT5M\r\n"));
    temp_dir_write(f->dir, "schedules/b.ics",
                   EVENT("UID:b\r\nDTSTART:20230501T170000\r\nDURATION:PT5M\r\n"
                         "RELATED-TO;RELTYPE=X-LOA-REPEAT:a\r\n"));
}

static void folder_remove(struct folder *f)
{
    calendars_destroy(f->calendars);
    station_destroy(f->station);
    findings_finish(&f->findings);
    temp_dir_remove(f->dir);
}

static void the_layers_of_a_station_are_read_from_its_folder(void **state)
{
    (void)state;
    struct folder f;
    folder_make(&f);
    assert_int_equal(load(&f, "[layer l0]\ncalendar = schedules/b.ics\n"
                              "[layer l1]\ncalendar = schedules/a.ics\n"),
                     0);
    struct slots slots;
    struct arena *arena = arena_create(1 << 20);
    assert_int_equal(calendars_expand(f.calendars, instant("2023-05-01"), instant("2023-05-02"),
                                      arena, &slots, NULL),
                     0);
    assert_int_equal(slots.n, 2); /* the lower layer first */
    assert_string_equal(slots.items[0].uid, "b");
    assert_string_equal(slots.items[0].repeat_of, "a");
    assert_int_equal(slots.items[1].layer, 1);
    assert_non_null(strstr(slots.items[1].file, "schedules/a.ics"));
    arena_destroy(arena);
    folder_remove(&f);
}

static void a_calendar_that_is_not_there_is_told_and_the_others_are_read(void **state)
{
    (void)state;
    struct folder f;
    folder_make(&f);
    temp_dir_write(f.dir, "schedules/c.ics", "garbage");
    assert_int_equal(load(&f, "[layer l0]\ncalendar = schedules/none.ics\n"
                              "[layer l1]\ncalendar = schedules/c.ics\n"),
                     -ENOENT);
    assert_null(f.calendars);
    assert_int_equal(f.findings.n, 2);
    assert_non_null(strstr(f.findings.items[0].fault.file, "none.ics"));
    assert_non_null(strstr(f.findings.items[1].fault.file, "c.ics"));
    assert_int_equal(f.findings.items[1].fault.line, 1);
    folder_remove(&f);
}

static void one_uid_in_two_layers_is_refused(void **state)
{
    (void)state;
    struct folder f;
    folder_make(&f);
    assert_int_equal(load(&f, "[layer l0]\ncalendar = schedules/a.ics\n"
                              "[layer l1]\ncalendar = schedules/a.ics\n"),
                     -EINVAL);
    assert_non_null(
        strstr(f.findings.items[0].fault.text, "\"l0\" has an event with the same UID"));
    folder_remove(&f);
}

static void but_not_where_one_layer_replaces_the_other(void **state)
{
    (void)state;
    struct folder f;
    folder_make(&f);
    assert_int_equal(load(&f, "[layer l0]\ncalendar = schedules/a.ics\n"
                              "[layer l1]\ncalendar = schedules/a.ics\nreplaces = l0\n"
                              "from = 2023-10-01\nuntil = 2023-10-20\n"),
                     0);
    folder_remove(&f);
}

static void the_example_station_has_calendars_without_a_word_of_complaint(void **state)
{
    (void)state;
    struct findings findings = {0};
    struct station *station = NULL;
    struct calendars *calendars = NULL;
    assert_int_equal(station_load(LOA_SOURCE_DIR "/schedules/tu-ky-2023", &station, &findings), 0);
    int r = calendars_load(station, &calendars, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        print_message("%s:%u: %s\n", findings.items[i].fault.file, findings.items[i].fault.line,
                      findings.items[i].fault.text);
    }
    assert_int_equal(r, 0);
    assert_int_equal(findings.n, 0);
    struct slots slots;
    struct arena *arena = arena_create(64 << 20);
    assert_int_equal(calendars_expand(calendars, instant("2023-01-01"), instant("2024-01-01"),
                                      arena, &slots, NULL),
                     0);
    assert_true(slots.n >= 3 * 365); /* 05:00, 11:00 and 17:00 every day */
    arena_destroy(arena);
    findings_finish(&findings);
    calendars_destroy(calendars);
    station_destroy(station);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_slot_holds_all_that_its_event_says),
    cmocka_unit_test(what_an_event_leaves_out_has_its_default),
    cmocka_unit_test(a_moved_occurrence_keeps_the_key_of_where_it_was),
    cmocka_unit_test(a_zone_outside_its_dates_is_the_reason),
    cmocka_unit_test(a_zero_byte_is_refused_with_its_line),
    cmocka_unit_test(bytes_that_are_not_utf8_are_refused_with_their_line),
    cmocka_unit_test(a_character_cut_in_two_by_folding_is_whole),
    cmocka_unit_test(an_empty_file_is_no_calendar),
    cmocka_unit_test(every_cut_of_a_calendar_is_refused),
    cmocka_unit_test(the_order_of_events_in_a_file_does_not_matter),
    cmocka_unit_test(windows_in_a_row_hold_what_each_holds_alone),
    cmocka_unit_test(the_layers_of_a_station_are_read_from_its_folder),
    cmocka_unit_test(a_calendar_that_is_not_there_is_told_and_the_others_are_read),
    cmocka_unit_test(one_uid_in_two_layers_is_refused),
    cmocka_unit_test(but_not_where_one_layer_replaces_the_other),
    cmocka_unit_test(the_example_station_has_calendars_without_a_word_of_complaint),
};

TEST_MAIN(tests)
