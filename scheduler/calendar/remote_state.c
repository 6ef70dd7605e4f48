/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/strbuf.h"
#include "scheduler/calendar/remote_int.h"
#include "station/station.h"

/* The file of a state: lines of a word, a blank and a text. */

enum { STATE_MAX_BYTES = 16384 };

static const char *const kind_names[] = {"unknown", "file", "collection"};

int remote_path(const struct station *station, const struct layer_def *layer, enum remote_file file,
                char out[static PATHS_MAX], struct fault *reterr)
{
    static const char *const endings[] = {".ics", ".state", ".rejected.ics"};
    char name[PATHS_MAX];
    snprintf(name, sizeof name, "calendars/%s%s", layer->id, endings[file]);
    return path_join(out, station->dir, name, reterr);
}

static void read_line(struct remote_state *state, const char *word, const char *text)
{
    const struct {
        const char *word;
        char *into;
        size_t max;
    } texts[] = {
        {"url", state->url, sizeof state->url},
        {"etag", state->etag, sizeof state->etag},
        {"last-modified", state->last_modified, sizeof state->last_modified},
        {"token", state->token, sizeof state->token},
        {"sha256", state->sha256, sizeof state->sha256},
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strcmp(texts[i].word, word) == 0 && strlen(text) < texts[i].max) {
            snprintf(texts[i].into, texts[i].max, "%s", text);
        }
    }
    for (size_t i = 0; strcmp(word, "kind") == 0 && i < ARRAY_LEN(kind_names); i++) {
        if (strcmp(kind_names[i], text) == 0) {
            state->kind = (enum remote_kind)i;
        }
    }
    if (strcmp(word, "fetched-us") == 0) {
        state->fetched_us = strtoll(text, NULL, 10);
    }
}

void remote_state_read(const struct station *station, const struct layer_def *layer,
                       struct remote_state *ret_state)
{
    AUTO_FREE char *text = NULL;
    size_t n_bytes = 0;
    char path[PATHS_MAX];
    *ret_state = (struct remote_state){.fetched_us = INT64_MIN};
    if (remote_path(station, layer, REMOTE_STATE, path, NULL) < 0 ||
        path_read_file(path, STATE_MAX_BYTES, &text, &n_bytes, NULL) < 0) {
        return;
    }
    for (char *line = text; line && *line;) {
        char *next = strchr(line, '\n');
        char *blank = strchr(line, ' ');
        if (next) {
            *next++ = '\0';
        }
        if (blank && (!next || blank < next)) {
            *blank = '\0';
            read_line(ret_state, line, blank + 1);
        }
        line = next;
    }
}

int remote_state_write(const struct station *station, const struct layer_def *layer,
                       const struct remote_state *state, struct fault *reterr)
{
    struct strbuf text;
    char path[PATHS_MAX];
    int r = remote_path(station, layer, REMOTE_STATE, path, reterr);
    if (r < 0) {
        return r;
    }
    strbuf_init(&text, STATE_MAX_BYTES);
    strbuf_printf(&text, "url %s\nkind %s\n", state->url, kind_names[state->kind]);
    strbuf_printf(&text, "etag %s\nlast-modified %s\n", state->etag, state->last_modified);
    strbuf_printf(&text, "token %s\nsha256 %s\n", state->token, state->sha256);
    strbuf_printf(&text, "fetched-us %" PRId64 "\n", state->fetched_us);
    r = path_write_file(path, strbuf_text(&text), text.n, reterr);
    strbuf_finish(&text);
    return r;
}
