/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scheduler/reading.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "scheduler/calendar/collection.h"
#include "scheduler/calendar/multistatus.h"

/* What CalDAV servers answer, and the calendars that come of it. */

#define TOLD(responses)                                                                            \
    "<?xml version=\"1.0\"?>\n<d:multistatus xmlns:d=\"DAV:\" "                                    \
    "xmlns:c=\"urn:ietf:params:xml:ns:caldav\" "                                                   \
    "xmlns:s=\"http://calendarserver.org/ns/\">" responses "</d:multistatus>"
#define FOUND(href, properties)                                                                    \
    "<d:response><d:href>" href "</d:href><d:propstat><d:prop>" properties                         \
    "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
#define OBJECT(href, text) FOUND(href, "<c:calendar-data>" text "</c:calendar-data>")
#define EVENT_AT(uid, start)                                                                       \
    "BEGIN:VEVENT\nUID:" uid "\nSUMMARY:" uid "\nDURATION:PT5M\n" start "\nEND:VEVENT\n"
#define ZONE(name, offset)                                                                         \
    "BEGIN:VTIMEZONE\nTZID:" name                                                                  \
    "\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:" offset "\nTZOFFSETTO:" offset       \
    "\nEND:STANDARD\nEND:VTIMEZONE\n"
#define CALENDAR(inside) "BEGIN:VCALENDAR\nVERSION:2.0\n" inside "END:VCALENDAR\n"

struct told {
    struct arena *arena;
    struct multistatus told;
    struct strbuf merged;
    struct fault fault;
};

static int parse(struct told *t, const char *xml)
{
    *t = (struct told){.arena = arena_create((size_t)64 << 20)};
    strbuf_init(&t->merged, 1 << 20);
    return multistatus_parse(t->arena, xml, strlen(xml), &t->told, &t->fault);
}

static int merge(struct told *t, const char *xml)
{
    int r = parse(t, xml);
    return r < 0 ? r : collection_merge(&t->told, &t->merged, &t->fault);
}

static void forget(struct told *t)
{
    strbuf_finish(&t->merged);
    arena_destroy(t->arena);
}

static void a_collection_tells_what_it_is_and_its_revision(void **state)
{
    (void)state;
    struct told t;
    assert_int_equal(
        parse(&t, TOLD("<d:response><d:href> /lan/lich/ </d:href><d:propstat><d:prop>"
                       "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
                       "<s:getctag>\"7\"</s:getctag></d:prop><d:status>HTTP/1.1 200 OK</d:status>"
                       "</d:propstat><d:propstat><d:prop><d:sync-token>no</d:sync-token></d:prop>"
                       "<d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>")),
        0);
    assert_int_equal(t.told.n, 1);
    assert_string_equal(t.told.items[0].href, "/lan/lich/");
    assert_true(t.told.items[0].is_calendar && t.told.items[0].is_collection);
    assert_string_equal(t.told.items[0].token, "\"7\"");
    forget(&t);
}

static void a_folder_is_no_calendar(void **state)
{
    (void)state;
    struct told t;
    assert_int_equal(parse(&t, TOLD(FOUND("/lan/",
                                          "<d:resourcetype><d:collection/></d:resourcetype>"
                                          "<d:sync-token>http://x/1</d:sync-token><c:calendar/>"))),
                     0);
    assert_true(t.told.items[0].is_collection && !t.told.items[0].is_calendar);
    assert_string_equal(t.told.items[0].token, "http://x/1");
    forget(&t);
}

static void what_is_no_list_of_events_is_refused(void **state)
{
    (void)state;
    char deep[4096] = "";
    for (int i = 0; i < 100; i++) {
        strcat(deep, "<a>");
    }
    for (int i = 0; i < 100; i++) {
        strcat(deep, "</a>");
    }
    const char *const wrong[] = {
        "",
        "<html><body>Login</body></html>",
        "<multistatus/>", /* of no namespace */
        "<d:multistatus xmlns:d=\"DAV:\"><d:response>",
        "<x><d:multistatus xmlns:d=\"DAV:\"/></x>",
        "<!DOCTYPE m [<!ENTITY a \"b\">]><d:multistatus xmlns:d=\"DAV:\">&a;</d:multistatus>",
        "<!DOCTYPE m SYSTEM \"file:///etc/passwd\"><d:multistatus xmlns:d=\"DAV:\"/>",
        deep,
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct told t;
        assert_int_equal(parse(&t, wrong[i]), -EINVAL);
        assert_non_null(strstr(t.fault.text, "damaged or cut off"));
        forget(&t);
    }
}

/* The starts and titles of a merged calendar's slots of May 2023, UTC. */
static void assert_slots(struct told *t, const char *expected)
{
    struct fixture f;
    char found[512] = "";
    good(&f, strbuf_text(&t->merged));
    for (size_t i = 0; i < f.slots.n; i++) {
        size_t n = strlen(found);
        int64_t minute = f.slots.items[i].start_us / 60000000;
        snprintf(found + n, sizeof found - n, "%02d:%02d %s;", (int)(minute / 60 % 24),
                 (int)(minute % 60), f.slots.items[i].title);
    }
    assert_string_equal(found, expected);
    finish(&f);
}

