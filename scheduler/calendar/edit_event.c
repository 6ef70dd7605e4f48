/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "scheduler/calendar/edit_int.h"
#include "scheduler/calendar/ical_text.h"
#include "scheduler/calendar/series.h"

/* One event of a calendar: what it says, when it is, and a copy of it that changes an
 * occurrence. */

enum { VALUE_MAX_BYTES = 1 << 20, DATE_CHARS = 8 };
static const int64_t SECOND_US = 1000000;

/* -- fields ------------------------------------------------------------------- */

enum writing { WRITE_TEXT, WRITE_IDS, WRITE_URIS, WRITE_WORD, WRITE_PLAIN };

static const struct {
    const char *head;
    enum writing writing;
} fields[EDIT_FIELDS_N] = {
    [EDIT_TITLE] = {"SUMMARY", WRITE_TEXT},
    [EDIT_TEXT] = {"DESCRIPTION", WRITE_TEXT},
    [EDIT_CATEGORIES] = {"CATEGORIES", WRITE_IDS},
    [EDIT_LINES] = {"RESOURCES", WRITE_IDS},
    [EDIT_PLAYS] = {"ATTACH", WRITE_URIS},
    [EDIT_CLOCK] = {"X-LOA-CLOCK", WRITE_PLAIN},
    [EDIT_PRIORITY] = {"PRIORITY", WRITE_PLAIN},
    [EDIT_STATUS] = {"STATUS", WRITE_WORD},
    [EDIT_START_RULE] = {"X-LOA-START", WRITE_PLAIN},
    [EDIT_OVERRUN] = {"X-LOA-OVERRUN", WRITE_PLAIN},
    [EDIT_GAIN] = {"X-LOA-GAIN", WRITE_PLAIN},
    [EDIT_MODE] = {"X-LOA-MODE", WRITE_PLAIN},
    [EDIT_REPEATS] = {"RELATED-TO;RELTYPE=X-LOA-REPEAT", WRITE_TEXT},
    [EDIT_RULE] = {"RRULE", WRITE_WORD},
    [EDIT_LUNAR] = {"X-LOA-LUNAR", WRITE_WORD},
};

const char *edit_property(enum edit_field field)
{
    return field == EDIT_REPEATS ? "RELATED-TO" : fields[field].head;
}

/* The next item of a list that commas separate, without the blanks around it. */
static char *next_item(char **list)
{
    char *item = strsep(list, ",");
    item += strspn(item, " \t");
    size_t n = strlen(item);
    while (n > 0 && (item[n - 1] == ' ' || item[n - 1] == '\t')) {
        item[--n] = '\0';
    }
    return item;
}

/* As it stands in the calendar; NULL: out of memory. */
static char *field_value(struct arena *arena, enum writing writing, const char *value)
{
    struct strbuf buf;
    char *copy = arena_strdup(arena, value);
    strbuf_init(&buf, VALUE_MAX_BYTES);
    if (writing == WRITE_TEXT) {
        ical_text_escape(&buf, value);
    } else if (writing == WRITE_IDS) {
        for (char *list = copy; list;) {
            const char *item = next_item(&list);
            strbuf_add(&buf, *item && buf.n ? "," : "");
            ical_text_escape(&buf, item);
        }
    } else {
        for (char *c = copy; c && *c && writing == WRITE_WORD; c++) {
            *c = (char)toupper((unsigned char)*c);
        }
        strbuf_add(&buf, copy ? copy : "");
    }
    char *out = copy && !strbuf_failed(&buf) ? arena_strdup(arena, strbuf_text(&buf)) : NULL;
    strbuf_finish(&buf);
    return out;
}

static bool is_repeat(const struct text_line *line)
{
    return strcasestr(line->head, "RELTYPE=X-LOA-REPEAT") != NULL;
}

