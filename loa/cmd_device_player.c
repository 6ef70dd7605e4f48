/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/log.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/say.h"
#include "playout/aside/device_player.h"

/*
 * `loa device-player`: the process that has one sound device, for the radio that started it. It
 * plays or records, by what the shared memory says that is handed to it as descriptor 3
 * (playout/aside/device_memory.h), and ends with the radio. It is of no use to a person, and so in
 * no list of commands.
 */
enum { MEMORY_FD = 3 };

static int run(struct app *app, const struct args *args)
{
    struct log log = {.stream = stderr, .prefix = "run", .most = LOG_INFO, .clock = &app->clock};
    struct fault fault = {0};
    (void)args;
    /* Ctrl-C, and systemd, mean the radio, which lets the last sound be heard first. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    int r = device_player_run(MEMORY_FD, &log, &fault);
    if (r == DEVICE_PLAYER_GONE) {
        _exit(DEVICE_PLAYER_GONE);
    }
    return r < 0 ? say_fault(&fault) : 0;
}

const struct command command_device_player = {
    .spec = {.name = "device-player", .operands = "", .summary = ""},
    .run = run,
};
