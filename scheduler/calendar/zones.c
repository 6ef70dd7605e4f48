/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/zones.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "scheduler/calendar/content_line.h"
#include "scheduler/calendar/ical.h"
#include "scheduler/calendar/recur.h"
#include "scheduler/calendar/tzfile.h"
#include "scheduler/calendar/windows_zone.h"

#define ZONEINFO "/usr/share/zoneinfo/"

/* A calendar program writes one or two; history may make a VTIMEZONE long. */
enum {
    ZONES_MAX = 500,
    OBSERVANCES_MAX = 1000,
    VTIMEZONE_MAX_BYTES = 1 << 20,
    TZFILE_MAX_BYTES = 1 << 20
};

struct zone_entry {
    struct zone_entry *next;
    const char *file; /* whose VTIMEZONE it is; NULL: of the system */
    const char *tzid;
    const struct cal_zone *zone;
    struct cal_zone own; /* what `zone` is, but for another name of a zone */
};

void zones_init(struct zones *zones, struct arena *arena, const char *station_tzid)
{
    *zones = (struct zones){.arena = arena,
                            .station = {.kind = CAL_ZONE_STATION, .tzid = station_tzid},
                            .utc = {.kind = CAL_ZONE_UTC, .tzid = "UTC"}};
}

void zones_finish(struct zones *zones)
{
    for (struct zone_entry *entry = zones->entries; entry; entry = entry->next) {
        if (entry->file) {
            ical_zone_close(entry->own.ical);
        }
    }
    zones->entries = NULL;
}

/* `zone` NULL: `own`; else that one by another name. */
static const struct cal_zone *add_entry(struct zones *zones, const char *file, const char *tzid,
                                        struct cal_zone own, const struct cal_zone *zone)
{
    struct zone_entry *entry = arena_take(zones->arena, 1, sizeof *entry);
    own.tzid = arena_strdup(zones->arena, tzid);
    if (!entry || !own.tzid) {
        return NULL;
    }
    *entry =
        (struct zone_entry){.next = zones->entries, .file = file, .tzid = own.tzid, .own = own};
    entry->zone = zone ? zone : &entry->own;
    zones->entries = entry;
    return entry->zone;
}

/* Many names are only another name (Asia/Saigon): links within the database. */
static const struct tzfile *system_zone(struct zones *zones, const char *tzid)
{
    char path[PATH_MAX];
    if (!isalpha((unsigned char)*tzid) || strlen(tzid) > 64 || strstr(tzid, "..")) {
        return NULL;
    }
    snprintf(path, sizeof path, ZONEINFO "%s", tzid);
    AUTO_FREE char *real = realpath(path, NULL);
    AUTO_FREE char *bytes = NULL;
    size_t n_bytes = 0;
    struct tzfile *tzfile = NULL;
    /* "right/" counts leap seconds, which no calendar does. */
    if (!real || strncmp(real, ZONEINFO, strlen(ZONEINFO)) != 0 ||
        strncmp(real, ZONEINFO "right/", strlen(ZONEINFO "right/")) == 0 ||
        path_read_file(real, TZFILE_MAX_BYTES, &bytes, &n_bytes, NULL) < 0 ||
        tzfile_parse(zones->arena, (const unsigned char *)bytes, n_bytes, &tzfile) < 0) {
        return NULL;
    }
    return tzfile;
}

/* A zone that is not of a file; NULL: not known. */
static const struct cal_zone *find_named(struct zones *zones, const char *tzid)
{
    for (const struct zone_entry *entry = zones->entries; entry; entry = entry->next) {
        if (!entry->file && strcmp(entry->tzid, tzid) == 0) {
            return entry->zone;
        }
    }
    if (strcmp(tzid, zones->station.tzid) == 0) {
        return &zones->station;
    }
    if (strcasecmp(tzid, "UTC") == 0 || strcasecmp(tzid, "Etc/UTC") == 0) {
        return &zones->utc;
    }
    const struct tzfile *tzfile = system_zone(zones, tzid);
    struct cal_zone zone = {.kind = CAL_ZONE_SYSTEM, .tzfile = tzfile};
    return tzfile ? add_entry(zones, NULL, tzid, zone, NULL) : NULL;
}

/* "/citadel.org/20210210_1/Asia/Bangkok" is a registry's own name, which ends in the
 * zone's; others are those of Windows. */
