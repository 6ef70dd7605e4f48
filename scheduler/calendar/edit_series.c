/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "scheduler/calendar/content_line.h"
#include "scheduler/calendar/edit_int.h"
#include "scheduler/calendar/ical_text.h"
#include "station/station.h"

/* A whole series: moved within its day, changed together with what its changed occurrences have
 * of it, or ended. */

enum { VALUE_MAX_BYTES = 1 << 20 };
static const int64_t SECOND_US = 1000000;
/* What looking for one more time of a rule may cost, and how far ahead it may lie. */
static const int64_t RULE_STEPS = 1000000;
static const int64_t FOR_EVER_S = 600LL * 366 * 86400;

/* -- lists of times ----------------------------------------------------------- */

static void format_wall(struct strbuf *buf, struct when when)
{
    struct wall_day day = wall_day_of(when.wall_s);
    int second = (int)(when.wall_s - wall_of_day(day.year, day.month, day.day));
    strbuf_printf(buf, "%04d%02d%02d", day.year, day.month, day.day);
    if (when.kind != WHEN_DATE) {
        strbuf_printf(buf, "T%02d%02d%02d%s", second / 3600, second / 60 % 60, second % 60,
                      when.kind == WHEN_UTC ? "Z" : "");
    }
}

/* By how much a series moves, on its own clock. */
struct shift {
    const struct cal_zone *zone;
    int64_t s;
    int64_t days_s; /* midnights that lie between, for what is a date */
};

/* Add a time, later by so much. What is no time is added as it is. */
static void add_shifted(struct strbuf *buf, const char *text, const struct shift *shift)
{
    struct when when;
    if (!when_parse(text, &when)) {
        strbuf_add(buf, text);
        return;
    }
    if (when.kind == WHEN_UTC) {
        int64_t wall_s = cal_zone_wall_s(shift->zone, when.wall_s * SECOND_US) + shift->s;
        when.wall_s = frames_floor_div(cal_zone_instant_us(shift->zone, wall_s), SECOND_US);
    } else {
        when.wall_s += when.kind == WHEN_DATE ? shift->days_s : shift->s;
    }
    format_wall(buf, when);
}

/* Every time of the line, in a list or as a period, later by so much. */
static int shift_line(struct editor *editor, size_t i, const struct shift *shift)
{
    struct arena *arena = editor->edit->arena;
    const struct text_line *line = &editor->text.lines[i];
    char *list = arena_strdup(arena, line->value);
    struct strbuf buf;
    strbuf_init(&buf, VALUE_MAX_BYTES);
    while (list) {
        char *until = content_next_item(&list);
        const char *from = strsep(&until, "/");
        strbuf_add(&buf, buf.n ? "," : "");
        add_shifted(&buf, from, shift);
        if (until) {
            strbuf_add(&buf, "/");
            add_shifted(&buf, until, shift);
        }
    }
    int r = strbuf_failed(&buf) ? -ENOMEM
                                : text_set_line(&editor->text, i, line->head, strbuf_text(&buf));
    strbuf_finish(&buf);
    return r;
}

/* One part of a rule, as "UNTIL=…"; where it begins, or NULL. */
static const char *rule_part(const char *rule, const char *name)
{
    size_t n = strlen(name);
    for (const char *part = rule; part; part = strchr(part, ';')) {
        part += *part == ';';
        if (strncasecmp(part, name, n) == 0 && part[n] == '=') {
            return part;
        }
    }
    return NULL;
}

