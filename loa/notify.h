/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_NOTIFY_H
#define LOA_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Tells the service manager how the radio stands: the protocol of sd_notify(3), one datagram to
 * $NOTIFY_SOCKET. Without that variable nothing is sent. Errors are nobody's business: whoever
 * asked to be told notices that nothing comes.
 */
void notify_send(const char *state); /* "READY=1\nSTATUS=…" */

/* What was told so far. Zero-initialised: nothing. */
struct notify {
    bool ready;
    bool looked;
    int64_t watchdog_ns; /* how often it wants to hear; 0: it does not */
    int64_t told_ns;
    uint64_t pulse;
};

/* Tell that sound is mixed (READY=1) when it first is, and then, twice as often as is wanted
 * (WATCHDOG_USEC), that it goes on (WATCHDOG=1): not while the pulse of a radio stands still. Pulse
 * 0: no sound is mixed, and that is as it should be. */
void notify_pulse(struct notify *notify, uint64_t pulse, int64_t now_ns);

#endif
