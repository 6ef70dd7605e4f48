/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/quota.h"
#include "airtime/standings.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/measure_text.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/table.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"at", "INSTANT", N_("as it was then; now without it")},
};

static int64_t behind(const struct quota_standing *line)
{
    return line->due > line->reached ? line->due - line->reached : 0;
}

/* In tenths, rounded down: what is not reached is never 100 %. */
static int64_t percent_tenths(const struct quota_standing *line)
{
    return (int64_t)((double)line->reached * 1000 / (double)line->asked);
}

static void show_json(struct out *out, const struct app *app, const struct quota_standing *line)
{
    struct json *json = out_object(out);
    const struct topic_def *topic = &app->station->topics[line->topic];
    json_text(json, "topic", topic->id);
    json_text(json, "title", topic->title);
    json_text(json, "period", line->quota->period);
    json_text(json, "measure", measure_name(line->measure));
    measure_json(json, "quota", line->measure, line->asked);
    measure_json(json, "due", line->measure, line->due);
    measure_json(json, "reached", line->measure, line->reached);
    measure_json(json, "behind", line->measure, behind(line));
    json_real(json, "percent", (double)percent_tenths(line) / 10, 1);
    out_end_object(out);
}

static void show_row(struct table *table, const struct app *app, const struct quota_standing *line)
{
    char text[MEASURE_TEXT_MAX];
    table_text(table, app->station->topics[line->topic].title);
    table_text(table, line->quota->period);
    table_text(table, measure_word(line->measure));
    const int64_t amounts[] = {line->asked, line->due, line->reached};
    for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
        table_cell(table, "%s", measure_cell(line->measure, amounts[i], text));
    }
    table_real(table, true, 1, (double)percent_tenths(line) / 10);
    table_cell(table, "%s", behind(line) ? measure_cell(line->measure, behind(line), text) : "—");
}

static int read_instant(struct app *app, const struct args *args, int64_t *ret_at_us)
{
    const char *at = args_value(args, "at");
    struct fault fault = {0};
    int64_t now_us = clock_now_us(&app->clock);
    *ret_at_us = now_us;
    if (at && zone_parse_instant(at, ret_at_us, &fault) < 0) {
        return say_usage("standing", "%s", fault.text);
    }
    if (*ret_at_us > now_us) {
        return say_usage("standing", _("--at looks back; it must lie in the past"));
    }
    return 0;
}

static int run(struct app *app, const struct args *args)
{
    static const char *const heads[] = {N_("topic"), N_("period"),  N_("measure"), N_("quota"),
                                        N_("due"),   N_("reached"), N_("%"),       N_("behind")};
    struct quota_standings standings;
    struct fault fault = {0};
    int64_t at_us = 0;
    int status = app_need(app, APP_STATION | APP_DB_MAYBE);
    if (status == 0) {
        status = read_instant(app, args, &at_us);
    }
    if (status != 0) {
        return status;
    }
    if (standings_make(app->db, app->station, at_us, app->arena, &standings, &fault) < 0) {
        return say_fault(&fault);
    }
    if (standings.n == 0) {
        char day[ZONE_INSTANT_MAX];
        zone_format_date(at_us, day);
        say(_("no topic has a quota whose period holds %s; write quota = %.4s: 60 min, … under a "
              "[topic] of %s"),
            day, day, app->station->file);
        return 1;
    }
    struct out out = out_begin(args->json);
    struct table table = table_make(app->arena, heads, ARRAY_LEN(heads), 0xf8);
    for (size_t i = 0; i < standings.n; i++) {
        if (args->json) {
            show_json(&out, app, &standings.items[i]);
        } else {
            show_row(&table, app, &standings.items[i]);
        }
    }
    return out_finish(&out, &table);
}

const struct command command_standing = {
    .spec = {.name = "standing",
             .operands = "",
             .summary = N_("where the quotas stand today, or stood on a day"),
             .detail = N_("Each quota whose period it is: what would be due by then if the period\n"
                          "were filled evenly, what has aired, and how much that is behind."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
