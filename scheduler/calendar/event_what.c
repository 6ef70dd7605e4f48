/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"
#include "scheduler/calendar/calendar_int.h"
#include "scheduler/calendar/content_line.h"
#include "station/station.h"

/* What an event is called, what it plays, how, and on which lines. */

/* Nobody means more in one event. */
enum { ITEMS_MAX = 1000 };

/* The value as people see it. */
static const char *take_text(struct event_reader *reader, struct content_line *line)
{
    content_unescape(line->value);
    return arena_strdup(reader->calendars->arena, line->value);
}

char *event_trim(char *text)
{
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t')) {
        text[--n] = '\0';
    }
    return text;
}

static int read_uid(struct event_reader *reader, struct content_line *line)
{
    reader->event->slot.uid = take_text(reader, line);
    return reader->event->slot.uid ? 0 : -ENOMEM;
}

static int read_title(struct event_reader *reader, struct content_line *line)
{
    reader->event->slot.title = take_text(reader, line);
    return reader->event->slot.title ? 0 : -ENOMEM;
}

static int read_description(struct event_reader *reader, struct content_line *line)
{
    reader->event->slot.text = take_text(reader, line);
    return reader->event->slot.text ? 0 : -ENOMEM;
}

static int read_sequence(struct event_reader *reader, struct content_line *line)
{
    size_t n = strlen(line->value);
    if (n == 0 || n > 10 || strspn(line->value, "0123456789") != n) {
        return event_wrong(reader, line->line, "bad-number", _("SEQUENCE:%.40s is not a number"),
                           line->value);
    }
    reader->event->sequence = strtoll(line->value, NULL, 10);
    return 0;
}

static int read_stamp(struct event_reader *reader, struct content_line *line)
{
    struct when when;
    if (when_parse(line->value, &when)) { /* only to tell equals apart: no reason to refuse */
        reader->event->stamp_s = when.wall_s;
    }
    return 0;
}

static int read_status(struct event_reader *reader, struct content_line *line)
{
    static const char *const names[] = {"CONFIRMED", "TENTATIVE", "CANCELLED"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcasecmp(line->value, names[i]) == 0) {
            reader->event->slot.state = (enum slot_state)i;
            return 0;
        }
    }
    return event_wrong(reader, line->line, "bad-status",
                       _("STATUS:%.40s is not possible; it is CONFIRMED, TENTATIVE or CANCELLED"),
                       line->value);
}

static int read_priority(struct event_reader *reader, struct content_line *line)
{
    if (!isdigit((unsigned char)line->value[0]) || line->value[1] != '\0') {
        return event_wrong(reader, line->line, "bad-number",
                           _("PRIORITY:%.40s is not a number 0 to 9"), line->value);
    }
    int priority = line->value[0] - '0';
    reader->event->slot.priority = priority ? priority : 5;
    return 0;
}

const char *event_nearest(const char *text, const void *first_id, size_t n, size_t stride)
{
    return n ? station_nearest_id(text, first_id, n, stride) : NULL;
}

/* `plain` names the text; `hint` names it and the nearest id that there is. */
void event_unknown(struct event_reader *reader, unsigned line, const char *rule, const char *plain,
                   const char *hint, const char *text, const char *near)
{
    findings_add(reader->findings, SEVERITY_ERROR, rule, reader->file, line, near ? hint : plain,
                 text, near);
}

