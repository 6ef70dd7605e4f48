/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/ical_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/strbuf.h"
#include "base/utf8.h"

/* A content line on its way out: how many bytes its last line in the file has by now. */
struct fold {
    struct strbuf *buf;
    size_t n;
};

static void fold_char(struct fold *fold, const char *bytes, size_t n)
{
    if (fold->n + n > ICAL_TEXT_LINE_MAX) {
        strbuf_add(fold->buf, "\r\n ");
        fold->n = 1;
    }
    strbuf_add_bytes(fold->buf, bytes, n);
    fold->n += n;
}

static void fold_text(struct fold *fold, const char *text)
{
    while (*text) {
        unsigned char c = (unsigned char)*text;
        size_t n = utf8_char_bytes(text);
        if (n == 0) {
            fold_char(fold, "\xef\xbf\xbd", 3);
        } else if ((c >= 0x20 && c != 0x7f) || c == '\t') {
            fold_char(fold, text, n);
        }
        text += n ? n : 1;
    }
}

void ical_text_line(struct strbuf *buf, const char *name, const char *value)
{
    struct fold fold = {.buf = buf};
    fold_text(&fold, name);
    fold_char(&fold, ":", 1);
    fold_text(&fold, value);
    strbuf_add(buf, "\r\n");
}

void ical_text_escape(struct strbuf *value, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\\;,\r\n");
        strbuf_add_bytes(value, text, n);
        text += n;
        if (*text == '\n') {
            strbuf_add(value, "\\n");
        } else if (*text && *text != '\r') {
            strbuf_printf(value, "\\%c", *text);
        }
        text += *text != '\0';
    }
}

void ical_text_value(struct strbuf *buf, const char *name, const char *text)
{
    struct strbuf value;
    strbuf_init(&value, buf->max_bytes);
    ical_text_escape(&value, text);
    if (strbuf_failed(&value)) {
        buf->failed = true;
    } else {
        ical_text_line(buf, name, strbuf_text(&value));
    }
    strbuf_finish(&value);
}

void ical_text_format_instant(int64_t us, char out[static ICAL_TEXT_INSTANT_MAX])
{
    time_t seconds = (time_t)(us / 1000000 - (us % 1000000 < 0));
    struct tm tm = {0};
    out[0] = '\0';
    if (gmtime_r(&seconds, &tm)) {
        (void)strftime(out, ICAL_TEXT_INSTANT_MAX, "%Y%m%dT%H%M%SZ", &tm);
    }
}

void ical_text_instant(struct strbuf *buf, const char *name, int64_t us)
{
    char text[ICAL_TEXT_INSTANT_MAX];
    ical_text_format_instant(us, text);
    ical_text_line(buf, name, text);
}
