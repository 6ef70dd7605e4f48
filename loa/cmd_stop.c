/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/json.h"
#include "loa/app.h"
#include "loa/ask_radio.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "playout/control/client.h"
#include "playout/control/vocabulary.h"

/* `loa stop` and `loa resume`: one message to the radio. They read no file of the station, so that
 * they work whatever state its disk is in. */

struct told {
    const char *key; /* "stopped" or "resumed" */
    bool json;
    size_t n;
    bool warned;
};

static void hear(void *context, const char *bytes, size_t n_bytes, const struct message *line)
{
    struct told *told = context;
    const char *warning = message_text(line, "warning");
    told->n += message_n_texts(line, told->key);
    if (warning) {
        told->warned = true;
        say(_("this does not outlast the radio, because it cannot be written down: %s"), warning);
    }
    if (told->json) {
        printf("%.*s\n", (int)n_bytes, bytes);
    }
}

static int ask_for(struct app *app, const struct args *args, struct told *told)
{
    struct strbuf request;
    struct fault fault = {0};
    strbuf_init(&request, CONTROL_LINE_MAX);
    struct json json = json_begin(&request);
    json_open(&json, NULL, '{');
    json_text(&json, "do", args->spec->name);
    json_text(&json, "who", app_who());
    if (args_value(args, "line") || args_value(args, "zone")) {
        ask_put_lines(&json, args);
    }
    if (strcmp(args->spec->name, "stop") == 0 && args_value(args, "reason")) {
        json_text(&json, "reason", args_value(args, "reason"));
    }
    json_close(&json, '}');
    struct control_question question = {.request = strbuf_text(&request)};
    int r = strbuf_failed(&request)
                ? fault_set(&fault, E2BIG, NULL, 0, _("the message is too long"))
                : control_ask(app->dir, &question, hear, told, &fault);
    strbuf_finish(&request);
    if (r < 0) {
        return say_fault(&fault);
    }
    return told->warned ? 1 : 0;
}

/* A name that is given and empty would mean every line. */
static bool is_blank(const char *list)
{
    return list && !list[strspn(list, ", ")];
}

static int order(struct app *app, const struct args *args, struct told *told)
{
    told->json = args->json;
    if (is_blank(args_value(args, "line")) || is_blank(args_value(args, "zone"))) {
        return say_usage(args->spec->name, _("--line and --zone need a name"));
    }
    return ask_for(app, args, told);
}

static int stop(struct app *app, const struct args *args)
{
    struct told told = {.key = "stopped"};
    int status = order(app, args, &told);
    if (!args->json && told.n > 0) {
        printf(_("%zu lines are silent until `loa resume`.\n"), told.n);
    }
    return status;
}

static int resume(struct app *app, const struct args *args)
{
    struct told told = {.key = "resumed"};
    int status = order(app, args, &told);
    if (!args->json && status == 0) {
        printf(told.n > 0 ? _("%zu lines sound again.\n") : _("Nothing was stopped.\n"), told.n);
    }
    return status;
}

static const struct option_spec stop_options[] = {
    {"line", "ID", N_("this line only, or several with commas between")},
    {"zone", "ID", N_("the lines of this zone only, or of several with commas between")},
    {"reason", "TEXT", N_("why, for those who look at the status")},
};

const struct command command_stop = {
    .spec =
        {.name = "stop",
         .operands = "",
         .summary = N_("silence the radio at once, until `loa resume`"),
         .detail =
             N_("Whatever is on ends within a tenth of a second, on every line or on those named.\n"
                "They stay silent, also when the radio is started again, until `loa resume`."),
         .options = stop_options,
         .n_options = ARRAY_LEN(stop_options)},
    .run = stop,
};

const struct command command_resume = {
    .spec = {.name = "resume",
             .operands = "",
             .summary = N_("let sound again what was stopped"),
             .detail = N_("What is under way by now is joined where it would be."),
             .options = stop_options,
             .n_options = 2},
    .run = resume,
};
