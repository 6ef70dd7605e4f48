/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "scheduler/calendar/calendar_int.h"
#include "scheduler/calendar/content_line.h"

/* When an event is: DTSTART, DTEND, DURATION, RRULE, RDATE, EXDATE, RECURRENCE-ID and
 * X-LOA-LUNAR. */

static const int64_t SECOND_US = 1000000;

static void warn(struct event_reader *reader, unsigned line, const char *rule, const char *sentence,
                 const char *what)
{
    findings_add(reader->findings, SEVERITY_WARNING, rule, reader->file, line, sentence, what);
}

/* A value and its zone; `otherwise` is the zone of a time without one, and may be NULL. */
static bool read_when(struct event_reader *reader, const struct content_line *line,
                      const char *text, const struct cal_zone *otherwise, struct when *ret_when,
                      const struct cal_zone **ret_zone)
{
    struct zones *zones = &reader->calendars->zones;
    const char *tzid = content_param(line, "TZID");
    if (!when_parse(text, ret_when)) {
        event_wrong(reader, line->line, "bad-time", _("\"%.40s\" is not a date or a time"), text);
        return false;
    }
    *ret_zone = ret_when->kind == WHEN_UTC ? &zones->utc : otherwise;
    if (ret_when->kind == WHEN_LOCAL && tzid) {
        *ret_zone = zones_find(zones, reader->file, tzid);
        if (!*ret_zone) {
            event_wrong(
                reader, line->line, "unknown-timezone",
                _("time zone \"%s\" is not known, and the calendar does not define it; use an "
                  "IANA name such as Asia/Ho_Chi_Minh"),
                tzid);
            return false;
        }
    }
    return true;
}

static int read_start(struct event_reader *reader)
{
    struct event *event = reader->event;
    const struct content_line *line = event_find_line(reader, "DTSTART");
    if (!line) {
        return event_wrong(reader, reader->lines.line, "no-start", _("this event has no DTSTART"),
                           NULL);
    }
    struct when when;
    const struct cal_zone *zone = NULL;
    if (!read_when(reader, line, line->value, &reader->calendars->zones.station, &when, &zone)) {
        return 0;
    }
    if (when.kind == WHEN_DATE && !event->declares_mode) {
        warn(reader, line->line, "no-time-of-day",
             event->is_change
                 ? _("the changed occurrence has a date but no time of day, and does not air")
                 : _("this event has a date but no time of day, and never sounds"),
             NULL);
        event->has_no_time = true;
        return event->is_change ? 1 : 0;
    }
    event->zone = zone;
    event->is_day = when.kind == WHEN_DATE;
    event->start_wall_s = when.wall_s;
    event->start_us = cal_zone_instant_us(zone, when.wall_s);
    return 1;
}

static bool read_end(struct event_reader *reader, const struct content_line *line)
{
    struct event *event = reader->event;
    struct when when;
    const struct cal_zone *zone = NULL;
    if (!read_when(reader, line, line->value, event->zone, &when, &zone)) {
        return false;
    }
    if ((when.kind == WHEN_DATE) != event->is_day) {
        event_wrong(reader, line->line, "bad-time",
                    event->is_day ? _("DTEND has a time of day although DTSTART has none")
                                  : _("DTEND has no time of day although DTSTART has"),
                    NULL);
        return false;
    }
    if (zone == event->zone) {
        event->clock_s = when.wall_s - event->start_wall_s;
    } else {
        event->exact_s = (cal_zone_instant_us(zone, when.wall_s) - event->start_us) / SECOND_US;
    }
    return true;
}

static int read_length(struct event_reader *reader)
{
    struct event *event = reader->event;
    const struct content_line *end = event_find_line(reader, "DTEND");
    const struct content_line *duration = event_find_line(reader, "DURATION");
    const struct content_line *line = end ? end : duration;
    if (!line && event->is_day) {
        event->clock_s = WALL_DAY_S;
        return 1;
    }
    if (!line) {
        return event_wrong(reader, reader->lines.line, "no-end",
                           _("this event has no end; give it DTEND or DURATION"), NULL);
    }
    if (end && duration) {
        return event_wrong(reader, duration->line, "doubled-property",
                           _("this event has both DTEND and DURATION; keep one"), NULL);
    }
    if (end && !read_end(reader, end)) {
        return 0;
    }
    if (duration && !duration_parse(duration->value, &event->clock_s, &event->exact_s)) {
        return event_wrong(reader, line->line, "bad-time",
                           _("\"%.40s\" is no duration such as PT15M"), duration->value);
    }
    if (event->is_day && event->exact_s) {
        return event_wrong(reader, line->line, "bad-time",
                           _("\"%.40s\" is not whole days, as DTSTART is; write as in P3D"),
                           line->value);
    }
    int64_t length_s = event->clock_s + event->exact_s;
    if (length_s <= 0) {
        return event_wrong(
            reader, line->line, "no-length",
            _("this event ends when it begins, or before; correct DTEND or DURATION"), NULL);
    }
    if (event->declares_mode && length_s > MODE_MAX_DAYS * WALL_DAY_S) {
        return event_wrong(reader, line->line, "too-long",
                           _("this mode holds for longer than 366 days; make it recur instead"),
                           NULL);
    }
    if (!event->declares_mode && length_s > SLOT_MAX_US / SECOND_US) {
        return event_wrong(reader, line->line, "too-long",
                           _("this event is longer than 24 hours; make it recur instead"), NULL);
    }
    return 1;
}

