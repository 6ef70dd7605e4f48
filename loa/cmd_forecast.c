/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/measure_text.h"
#include "loa/out.h"
#include "loa/progress.h"
#include "loa/say.h"
#include "loa/table.h"
#include "scheduler/forecast.h"
#include "station/period.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"year", "YEAR", N_("quotas whose period meets that year; this year without it")},
    {"at", "INSTANT", N_("look back: as if it were then, with today's recordings and calendars")},
};

enum { YEARS_AHEAD_MAX = 10 };

/* ---- words */

/* In a sentence: "12 min", "3 items"; time is rounded up, so that what is missing never
 * comes out as nothing. */
static const char *amount_text(enum quota_measure measure, int64_t amount,
                               char out[static MEASURE_TEXT_MAX])
{
    long long seconds = (amount + AIR_RATE - 1) / AIR_RATE;
    if (measure == MEASURE_FEATURES) {
        snprintf(out, MEASURE_TEXT_MAX, _("%lld features"), (long long)amount);
    } else if (measure == MEASURE_ITEMS) {
        snprintf(out, MEASURE_TEXT_MAX, _("%lld items"), (long long)amount);
    } else if (seconds < 60) {
        snprintf(out, MEASURE_TEXT_MAX, _("%lld s"), seconds);
    } else {
        snprintf(out, MEASURE_TEXT_MAX, _("%lld min"), (seconds + 59) / 60);
    }
    return out;
}

/* ---- what helps */

/* There is a week with room, but nothing for it. */
static char *advise_recordings(struct arena *arena, const struct forecast_line *line,
                               const char *missing)
{
    char week[ZONE_INSTANT_MAX];
    zone_format_date(line->first_week_us, week);
    if (line->measure == MEASURE_TIME) {
        return arena_printf(arena,
                            _("from the week of %s on its slots have time left, but what the "
                              "library has airs as often as it may: record more"),
                            week);
    }
    if (line->waiting > 0) {
        return arena_printf(arena,
                            _("from the week of %s on there is room, but not for the %lld approved "
                              "recordings that have not aired yet (kind, length or dates): record "
                              "others, or change the slots"),
                            week, (long long)line->waiting);
    }
    return arena_printf(arena,
                        _("every recording that matches will have had its first run; from the "
                          "week of %s on there is room: record %s more"),
                        week, missing);
}

/* No week has room, and slots alone help as far as recordings are waiting for them. */
static char *advise_slots(struct arena *arena, const struct forecast_line *line)
{
    bool none = line->cause == FORECAST_NO_SLOT;
    char more[MEASURE_TEXT_MAX];
    if (line->measure == MEASURE_TIME) {
        return arena_strdup(arena, none ? _("no slot asks for it: add a slot")
                                        : _("the slots that ask for it are full: make them longer, "
                                            "or add a slot"));
    }
    if (line->waiting >= line->shortfall) {
        return arena_printf(arena,
                            none ? _("no slot asks for it: add a slot; %lld approved recordings "
                                     "are waiting for one")
                                 : _("the slots that ask for it are full: make them longer, or add "
                                     "a slot; %lld approved recordings are waiting for one"),
                            (long long)line->waiting);
    }
    amount_text(line->measure, line->shortfall - line->waiting, more);
    return arena_printf(arena,
                        none ? _("no slot asks for it: add a slot, and record %s more")
                             : _("the slots that ask for it are full: make them longer, or add a "
                                 "slot, and record %s more"),
                        more);
}

static char *advise(struct arena *arena, const struct forecast_line *line, const char *missing)
{
    switch (line->cause) {
    case FORECAST_OVER:
        return arena_strdup(arena, _("its period is over"));
    case FORECAST_FROZEN:
        return arena_strdup(arena, _("the plan is frozen to the end of its period"));
    case FORECAST_RECORDINGS:
        return advise_recordings(arena, line, missing);
    default:
        return advise_slots(arena, line);
    }
}

/* ---- listings */

static void show_json(struct out *out, const struct app *app, const struct forecast_line *line)
{
    struct json *json = out_object(out);
    const struct topic_def *topic = &app->station->topics[line->topic];
    json_text(json, "topic", topic->id);
    json_text(json, "title", topic->title);
    json_text(json, "period", line->quota->period);
    json_text(json, "measure", measure_name(line->measure));
    measure_json(json, "quota", line->measure, line->asked);
    measure_json(json, "aired", line->measure, line->aired);
    measure_json(json, "planned", line->measure, line->planned);
    measure_json(json, "forecast", line->measure, line->forecast);
    measure_json(json, "shortfall", line->measure, line->shortfall);
    json_text(json, "cause", forecast_cause_name(line->cause));
    if (line->first_week_us == INT64_MIN) {
        json_null(json, "first_week");
    } else {
        char week[ZONE_INSTANT_MAX];
        zone_format_date(line->first_week_us, week);
        json_text(json, "first_week", week);
    }
    if (line->measure == MEASURE_TIME) {
        json_null(json, "waiting");
    } else {
        json_int(json, "waiting", line->waiting);
    }
    out_end_object(out);
}

