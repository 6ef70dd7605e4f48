/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_SCHEDULER_READING_H
#define TESTS_UNIT_SCHEDULER_READING_H

#include "tests/test.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/zone.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"

/* Calendars as texts, for the tests of this folder. */

#define STATION                                                                                    \
    "[station]\ntimezone = Asia/Ho_Chi_Minh\n[line fm]\noutput = null:\n[line xa]\noutput = "      \
    "null:\n[topic cchc]\n[topic tthc]\nparent = cchc\n[tag ma]\n[clock sang]\nitems = 2 tin\n"    \
    "[relay vov1]\nurl = https://vov.example/vov1\n[input mic]\ndevice = default\n"

#define EVENT(properties)                                                                          \
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" properties "END:VEVENT\r\nEND:VCALENDAR\r\n"

struct fixture {
    struct station *station;
    struct calendars *calendars;
    struct arena *arena;
    struct findings findings;
    struct slots slots;
    struct fault fault;
};

static inline struct station *parse_station(const char *dir, const char *text)
{
    struct findings findings = {0};
    struct station *station = NULL;
    int r = station_parse(dir, "station.ini", text, strlen(text), &station, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        print_message("%u: %s\n", findings.items[i].fault.line, findings.items[i].fault.text);
    }
    findings_finish(&findings);
    assert_int_equal(r, 0);
    return station;
}

static inline int parse_bytes(struct fixture *f, const char *text, size_t n_bytes)
{
    *f = (struct fixture){.arena = arena_create((size_t)1 << 30)};
    f->station = parse_station("/dai", STATION "[layer r]\ncalendar = r.ics\n");
    return calendars_parse(f->station, 0, "r.ics", text, n_bytes, &f->calendars, &f->findings);
}

static inline int64_t instant(const char *text)
{
    int64_t us = 0;
    assert_int_equal(zone_parse_instant(text, &us, NULL), 0);
    return us;
}

static inline int expand(struct fixture *f, const char *from, const char *to)
{
    return calendars_expand(f->calendars, instant(from), instant(to), f->arena, &f->slots,
                            &f->fault);
}

static inline void finish(struct fixture *f)
{
    findings_finish(&f->findings);
    calendars_destroy(f->calendars);
    station_destroy(f->station);
    arena_destroy(f->arena);
}

/* A right calendar, and the slots of May 2023. */
static inline void good(struct fixture *f, const char *text)
{
    int r = parse_bytes(f, text, strlen(text));
    for (size_t i = 0; i < f->findings.n; i++) {
        print_message("%u: %s\n", f->findings.items[i].fault.line, f->findings.items[i].fault.text);
    }
    assert_int_equal(r, 0);
    assert_int_equal(expand(f, "2023-05-01", "2023-06-01"), 0);
}

static inline void assert_refused(const char *text, size_t n_bytes, unsigned line,
                                  const char *words)
{
    struct fixture f;
    assert_int_equal(parse_bytes(&f, text, n_bytes), -EINVAL);
    assert_null(f.calendars);
    assert_true(f.findings.n >= 1);
    assert_string_equal(f.findings.items[0].fault.file, "r.ics");
    assert_int_equal(f.findings.items[0].fault.line, line);
    assert_non_null(strstr(f.findings.items[0].fault.text, words));
    finish(&f);
}

#endif
