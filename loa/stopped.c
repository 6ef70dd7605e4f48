/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/stopped.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/json.h"
#include "playout/control/message.h"
#include "station/station.h"

int stopped_init(struct stopped *stopped, const struct station *station)
{
    size_t n_words = line_set_n_words(station->n_lines);
    *stopped = (struct stopped){
        .station = station,
        .lines = {calloc(n_words + 1, sizeof(uint64_t)), n_words},
        .stops = calloc(station->n_lines + 1, sizeof(struct line_stop)),
    };
    return stopped->lines.words && stopped->stops ? 0 : -ENOMEM;
}

void stopped_finish(struct stopped *stopped)
{
    free(stopped->lines.words);
    free(stopped->stops);
    *stopped = (struct stopped){0};
}

void stopped_add(struct stopped *stopped, struct line_set lines, const struct line_stop *stop)
{
    line_set_or(stopped->lines, lines);
    for (size_t line = line_set_next(lines, 0); line != SIZE_MAX;
         line = line_set_next(lines, line + 1)) {
        stopped->stops[line] = *stop;
    }
}

static bool same_stop(const struct line_stop *a, const struct line_stop *b)
{
    return a->at_us == b->at_us && strcmp(a->who, b->who) == 0 && strcmp(a->reason, b->reason) == 0;
}

void stopped_write(const struct stopped *stopped, struct strbuf *text)
{
    const struct line_stop *before = NULL;
    struct json json = {0};
    for (size_t line = line_set_next(stopped->lines, 0); line != SIZE_MAX;
         line = line_set_next(stopped->lines, line + 1)) {
        const struct line_stop *stop = &stopped->stops[line];
        if (!before || !same_stop(before, stop)) {
            strbuf_add(text, before ? "]}\n" : "");
            json = json_begin(text);
            json_open(&json, NULL, '{');
            json_int(&json, "at_us", stop->at_us);
            json_text(&json, "who", stop->who);
            json_text(&json, "reason", stop->reason);
            json_open(&json, "lines", '[');
        }
        json_text(&json, NULL, stopped->station->lines[line].id);
        before = stop;
    }
    strbuf_add(text, before ? "]}\n" : "");
}

static int read_line(struct stopped *stopped, const char *bytes, size_t n_bytes,
                     struct fault *reterr)
{
    AUTO(message_destroy) struct message *message = NULL;
    int r = message_parse(bytes, n_bytes, &message, reterr);
    if (r < 0) {
        return r;
    }
    struct line_stop stop = {0};
    const char *who = message_text(message, "who");
    const char *reason = message_text(message, "reason");
    (void)message_int(message, "at_us", &stop.at_us);
    snprintf(stop.who, sizeof stop.who, "%s", who ? who : "");
    snprintf(stop.reason, sizeof stop.reason, "%s", reason ? reason : "");
    for (size_t i = 0; i < message_n_texts(message, "lines"); i++) {
        size_t line = station_find_line(stopped->station, message_text_at(message, "lines", i));
        if (line != SIZE_MAX) {
            line_set_add(stopped->lines, line);
            stopped->stops[line] = stop;
        }
    }
    return 0;
}

int stopped_read(struct stopped *stopped, const char *text, struct fault *reterr)
{
    int r = 0;
    while (*text && r == 0) {
        size_t n = strcspn(text, "\n");
        r = n > 0 ? read_line(stopped, text, n, reterr) : 0;
        text += n + (text[n] == '\n');
    }
    return r;
}
