/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>

#include "base/fault.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "media/stream.h"
#include "station/station.h"

/*
 * `loa relay-reader URL`: the process that decodes one relay, for the radio that started it, into
 * the pipe that is handed to it as descriptor 3, and ends with the radio. It is of no use to a
 * person, and so in no list of commands.
 */
enum { PIPE_FD = 3 };

static int run(struct app *app, const struct args *args)
{
    struct fault fault = {0};
    (void)app;
    signal(SIGPIPE, SIG_IGN);
    int r = station_check_stream(args->operands[0], &fault);
    r = r < 0 ? r : av_stream_carry(args->operands[0], PIPE_FD, &fault);
    return r < 0 ? say_fault(&fault) : 0;
}

const struct command command_relay_reader = {
    .spec = {.name = "relay-reader",
             .operands = "URL",
             .summary = "",
             .min_operands = 1,
             .max_operands = 1},
    .run = run,
};
