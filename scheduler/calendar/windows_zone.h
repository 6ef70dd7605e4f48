/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_WINDOWS_ZONE_H
#define SCHEDULER_CALENDAR_WINDOWS_ZONE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/*
 * The zones of Windows, which Outlook and Exchange name in calendars: "SE Asia Standard
 * Time" is Asia/Bangkok. By the table of the Unicode CLDR that ICU carries, for no country
 * in particular. False: no zone of Windows has that name, or the place is too small.
 */
enum { WINDOWS_ZONE_NAME_MAX = 64 };
MUST_CHECK bool windows_zone_to_iana(const char *name, char *ret_name, size_t n_bytes);

#endif
