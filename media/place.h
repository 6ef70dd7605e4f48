/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_PLACE_H
#define MEDIA_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct findings;
struct station;

/*
 * What the words that people write for a kind, a topic or a tag stand for: its id, or its
 * title folded (media/fold.h: text_fold()), so that `Cải cách hành chính`, in either Unicode
 * form, `cai-cach-hanh-chinh` and the id `cchc` are one topic. An id goes before a
 * title, and kinds before topics before tags. Private to media; any thread.
 */

/* Index in station->kinds or ->topics; SIZE_MAX: none, or more than one title is alike. */
size_t place_find_kind(const struct station *station, const char *words);
size_t place_find_topic(const struct station *station, const char *words);

/* What the folders say that a recording lies in. */
struct place {
    size_t kind;      /* index; SIZE_MAX: none */
    size_t topic;     /* index; SIZE_MAX: none */
    const char *tags; /* ids, one space before each; NULL: none */
};

/* What a place is asked for: mistakes about the rest are none. */
struct place_wanted {
    const char *file; /* for findings */
    bool kind;        /* two kinds are a mistake, and so is a folder that is unknown */
    bool topic;       /* two topics are a mistake */
};

/* Read `folders`, with '/' between; "" is no folder. -ENOMEM; a mistake is a finding. The texts
 * are the arena's. */
MUST_CHECK int place_read(const struct station *station, const char *folders,
                          const struct place_wanted *wanted, struct arena *arena,
                          struct place *ret_place, struct findings *findings);

#endif
