/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/*
 * Text that is put together piece by piece, up to a cap. When a piece does not
 * fit, or memory is short, the buffer is marked failed and stays as it was:
 * build the whole text, then ask strbuf_failed() once.
 */
struct strbuf {
    char *text; /* ends in '\0'; NULL while nothing was added */
    size_t n;   /* bytes without the '\0' */
    size_t capacity;
    size_t max_bytes;
    bool failed;
};

void strbuf_init(struct strbuf *buf, size_t max_bytes);
void strbuf_finish(struct strbuf *buf);         /* frees; a second call is harmless */
void strbuf_clear(struct strbuf *buf);          /* empty again, memory kept */
void strbuf_drop(struct strbuf *buf, size_t n); /* the first n bytes, which are there */

void strbuf_add(struct strbuf *buf, const char *text);
void strbuf_add_bytes(struct strbuf *buf, const char *bytes, size_t n);
void strbuf_printf(struct strbuf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
bool strbuf_failed(const struct strbuf *buf);
const char *strbuf_text(const struct strbuf *buf); /* borrowed until the next change; never NULL */

#endif
