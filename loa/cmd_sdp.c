/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/i18n.h"
#include "base/strbuf.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "playout/outputs/sdp.h"
#include "station/station.h"

static const struct option_spec options[] = {
    {"line", "ID", N_("the line to describe")},
};

enum { SDP_BYTES_MAX = 64 << 10 };

static int run(struct app *app, const struct args *args)
{
    size_t line = SIZE_MAX;
    if (!args_value(args, "line")) {
        say(_("write --line ID"));
        return 2;
    }
    int status = app_need(app, APP_STATION);
    if (status == 0) {
        status = app_line(app, args, &line);
    }
    if (status != 0) {
        return status;
    }
    struct strbuf text;
    strbuf_init(&text, SDP_BYTES_MAX);
    const struct line_def *def = &app->station->lines[line];
    struct sdp_origin origin = sdp_origin_of(app->station, def, NULL);
    if (!sdp_add_line(&text, def, &origin)) {
        say(_("the line %s has no output by RTP; give it one: output = rtp://HOST:PORT"), def->id);
        status = 1;
    } else if (strbuf_failed(&text)) {
        say(_("out of memory"));
        status = 3;
    } else if (fputs(strbuf_text(&text), stdout) < 0 || fflush(stdout) != 0) {
        status = 3;
    }
    strbuf_finish(&text);
    return status;
}

const struct command command_sdp = {
    .spec = {.name = "sdp",
             .operands = "",
             .summary = N_("what a network receiver has to know of a line"),
             .options = options,
             .n_options = ARRAY_LEN(options)},
    .run = run,
};