static void show_row(struct table *table, const struct app *app, const struct forecast_line *line)
{
    char text[MEASURE_TEXT_MAX];
    table_text(table, app->station->topics[line->topic].title);
    table_text(table, line->quota->period);
    table_text(table, measure_word(line->measure));
    const int64_t amounts[] = {line->asked, line->aired, line->planned, line->forecast};
    for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
        table_cell(table, "%s", measure_cell(line->measure, amounts[i], text));
    }
    int64_t missing =
        line->measure == MEASURE_TIME ? line->shortfall + AIR_RATE - 1 : line->shortfall;
    table_cell(table, "%s", line->shortfall ? measure_cell(line->measure, missing, text) : "—");
}

static int print_advice(const struct app *app, const struct forecast *forecast)
{
    puts(_("\nThis holds for the recordings and the calendars as they are now."));
    for (size_t i = 0; i < forecast->n; i++) {
        const struct forecast_line *line = &forecast->items[i];
        char missing[MEASURE_TEXT_MAX];
        if (!line->shortfall) {
            continue;
        }
        amount_text(line->measure, line->shortfall, missing);
        const char *help = advise(app->arena, line, missing);
        if (!help) {
            say(_("out of memory"));
            return 3;
        }
        printf(_("%s (%s): %s short; %s\n"), app->station->topics[line->topic].title,
               line->quota->period, missing, help);
    }
    return 0;
}

static int show(const struct app *app, const struct args *args, const struct forecast *forecast)
{
    static const char *const heads[] = {N_("topic"),    N_("period"),   N_("measure"),
                                        N_("quota"),    N_("aired"),    N_("planned"),
                                        N_("forecast"), N_("shortfall")};
    struct out out = out_begin(args->json);
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 0xf8);
    for (size_t i = 0; i < forecast->n; i++) {
        if (args->json) {
            show_json(&out, app, &forecast->items[i]);
        } else {
            show_row(&table, app, &forecast->items[i]);
        }
    }
    int status = out_finish(&out, &table);
    return status || args->json ? status : print_advice(app, forecast);
}

/* ---- the question */

static bool is_year(const char *text)
{
    return strlen(text) == 4 && strspn(text, "0123456789") == 4;
}

static int read_question(struct app *app, const struct args *args,
                         struct forecast_question *question)
{
    const char *year = args_value(args, "year");
    const char *at = args_value(args, "at");
    struct fault fault = {0};
    struct civil now;
    struct civil asked;
    char this_year[8];
    int64_t clock_us = clock_now_us(&app->clock);
    question->now_us = clock_us;
    if (at && zone_parse_instant(at, &question->now_us, &fault) < 0) {
        return say_usage("forecast", "%s", fault.text);
    }
    question->is_past = at != NULL;
    if (question->now_us > clock_us) {
        return say_usage("forecast", _("--at looks back; it must lie in the past"));
    }
    zone_to_civil(question->now_us, &now);
    snprintf(this_year, sizeof this_year, "%04d", now.year % 10000);
    year = year ? year : this_year;
    if (!is_year(year) || period_parse(year, &question->from_us, &question->until_us, &fault) < 0) {
        return say_usage("forecast", _("\"%s\" is not a year; write it as in 2023"), year);
    }
    zone_to_civil(question->from_us, &asked);
    if (asked.year > now.year + YEARS_AHEAD_MAX) {
        return say_usage("forecast", _("a forecast goes at most %d years ahead"), YEARS_AHEAD_MAX);
    }
    return 0;
}

static void on_week(void *context, double share)
{
    progress_draw(context, share, "");
}

static int run(struct app *app, const struct args *args)
{
    struct forecast_question question = {.progress = on_week};
    struct forecast forecast = {0};
    struct fault fault = {0};
    int status = app_need(app, APP_STATION | APP_DB_MAYBE | APP_CALENDARS | APP_SEGMENTS);
    if (status == 0) {
        status = read_question(app, args, &question);
    }
    if (status != 0) {
        return status;
    }
    struct planner_inputs inputs = {.station = app->station,
                                    .calendars = app->calendars,
                                    .segments = &app->segments,
                                    .db = app->db};
    struct progress progress = progress_start(_("forecast"), 1);
    question.context = &progress;
    int r = forecast_make(&inputs, &question, app->arena, &forecast, &fault);
    progress_end(&progress);
    if (r < 0) {
        return say_fault(&fault);
    }
    if (forecast.n == 0) {
        say(_("no topic has a quota for that year; write quota = %s: 60 min, … under a [topic] of "
              "%s"),
            args_value(args, "year") ? args_value(args, "year") : "2023", app->station->file);
        return 1;
    }
    return show(app, args, &forecast);
}

const struct command command_forecast = {
    .spec = {.name = "forecast",
             .operands = "",
             .summary = N_("will the quotas be reached, and what helps"),
             .detail = N_("Plans the rest of the year as the radio will, with the recordings and\n"
                          "calendars as they are now, and writes nothing. Each quota: what has\n"
                          "aired, what is planned, what will follow, and what will be missing."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
