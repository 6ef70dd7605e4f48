/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "scheduler/calendar/ahead.h"
#include "scheduler/calendar/calendar_int.h"
#include "scheduler/calendar/series.h"
#include "station/station.h"

/* Events to series, and what only the whole calendar can tell: which revision counts,
 * whether a change meets an occurrence, whether a repeated event exists. */

/* Steps that all rules together may take while they are checked: seconds of work. A
 * calendar of a thousand programmes takes a few thousand. */
static const int64_t LINK_STEPS = 4000000;
/* The same for what only warns, a quarter of a second: where it ends, the rest is not looked
 * at. And what looking for one EXDATE costs beside its steps. */
static const int64_t WARN_STEPS = 200000;
static const int64_t EXDATE_STEPS = 20;

static int compare_places(const struct event *a, const struct event *b)
{
    if (a->slot.layer != b->slot.layer) {
        return a->slot.layer < b->slot.layer ? -1 : 1;
    }
    return strcmp(a->slot.uid, b->slot.uid);
}

static int compare_events(const void *a, const void *b)
{
    const struct event *x = *(struct event *const *)a;
    const struct event *y = *(struct event *const *)b;
    int order = compare_places(x, y);
    return order
               ? order
               : (x->slot.file_line > y->slot.file_line) - (x->slot.file_line < y->slot.file_line);
}

/* Older revisions first. */
static int compare_revisions(const struct event *a, const struct event *b)
{
    if (a->sequence != b->sequence) {
        return a->sequence < b->sequence ? -1 : 1;
    }
    if (a->stamp_s != b->stamp_s) {
        return a->stamp_s < b->stamp_s ? -1 : 1;
    }
    return (a->slot.file_line > b->slot.file_line) - (a->slot.file_line < b->slot.file_line);
}

static int compare_changes(const void *a, const void *b)
{
    const struct event *x = *(struct event *const *)a;
    const struct event *y = *(struct event *const *)b;
    if (x->changed_us != y->changed_us) {
        return x->changed_us < y->changed_us ? -1 : 1;
    }
    if (x->and_following != y->and_following) {
        return x->and_following ? -1 : 1;
    }
    return compare_revisions(x, y);
}

static struct event *newer(struct event *a, struct event *b, struct findings *findings)
{
    if (!a) {
        return b;
    }
    if (a->sequence == b->sequence) {
        const struct event *later = a->slot.file_line > b->slot.file_line ? a : b;
        findings_add(findings, SEVERITY_WARNING, "doubled-event", later->slot.file,
                     later->slot.file_line,
                     _("an event with this UID and the same SEQUENCE is also in line %u; only the "
                       "newer one airs"),
                     (later == a ? b : a)->slot.file_line);
    }
    return compare_revisions(a, b) < 0 ? b : a;
}

/* The instant that a RECURRENCE-ID means. A date alone, or a time without a zone, is
 * meant by the clock of the series. */
static void resolve_change(struct event *change, const struct event *master)
{
    const struct event *series = master ? master : change;
    const struct cal_zone *zone = change->changed_zone ? change->changed_zone : series->zone;
    int64_t wall_s = change->changed.wall_s;
    if (change->changed.kind == WHEN_DATE) {
        wall_s +=
            series->start_wall_s - frames_floor_div(series->start_wall_s, WALL_DAY_S) * WALL_DAY_S;
    }
    change->changed_us = cal_zone_instant_us(zone, wall_s);
}

/* What was changed to a date without a time is cancelled where it was. */
static void cancel_in_place(struct event *change, const struct event *master)
{
    change->slot.state = SLOT_CANCELLED;
    change->zone = master->zone;
    change->clock_s = master->clock_s;
    change->exact_s = master->exact_s;
    change->start_us = change->changed_us;
    change->start_wall_s = cal_zone_wall_s(master->zone, change->changed_us);
}

static void add_change(struct series *series, struct event *change)
{
    if (change->has_no_time) {
        if (!series->master) {
            return;
        }
        bool is_cancelled = change->slot.state == SLOT_CANCELLED;
        resolve_change(change, series->master);
        cancel_in_place(change, series->master);
        change->has_no_time = !is_cancelled; /* nobody who cancels needs to say when it was */
    } else {
        resolve_change(change, series->master);
    }
    series->changes[series->n_changes++] = change;
}