static int shift_rule(struct editor *editor, size_t i, const struct shift *shift)
{
    const struct text_line *line = &editor->text.lines[i];
    static const char *const of_time[] = {"BYHOUR", "BYMINUTE", "BYSECOND"};
    for (size_t k = 0; k < ARRAY_LEN(of_time); k++) {
        if (rule_part(line->value, of_time[k])) {
            return fault_set(editor->reterr, EINVAL, editor->edit->path, line->line,
                             _("the rule names the times of day itself, in %s; change it with "
                               "--rule"),
                             of_time[k]);
        }
    }
    const char *until = rule_part(line->value, "UNTIL");
    if (!until) {
        return 0;
    }
    until += strlen("UNTIL=");
    size_t n = strcspn(until, ";");
    char *text = arena_strndup(editor->edit->arena, until, n);
    struct strbuf buf;
    strbuf_init(&buf, VALUE_MAX_BYTES);
    strbuf_add_bytes(&buf, line->value, (size_t)(until - line->value));
    add_shifted(&buf, text ? text : "", shift);
    strbuf_add(&buf, until + n);
    int r = !text || strbuf_failed(&buf)
                ? -ENOMEM
                : text_set_line(&editor->text, i, line->head, strbuf_text(&buf));
    strbuf_finish(&buf);
    return r < 0 ? edit_no_memory(editor->reterr) : 0;
}

/* -- moving ------------------------------------------------------------------- */

static bool is_change_of_series(const struct editor *editor, const struct event *event)
{
    return event->is_change && event->slot.layer == editor->edit->layer &&
           strcmp(event->slot.uid, editor->edit->uid) == 0;
}

/* Is the change the revision of it that counts? */
static bool counts(const struct series *series, const struct event *change)
{
    size_t low = 0;
    size_t high = series->n_changes;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (series->changes[middle]->changed_us < change->changed_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < series->n_changes && series->changes[low] != change &&
           series->changes[low]->changed_us == change->changed_us) {
        low++;
    }
    return low < series->n_changes && series->changes[low] == change;
}

static int shift_lines(struct editor *editor, struct text_part part, const char *name,
                       const struct shift *shift)
{
    size_t i = 0;
    int r = 0;
    while (r == 0 && (i = text_part_find(&editor->text, part, name, i)) != SIZE_MAX) {
        r = strcmp(name, "RRULE") == 0 ? shift_rule(editor, i, shift)
                                       : shift_line(editor, i, shift);
        i++;
    }
    return r == -ENOMEM ? edit_no_memory(editor->reterr) : r;
}

static int shift_event(struct editor *editor, const struct event *event, const struct shift *shift)
{
    static const char *const of_master[] = {"DTSTART", "DTEND", "RDATE", "EXDATE", "RRULE"};
    static const char *const of_change[] = {"RECURRENCE-ID", "DTSTART", "DTEND"};
    /* A change that was moved stays where somebody put it. */
    bool is_in_place =
        event->is_change && !event->has_no_time && event->start_us == event->changed_us;
    const char *const *names = event->is_change ? of_change : of_master;
    size_t n = !event->is_change ? ARRAY_LEN(of_master) : is_in_place ? ARRAY_LEN(of_change) : 1;
    struct text_part part;
    int r = event_part(editor, event, &part);
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = shift_lines(editor, part, names[i], shift);
    }
    if (r == 0 && event->is_change && !is_in_place) {
        edit_note(editor, event,
                  event->and_following
                      ? _("from %s on the series stays as a later change says")
                      : _("the occurrence of %s was moved by itself and stays there"));
    }
    return r;
}

/* By how much the series moves: within its day, so that its rule still falls on it. */
static int series_shift(struct editor *editor, const struct edit_values *values,
                        struct shift *ret_shift)
{
    const struct event *master = editor->series->master;
    bool recurs = series_recurs(editor->series);
    if (values->start == EDIT_START_AT && recurs && !editor->has_occurrence) {
        return fault_set(editor->reterr, EINVAL, NULL, 0,
                         _("say which occurrence moves there, with --at, or write only a time of "
                           "day, as in --to 17:30"));
    }
    int64_t old_us = editor->has_occurrence && recurs ? editor->occurrence.recurrence_us
                                                      : editor->event->start_us;
    int64_t old_s = cal_zone_wall_s(master->zone, old_us);
    int64_t new_s = cal_zone_wall_s(master->zone, values_start_us(values, old_us));
    int64_t days = frames_floor_div(new_s, WALL_DAY_S) - frames_floor_div(old_s, WALL_DAY_S);
    *ret_shift =
        (struct shift){.zone = master->zone, .s = new_s - old_s, .days_s = days * WALL_DAY_S};
    if (master->is_day && ret_shift->s != ret_shift->days_s) {
        return event_says_days(editor);
    }
    if (recurs && master->n_recurs && days) {
        return fault_set(editor->reterr, EINVAL, NULL, 0,
                         _("a whole series moves only within its day; for other days write a new "
                           "rule with loa slot edit --all --rule, or move --this or --following"));
    }
    return 0;
}

