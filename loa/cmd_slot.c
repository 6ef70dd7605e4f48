/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "loa/slot_changes.h"
#include "scheduler/calendar/edit.h"
#include "scheduler/calendar/slot.h"
#include "scheduler/calendar/wall.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"at", "INSTANT", N_("the occurrence: its start, or a day that has one")},
    {"this", NULL, N_("only that occurrence")},
    {"following", NULL, N_("that occurrence and those after it")},
    {"all", NULL, N_("the whole series")},
    {"to", "INSTANT", N_("move, edit: the new start; 17:30 alone keeps the day")},
    {"start", "INSTANT", N_("add: its start")},
    {"length", "TIME", N_("how long it is, as 30m or 1h30m")},
    {"title", "TEXT", N_("its title")},
    {"text", "TEXT", N_("notes, or what is to be spoken")},
    {"categories", "IDS", N_("kinds, topics and tags, with commas between")},
    {"lines", "IDS", N_("lines and zones, with commas between")},
    {"plays", "LIST", N_("what to play, as segment:CODE, with commas between")},
    {"clock", "ID", N_("the clock that fills it")},
    {"repeats", "UID", N_("the event whose latest occurrence it repeats")},
    {"priority", "N", N_("1 emergency, 2 to 4 before others, 5 to 9 normal")},
    {"status", "WORD", N_("confirmed, tentative or cancelled")},
    {"start-rule", "RULE", N_("hard, soft;PT2M or next")},
    {"overrun", "RULE", N_("fade, finish or push")},
    {"gain", "DB", N_("a gain on top of the recordings' own")},
    {"mode", "ID", N_("the station mode that holds while it lasts")},
    {"rule", "RRULE", N_("how it recurs, as FREQ=DAILY; with --all, or of a new one")},
    {"lunar", "YES", N_("the rule's months and days are lunar ones")},
    {"layer", "ID", N_("the layer whose calendar is meant")},
    {"dry-run", NULL, N_("show what would change, and write nothing")},
};

/* Values that are written as text, by the option that gives them. */
static const struct {
    const char *option;
    enum edit_field field;
} fields[] = {{"title", EDIT_TITLE},
              {"text", EDIT_TEXT},
              {"categories", EDIT_CATEGORIES},
              {"lines", EDIT_LINES},
              {"plays", EDIT_PLAYS},
              {"clock", EDIT_CLOCK},
              {"repeats", EDIT_REPEATS},
              {"priority", EDIT_PRIORITY},
              {"status", EDIT_STATUS},
              {"start-rule", EDIT_START_RULE},
              {"overrun", EDIT_OVERRUN},
              {"gain", EDIT_GAIN},
              {"mode", EDIT_MODE},
              {"rule", EDIT_RULE},
              {"lunar", EDIT_LUNAR}};

enum { NOTES_SHOWN_MAX = 5 };
static const int64_t DAY_US = 24LL * 3600 * 1000000;
static const int64_t YEAR_US = 366LL * 24 * 3600 * 1000000;

/* --- the options ------------------------------------------------------------------------ */

/* "30m", "1h30m", "90 s" or "PT30M", as seconds; 0: it is none of these. */
static int64_t parse_length(const char *text)
{
    int64_t clock_s = 0;
    int64_t sum_s = 0;
    if (duration_parse(text, &clock_s, &sum_s)) {
        return clock_s + sum_s;
    }
    while (*text) {
        char *end = NULL;
        text += strspn(text, " ");
        long value = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : -1;
        if (value < 0 || value > 100000) {
            return 0;
        }
        end += strspn(end, " ");
        int unit_s = *end == 'h' ? 3600 : *end == 'm' ? 60 : *end == 's' ? 1 : 0;
        bool is_word = unit_s == 60 && strncmp(end, "min", 3) == 0;
        if (!unit_s) {
            return 0;
        }
        sum_s += value * unit_s;
        text = end + (is_word ? 3 : 1);
    }
    return sum_s;
}

/* "17:30"; false: it is not of that form. */
static bool parse_time_of_day(const char *text, int *ret_minute)
{
    int hour = 0;
    int minute = 0;
    int n = 0;
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &n) != 2 || text[n] != '\0' || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59) {
        return false;
    }
    *ret_minute = 60 * hour + minute;
    return true;
}

