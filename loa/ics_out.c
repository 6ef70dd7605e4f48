/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/ics_out.h"

#include <stdio.h>

#include "base/i18n.h"
#include "loa/app.h"
#include "loa/out.h"
#include "loa/say.h"
#include "scheduler/calendar/ical_text.h"
#include "station/station.h"

enum { EVENT_MAX_BYTES = 16 << 20, NAME_MAX_BYTES = 4096 };

static const int64_t SECOND_US = 1000000;
static const int64_t SILENT_US = 60LL * 1000000; /* long enough to be seen on a phone */

static void flush(struct ics_out *ics)
{
    ics->failed |= strbuf_failed(&ics->buf);
    fwrite(strbuf_text(&ics->buf), 1, ics->buf.n, stdout);
    strbuf_clear(&ics->buf);
}

struct ics_out ics_begin(const struct app *app, const char *title, size_t line)
{
    struct ics_out ics = {.app = app};
    struct strbuf name;
    strbuf_init(&ics.buf, EVENT_MAX_BYTES);
    strbuf_init(&name, NAME_MAX_BYTES);
    strbuf_printf(&name, "%s: %s", app->station->title, _(title));
    if (line != SIZE_MAX) {
        strbuf_printf(&name, ", %s", app->station->lines[line].title);
    }
    ical_text_line(&ics.buf, "BEGIN", "VCALENDAR");
    ical_text_line(&ics.buf, "VERSION", "2.0");
    ical_text_line(&ics.buf, "PRODID", "-//loa//loa//VI");
    ical_text_line(&ics.buf, "CALSCALE", "GREGORIAN");
    ical_text_value(&ics.buf, "NAME", strbuf_text(&name));         /* RFC 7986 … */
    ical_text_value(&ics.buf, "X-WR-CALNAME", strbuf_text(&name)); /* … and its forerunner */
    ical_text_value(&ics.buf, "X-WR-TIMEZONE", app->station->timezone);
    ical_text_line(&ics.buf, "REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
    ical_text_line(&ics.buf, "X-PUBLISHED-TTL", "PT15M");
    ics.failed = strbuf_failed(&name);
    strbuf_finish(&name);
    flush(&ics);
    return ics;
}

static int64_t to_second(int64_t us)
{
    int64_t rest = ((us % SECOND_US) + SECOND_US) % SECOND_US;
    return us - rest + (rest * 2 >= SECOND_US ? SECOND_US : 0);
}

void ics_open_event(struct ics_out *ics, const char *uid, int64_t start_us, int64_t end_us)
{
    int64_t from_us = to_second(start_us);
    ical_text_line(&ics->buf, "BEGIN", "VEVENT");
    ical_text_value(&ics->buf, "UID", uid);
    ical_text_instant(&ics->buf, "DTSTAMP", from_us);
    ical_text_instant(&ics->buf, "DTSTART", from_us);
    int64_t until_us = end_us > start_us ? to_second(end_us) : from_us + SILENT_US;
    ical_text_instant(&ics->buf, "DTEND", until_us > from_us ? until_us : from_us + SECOND_US);
    ical_text_line(&ics->buf, "TRANSP", "TRANSPARENT");
}

static void add_ids(struct strbuf *value, const struct station *station, struct line_set lines)
{
    for (size_t i = 0; i < station->n_zones; i++) {
        if (line_set_equal(station->zones[i].lines, lines)) {
            ical_text_escape(value, station->zones[i].id);
            return;
        }
    }
    for (size_t l = line_set_next(lines, 0); l != SIZE_MAX; l = line_set_next(lines, l + 1)) {
        strbuf_add(value, value->n ? "," : "");
        ical_text_escape(value, station->lines[l].id);
    }
}

void ics_lines(struct ics_out *ics, struct line_set lines)
{
    const struct station *station = ics->app->station;
    struct strbuf ids;
    size_t n = line_set_count(lines);
    if (n == 0) {
        return;
    }
    const char *name = n == 1 ? station->lines[line_set_next(lines, 0)].title
                              : out_lines_short(ics->app->arena, station, lines);
    ical_text_value(&ics->buf, "LOCATION", name);
    if (n == station->n_lines) {
        return;
    }
    strbuf_init(&ids, EVENT_MAX_BYTES);
    add_ids(&ids, station, lines);
    ical_text_line(&ics->buf, "RESOURCES", strbuf_text(&ids));
    ics->failed |= strbuf_failed(&ids);
    strbuf_finish(&ids);
}

void ics_close_event(struct ics_out *ics)
{
    ical_text_line(&ics->buf, "END", "VEVENT");
    flush(ics);
}

int ics_finish(struct ics_out *ics)
{
    ical_text_line(&ics->buf, "END", "VCALENDAR");
    flush(ics);
    strbuf_finish(&ics->buf);
    if (ics->failed) {
        say(_("out of memory"));
        return 3;
    }
    return 0;
}
