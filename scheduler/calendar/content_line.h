/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_CONTENT_LINE_H
#define SCHEDULER_CALENDAR_CONTENT_LINE_H

#include <stddef.h>

#include "base/attr.h"

struct fault;

/*
 * Content lines of RFC 5545, section 3.1: NAME;PARAM=VALUE;…:VALUE, folded over
 * several lines of the file. Read here and not by libical, because a person who
 * is told of a mistake needs its line, and because libical repairs or drops what
 * it does not like without a word.
 *
 * Lines may end in LF or CRLF. What is no line, holds a NUL or is not UTF-8 once
 * unfolded is refused (folding may cut a character in two, so not before).
 */
struct content_line {
    unsigned line; /* of the file, from 1: where it begins */
    char *name;    /* as written; compare without case */
    char *params;  /* n_params times: name, '\0', value without its quotes, '\0' */
    size_t n_params;
    char *value;    /* raw: see content_unescape() */
    size_t n_bytes; /* of the whole from name to the value's '\0' */
};

struct content_reader {
    const char *file; /* borrowed, only named */
    const char *text; /* borrowed */
    size_t n_bytes;
    size_t at;
    unsigned line; /* of `at` */
    char *unfolded;
    size_t capacity;
};

void content_reader_init(struct content_reader *reader, const char *file, const char *text,
                         size_t n_bytes);
void content_reader_finish(struct content_reader *reader);

/* 1: a line, valid until the next call; 0: the end; -EINVAL, -EILSEQ, -ENOMEM. */
MUST_CHECK int content_next(struct content_reader *reader, struct content_line *ret_line,
                            struct fault *reterr);

/* The parameter's value, or NULL; borrowed from the line. */
const char *content_param(const struct content_line *line, const char *name);

/* A copy of the line at `memory` (line->n_bytes). */
struct content_line content_copy(const struct content_line *line, char *memory);

/* Undo \\ \; \, \n in place. */
void content_unescape(char *text);
/* Cut the next item off a list that commas separate (not those after a backslash), in
 * place; *list is what remains, NULL after the last. */
char *content_next_item(char **list);

#endif