static void objects_are_merged_in_the_order_of_their_addresses(void **state)
{
    (void)state;
    struct told t;
    struct told other;
#define A OBJECT("/a.ics", CALENDAR(EVENT_AT("a", "DTSTART:20230510T010000Z")))
#define B OBJECT("/b.ics", CALENDAR(EVENT_AT("b", "DTSTART:20230510T02\n 0000Z")))
    assert_int_equal(merge(&t, TOLD(A B)), 0);
    assert_int_equal(merge(&other, TOLD(B FOUND("/", "<d:getetag>1</d:getetag>") A)), 0);
    assert_string_equal(strbuf_text(&t.merged), strbuf_text(&other.merged));
    assert_slots(&t, "01:00 a;02:00 b;");
    forget(&t);
    forget(&other);
}

static void zones_of_one_name_keep_their_own_meaning(void **state)
{
    (void)state;
    struct told t;
    assert_int_equal(
        merge(&t,
              TOLD(OBJECT("/1",
                          CALENDAR(ZONE("My, Zone", "+0700")
                                       EVENT_AT("a", "DTSTART;TZID=\"My, Zone\":20230510T100000")))
                       OBJECT("/2",
                              CALENDAR(EVENT_AT("b", "DTSTART;X-A=\";TZID=\";TZID=\"My, Zone\":"
                                                     "20230510T100000") ZONE("My, Zone", "+0900")))
                           OBJECT("/3", CALENDAR(ZONE("My, Zone", "+0700") EVENT_AT(
                                            "c", "DTSTART;TZID=\"My, Zone\":20230510T110000")))
                               OBJECT("/4",
                                      CALENDAR(ZONE("My, Zone", "+0900") EVENT_AT(
                                          "d", "DTSTART;TZID=\"My, Zone\":20230510T120000"))))),
        0);
    assert_slots(&t, "01:00 b;03:00 a;03:00 d;04:00 c;");
    int n = 0;
    for (const char *at = strbuf_text(&t.merged); (at = strstr(at, "BEGIN:VTIMEZONE")); at++) {
        n++;
    }
    assert_int_equal(n, 2);
    forget(&t);
}

/* One definition serves them all: a reader takes five hundred. */
static void a_thousand_events_with_one_zone_are_read(void **state)
{
    (void)state;
    struct told t;
    struct strbuf xml;
    strbuf_init(&xml, 4 << 20);
    strbuf_add(&xml, "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">");
    for (int i = 0; i < 1000; i++) {
        strbuf_printf(&xml,
                      OBJECT("/%d",
                             CALENDAR(ZONE("Z", "+0700")
                                          EVENT_AT("e%d", "DTSTART;TZID=Z:20230601T100000"))),
                      i, i, i);
    }
    strbuf_add(&xml, "</d:multistatus>");
    assert_int_equal(merge(&t, strbuf_text(&xml)), 0);
    assert_slots(&t, "");
    strbuf_finish(&xml);
    forget(&t);
}

static void an_incomplete_answer_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        TOLD(A "<d:response><d:href>/c.ics</d:href><d:status>HTTP/1.1 404 Gone</d:status>"
               "</d:response>"),
        TOLD(A "<d:response><d:href>/</d:href><d:status>HTTP/1.1 507 Too many</d:status>"
               "</d:response>"),
        TOLD(A FOUND("/c.ics", "<d:getetag>1</d:getetag>")),
        TOLD(A "<d:response><d:href>/c.ics</d:href><d:propstat><d:prop><c:calendar-data>"
               "x</c:calendar-data></d:prop><d:status>HTTP/1.1 404 Not Found</d:status>"
               "</d:propstat></d:response>"),
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct told t;
        assert_int_equal(merge(&t, wrong[i]), -EINVAL);
        assert_non_null(strstr(t.fault.text, "did not give all events"));
        forget(&t);
    }
}

static void a_collection_larger_than_a_calendar_may_be_is_refused(void **state)
{
    (void)state;
    struct told t;
    assert_int_equal(parse(&t, TOLD(A B)), 0);
    strbuf_init(&t.merged, 150);
    assert_int_equal(collection_merge(&t.told, &t.merged, &t.fault), -E2BIG);
    forget(&t);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_collection_tells_what_it_is_and_its_revision),
    cmocka_unit_test(a_folder_is_no_calendar),
    cmocka_unit_test(what_is_no_list_of_events_is_refused),
    cmocka_unit_test(objects_are_merged_in_the_order_of_their_addresses),
    cmocka_unit_test(zones_of_one_name_keep_their_own_meaning),
    cmocka_unit_test(a_thousand_events_with_one_zone_are_read),
    cmocka_unit_test(an_incomplete_answer_is_refused),
    cmocka_unit_test(a_collection_larger_than_a_calendar_may_be_is_refused),
};
TEST_MAIN(tests)