/* RELATED-TO of another type is not ours. */
static int set_repeat(struct calendar_text *text, struct text_part part, const char *value)
{
    size_t i = 0;
    bool is_there = false;
    while ((i = text_part_find(text, part, "RELATED-TO", i)) != SIZE_MAX) {
        if (is_repeat(&text->lines[i])) {
            int r = 0;
            if (*value && !is_there) {
                r = text_set_line(text, i, text->lines[i].head, value);
            } else {
                text_remove_line(text, i);
            }
            if (r < 0) {
                return r;
            }
            is_there = true;
        }
        i++;
    }
    return *value && !is_there ? text_add(text, part, fields[EDIT_REPEATS].head, value) : 0;
}

/* What is to be played stands in as many lines. */
static int set_plays(struct calendar_text *text, struct text_part part, const char *value)
{
    char *list = arena_strdup(text->arena, value);
    if (!list) {
        return -ENOMEM;
    }
    size_t i = 0;
    while (list && (i = text_part_find(text, part, "ATTACH", i)) != SIZE_MAX) {
        const char *item = next_item(&list);
        if (*item && strcmp(text->lines[i].value, item) != 0) {
            int r = text_set_line(text, i, "ATTACH", item);
            if (r < 0) {
                return r;
            }
        } else if (!*item) {
            text_remove_line(text, i);
        }
        i++;
    }
    while (!list && i != SIZE_MAX && (i = text_part_find(text, part, "ATTACH", i)) != SIZE_MAX) {
        text_remove_line(text, i++);
    }
    while (list) {
        const char *item = next_item(&list);
        int r = *item ? text_add(text, part, "ATTACH", item) : 0;
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int set_field(struct calendar_text *text, struct text_part part, enum edit_field field,
                     const char *value)
{
    char *written = field_value(text->arena, fields[field].writing, value);
    if (!written) {
        return -ENOMEM;
    }
    switch (field) {
    case EDIT_REPEATS:
        return set_repeat(text, part, written);
    case EDIT_PLAYS:
        return set_plays(text, part, written);
    default:
        return text_set(text, part, fields[field].head, *written ? written : NULL);
    }
}

int event_set_fields(struct editor *editor, struct calendar_text *text, struct text_part part,
                     const struct edit_values *values)
{
    for (enum edit_field field = 0; field < EDIT_FIELDS_N; field++) {
        if (values->fields[field] && set_field(text, part, field, values->fields[field]) < 0) {
            return edit_no_memory(editor->reterr);
        }
    }
    return 0;
}

/* -- times -------------------------------------------------------------------- */

int event_part(const struct editor *editor, const struct event *event, struct text_part *ret_part)
{
    if (!text_part_at(&editor->text, event->slot.file_line, ret_part)) {
        return fault_set(editor->reterr, EINVAL, editor->edit->path, event->slot.file_line,
                         _("this event cannot be edited; the calendar is damaged"));
    }
    return 0;
}

char *format_like(struct arena *arena, const struct text_line *line, const struct cal_zone *zone,
                  int64_t us)
{
    bool is_date = strlen(line->value) == DATE_CHARS;
    bool is_utc = toupper((unsigned char)line->value[strlen(line->value) - 1]) == 'Z';
    int64_t wall_s =
        is_utc && !is_date ? frames_floor_div(us, SECOND_US) : cal_zone_wall_s(zone, us);
    struct wall_day day = wall_day_of(wall_s);
    int second = (int)(wall_s - wall_of_day(day.year, day.month, day.day));
    if (is_date) {
        return arena_printf(arena, "%04d%02d%02d", day.year, day.month, day.day);
    }
    return arena_printf(arena, "%04d%02d%02dT%02d%02d%02d%s", day.year, day.month, day.day,
                        second / 3600, second / 60 % 60, second % 60, is_utc ? "Z" : "");
}

static char *format_duration(struct arena *arena, int64_t length_s, bool is_days)
{
    if (is_days) {
        return arena_printf(arena, "P%dD", (int)(length_s / WALL_DAY_S));
    }
    int64_t hours = length_s / 3600;
    int64_t minutes = length_s / 60 % 60;
    int64_t seconds = length_s % 60;
    struct strbuf buf;
    strbuf_init(&buf, VALUE_MAX_BYTES);
    strbuf_add(&buf, "PT");
    if (hours) {
        strbuf_printf(&buf, "%dH", (int)hours);
    }
    if (minutes) {
        strbuf_printf(&buf, "%dM", (int)minutes);
    }
    if (seconds || (!hours && !minutes)) {
        strbuf_printf(&buf, "%dS", (int)seconds);
    }
    char *out = strbuf_failed(&buf) ? NULL : arena_strdup(arena, strbuf_text(&buf));
    strbuf_finish(&buf);
    return out;
}

int event_says_days(struct editor *editor)
{
    return fault_set(editor->reterr, EINVAL, NULL, 0,
                     _("%s lasts whole days: write its start as a date, as in --to 2024-07-26, and "
                       "its length in whole days, as in --length 48h"),
                     editor->edit->uid);
}

int event_set_times(struct editor *editor, struct calendar_text *text, struct text_part part,
                    const struct event *event, int64_t start_us, int64_t length_us)
{
    struct arena *arena = editor->edit->arena;
    size_t at = text_part_find(text, part, "DTSTART", 0);
    if (at == SIZE_MAX) {
        return fault_set(editor->reterr, EINVAL, editor->edit->path, event->slot.file_line,
                         _("this event has no DTSTART"));
    }
    const struct text_line start = text->lines[at];
    const struct cal_zone *zone = event->zone ? event->zone : &editor->calendars->zones.station;
    int64_t wall_s = cal_zone_wall_s(zone, start_us);
    int64_t end_us = length_us ? start_us + length_us : event_end_us(event, start_us, wall_s);
    if (event->is_day && length_us) { /* by the clock: a day may have 23 hours */
        end_us = cal_zone_instant_us(zone, wall_s + length_us / SECOND_US);
    }
    if (event->is_day && (wall_s % WALL_DAY_S || length_us % (WALL_DAY_S * SECOND_US))) {
        return event_says_days(editor);
    }
    const char *start_value = format_like(arena, &start, zone, start_us);
    /* The end is written as the start is, so that both are of one zone. */
    const char *end_value = format_like(arena, &start, zone, end_us);
    const char *end_head = arena_printf(arena, "DTEND%s", start.head + strlen("DTSTART"));
    const char *length =
        length_us ? format_duration(arena, length_us / SECOND_US, event->is_day) : "";
    if (!start_value || !end_value || !end_head || !length) {
        return edit_no_memory(editor->reterr);
    }
    int r = text_set_line(text, at, start.head, start_value);
    size_t duration = text_part_find(text, part, "DURATION", 0);
    size_t end = text_part_find(text, part, "DTEND", 0);
    if (r == 0 && duration != SIZE_MAX) {
        r = length_us ? text_set(text, part, "DURATION", length) : 0;
    } else if (r == 0 && end != SIZE_MAX) {
        r = text_set_line(text, end, end_head, end_value);
    } else if (r == 0) {
        r = text_add(text, part, end_head, end_value);
    }
    return r < 0 ? edit_no_memory(editor->reterr) : 0;
}

int64_t values_start_us(const struct edit_values *values, int64_t start_us)
{
    struct civil civil;
    switch (values->start) {
    case EDIT_START_AT:
        return values->start_us;
    case EDIT_START_TIME_OF_DAY:
        zone_to_civil(start_us, &civil);
        civil.hour = values->minute_of_day / 60;
        civil.minute = values->minute_of_day % 60;
        civil.second = 0;
        return zone_from_civil(&civil);
    default:
        return start_us;
    }
}

/* -- revisions and changes ---------------------------------------------------- */

int event_touch(struct editor *editor, struct calendar_text *text, struct text_part part,
                const struct event *event)
{
    struct arena *arena = editor->edit->arena;
    char now[ICAL_TEXT_INSTANT_MAX];
    ical_text_format_instant(editor->now_us, now);
    const char *sequence =
        arena_printf(arena, "%lld", (long long)(event ? event->sequence + 1 : 0));
    int r = sequence ? text_set(text, part, "SEQUENCE", sequence) : -ENOMEM;
    r = r < 0 ? r : text_set(text, part, "DTSTAMP", now);
    r = r < 0 ? r : text_set(text, part, "LAST-MODIFIED", now);
    return r < 0 ? edit_no_memory(editor->reterr) : 0;
}

/* A copy of the event without what makes a series of it. */
static int copy_alone(struct editor *editor, const struct event *event,
                      struct calendar_text *ret_copy, struct text_part *ret_part)
{
    static const char *const of_series[] = {"RRULE",         "RDATE",   "EXDATE",     "EXRULE",
                                            "RECURRENCE-ID", "CREATED", "X-LOA-LUNAR"};
    struct text_part part;
    int r = event_part(editor, event, &part);
    if (r < 0) {
        return r;
    }
    r = text_copy_part(&editor->text, part, ret_copy);
    *ret_part = (struct text_part){.first = 0, .last = part.last - part.first};
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(of_series); i++) {
        r = text_set(ret_copy, *ret_part, of_series[i], NULL);
    }
    return r < 0 ? edit_no_memory(editor->reterr) : 0;
}

/* RECURRENCE-ID in the words of the series' DTSTART. */
static int add_recurrence_id(struct editor *editor, struct calendar_text *copy,
                             struct text_part part, bool and_following)
{
    const struct event *master = editor->series->master;
    struct arena *arena = editor->edit->arena;
    struct text_part whole;
    int r = event_part(editor, master, &whole);
    if (r < 0) {
        return r;
    }
    size_t at = text_part_find(&editor->text, whole, "DTSTART", 0);
    const struct text_line *start = &editor->text.lines[at == SIZE_MAX ? whole.first : at];
    const char *head = arena_printf(arena, "RECURRENCE-ID%s%s", start->head + strlen("DTSTART"),
                                    and_following ? ";RANGE=THISANDFUTURE" : "");
    const char *value = format_like(arena, start, master->zone, editor->occurrence.recurrence_us);
    r = head && value ? text_add(copy, part, head, value) : -ENOMEM;
    return r < 0 ? edit_no_memory(editor->reterr) : 0;
}

/* The event that an occurrence and those after it are made of. */
static const struct event *following_event(const struct editor *editor)
{
    const struct series *series = editor->series;
    const struct event *event = series->master;
    for (size_t i = 0; i < series->n_following; i++) {
        if (series->following[i]->changed_us <= editor->occurrence.recurrence_us) {
            event = series->following[i];
        }
    }
    return event;
}

int event_put_change(struct editor *editor, const struct edit_values *values, bool and_following)
{
    const struct slot *slot = &editor->occurrence;
    const struct event *event = and_following ? following_event(editor) : editor->event;
    int64_t start_us = slot->start_us;
    int64_t length_us = slot->end_us - slot->start_us;
    if (and_following) {
        /* Where the series has it, also if this one occurrence stands elsewhere. */
        int64_t shift_s = event->is_change ? series_shift_s(event) : 0;
        start_us = cal_zone_instant_us(event->zone,
                                       cal_zone_wall_s(event->zone, slot->recurrence_us) + shift_s);
    }
    if (and_following ||
        length_us ==
            event_end_us(event, start_us, cal_zone_wall_s(event->zone, start_us)) - start_us) {
        length_us = 0; /* the event's own, however it is written */
    }
    start_us = values_start_us(values, start_us);
    struct calendar_text copy;
    struct text_part part;
    struct text_part behind;
    int r = copy_alone(editor, event, &copy, &part);
    r = r < 0 ? r : add_recurrence_id(editor, &copy, part, and_following);
    r = r < 0 ? r
              : event_set_times(editor, &copy, part, event, start_us,
                                values->length_s ? values->length_s * SECOND_US : length_us);
    r = r < 0 ? r : event_set_fields(editor, &copy, part, values);
    r = r < 0 ? r : event_touch(editor, &copy, part, event);
    r = r < 0 ? r : event_part(editor, event, &behind);
    if (r == 0 && text_put_behind(&editor->text, behind, &copy) < 0) {
        r = edit_no_memory(editor->reterr);
    }
    return r;
}
