/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scheduler/editing.h"

#include <errno.h>
#include <stdio.h>

/* Edits of a calendar: what airs afterwards, and what stays as it was. */

static void one_occurrence_is_moved_and_all_else_stays_byte_for_byte(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    change(&w, at("tin", "2023-05-03T17:00", EDIT_THIS), moved_to("2023-05-03T18:30"));
    assert_slots(&w, "2023-05-02", "2023-05-05",
                 "05-02T17:00/15=Tin 05-03T18:30/15=Tin 05-04T17:00/15=Tin");
    AUTO_FREE char *text = world_read(&w, "r.ics");
    assert_ptr_equal(strstr(text, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" DAILY), text);
    assert_non_null(strstr(text, "RECURRENCE-ID:20230503T170000\r\n"));
    /* What others wrote into the event goes with the copy of it. */
    assert_non_null(strstr(strstr(text, "END:VEVENT"), "X-OTHER;P=\"a:b\":giu nguyen"));
    /* The change is changed, and not doubled. */
    change(&w, at("tin", "2023-05-03T18:30", EDIT_THIS), moved_to("2023-05-03T19:00"));
    assert_slots(&w, "2023-05-03", "2023-05-04", "05-03T19:00/15=Tin");
    AUTO_FREE char *again = world_read(&w, "r.ics");
    assert_null(strstr(strstr(again, "RECURRENCE-ID") + 1, "RECURRENCE-ID"));
    world_finish(&w);
}

static void from_one_occurrence_on_all_are_changed(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    struct edit_values values = moved_to("2023-05-03T17:30");
    values.length_s = 1800;
    values.fields[EDIT_TITLE] = "Mới";
    change(&w, at("tin", "2023-05-03T17:00", EDIT_FOLLOWING), values);
    assert_slots(&w, "2023-05-02", "2023-05-05",
                 "05-02T17:00/15=Tin 05-03T17:30/30=Mới 05-04T17:30/30=Mới");
    /* And from a later one again, by time of day. */
    struct edit_values evening = {.start = EDIT_START_TIME_OF_DAY, .minute_of_day = 20 * 60};
    change(&w, at("tin", "2023-05-05T17:30", EDIT_FOLLOWING), evening);
    assert_slots(&w, "2023-05-04", "2023-05-07",
                 "05-04T17:30/30=Mới 05-05T20:00/30=Mới 05-06T20:00/30=Mới");
    world_finish(&w);
}

static void of_all_that_follows_a_change_it_is_said_that_it_stays(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    change(&w, at("tin", "2023-05-03T17:00", EDIT_FOLLOWING), moved_to("2023-05-03T17:30"));
    struct edit_target all = at("tin", NULL, EDIT_ALL);
    struct edit_values early = {.start = EDIT_START_TIME_OF_DAY, .minute_of_day = 6 * 60};
    struct edit *edit = NULL;
    assert_int_equal(edit_change(w.station, &all, &early, NOW_US, &edit, &w.fault), 0);
    assert_non_null(strstr(edit->notes.items[0].fault.text, "from 2023-05-03 on the series stays"));
    edit_destroy(edit);
    world_finish(&w);
}

static void what_follows_is_changed_with_the_one_that_had_its_own_time(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    change(&w, at("tin", "2023-05-03T17:00", EDIT_THIS), moved_to("2023-05-03T18:30"));
    change(&w, at("tin", "2023-05-03T18:30", EDIT_FOLLOWING), titled("Mới"));
    assert_slots(&w, "2023-05-02", "2023-05-05",
                 "05-02T17:00/15=Tin 05-03T18:30/15=Mới 05-04T17:00/15=Mới");
    world_finish(&w);
}

static void a_whole_series_is_moved_with_all_that_hangs_on_its_times(void **state)
{
    (void)state;
    struct world w = world_make(
        CALENDAR("BEGIN:VEVENT\r\nUID:tin\r\nDTSTART;TZID=Asia/Ho_Chi_Minh:20230501T170000\r\n"
                 "DURATION:PT15M\r\nRRULE:FREQ=DAILY;UNTIL=20230506T100000Z\r\n"
                 "EXDATE:20230502T100000Z\r\nRDATE;TZID=Asia/Ho_Chi_Minh:20230510T170000\r\n"
                 "SUMMARY:Tin\r\nEND:VEVENT\r\n"
                 "BEGIN:VEVENT\r\nUID:tin\r\nRECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20230504T170000"
                 "\r\nDTSTART;TZID=Asia/Ho_Chi_Minh:20230504T170000\r\nDURATION:PT15M\r\n"
                 "SUMMARY:Riêng\r\nEND:VEVENT\r\n"));
    struct edit_values later = {.start = EDIT_START_TIME_OF_DAY, .minute_of_day = 17 * 60 + 20};
    change(&w, at("tin", NULL, EDIT_ALL), later);
    assert_slots(&w, "2023-05-01", "2023-06-01",
                 "05-01T17:20/15=Tin 05-03T17:20/15=Tin 05-04T17:20/15=Riêng 05-05T17:20/15=Tin "
                 "05-06T17:20/15=Tin 05-10T17:20/15=Tin");
    /* A title of its own stays when the series gets another. */
    change(&w, at("tin", NULL, EDIT_ALL), titled("Bản tin"));
    assert_slots(&w, "2023-05-03", "2023-05-06",
                 "05-03T17:20/15=Bản tin 05-04T17:20/15=Riêng 05-05T17:20/15=Bản tin");
    assert_refused_change(&w, at("tin", "2023-05-05T17:20", EDIT_ALL), moved_to("2023-05-06T17:20"),
                          EINVAL, "within its day");
    world_finish(&w);
}

static void one_occurrence_is_cancelled_and_stays_to_be_seen(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    cancel(&w, at("tin", "2023-05-03T17:00", EDIT_THIS));
    assert_slots(&w, "2023-05-02", "2023-05-05",
                 "05-02T17:00/15=Tin 05-03T17:00/15=Tin! 05-04T17:00/15=Tin");
    struct edit_values confirmed = {.fields[EDIT_STATUS] = "confirmed"};
    change(&w, at("tin", "2023-05-03T17:00", EDIT_THIS), confirmed);
    assert_slots(&w, "2023-05-03", "2023-05-04", "05-03T17:00/15=Tin");
    world_finish(&w);
}

static void a_series_is_ended_with_all_that_comes_later(void **state)
{
    (void)state;
    static const char *const starts[] = {"DTSTART:20230501T170000", "DTSTART:20230501T100000Z",
                                         "DTSTART;TZID=Asia/Ho_Chi_Minh:20230501T170000"};
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        char text[2000];
        snprintf(text, sizeof text,
                 CALENDAR("BEGIN:VEVENT\r\nUID:tin\r\n%s\r\nDURATION:PT15M\r\n"
                          "RRULE:FREQ=DAILY;COUNT=20\r\nEXDATE:20230502T100000Z,20230508T100000Z"
                          "\r\nRDATE:20230520T100000Z\r\nSUMMARY:Tin\r\nEND:VEVENT\r\n"
                          "BEGIN:VEVENT\r\nUID:tin\r\nRECURRENCE-ID:20230507T100000Z\r\n"
                          "DTSTART:20230507T180000\r\nDURATION:PT15M\r\nEND:VEVENT\r\n"),
                 starts[i]);
        struct world w = world_make(text);
        cancel(&w, at("tin", "2023-05-05T17:00", EDIT_FOLLOWING));
        assert_slots(&w, "2023-05-01", "2023-06-01",
                     "05-01T17:00/15=Tin 05-03T17:00/15=Tin 05-04T17:00/15=Tin");
        world_finish(&w);
    }
}

static void a_rule_that_ended_before_the_series_does_is_not_made_longer(void **state)
{
    (void)state;
    static const char *const ended[] = {"UNTIL=20230503T235959", "COUNT=3"};
    for (size_t i = 0; i < ARRAY_LEN(ended); i++) {
        char text[2000];
        snprintf(text, sizeof text,
                 CALENDAR("BEGIN:VEVENT\r\nUID:tin\r\nDTSTART:20230501T170000\r\nDURATION:PT15M"
                          "\r\nRRULE:FREQ=DAILY;%s\r\nRRULE:FREQ=WEEKLY\r\n"
                          "RDATE:20230520T170000\r\nSUMMARY:Tin\r\nEND:VEVENT\r\n"),
                 ended[i]);
        struct world w = world_make(text);
        cancel(&w, at("tin", "2023-05-20T17:00", EDIT_FOLLOWING));
        assert_slots(&w, "2023-05-01", "2023-07-01",
                     "05-01T17:00/15=Tin 05-02T17:00/15=Tin 05-03T17:00/15=Tin "
                     "05-08T17:00/15=Tin 05-15T17:00/15=Tin");
        world_finish(&w);
    }
}

#define OLD_AND_NEW_CHANGE                                                                         \
    "BEGIN:VEVENT\r\nUID:tin\r\nRECURRENCE-ID:20230503T170000\r\nDTSTART:20230503T120000\r\n"      \
    "DURATION:PT5M\r\nSUMMARY:Cũ\r\nEND:VEVENT\r\n"                                               \
    "BEGIN:VEVENT\r\nUID:tin\r\nRECURRENCE-ID:20230503T170000\r\nDTSTART:20230503T180000\r\n"      \
    "SEQUENCE:1\r\nDURATION:PT5M\r\nSUMMARY:Mới\r\nEND:VEVENT\r\n"

static void an_older_revision_of_a_change_does_not_come_back(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY OLD_AND_NEW_CHANGE));
    struct edit_values later = {.start = EDIT_START_TIME_OF_DAY, .minute_of_day = 17 * 60 + 20};
    change(&w, at("tin", NULL, EDIT_ALL), later);
    assert_slots(&w, "2023-05-02", "2023-05-05",
                 "05-02T17:20/15=Tin 05-03T18:00/5=Mới 05-04T17:20/15=Tin");
    cancel(&w, at("tin", "2023-05-02T17:20", EDIT_FOLLOWING));
    assert_slots(&w, "2023-05-01", "2023-06-01", "05-01T17:20/15=Tin");
    world_finish(&w);
}

