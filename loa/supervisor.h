/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_SUPERVISOR_H
#define LOA_SUPERVISOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct clock;
struct log;

/*
 * The small parent of the radio. It forks the process that becomes the radio, and another one when
 * that ends by a signal or an error: within a tenth of a second, and after pauses that double up to
 * 30 s while none lasts for 10 s. The radio counts a pulse in memory that both share as long as
 * sound is mixed; when that stands still for 2 s the radio hangs, and is killed. The parent tells
 * the service manager (loa/notify.h), hands SIGINT and SIGTERM on, and ends with the radio; when
 * the parent is killed, the radio ends too.
 *
 * A radio that ends by itself is not started again: with 0 ever, and with another status before any
 * sound was mixed, for then it is the station that is wrong and not the radio.
 *
 * Call it before there are threads.
 */
struct supervisor {
    const struct log *log; /* borrowed */
    struct clock *clock;   /* borrowed */
};

/* true: this process is to be the radio now, and *ret_pulse is its pulse. false: it is over, and
 * *ret_status is the exit status. */
bool supervise(const struct supervisor *supervisor, _Atomic uint64_t **ret_pulse, int *ret_status);

#endif
