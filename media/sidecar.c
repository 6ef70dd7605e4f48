/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/sidecar.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"
#include "station/station.h"

enum { KEY_MAX = 64 /* of an unknown one, in a message */ };

static const char *const key_names[SIDECAR_N_KEYS] = {"title", "kind",       "topic",      "tags",
                                                      "code",  "valid-from", "valid-until"};

struct parser {
    const char *file;
    struct arena *arena;
    struct sidecar *sidecar;
    struct findings *findings;
    unsigned line;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A stretch of the text. */
struct span {
    const char *text;
    size_t n;
};

static struct span trim(struct span span)
{
    while (span.n > 0 && is_blank(*span.text)) {
        span.text++;
        span.n--;
    }
    while (span.n > 0 && is_blank(span.text[span.n - 1])) {
        span.n--;
    }
    return span;
}

static bool has_control(struct span span)
{
    for (size_t i = 0; i < span.n; i++) {
        if (iscntrl((unsigned char)span.text[i])) {
            return true;
        }
    }
    return false;
}

static void unknown_key(const struct parser *p, const char *key)
{
    const char *near = station_nearest_id(key, key_names, SIDECAR_N_KEYS, sizeof key_names[0]);
    if (near) {
        findings_add(p->findings, SEVERITY_ERROR, "unknown-key", p->file, p->line,
                     _("there is no key `%s`; did you mean `%s`?"), key, near);
    } else {
        findings_add(
            p->findings, SEVERITY_ERROR, "unknown-key", p->file, p->line,
            _("there is no key `%s`; before the first empty line stand title, kind, topic, "
              "tags, code, valid-from and valid-until"),
            key);
    }
}

static int set_value(const struct parser *p, const char *key, struct span value)
{
    size_t i = 0;
    while (i < SIDECAR_N_KEYS && strcmp(key_names[i], key) != 0) {
        i++;
    }
    if (i == SIDECAR_N_KEYS) {
        unknown_key(p, key);
        return 0;
    }
    struct sidecar_value *slot = &p->sidecar->values[i];
    if (slot->line > 0) {
        findings_add(p->findings, SEVERITY_ERROR, "repeated-key", p->file, p->line,
                     _("`%s` stands here and on line %u; keep one"), key, slot->line);
        return 0;
    }
    slot->line = p->line;
    if (has_control(value)) {
        findings_add(p->findings, SEVERITY_ERROR, "bad-value", p->file, p->line,
                     _("the value of `%s` holds a control character; type it again"), key);
    } else if (value.n > 0) {
        slot->text = arena_strndup(p->arena, value.text, value.n);
        return slot->text ? 0 : -ENOMEM;
    }
    return 0;
}

static int parse_header_line(const struct parser *p, struct span line)
{
    const char *colon = memchr(line.text, ':', line.n);
    if (!colon) {
        findings_add(
            p->findings, SEVERITY_ERROR, "no-key", p->file, p->line,
            _("this is not `key: value`; put an empty line before the words that are read"));
        return 0;
    }
    size_t n_key = (size_t)(colon - line.text);
    struct span key = trim((struct span){line.text, n_key});
    char key_text[KEY_MAX];
    snprintf(key_text, sizeof key_text, "%.*s", (int)(key.n < KEY_MAX ? key.n : KEY_MAX), key.text);
    return set_value(p, key_text, trim((struct span){colon + 1, line.n - n_key - 1}));
}

/* The words: the rest of the text, without empty lines around it and without CRs. */
static int parse_script(const struct parser *p, const char *text, size_t n)
{
    while (n > 0 && (is_blank(*text) || *text == '\n')) {
        text++;
        n--;
    }
    char *script = arena_strndup(p->arena, text, n);
    if (!script) {
        return -ENOMEM;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (script[i] != '\r') {
            script[kept++] = script[i];
        }
    }
    while (kept > 0 && (is_blank(script[kept - 1]) || script[kept - 1] == '\n')) {
        kept--;
    }
    script[kept] = '\0';
    p->sidecar->script = script;
    return 0;
}

/* The first line that is not UTF-8, or 0. */
static unsigned line_not_utf8(const char *text, size_t n)
{
    unsigned line = 1;
    for (const char *c = text; c < text + n;) {
        size_t bytes = utf8_char_bytes(c);
        if (bytes == 0 || *c == '\0') {
            return line;
        }
        line += *c == '\n';
        c += bytes;
    }
    return 0;
}

int sidecar_parse(const char *file, const char *text, size_t n_bytes, struct arena *arena,
                  struct sidecar *ret_sidecar, struct findings *findings)
{
    static const char mark[] = "\xef\xbb\xbf";
    *ret_sidecar = (struct sidecar){.script = ""};
    size_t n_errors = findings->n_errors;
    /* A text of our own ends in '\0', so that no character is read past the end. */
    const char *rest = arena_strndup(arena, text, n_bytes);
    if (!rest) {
        return -ENOMEM;
    }
    unsigned bad_line = line_not_utf8(rest, n_bytes);
    if (bad_line > 0) {
        findings_add(findings, SEVERITY_ERROR, "not-utf8", file, bad_line,
                     _("is not UTF-8 text; save it as UTF-8"));
        return -EINVAL;
    }
    size_t n = n_bytes;
    if (strncmp(rest, mark, strlen(mark)) == 0) {
        rest += strlen(mark);
        n -= strlen(mark);
    }
    struct parser parser = {.file = file,
                            .arena = arena,
                            .sidecar = ret_sidecar,
                            .findings = findings};
    int r = 0;
    while (r == 0 && n > 0) {
        const char *end = memchr(rest, '\n', n);
        struct span line = {rest, end ? (size_t)(end - rest) : n};
        parser.line++;
        if (trim(line).n == 0) {
            r = parse_script(&parser, rest, n);
            break;
        }
        r = parse_header_line(&parser, line);
        size_t n_step = end ? line.n + 1 : line.n;
        rest += n_step;
        n -= n_step;
    }
    return r < 0 ? r : findings->n_errors > n_errors ? -EINVAL : 0;
}
