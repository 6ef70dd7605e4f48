/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/log.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/progress.h"
#include "loa/say.h"
#include "loa/stop.h"
#include "playout/render.h"

static const struct option_spec options[] = {
    {"from", "INSTANT", N_("2023-05-10, 2023-05-10T17:00 or a full RFC 3339 instant")},
    {"to", "INSTANT", N_("the first instant that no longer belongs")},
    {"day", "DATE", N_("one whole day instead of --from and --to")},
    {"line", "ID", N_("the line to hear")},
    {"output", "FILE", N_("the sound file; the ending picks wav or flac")},
};

static void draw(void *context, double share)
{
    progress_draw(context, share, "");
}

static int render(struct app *app, const struct args *args, const struct app_plans *plans,
                  int64_t from_us, int64_t to_us, size_t line)
{
    struct progress progress = progress_start(_("render"), 1);
    struct log log = {.stream = stderr, .prefix = "render", .most = LOG_WARNING};
    size_t n_unplayable = 0;
    struct render_options render = {
        .station = app->station,
        .plans = (const struct plan *const *)plans->plans,
        .n_plans = plans->n,
        .segments = &app->segments,
        .log = &log,
        .line = line,
        .from_us = from_us,
        .to_us = to_us,
        .path = args_value(args, "output"),
        .stop = stop_on_signals(),
        .on_progress = draw,
        .progress_context = &progress,
        .n_unplayable = &n_unplayable,
    };
    struct fault fault = {0};
    int r = render_line(&render, &fault);
    progress_end(&progress);
    if (r == -EINTR) {
        say(_("stopped; nothing was written"));
        return 1;
    }
    if (r == 0 && n_unplayable) {
        say(_("%s: recordings that could not be played: %zu (named above); import them again"),
            render.path, n_unplayable);
        return 1;
    }
    return r < 0 ? say_fault(&fault) : 0;
}

static int run(struct app *app, const struct args *args)
{
    int64_t from_us = 0;
    int64_t to_us = 0;
    size_t line = SIZE_MAX;
    struct app_plans plans = {0};
    if (!args_value(args, "line") || !args_value(args, "output")) {
        return say_usage("render", _("--line and -o are needed"));
    }
    if (!args_value(args, "day") && !(args_value(args, "from") && args_value(args, "to"))) {
        return say_usage("render", _("--from and --to, or --day, are needed"));
    }
    int status = app_need(app, APP_STATION | APP_DB_READ | APP_CALENDARS | APP_SEGMENTS);
    if (status == 0) {
        status = app_window(app, args, &from_us, &to_us);
    }
    if (status == 0) {
        status = app_line(app, args, &line);
    }
    if (status == 0) {
        status = app_plan(app, from_us, to_us, &plans);
    }
    if (status == 0) {
        status = render(app, args, &plans, from_us, to_us, line);
    }
    app_plans_finish(&plans);
    return status;
}

const struct command command_render = {
    .spec = {.name = "render",
             .operands = "",
             .summary = N_("hear it before it airs: one line's sound as a file"),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