static int read_change(struct event_reader *reader)
{
    struct event *event = reader->event;
    struct content_line *line = event_find_line(reader, "RECURRENCE-ID");
    if (!line) {
        return 1;
    }
    const char *range = content_param(line, "RANGE");
    if (range && strcasecmp(range, "THISANDFUTURE") != 0) {
        return event_wrong(reader, line->line, "bad-range",
                           _("RANGE=%s is not possible; write THISANDFUTURE, or leave RANGE out"),
                           range);
    }
    event->is_change = true;
    event->and_following = range != NULL;
    event->changed_line = line->line;
    return read_when(reader, line, line->value, NULL, &event->changed, &event->changed_zone);
}

static bool read_lunar(struct event_reader *reader)
{
    const struct content_line *line = event_find_line(reader, "X-LOA-LUNAR");
    if (!line || strcasecmp(line->value, "NO") == 0) {
        return false;
    }
    if (strcasecmp(line->value, "YES") != 0) {
        return event_wrong(reader, line->line, "bad-lunar",
                           _("X-LOA-LUNAR:%.40s is not possible; it is YES or NO"), line->value);
    }
    if (!event_find_line(reader, "RRULE")) {
        warn(
            reader, line->line, "no-rule",
            _("X-LOA-LUNAR means nothing without RRULE: dates are those of the Gregorian calendar"),
            NULL);
    }
    return true;
}

/* RFC 7529 has no name for the calendar of Vietnam. */
static void warn_of_chinese(struct event_reader *reader, unsigned line)
{
    warn(reader, line, "chinese-calendar",
         _("RSCALE=CHINESE is read as the lunar calendar of Vietnam; the Chinese one differs in "
           "some "
           "years. If that is meant, say so by X-LOA-LUNAR:YES"),
         NULL);
}

static int read_rules(struct event_reader *reader)
{
    struct event *event = reader->event;
    size_t capacity = 0;
    bool is_lunar = read_lunar(reader);
    for (size_t i = 0; i < reader->lines.n; i++) {
        const struct content_line *line = &reader->lines.lines[i];
        if (strcasecmp(line->name, "EXRULE") == 0) {
            event_wrong(reader, line->line, "bad-rule",
                        _("EXRULE is not part of today's iCalendar; write the dates as EXDATE"),
                        NULL);
        }
        if (strcasecmp(line->name, "RRULE") != 0) {
            continue;
        }
        struct recur *grown = arena_grow(reader->calendars->arena, event->recurs, event->n_recurs,
                                         &capacity, sizeof *grown);
        if (!grown) {
            return -ENOMEM;
        }
        event->recurs = grown;
        struct fault fault;
        struct recur *recur = &grown[event->n_recurs];
        int r = recur_parse(reader->calendars->arena, line->value, is_lunar, event->start_wall_s,
                            reader->file, line->line, recur, &fault);
        if (r == -ENOMEM) {
            return r;
        }
        if (r < 0) {
            findings_add_fault(reader->findings, "bad-rule", &fault);
        } else {
            event->n_recurs++;
            if (recur->lunar && !is_lunar) {
                warn_of_chinese(reader, line->line);
            }
        }
    }
    return 1;
}

/* The length of "START/END" or "START/DURATION"; text is what follows the '/'. */
static bool period_length(struct event_reader *reader, const struct content_line *line,
                          const char *text, int64_t start_us, int64_t *ret_length_s)
{
    struct when end;
    const struct cal_zone *zone = NULL;
    int64_t clock_s = 0;
    int64_t exact_s = 0;
    if (*text == 'P' || *text == 'p' || *text == '+' || *text == '-') {
        if (!duration_parse(text, &clock_s, &exact_s)) {
            return event_wrong(reader, line->line, "bad-time",
                               _("\"%.40s\" is no duration such as PT15M"), text);
        }
        *ret_length_s = clock_s + exact_s;
    } else {
        if (!read_when(reader, line, text, reader->event->zone, &end, &zone)) {
            return false;
        }
        if (end.kind == WHEN_DATE) {
            return event_wrong(reader, line->line, "bad-time", _("\"%.40s\" is not a time"), text);
        }
        *ret_length_s = (cal_zone_instant_us(zone, end.wall_s) - start_us) / SECOND_US;
    }
    if (*ret_length_s <= 0 || *ret_length_s > SLOT_MAX_US / SECOND_US) {
        return event_wrong(reader, line->line, "bad-time",
                           _("the period to %s is not between a second and 24 hours long"), text);
    }
    return true;
}

