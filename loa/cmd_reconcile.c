/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/frames.h"
#include "base/i18n.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/reconcile_rows.h"
#include "loa/say.h"
#include "station/line_set.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"from", "INSTANT", N_("2023-05-10, 2023-05-10T17:00 or a full RFC 3339 instant")},
    {"to", "INSTANT", N_("the first instant that no longer belongs")},
    {"day", "DATE", N_("one whole day instead of --from and --to; yesterday without any of them")},
    {"line", "ID", N_("only this line")},
};

/* The radio tells the ledger within half a second what is over. */
static const int64_t TOLD_BY_US = 5000000;

static int read_window(struct app *app, const struct args *args, struct reconcile_window *window)
{
    size_t line = SIZE_MAX;
    int64_t now_us = clock_now_us(&app->clock);
    int status = app_window(app, args, &window->from_us, &window->to_us);
    if (status == 0) {
        status = app_line(app, args, &line);
    }
    if (status != 0) {
        return status;
    }
    if (!args_value(args, "day") && !args_value(args, "from")) {
        window->to_us = app_day_start(now_us);
        window->from_us = app_day_start(window->to_us - 1);
    }
    if (window->from_us >= now_us) {
        return say_usage("reconcile", _("nothing has aired yet of what is still to come"));
    }
    window->over_by_us = now_us - TOLD_BY_US;
    window->lines = line_set_make(app->arena, app->station->n_lines);
    if (!window->lines.words) {
        say(_("out of memory"));
        return 3;
    }
    if (line == SIZE_MAX) {
        line_set_fill(window->lines, app->station->n_lines);
    } else {
        line_set_add(window->lines, line);
    }
    return 0;
}

/* What an alarm would say: a day that is not whole is no success. */
static int judge(const struct reconcile_window *window, const struct reconcile_outcome *outcome)
{
    int64_t until_us = window->to_us < window->over_by_us ? window->to_us : window->over_by_us;
    if (outcome->frozen_till_us < until_us) {
        char instant[ZONE_INSTANT_MAX];
        zone_format_instant(outcome->frozen_till_us > window->from_us ? outcome->frozen_till_us
                                                                      : window->from_us,
                            instant);
        say(_("from %.16s on nothing was planned, because no radio was running"), instant);
        return 1;
    }
    if (outcome->missed_frames > 0) {
        char text[OUT_DURATION_MAX];
        /* rounded up: what is missing never comes out as nothing */
        int64_t seconds = (outcome->missed_frames + AIR_RATE - 1) / AIR_RATE;
        say(_("%s of what was planned was missed, over all lines"),
            out_duration(seconds * AIR_RATE, text));
        return 1;
    }
    return 0;
}

static int run(struct app *app, const struct args *args)
{
    struct reconcile_window window = {0};
    struct reconcile_outcome outcome = {0};
    int status = app_need(app, APP_STATION | APP_DB_READ | APP_SEGMENTS);
    if (status == 0) {
        status = read_window(app, args, &window);
    }
    if (status == 0) {
        status = reconcile_rows_print(app, app->db, &window, args->json, &outcome);
    }
    return status ? status : judge(&window, &outcome);
}

const struct command command_reconcile = {
    .spec = {.name = "reconcile",
             .operands = "",
             .summary = N_("did everything air that was planned? Yesterday, or on a day"),
             .detail =
                 N_("Holds what was planned against what was heard, line by line: planned =\n"
                    "aired + cut + missed, and why. Ends with status 1 if anything was missed,\n"
                    "so that a timer can raise the alarm every morning."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
