/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_RAW_H
#define STATION_RAW_H

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct findings;

/*
 * A station file as sections and keys, before anything in it has a meaning: the
 * form is right, every text is UTF-8 on lines of a bounded length, and everything
 * knows its line. Private to the room. All texts live in the arena.
 *
 * A value may go on in indented lines below its key; the pieces are joined by one
 * space. Whoever likes to indent keys may: an indented line that itself looks like
 * `key = …` is a key.
 */
struct raw_key {
    const char *name;
    const char *value; /* trimmed, without its comment; "" if empty */
    unsigned line;
};

struct raw_section {
    const char *type; /* "line" of [line fm]; NULL: the header is broken and was reported */
    const char *id;   /* "fm"; NULL: none was written */
    const struct raw_key *keys;
    size_t n_keys;
    unsigned line;
};

struct raw_file {
    const struct raw_section *sections;
    size_t n_sections;
};

enum { RAW_LINE_MAX_BYTES = 4000 };

/* Read a text; `file` is only named in findings. What is wrong in form becomes
 * findings, and the rest is returned all the same, so that its mistakes are found
 * too. -ENOMEM. */
MUST_CHECK int raw_read(struct arena *arena, const char *file, const char *text, size_t n_bytes,
                        struct raw_file *ret_raw, struct findings *findings);

#endif