static void changes_without_their_series_are_edited_one_by_one(void **state)
{
    (void)state;
    struct world w = world_make(
        CALENDAR("BEGIN:VEVENT\r\nUID:hop\r\nRECURRENCE-ID:20230503T170000\r\n"
                 "DTSTART:20230503T180000\r\nDURATION:PT5M\r\nEND:VEVENT\r\n"
                 "BEGIN:VEVENT\r\nUID:hop\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20230504T170000"
                 "\r\nDTSTART:20230504T190000\r\nDURATION:PT5M\r\nEND:VEVENT\r\n"));
    assert_refused_change(&w, at("hop", NULL, EDIT_UNSAID), titled("A"), EINVAL, "--this");
    assert_refused_change(&w, at("hop", "2023-05-03T18:00", EDIT_ALL), moved_to("2023-05-03T19:00"),
                          EINVAL, "--this");
    cancel(&w, at("hop", "2023-05-03T18:00", EDIT_THIS));
    assert_slots(&w, "2023-05-01", "2023-06-01", "05-03T18:00/5=hop! 05-04T19:00/5=hop");
    change(&w, at("hop", "2023-05-04T19:00", EDIT_FOLLOWING), titled("B"));
    assert_slots(&w, "2023-05-01", "2023-06-01", "05-03T18:00/5=hop! 05-04T19:00/5=B");
    change(&w, at("hop", NULL, EDIT_ALL), titled("C"));
    assert_slots(&w, "2023-05-01", "2023-06-01", "05-03T18:00/5=C! 05-04T19:00/5=C");
    world_finish(&w);
}

