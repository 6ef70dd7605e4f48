/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "scheduler/planner_int.h"
#include "tests/fakes/plan_world.h"

/* What `loa check` says of calendars that are well written and yet at odds. */

static void check(struct world *world, struct findings *findings)
{
    struct fault fault = {0};
    struct slots slots = world_slots(world);
    struct segments segments = world_segments(world);
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-17");
    AUTO(checker_destroy) struct checker *checker = NULL;
    int r =
        checker_create(&world->station, &segments, plan->from_us, plan->to_us, &checker, &fault);
    r = r < 0 ? r : checker_look(checker, &slots, plan, &fault);
    if (r < 0 || checker_tell(checker, findings, &fault) < 0) {
        fail_msg("%s", fault.text);
    }
}

static struct slot *attached(struct world *world, const char *uid, const char *start,
                             double minutes, const char *codes)
{
    struct slot *slot = world_slot(world, uid, start, minutes);
    slot_attach(world, slot, codes);
    slot->file_line = (unsigned)world->n_slots;
    return slot;
}

static void equal_events_that_want_the_same_lines_are_named_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(4);
    world_segment(world, "a", "bai", NULL, 600);
    attached(world, "news", "2023-05-10T17:00", 10, "a");
    slot_on(world, attached(world, "song", "2023-05-10T17:05", 10, "a"), "1 2");
    attached(world, "news", "2023-05-11T17:00", 10, "a");
    slot_on(world, attached(world, "song", "2023-05-11T17:05", 10, "a"), "1 2");
    struct findings findings = {0};
    check(world, &findings);
    assert_int_equal(findings.n, 1);
    assert_int_equal(findings.items[0].severity, SEVERITY_WARNING);
    assert_string_equal(findings.items[0].rule, "conflict");
    assert_string_equal(findings.items[0].fault.file, "regular.ics");
    assert_int_equal(findings.items[0].fault.line, 1);
    assert_string_equal(findings.items[0].fault.text,
                        "\"news\" loses 5 min of 10 min on 2 of its 4 lines from 2023-05-10 "
                        "17:05:00 on: \"song\" (regular.ics:2) has the same priority and starts "
                        "later; this happens 2 times until 2023-05-11; move one, or give the one "
                        "that should air a smaller PRIORITY, 1 to 4");
    findings_finish(&findings);
}

static void assert_finding(const struct findings *findings, size_t i, const char *rule,
                           const char *text)
{
    assert_true(i < findings->n);
    assert_string_equal(findings->items[i].rule, rule);
    assert_string_equal(findings->items[i].fault.text, text);
}

static void at_the_same_start_the_higher_layer_and_then_the_uid_decide(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "a", "bai", NULL, 600);
    slot_on(world, attached(world, "a", "2023-05-10T17:00", 10, "a"), "0");
    slot_on(world, attached(world, "b", "2023-05-10T17:00", 10, "a"), "1");
    attached(world, "c", "2023-05-10T17:00", 5, "a")->layer = 1;
    slot_on(world, attached(world, "d", "2023-05-10T17:00", 10, "a"), "1");
    struct findings findings = {0};
    check(world, &findings);
    assert_finding(&findings, 0, "conflict",
                   "\"a\" loses 5 min of 10 min on 1 of its 1 lines from 2023-05-10 17:00:00 on: "
                   "\"c\" (regular.ics:3) has the same priority and start, and lies in a higher "
                   "layer; move one, or give the one that should air a smaller PRIORITY, 1 to 4");
    assert_finding(&findings, 3, "conflict",
                   "\"d\" is not heard at all on 1 of its 1 lines at 2023-05-10 17:00:00: \"b\" "
                   "(regular.ics:2) has the same priority and start, and a UID that comes first; "
                   "move one, or give the one that should air a smaller PRIORITY, 1 to 4");
    findings_finish(&findings);
}

static void a_better_priority_is_named_only_where_it_cuts_again_and_again(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(3);
    world_segment(world, "a", "bai", NULL, 600);
    world_segment(world, "b", "bai", NULL, 60);
    for (int day = 10; day < 13; day++) {
        char start[] = "2023-05-10T17:00";
        start[9] = (char)('0' + day % 10);
        attached(world, "news", start, 10, "a");
        start[15] = '5';
        attached(world, "speech", start, 5, "b")->priority = 3;
    }
    attached(world, "once", "2023-05-12T17:07", 1, "b")->priority = 2;
    struct findings findings = {0};
    check(world, &findings);
    assert_int_equal(findings.n, 1);
    assert_finding(&findings, 0, "outranked",
                   "\"news\" loses 60 s of 10 min on 3 of its 3 lines from 2023-05-10 17:05:00 "
                   "on: \"speech\" (regular.ics:2) has the better priority, 3; this happens 3 "
                   "times until 2023-05-12; if that is not meant, move one of them");
    findings_finish(&findings);
}