static int read_category(struct event_reader *reader, unsigned line, const char *text,
                         const char **categories, size_t *topics, size_t *kinds)
{
    const struct station *station = reader->calendars->station;
    struct slot *slot = &reader->event->slot;
    size_t topic = station_find_topic(station, text);
    size_t kind = station_find_kind(station, text);
    if (topic == SIZE_MAX && kind == SIZE_MAX && station_find_tag(station, text) == SIZE_MAX) {
        const char *near =
            event_nearest(text, &station->topics->id, station->n_topics, sizeof *station->topics);
        near = near ? near
                    : event_nearest(text, &station->kinds->id, station->n_kinds,
                                    sizeof *station->kinds);
        near =
            near ? near
                 : event_nearest(text, &station->tags->id, station->n_tags, sizeof *station->tags);
        event_unknown(reader, line, "unknown-category",
                      _("the station has no topic, kind or tag \"%.80s\""),
                      _("the station has no topic, kind or tag \"%.80s\"; did you mean \"%s\"?"),
                      text, near);
        return 0;
    }
    if (topic != SIZE_MAX) {
        topics[slot->n_topics++] = topic;
    }
    if (kind != SIZE_MAX) {
        kinds[slot->n_kinds++] = kind;
    }
    categories[slot->n_categories] = arena_strdup(reader->calendars->arena, text);
    return categories[slot->n_categories++] ? 0 : -ENOMEM;
}

/* How many items all lines of that name hold together; SIZE_MAX, with a finding, is too
 * many. */
static size_t count_items(struct event_reader *reader, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < reader->lines.n; i++) {
        const struct content_line *line = &reader->lines.lines[i];
        if (strcasecmp(line->name, name) != 0) {
            continue;
        }
        n++;
        for (const char *c = line->value; *c; c++) {
            n += *c == ',';
        }
        if (n > ITEMS_MAX) {
            findings_add(reader->findings, SEVERITY_ERROR, "too-many", reader->file, line->line,
                         _("this event has more than %d values in %s; take some out"), ITEMS_MAX,
                         name);
            return SIZE_MAX;
        }
    }
    return n;
}