static void what_is_written_in_utc_moves_by_the_clock_of_the_series(void **state)
{
    (void)state;
    /* On 26 March the clocks go forward between the old time and the new. */
    struct world w = world_make(
        CALENDAR("BEGIN:VEVENT\r\nUID:tin\r\nDTSTART;TZID=Europe/Berlin:20230325T120000\r\n"
                 "DURATION:PT15M\r\nRRULE:FREQ=DAILY;UNTIL=20230327T100000Z\r\n"
                 "EXDATE:20230326T100000Z\r\nSUMMARY:Tin\r\nEND:VEVENT\r\n"));
    change(&w, at("tin", "2023-03-25T18:00", EDIT_ALL), moved_to("2023-03-25T07:00"));
    assert_slots(&w, "2023-03-24", "2023-03-30", "03-25T07:00/15=Tin 03-27T06:00/15=Tin");
    world_finish(&w);
}

static void all_of_a_series_is_cancelled_with_its_changed_occurrences(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    change(&w, at("tin", "2023-05-03T17:00", EDIT_THIS), moved_to("2023-05-03T18:30"));
    cancel(&w, at("tin", NULL, EDIT_ALL));
    assert_slots(&w, "2023-05-02", "2023-05-05",
                 "05-02T17:00/15=Tin! 05-03T18:30/15=Tin! 05-04T17:00/15=Tin!");
    struct edit *edit = NULL;
    struct edit_target target = at("tin", NULL, EDIT_ALL);
    assert_int_equal(edit_cancel(w.station, &target, NOW_US, &edit, &w.fault), -EALREADY);
    world_finish(&w);
}