static void where_lines_are_closed_nobody_loses_anything(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world->lines[1].hours = world_hours(world, 5 * 60, 22 * 60);
    world_segment(world, "a", "bai", NULL, 1200);
    slot_on(world, attached(world, "news", "2023-05-10T20:50", 20, "a"), "0");
    attached(world, "song", "2023-05-10T20:55", 30, "a");
    attached(world, "night", "2023-05-10T23:00", 20, "a");
    attached(world, "owl", "2023-05-10T23:05", 20, "a");
    struct findings findings = {0};
    check(world, &findings);
    assert_finding(&findings, 0, "conflict",
                   "\"news\" loses 5 min of 20 min on 1 of its 1 lines from 2023-05-10 20:55:00 "
                   "on: \"song\" (regular.ics:2) has the same priority and starts later; move "
                   "one, or give the one that should air a smaller PRIORITY, 1 to 4");
    for (size_t i = 1; i < findings.n; i++) {
        assert_string_equal(findings.items[i].rule, "refused");
    }
    findings_finish(&findings);
}

static void a_layer_that_leaves_a_hole_in_what_it_replaces_is_named_once(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(3);
    world->layers[1].replaces = 0;
    world->layers[1].from_us = at_us("2023-05-11");
    world->layers[1].until_us = at_us("2023-05-14");
    world->layers[1].file_line = 77;
    world_segment(world, "a", "bai", NULL, 300);
    attached(world, "morning", "2023-05-10T06:00", 5, "a");
    attached(world, "morning", "2023-05-11T06:00", 5, "a");
    attached(world, "morning", "2023-05-12T06:00", 5, "a");
    attached(world, "evening", "2023-05-12T17:00", 5, "a");
    attached(world, "evening", "2023-05-13T17:00", 5, "a");
    attached(world, "night", "2023-05-13T23:00", 5, "a");
    slot_on(world, attached(world, "party", "2023-05-11T05:58", 5, "a"), "0 1 2");
    slot_on(world, attached(world, "party", "2023-05-12T06:01", 5, "a"), "0");
    for (size_t i = 6; i < world->n_slots; i++) {
        world->slots[i].layer = 1;
    }
    struct findings findings = {0};
    check(world, &findings);
    assert_int_equal(findings.n, 1);
    assert_int_equal(findings.items[0].fault.line, 77);
    assert_string_equal(findings.items[0].fault.file, "station.ini");
    assert_finding(&findings, 0, "layer-gap",
                   "layer campaign takes the place of regular, but has nothing for 2 lines at "
                   "2023-05-12 06:00:00, where \"morning\" (regular.ics:3) would be; this happens "
                   "3 times until 2023-05-13; add a programme to it, or let it replace nothing");
    findings_finish(&findings);
}

static void a_rung_that_could_not_be_played_is_named_once_for_all_lines(void **state)
{
    (void)state;
    static const struct fallback ladder[] = {{"tune"}, {"gone"}, {"old"}, {NULL}};
    AUTO(world_destroy) struct world *world = world_make(3);
    for (size_t i = 1; i < 3; i++) {
        world->lines[i].fallback = ladder;
        world->lines[i].n_fallback = ARRAY_LEN(ladder);
        world->lines[i].file_line = 10 * (unsigned)i;
    }
    world->lines[2].n_fallback = 2;
    world_segment(world, "tune", "nhac-hieu", NULL, 30);
    world_segment(world, "old", "nhac-hieu", NULL, 30)->valid_until_us = at_us("2023-05-12");
    struct findings findings = {0};
    check(world, &findings);
    assert_int_equal(findings.n, 2);
    assert_int_equal(findings.items[0].fault.line, 10);
    assert_finding(&findings, 0, "fallback",
                   "the fallback of line l1 and 1 more would pass over gone: the library has no "
                   "recording gone; import it or correct the code");
    assert_finding(&findings, 1, "fallback",
                   "the fallback of line l1 would pass over old: recording old may not air from "
                   "2023-05-12 on");
    findings_finish(&findings);
}

