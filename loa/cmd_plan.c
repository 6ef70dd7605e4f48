/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/arena.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/plan_ics.h"
#include "loa/revision_rows.h"
#include "loa/say.h"
#include "loa/table.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"from", "INSTANT", N_("2023-05-10, 2023-05-10T17:00 or a full RFC 3339 instant")},
    {"to", "INSTANT", N_("the first instant that no longer belongs")},
    {"day", "DATE", N_("one whole day instead of --from and --to; today without any of them")},
    {"line", "ID", N_("only this line")},
    {"explain", NULL, N_("say why each item was chosen")},
    {"ics", NULL, N_("as an iCalendar, for a phone to subscribe to")},
    {"revisions", NULL,
     N_("how what was frozen has changed, by whom and why; without --to: from then on")},
};

static void show_json(struct out *out, const struct app *app, const struct plan_item *item)
{
    struct json *json = out_object(out);
    json_instant(json, "start", frames_to_us(item->start_frame));
    json_instant(json, "end", frames_to_us(item->start_frame + item->n_frames));
    out_lines(json, "lines", app->station, item->lines);
    json_text(json, "segment", item->segment_id ? item->segment_code : NULL);
    json_text(json, "source", item->source == ITEM_SOURCE_COPY ? NULL : item->source_name);
    json_text(json, "address", item->source == ITEM_SOURCE_COPY ? NULL : item->source_target);
    json_text(json, "title", item->title);
    json_text(json, "kind", item->kind);
    json_text(json, "topic", item->topic);
    json_open(json, "slot", '{');
    json_text(json, "uid", item->slot_uid);
    json_instant(json, "recurrence", item->slot_recurrence_us);
    json_close(json, '}');
    json_bool(json, "repeat", item->repeat);
    json_text(json, "state", plan_state_name(item->state));
    json_text(json, "reason", item->reason);
    out_end_object(out);
}

static void show_row(struct table *table, const struct app *app, const struct args *args,
                     const struct plan_item *item)
{
    char text[ZONE_INSTANT_MAX];
    char length[OUT_DURATION_MAX];
    zone_format_date(frames_to_us(item->start_frame), text);
    table_cell(table, "%s", text);
    zone_format_time(frames_to_us(item->start_frame), text);
    table_cell(table, "%s", text);
    table_cell(table, "%s", item->n_frames ? out_duration(item->n_frames, length) : "—");
    table_cell(table, "%s", out_lines_short(app->arena, app->station, item->lines));
    table_cell(table, "%s", out_word(plan_state_name(item->state)));
    table_cell(table, "%s",
               item->source == ITEM_SOURCE_COPY ? item->segment_code : item->source_name);
    bool says_why = (item->state == PLAN_REFUSED || item->state == PLAN_UNFILLED ||
                     args_value(args, "explain")) &&
                    *item->reason;
    table_cell(table, "%s%s%s%s", item->title,
               item->repeat && item->state == PLAN_PLANNED ? _(" (repeat)") : "",
               says_why ? " — " : "", says_why ? item->reason : "");
}

static bool is_asked_for(const struct plan_item *item, int64_t from_us, int64_t to_us, size_t line)
{
    int64_t start_us = frames_to_us(item->start_frame);
    int64_t end_us = frames_to_us(item->start_frame + item->n_frames);
    return start_us < to_us && (start_us >= from_us || end_us > from_us) &&
           (line == SIZE_MAX || line_set_has(item->lines, line));
}

static size_t count_items(const struct app_plans *plans)
{
    size_t n = 0;
    for (size_t p = 0; p < plans->n; p++) {
        n += plans->plans[p]->n_items;
    }
    return n;
}

static int show(struct app *app, const struct args *args, const struct plan_item **items, size_t n,
                size_t line)
{
    static const char *const heads[] = {N_("date"),  N_("start"), N_("length"), N_("lines"),
                                        N_("state"), N_("code"),  N_("title")};
    if (args_value(args, "ics")) {
        return plan_ics_print(app, items, n, line);
    }
    struct out out = out_begin(args->json);
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 2);
    for (size_t i = 0; i < n; i++) {
        if (args->json) {
            show_json(&out, app, items[i]);
        } else {
            show_row(&table, app, args, items[i]);
        }
    }
    if (!args->json && n == 0) {
        puts(_("Nothing is planned in that time."));
    }
    return out_finish(&out, &table);
}

static int show_plan(struct app *app, const struct args *args, int64_t from_us, int64_t to_us,
                     size_t line)
{
    struct app_plans plans = {0};
    int status = app_plan(app, from_us, to_us, &plans);
    if (status != 0) {
        return status;
    }
    const struct plan_item **items = arena_take(app->arena, count_items(&plans) + 1, sizeof *items);
    size_t n = 0;
    for (size_t p = 0; items && p < plans.n; p++) {
        for (size_t i = 0; i < plans.plans[p]->n_items; i++) {
            const struct plan_item *item = &plans.plans[p]->items[i];
            if (is_asked_for(item, from_us, to_us, line)) {
                items[n++] = item;
            }
        }
    }
    if (items) {
        status = show(app, args, items, n, line);
    } else {
        say(_("out of memory"));
        status = 3;
    }
    app_plans_finish(&plans);
    return status;
}

static int check_options(const struct args *args)
{
    bool is_ics = args_value(args, "ics") != NULL;
    if (is_ics && args->json) {
        return say_usage(args->spec->name, _("--json or --ics; give one or the other"));
    }
    if (args_value(args, "revisions") && (is_ics || args_value(args, "explain"))) {
        return say_usage(args->spec->name, _("--revisions goes with neither --ics nor --explain"));
    }
    return 0;
}

static int run(struct app *app, const struct args *args)
{
    int64_t from_us = 0;
    int64_t to_us = 0;
    size_t line = SIZE_MAX;
    bool is_revisions = args_value(args, "revisions") != NULL;
    int status = check_options(args);
    if (status == 0) {
        status = app_need(app, APP_STATION | APP_DB_MAYBE |
                                   (is_revisions ? 0 : APP_CALENDARS | APP_SEGMENTS));
    }
    if (status == 0) {
        status = app_window(app, args, &from_us, &to_us);
    }
    if (status == 0) {
        status = app_line(app, args, &line);
    }
    if (status != 0) {
        return status;
    }
    if (!is_revisions) {
        return show_plan(app, args, from_us, to_us, line);
    }
    bool has_end = args_value(args, "day") || args_value(args, "to");
    return revision_rows_print(app, from_us, has_end ? to_us : INT64_MAX, line, args->json);
}

const struct command command_plan = {
    .spec = {.name = "plan",
             .operands = "",
             .summary = N_("what will air, on which lines, and why"),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
