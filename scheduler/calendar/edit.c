/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/edit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "media/segment.h"
#include "scheduler/calendar/edit_int.h"
#include "scheduler/calendar/ical_text.h"
#include "station/station.h"

/* An edit, from the calendars as they are to a text that was read back and found right. */

static const size_t EDIT_MAX_BYTES = (size_t)1 << 30;
enum { EVENT_MAX_BYTES = 4 << 20, UID_HASH_CHARS = 6 };

int edit_no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0,
                     _("out of memory: the calendar is too large to be edited"));
}

struct edit *edit_destroy(struct edit *edit)
{
    if (edit) {
        calendars_destroy(edit->calendars_before);
        calendars_destroy(edit->calendars_after);
        findings_finish(&edit->notes);
        findings_finish(&edit->warnings_before);
        arena_destroy(edit->arena); /* the edit itself lies in it */
    }
    return NULL;
}

/* The first error among findings, as the fault; `where` is said only of what is on disk. */
static int first_error(const struct findings *findings, int r, bool is_on_disk,
                       struct fault *reterr)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct fault *fault = &findings->items[i].fault;
        if (findings->items[i].severity == SEVERITY_ERROR) {
            return fault_set(reterr, -r, is_on_disk ? fault->file : NULL,
                             is_on_disk ? fault->line : 0, "%s", fault->text);
        }
    }
    return fault_set(reterr, -r, NULL, 0, _("the calendars cannot be read"));
}

