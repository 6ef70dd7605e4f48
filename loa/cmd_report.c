/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "airtime/report.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "station/period.h"

static const struct option_spec options[] = {
    {"period", "PERIOD", N_("2023, 2023-q1, 2023-h1, 2023-05, cchc-2023 (15/12 to 14/12), …")},
    {"from", "INSTANT", N_("instead of --period: from here on")},
    {"to", "INSTANT", N_("the first instant that no longer belongs")},
    {"output", "FILE", N_("write there; the ending picks csv, json or txt")},
};

enum { REPORT_MAX_BYTES = 64 << 20 };

typedef void (*report_writer)(const struct report *report, struct strbuf *out);

static report_writer writer_for(const char *path)
{
    static const struct {
        const char *ending;
        report_writer write;
    } writers[] = {{"csv", report_write_csv},
                   {"json", report_write_json},
                   {"jsonl", report_write_json},
                   {"txt", report_write_text}};
    for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
        if (strcmp(path_ending(path), writers[i].ending) == 0) {
            return writers[i].write;
        }
    }
    return NULL;
}

static int window(struct app *app, const struct args *args, int64_t *ret_from_us,
                  int64_t *ret_to_us)
{
    const char *period = args_value(args, "period");
    struct fault fault = {0};
    if (!period && !args_value(args, "from")) {
        return say_usage("report", _("write --period, or --from and --to"));
    }
    if (!period) {
        return app_window(app, args, ret_from_us, ret_to_us);
    }
    if (args_value(args, "from") || args_value(args, "to")) {
        return say_usage("report", _("give --period, or --from and --to, but not both"));
    }
    if (period_parse(period, ret_from_us, ret_to_us, &fault) < 0) {
        return say_usage("report", "%s", fault.text);
    }
    return 0;
}

static int write_report(const struct report *report, report_writer write, const char *path)
{
    struct strbuf buf;
    struct fault fault = {0};
    int status = 0;
    strbuf_init(&buf, REPORT_MAX_BYTES);
    write(report, &buf);
    if (strbuf_failed(&buf)) {
        say(_("out of memory"));
        status = 3;
    } else if (!path) {
        fputs(strbuf_text(&buf), stdout);
    } else if (path_write_file(path, strbuf_text(&buf), buf.n, &fault) < 0) {
        status = say_fault(&fault);
    }
    strbuf_finish(&buf);
    return status;
}

static int run(struct app *app, const struct args *args)
{
    int64_t from_us = 0;
    int64_t to_us = 0;
    struct report report;
    struct fault fault = {0};
    const char *path = args_value(args, "output");
    report_writer write = args->json ? report_write_json : report_write_text;
    if (path && !(write = writer_for(path))) {
        return say_usage("report", _("\"%s\" does not end in .csv, .json or .txt"), path);
    }
    int status = app_need(app, APP_STATION | APP_DB_READ);
    if (status == 0) {
        status = window(app, args, &from_us, &to_us);
    }
    if (status != 0) {
        return status;
    }
    if (report_make(app->db, app->station, from_us, to_us, app->arena, &report, &fault) < 0) {
        return say_fault(&fault);
    }
    return write_report(&report, write, path);
}

const struct command command_report = {
    .spec = {.name = "report",
             .operands = "",
             .summary = N_("airtime against quota, for the review"),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
