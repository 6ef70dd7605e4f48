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

/*
 * A calendar is read twice: first its structure (is it whole?) and its time zones,
 * which may stand behind the events that use them; then its events, one at a time.
 */
enum { DEPTH_MAX = 16, NAME_MAX_BYTES = 32, EVENT_LINES_MAX = 100000 };

struct open_component {
    char name[NAME_MAX_BYTES];
    unsigned line;
};

struct structure {
    struct calendars *calendars;
    const char *file;
    struct findings *findings;
    struct open_component open[DEPTH_MAX];
    size_t depth;
    size_t n_calendars;
    struct zone_reader zone;
};

static bool is(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

static bool fail(struct structure *s, unsigned line, const char *sentence, const char *what)
{
    findings_add(s->findings, SEVERITY_ERROR, "bad-calendar", s->file, line, sentence, what);
    return false;
}

static bool component_begins(struct structure *s, const struct content_line *line)
{
    if (s->depth == 0 && !is(line->value, "VCALENDAR")) {
        return fail(s, line->line, _("this is no calendar: it must begin with BEGIN:VCALENDAR"),
                    "");
    }
    bool is_known = is(line->value, "VEVENT") || is(line->value, "VTIMEZONE");
    if ((is_known && s->depth != 1) || (s->depth > 0 && is(line->value, "VCALENDAR"))) {
        return fail(s, line->line,
                    _("BEGIN:%s has no place here; an END line before it is missing"), line->value);
    }
    if (s->depth == DEPTH_MAX || strlen(line->value) >= NAME_MAX_BYTES) {
        return fail(s, line->line, _("the components of this calendar are nested too deep"), "");
    }
    struct open_component *open = &s->open[s->depth++];
    snprintf(open->name, sizeof open->name, "%s", line->value);
    open->line = line->line;
    s->n_calendars += s->depth == 1;
    return true;
}

static bool component_ends(struct structure *s, const struct content_line *line)
{
    if (s->depth == 0 || !is(line->value, s->open[s->depth - 1].name)) {
        return fail(s, line->line, _("END:%s ends nothing that was begun; the calendar is damaged"),
                    line->value);
    }
    s->depth--;
    return true;
}

/* One line of the first reading. 1: go on; 0: a finding says why not; negative errno. */
static int structure_line(struct structure *s, const struct content_line *line)
{
    bool begins = is(line->name, "BEGIN");
    bool ends = is(line->name, "END");
    if (s->depth == 0 && !begins) {
        return fail(s, line->line, _("this is no calendar: it must begin with BEGIN:VCALENDAR"),
                    "");
    }
    if (begins && !component_begins(s, line)) {
        return 0;
    }
    bool in_zone = s->depth >= 2 && is(s->open[1].name, "VTIMEZONE");
    if (ends && !component_ends(s, line)) {
        return 0;
    }
    if (s->depth == 1 && is(line->name, "CALSCALE") && !is(line->value, "GREGORIAN")) {
        return fail(s, line->line, _("CALSCALE:%s is not played; only GREGORIAN is"), line->value);
    }
    if (in_zone) {
        int r = zone_reader_line(&s->zone, &s->calendars->zones, s->file, line, s->findings);
        return r == -E2BIG ? 0 : r < 0 ? r : 1;
    }
    return 1;
}

static int check_structure(struct structure *s, struct content_reader *reader)
{
    struct content_line line;
    struct fault fault;
    int r = 1;
    while (r > 0) {
        r = content_next(reader, &line, &fault);
        if (r < 0) {
            findings_add_fault(s->findings, "bad-calendar", &fault);
            return r == -ENOMEM ? r : 0;
        }
        if (r == 0) {
            break;
        }
        r = structure_line(s, &line);
        if (r <= 0) {
            return r;
        }
    }
    if (s->depth > 0) {
        fail(s, s->open[s->depth - 1].line,
             _("END:%s is missing: the calendar is cut off; fetch it again"),
             s->open[s->depth - 1].name);
    } else if (s->n_calendars == 0) {
        fail(s, 0, _("this is no calendar: it must begin with BEGIN:VCALENDAR"), "");
    }
    return 0;
}

/* Properties that mean something to loa; of those marked an event has one at most. */
static const struct {
    const char *name;
    bool once;
} properties[] = {{"UID", true},           {"SEQUENCE", true},      {"DTSTAMP", true},
                  {"RECURRENCE-ID", true}, {"DTSTART", true},       {"DTEND", true},
                  {"DURATION", true},      {"RRULE", false},        {"RDATE", false},
                  {"EXDATE", false},       {"EXRULE", false},       {"STATUS", true},
                  {"PRIORITY", true},      {"SUMMARY", true},       {"DESCRIPTION", true},
                  {"CATEGORIES", false},   {"ATTACH", false},       {"RESOURCES", false},
                  {"RELATED-TO", false},   {"X-LOA-CLOCK", true},   {"X-LOA-START", true},
                  {"X-LOA-GAIN", true},    {"X-LOA-OVERRUN", true}, {"X-LOA-LUNAR", true},
                  {"X-LOA-MODE", true}};

static int keep_line(struct event_reader *reader, const struct content_line *line)
{
    struct event_lines *lines = &reader->lines;
    if (lines->n == lines->capacity) {
        size_t capacity = lines->capacity ? lines->capacity * 2 : 32;
        struct content_line *grown = realloc(lines->lines, capacity * sizeof *grown);
        if (!grown) {
            return -ENOMEM;
        }
        lines->lines = grown;
        lines->capacity = capacity;
    }
    if (lines->n_bytes + line->n_bytes > lines->bytes_capacity) {
        size_t capacity = (lines->n_bytes + line->n_bytes) * 2;
        char *grown = realloc(lines->memory, capacity);
        if (!grown) {
            return -ENOMEM;
        }
        /* What was kept before points into the memory that moved. */
        size_t at = 0;
        for (size_t i = 0; i < lines->n; i++) {
            struct content_line *kept = &lines->lines[i];
            size_t params = (size_t)(kept->params - kept->name);
            size_t value = (size_t)(kept->value - kept->name);
            kept->name = grown + at;
            kept->params = kept->name + params;
            kept->value = kept->name + value;
            at += kept->n_bytes;
        }
        lines->memory = grown;
        lines->bytes_capacity = capacity;
    }
    lines->lines[lines->n++] = content_copy(line, lines->memory + lines->n_bytes);
    lines->n_bytes += line->n_bytes;
    return 0;
}

static int event_line(struct event_reader *reader, const struct content_line *line)
{
    size_t i = 0;
    while (i < ARRAY_LEN(properties) && !is(properties[i].name, line->name)) {
        i++;
    }
    if (i == ARRAY_LEN(properties)) {
        if (strncasecmp(line->name, "X-LOA-", 6) == 0) {
            findings_add(reader->findings, SEVERITY_WARNING, "unknown-property", reader->file,
                         line->line, _("%s means nothing to loa and is ignored"), line->name);
        }
        return 0;
    }
    if (properties[i].once && event_find_line(reader, line->name)) {
        findings_add(reader->findings, SEVERITY_ERROR, "doubled-property", reader->file, line->line,
                     _("%s comes twice in this event; keep one"), properties[i].name);
        return 0;
    }
    if (reader->lines.n == EVENT_LINES_MAX) {
        findings_add(reader->findings, SEVERITY_ERROR, "too-many", reader->file, line->line,
                     _("this event has more than %d lines"), EVENT_LINES_MAX);
        return -E2BIG;
    }
    return keep_line(reader, line);
}

struct content_line *event_find_line(const struct event_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->lines.n; i++) {
        if (is(reader->lines.lines[i].name, name)) {
            return &reader->lines.lines[i];
        }
    }
    return NULL;
}