static int read_categories(struct event_reader *reader)
{
    struct arena *arena = reader->calendars->arena;
    struct slot *slot = &reader->event->slot;
    size_t n = count_items(reader, "CATEGORIES");
    if (n == 0 || n == SIZE_MAX) {
        return 0;
    }
    const char **categories = arena_take(arena, n, sizeof *categories);
    size_t *topics = arena_take(arena, n, sizeof *topics);
    size_t *kinds = arena_take(arena, n, sizeof *kinds);
    if (!categories || !topics || !kinds) {
        return -ENOMEM;
    }
    slot->categories = categories;
    slot->topics = topics;
    slot->kinds = kinds;
    for (size_t i = 0; i < reader->lines.n; i++) {
        struct content_line *line = &reader->lines.lines[i];
        if (strcasecmp(line->name, "CATEGORIES") != 0) {
            continue;
        }
        for (char *list = line->value; list;) {
            char *item = content_next_item(&list);
            content_unescape(item);
            item = event_trim(item);
            int r = *item ? read_category(reader, line->line, item, categories, topics, kinds) : 0;
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

static void unknown_place(struct event_reader *reader, unsigned line, const char *text)
{
    const struct station *station = reader->calendars->station;
    const char *near =
        event_nearest(text, &station->zones->id, station->n_zones, sizeof *station->zones);
    near = near
               ? near
               : event_nearest(text, &station->lines->id, station->n_lines, sizeof *station->lines);
    event_unknown(reader, line, "unknown-resource", _("the station has no line or zone \"%.80s\""),
                  _("the station has no line or zone \"%.80s\"; did you mean \"%s\"?"), text, near);
}

static int read_resources(struct event_reader *reader)
{
    struct event *event = reader->event;
    size_t n = count_items(reader, "RESOURCES");
    if (n == 0 || n == SIZE_MAX) {
        return 0;
    }
    event->resources = arena_take(reader->calendars->arena, n, sizeof(struct place *));
    if (!event->resources) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < reader->lines.n; i++) {
        struct content_line *line = &reader->lines.lines[i];
        if (strcasecmp(line->name, "RESOURCES") != 0) {
            continue;
        }
        for (char *list = line->value; list;) {
            char *item = content_next_item(&list);
            content_unescape(item);
            item = event_trim(item);
            const struct place *place = places_find(&reader->calendars->places, item);
            if (place) {
                event->resources[event->n_resources++] = place;
            } else if (*item != '\0') {
                unknown_place(reader, line->line, item);
            }
        }
    }
    return 0;
}

bool event_text_begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

static int read_related(struct event_reader *reader, struct content_line *line)
{
    struct event *event = reader->event;
    const char *type = content_param(line, "RELTYPE");
    if (!type || strcasecmp(type, "X-LOA-REPEAT") != 0) {
        return 0; /* a relation that is nothing to loa */
    }
    if (event->slot.repeat_of) {
        return event_wrong(reader, line->line, "doubled-property",
                           _("an event can repeat only one other"), NULL);
    }
    event->repeat_line = line->line;
    event->slot.repeat_of = take_text(reader, line);
    return event->slot.repeat_of ? 0 : -ENOMEM;
}

static int read_clock(struct event_reader *reader, struct content_line *line)
{
    const struct station *station = reader->calendars->station;
    content_unescape(line->value);
    char *text = event_trim(line->value);
    reader->event->slot.clock = station_find_clock(station, text);
    if (reader->event->slot.clock == SIZE_MAX) {
        event_unknown(reader, line->line, "unknown-clock", _("the station has no clock \"%.80s\""),
                      _("the station has no clock \"%.80s\"; did you mean \"%s\"?"), text,
                      event_nearest(text, &station->clocks->id, station->n_clocks,
                                    sizeof *station->clocks));
    }
    return 0;
}

static int read_start_rule(struct event_reader *reader, struct content_line *line)
{
    struct slot *slot = &reader->event->slot;
    int64_t clock_s = 0;
    int64_t exact_s = 0;
    content_unescape(line->value);
    char *text = event_trim(line->value);
    if (strcasecmp(text, "hard") == 0) {
        slot->start_rule = START_HARD;
        return 0;
    }
    if (strcasecmp(text, "next") == 0) {
        slot->start_rule = START_NEXT;
        return 0;
    }
    if (event_text_begins(text, "soft;") &&
        duration_parse(event_trim(text + 5), &clock_s, &exact_s)) {
        int64_t wait_us = (clock_s + exact_s) * 1000000;
        if (wait_us > 0 && wait_us <= SLOT_MAX_US) {
            slot->start_rule = START_SOFT;
            slot->soft_us = wait_us;
            return 0;
        }
    }
    return event_wrong(
        reader, line->line, "bad-start",
        _("X-LOA-START:%.40s is not possible; it is hard, next, or soft with the longest "
          "wait, such as soft;PT2M"),
        text);
}

static int read_overrun_rule(struct event_reader *reader, struct content_line *line)
{
    static const char *const names[] = {"fade", "finish", "push"};
    content_unescape(line->value);
    char *text = event_trim(line->value);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcasecmp(text, names[i]) == 0) {
            reader->event->slot.overrun_rule = (enum overrun_rule)i;
            return 0;
        }
    }
    return event_wrong(reader, line->line, "bad-overrun",
                       _("X-LOA-OVERRUN:%.40s is not possible; it is fade, finish or push"), text);
}

/* "-3", "+2.5 dB": read here because strtod() follows the locale's decimal comma. */
static bool parse_gain(const char *text, double *ret_db)
{
    double sign = *text == '-' ? -1 : 1;
    text += *text == '-' || *text == '+';
    double db = 0;
    size_t n_digits = 0;
    double scale = 0;
    for (; isdigit((unsigned char)*text) || (*text == '.' && scale == 0); text++) {
        if (*text == '.') {
            scale = 1;
            continue;
        }
        n_digits++;
        scale /= 10;
        db = scale > 0 ? db + (*text - '0') * scale : db * 10 + (*text - '0');
    }
    text += strspn(text, " ");
    *ret_db = sign * db;
    return n_digits > 0 && n_digits < 8 && (*text == '\0' || strcasecmp(text, "dB") == 0) &&
           *ret_db >= -60 && *ret_db <= 20;
}

static int read_gain(struct event_reader *reader, struct content_line *line)
{
    content_unescape(line->value);
    char *text = event_trim(line->value);
    if (!parse_gain(text, &reader->event->slot.gain_db)) {
        return event_wrong(reader, line->line, "bad-gain",
                           _("X-LOA-GAIN:%.40s is not possible; it is -60 to 20 (dB)"), text);
    }
    return 0;
}

