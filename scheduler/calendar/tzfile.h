/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_TZFILE_H
#define SCHEDULER_CALENDAR_TZFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;

/*
 * A zone of the system's database, from its file (TZif, RFC 8536). Events may stand in
 * another zone than the station's; libc knows one zone a process, and libical makes yearly
 * rules of the changes it reads, which are wrong where a country's changes follow none.
 */
struct tzfile;

/* Reads the bytes of a file; the table lies in the arena. -EINVAL: these are none, or
 * damaged; -ENOMEM. */
MUST_CHECK int tzfile_parse(struct arena *arena, const unsigned char *bytes, size_t n_bytes,
                            struct tzfile **ret_tzfile);

/* Seconds east of UTC at an instant. */
int64_t tzfile_offset_s(const struct tzfile *tzfile, int64_t utc_s);

#endif
