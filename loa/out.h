/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_OUT_H
#define LOA_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/json.h"
#include "station/line_set.h"

struct arena;
struct station;
struct table;

/*
 * The results of a listing on standard output: one JSON object a line, or a table.
 *
 *     struct out out = out_begin(args->json);
 *     … json_text(out_object(&out), …); out_end_object(&out); …
 *     return out_finish(&out, &table);
 */
struct out {
    bool is_json;
    struct strbuf buf;
    struct json json;
    bool failed;
};

struct out out_begin(bool is_json);
struct json *out_object(struct out *out);
void out_end_object(struct out *out);
/* Prints the table if the listing is for people (NULL: nothing). The exit status. */
MUST_CHECK int out_finish(struct out *out, const struct table *table);

/* A text of words with single spaces as an array. */
void out_words(struct json *json, const char *key, const char *words);

/* The ids of a set of lines, as an array; or for a table: "all", "fm", a zone
 * that is just these lines (now or at another time), "ha-thanh +3"; in the arena or of
 * the station (never NULL). */
void out_lines(struct json *json, const char *key, const struct station *station,
               struct line_set lines);
const char *out_lines_short(struct arena *arena, const struct station *station,
                            struct line_set lines);

/* A state or cause as people read it ("planned": "đã xếp"). JSON keeps the word itself. */
const char *out_word(const char *word);

/* "6:05" or "1:02:03", rounded to the second. */
enum { OUT_DURATION_MAX = 32 };
const char *out_duration(int64_t frames, char out[static OUT_DURATION_MAX]);

#endif