static int read_mode(struct event_reader *reader, struct content_line *line)
{
    const struct station *station = reader->calendars->station;
    content_unescape(line->value);
    char *text = event_trim(line->value);
    size_t mode = station_find_mode(station, text);
    if (mode != SIZE_MAX) {
        reader->event->slot.mode = &station->modes[mode];
        return 0;
    }
    event_unknown(reader, line->line, "unknown-mode", _("the station has no mode \"%.80s\""),
                  _("the station has no mode \"%.80s\"; did you mean \"%s\"?"), text,
                  event_nearest(text, &station->modes->id, station->n_modes,
                                sizeof *station->modes));
    return 0;
}

/* That the mode holds must not depend on what else somebody wrote there. */
static void drop_sounds(struct event_reader *reader)
{
    struct slot *slot = &reader->event->slot;
    const struct {
        const char *name;
        bool is_there;
    } sounds[] = {{"ATTACH", slot->n_attachments > 0},
                  {"X-LOA-CLOCK", slot->clock != SIZE_MAX},
                  {"RELATED-TO", slot->repeat_of != NULL}};
    for (size_t i = 0; slot->mode && i < ARRAY_LEN(sounds); i++) {
        if (sounds[i].is_there) {
            findings_add(reader->findings, SEVERITY_WARNING, "silent-mode", reader->file,
                         event_find_line(reader, sounds[i].name)->line,
                         _("this event declares a station mode and sounds nothing itself; %s "
                           "belongs to an event of its own and is ignored"),
                         sounds[i].name);
        }
    }
    if (slot->mode) {
        slot->n_attachments = 0;
        slot->clock = SIZE_MAX;
        slot->repeat_of = NULL;
    }
}

static int read_singles(struct event_reader *reader)
{
    static const struct {
        const char *name;
        int (*read)(struct event_reader *reader, struct content_line *line);
    } readers[] = {{"UID", read_uid},
                   {"SEQUENCE", read_sequence},
                   {"DTSTAMP", read_stamp},
                   {"STATUS", read_status},
                   {"PRIORITY", read_priority},
                   {"SUMMARY", read_title},
                   {"DESCRIPTION", read_description},
                   {"RELATED-TO", read_related},
                   {"X-LOA-CLOCK", read_clock},
                   {"X-LOA-START", read_start_rule},
                   {"X-LOA-OVERRUN", read_overrun_rule},
                   {"X-LOA-GAIN", read_gain},
                   {"X-LOA-MODE", read_mode}};
    for (size_t i = 0; i < reader->lines.n; i++) {
        for (size_t j = 0; j < ARRAY_LEN(readers); j++) {
            if (strcasecmp(reader->lines.lines[i].name, readers[j].name) != 0) {
                continue;
            }
            int r = readers[j].read(reader, &reader->lines.lines[i]);
            if (r < 0) {
                return r;
            }
        }
    }
    return 0;
}

int event_read_what(struct event_reader *reader)
{
    struct slot *slot = &reader->event->slot;
    int r = read_singles(reader);
    r = r < 0 ? r : read_categories(reader);
    r = r < 0 ? r : event_read_attachments(reader);
    r = r < 0 ? r : read_resources(reader);
    if (r < 0) {
        return r;
    }
    if (!slot->uid || *slot->uid == '\0') {
        return event_wrong(reader, reader->lines.line, "no-uid",
                           _("this event has no UID, by which it would be known; add one"), NULL);
    }
    if (!slot->title || *slot->title == '\0') {
        slot->title = slot->uid;
    }
    drop_sounds(reader);
    if (slot->repeat_of && strcmp(slot->repeat_of, slot->uid) == 0) {
        return event_wrong(reader, reader->event->repeat_line, "bad-repeat",
                           _("this event would repeat itself; name another event's UID"), NULL);
    }
    return 0;
}
