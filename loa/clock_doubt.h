/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_CLOCK_DOUBT_H
#define LOA_CLOCK_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Can the machine's clock be believed when the radio starts? A machine without a battery
 * begins anywhere, and a village must not hear the morning's programme at night: until the
 * clock is believed nothing is played that is scheduled. docs/decisions/clock-steps.md.
 */
enum clock_doubt {
    CLOCK_BELIEVED,
    CLOCK_NEVER_SET,     /* before loa was made */
    CLOCK_BEFORE_LEDGER, /* more than a minute before the ledger's latest row */
};

/* latest_us: the ledger's, INT64_MIN for none. Whoever keeps the clock right is believed. */
enum clock_doubt clock_doubt(int64_t now_us, int64_t latest_us, bool is_synchronised);

#endif
