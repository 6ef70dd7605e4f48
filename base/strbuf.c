/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_init(struct strbuf *buf, size_t max_bytes)
{
    *buf = (struct strbuf){.max_bytes = max_bytes};
}

void strbuf_finish(struct strbuf *buf)
{
    free(buf->text);
    *buf = (struct strbuf){.max_bytes = buf->max_bytes};
}

void strbuf_clear(struct strbuf *buf)
{
    buf->n = 0;
    buf->failed = false;
    if (buf->text) {
        buf->text[0] = '\0';
    }
}

void strbuf_drop(struct strbuf *buf, size_t n)
{
    if (n > 0) {
        memmove(buf->text, buf->text + n, buf->n - n + 1);
        buf->n -= n;
    }
}

static bool strbuf_reserve(struct strbuf *buf, size_t more)
{
    if (buf->failed || more > buf->max_bytes - buf->n) {
        buf->failed = true;
        return false;
    }
    size_t needed = buf->n + more + 1;
    if (needed > buf->capacity) {
        size_t capacity = buf->capacity ? buf->capacity : 64;
        while (capacity < needed) {
            capacity *= 2;
        }
        char *text = realloc(buf->text, capacity);
        if (!text) {
            buf->failed = true;
            return false;
        }
        buf->text = text;
        buf->capacity = capacity;
    }
    return true;
}

void strbuf_add_bytes(struct strbuf *buf, const char *bytes, size_t n)
{
    if (strbuf_reserve(buf, n)) {
        memcpy(buf->text + buf->n, bytes, n);
        buf->n += n;
        buf->text[buf->n] = '\0';
    }
}

void strbuf_add(struct strbuf *buf, const char *text)
{
    strbuf_add_bytes(buf, text, strlen(text));
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && strbuf_reserve(buf, (size_t)n)) {
        va_start(args, format);
        vsnprintf(buf->text + buf->n, (size_t)n + 1, format, args);
        va_end(args);
        buf->n += (size_t)n;
    }
}

bool strbuf_failed(const struct strbuf *buf)
{
    return buf->failed;
}

const char *strbuf_text(const struct strbuf *buf)
{
    return buf->text ? buf->text : "";
}
