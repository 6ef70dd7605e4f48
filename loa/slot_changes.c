/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/slot_changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/out.h"
#include "loa/say.h"
#include "scheduler/calendar/edit.h"
#include "scheduler/calendar/slot.h"

enum { SHOWN_MAX = 5 };
static const size_t SLOTS_MEMORY_MAX = (size_t)256 << 20;

static bool same_attachments(const struct slot *a, const struct slot *b)
{
    bool same = a->n_attachments == b->n_attachments;
    for (size_t i = 0; same && i < a->n_attachments; i++) {
        same = a->attachments[i].kind == b->attachments[i].kind &&
               strcmp(a->attachments[i].text, b->attachments[i].text) == 0;
    }
    return same;
}

static bool same_categories(const struct slot *a, const struct slot *b)
{
    bool same = a->n_categories == b->n_categories;
    for (size_t i = 0; same && i < a->n_categories; i++) {
        same = strcmp(a->categories[i], b->categories[i]) == 0;
    }
    return same;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_slot(const struct slot *a, const struct slot *b)
{
    return a->start_us == b->start_us && a->end_us == b->end_us && a->state == b->state &&
           same_text(a->title, b->title) && same_text(a->text, b->text) &&
           line_set_equal(a->lines, b->lines) && a->priority == b->priority &&
           a->clock == b->clock && a->start_rule == b->start_rule && a->soft_us == b->soft_us &&
           a->overrun_rule == b->overrun_rule && a->mode == b->mode && a->gain_db == b->gain_db &&
           same_text(a->repeat_of, b->repeat_of) && same_attachments(a, b) && same_categories(a, b);
}

/* The slots of the edited event, or of its whole calendar, by UID and recurrence. */
struct own_slots {
    const struct slot **items;
    size_t n;
};

static int order(const struct slot *a, const struct slot *b)
{
    int by_uid = strcmp(a->uid, b->uid);
    return by_uid ? by_uid
                  : (a->recurrence_us > b->recurrence_us) - (a->recurrence_us < b->recurrence_us);
}

static int compare_slots(const void *a, const void *b)
{
    return order(*(const struct slot *const *)a, *(const struct slot *const *)b);
}

static int find_own(const struct edit *edit, struct calendars *calendars, int64_t from_us,
                    int64_t to_us, struct arena *arena, struct own_slots *ret)
{
    struct slots slots = {0};
    struct fault fault = {0};
    *ret = (struct own_slots){0};
    if (calendars_expand(calendars, from_us, to_us, arena, &slots, &fault) < 0) {
        return say_fault(&fault);
    }
    ret->items = arena_take(arena, slots.n + slots.n_modes + 1, sizeof(struct slot *));
    if (!ret->items) {
        say(_("out of memory"));
        return 3;
    }
    for (size_t i = 0; i < slots.n + slots.n_modes; i++) {
        const struct slot *slot = i < slots.n ? &slots.items[i] : &slots.modes[i - slots.n];
        /* Undoing concerns whatever was edited last. */
        if (slot->layer == edit->layer && (!edit->uid || strcmp(slot->uid, edit->uid) == 0)) {
            ret->items[ret->n++] = slot;
        }
    }
    qsort(ret->items, ret->n, sizeof(struct slot *), compare_slots);
    return 0;
}

/* "2023-05-10 17:00–17:30 Title (cancelled)"; in the arena, never NULL. */
static const char *describe(struct arena *arena, const struct slot *slot)
{
    char date[ZONE_INSTANT_MAX];
    char start[ZONE_INSTANT_MAX];
    char end[ZONE_INSTANT_MAX];
    zone_format_date(slot->start_us, date);
    zone_format_time(slot->start_us, start);
    zone_format_time(slot->end_us, end);
    const char *state = slot->state == SLOT_CONFIRMED ? "" : out_word(slot_state_name(slot->state));
    const char *text = arena_printf(arena, "%s %.5s–%.5s %s%s%s%s", date, start, end, slot->title,
                                    *state ? " (" : "", state, *state ? ")" : "");
    return text ? text : slot->title;
}

static void json_slot(struct json *json, const char *key, const struct app *app,
                      const struct slot *slot)
{
    if (!slot) {
        json_text(json, key, NULL);
        return;
    }
    json_open(json, key, '{');
    json_instant(json, "start", slot->start_us);
    json_instant(json, "end", slot->end_us);
    json_text(json, "title", slot->title);
    json_text(json, "state", slot_state_name(slot->state));
    out_lines(json, "lines", app->station, slot->lines);
    json_close(json, '}');
}

static void show_one(struct out *out, const struct app *app, struct arena *arena,
                     const struct slot *before, const struct slot *after)
{
    if (out->is_json) {
        struct json *json = out_object(out);
        json_text(json, "uid", (after ? after : before)->uid);
        json_instant(json, "recurrence", (after ? after : before)->recurrence_us);
        json_slot(json, "before", app, before);
        json_slot(json, "after", app, after);
        out_end_object(out);
    } else if (!before) {
        printf("  + %s\n", describe(arena, after));
    } else if (!after) {
        printf("  - %s\n", describe(arena, before));
    } else {
        printf("  %s → %s\n", describe(arena, before), describe(arena, after));
    }
}

int slot_changes_show(struct app *app, const struct edit *edit, int64_t from_us, int64_t to_us,
                      bool as_json)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(SLOTS_MEMORY_MAX);
    struct own_slots before;
    struct own_slots after;
    if (!arena) {
        say(_("out of memory"));
        return 3;
    }
    int status = find_own(edit, edit->calendars_before, from_us, to_us, arena, &before);
    status = status ? status : find_own(edit, edit->calendars_after, from_us, to_us, arena, &after);
    if (status) {
        return status;
    }
    struct out out = out_begin(as_json);
    size_t n = 0;
    for (size_t i = 0, k = 0; i < before.n || k < after.n;) {
        int which = i == before.n ? 1 : k == after.n ? -1 : order(before.items[i], after.items[k]);
        const struct slot *was = which <= 0 ? before.items[i++] : NULL;
        const struct slot *is = which >= 0 ? after.items[k++] : NULL;
        if (was && is && same_slot(was, is)) {
            continue;
        }
        if (as_json || n < SHOWN_MAX) {
            show_one(&out, app, arena, was, is);
        }
        n++;
    }
    if (!as_json && n == 0) {
        char date[ZONE_INSTANT_MAX];
        zone_format_date(from_us, date);
        printf(_("  nothing that airs changes in the year from %s on\n"), date);
    } else if (!as_json && n > SHOWN_MAX) {
        printf(_("  and %zu more within a year\n"), n - SHOWN_MAX);
    }
    return out_finish(&out, NULL);
}