static void a_repeat_of_what_has_not_aired_says_when_it_does(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a", "bai", NULL, 60);
    world_slot(world, "early", "2023-05-10T06:00", 10)->repeat_of = "feature";
    world_slot(world, "early", "2023-05-11T06:00", 10)->repeat_of = "feature";
    world_slot(world, "early", "2023-05-12T06:00", 10)->repeat_of = "feature";
    world_slot(world, "vain", "2023-05-12T07:00", 10)->repeat_of = "never";
    attached(world, "feature", "2023-05-11T17:00", 10, "a");
    struct findings findings = {0};
    check(world, &findings);
    assert_int_equal(findings.n, 2);
    assert_finding(&findings, 0, "repeat",
                   "\"early\" does not air at 2023-05-10 06:00:00: no earlier occurrence of what "
                   "it repeats has aired or is planned; feature airs first at 2023-05-11 17:00:00; "
                   "this happens 2 times until 2023-05-11");
    assert_finding(
        &findings, 1, "repeat",
        "\"vain\" does not air at 2023-05-12 07:00:00: no earlier occurrence of what it "
        "repeats has aired or is planned; never does not air before 2023-05-17 00:00:00 either");
    findings_finish(&findings);
}

static void a_mode_that_does_not_hold_and_what_one_withholds_are_named(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(2);
    world_segment(world, "song", "ca-nhac", NULL, 60);
    world_segment(world, "news", "tin", NULL, 60);
    slot_on(world, world_mode(world, "ca-nhac", "2023-05-10", "2023-05-11"), "1");
    struct slot *maybe = world_mode(world, "ca-nhac", "2023-05-09", "2023-05-11");
    maybe->state = SLOT_TENTATIVE;
    maybe->uid = "maybe";
    attached(world, "morning", "2023-05-10T06:00", 10, "song news");
    struct findings findings = {0};
    check(world, &findings);
    assert_int_equal(findings.n, 2);
    assert_finding(&findings, 0, "mode",
                   "the station mode quoc-tang does not hold from 2023-05-09 00:00:00 on: it is "
                   "tentative; confirm it");
    assert_finding(&findings, 1, "refused",
                   "\"song\" does not air on 1 of its 2 lines at 2023-05-10 06:00:00: the station "
                   "mode \"Quốc tang\" withholds recordings of kind ca-nhac at that time");
    findings_finish(&findings);
}

static void notices_and_better_priorities_are_meant_to_interrupt(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a", "bai", NULL, 600);
    world_segment(world, "b", "bai", NULL, 60);
    world_segment(world, "notice", "thong-bao", NULL, 60);
    attached(world, "news", "2023-05-10T17:00", 10, "a");
    attached(world, "notice", "2023-05-10T17:05", 5, "notice");
    attached(world, "speech", "2023-05-10T17:07", 1, "b")->priority = 3;
    struct findings findings = {0};
    check(world, &findings);
    assert_int_equal(findings.n, 0);
    findings_finish(&findings);
}

static void what_does_not_air_is_named_with_its_reason(void **state)
{
    (void)state;
    AUTO(world_destroy) struct world *world = world_make(1);
    world_segment(world, "a", "bai", NULL, 60);
    attached(world, "night", "2023-05-10T23:00", 10, "a");
    attached(world, "day", "2023-05-11T12:00", 10, "a nothing");
    attached(world, "day", "2023-05-12T12:00", 10, "nothing a nothing");
    struct findings findings = {0};
    check(world, &findings);
    assert_int_equal(findings.n, 2);
    assert_string_equal(findings.items[0].rule, "refused");
    assert_string_equal(findings.items[0].fault.text,
                        "\"night\" does not air at 2023-05-10 23:00:00: these lines are closed at "
                        "that time; only an emergency may sound");
    assert_string_equal(findings.items[1].rule, "unfilled");
    assert_int_equal(findings.items[1].fault.line, 2);
    assert_non_null(strstr(findings.items[1].fault.text, "import it or correct the code"));
    assert_non_null(
        strstr(findings.items[1].fault.text, "; this happens 2 times until 2023-05-12"));
    findings_finish(&findings);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(equal_events_that_want_the_same_lines_are_named_once),
    cmocka_unit_test(at_the_same_start_the_higher_layer_and_then_the_uid_decide),
    cmocka_unit_test(a_better_priority_is_named_only_where_it_cuts_again_and_again),
    cmocka_unit_test(where_lines_are_closed_nobody_loses_anything),
    cmocka_unit_test(a_layer_that_leaves_a_hole_in_what_it_replaces_is_named_once),
    cmocka_unit_test(a_rung_that_could_not_be_played_is_named_once_for_all_lines),
    cmocka_unit_test(a_repeat_of_what_has_not_aired_says_when_it_does),
    cmocka_unit_test(a_mode_that_does_not_hold_and_what_one_withholds_are_named),
    cmocka_unit_test(notices_and_better_priorities_are_meant_to_interrupt),
    cmocka_unit_test(what_does_not_air_is_named_with_its_reason),
};
TEST_MAIN(tests)
