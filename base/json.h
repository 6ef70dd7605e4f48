/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

/*
 * Writes JSON into a strbuf; commas are put where they belong. Text that is not
 * valid UTF-8 has the bad bytes replaced by U+FFFD, so a line is always valid.
 *
 *     struct json json = json_begin(&buf);
 *     json_open(&json, NULL, '{');
 *     json_text(&json, "code", "nhac-hieu");      // NULL text: null
 *     json_open(&json, "tags", '['); json_text(&json, NULL, "tthc"); json_close(&json, ']');
 *     json_close(&json, '}');
 */
struct json {
    struct strbuf *buf;
    bool needs_comma;
};

struct json json_begin(struct strbuf *buf);
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_text(struct json *json, const char *key, const char *text);
void json_int(struct json *json, const char *key, int64_t value);
/* Shortest form with at most `decimals` digits after the point, JSON_DECIMALS_MAX of them; not a
 * number: null. */
enum { JSON_DECIMALS_MAX = 17 };
void json_real(struct json *json, const char *key, double value, int decimals);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* An instant in microseconds UTC as RFC 3339 with the station's offset. */
void json_instant(struct json *json, const char *key, int64_t us);

#endif
