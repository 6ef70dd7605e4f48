/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_CHECKED_H
#define MEDIA_CHECKED_H

#include "base/attr.h"

struct arena;
struct findings;
struct station;

/*
 * What people say of a recording, checked against the station: the same rules wherever it
 * is said, in an option, in a sidecar or in an edit. Private to media.
 *
 * Each gives the value as it is kept, in the arena. A mistake becomes a finding about the
 * origin, so that all of them can be told at once; the value is then worth nothing.
 * The only error is -ENOMEM.
 */
struct origin {
    const char *text; /* NULL: nothing was said */
    const char *file; /* NULL: none */
    unsigned line;    /* 0: none */
};

struct checking {
    const struct station *station;
    struct arena *arena;
    struct findings *findings;
};

/* Ids of the station. Nothing said: NULL. */
MUST_CHECK int checked_kind(const struct checking *checking, const struct origin *origin,
                            const char **ret_kind);
MUST_CHECK int checked_topic(const struct checking *checking, const struct origin *origin,
                             const char **ret_topic);
/* From ids with commas or spaces between to ids sorted, each once, one space between. At
 * most 64. Nothing said: "". */
MUST_CHECK int checked_tags(const struct checking *checking, const struct origin *origin,
                            const char **ret_tags);
/* UTF-8 of one line, composed, at most CHECKED_TITLE_MAX_BYTES. Nothing said, or a mistake: NULL.
 */
enum { CHECKED_TITLE_MAX_BYTES = 500 };
MUST_CHECK int checked_title(const struct checking *checking, const struct origin *origin,
                             const char **ret_title);

/* A text may hold a newline, but whoever reads a list or a report reads lines: every control
 * character becomes a space. */
void make_one_line(char *text);

#endif
