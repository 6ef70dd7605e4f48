/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/table.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"from", "INSTANT", N_("2023-05-10, 2023-05-10T17:00 or a full RFC 3339 instant")},
    {"to", "INSTANT", N_("the first instant that no longer belongs")},
    {"day", "DATE", N_("one whole day instead of --from and --to; today without any of them")},
};

static void show_json(struct out *out, const struct app *app, const struct slot *slot)
{
    struct json *json = out_object(out);
    json_text(json, "uid", slot->uid);
    json_instant(json, "recurrence", slot->recurrence_us);
    json_instant(json, "start", slot->start_us);
    json_instant(json, "end", slot->end_us);
    json_text(json, "title", slot->title);
    json_open(json, "categories", '[');
    for (size_t i = 0; i < slot->n_categories; i++) {
        json_text(json, NULL, slot->categories[i]);
    }
    json_close(json, ']');
    out_lines(json, "lines", app->station, slot->lines);
    json_int(json, "priority", slot->priority);
    json_text(json, "state", slot_state_name(slot->state));
    json_text(json, "reason", slot->reason);
    json_text(json, "mode", slot->mode ? slot->mode->id : NULL);
    out_end_object(out);
}

/* Why it does not air, or what it is if it is no programme. */
static const char *note_of(const struct app *app, const struct slot *slot)
{
    char date[ZONE_INSTANT_MAX];
    char time[ZONE_INSTANT_MAX];
    if (!slot->mode || *slot->reason) {
        return slot->reason;
    }
    zone_format_date(slot->end_us, date);
    zone_format_time(slot->end_us, time);
    const char *note = arena_printf(app->arena, _("the station mode %s holds until %s %s"),
                                    slot->mode->id, date, time);
    return note ? note : "";
}

static void show_row(struct table *table, const struct app *app, const struct slot *slot)
{
    char text[ZONE_INSTANT_MAX];
    zone_format_date(slot->start_us, text);
    table_cell(table, "%s", text);
    zone_format_time(slot->start_us, text);
    table_cell(table, "%s", text);
    zone_format_time(slot->end_us, text);
    table_cell(table, "%s", text);
    table_cell(table, "%s", out_lines_short(app->arena, app->station, slot->lines));
    table_cell(table, "%d", slot->priority);
    table_cell(table, "%s", out_word(slot_state_name(slot->state)));
    const char *note = note_of(app, slot);
    table_cell(table, "%s%s%s", slot->title, *note ? " — " : "", note);
    table_cell(table, "%s", slot->uid);
}

/* Slots and modes, each in its order, as one. */
static const struct slot *next_slot(const struct slots *slots, size_t *i, size_t *k)
{
    bool is_mode = *k < slots->n_modes &&
                   (*i == slots->n || slots->modes[*k].start_us <= slots->items[*i].start_us);
    return is_mode ? &slots->modes[(*k)++] : *i < slots->n ? &slots->items[(*i)++] : NULL;
}

static int run(struct app *app, const struct args *args)
{
    static const char *const heads[] = {N_("date"),     N_("start"), N_("end"),   N_("lines"),
                                        N_("priority"), N_("state"), N_("title"), "UID"};
    int64_t from_us = 0;
    int64_t to_us = 0;
    struct slots slots = {0};
    struct fault fault = {0};
    int status = app_need(app, APP_STATION | APP_CALENDARS);
    if (status == 0) {
        status = app_window(app, args, &from_us, &to_us);
    }
    if (status != 0) {
        return status;
    }
    if (calendars_expand(app->calendars, from_us, to_us, app->arena, &slots, &fault) < 0) {
        return say_fault(&fault);
    }
    struct out out = out_begin(args->json);
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 4);
    size_t i = 0;
    size_t k = 0;
    for (const struct slot *slot = next_slot(&slots, &i, &k); slot;
         slot = next_slot(&slots, &i, &k)) {
        if (args->json) {
            show_json(&out, app, slot);
        } else {
            show_row(&table, app, slot);
        }
    }
    return out_finish(&out, &table);
}

const struct command command_slots = {
    .spec = {.name = "slots",
             .operands = "",
             .summary = N_("list what the calendars ask for"),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