static void an_edit_tells_of_what_is_odd_only_since_then(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(
        DAILY "BEGIN:VEVENT\r\nUID:tin\r\nRECURRENCE-ID:20230503T170000\r\n"
              "DTSTART:20230503T180000\r\nDURATION:PT5M\r\nX-LOA-STRANGE:1\r\nEND:VEVENT\r\n"));
    struct edit_target all = at("tin", NULL, EDIT_ALL);
    struct edit_values mondays = {.fields[EDIT_RULE] = "FREQ=WEEKLY;BYDAY=MO"};
    struct edit *edit = NULL;
    assert_int_equal(edit_change(w.station, &all, &mondays, NOW_US, &edit, &w.fault), 0);
    assert_int_equal(edit->notes.n, 1);
    assert_non_null(strstr(edit->notes.items[0].fault.text, "airs all the same"));
    edit_destroy(edit);
    world_finish(&w);
}

static void what_does_not_recur_needs_no_scope(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR("BEGIN:VEVENT\r\nUID:hop-dan\r\nDTSTART:20230510T080000"
                                         "\r\nDTEND:20230510T090000\r\nEND:VEVENT\r\n"));
    change(&w, at("hop", NULL, EDIT_UNSAID), moved_to("2023-05-12T09:00"));
    assert_slots(&w, "2023-05-01", "2023-06-01", "05-12T09:00/60=hop-dan");
    cancel(&w, at("hop-dan", NULL, EDIT_UNSAID));
    assert_slots(&w, "2023-05-01", "2023-06-01", "05-12T09:00/60=hop-dan!");
    world_finish(&w);
}

static void a_new_slot_is_known_by_its_title(void **state)
{
    (void)state;
    struct world w = world_make("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n");
    struct edit_values values = moved_to("2023-05-10T07:30");
    struct edit *edit = NULL;
    values.length_s = 5400;
    values.fields[EDIT_TITLE] = "Họp dân; xóm 3, \"quan trọng\"\nthứ hai";
    values.fields[EDIT_RULE] = "freq=weekly;count=2";
    values.fields[EDIT_CATEGORIES] = "tthc, tin";
    values.fields[EDIT_LINES] = "xa";
    values.fields[EDIT_PLAYS] = "segment:nhac-hieu, segment:tin-01";
    assert_int_equal(edit_add(w.station, 0, &values, NOW_US, &edit, &w.fault), 0);
    assert_ptr_equal(strstr(edit->uid, "hop-dan-xom-3-quan-trong-thu-hai-"), edit->uid);
    assert_int_equal(edit_write(edit, &w.fault), 0);
    AUTO_FREE char *text = world_read(&w, "r.ics");
    assert_null(strchr(text, '\r')); /* as the rest of the file */
    assert_non_null(strstr(text, "CATEGORIES:tthc,tin\n"));
    assert_non_null(strstr(text, "ATTACH:segment:nhac-hieu\nATTACH:segment:tin-01\n"));
    assert_slots(&w, "2023-05-01", "2023-06-01",
                 "05-10T07:30/90=Họp dân; xóm 3, \"quan trọng\"\nthứ hai "
                 "05-17T07:30/90=Họp dân; xóm 3, \"quan trọng\"\nthứ hai");
    edit_destroy(edit);
    world_finish(&w);
}

static void with_one_mistake_nothing_is_written(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR(DAILY));
    struct edit_values values = {.fields[EDIT_CATEGORIES] = "tthk"};
    assert_refused_change(&w, at("tin", NULL, EDIT_ALL), values, EINVAL, "did you mean \"tthc\"");
    values = (struct edit_values){.length_s = 25 * 3600};
    assert_refused_change(&w, at("tin", NULL, EDIT_ALL), values, EINVAL, "longer than 24 hours");
    values = (struct edit_values){.fields[EDIT_RULE] = "FREQ=SECONDLY"};
    assert_refused_change(&w, at("tin", NULL, EDIT_ALL), values, EINVAL, "once a minute");
    values = titled("Khác");
    assert_refused_change(&w, at("tin", NULL, EDIT_UNSAID), values, EINVAL, "--this");
    assert_refused_change(&w, at("tin", NULL, EDIT_THIS), values, EINVAL, "--at");
    assert_refused_change(&w, at("tin", "2023-05-03T17:01", EDIT_THIS), values, ENOENT,
                          "2023-05-04T17:00");
    assert_refused_change(&w, at("ban-tin", NULL, EDIT_ALL), values, ENOENT, "ban-tin");
    assert_refused_change(&w, at("tin", NULL, EDIT_ALL), titled("Tin"), EALREADY, "so already");
    world_finish(&w);
}