int event_wrong(struct event_reader *reader, unsigned line, const char *rule, const char *sentence,
                const char *what)
{
    findings_add(reader->findings, SEVERITY_ERROR, rule, reader->file, line, sentence, what);
    return 0;
}

static void event_begins(struct event_reader *reader, unsigned line)
{
    reader->lines.line = line;
    reader->lines.n = 0;
    reader->lines.n_bytes = 0;
}

static int event_ends(struct event_reader *reader)
{
    struct calendars *calendars = reader->calendars;
    struct arena *arena = calendars->arena;
    size_t errors_before = reader->findings->n_errors;
    reader->event = arena_take(arena, 1, sizeof *reader->event);
    if (!reader->event) {
        return -ENOMEM;
    }
    reader->event->slot = (struct slot){.file = reader->file,
                                        .file_line = reader->lines.line,
                                        .layer = reader->layer,
                                        .clock = SIZE_MAX,
                                        .priority = 5,
                                        .text = "",
                                        .reason = ""};
    int r = event_read_times(reader);
    if (r == 1) {
        r = event_read_what(reader);
        r = r < 0 ? r : 1;
    }
    if (r <= 0 || reader->findings->n_errors != errors_before) {
        return r < 0 ? r : 0;
    }
    struct event **grown = arena_grow(arena, calendars->events, calendars->n_events,
                                      &calendars->events_capacity, sizeof(struct event *));
    if (!grown) {
        return -ENOMEM;
    }
    calendars->events = grown;
    calendars->events[calendars->n_events++] = reader->event;
    return 0;
}

/* The second reading: the structure is known to be right. */
static int read_events(struct event_reader *reader, struct content_reader *lines)
{
    struct content_line line;
    size_t depth = 0;
    bool in_event = false;
    int r = 0;
    while (r == 0 && reader->findings->n_errors < FINDINGS_MAX &&
           (r = content_next(lines, &line, NULL)) == 1) {
        r = 0;
        if (is(line.name, "BEGIN")) {
            depth++;
            if (depth == 2 && is(line.value, "VEVENT")) {
                in_event = true;
                event_begins(reader, line.line);
            }
        } else if (is(line.name, "END")) {
            if (depth == 2 && in_event) {
                in_event = false;
                r = event_ends(reader);
            }
            depth--;
        } else if (in_event && depth == 2) {
            r = event_line(reader, &line);
        }
    }
    return r;
}

int calendar_read(struct calendars *calendars, size_t layer, const char *file, const char *text,
                  size_t n_bytes, struct findings *findings)
{
    if (n_bytes > CALENDAR_FILE_MAX_BYTES) {
        findings_add(findings, SEVERITY_ERROR, "too-large", file, 0,
                     _("the calendar is larger than %d MiB"), CALENDAR_FILE_MAX_BYTES >> 20);
        return 0;
    }
    const char *named = arena_strdup(calendars->arena, file);
    if (!named) {
        return -ENOMEM;
    }
    size_t errors_before = findings->n_errors;
    struct structure structure = {.calendars = calendars, .file = named, .findings = findings};
    struct content_reader lines;
    content_reader_init(&lines, named, text, n_bytes);
    int r = check_structure(&structure, &lines);
    zone_reader_finish(&structure.zone);
    content_reader_finish(&lines);
    if (r < 0 || findings->n_errors != errors_before) {
        return r;
    }
    struct event_reader reader = {.calendars = calendars,
                                  .file = named,
                                  .layer = layer,
                                  .findings = findings};
    content_reader_init(&lines, named, text, n_bytes);
    r = read_events(&reader, &lines);
    content_reader_finish(&lines);
    free(reader.lines.memory);
    free(reader.lines.lines);
    return r;
}
