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
    {"by", "WHAT", N_("month, zone: the same divided so")},
    {"output", "FILE", N_("write there; the ending picks csv, json or txt")},
};

enum { REPORT_MAX_BYTES = 64 << 20 };

typedef void (*report_writer)(const struct report *report, struct strbuf *out);

enum form { FORM_TEXT, FORM_JSON, FORM_CSV, N_FORMS };

struct division {
    const char *name; /* NULL: undivided */
    report_writer writers[N_FORMS];
};

static const struct division divisions[] = {
    {NULL, {report_write_text, report_write_json, report_write_csv}},
    {"month", {report_write_months_text, report_write_months_json, report_write_months_csv}},
    {"zone", {report_write_zones_text, report_write_zones_json, report_write_zones_csv}},
};

static const struct division *division_for(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(divisions); i++) {
        const char *other = divisions[i].name;
        if (name && other ? strcmp(name, other) == 0 : name == other) {
            return &divisions[i];
        }
    }
    return NULL;
}

/* By the ending of a file; N_FORMS: it has none of them. */
static enum form form_for(const char *path)
{
    static const struct {
        const char *ending;
        enum form form;
    } forms[] = {{"csv", FORM_CSV}, {"json", FORM_JSON}, {"jsonl", FORM_JSON}, {"txt", FORM_TEXT}};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (strcmp(path_ending(path), forms[i].ending) == 0) {
            return forms[i].form;
        }
    }
    return N_FORMS;
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
    enum form form = path ? form_for(path) : args->json ? FORM_JSON : FORM_TEXT;
    const struct division *division = division_for(args_value(args, "by"));
    if (!division) {
        return say_usage("report", _("--by takes month or zone, not \"%s\""),
                         args_value(args, "by"));
    }
    if (form == N_FORMS) {
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
    return write_report(&report, division->writers[form], path);
}

const struct command command_report = {
    .spec = {.name = "report",
             .operands = "",
             .summary = N_("airtime against quota, for the review"),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
