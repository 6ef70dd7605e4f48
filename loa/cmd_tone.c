/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/i18n.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "loa/app.h"
#include "loa/ask_radio.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "playout/alerts/alert.h"

static const struct option_spec options[] = {
    {"line", "ID", N_("on this line, or several with commas between")},
    {"zone", "ID", N_("on the lines of this zone, or of several with commas between")},
    {"seconds", "N", N_("for so long; 10 if absent")},
    {"force", NULL, N_("over what is on air, and outside hours, too")},
};

static int run(struct app *app, const struct args *args)
{
    struct strbuf request;
    const char *text = args_value(args, "seconds");
    char *end = NULL;
    long seconds = text ? strtol(text, &end, 10) : 10;
    if ((text && (end == text || *end)) || seconds < 1 || seconds > ALERT_SECONDS_MAX) {
        return say_usage("tone", _("a test tone lasts 1 to %d seconds"), ALERT_SECONDS_MAX);
    }
    if (!args_value(args, "line") && !args_value(args, "zone")) {
        return say_usage("tone", _("say where it is to be heard: --line or --zone"));
    }
    strbuf_init(&request, ASK_MAX_BYTES);
    struct json json = json_begin(&request);
    json_open(&json, NULL, '{');
    json_text(&json, "do", "tone");
    json_text(&json, "who", app_who());
    json_int(&json, "seconds", seconds);
    json_bool(&json, "force", args_value(args, "force") != NULL);
    ask_put_lines(&json, args);
    json_close(&json, '}');
    int status = ask_radio(app, args, &request, -1);
    strbuf_finish(&request);
    return status;
}

const struct command command_tone = {
    .spec = {.name = "tone",
             .operands = "",
             .summary = N_("a test tone on a line"),
             .detail = N_("1 kHz at -20 dBFS, to find a loudspeaker or set its level. Where "
                          "something is on air, and\noutside hours, it is refused without "
                          "--force; a programme that starts takes its line."),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
