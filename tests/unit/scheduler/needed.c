/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/needed.h"

#include <stdlib.h>

#include "base/db.h"
#include "scheduler/planner.h"
#include "tests/fakes/plan_world.h"
#include "tests/unit/scheduler/reading.h"

/* Which recordings the schedule asks for by name. */

static const char STATION_TEXT[] =
    "[station]\ntimezone = Asia/Ho_Chi_Minh\n"
    "[line fm]\noutput = null:\nfallback = segment:nhac-hieu, silence\n"
    "[clock sang]\nitems = segment:loi-chao, 2 tin\n"
    "[relay vov1]\nurl = http://vov.example/\n"
    "[layer r]\ncalendar = r.ics\n";

static const char CALENDAR[] =
    "BEGIN:VCALENDAR\r\n"
    "BEGIN:VEVENT\r\nUID:daily\r\nDTSTART:20230101T170000\r\nDURATION:PT10M\r\n"
    "RRULE:FREQ=DAILY\r\nATTACH:segment:loi-ket\r\nATTACH:tin/Bản tin.flac\r\nATTACH:relay:vov1\r\n"
    "END:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:past\r\nDTSTART:20230501T170000\r\nDURATION:PT10M\r\nATTACH:segment:"
    "past\r\n"
    "END:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:on\r\nDTSTART:20230510T165500\r\nDURATION:PT10M\r\nATTACH:segment:on\r\n"
    "END:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:far\r\nDTSTART:20240509T170000\r\nDURATION:PT10M\r\nATTACH:segment:far\r\n"
    "END:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:too-far\r\nDTSTART:20240510T170000\r\nDURATION:PT10M\r\n"
    "ATTACH:segment:too-far\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:maybe\r\nDTSTART:20230601T170000\r\nDURATION:PT10M\r\n"
    "STATUS:TENTATIVE\r\nATTACH:segment:maybe\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:off\r\nDTSTART:20230601T170000\r\nDURATION:PT10M\r\n"
    "STATUS:CANCELLED\r\nATTACH:segment:off\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n";

static void what_is_named_in_the_year_ahead_is_needed(void **state)
{
    (void)state;
    struct findings findings = {0};
    struct fault fault = {0};
    struct needed_codes codes = {0};
    AUTO(arena_destroy) struct arena *arena = arena_create(1 << 20);
    AUTO(station_destroy) struct station *station = parse_station("/dai", STATION_TEXT);
    AUTO(calendars_destroy) struct calendars *calendars = NULL;
    int r = calendars_parse(station, 0, "r.ics", CALENDAR, strlen(CALENDAR), &calendars, &findings);
    if (r < 0) {
        fail_msg("%s", findings.items[0].fault.text);
    }
    if (needed_by_schedule(station, calendars, NULL, instant("2023-05-10T17:00"),
                           instant("2024-05-10T17:00"), arena, &codes, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    static const char *const wanted[] = {"ban-tin", "far",       "loi-chao", "loi-ket",
                                         "maybe",   "nhac-hieu", "on"};
    for (size_t i = 0; i < codes.n && i < ARRAY_LEN(wanted); i++) {
        assert_string_equal(codes.items[i], wanted[i]);
    }
    assert_int_equal(codes.n, ARRAY_LEN(wanted));
    findings_finish(&findings);
}

/* Two days of a programme by rotation, frozen. */
static struct world *frozen_world(void)
{
    struct world *world = world_make(1);
    world_segment(world, "tin-1", "tin", NULL, 500);
    world_segment(world, "tin-2", "tin", NULL, 500);
    world_slot(world, "chieu", "2023-05-10T17:00", 10);
    world_slot(world, "chieu", "2023-05-11T17:00", 10);
    world_open_db(world);
    struct fault fault = {0};
    AUTO(plan_destroy)
    struct plan *plan = world_plan(world, "2023-05-10T00:00", "2023-05-12T00:00");
    if (plan_store(world->db, &world->station, plan, at_us("2023-05-10T00:00"), &fault) < 0) {
        fail_msg("%s", fault.text);
    }
    return world;
}

static void what_is_frozen_is_needed_until_it_is_over(void **state)
{
    (void)state;
    struct world *world = frozen_world();
    struct needed_ids ids = {0};
    assert_int_equal(needed_by_plan(world->db, at_us("2023-05-10T12:00"), world->arena, &ids, NULL),
                     0);
    assert_int_equal(ids.n, 2);
    assert_true(ids.items[0] < ids.items[1]);
    assert_int_equal(needed_by_plan(world->db, at_us("2023-05-12T20:00"), world->arena, &ids, NULL),
                     0);
    assert_int_equal(ids.n, 1);
    assert_int_equal(needed_by_plan(world->db, at_us("2023-05-14T00:00"), world->arena, &ids, NULL),
                     0);
    assert_int_equal(ids.n, 0);
    world_destroy(world);
}

static void what_will_be_repeated_is_needed(void **state)
{
    (void)state;
    struct world *world = frozen_world();
    static const char calendar[] =
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:chieu\r\nDTSTART:20230510T170000\r\n"
        "DURATION:PT10M\r\nRRULE:FREQ=DAILY;COUNT=2\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:sang\r\n"
        "DTSTART:20240101T060000\r\nDURATION:PT10M\r\nRELATED-TO;RELTYPE=X-LOA-REPEAT:chieu\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n";
    struct findings findings = {0};
    struct fault fault = {0};
    struct needed_codes codes = {0};
    AUTO(station_destroy)
    struct station *station = parse_station("/dai", STATION "[layer r]\ncalendar = r.ics\n");
    AUTO(calendars_destroy) struct calendars *calendars = NULL;
    assert_int_equal(calendars_parse(station, 0, "r.ics", calendar, strlen(calendar), &calendars,
                                     &findings),
                     0);
    assert_int_equal(needed_by_schedule(station, calendars, world->db, at_us("2023-06-01T00:00"),
                                        at_us("2024-06-01T00:00"), world->arena, &codes, &fault),
                     0);
    assert_int_equal(codes.n, 1);
    assert_string_equal(codes.items[0], "tin-2"); /* of the later day */
    findings_finish(&findings);
    world_destroy(world);
}

static void what_is_spoken_for_a_slot_is_needed(void **state)
{
    (void)state;
    struct fixture f;
    good(&f, EVENT("UID:lu\r\nDTSTART:20230510T170000\r\nDURATION:PT5M\r\nSUMMARY:Lũ\r\n"
                   "CATEGORIES:thong-bao\r\nDESCRIPTION:Nước đang lên\r\n"));
    char code[SPOKEN_CODE_MAX];
    assert_int_equal(spoken_code("thong-bao", NULL, "Nước đang lên", code), 0);
    struct needed_codes codes = {0};
    assert_int_equal(needed_by_schedule(f.station, f.calendars, NULL, instant("2023-05-01"),
                                        instant("2023-06-01"), f.arena, &codes, &f.fault),
                     0);
    assert_int_equal(codes.n, 1);
    assert_string_equal(codes.items[0], code);
    finish(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_named_in_the_year_ahead_is_needed),
    cmocka_unit_test(what_is_frozen_is_needed_until_it_is_over),
    cmocka_unit_test(what_will_be_repeated_is_needed),
    cmocka_unit_test(what_is_spoken_for_a_slot_is_needed),
};

TEST_MAIN(tests)
