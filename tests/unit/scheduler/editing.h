/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_SCHEDULER_EDITING_H
#define TESTS_UNIT_SCHEDULER_EDITING_H

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/calendar/edit.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"
#include "tests/fakes/temp_dir.h"
#include "tests/unit/scheduler/reading.h"

/* Calendars in a folder, for the tests that edit them. */

struct world {
    char dir[TEMP_DIR_MAX];
    struct station *station;
    struct fault fault;
};

#define DAILY                                                                                      \
    "BEGIN:VEVENT\r\nUID:tin\r\nDTSTART:20230501T170000\r\nDTEND:20230501T171500\r\n"              \
    "RRULE:FREQ=DAILY\r\nSUMMARY:Tin\r\nX-OTHER;P=\"a:b\":giu nguyen\r\nEND:VEVENT\r\n"
#define CALENDAR(events) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" events "END:VCALENDAR\r\n"

static inline struct world world_make(const char *calendar)
{
    struct world w = {0};
    temp_dir_make(w.dir);
    temp_dir_write(w.dir, "r.ics", calendar);
    temp_dir_write(w.dir, "s.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    w.station = parse_station(w.dir, STATION "[layer r]\ncalendar = r.ics\n"
                                             "[layer s]\ncalendar = s.ics\n");
    return w;
}

static inline void world_add_mode(struct world *w)
{
    station_destroy(w->station);
    w->station = parse_station(w->dir, STATION "[mode quoc-tang]\nwithholds = ca-nhac\n"
                                               "[layer r]\ncalendar = r.ics\n"
                                               "[layer s]\ncalendar = s.ics\n");
}

static inline void world_finish(struct world *w)
{
    station_destroy(w->station);
    temp_dir_remove(w->dir);
}

static inline char *world_read(const struct world *w, const char *name)
{
    char path[PATHS_MAX];
    char *text = NULL;
    size_t n = 0;
    assert_int_equal(path_join(path, w->dir, name, NULL), 0);
    return path_read_file(path, 1 << 20, &text, &n, NULL) == 0 ? text : NULL;
}

/* "05-01T17:00/15=Tin 05-02…!cancelled" of what the folder holds now. */
static inline void assert_slots(struct world *w, const char *from, const char *to,
                                const char *wanted)
{
    struct calendars *calendars = NULL;
    struct findings findings = {0};
    AUTO(arena_destroy) struct arena *arena = arena_create(1 << 20);
    struct slots slots = {0};
    struct strbuf buf;
    strbuf_init(&buf, 1 << 16);
    assert_int_equal(calendars_load(w->station, &calendars, &findings), 0);
    assert_int_equal(calendars_expand(calendars, instant(from), instant(to), arena, &slots,
                                      &w->fault),
                     0);
    for (size_t i = 0; i < slots.n; i++) {
        const struct slot *slot = &slots.items[i];
        char start[ZONE_INSTANT_MAX];
        zone_format_instant(slot->start_us, start);
        strbuf_printf(&buf, "%s%.11s/%d=%s%s", i ? " " : "", start + 5,
                      (int)((slot->end_us - slot->start_us) / 60000000), slot->title,
                      slot->state == SLOT_CONFIRMED ? "" : "!");
    }
    assert_string_equal(strbuf_text(&buf), wanted);
    strbuf_finish(&buf);
    findings_finish(&findings);
    calendars_destroy(calendars);
}

static inline struct edit_target at(const char *uid, const char *start, enum edit_scope scope)
{
    int64_t from_us = start ? instant(start) : 0;
    return (struct edit_target){.uid = uid,
                                .layer = SIZE_MAX,
                                .from_us = from_us,
                                .to_us = start ? from_us + 1 : from_us,
                                .scope = scope};
}

static const int64_t NOW_US = 1683000000LL * 1000000;

static inline void write_edit(struct world *w, int r, struct edit *edit)
{
    if (r < 0) {
        print_message("%s\n", w->fault.text);
    }
    assert_int_equal(r, 0);
    assert_int_equal(edit_write(edit, &w->fault), 0);
    edit_destroy(edit);
}

static inline void change(struct world *w, struct edit_target target, struct edit_values values)
{
    struct edit *edit = NULL;
    int r = edit_change(w->station, &target, &values, NOW_US, &edit, &w->fault);
    write_edit(w, r, edit);
}

static inline void cancel(struct world *w, struct edit_target target)
{
    struct edit *edit = NULL;
    int r = edit_cancel(w->station, &target, NOW_US, &edit, &w->fault);
    write_edit(w, r, edit);
}

static inline struct edit_values moved_to(const char *start)
{
    return (struct edit_values){.start = EDIT_START_AT, .start_us = instant(start)};
}

static inline struct edit_values titled(const char *title)
{
    return (struct edit_values){.fields[EDIT_TITLE] = title};
}

static inline void assert_refused_change(struct world *w, struct edit_target target,
                                         struct edit_values values, int err, const char *words)
{
    struct edit *edit = NULL;
    AUTO_FREE char *before = world_read(w, "r.ics");
    assert_int_equal(edit_change(w->station, &target, &values, NOW_US, &edit, &w->fault), -err);
    assert_null(edit);
    if (!strstr(w->fault.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", w->fault.text, words);
    }
    AUTO_FREE char *after = world_read(w, "r.ics");
    assert_string_equal(before, after);
}

#endif
