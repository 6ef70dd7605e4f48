/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/calendar/edit_int.h"
#include "station/station.h"

/* Which event does a person mean, and which occurrence of it? */

static const int64_t YEAR_US = 366LL * 86400 * 1000000;

bool series_recurs(const struct series *series)
{
    const struct event *master = series->master;
    return master ? master->n_recurs || master->n_rdates || series->n_changes
                  : series->n_changes > 1;
}

const struct event *series_event(const struct series *series, size_t i)
{
    if (series->master && i == 0) {
        return series->master;
    }
    i -= series->master != NULL;
    return i < series->n_changes ? series->changes[i] : NULL;
}

static const struct slot *series_slot(const struct series *series)
{
    return &series_event(series, 0)->slot;
}

static int say_ambiguous(const struct edit_target *target, const struct slot *a,
                         const struct slot *b, const struct station *station, struct fault *reterr)
{
    if (strcmp(a->uid, b->uid) == 0) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the layers \"%s\" and \"%s\" both have the event %s; say which with "
                           "--layer"),
                         station->layers[a->layer].id, station->layers[b->layer].id, a->uid);
    }
    return fault_set(reterr, EINVAL, NULL, 0,
                     _("several events begin with \"%s\", such as %s and %s; write more of it"),
                     target->uid, a->uid, b->uid);
}

int target_find_layer(const struct calendars *calendars, const struct edit_target *target,
                      size_t *ret_layer, const char **ret_uid, struct fault *reterr)
{
    const struct slot *found = NULL;
    const struct slot *other = NULL;
    bool is_whole = false;
    for (size_t i = 0; i < calendars->n_series; i++) {
        const struct slot *slot = series_slot(&calendars->series[i]);
        bool matches = strncmp(slot->uid, target->uid, strlen(target->uid)) == 0 &&
                       (target->layer == SIZE_MAX || target->layer == slot->layer);
        bool equals = matches && strcmp(slot->uid, target->uid) == 0;
        if (!matches || (is_whole && !equals)) {
            continue;
        }
        other = equals && !is_whole ? NULL : found; /* the whole UID goes before a beginning */
        found = slot;
        is_whole = equals;
    }
    if (!found || *target->uid == '\0') {
        return fault_set(reterr, ENOENT, NULL, 0,
                         _("no event has the UID \"%s\"; loa slots lists them"), target->uid);
    }
    if (other) {
        return say_ambiguous(target, other, found, calendars->station, reterr);
    }
    *ret_layer = found->layer;
    *ret_uid = found->uid;
    return 0;
}

/* -- the occurrence ----------------------------------------------------------- */

/* What starts in [from_us, to_us): programmes, or modes where the series declares them. */
static int expand(struct editor *editor, int64_t from_us, int64_t to_us, struct slots *ret_slots)
{
    int r = calendars_expand(editor->edit->calendars_before, from_us, to_us, editor->edit->arena,
                             ret_slots, editor->reterr);
    if (r == 0 && editor->series->declares_mode) {
        *ret_slots = (struct slots){.items = ret_slots->modes, .n = ret_slots->n_modes};
        for (; ret_slots->n && ret_slots->items->start_us < from_us; ret_slots->n--) {
            ret_slots->items++;
        }
    }
    return r;
}

static bool is_of_series(const struct editor *editor, const struct slot *slot)
{
    return slot->layer == editor->edit->layer && strcmp(slot->uid, editor->edit->uid) == 0;
}

static int say_no_occurrence(struct editor *editor, int64_t from_us)
{
    struct slots slots = {0};
    int r = expand(editor, from_us, from_us + YEAR_US, &slots);
    for (size_t i = 0; r == 0 && i < slots.n; i++) {
        if (is_of_series(editor, &slots.items[i])) {
            char next[ZONE_INSTANT_MAX];
            zone_format_instant(slots.items[i].start_us, next);
            return fault_set(editor->reterr, ENOENT, NULL, 0,
                             _("%s does not start then; after that it next starts at %.16s"),
                             editor->edit->uid, next);
        }
    }
    return r < 0 ? r
                 : fault_set(editor->reterr, ENOENT, NULL, 0,
                             _("%s does not start then, nor in the year after"), editor->edit->uid);
}