/* Keep the newest revision of each change; they are sorted. At one instant there may be one
 * for it and all that follow, and behind it one for it alone. */
static void settle_changes(struct series *series, struct findings *findings)
{
    size_t n = 0;
    for (size_t i = 0; i < series->n_changes; i++) {
        struct event *change = series->changes[i];
        const struct event *last = n > 0 ? series->changes[n - 1] : NULL;
        if (last && last->changed_us == change->changed_us &&
            last->and_following == change->and_following) {
            series->changes[n - 1] = newer(series->changes[n - 1], change, findings);
        } else {
            series->changes[n++] = change;
        }
    }
    series->n_changes = n;
    for (size_t i = 0; i < n; i++) {
        struct event *change = series->changes[i];
        if (!change->and_following || !series->master) {
            continue;
        }
        series->following[series->n_following++] = change;
        int64_t shift_s = series_shift_s(change);
        shift_s = shift_s < 0 ? -shift_s : shift_s;
        if (shift_s > series->shift_max_s) {
            series->shift_max_s = shift_s;
        }
    }
}

/* What cancels an occurrence need not say of what. Any other change must say again that it
 * declares a mode: a calendar program may have lost the line, and a mode is no programme. */
static void check_modes(struct series *series, struct findings *findings)
{
    const struct event *master = series->master;
    for (size_t i = 0; master && i < series->n_changes; i++) {
        struct event *change = series->changes[i];
        if (change->slot.state == SLOT_CANCELLED && !change->has_no_time) {
            change->slot.mode = master->slot.mode;
        } else if (master->slot.mode && !change->slot.mode) {
            findings_add(findings, SEVERITY_ERROR, "bad-mode", change->slot.file,
                         change->changed_line,
                         _("this changes an occurrence of a station mode; write X-LOA-MODE:%s here "
                           "too"),
                         master->slot.mode->id);
        } else if (change->slot.mode && !master->slot.mode) {
            findings_add(findings, SEVERITY_ERROR, "bad-mode", change->slot.file,
                         change->changed_line,
                         _("this changes an occurrence of a programme and cannot declare a station "
                           "mode; give the mode an event of its own"));
        }
    }
}

static void reach_back(struct series *series, const struct event *event)
{
    int64_t length_us = (event->clock_s + event->exact_s + WALL_DAY_S) * 1000000;
    series->declares_mode = series->declares_mode || event->slot.mode;
    if (event->slot.mode && length_us > series->reach_us) {
        series->reach_us = length_us;
    }
}

/* The events [0, n) of one UID. */
static int build_series(struct calendars *calendars, struct event **events, size_t n,
                        struct series *series, struct findings *findings)
{
    series->changes = arena_take(calendars->arena, n, sizeof(struct event *));
    series->following = arena_take(calendars->arena, n, sizeof(struct event *));
    series->ahead = arena_take(calendars->arena, 1, sizeof *series->ahead);
    if (!series->changes || !series->following || !series->ahead) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (!events[i]->is_change) {
            series->master = newer(series->master, events[i], findings);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (events[i]->is_change) {
            add_change(series, events[i]);
        }
    }
    if (series->n_changes > 1) {
        qsort(series->changes, series->n_changes, sizeof(struct event *), compare_changes);
    }
    settle_changes(series, findings);
    check_modes(series, findings);
    for (size_t i = 0; i < series->n_changes; i++) {
        reach_back(series, series->changes[i]);
    }
    if (series->master) {
        reach_back(series, series->master);
    }
    return 0;
}

static int gather(struct calendars *calendars, struct findings *findings)
{
    size_t n = calendars->n_events;
    calendars->series = arena_take(calendars->arena, n, sizeof *calendars->series);
    if (!calendars->series) {
        return -ENOMEM;
    }
    if (n > 1) {
        qsort(calendars->events, n, sizeof(struct event *), compare_events);
    }
    for (size_t i = 0, next = 0; i < n; i = next) {
        next = i + 1;
        while (next < n && compare_places(calendars->events[i], calendars->events[next]) == 0) {
            next++;
        }
        int r = build_series(calendars, calendars->events + i, next - i,
                             &calendars->series[calendars->n_series], findings);
        if (r < 0) {
            return r;
        }
        const struct series *built = &calendars->series[calendars->n_series];
        calendars->n_series += built->master || built->n_changes;
    }
    return 0;
}

