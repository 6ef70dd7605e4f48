/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/clock_doubt.h"

/* 2024-01-01T00:00:00Z */
static const int64_t MADE_US = 1704067200LL * 1000000;
/* So much may a clock that is set at the start go back by, as while running. */
static const int64_t BACK_MAX_US = 60LL * 1000000;

enum clock_doubt clock_doubt(int64_t now_us, int64_t latest_us, bool is_synchronised)
{
    if (is_synchronised) {
        return CLOCK_BELIEVED;
    }
    if (now_us < MADE_US) {
        return CLOCK_NEVER_SET;
    }
    return latest_us > now_us + BACK_MAX_US ? CLOCK_BEFORE_LEDGER : CLOCK_BELIEVED;
}
