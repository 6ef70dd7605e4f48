/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_STATION_WATCH_H
#define LOA_STATION_WATCH_H

#include <sys/stat.h>

#include "base/attr.h"

struct log;
struct station;

/*
 * The station file as a command sees it that stays: what is added to it counts from then on. One
 * with a mistake is told of in the log, and the station before stays in force.
 */
struct station_watch {
    const char *dir;       /* borrowed: the station folder */
    const struct log *log; /* borrowed */
    struct stat seen;
};

/* Before the station is loaded, so that what changes meanwhile is noticed. */
struct station_watch station_watch_begin(const char *dir, const struct log *log);
/* The new station, given to the caller: station_destroy(); NULL: there is none. */
MUST_CHECK struct station *station_watch_renewed(struct station_watch *watch);

#endif