static int too_long(const struct event *event, unsigned line, struct findings *findings)
{
    findings_add(findings, SEVERITY_ERROR, "bad-rule", event->slot.file, line,
                 _("this rule takes too many steps to follow; make it simpler, or write UNTIL in "
                   "place of COUNT"));
    return -E2BIG;
}

static int settle_rules(struct event *event, int64_t *budget, struct findings *findings)
{
    bool starts_off = event->n_recurs > 0;
    for (size_t i = 0; i < event->n_recurs; i++) {
        struct recur *recur = &event->recurs[i];
        int64_t first_wall_s = 0;
        int r = recur_settle(recur, event->zone, event->start_wall_s, budget, &first_wall_s);
        if (r == -E2BIG) {
            return too_long(event, recur->line, findings);
        }
        if (r < 0 && r != -ENODATA) {
            return r;
        }
        if (r == -ENODATA && recur->has_until) {
            findings_add(findings, SEVERITY_WARNING, "empty-rule", event->slot.file, recur->line,
                         _("this rule ends before its first time; only DTSTART airs"));
        } else if (r == -ENODATA) {
            findings_add(findings, SEVERITY_ERROR, "empty-rule", event->slot.file, recur->line,
                         _("this rule never comes: there is no such day; correct the days in it"));
        }
        starts_off = starts_off && r == 0 && first_wall_s != event->start_wall_s;
    }
    if (starts_off) {
        findings_add(findings, SEVERITY_WARNING, "start-off-rule", event->slot.file,
                     event->slot.file_line,
                     _("the rule does not fall on DTSTART, so the first airing is one extra; move "
                       "DTSTART to a day of the rule"));
    }
    return 0;
}

static int check_changes(const struct series *series, int64_t *budget, struct findings *findings)
{
    for (size_t i = 0; series->master && i < series->n_changes; i++) {
        const struct event *change = series->changes[i];
        bool occurs = false;
        int r = series_occurs_at(series->master, change->changed_us, budget, &occurs);
        if (r == -E2BIG) {
            return too_long(change, change->changed_line, findings);
        }
        if (r < 0) {
            return r;
        }
        if (!occurs) {
            findings_add(
                findings, SEVERITY_WARNING, "stray-change", change->slot.file, change->changed_line,
                "%s",
                change->slot.state == SLOT_CANCELLED
                    ? _("the series has no occurrence to cancel at this RECURRENCE-ID; correct "
                        "RECURRENCE-ID")
                    : _("the series has no occurrence at this RECURRENCE-ID; the event "
                        "airs all the same, so correct RECURRENCE-ID or remove it"));
        }
    }
    return 0;
}

/* One EXDATE, or the day of one; false: the budget or the memory ended, so nobody knows. */
static bool is_stray(const struct event *master, const struct exdate *exdate, bool is_day,
                     int64_t *budget)
{
    bool occurs = false;
    *budget -= EXDATE_STEPS;
    int r = *budget < 0 ? -E2BIG
            : is_day    ? series_occurs_on(master, exdate->at, budget, &occurs)
                        : series_occurs_at(master, exdate->at, budget, &occurs);
    return r == 0 && !occurs;
}

/* Calendar programs leave EXDATEs behind when a rule is changed, so one sentence an event
 * must do; but one that was meant for a programme that airs all the same must be told. */