static void an_occurrence_of_a_station_mode_is_found_and_cancelled(void **state)
{
    (void)state;
    struct world w = world_make(CALENDAR("BEGIN:VEVENT\r\nUID:tang\r\n"
                                         "DTSTART:20230501T060000\r\nDURATION:P2D\r\n"
                                         "RRULE:FREQ=MONTHLY\r\nX-LOA-MODE:quoc-tang\r\n"
                                         "END:VEVENT\r\n"));
    world_add_mode(&w);
    struct edit_target second_day = at("tang", "2023-06-02T06:00", EDIT_THIS);
    struct edit *edit = NULL;
    assert_int_equal(edit_cancel(w.station, &second_day, NOW_US, &edit, &w.fault), -ENOENT);
    cancel(&w, at("tang", "2023-06-01T06:00", EDIT_THIS));
    assert_slots(&w, "2023-05-01", "2023-08-01", "");
    AUTO_FREE char *text = world_read(&w, "r.ics");
    assert_non_null(strstr(text, "20230601T060000"));
    world_finish(&w);
}

/* The days of a mode, as the calendar says them. */
static void assert_days(struct world *w, const char *start, const char *end)
{
    AUTO_FREE char *text = world_read(w, "r.ics");
    assert_non_null(strstr(text, start));
    assert_non_null(strstr(text, end));
}

static void a_mode_of_whole_days_is_moved_by_days(void **state)
{
    (void)state;
    struct world w = world_make(
        CALENDAR("BEGIN:VEVENT\r\nUID:tang\r\nDTSTART;VALUE=DATE:20230501\r\n"
                 "DTEND;VALUE=DATE:20230503\r\nX-LOA-MODE:quoc-tang\r\nEND:VEVENT\r\n"
                 "BEGIN:VEVENT\r\nUID:lau\r\nDTSTART;VALUE=DATE:20230601\r\nDURATION:P2D\r\n"
                 "X-LOA-MODE:quoc-tang\r\nEND:VEVENT\r\n"));
    world_add_mode(&w);
    change(&w, at("tang", NULL, EDIT_UNSAID), moved_to("2023-05-05"));
    assert_days(&w, "DTSTART;VALUE=DATE:20230505", "DTEND;VALUE=DATE:20230507");
    struct edit_values three_days = {.length_s = 3 * 86400};
    change(&w, at("tang", NULL, EDIT_UNSAID), three_days);
    assert_days(&w, "DTSTART;VALUE=DATE:20230505", "DTEND;VALUE=DATE:20230508");
    change(&w, at("lau", NULL, EDIT_UNSAID), three_days);
    assert_days(&w, "DTSTART;VALUE=DATE:20230601", "DURATION:P3D");
    struct edit_values half_a_day = {.length_s = 36 * 3600};
    assert_refused_change(&w, at("tang", NULL, EDIT_UNSAID), half_a_day, EINVAL, "whole days");
    assert_refused_change(&w, at("tang", NULL, EDIT_UNSAID), moved_to("2023-05-06T12:00"), EINVAL,
                          "whole days");
    world_finish(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_occurrence_is_moved_and_all_else_stays_byte_for_byte),
        cmocka_unit_test(from_one_occurrence_on_all_are_changed),
        cmocka_unit_test(of_all_that_follows_a_change_it_is_said_that_it_stays),
        cmocka_unit_test(what_follows_is_changed_with_the_one_that_had_its_own_time),
        cmocka_unit_test(a_whole_series_is_moved_with_all_that_hangs_on_its_times),
        cmocka_unit_test(one_occurrence_is_cancelled_and_stays_to_be_seen),
        cmocka_unit_test(a_series_is_ended_with_all_that_comes_later),
        cmocka_unit_test(all_of_a_series_is_cancelled_with_its_changed_occurrences),
        cmocka_unit_test(an_edit_tells_of_what_is_odd_only_since_then),
        cmocka_unit_test(what_does_not_recur_needs_no_scope),
        cmocka_unit_test(a_new_slot_is_known_by_its_title),
        cmocka_unit_test(with_one_mistake_nothing_is_written),
        cmocka_unit_test(an_occurrence_of_a_station_mode_is_found_and_cancelled),
        cmocka_unit_test(a_mode_of_whole_days_is_moved_by_days),
        cmocka_unit_test(what_is_written_in_utc_moves_by_the_clock_of_the_series),
        cmocka_unit_test(changes_without_their_series_are_edited_one_by_one),
        cmocka_unit_test(an_older_revision_of_a_change_does_not_come_back),
        cmocka_unit_test(a_rule_that_ended_before_the_series_does_is_not_made_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