static int take_start(const struct args *args, const char *option, struct edit_values *values)
{
    const char *text = args_value(args, option);
    struct fault fault = {0};
    if (!text) {
        return 0;
    }
    if (parse_time_of_day(text, &values->minute_of_day)) {
        values->start = EDIT_START_TIME_OF_DAY;
        return 0;
    }
    values->start = EDIT_START_AT;
    return zone_parse_instant(text, &values->start_us, &fault) < 0 ? say_fault(&fault) : 0;
}

static int take_values(const struct args *args, struct edit_values *values)
{
    const char *length = args_value(args, "length");
    *values = (struct edit_values){.length_s = length ? parse_length(length) : 0};
    if (length && values->length_s <= 0) {
        return say_usage("slot", _("--length: \"%s\" is no length; write 30m or 1h30m"), length);
    }
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        values->fields[fields[i].field] = args_value(args, fields[i].option);
    }
    return take_start(args, args_value(args, "start") ? "start" : "to", values);
}

static bool says_nothing(const struct edit_values *values)
{
    bool nothing = values->start == EDIT_START_STAYS && !values->length_s;
    for (size_t i = 0; i < EDIT_FIELDS_N; i++) {
        nothing = nothing && !values->fields[i];
    }
    return nothing;
}

/* The layer that --layer names; SIZE_MAX without it. */
static int take_layer(const struct app *app, const struct args *args, size_t *ret_layer)
{
    const char *id = args_value(args, "layer");
    *ret_layer = SIZE_MAX;
    for (size_t i = 0; id && i < app->station->n_layers; i++) {
        if (strcmp(app->station->layers[i].id, id) == 0) {
            *ret_layer = i;
        }
    }
    if (id && *ret_layer == SIZE_MAX) {
        return say_usage("slot", _("the station has no layer \"%s\""), id);
    }
    return 0;
}

/* Where a new slot goes, and what is undone, if nobody says it: the only layer. */
static int need_layer(const struct app *app, size_t *layer)
{
    if (*layer == SIZE_MAX && app->station->n_layers != 1) {
        return say_usage("slot", _("the station has several calendars; say which with --layer"));
    }
    *layer = *layer == SIZE_MAX ? 0 : *layer;
    return 0;
}

static int take_target(const struct app *app, const struct args *args, struct edit_target *target)
{
    const bool scopes[] = {args_value(args, "this") != NULL, args_value(args, "following") != NULL,
                           args_value(args, "all") != NULL};
    const char *at = args_value(args, "at");
    struct fault fault = {0};
    if (scopes[0] + scopes[1] + scopes[2] > 1) {
        return say_usage("slot", _("--this, --following and --all exclude each other; write one"));
    }
    *target = (struct edit_target){.uid = args->operands[1],
                                   .scope = scopes[0]   ? EDIT_THIS
                                            : scopes[1] ? EDIT_FOLLOWING
                                            : scopes[2] ? EDIT_ALL
                                                        : EDIT_UNSAID};
    if (at) {
        if (zone_parse_instant(at, &target->from_us, &fault) < 0) {
            return say_fault(&fault);
        }
        bool is_day = !strchr(at, 'T') && !strchr(at, ' ');
        target->to_us = is_day ? app_next_day_start(target->from_us) : target->from_us + 1;
    }
    return take_layer(app, args, &target->layer);
}

/* --- the edits -------------------------------------------------------------------------- */

/* Around what time people want to see what changes. */
static int64_t shown_from(struct app *app, const struct edit_target *target,
                          const struct edit_values *values)
{
    int64_t from_us = clock_now_us(&app->clock);
    if (target && target->from_us < target->to_us) {
        from_us = target->from_us;
    } else if (values && values->start == EDIT_START_AT) {
        from_us = values->start_us;
    }
    if (values && values->start == EDIT_START_AT && values->start_us < from_us) {
        from_us = values->start_us;
    }
    return app_day_start(from_us);
}

/* A long series may have hundreds of changed occurrences. */
static void say_notes(const struct findings *notes)
{
    struct findings first = *notes;
    first.n = notes->n < NOTES_SHOWN_MAX ? notes->n : NOTES_SHOWN_MAX;
    first.n_dropped += notes->n - first.n;
    say_findings(&first);
}

static int finish(struct app *app, const struct args *args, const struct edit *edit,
                  int64_t from_us)
{
    struct fault fault = {0};
    bool writes = !args_value(args, "dry-run");
    if (writes && edit_write(edit, &fault) < 0) {
        return say_fault(&fault);
    }
    if (!args->json) {
        printf(writes ? _("%s: written; the calendar before is kept, and loa slot undo brings it "
                          "back\n")
                      : _("%s: not written; this would change:\n"),
               edit->path);
    }
    say_notes(&edit->notes);
    return slot_changes_show(app, edit, from_us - DAY_US, from_us + YEAR_US, args->json);
}