/* The calendars with what lies on disk; with nothing in this one, if it may be beyond reading. */
static int read_before(struct edit *edit, const struct station *station, bool may_be_broken,
                       struct fault *reterr)
{
    static const char nothing[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//loa//loa//VI\r\n"
                                  "END:VCALENDAR\r\n";
    struct findings findings = {0};
    int r = calendars_load_text(station, edit->layer, NULL, edit->before, edit->n_before,
                                &edit->calendars_before, &findings);
    r = r < 0 ? first_error(&findings, r, true, reterr) : 0;
    if (r == -EINVAL && may_be_broken) {
        findings_finish(&findings);
        findings = (struct findings){0};
        r = calendars_parse(station, edit->layer, edit->path, nothing, sizeof nothing - 1,
                            &edit->calendars_before, &findings);
    }
    edit->warnings_before = findings;
    return r;
}

static int edit_create(const struct station *station, size_t layer, bool may_be_broken,
                       struct edit **ret_edit, struct fault *reterr)
{
    struct arena *arena = arena_create(EDIT_MAX_BYTES);
    AUTO(edit_destroy) struct edit *edit = arena ? arena_take(arena, 1, sizeof *edit) : NULL;
    if (!edit) {
        arena_destroy(arena);
        return edit_no_memory(reterr);
    }
    edit->arena = arena;
    edit->layer = layer;
    const struct layer_def *def = &station->layers[layer];
    if (def->url) {
        return fault_set(reterr, EROFS, station->file, def->file_line,
                         _("the calendar of layer \"%s\" is kept at another place; edit it "
                           "there"),
                         def->id);
    }
    int r = edit_read_file(edit, station, reterr);
    r = r < 0 ? r : read_before(edit, station, may_be_broken, reterr);
    if (r == 0) {
        *ret_edit = STEAL(edit);
    }
    return r;
}

/* What the calendars are warned of now and were not before: a note each. */
static void note_new_warnings(struct edit *edit, const struct findings *after)
{
    const struct findings *before = &edit->warnings_before;
    bool *is_old = arena_take(edit->arena, before->n + 1, sizeof *is_old);
    for (size_t i = 0; is_old && i < after->n; i++) {
        const struct finding *found = &after->items[i];
        size_t k = 0;
        while (k < before->n &&
               (is_old[k] || strcmp(before->items[k].fault.text, found->fault.text) != 0)) {
            k++;
        }
        if (k < before->n) {
            is_old[k] = true;
        } else if (found->severity == SEVERITY_WARNING) {
            findings_add(&edit->notes, SEVERITY_WARNING, found->rule, found->fault.file,
                         found->fault.line, "%s", found->fault.text);
        }
    }
}

/* Read back what was made. */
static int edit_check(struct edit *edit, const struct station *station, struct fault *reterr)
{
    struct findings findings = {0};
    int r = calendars_load_text(station, edit->layer, NULL, edit->after, edit->n_after,
                                &edit->calendars_after, &findings);
    if (r < 0) {
        r = first_error(&findings, r, false, reterr);
    } else {
        note_new_warnings(edit, &findings);
    }
    findings_finish(&findings);
    return r;
}

static int editor_finish(struct editor *editor)
{
    struct edit *edit = editor->edit;
    if (editor->text.n_changes == 0) {
        return fault_set(editor->reterr, EALREADY, NULL, 0,
                         _("it is so already; nothing was changed"));
    }
    edit->after = calendar_text_write(&editor->text, &edit->n_after);
    if (!edit->after) {
        return edit_no_memory(editor->reterr);
    }
    if (edit->n_after > CALENDAR_FILE_MAX_BYTES) {
        return fault_set(editor->reterr, EINVAL, edit->path, 0,
                         _("the calendar would be larger than %d MiB"),
                         CALENDAR_FILE_MAX_BYTES >> 20);
    }
    return edit_check(edit, editor->station, editor->reterr);
}

static int editor_begin(struct editor *editor, size_t layer)
{
    int r = edit_create(editor->station, layer, false, &editor->edit, editor->reterr);
    if (r < 0) {
        return r;
    }
    editor->calendars = editor->edit->calendars_before;
    r = calendar_text_parse(editor->edit->arena, editor->edit->path, editor->edit->before,
                            editor->edit->n_before, &editor->text, editor->reterr);
    if (r < 0) {
        editor->edit = edit_destroy(editor->edit);
    }
    return r;
}

static int editor_begin_at(struct editor *editor, const struct edit_target *target,
                           enum edit_scope *ret_scope)
{
    const struct station *station = editor->station;
    struct calendars *calendars = NULL;
    struct findings findings = {0};
    const char *uid = NULL;
    size_t layer = 0;
    int r = calendars_load(station, &calendars, &findings);
    r = r < 0 ? first_error(&findings, r, true, editor->reterr) : 0;
    findings_finish(&findings);
    r = r < 0 ? r : target_find_layer(calendars, target, &layer, &uid, editor->reterr);
    r = r < 0 ? r : editor_begin(editor, layer);
    if (r == 0) {
        editor->edit->uid = arena_strdup(editor->edit->arena, uid);
        r = editor->edit->uid ? target_find(editor, target, ret_scope)
                              : edit_no_memory(editor->reterr);
    }
    calendars_destroy(calendars);
    return r;
}

/* Given away if all went well. */
static int editor_end(struct editor *editor, int r, struct edit **ret_edit)
{
    r = r < 0 ? r : editor_finish(editor);
    if (r < 0) {
        edit_destroy(editor->edit);
    } else {
        *ret_edit = editor->edit;
    }
    return r;
}

void edit_note(struct editor *editor, const struct event *change, const char *sentence)
{
    char date[ZONE_INSTANT_MAX];
    zone_format_date(change->changed_us, date);
    const struct findings *notes = &editor->edit->notes;
    char text[FAULT_TEXT_MAX];
    snprintf(text, sizeof text, sentence, date);
    if (notes->n == 0 || strcmp(notes->items[notes->n - 1].fault.text, text) != 0) {
        findings_add(&editor->edit->notes, SEVERITY_WARNING, "stays", editor->edit->path, 0, "%s",
                     text);
    }
}

/* -- changing and cancelling ---------------------------------------------------- */

/* The occurrence is an event of its own already. */
static int change_in_place(struct editor *editor, const struct edit_values *values)
{
    const struct event *event = editor->event;
    struct text_part part;
    int r = event_part(editor, event, &part);
    size_t changes_before = editor->text.n_changes;
    if (r == 0 && (values->start != EDIT_START_STAYS || values->length_s)) {
        r = event_set_times(editor, &editor->text, part, event,
                            values_start_us(values, event->start_us), values->length_s * 1000000);
    }
    r = r < 0 ? r : event_set_fields(editor, &editor->text, part, values);
    if (r == 0 && editor->text.n_changes != changes_before) {
        r = event_touch(editor, &editor->text, part, event);
    }
    return r;
}

static bool is_own_change(const struct editor *editor)
{
    return editor->event->is_change && !editor->event->and_following;
}

/* What comes after this occurrence and was changed by itself. */
static void note_later_changes(struct editor *editor)
{
    const struct series *series = editor->series;
    for (size_t i = 0; i < series->n_changes; i++) {
        const struct event *change = series->changes[i];
        if (change->changed_us > editor->occurrence.recurrence_us) {
            edit_note(editor, change,
                      change->and_following
                          ? _("from %s on the series stays as a later change says")
                          : _("the occurrence of %s was changed by itself and stays so"));
        }
    }
}

static int change_following(struct editor *editor, const struct edit_values *values)
{
    const struct series *series = editor->series;
    int64_t recurrence_us = editor->occurrence.recurrence_us;
    int r = is_own_change(editor) ? change_in_place(editor, values) : 0;
    note_later_changes(editor);
    for (size_t i = 0; i < series->n_following; i++) {
        if (series->following[i]->changed_us == recurrence_us) {
            editor->event = series->following[i];
            return r < 0 ? r : change_in_place(editor, values);
        }
    }
    return r < 0 ? r : event_put_change(editor, values, true);
}

/* Changes without their series: each is an event of its own. */
static int change_strays(struct editor *editor, enum edit_scope scope,
                         const struct edit_values *values)
{
    const struct series *series = editor->series;
    const struct event *named = editor->event;
    if (values->start == EDIT_START_AT && scope != EDIT_THIS && series->n_changes > 1) {
        return fault_set(editor->reterr, EINVAL, NULL, 0,
                         _("only one occurrence can be moved there; say which, with --at and "
                           "--this"));
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < series->n_changes; i++) {
        editor->event = series->changes[i];
        bool is_meant = scope == EDIT_THIS
                            ? editor->event == named
                            : scope == EDIT_ALL || editor->event->changed_us >= named->changed_us;
        r = is_meant ? change_in_place(editor, values) : 0;
    }
    return r;
}

static int change(struct editor *editor, enum edit_scope scope, const struct edit_values *values)
{
    if (scope != EDIT_ALL && (values->fields[EDIT_RULE] || values->fields[EDIT_LUNAR])) {
        return fault_set(editor->reterr, EINVAL, NULL, 0,
                         _("a rule is that of the whole series: write --all, or end the series "
                           "with loa slot cancel --following and add another"));
    }
    if (!editor->series->master) {
        return change_strays(editor, scope, values);
    }
    switch (scope) {
    case EDIT_THIS:
        return is_own_change(editor) ? change_in_place(editor, values)
                                     : event_put_change(editor, values, false);
    case EDIT_FOLLOWING:
        return change_following(editor, values);
    default:
        return series_change(editor, values);
    }
}

int edit_change(const struct station *station, const struct edit_target *target,
                const struct edit_values *values, int64_t now_us, struct edit **ret_edit,
                struct fault *reterr)
{
    struct editor editor = {.station = station, .now_us = now_us, .reterr = reterr};
    enum edit_scope scope = EDIT_UNSAID;
    int r = editor_begin_at(&editor, target, &scope);
    r = r < 0 ? r : change(&editor, scope, values);
    return editor_end(&editor, r, ret_edit);
}

int edit_cancel(const struct station *station, const struct edit_target *target, int64_t now_us,
                struct edit **ret_edit, struct fault *reterr)
{
    static const struct edit_values cancelled = {.fields[EDIT_STATUS] = "CANCELLED"};
    struct editor editor = {.station = station, .now_us = now_us, .reterr = reterr};
    enum edit_scope scope = EDIT_UNSAID;
    int r = editor_begin_at(&editor, target, &scope);
    if (r < 0) {
        return editor_end(&editor, r, ret_edit);
    }
    const struct series *series = editor.series;
    if (scope == EDIT_THIS || !series->master) {
        r = change(&editor, scope, &cancelled);
    } else if (scope == EDIT_FOLLOWING &&
               editor.occurrence.recurrence_us > series->master->start_us) {
        r = series_end(&editor);
    } else { /* also the occurrences that were changed by themselves */
        for (size_t i = 0; r == 0 && series_event(series, i); i++) {
            editor.event = series_event(series, i);
            r = change_in_place(&editor, &cancelled);
        }
    }
    return editor_end(&editor, r, ret_edit);
}

/* -- adding --------------------------------------------------------------------- */

static bool uid_is_taken(const struct calendars *calendars, const char *uid)
{
    for (size_t i = 0; i < calendars->n_events; i++) {
        if (strcmp(calendars->events[i]->slot.uid, uid) == 0) {
            return true;
        }
    }
    return false;
}

/* A name that a person can type: the title's letters, and a few digits to tell it from others. */
static const char *make_uid(struct editor *editor, const struct edit_values *values)
{
    struct arena *arena = editor->edit->arena;
    const char *title = values->fields[EDIT_TITLE];
    char *name = arena_printf(arena, "%s.ics", title && *title ? title : "khung-gio");
    for (char *c = name; c && *c; c++) {
        *c = *c == '/' ? '-' : *c;
    }
    const char *code = name ? code_of_file(arena, name) : NULL;
    for (int64_t salt = editor->now_us; code; salt++) {
        char hash[HASH_HEX_MAX];
        const char *seed = arena_printf(arena, "%s %lld", code, (long long)salt);
        if (!seed) {
            break;
        }
        hash_bytes(seed, strlen(seed), hash);
        const char *uid = arena_printf(arena, "%s-%.*s", code, UID_HASH_CHARS, hash);
        if (!uid || !uid_is_taken(editor->calendars, uid)) {
            return uid;
        }
    }
    return NULL;
}

/* The calendar has a VTIMEZONE of the station's zone, and so its times are written in it. */
static bool defines_zone(const struct calendar_text *text, const char *tzid)
{
    for (size_t i = 1; i < text->n; i++) {
        if (text->lines[i].depth == 2 && text_line_is(&text->lines[i], "TZID") &&
            strcmp(text->lines[i].value, tzid) == 0) {
            return true;
        }
    }
    return false;
}

/* Lines that end as the calendar's do. Returns how long the text is now. */
static size_t drop_returns(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '\r') {
            *to++ = *from;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

/* The event as text, to be put before the calendar's last line. */
static int make_event(struct editor *editor, const struct edit_values *values, struct strbuf *buf)
{
    struct arena *arena = editor->edit->arena;
    const char *tzid = editor->station->timezone;
    bool in_zone = defines_zone(&editor->text, tzid);
    static const struct text_line local = {.head = "", .value = "19700101T000000"};
    const struct event none = {.slot.uid = editor->edit->uid,
                               .zone = &editor->calendars->zones.station};
    const char *start = format_like(arena, &local, none.zone, values->start_us);
    const char *head = in_zone ? arena_printf(arena, "DTSTART;TZID=%s", tzid) : "DTSTART";
    if (!start || !head) {
        return edit_no_memory(editor->reterr);
    }
    ical_text_line(buf, "BEGIN", "VEVENT");
    ical_text_value(buf, "UID", editor->edit->uid);
    ical_text_line(buf, head, start);
    ical_text_line(buf, "END", "VEVENT");
    if (strbuf_failed(buf)) {
        return edit_no_memory(editor->reterr);
    }
    if (strcmp(editor->text.line_end, "\n") == 0) {
        buf->n = drop_returns(buf->text);
    }
    struct calendar_text text;
    struct text_part part = {.first = 0, .last = 3};
    int r = calendar_text_parse(arena, "", strbuf_text(buf), buf->n, &text, editor->reterr);
    r = r < 0 ? r
              : event_set_times(editor, &text, part, &none, values->start_us,
                                values->length_s * 1000000);
    r = r < 0 ? r : event_set_fields(editor, &text, part, values);
    r = r < 0 ? r : event_touch(editor, &text, part, NULL);
    if (r < 0) {
        return r;
    }
    /* Behind the last thing in the calendar: before its END. */
    struct text_part last = {.last = editor->text.n - 2};
    return text_put_behind(&editor->text, last, &text) < 0 ? edit_no_memory(editor->reterr) : 0;
}

int edit_add(const struct station *station, size_t layer, const struct edit_values *values,
             int64_t now_us, struct edit **ret_edit, struct fault *reterr)
{
    struct editor editor = {.station = station, .now_us = now_us, .reterr = reterr};
    if (values->start != EDIT_START_AT || values->length_s <= 0) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("a new slot needs its start and its length: --start and --length"));
    }
    int r = editor_begin(&editor, layer);
    if (r < 0) {
        return r;
    }
    struct strbuf buf;
    strbuf_init(&buf, EVENT_MAX_BYTES);
    editor.edit->uid = make_uid(&editor, values);
    r = editor.edit->uid ? make_event(&editor, values, &buf) : edit_no_memory(reterr);
    r = editor_end(&editor, r, ret_edit);
    strbuf_finish(&buf);
    return r;
}

/* -- undoing -------------------------------------------------------------------- */

int edit_undo(const struct station *station, size_t layer, struct edit **ret_edit,
              struct fault *reterr)
{
    AUTO(edit_destroy) struct edit *edit = NULL;
    AUTO_FREE char *text = NULL;
    int r = edit_create(station, layer, true, &edit, reterr);
    if (r < 0) {
        return r;
    }
    const char *previous = edit_previous_path(edit->arena, edit->path);
    if (!previous) {
        return edit_no_memory(reterr);
    }
    r = path_read_file(previous, CALENDAR_FILE_MAX_BYTES, &text, &edit->n_after, reterr);
    if (r == -ENOENT) {
        return fault_set(reterr, ENOENT, edit->path, 0,
                         _("there is no edit to undo: nothing has been changed here by loa slot"));
    }
    if (r < 0) {
        return r;
    }
    edit->after = arena_strndup(edit->arena, text, edit->n_after);
    r = edit->after ? edit_check(edit, station, reterr) : edit_no_memory(reterr);
    if (r == 0) {
        *ret_edit = STEAL(edit);
    }
    return r;
}
