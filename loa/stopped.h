/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_STOPPED_H
#define LOA_STOPPED_H

#include <stdint.h>

#include "base/attr.h"
#include "station/line_set.h"

struct fault;
struct station;
struct strbuf;

/*
 * Which lines a person has stopped, who and when; and the file that tells it to the next radio:
 * STATION/stopped, JSON Lines, {"lines":[…],"at_us":…,"who":"…","reason":"…"}; there is none when
 * nothing is stopped.
 */
enum { STOPPED_WHO_MAX = 96, STOPPED_REASON_MAX = 256, STOPPED_FILE_MAX_BYTES = 8 << 20 };
#define STOPPED_FILE "stopped"

struct line_stop {
    int64_t at_us;
    char who[STOPPED_WHO_MAX];
    char reason[STOPPED_REASON_MAX];
};

struct stopped {
    const struct station *station; /* borrowed */
    struct line_set lines;         /* those that are stopped */
    struct line_stop *stops;       /* one a line of the station */
};

MUST_CHECK int stopped_init(struct stopped *stopped, const struct station *station);
void stopped_finish(struct stopped *stopped);

void stopped_add(struct stopped *stopped, struct line_set lines, const struct line_stop *stop);

/* The file's text; "" when nothing is stopped. */
void stopped_write(const struct stopped *stopped, struct strbuf *text);

/* Take up what a file says. Lines that the station does not have any more are passed over.
 * -EINVAL: it is not such a file. */
MUST_CHECK int stopped_read(struct stopped *stopped, const char *text, struct fault *reterr);

#endif
