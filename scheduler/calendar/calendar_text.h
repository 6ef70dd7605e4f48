/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_CALENDAR_TEXT_H
#define SCHEDULER_CALENDAR_CALENDAR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct fault;

/*
 * A calendar as its content lines, for changing a few of them: every line that is not
 * named in a call is written as it was read, byte for byte, whatever it means to
 * others and however it was folded. New lines end as those of the file do.
 *
 * Memory  All is the arena's; the text that was read is borrowed.
 */
struct text_line {
    unsigned line; /* of the file, from 1: where it begins */
    const char *bytes;
    size_t n_bytes;      /* with folds and the end of line */
    const char *head;    /* unfolded, what stands before the ':', parameters and all */
    const char *value;   /* unfolded, what stands behind it */
    size_t depth;        /* 1: of the VCALENDAR, its BEGIN and END among them; 2 … */
    const char *written; /* what is there now; NULL: as it was read; "": nothing */
    const char *before;  /* what was put before it; NULL: nothing */
};

struct calendar_text {
    struct arena *arena;
    const char *line_end; /* "\r\n" or "\n" */
    struct text_line *lines;
    size_t n;
    size_t n_changes; /* of content: what was set to what it had is none */
};

/* A component, BEGIN and END among its lines. */
struct text_part {
    size_t first;
    size_t last;
};

/* The text is one that calendars_parse() takes. -ENOMEM, -EINVAL. */
MUST_CHECK int calendar_text_parse(struct arena *arena, const char *file, const char *text,
                                   size_t n_bytes, struct calendar_text *ret_text,
                                   struct fault *reterr);

/* The component whose BEGIN stands in that line of the file. */
MUST_CHECK bool text_part_at(const struct calendar_text *text, unsigned line,
                             struct text_part *ret_part);
/* The next line from `from` on that is a property of the component itself, of that name, and
 * not taken out; SIZE_MAX: none. NULL: of any name. */
size_t text_part_find(const struct calendar_text *text, struct text_part part, const char *name,
                      size_t from);
bool text_line_is(const struct text_line *line, const char *name);

/* Write one line anew. -ENOMEM. */
MUST_CHECK int text_set_line(struct calendar_text *text, size_t i, const char *head,
                             const char *value);
/* The component has this property once: in place of the first, or at its end. `head` is
 * its name and, if it stands anew, its parameters; a line that is there keeps its own. NULL as
 * the value takes the property out. */
MUST_CHECK int text_set(struct calendar_text *text, struct text_part part, const char *head,
                        const char *value);
/* One more line of the component, behind those it has. */
MUST_CHECK int text_add(struct calendar_text *text, struct text_part part, const char *head,
                        const char *value);
void text_remove_line(struct calendar_text *text, size_t i);
void text_remove_part(struct calendar_text *text, struct text_part part);

/* The component alone as a text of its own, as it is now: a copy to be changed. */
MUST_CHECK int text_copy_part(const struct calendar_text *text, struct text_part part,
                              struct calendar_text *ret_copy);
/* Put a copy behind a component. */
MUST_CHECK int text_put_behind(struct calendar_text *text, struct text_part part,
                               const struct calendar_text *copy);

/* All of it, as it is now; in the arena. NULL: out of memory. */
char *calendar_text_write(const struct calendar_text *text, size_t *ret_n);

#endif
