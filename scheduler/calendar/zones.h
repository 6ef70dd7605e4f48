/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_ZONES_H
#define SCHEDULER_CALENDAR_ZONES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/strbuf.h"
#include "scheduler/calendar/wall.h"

struct arena;
struct content_line;
struct findings;

/*
 * The zones that calendars name by TZID. A file's own VTIMEZONE goes first; then the
 * station's zone and the names of the IANA database, also behind the prefix of a registry
 * (RFC 5545, 3.8.3.1); then those of Windows. What is none of these is not known, and
 * nobody guesses.
 */
struct zones {
    struct arena *arena; /* borrowed */
    struct cal_zone station;
    struct cal_zone utc;
    struct zone_entry *entries; /* the newest first */
};

/* A VTIMEZONE that is being read; zero-initialised is none. */
struct zone_reader {
    const char *file;
    unsigned line; /* of its BEGIN */
    const char *tzid;
    bool in_observance;
    bool has_start;
    bool has_from;
    bool has_to;
    size_t n_observances;
    bool failed; /* a finding says why */
    struct strbuf text;
};

/* station_tzid is borrowed. */
void zones_init(struct zones *zones, struct arena *arena, const char *station_tzid);
void zones_finish(struct zones *zones);

/* NULL: not known. `file` is where the name is written. */
const struct cal_zone *zones_find(struct zones *zones, const char *file, const char *tzid);

/* Lines of a VTIMEZONE, from its BEGIN to its END; mistakes become findings.
 * -ENOMEM, -E2BIG (too many zones). */
MUST_CHECK int zone_reader_line(struct zone_reader *reader, struct zones *zones, const char *file,
                                const struct content_line *line, struct findings *findings);
void zone_reader_finish(struct zone_reader *reader);

#endif
