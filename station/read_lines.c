/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/i18n.h"
#include "station/build.h"
#include "station/values.h"

/* [line ID]; its outputs are in outputs.c */

static void line_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct line_def *)into)->title);
}

static void line_hours(struct build *build, const struct raw_key *key, void *into)
{
    struct line_def *line = into;
    struct fault fault = {0};
    int r = value_hours(build->arena, key->value, &line->hours, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void line_gain(struct build *build, const struct raw_key *key, void *into)
{
    struct line_def *line = into;
    struct fault fault = {0};
    int r = value_level(build->arena, key->value, &line->level, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void line_silence(struct build *build, const struct raw_key *key, void *into)
{
    struct line_def *line = into;
    struct fault fault = {0};
    int r = value_silence(key->value, &line->silence_us, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

/* "segment:nhac-hieu, silence" */
static void line_fallback(struct build *build, const struct raw_key *key, void *into)
{
    struct line_def *line = into;
    struct fallback *rungs = NULL;
    size_t n = 0;
    size_t capacity = 0;
    bool is_silent = false;
    char *list = build_copy(build, key->value);
    char *item = NULL;
    while ((item = value_next_item(&list))) {
        const char *code = build_segment_code(item);
        if (is_silent) {
            build_mistake(build, "bad-fallback", key->line,
                          _("nothing after \"silence\" can be reached; write it last"));
            return;
        }
        is_silent = strcmp(item, "silence") == 0;
        if (!is_silent && (!code || !*code)) {
            build_mistake(build, "bad-fallback", key->line,
                          _("\"%s\" is not a fallback; write segment:CODE or silence"), item);
            return;
        }
        struct fallback *grown = build_grow(build, rungs, n, &capacity, sizeof *rungs);
        if (!grown) {
            return;
        }
        rungs = grown;
        rungs[n++] = (struct fallback){code};
    }
    line->fallback = rungs;
    line->n_fallback = n;
}

/* A line without an output sounds nowhere, but its programme is planned, mixed and
 * entered in the ledger like any other. */
static void default_output(struct build *build, struct line_def *line)
{
    struct output_spec *output = build_take(build, 1, sizeof *output);
    if (output) {
        *output =
            (struct output_spec){.kind = OUTPUT_NULL, .target = "", .file_line = line->file_line};
        line->outputs = output;
        line->n_outputs = 1;
    }
}

void read_line(struct build *build, const struct raw_section *section, struct line_def *line)
{
    static const struct key_rule rules[] = {
        {"title", line_title, false},       {"output", read_outputs, false},
        {"hours", line_hours, false},       {"gain", line_gain, false},
        {"fallback", line_fallback, false}, {"silence", line_silence, false},
    };
    line->hours = build->station->hours;
    line->silence_us = build->station->silence_us;
    build_keys(build, section, rules, ARRAY_LEN(rules), line);
    if (line->n_outputs == 0) {
        default_output(build, line);
    }
}