/* -- fields of all ------------------------------------------------------------ */

/* The lines of a field, as one text to compare. */
static const char *field_text(struct editor *editor, struct text_part part, const char *name)
{
    const char *out = "";
    size_t i = 0;
    while (out && (i = text_part_find(&editor->text, part, name, i)) != SIZE_MAX) {
        out = arena_printf(editor->edit->arena, "%s\n%s", out, editor->text.lines[i].value);
        i++;
    }
    return out;
}

/* What of the values a change takes over: those fields in which it was as the series is. */
static int values_for_change(struct editor *editor, const struct event *change,
                             const struct edit_values *values, struct edit_values *ret_values)
{
    struct text_part whole;
    struct text_part part;
    *ret_values = *values;
    ret_values->fields[EDIT_RULE] = NULL;
    ret_values->fields[EDIT_LUNAR] = NULL;
    int r = event_part(editor, editor->series->master, &whole);
    r = r < 0 ? r : event_part(editor, change, &part);
    for (enum edit_field field = 0; r == 0 && field < EDIT_FIELDS_N; field++) {
        if (!ret_values->fields[field]) {
            continue;
        }
        const char *of_series = field_text(editor, whole, edit_property(field));
        const char *own = field_text(editor, part, edit_property(field));
        if (!of_series || !own) {
            return edit_no_memory(editor->reterr);
        }
        if (strcmp(of_series, own) != 0) {
            ret_values->fields[field] = NULL;
            edit_note(editor, change,
                      change->and_following
                          ? _("from %s on the series stays as a later change says")
                          : _("the occurrence of %s keeps what it has of its own"));
        }
    }
    return r;
}

static bool says_fields(const struct edit_values *values)
{
    for (enum edit_field field = 0; field < EDIT_FIELDS_N; field++) {
        if (values->fields[field]) {
            return true;
        }
    }
    return false;
}

/* A new length, for the events that are as long as the series is. */
static int change_length(struct editor *editor, struct text_part part, const struct event *event,
                         int64_t length_s, int64_t shift_s)
{
    const struct event *master = editor->series->master;
    if (!length_s ||
        (event->is_change && (event->has_no_time || event->clock_s + event->exact_s !=
                                                        master->clock_s + master->exact_s))) {
        return 0;
    }
    bool is_in_place = !event->is_change || event->start_us == event->changed_us;
    int64_t wall_s = event->start_wall_s + (is_in_place ? shift_s : 0);
    return event_set_times(editor, &editor->text, part, event,
                           cal_zone_instant_us(event->zone, wall_s), length_s * SECOND_US);
}

static int change_event(struct editor *editor, const struct event *event,
                        const struct edit_values *values, const struct shift *shift)
{
    struct edit_values own = *values;
    struct text_part part;
    int r = event_part(editor, event, &part);
    if (r == 0 && event->is_change && says_fields(values)) {
        r = values_for_change(editor, event, values, &own);
    }
    size_t changes_before = editor->text.n_changes;
    r = r == 0 && shift->s ? shift_event(editor, event, shift) : r;
    r = r < 0 ? r : change_length(editor, part, event, values->length_s, shift->s);
    r = r < 0 ? r : event_set_fields(editor, &editor->text, part, &own);
    if (r == 0 && editor->text.n_changes != changes_before) {
        r = event_touch(editor, &editor->text, part, event);
    }
    return r;
}

