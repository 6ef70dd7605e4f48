/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/plan_ics.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/ics_out.h"
#include "loa/out.h"
#include "loa/say.h"
#include "scheduler/calendar/ical_text.h"
#include "scheduler/plan.h"
#include "station/station.h"

enum { TEXT_MAX_BYTES = 4 << 20 };

/* The items of one slot, in the order of time. */
struct slot_items {
    const struct plan_item **items;
    size_t n;
    struct line_set lines; /* of all of them */
};

static int compare_slots(const struct plan_item *a, const struct plan_item *b)
{
    int order = (a->slot_start_us > b->slot_start_us) - (a->slot_start_us < b->slot_start_us);
    order = order ? order : strcmp(a->slot_uid, b->slot_uid);
    return order ? order
                 : (a->slot_recurrence_us > b->slot_recurrence_us) -
                       (a->slot_recurrence_us < b->slot_recurrence_us);
}

static int compare_items(const void *a, const void *b)
{
    const struct plan_item *x = *(const struct plan_item *const *)a;
    const struct plan_item *y = *(const struct plan_item *const *)b;
    int order = compare_slots(x, y);
    order = order ? order : (x->start_frame > y->start_frame) - (x->start_frame < y->start_frame);
    order = order ? order : x->position - y->position;
    return order ? order : x->piece - y->piece;
}

static bool sounds(const struct plan_item *item)
{
    return item->state == PLAN_PLANNED || item->state == PLAN_FILLER;
}

/* "17:00:00 News of the day (tin-07)" */
static void add_item(struct strbuf *text, const struct app *app, const struct slot_items *slot,
                     const struct plan_item *item)
{
    char time[ZONE_INSTANT_MAX];
    zone_format_time(frames_to_us(item->start_frame), time);
    strbuf_printf(text, "%s%s %s", text->n ? "\n" : "", time, item->title);
    const char *code = item->source == ITEM_SOURCE_COPY ? item->segment_code : item->source_name;
    if (*code) {
        strbuf_printf(text, " (%s)", code);
    }
    if (item->state != PLAN_PLANNED) {
        strbuf_printf(text, ", %s", out_word(plan_state_name(item->state)));
    } else if (item->repeat) {
        strbuf_add(text, _(" (repeat)"));
    }
    if (!sounds(item) && *item->reason) {
        strbuf_printf(text, ": %s", item->reason);
    }
    if (!line_set_equal(item->lines, slot->lines)) {
        strbuf_printf(text, " [%s]", out_lines_short(app->arena, app->station, item->lines));
    }
}

/* An id, unless the list has it. */
static void add_category(struct strbuf *list, const char *id)
{
    struct strbuf escaped;
    const char *at = strbuf_text(list);
    if (!id || !*id) {
        return;
    }
    strbuf_init(&escaped, TEXT_MAX_BYTES);
    ical_text_escape(&escaped, id);
    bool known = false;
    for (; !known && *at; at += strcspn(at, ","), at += *at == ',') {
        known = strcspn(at, ",") == escaped.n && strncmp(at, escaped.text, escaped.n) == 0;
    }
    if (!known) {
        strbuf_printf(list, "%s%s", list->n ? "," : "", strbuf_text(&escaped));
    }
    strbuf_finish(&escaped);
}

static void add_texts(struct ics_out *ics, const struct slot_items *slot)
{
    struct strbuf description;
    struct strbuf categories;
    strbuf_init(&description, TEXT_MAX_BYTES);
    strbuf_init(&categories, TEXT_MAX_BYTES);
    for (size_t i = 0; i < slot->n; i++) {
        add_item(&description, ics->app, slot, slot->items[i]);
        if (slot->items[i]->state == PLAN_PLANNED) {
            add_category(&categories, slot->items[i]->kind);
            add_category(&categories, slot->items[i]->topic);
        }
    }
    ical_text_value(&ics->buf, "DESCRIPTION", strbuf_text(&description));
    if (categories.n) {
        ical_text_line(&ics->buf, "CATEGORIES", strbuf_text(&categories));
    }
    ics->failed |= strbuf_failed(&description) || strbuf_failed(&categories);
    strbuf_finish(&description);
    strbuf_finish(&categories);
}

/* The slot's UID and the instant that its rule gave, and the line where it is about one. */
static void add_uid(struct strbuf *uid, const struct app *app, const struct plan_item *item,
                    size_t line)
{
    char recurrence[ICAL_TEXT_INSTANT_MAX];
    ical_text_format_instant(item->slot_recurrence_us, recurrence);
    strbuf_printf(uid, "plan/%s%s%s/%s", line == SIZE_MAX ? "" : app->station->lines[line].id,
                  line == SIZE_MAX ? "" : "/", recurrence, item->slot_uid);
}

static void show_slot(struct ics_out *ics, const struct slot_items *slot, size_t line)
{
    const struct plan_item *first = slot->items[0];
    int64_t end_frame = first->start_frame;
    bool airs = false;
    struct strbuf uid;
    for (size_t i = 0; i < slot->n; i++) {
        int64_t end = slot->items[i]->start_frame + slot->items[i]->n_frames;
        end_frame = end > end_frame ? end : end_frame;
        airs |= sounds(slot->items[i]);
    }
    strbuf_init(&uid, TEXT_MAX_BYTES);
    add_uid(&uid, ics->app, first, line);
    ics_open_event(ics, strbuf_text(&uid), frames_to_us(first->start_frame),
                   frames_to_us(end_frame));
    strbuf_finish(&uid);
    ical_text_value(&ics->buf, "SUMMARY", first->slot_title);
    ical_text_line(&ics->buf, "STATUS", airs ? "CONFIRMED" : "CANCELLED");
    ics_lines(ics, slot->lines);
    add_texts(ics, slot);
    ics_close_event(ics);
}

int plan_ics_print(struct app *app, const struct plan_item **items, size_t n, size_t line)
{
    struct ics_out ics = ics_begin(app, N_("plan"), line);
    struct slot_items slot = {.lines = line_set_make(app->arena, app->station->n_lines)};
    ics.failed |= !slot.lines.words;
    if (n) {
        qsort(items, n, sizeof *items, compare_items);
    }
    for (size_t i = 0; slot.lines.words && i < n; i += slot.n) {
        slot.items = &items[i];
        line_set_clear(slot.lines);
        for (slot.n = 0; i + slot.n < n && compare_slots(items[i], items[i + slot.n]) == 0;) {
            line_set_or(slot.lines, items[i + slot.n++]->lines);
        }
        show_slot(&ics, &slot, line);
    }
    return ics_finish(&ics);
}
