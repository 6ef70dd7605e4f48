/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_SEARCH_H
#define MEDIA_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "media/segment.h"

struct arena;
struct db;
struct fault;
struct station;

/*
 * Which recordings are there? What the library holds, by words and by what they are.
 *
 * Words    Parted by spaces; every one must be found, in the title, the script, the code,
 *          the tags or the name of the original file, and the last may be the beginning of
 *          a word. Accents, đ and capitals make no difference ("dai" finds "Đại"), nor does
 *          the Unicode form. What is no letter or digit parts words and is not looked for:
 *          no text is a mistake, unless it is not UTF-8.
 * Speed    Some thousandths of a second for ten thousand recordings.
 */
enum search_state {
    SEARCH_ANY_STATE,
    SEARCH_DRAFT,
    SEARCH_APPROVED,
    SEARCH_WITHDRAWN,
    SEARCH_EXPIRED, /* approved, and its last day is over */
};

/* What is asked for. All texts are borrowed. */
struct search {
    const char *words; /* NULL or none: whatever its words */
    const char *topic; /* this topic and those below it; NULL: any and none */
    const char *kind;  /* NULL: any */
    enum search_state state;
    int64_t imported_from_us;
    int64_t imported_until_us; /* exclusive */
    int64_t now_us;            /* for SEARCH_EXPIRED */
    bool with_superseded;      /* also drafts of a code that has a newer version */
};

/* Asks for every version but superseded drafts: start from this. */
#define SEARCH_ALL ((struct search){.imported_from_us = INT64_MIN, .imported_until_us = INT64_MAX})

enum { SEARCH_WORDS_MAX_BYTES = 1000 };

/*
 * The versions that were asked for. With words, those that fit best come first: a word in a
 * title weighs most and a rare one more than a common one; then the newest. Without, they
 * are sorted as struct segments asks for. The list and its texts are the arena's.
 * -ENOENT: the station has no such topic or kind, with the nearest that it has; -EINVAL: the
 * words are not UTF-8; -E2BIG: they are too many.
 */
MUST_CHECK int library_search(struct db *db, const struct station *station,
                              const struct search *search, struct arena *arena,
                              struct segments *ret_segments, struct fault *reterr);

/* "draft", "approved", "withdrawn", "expired". -ENOENT, with the nearest. */
MUST_CHECK int search_state_parse(const char *text, enum search_state *ret_state,
                                  struct fault *reterr);

#endif