static int say_many(struct editor *editor, const struct slot *a, const struct slot *b)
{
    char first[ZONE_INSTANT_MAX];
    char second[ZONE_INSTANT_MAX];
    zone_format_instant(a->start_us, first);
    zone_format_instant(b->start_us, second);
    return fault_set(editor->reterr, EINVAL, NULL, 0,
                     _("%s starts several times that day, such as at %.16s and %.16s; say which "
                       "with --at"),
                     editor->edit->uid, first, second);
}

/* A moved occurrence is also known by the time that the rule gave it. */
static const struct event *change_of(const struct series *series, const struct edit_target *target)
{
    for (size_t i = 0; i < series->n_changes; i++) {
        const struct event *change = series->changes[i];
        if (!change->and_following && change->changed_us >= target->from_us &&
            change->changed_us < target->to_us) {
            return change;
        }
    }
    return NULL;
}

static int find_occurrence(struct editor *editor, const struct edit_target *target)
{
    struct slots slots = {0};
    const struct slot *found = NULL;
    int r = expand(editor, target->from_us, target->to_us, &slots);
    for (size_t i = 0; r == 0 && i < slots.n; i++) {
        if (!is_of_series(editor, &slots.items[i])) {
            continue;
        }
        if (found) {
            return say_many(editor, found, &slots.items[i]);
        }
        found = &slots.items[i];
    }
    const struct event *change = found ? NULL : change_of(editor->series, target);
    if (r == 0 && change) {
        r = expand(editor, change->start_us, change->start_us + 1, &slots);
        for (size_t i = 0; r == 0 && i < slots.n; i++) {
            bool is_it = is_of_series(editor, &slots.items[i]) &&
                         slots.items[i].recurrence_us == change->changed_us;
            found = is_it ? &slots.items[i] : found;
        }
    }
    if (r < 0) {
        return r;
    }
    if (!found) {
        return say_no_occurrence(editor, target->from_us);
    }
    editor->occurrence = *found;
    editor->has_occurrence = true;
    for (size_t i = 0; series_event(editor->series, i); i++) {
        const struct event *event = series_event(editor->series, i);
        if (event->slot.file_line == found->file_line) {
            editor->event = event;
        }
    }
    return 0;
}

int target_find(struct editor *editor, const struct edit_target *target, enum edit_scope *ret_scope)
{
    for (size_t i = 0; i < editor->calendars->n_series; i++) {
        const struct slot *slot = series_slot(&editor->calendars->series[i]);
        if (is_of_series(editor, slot)) {
            editor->series = &editor->calendars->series[i];
        }
    }
    if (!editor->series) { /* the file was rewritten since its UID was looked up */
        return fault_set(editor->reterr, ENOENT, NULL, 0,
                         _("no event has the UID \"%s\"; loa slots lists them"), target->uid);
    }
    bool recurs = series_recurs(editor->series);
    bool names_one = target->from_us < target->to_us;
    editor->event = series_event(editor->series, 0);
    *ret_scope = target->scope == EDIT_UNSAID || !recurs ? EDIT_ALL : target->scope;
    if (recurs && target->scope == EDIT_UNSAID) {
        return fault_set(editor->reterr, EINVAL, NULL, 0,
                         _("%s recurs; say --this for one occurrence, --following for it and "
                           "those after it, or --all"),
                         editor->edit->uid);
    }
    if (recurs && !names_one && *ret_scope != EDIT_ALL) {
        return fault_set(editor->reterr, EINVAL, NULL, 0,
                         _("%s recurs; say which occurrence with --at and its start"),
                         editor->edit->uid);
    }
    return names_one ? find_occurrence(editor, target) : 0;
}
