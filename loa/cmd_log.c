/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/i18n.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/log_ics.h"
#include "loa/log_rows.h"
#include "loa/say.h"

static const struct option_spec options[] = {
    {"from", "INSTANT", N_("2023-05-10, 2023-05-10T17:00 or a full RFC 3339 instant")},
    {"to", "INSTANT", N_("the first instant that no longer belongs")},
    {"day", "DATE", N_("one whole day instead of --from and --to; today without any of them")},
    {"line", "ID", N_("only this line")},
    {"ics", NULL, N_("as an iCalendar, for a phone to subscribe to")},
};

static int run(struct app *app, const struct args *args)
{
    int64_t from_us = 0;
    int64_t to_us = 0;
    size_t line = SIZE_MAX;
    if (args->json && args_value(args, "ics")) {
        return say_usage(args->spec->name, _("--json or --ics; give one or the other"));
    }
    int status = app_need(app, APP_STATION | APP_DB_READ);
    if (status == 0) {
        status = app_window(app, args, &from_us, &to_us);
    }
    if (status == 0) {
        status = app_line(app, args, &line);
    }
    if (status != 0) {
        return status;
    }
    if (args_value(args, "ics")) {
        return log_ics_print(app, from_us, to_us, line);
    }
    return log_rows_print(app, app->db, from_us, to_us, args_value(args, "line"), args->json);
}

const struct command command_log = {
    .spec = {.name = "log",
             .operands = "",
             .summary = N_("what really aired"),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