/* Revisions of changes that others made void move too: alone at the old time they
 * would be changes again. */
static int shift_older(struct editor *editor, const struct shift *shift)
{
    const struct calendars *calendars = editor->calendars;
    int r = 0;
    for (size_t i = 0; r == 0 && shift->s && i < calendars->n_events; i++) {
        const struct event *event = calendars->events[i];
        struct text_part part;
        if (!is_change_of_series(editor, event) || counts(editor->series, event)) {
            continue;
        }
        r = event_part(editor, event, &part);
        r = r < 0 ? r : shift_lines(editor, part, "RECURRENCE-ID", shift);
    }
    return r;
}

int series_change(struct editor *editor, const struct edit_values *values)
{
    const struct series *series = editor->series;
    struct shift shift = {0};
    int r = values->start == EDIT_START_STAYS ? 0 : series_shift(editor, values, &shift);
    /* The changes first: they are compared with what the series still is. */
    for (size_t i = 0; r == 0 && i < series->n_changes; i++) {
        r = change_event(editor, series->changes[i], values, &shift);
    }
    r = r < 0 ? r : shift_older(editor, &shift);
    return r < 0 ? r : change_event(editor, series->master, values, &shift);
}

/* -- ending ------------------------------------------------------------------- */

/* Does the rule in that line give a time at `end_us` or after it? */
static int rule_goes_on(struct editor *editor, unsigned line, int64_t end_us, bool *ret_goes_on)
{
    const struct event *master = editor->series->master;
    const struct recur *recur = NULL;
    for (size_t i = 0; i < master->n_recurs; i++) {
        recur = master->recurs[i].line == line ? &master->recurs[i] : recur;
    }
    int64_t budget = RULE_STEPS;
    int64_t from_s = cal_zone_wall_s(master->zone, end_us) - WALL_DAY_S;
    int64_t wall_s = 0;
    struct recur_walk walk;
    *ret_goes_on = true;
    if (!recur) {
        return 0;
    }
    int r = recur_begin(&walk, recur, master->zone, master->start_wall_s, from_s,
                        from_s + FOR_EVER_S, &budget);
    r = r < 0 ? r : recur_next(&walk, &wall_s);
    while (r == 1 && cal_zone_instant_us(master->zone, wall_s) < end_us) {
        r = recur_next(&walk, &wall_s);
    }
    recur_end(&walk);
    *ret_goes_on = r != 0 && r != -ENODATA;
    return r == -ENOMEM ? edit_no_memory(editor->reterr) : 0;
}

/* The rule without COUNT, and with this UNTIL; one that has ended before stays as it is. */
static int end_rule(struct editor *editor, size_t i, const char *until, int64_t end_us)
{
    const struct text_line *line = &editor->text.lines[i];
    bool goes_on = false;
    int status = rule_goes_on(editor, line->line, end_us, &goes_on);
    if (status < 0 || !goes_on) {
        return status;
    }
    char *rest = arena_strdup(editor->edit->arena, line->value);
    struct strbuf buf;
    strbuf_init(&buf, VALUE_MAX_BYTES);
    while (rest) {
        const char *part = strsep(&rest, ";");
        if (strncasecmp(part, "COUNT=", 6) != 0 && strncasecmp(part, "UNTIL=", 6) != 0) {
            strbuf_printf(&buf, "%s%s", buf.n ? ";" : "", part);
        }
    }
    strbuf_printf(&buf, ";UNTIL=%s", until);
    int r = strbuf_failed(&buf) ? -ENOMEM
                                : text_set_line(&editor->text, i, line->head, strbuf_text(&buf));
    strbuf_finish(&buf);
    return r < 0 ? edit_no_memory(editor->reterr) : 0;
}

