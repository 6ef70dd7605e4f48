/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "airtime/document/html.h"
#include "airtime/document/pdf.h"
#include "airtime/document/xlsx.h"
#include "airtime/report.h"
#include "airtime/report_document.h"
#include "airtime/seal.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "station/period.h"

static const struct option_spec options[] = {
    {"period", "PERIOD", N_("2023, 2023-q1, 2023-h1, 2023-05, cchc-2023 (15/12 to 14/12), …")},
    {"from", "INSTANT", N_("instead of --period: from here on")},
    {"to", "INSTANT", N_("the first instant that no longer belongs")},
    {"by", "WHAT", N_("month, zone: the same divided so")},
    {"output", "FILE", N_("write there; the ending picks pdf, xlsx, html, csv, json or txt")},
    {"number", "NUMBER", N_("pdf, xlsx, html: the number of the letter; without it, left open")},
    {"annex", "WHAT", N_("pdf, xlsx, html: all (every airing, the default) or none")},
    {"dated", "DATE", N_("pdf, xlsx, html: the day of the letter; without it, left open")},
};

enum { REPORT_MAX_BYTES = 256 << 20 };

typedef void (*report_writer)(const struct report *report, struct strbuf *out);

enum form { FORM_TEXT, FORM_JSON, FORM_CSV, FORM_HTML, FORM_PDF, FORM_XLSX, N_FORMS };

struct division {
    const char *name; /* NULL: undivided */
    report_writer writers[FORM_HTML];
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
    } forms[] = {{"csv", FORM_CSV},   {"json", FORM_JSON}, {"jsonl", FORM_JSON}, {"txt", FORM_TEXT},
                 {"html", FORM_HTML}, {"pdf", FORM_PDF},   {"xlsx", FORM_XLSX}};
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

static int put_out(struct strbuf *buf, const char *path)
{
    struct fault fault = {0};
    if (strbuf_failed(buf)) {
        say(_("out of memory"));
        return 3;
    }
    if (!path) {
        fputs(strbuf_text(buf), stdout);
        return 0;
    }
    return path_write_file(path, strbuf_text(buf), buf->n, &fault) < 0 ? say_fault(&fault) : 0;
}

struct choice {
    enum form form;
    const struct division *division;
    const char *path;
    bool has_annex;
};

static int lay_out(const struct choice *choice, const struct document *document, struct strbuf *buf,
                   struct fault *reterr)
{
    document_pdf_write *write_pdf = NULL;
    document_xlsx_write *write_xlsx = NULL;
    if (choice->form == FORM_HTML) {
        document_write_html(document, buf);
        return 0;
    }
    if (choice->form == FORM_XLSX) {
        int r = document_xlsx_find(&write_xlsx, reterr);
        return r < 0 ? r : write_xlsx(document, choice->path, reterr);
    }
    int r = document_pdf_find(&write_pdf, reterr);
    return r < 0 ? r : write_pdf(document, buf, reterr);
}

/* The report as a letter. */
static int write_letter(struct app *app, const struct report *report, struct report_letter *letter,
                        const struct choice *choice, struct strbuf *buf)
{
    struct fault fault = {0};
    struct seal_mark seal;
    struct report_airings airings = {0};
    struct document document;
    int r = seals_find_last(app->db, report->from_us, report->to_us, &seal, &fault);
    letter->seal = r > 0 ? &seal : NULL;
    if (r >= 0 && choice->has_annex) {
        r = report_list_airings(app->db, app->station, report->from_us, report->to_us, app->arena,
                                &airings, &fault);
    }
    if (r >= 0) {
        r = report_compose(report, &airings, app->station, letter, app->arena, &document, &fault);
    }
    if (r == 0) {
        r = lay_out(choice, &document, buf, &fault);
    }
    letter->seal = NULL;
    return r < 0 ? say_fault(&fault) : 0;
}

static int read_letter(const struct args *args, struct report_letter *letter)
{
    const char *dated = args_value(args, "dated");
    struct fault fault = {0};
    letter->number = args_value(args, "number");
    letter->dated_us = INT64_MIN;
    letter->seal = NULL;
    if (dated && zone_parse_instant(dated, &letter->dated_us, &fault) < 0) {
        return say_usage("report", "%s", fault.text);
    }
    return 0;
}

static int choose(const struct args *args, struct choice *choice)
{
    const char *by = args_value(args, "by");
    choice->path = args_value(args, "output");
    choice->form = choice->path ? form_for(choice->path) : args->json ? FORM_JSON : FORM_TEXT;
    choice->division = division_for(by);
    if (!choice->division) {
        return say_usage("report", _("--by takes month or zone, not \"%s\""), by);
    }
    if (choice->form == N_FORMS) {
        return say_usage("report",
                         _("\"%s\" does not end in .pdf, .xlsx, .html, .csv, .json or .txt"),
                         choice->path);
    }
    const char *annex = args_value(args, "annex");
    choice->has_annex = !annex || strcmp(annex, "all") == 0;
    if (!choice->has_annex && strcmp(annex, "none") != 0) {
        return say_usage("report", _("--annex takes all or none, not \"%s\""), annex);
    }
    if (choice->form >= FORM_HTML && by) {
        return say_usage("report", _("a letter holds the report divided already; leave out --by"));
    }
    return 0;
}

static int run(struct app *app, const struct args *args)
{
    int64_t from_us = 0;
    int64_t to_us = 0;
    struct choice choice = {0};
    struct report_letter letter;
    struct report report;
    struct fault fault = {0};
    int status = choose(args, &choice);
    if (status == 0) {
        status = app_need(app, APP_STATION | APP_DB_READ);
    }
    if (status == 0) {
        status = window(app, args, &from_us, &to_us);
    }
    if (status == 0) {
        status = read_letter(args, &letter);
    }
    if (status != 0) {
        return status;
    }
    if (report_make(app->db, app->station, from_us, to_us, app->arena, &report, &fault) < 0) {
        return say_fault(&fault);
    }
    struct strbuf buf;
    strbuf_init(&buf, REPORT_MAX_BYTES);
    if (choice.form >= FORM_HTML) {
        status = write_letter(app, &report, &letter, &choice, &buf);
    } else {
        choice.division->writers[choice.form](&report, &buf);
    }
    if (status == 0 && choice.form != FORM_XLSX) {
        status = put_out(&buf, choice.path);
    }
    strbuf_finish(&buf);
    return status;
}

const struct command command_report = {
    .spec = {.name = "report",
             .operands = "",
             .summary = N_("airtime against quota, for the review"),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