static int say_result(int r, const struct fault *fault)
{
    if (r == -EALREADY) {
        say("%s", fault->text);
        return 0;
    }
    return say_fault(fault);
}

static int add(struct app *app, const struct args *args)
{
    struct edit_values values;
    size_t layer = SIZE_MAX;
    AUTO(edit_destroy) struct edit *edit = NULL;
    struct fault fault = {0};
    int status = take_values(args, &values);
    status = status ? status : take_layer(app, args, &layer);
    status = status ? status : need_layer(app, &layer);
    if (status) {
        return status;
    }
    int r = edit_add(app->station, layer, &values, clock_now_us(&app->clock), &edit, &fault);
    if (r < 0) {
        return say_result(r, &fault);
    }
    if (!args->json) {
        printf(_("%s: the new slot's UID\n"), edit->uid);
    }
    return finish(app, args, edit, shown_from(app, NULL, &values));
}

/* move and edit. */
static int change(struct app *app, const struct args *args)
{
    bool is_move = strcmp(args->operands[0], "move") == 0;
    struct edit_values values;
    struct edit_target target;
    AUTO(edit_destroy) struct edit *edit = NULL;
    struct fault fault = {0};
    int status = take_values(args, &values);
    status = status ? status : take_target(app, args, &target);
    if (status) {
        return status;
    }
    if (is_move && values.start == EDIT_START_STAYS) {
        return say_usage("slot", _("move: say where to, with --to and the new start"));
    }
    if (says_nothing(&values)) {
        return say_usage("slot", _("edit: say what to change, such as --title or --length"));
    }
    int r = edit_change(app->station, &target, &values, clock_now_us(&app->clock), &edit, &fault);
    return r < 0 ? say_result(r, &fault)
                 : finish(app, args, edit, shown_from(app, &target, &values));
}

static int cancel(struct app *app, const struct args *args)
{
    struct edit_target target;
    AUTO(edit_destroy) struct edit *edit = NULL;
    struct fault fault = {0};
    int status = take_target(app, args, &target);
    if (status) {
        return status;
    }
    int r = edit_cancel(app->station, &target, clock_now_us(&app->clock), &edit, &fault);
    return r < 0 ? say_result(r, &fault) : finish(app, args, edit, shown_from(app, &target, NULL));
}

static int undo(struct app *app, const struct args *args)
{
    size_t layer = SIZE_MAX;
    AUTO(edit_destroy) struct edit *edit = NULL;
    struct fault fault = {0};
    int status = take_layer(app, args, &layer);
    status = status ? status : need_layer(app, &layer);
    if (status) {
        return status;
    }
    int r = edit_undo(app->station, layer, &edit, &fault);
    return r < 0 ? say_result(r, &fault) : finish(app, args, edit, shown_from(app, NULL, NULL));
}

static int run(struct app *app, const struct args *args)
{
    static const struct {
        const char *name;
        int n_operands;
        int (*act)(struct app *app, const struct args *args);
    } acts[] = {{"add", 1, add},
                {"move", 2, change},
                {"edit", 2, change},
                {"cancel", 2, cancel},
                {"undo", 1, undo}};
    for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
        if (strcmp(args->operands[0], acts[i].name) != 0) {
            continue;
        }
        if (args->n_operands < acts[i].n_operands) {
            return say_usage("slot", _("%s: which event? Write its UID; loa slots lists them"),
                             acts[i].name);
        }
        if (args->n_operands > acts[i].n_operands) {
            return say_usage("slot", _("\"%s\" is one word too many"),
                             args->operands[acts[i].n_operands]);
        }
        int status = app_need(app, APP_STATION);
        return status ? status : acts[i].act(app, args);
    }
    return say_usage("slot", _("\"%s\" is not possible; it is add, move, edit, cancel or undo"),
                     args->operands[0]);
}

const struct command command_slot = {
    .spec =
        {.name = "slot",
         .operands = "add|move|edit|cancel|undo [UID]",
         .summary = N_("change the calendars"),
         .detail = N_(
             "Adds, moves, edits or cancels what the calendars hold, for one occurrence, for it\n"
             "and those after it, or for all. What is wrong is not written; what other programs\n"
             "wrote stays; the calendar before is kept, and undo brings it back."),
         .options = options,
         .n_options = ARRAY_LEN(options),
         .min_operands = 1,
         .max_operands = 2},
    .run = run,
};
