/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/content_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"

void content_reader_init(struct content_reader *reader, const char *file, const char *text,
                         size_t n_bytes)
{
    *reader = (struct content_reader){.file = file, .text = text, .n_bytes = n_bytes, .line = 1};
    if (n_bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        reader->at = 3; /* a byte order mark */
    }
}

void content_reader_finish(struct content_reader *reader)
{
    free(reader->unfolded);
    reader->unfolded = NULL;
}

static int unfolded_add(struct content_reader *reader, size_t n, const char *bytes, size_t n_more)
{
    if (n + n_more + 1 > reader->capacity) {
        size_t capacity = (n + n_more + 1) * 2 + 256;
        char *grown = realloc(reader->unfolded, capacity);
        if (!grown) {
            return -ENOMEM;
        }
        reader->unfolded = grown;
        reader->capacity = capacity;
    }
    memcpy(reader->unfolded + n, bytes, n_more);
    reader->unfolded[n + n_more] = '\0';
    return 0;
}

/* Gather one folded line; *ret_n is its length. */
static int unfold(struct content_reader *reader, size_t *ret_n)
{
    size_t n = 0;
    bool more = true;
    while (more) {
        const char *start = reader->text + reader->at;
        size_t left = reader->n_bytes - reader->at;
        const char *end = memchr(start, '\n', left);
        size_t n_line = end ? (size_t)(end - start) : left;
        size_t n_text = n_line > 0 && start[n_line - 1] == '\r' ? n_line - 1 : n_line;
        if (unfolded_add(reader, n, start, n_text) < 0) {
            return -ENOMEM;
        }
        n += n_text;
        reader->at += n_line + (end ? 1 : 0);
        reader->line += end ? 1 : 0;
        more = reader->at < reader->n_bytes &&
               (reader->text[reader->at] == ' ' || reader->text[reader->at] == '\t');
        reader->at += more ? 1 : 0;
    }
    *ret_n = n;
    return 0;
}

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* One parameter at *in, written to *out without its '=' and quotes. What is written is
 * never longer than what was read, so that both walk the same memory. */
static bool split_param(char **in, char **out)
{
    char *name = *in;
    while (is_name_char(**in)) {
        *(*out)++ = *(*in)++;
    }
    if (*in == name || **in != '=') {
        return false;
    }
    *(*out)++ = '\0';
    (*in)++;
    bool quoted = false;
    for (; **in && (quoted || (**in != ';' && **in != ':')); (*in)++) {
        if (**in == '"') {
            quoted = !quoted;
        } else {
            *(*out)++ = **in;
        }
    }
    return !quoted && **in != '\0';
}

static bool split(char *text, struct content_line *ret_line)
{
    char *in = text;
    while (is_name_char(*in)) {
        in++;
    }
    if (in == text || (*in != ':' && *in != ';')) {
        return false;
    }
    char end = *in;
    *in++ = '\0';
    ret_line->name = text;
    ret_line->params = in;
    ret_line->n_params = 0;
    for (char *out = in; end == ';'; ret_line->n_params++) {
        if (!split_param(&in, &out)) {
            return false;
        }
        end = *in++;
        *out++ = '\0';
    }
    ret_line->value = in;
    ret_line->n_bytes = (size_t)(in - text) + strlen(in) + 1;
    return true;
}

int content_next(struct content_reader *reader, struct content_line *ret_line, struct fault *reterr)
{
    while (reader->at < reader->n_bytes) {
        unsigned line = reader->line;
        size_t n = 0;
        int r = unfold(reader, &n);
        if (r < 0) {
            return fault_set(reterr, -r, reader->file, line, _("out of memory"));
        }
        if (n == 0) {
            continue;
        }
        if (memchr(reader->unfolded, '\0', n)) {
            return fault_set(reterr, EILSEQ, reader->file, line,
                             _("there is a zero byte in this line; a calendar is a text file"));
        }
        if (!utf8_is_valid(reader->unfolded)) {
            return fault_set(reterr, EILSEQ, reader->file, line,
                             _("this line is not UTF-8; save the calendar as UTF-8"));
        }
        if (!split(reader->unfolded, ret_line)) {
            return fault_set(reterr, EINVAL, reader->file, line,
                             _("\"%.60s\" is no line of a calendar; it must be NAME:VALUE"),
                             reader->unfolded);
        }
        ret_line->line = line;
        return 1;
    }
    return 0;
}

const char *content_param(const struct content_line *line, const char *name)
{
    const char *at = line->params;
    for (size_t i = 0; i < line->n_params; i++) {
        const char *value = at + strlen(at) + 1;
        if (strcasecmp(at, name) == 0) {
            return value;
        }
        at = value + strlen(value) + 1;
    }
    return NULL;
}

struct content_line content_copy(const struct content_line *line, char *memory)
{
    struct content_line copy = *line;
    memcpy(memory, line->name, line->n_bytes);
    copy.name = memory;
    copy.params = memory + (line->params - line->name);
    copy.value = memory + (line->value - line->name);
    return copy;
}

void content_unescape(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (*in == '\\' && in[1] != '\0') {
            in++;
            *out++ = *in == 'n' || *in == 'N' ? '\n' : *in;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
}

char *content_next_item(char **list)
{
    char *item = *list;
    char *at = item;
    while (*at && *at != ',') {
        at += *at == '\\' && at[1] ? 2 : 1;
    }
    *list = *at ? at + 1 : NULL;
    *at = '\0';
    return item;
}