static const struct cal_zone *find_by_other_name(struct zones *zones, const char *tzid)
{
    char iana[WINDOWS_ZONE_NAME_MAX];
    const struct cal_zone *zone = NULL;
    for (const char *rest = *tzid == '/' ? tzid : NULL; rest && !zone;) {
        zone = find_named(zones, rest + 1);
        rest = strchr(rest + 1, '/');
    }
    if (!zone && windows_zone_to_iana(tzid, iana, sizeof iana)) {
        zone = find_named(zones, iana);
    }
    return zone ? add_entry(zones, NULL, tzid, (struct cal_zone){0}, zone) : NULL;
}

const struct cal_zone *zones_find(struct zones *zones, const char *file, const char *tzid)
{
    for (const struct zone_entry *entry = zones->entries; entry; entry = entry->next) {
        if (entry->file && strcmp(entry->file, file) == 0 && strcmp(entry->tzid, tzid) == 0) {
            return entry->zone;
        }
    }
    const struct cal_zone *zone = find_named(zones, tzid);
    return zone ? zone : find_by_other_name(zones, tzid);
}

static bool is_offset(const char *text)
{
    size_t n = strlen(text);
    return (n == 5 || n == 7) && (*text == '+' || *text == '-') &&
           strspn(text + 1, "0123456789") == n - 1 && text[1] <= '1' && text[3] <= '5';
}

static void zone_problem(struct zone_reader *reader, unsigned line, struct findings *findings,
                         const char *sentence, const char *what)
{
    reader->failed = true;
    findings_add(findings, SEVERITY_ERROR, "bad-timezone", reader->file, line, sentence, what);
}

/* libical follows a rule of a zone to its end at once: only a yearly one is safe. */
static void observance_rule(struct zone_reader *reader, struct zones *zones,
                            const struct content_line *line, struct findings *findings)
{
    struct recur recur;
    struct fault fault;
    if (recur_parse(zones->arena, line->value, false, 0, reader->file, line->line, &recur, &fault) <
        0) {
        reader->failed = true;
        findings_add_fault(findings, "bad-timezone", &fault);
        return;
    }
    if (recur.freq != RECUR_YEARLY || recur.lunar) {
        zone_problem(reader, line->line, findings,
                     _("the clocks of a time zone can only change by a yearly rule"), "");
        return;
    }
    strbuf_printf(&reader->text, "RRULE:%s", recur.steps);
    if (recur.has_until) {
        struct wall_day day = wall_day_of(recur.until.wall_s);
        int64_t second = recur.until.wall_s - wall_of_day(day.year, day.month, day.day);
        strbuf_printf(&reader->text, ";UNTIL=%04d%02d%02dT%02d%02d%02d%s", day.year, day.month,
                      day.day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60),
                      recur.until.kind == WHEN_UTC ? "Z" : "");
    }
    if (recur.count) {
        strbuf_printf(&reader->text, ";COUNT=%d", (int)recur.count);
    }
    strbuf_add(&reader->text, "\r\n");
}

static void observance_dates(struct zone_reader *reader, const struct content_line *line,
                             struct findings *findings)
{
    char *list = line->value;
    while (list) {
        char *item = content_next_item(&list);
        struct when when;
        if (!when_parse(item, &when) || when.kind == WHEN_DATE) {
            zone_problem(reader, line->line, findings, _("\"%s\" is not a date with a time"), item);
            return;
        }
        strbuf_printf(&reader->text, "RDATE:%s\r\n", item);
    }
}

static void observance_line(struct zone_reader *reader, struct zones *zones,
                            const struct content_line *line, struct findings *findings)
{
    struct when when;
    bool is_from = strcasecmp(line->name, "TZOFFSETFROM") == 0;
    if (is_from || strcasecmp(line->name, "TZOFFSETTO") == 0) {
        reader->has_from = reader->has_from || is_from;
        reader->has_to = reader->has_to || !is_from;
        if (!is_offset(line->value)) {
            zone_problem(reader, line->line, findings,
                         _("\"%s\" is no offset from UTC such as +0700"), line->value);
        }
        strbuf_printf(&reader->text, "%s:%s\r\n", is_from ? "TZOFFSETFROM" : "TZOFFSETTO",
                      line->value);
    } else if (strcasecmp(line->name, "DTSTART") == 0) {
        reader->has_start = true;
        if (!when_parse(line->value, &when) || when.kind == WHEN_DATE) {
            zone_problem(reader, line->line, findings, _("\"%s\" is not a date with a time"),
                         line->value);
        }
        strbuf_printf(&reader->text, "DTSTART:%s\r\n", line->value);
    } else if (strcasecmp(line->name, "RRULE") == 0) {
        observance_rule(reader, zones, line, findings);
    } else if (strcasecmp(line->name, "RDATE") == 0) {
        observance_dates(reader, line, findings);
    }
}