struct dates {
    size_t rdates_capacity;
    size_t exdates_capacity;
    size_t exdays_capacity;
};

static int add_rdate(struct event_reader *reader, const struct content_line *line, char *item,
                     struct dates *dates)
{
    struct event *event = reader->event;
    char *slash = strchr(item, '/');
    if (slash) {
        *slash = '\0';
    }
    struct when when;
    const struct cal_zone *zone = NULL;
    struct rdate rdate = {0};
    if (!read_when(reader, line, item, event->zone, &when, &zone)) {
        return 0;
    }
    if (when.kind == WHEN_DATE && !event->is_day) {
        warn(reader, line->line, "no-time-of-day",
             _("RDATE %s has a date but no time of day, and is ignored"), item);
        return 0;
    }
    rdate.us = cal_zone_instant_us(zone, when.wall_s);
    if (slash && !period_length(reader, line, slash + 1, rdate.us, &rdate.length_s)) {
        return 0;
    }
    struct rdate *grown = arena_grow(reader->calendars->arena, event->rdates, event->n_rdates,
                                     &dates->rdates_capacity, sizeof *grown);
    if (!grown) {
        return -ENOMEM;
    }
    event->rdates = grown;
    event->rdates[event->n_rdates++] = rdate;
    return 0;
}

static int add_exdate(struct event_reader *reader, const struct content_line *line,
                      const char *item, struct dates *dates)
{
    struct event *event = reader->event;
    struct when when;
    const struct cal_zone *zone = NULL;
    if (!read_when(reader, line, item, event->zone, &when, &zone)) {
        return 0;
    }
    bool is_day = when.kind == WHEN_DATE;
    struct exdate **items = is_day ? &event->exdays : &event->exdates;
    size_t *n = is_day ? &event->n_exdays : &event->n_exdates;
    struct exdate *grown =
        arena_grow(reader->calendars->arena, *items, *n,
                   is_day ? &dates->exdays_capacity : &dates->exdates_capacity, sizeof *grown);
    if (!grown) {
        return -ENOMEM;
    }
    *items = grown;
    grown[(*n)++] =
        (struct exdate){.at = is_day ? when.wall_s : cal_zone_instant_us(zone, when.wall_s),
                        .line = line->line};
    return 0;
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_rdates(const void *a, const void *b)
{
    return compare_i64(&((const struct rdate *)a)->us, &((const struct rdate *)b)->us);
}

static int compare_exdates(const void *a, const void *b)
{
    return compare_i64(&((const struct exdate *)a)->at, &((const struct exdate *)b)->at);
}

static void sort(void *items, size_t n, size_t bytes, int (*compare)(const void *, const void *))
{
    if (n > 1) {
        qsort(items, n, bytes, compare);
    }
}

static int read_dates(struct event_reader *reader)
{
    struct event *event = reader->event;
    struct dates dates = {0};
    for (size_t i = 0; i < reader->lines.n; i++) {
        struct content_line *line = &reader->lines.lines[i];
        bool is_rdate = strcasecmp(line->name, "RDATE") == 0;
        if (!is_rdate && strcasecmp(line->name, "EXDATE") != 0) {
            continue;
        }
        char *list = line->value;
        while (list && reader->findings->n_errors < FINDINGS_MAX) {
            char *item = content_next_item(&list);
            int r = is_rdate ? add_rdate(reader, line, item, &dates)
                             : add_exdate(reader, line, item, &dates);
            if (r < 0) {
                return r;
            }
        }
    }
    sort(event->rdates, event->n_rdates, sizeof *event->rdates, compare_rdates);
    sort(event->exdates, event->n_exdates, sizeof *event->exdates, compare_exdates);
    sort(event->exdays, event->n_exdays, sizeof *event->exdays, compare_exdates);
    return 1;
}

/* A changed occurrence is one occurrence; a rule in it would be a second series. */
static void warn_of_rules(struct event_reader *reader)
{
    static const char *const names[] = {"RRULE", "RDATE", "EXDATE"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct content_line *line = event_find_line(reader, names[i]);
        if (line) {
            warn(reader, line->line, "rule-in-change",
                 _("%s is ignored in an event with RECURRENCE-ID; it belongs to the whole series"),
                 names[i]);
        }
    }
}

int event_read_times(struct event_reader *reader)
{
    reader->event->declares_mode = event_find_line(reader, "X-LOA-MODE") != NULL;
    int r = read_change(reader);
    r = r == 1 ? read_start(reader) : r;
    if (r == 1 && !reader->event->has_no_time) {
        r = read_length(reader);
    }
    if (r == 1 && reader->event->is_change) {
        warn_of_rules(reader);
        return 1;
    }
    r = r == 1 ? read_rules(reader) : r;
    return r == 1 ? read_dates(reader) : r;
}
