/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "station/raw.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"

/*
 * inih splits lines into keys and values, but it tells its handler no line number,
 * cuts long section names without a word, says nothing of empty sections and
 * remembers only the first line it did not understand. So its lines come from a
 * reader that counts them, reads section headers itself, and notices at the next
 * line that the last one was not answered by the handler.
 */
struct reader {
    struct arena *arena;
    struct findings *findings;
    const char *file;
    const char *at;
    const char *end;
    unsigned line;
    bool out_of_memory;

    struct raw_section *sections;
    size_t n_sections;
    size_t sections_capacity;
    struct raw_key *keys; /* of the newest section */
    size_t keys_capacity;
    char *value; /* of the newest key, to append to */
    size_t value_n;
    size_t value_capacity;

    bool expects_key; /* inih was given a line that is a key or goes on with one */
    bool is_more;     /* … and it goes on with one */
    bool drops_more;  /* the line before was refused: what goes on with it is refused too */
};

static void complain(struct reader *r, const char *rule, const char *sentence)
{
    findings_add(r->findings, SEVERITY_ERROR, rule, r->file, r->line, "%s", sentence);
    r->drops_more = true;
}

static const char *skip_space(const char *text)
{
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    return text;
}

/* "  quota = …": a key, in spite of the space before it. */
static bool looks_like_key(const char *text)
{
    const char *at = text;
    while (islower((unsigned char)*at)) {
        at++;
    }
    return at > text && *skip_space(at) == '=';
}

static bool is_text(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f) {
            return false;
        }
    }
    return utf8_is_valid(line);
}

static void start_section(struct reader *r, const char *type, const char *id)
{
    struct raw_section *sections =
        arena_grow(r->arena, r->sections, r->n_sections, &r->sections_capacity, sizeof *sections);
    if (!sections) {
        r->out_of_memory = true;
        return;
    }
    r->sections = sections;
    sections[r->n_sections++] = (struct raw_section){.type = type, .id = id, .line = r->line};
    r->keys = NULL;
    r->keys_capacity = 0;
}

/* "[line fm] ; comment" */
static void take_header(struct reader *r, const char *text)
{
    const char *close = strchr(text, ']');
    const char *after = close ? skip_space(close + 1) : "";
    if (!close || (*after && *after != ';' && *after != '#')) {
        complain(r, "section-header",
                 close ? _("nothing but a comment may follow a section's \"]\"")
                       : _("the section's header has no \"]\""));
        start_section(r, NULL, NULL);
        return;
    }
    const char *type = skip_space(text + 1);
    size_t n_type = strcspn(type, " \t]");
    const char *id = skip_space(type + n_type);
    size_t n_id = (size_t)(close - id);
    while (n_id > 0 && (id[n_id - 1] == ' ' || id[n_id - 1] == '\t')) {
        n_id--;
    }
    char *type_copy = arena_strndup(r->arena, type, n_type);
    char *id_copy = arena_strndup(r->arena, id, n_id);
    if (!type_copy || !id_copy) {
        r->out_of_memory = true;
        return;
    }
    r->drops_more = false;
    start_section(r, type_copy, n_id ? id_copy : NULL);
}

/* Decide what inih is to see of a line: itself, or nothing of it. */
static void offer_line(struct reader *r, char *line, size_t n)
{
    const char *text = skip_space(line);
    if (!is_text(line, n)) {
        complain(r, "not-text", _("the line is not UTF-8 text; save the file as UTF-8"));
    } else if (*text == '\0' || *text == ';' || *text == '#') {
        /* inih need not see it */
    } else if (*text == '[') {
        take_header(r, text);
        /* Any header makes inih forget the last key. */
        memcpy(line, "[]", 3);
        return;
    } else if (r->n_sections == 0) {
        complain(r, "no-section", _("a section such as [station] must come first"));
    } else if (text > line && !looks_like_key(text) && r->drops_more) {
        /* goes on with a line that was refused */
    } else {
        r->is_more = text > line && !looks_like_key(text) && r->keys;
        r->expects_key = true;
        if (!r->is_more) {
            r->drops_more = false;
            memmove(line, text, strlen(text) + 1);
        }
        return;
    }
    *line = '\0';
}

