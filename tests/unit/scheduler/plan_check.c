/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "scheduler/planner_int.h"
#include "tests/fakes/plan_world.h"

/* What `loa check` says of calendars that are well written and yet at odds. */

DEFINE_AUTO(struct world, world_destroy)

static void check(struct world *world, struct findings *findings)
{
    struct fault fault = {0};
    struct slots slots = {.items = world->slots, .n = world->n_slots};
    struct segments segments = world_segments(world);
    AUTO(plan_destroy) struct plan *plan = world_plan(world, "2023-05-10", "2023-05-17");
    if (check_slots(&world->station, &slots, &segments, plan, findings, &fault) < 0) {
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
                        "\"news\" loses 2 lines for 5 min from 2023-05-10 17:05:00 on to \"song\" "
                        "(regular.ics:2), which has the same priority; move one, or give the one "
                        "that should air a smaller PRIORITY, 1 to 4");
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
    attached(world, "day", "2023-05-12T12:00", 10, "a nothing");
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
    findings_finish(&findings);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(equal_events_that_want_the_same_lines_are_named_once),
    cmocka_unit_test(notices_and_better_priorities_are_meant_to_interrupt),
    cmocka_unit_test(what_does_not_air_is_named_with_its_reason),
};
TEST_MAIN(tests)