static void check_exdates(const struct event *master, int64_t *budget, struct findings *findings)
{
    const struct exdate *first = NULL;
    char when[32];
    size_t n = 0;
    for (size_t i = 0; i < master->n_exdates + master->n_exdays; i++) {
        bool is_day = i >= master->n_exdates;
        const struct exdate *exdate =
            is_day ? &master->exdays[i - master->n_exdates] : &master->exdates[i];
        if (!is_stray(master, exdate, is_day, budget)) {
            continue;
        }
        n++;
        if (!first || exdate->line < first->line) {
            int64_t wall_s = is_day ? exdate->at : cal_zone_wall_s(master->zone, exdate->at);
            struct wall_day day = wall_day_of(wall_s);
            int second = (int)(wall_s - wall_of_day(day.year, day.month, day.day));
            first = exdate;
            snprintf(when, sizeof when, is_day ? "%04d-%02d-%02d" : "%04d-%02d-%02d %02d:%02d:%02d",
                     day.year, day.month, day.day, second / 3600, second / 60 % 60, second % 60);
        }
    }
    if (n == 1) {
        findings_add(
            findings, SEVERITY_WARNING, "stray-exdate", master->slot.file, first->line,
            _("EXDATE takes nothing away: there is no occurrence %s; correct or remove it"), when);
    } else if (n > 1) {
        findings_add(findings, SEVERITY_WARNING, "stray-exdate", master->slot.file, first->line,
                     _("%zu EXDATE of this event take nothing away: there is no occurrence %s, for "
                       "one; correct or remove them"),
                     n, when);
    }
}

static int compare_uids(const void *a, const void *b)
{
    const struct event *x = *(const struct event *const *)a;
    const struct event *y = *(const struct event *const *)b;
    int order = strcmp(x->slot.uid, y->slot.uid);
    return order ? order : (x->slot.layer > y->slot.layer) - (x->slot.layer < y->slot.layer);
}

static bool one_replaces_the_other(const struct station *station, size_t low, size_t high)
{
    for (size_t layer = high, hops = 0; hops < station->n_layers; hops++) {
        layer = station->layers[layer].replaces;
        if (layer == low || layer == SIZE_MAX) {
            return layer == low;
        }
    }
    return false;
}

/* With the recurrence, the UID is the key of plan and ledger: two layers that play
 * together must not share one. */
static void check_uids(const struct calendars *calendars, const struct event *const *by_uid,
                       size_t n, struct findings *findings)
{
    const struct station *station = calendars->station;
    for (size_t i = 1; i < n; i++) {
        const struct slot *a = &by_uid[i - 1]->slot;
        const struct slot *b = &by_uid[i]->slot;
        if (strcmp(a->uid, b->uid) == 0 && a->layer != b->layer &&
            !one_replaces_the_other(station, a->layer, b->layer) &&
            !one_replaces_the_other(station, b->layer, a->layer)) {
            findings_add(findings, SEVERITY_ERROR, "doubled-uid", b->file, b->file_line,
                         _("layer \"%s\" has an event with the same UID; give this one its own"),
                         station->layers[a->layer].id);
        }
    }
}

static int check_names(const struct calendars *calendars, struct findings *findings)
{
    size_t n = calendars->n_events;
    const struct event **by_uid = calloc(n ? n : 1, sizeof *by_uid);
    if (!by_uid) {
        return -ENOMEM;
    }
    if (n > 0) {
        memcpy(by_uid, calendars->events, n * sizeof *by_uid);
        qsort(by_uid, n, sizeof *by_uid, compare_uids);
    }
    check_uids(calendars, by_uid, n, findings);
    for (size_t i = 0; i < n; i++) {
        const struct event *event = by_uid[i];
        if (!event->slot.repeat_of) {
            continue;
        }
        size_t low = 0;
        size_t high = n;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (strcmp(by_uid[middle]->slot.uid, event->slot.repeat_of) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == n || strcmp(by_uid[low]->slot.uid, event->slot.repeat_of) != 0) {
            findings_add(findings, SEVERITY_ERROR, "unknown-repeat", event->slot.file,
                         event->repeat_line,
                         _("no calendar has an event \"%.80s\" to repeat; correct the UID in "
                           "RELATED-TO"),
                         event->slot.repeat_of);
        }
    }
    free(by_uid);
    return 0;
}

int calendars_link(struct calendars *calendars, struct findings *findings)
{
    int64_t budget = LINK_STEPS;
    int64_t warn_budget = WARN_STEPS;
    int r = gather(calendars, findings);
    for (size_t i = 0; r == 0 && i < calendars->n_series; i++) {
        struct series *series = &calendars->series[i];
        r = series->master ? settle_rules(series->master, &budget, findings) : 0;
        r = r < 0 ? r : check_changes(series, &budget, findings);
        if (r == 0 && series->master) {
            check_exdates(series->master, &warn_budget, findings);
        }
    }
    return r < 0 ? r : check_names(calendars, findings);
}
