/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_RADIO_CONTROL_H
#define LOA_RADIO_CONTROL_H

#include "base/attr.h"
#include "base/cleanup.h"

struct clock;
struct fault;
struct log;
struct radio;
struct station;

/*
 * What is asked of `loa run` while it runs: the handlers behind its control server, and what
 * people have stopped, which outlasts the radio in the file STATION/stopped. It is there before
 * the radio is on the air, and stays while that is opened anew.
 *
 * A stop waits for no disk: it is written down by a thread of its own, which `loa stop` waits for
 * half a second and no longer.
 *
 * Threads: all by the control thread; it has two threads of its own.
 */
struct radio_control;

struct radio_control_options {
    const char *dir; /* all borrowed until close */
    const struct station *station;
    const struct log *log;
    struct clock *clock;
};

/* -EALREADY: another radio has this station; -ENOMEM, -EAGAIN (no thread). A socket that cannot be
 * made is logged: the radio is then not to be controlled, and plays. Given to the caller. */
MUST_CHECK int radio_control_open(const struct radio_control_options *options,
                                  struct radio_control **ret_control, struct fault *reterr);
struct radio_control *radio_control_close(struct radio_control *control); /* NULL: a no-op */
DEFINE_AUTO(struct radio_control, radio_control_close)

/* The radio that is controlled from now on, just opened: what is stopped is stopped in it. NULL
 * before it is closed. */
void radio_control_set(struct radio_control *control, struct radio *radio);

#endif
