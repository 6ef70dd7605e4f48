/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_COMMANDS_H
#define LOA_COMMANDS_H

#include "loa/args.h"

struct app;

/* A command: its words, and what it does. run() returns the exit status; what it took
 * from the app is freed by main(). */
struct command {
    struct command_spec spec;
    int (*run)(struct app *app, const struct args *args);
};

extern const struct command command_init;
extern const struct command command_import;
extern const struct command command_inbox;
extern const struct command command_say;
extern const struct command command_sdp;
extern const struct command command_segment;
extern const struct command command_check;
extern const struct command command_devices;
extern const struct command command_device_player; /* not in the overview */
extern const struct command command_fetch;
extern const struct command command_slots;
extern const struct command command_slot;
extern const struct command command_plan;
extern const struct command command_forecast;
extern const struct command command_reconcile;
extern const struct command command_standing;
extern const struct command command_relay_reader; /* not in the overview */
extern const struct command command_render;
extern const struct command command_rehearse;
extern const struct command command_run;
extern const struct command command_status;
extern const struct command command_stop;
extern const struct command command_resume;
extern const struct command command_log;
extern const struct command command_report;
extern const struct command command_retain;
extern const struct command command_verify;
extern const struct command command_alert;
extern const struct command command_tone;
extern const struct command command_mic;

#endif