static void observance_begin(struct zone_reader *reader, const struct content_line *line,
                             struct findings *findings)
{
    reader->in_observance = true;
    reader->has_start = reader->has_from = reader->has_to = false;
    if (++reader->n_observances > OBSERVANCES_MAX) {
        zone_problem(reader, line->line, findings, _("the time zone is too long"), "");
    }
    strbuf_printf(&reader->text, "BEGIN:%s\r\n", line->value);
}

static void observance_end(struct zone_reader *reader, const struct content_line *line,
                           struct findings *findings)
{
    reader->in_observance = false;
    if (!reader->has_start || !reader->has_from || !reader->has_to) {
        zone_problem(reader, line->line, findings,
                     _("the time zone lacks DTSTART, TZOFFSETFROM or TZOFFSETTO here"), "");
    }
    strbuf_printf(&reader->text, "END:%s\r\n", line->value);
}

static int zone_end(struct zone_reader *reader, struct zones *zones, struct findings *findings)
{
    if (!reader->tzid || reader->n_observances == 0) {
        zone_problem(reader, reader->line, findings,
                     _("this time zone has no TZID, or no STANDARD and DAYLIGHT"), "");
    }
    strbuf_add(&reader->text, "END:VTIMEZONE\r\n");
    size_t n_zones = 0;
    for (const struct zone_entry *entry = zones->entries; entry; entry = entry->next) {
        n_zones++;
    }
    if (n_zones >= ZONES_MAX || strbuf_failed(&reader->text)) {
        zone_problem(reader, reader->line, findings,
                     _("the calendars define more or longer time zones than loa reads"), "");
        return -E2BIG;
    }
    if (reader->failed) {
        return 0;
    }
    struct ical_zone *ical = NULL;
    int r = ical_zone_parse(strbuf_text(&reader->text), &ical);
    if (r == -EINVAL) {
        zone_problem(reader, reader->line, findings, _("time zone \"%s\" cannot be understood"),
                     reader->tzid);
        return 0;
    }
    struct cal_zone zone = {.kind = CAL_ZONE_ICAL, .ical = ical};
    if (r == 0 && !add_entry(zones, reader->file, reader->tzid, zone, NULL)) {
        ical_zone_close(ical);
        r = -ENOMEM;
    }
    return r;
}

static int zone_begin(struct zone_reader *reader, const char *file, const struct content_line *line)
{
    zone_reader_finish(reader);
    *reader = (struct zone_reader){.file = file, .line = line->line};
    strbuf_init(&reader->text, VTIMEZONE_MAX_BYTES);
    strbuf_add(&reader->text, "BEGIN:VTIMEZONE\r\n");
    return 0;
}

int zone_reader_line(struct zone_reader *reader, struct zones *zones, const char *file,
                     const struct content_line *line, struct findings *findings)
{
    bool begins = strcasecmp(line->name, "BEGIN") == 0;
    bool ends = strcasecmp(line->name, "END") == 0;
    if ((begins || ends) && strcasecmp(line->value, "VTIMEZONE") == 0) {
        return begins ? zone_begin(reader, file, line) : zone_end(reader, zones, findings);
    }
    if (begins || ends) {
        bool known =
            strcasecmp(line->value, "STANDARD") == 0 || strcasecmp(line->value, "DAYLIGHT") == 0;
        if (!known || (begins && reader->in_observance)) {
            zone_problem(reader, line->line, findings, _("%s has no place in a time zone"),
                         line->value);
        } else if (begins) {
            observance_begin(reader, line, findings);
        } else {
            observance_end(reader, line, findings);
        }
        return 0;
    }
    if (reader->in_observance) {
        observance_line(reader, zones, line, findings);
    } else if (strcasecmp(line->name, "TZID") == 0) {
        reader->tzid = arena_strdup(zones->arena, line->value);
        if (!reader->tzid) {
            return -ENOMEM;
        }
        strbuf_printf(&reader->text, "TZID:%s\r\n", line->value);
    }
    return 0;
}

void zone_reader_finish(struct zone_reader *reader)
{
    strbuf_finish(&reader->text);
}
