/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/zone.h"

struct json json_begin(struct strbuf *buf)
{
    return (struct json){.buf = buf};
}

/* Bytes from here on that are written as they are. */
static size_t plain_bytes(const char *text)
{
    size_t all = 0;
    for (size_t n = 1; n > 0; all += n) {
        unsigned char c = (unsigned char)text[all];
        n = c < 0x20 || c == '"' || c == '\\' ? 0 : c < 0x80 ? 1 : utf8_char_bytes(&text[all]);
    }
    return all;
}

static void json_string(struct strbuf *buf, const char *text)
{
    strbuf_add(buf, "\"");
    for (;;) {
        size_t n = plain_bytes(text);
        strbuf_add_bytes(buf, text, n);
        text += n;
        unsigned char c = (unsigned char)*text;
        if (c == '\0') {
            break;
        }
        if (c == '"' || c == '\\') {
            strbuf_printf(buf, "\\%c", c);
        } else if (c < 0x20) {
            strbuf_printf(buf, "\\u%04x", c);
        } else {
            strbuf_add(buf, "\xef\xbf\xbd");
        }
        text++;
    }
    strbuf_add(buf, "\"");
}

static void json_key(struct json *json, const char *key)
{
    if (json->needs_comma) {
        strbuf_add(json->buf, ",");
    }
    json->needs_comma = true;
    if (key) {
        json_string(json->buf, key);
        strbuf_add(json->buf, ":");
    }
}

void json_open(struct json *json, const char *key, char bracket)
{
    json_key(json, key);
    strbuf_add_bytes(json->buf, &bracket, 1);
    json->needs_comma = false;
}

void json_close(struct json *json, char bracket)
{
    strbuf_add_bytes(json->buf, &bracket, 1);
    json->needs_comma = true;
}

void json_null(struct json *json, const char *key)
{
    json_key(json, key);
    strbuf_add(json->buf, "null");
}

void json_text(struct json *json, const char *key, const char *text)
{
    if (!text) {
        json_null(json, key);
        return;
    }
    json_key(json, key);
    json_string(json->buf, text);
}

void json_int(struct json *json, const char *key, int64_t value)
{
    json_key(json, key);
    strbuf_printf(json->buf, "%lld", (long long)value);
}

void json_real(struct json *json, const char *key, double value, int decimals)
{
    if (!isfinite(value)) {
        json_null(json, key);
        return;
    }
    json_key(json, key);
    decimals = decimals < JSON_DECIMALS_MAX ? decimals : JSON_DECIMALS_MAX;
    char text[sizeof "-." + DBL_MAX_10_EXP + 1 + JSON_DECIMALS_MAX]; /* of the largest there is */
    int n = snprintf(text, sizeof text, "%.*f", decimals, value);
    if (strchr(text, '.')) {
        while (text[n - 1] == '0') {
            text[--n] = '\0';
        }
        if (text[n - 1] == '.') {
            text[--n] = '\0';
        }
    }
    strbuf_add(json->buf, strcmp(text, "-0") == 0 ? "0" : text);
}

void json_bool(struct json *json, const char *key, bool value)
{
    json_key(json, key);
    strbuf_add(json->buf, value ? "true" : "false");
}

void json_instant(struct json *json, const char *key, int64_t us)
{
    char text[ZONE_INSTANT_MAX];
    zone_format_instant(us, text);
    json_text(json, key, text);
}
