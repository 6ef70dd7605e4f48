/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_LOG_ICS_H
#define LOA_LOG_ICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct app;

/* Print the airings of [from, to) of the station's ledger as an iCalendar, one event an airing.
 * line: only what it carried; SIZE_MAX: all. The exit status. */
MUST_CHECK int log_ics_print(struct app *app, int64_t from_us, int64_t to_us, size_t line);

#endif