/* The zone of a line's times, by its TZID. */
static const struct cal_zone *line_zone(struct editor *editor, const struct text_line *line)
{
    const char *param = strcasestr(line->head, ";TZID=");
    if (!param) {
        return editor->series->master->zone;
    }
    param += strlen(";TZID=");
    param += *param == '"';
    char *tzid = arena_strndup(editor->edit->arena, param, strcspn(param, "\";"));
    const struct cal_zone *zone =
        tzid ? zones_find(&editor->calendars->zones, editor->edit->path, tzid) : NULL;
    return zone ? zone : editor->series->master->zone;
}

/* Take the times at `end_us` and after it out of a list. */
static int end_list(struct editor *editor, size_t i, int64_t end_us)
{
    const struct text_line *line = &editor->text.lines[i];
    const struct cal_zone *zone = line_zone(editor, line);
    char *list = arena_strdup(editor->edit->arena, line->value);
    struct strbuf buf;
    strbuf_init(&buf, VALUE_MAX_BYTES);
    while (list) {
        const char *item = content_next_item(&list);
        char *start = arena_strndup(editor->edit->arena, item, strcspn(item, "/"));
        struct when when;
        bool is_time = start && when_parse(start, &when);
        const struct cal_zone *own =
            is_time && when.kind == WHEN_UTC ? &editor->calendars->zones.utc : zone;
        if (!is_time || cal_zone_instant_us(own, when.wall_s) < end_us) {
            strbuf_printf(&buf, "%s%s", buf.n ? "," : "", item);
        }
    }
    int r = strbuf_failed(&buf) ? -ENOMEM : 0;
    if (r == 0 && buf.n) {
        r = text_set_line(&editor->text, i, line->head, strbuf_text(&buf));
    } else if (r == 0) {
        text_remove_line(&editor->text, i);
    }
    strbuf_finish(&buf);
    return r < 0 ? edit_no_memory(editor->reterr) : 0;
}

/* UNTIL is written as DTSTART is: RFC 5545 wants UTC where that has a zone. */
static const char *until_value(struct editor *editor, struct text_part part, int64_t end_us)
{
    size_t at = text_part_find(&editor->text, part, "DTSTART", 0);
    const struct text_line *start = &editor->text.lines[at == SIZE_MAX ? part.first : at];
    int64_t last_us = end_us - SECOND_US;
    if (strcasestr(start->head, ";TZID=")) {
        char utc[ICAL_TEXT_INSTANT_MAX];
        ical_text_format_instant(last_us, utc);
        return arena_strdup(editor->edit->arena, utc);
    }
    return format_like(editor->edit->arena, start, editor->series->master->zone, last_us);
}

static int end_master(struct editor *editor, int64_t end_us)
{
    struct text_part part;
    int r = event_part(editor, editor->series->master, &part);
    const char *until = r == 0 ? until_value(editor, part, end_us) : "";
    if (!until) {
        return edit_no_memory(editor->reterr);
    }
    for (size_t i = part.first; r == 0 && i < part.last; i++) {
        const struct text_line *line = &editor->text.lines[i];
        if (line->depth != editor->text.lines[part.first].depth) {
            continue;
        }
        if (text_line_is(line, "RRULE")) {
            r = end_rule(editor, i, until, end_us);
        } else if (text_line_is(line, "RDATE") || text_line_is(line, "EXDATE")) {
            r = end_list(editor, i, end_us);
        }
    }
    return r < 0 ? r : event_touch(editor, &editor->text, part, editor->series->master);
}

int series_end(struct editor *editor)
{
    const struct calendars *calendars = editor->calendars;
    int64_t end_us = editor->occurrence.recurrence_us;
    /* Older revisions too: without the newer they would count again. */
    for (size_t i = 0; i < calendars->n_events; i++) {
        const struct event *change = calendars->events[i];
        struct text_part part;
        if (!is_change_of_series(editor, change) || change->changed_us < end_us) {
            continue;
        }
        int r = event_part(editor, change, &part);
        if (r < 0) {
            return r;
        }
        text_remove_part(&editor->text, part);
    }
    return end_master(editor, end_us);
}