static void check_answered(struct reader *r)
{
    if (r->expects_key) {
        r->expects_key = false;
        complain(r, "no-value", _("the line is neither \"key = value\" nor a [section]"));
    }
}

static char *next_line(char *line, int size, void *user)
{
    struct reader *r = user;
    check_answered(r);
    if (r->at == r->end || r->out_of_memory || size < 4) {
        return NULL;
    }
    const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
    size_t n = (size_t)((newline ? newline : r->end) - r->at);
    const char *from = r->at;
    r->at = newline ? newline + 1 : r->end;
    r->line++;
    if (n > 0 && from[n - 1] == '\r') {
        n--;
    }
    if (r->line == 1 && n >= 3 && memcmp(from, "\xef\xbb\xbf", 3) == 0) {
        from += 3;
        n -= 3;
    }
    if (n > RAW_LINE_MAX_BYTES || n + 1 > (size_t)size) {
        complain(r, "long-line",
                 _("the line is too long; go on in an indented line below it, after a comma"));
        n = 0;
    }
    memcpy(line, from, n);
    line[n] = '\0';
    offer_line(r, line, n);
    return line;
}

/* inih takes comments off the end of a key's first line only. */
static size_t without_comment(const char *value)
{
    size_t n = 0;
    while (value[n] && !(value[n] == ';' && (n == 0 || isspace((unsigned char)value[n - 1])))) {
        n++;
    }
    while (n > 0 && isspace((unsigned char)value[n - 1])) {
        n--;
    }
    return n;
}

static bool append_value(struct reader *r, const char *value, size_t n)
{
    size_t wanted = r->value_n + n + 2;
    if (wanted > r->value_capacity) {
        size_t capacity = r->is_more ? wanted * 2 : wanted;
        char *larger = arena_take(r->arena, capacity, 1);
        if (!larger) {
            r->out_of_memory = true;
            return false;
        }
        if (r->value_n) {
            memcpy(larger, r->value, r->value_n);
        }
        r->value = larger;
        r->value_capacity = capacity;
    }
    if (r->value_n && n) {
        r->value[r->value_n++] = ' ';
    }
    memcpy(r->value + r->value_n, value, n);
    r->value_n += n;
    r->value[r->value_n] = '\0';
    return true;
}

static int on_key(void *user, const char *section_name, const char *name, const char *value)
{
    struct reader *r = user;
    (void)section_name;
    if (*name == '\0' || r->out_of_memory || r->n_sections == 0) {
        return 1; /* "= 5": not answered, so the reader reports it */
    }
    r->expects_key = false;
    struct raw_section *section = &r->sections[r->n_sections - 1];
    if (r->is_more) {
        if (append_value(r, value, without_comment(value))) {
            r->keys[section->n_keys - 1].value = r->value;
        }
        return 1;
    }
    struct raw_key *keys =
        arena_grow(r->arena, r->keys, section->n_keys, &r->keys_capacity, sizeof *keys);
    char *name_copy = arena_strdup(r->arena, name);
    if (!keys || !name_copy) {
        r->out_of_memory = true;
        return 1;
    }
    r->keys = keys;
    r->value = NULL;
    r->value_n = 0;
    r->value_capacity = 0;
    if (append_value(r, value, strlen(value))) {
        keys[section->n_keys++] = (struct raw_key){name_copy, r->value, r->line};
        section->keys = keys;
    }
    return 1;
}

int raw_read(struct arena *arena, const char *file, const char *text, size_t n_bytes,
             struct raw_file *ret_raw, struct findings *findings)
{
    /* inih is configured by variables of its shared library. They are always set to the
     * same values, and only inih's longest line differs from what Debian ships. */
    ini_use_stack = true;
    ini_max_line = RAW_LINE_MAX_BYTES + 3;
    ini_allow_multiline = true;
    ini_allow_no_value = false;
    ini_stop_on_first_error = false;

    struct reader reader = {
        .arena = arena, .findings = findings, .file = file, .at = text, .end = text + n_bytes};
    int r = ini_parse_stream(next_line, &reader, on_key, &reader);
    if (reader.out_of_memory || r == -2) {
        return -ENOMEM;
    }
    *ret_raw = (struct raw_file){reader.sections, reader.n_sections};
    return 0;
}
