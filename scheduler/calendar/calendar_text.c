/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/calendar_text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "scheduler/calendar/content_line.h"
#include "scheduler/calendar/ical_text.h"

/* A line that loa writes: a text, a rule or a list, never a recording. */
enum { LINE_MAX_BYTES = 1 << 20 };

/* -- reading ------------------------------------------------------------------ */

/* The line without its folds and its end. */
static char *unfold(struct arena *arena, const char *bytes, size_t n)
{
    char *out = arena_take(arena, n + 1, 1);
    size_t n_out = 0;
    for (size_t i = 0; out && i < n; i++) {
        size_t end = bytes[i] == '\r' && i + 1 < n && bytes[i + 1] == '\n' ? 2 : bytes[i] == '\n';
        if (end == 0) {
            out[n_out++] = bytes[i];
        } else if (i + end < n) {
            i += end; /* the blank that begins a folded line */
        } else {
            break;
        }
    }
    return out;
}

/* Cut at the ':' that is not within quotes. */
static void split(struct text_line *line, char *unfolded)
{
    bool quoted = false;
    char *c = unfolded;
    for (; *c && (quoted || *c != ':'); c++) {
        quoted = *c == '"' ? !quoted : quoted;
    }
    line->value = *c ? c + 1 : c;
    *c = '\0';
    line->head = unfolded;
}

bool text_line_is(const struct text_line *line, const char *name)
{
    size_t n = strlen(name);
    return strncasecmp(line->head, name, n) == 0 && (line->head[n] == '\0' || line->head[n] == ';');
}

static int read_lines(struct calendar_text *text, struct content_reader *reader,
                      struct fault *reterr)
{
    struct content_line line;
    size_t capacity = 0;
    size_t depth = 0;
    int r = 0;
    for (size_t at = reader->at; (r = content_next(reader, &line, reterr)) == 1; at = reader->at) {
        text->lines = arena_grow(text->arena, text->lines, text->n, &capacity, sizeof *text->lines);
        if (!text->lines) {
            return -ENOMEM;
        }
        struct text_line *added = &text->lines[text->n++];
        /* Empty lines are passed over by the reader; they go with what follows them. */
        const char *start = reader->text + at;
        size_t n_empty = strspn(start, "\r\n");
        *added = (struct text_line){.line = line.line, .bytes = start, .n_bytes = reader->at - at};
        char *unfolded = unfold(text->arena, start + n_empty, added->n_bytes - n_empty);
        if (!unfolded) {
            return -ENOMEM;
        }
        split(added, unfolded);
        depth += text_line_is(added, "BEGIN");
        added->depth = depth;
        depth -= depth && text_line_is(added, "END");
    }
    return r;
}

int calendar_text_parse(struct arena *arena, const char *file, const char *text, size_t n_bytes,
                        struct calendar_text *ret_text, struct fault *reterr)
{
    struct calendar_text out = {.arena = arena, .line_end = "\n"};
    struct content_reader reader;
    const char *first_end = memchr(text, '\n', n_bytes);
    if (first_end && first_end > text && first_end[-1] == '\r') {
        out.line_end = "\r\n";
    }
    content_reader_init(&reader, file, text, n_bytes);
    int r = read_lines(&out, &reader, reterr);
    content_reader_finish(&reader);
    if (r == -ENOMEM) {
        return fault_set(reterr, ENOMEM, file, 0, _("out of memory"));
    }
    if (r == 0 && out.n > 0) { /* a byte order mark is no line, but stays */
        out.lines[0].n_bytes += (size_t)(out.lines[0].bytes - text);
        out.lines[0].bytes = text;
        struct text_line *last = &out.lines[out.n - 1]; /* nor are empty lines at the end */
        last->n_bytes = (size_t)(text + n_bytes - last->bytes);
    }
    *ret_text = out;
    return r;
}

bool text_part_at(const struct calendar_text *text, unsigned line, struct text_part *ret_part)
{
    size_t low = 0;
    size_t high = text->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text->lines[middle].line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == text->n || text->lines[low].line != line ||
        !text_line_is(&text->lines[low], "BEGIN")) {
        return false;
    }
    size_t last = low;
    while (last < text->n && !(text_line_is(&text->lines[last], "END") &&
                               text->lines[last].depth == text->lines[low].depth)) {
        last++;
    }
    *ret_part = (struct text_part){.first = low, .last = last};
    return last < text->n;
}

size_t text_part_find(const struct calendar_text *text, struct text_part part, const char *name,
                      size_t from)
{
    for (size_t i = from > part.first ? from : part.first + 1; i < part.last; i++) {
        const struct text_line *line = &text->lines[i];
        bool is_gone = line->written && *line->written == '\0';
        if (!is_gone && line->depth == text->lines[part.first].depth &&
            (!name || text_line_is(line, name))) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* -- changing ----------------------------------------------------------------- */

/* A content line as it is written, in the arena. */
static char *make_line(const struct calendar_text *text, const char *head, const char *value)
{
    struct strbuf buf;
    strbuf_init(&buf, LINE_MAX_BYTES);
    ical_text_line(&buf, head, value);
    char *out = strbuf_failed(&buf) ? NULL : arena_strdup(text->arena, strbuf_text(&buf));
    strbuf_finish(&buf);
    if (out && strcmp(text->line_end, "\n") == 0) {
        char *to = out;
        for (const char *from = out; *from; from++) {
            if (*from != '\r') {
                *to++ = *from;
            }
        }
        *to = '\0';
    }
    return out;
}

int text_set_line(struct calendar_text *text, size_t i, const char *head, const char *value)
{
    struct text_line *line = &text->lines[i];
    if (strcmp(line->head, head) == 0 && strcmp(line->value, value) == 0) {
        return 0;
    }
    line->written = make_line(text, head, value);
    line->head = arena_strdup(text->arena, head);
    line->value = arena_strdup(text->arena, value);
    text->n_changes++;
    return line->written && line->head && line->value ? 0 : -ENOMEM;
}

int text_add(struct calendar_text *text, struct text_part part, const char *head, const char *value)
{
    /* Properties stand before the components within, such as an alarm. */
    size_t at = part.first + 1;
    while (at < part.last && text->lines[at].depth == text->lines[part.first].depth) {
        at++;
    }
    struct text_line *line = &text->lines[at];
    const char *made = make_line(text, head, value);
    line->before =
        made && line->before ? arena_printf(text->arena, "%s%s", line->before, made) : made;
    text->n_changes++;
    return line->before ? 0 : -ENOMEM;
}

int text_set(struct calendar_text *text, struct text_part part, const char *head, const char *value)
{
    char *name = arena_strndup(text->arena, head, strcspn(head, ";"));
    if (!name) {
        return -ENOMEM;
    }
    size_t first = text_part_find(text, part, name, 0);
    size_t next = first == SIZE_MAX || !value ? first : first + 1;
    while (next != SIZE_MAX && (next = text_part_find(text, part, name, next)) != SIZE_MAX) {
        text_remove_line(text, next++);
    }
    if (!value) {
        return 0;
    }
    return first == SIZE_MAX ? text_add(text, part, head, value)
                             : text_set_line(text, first, text->lines[first].head, value);
}

void text_remove_line(struct calendar_text *text, size_t i)
{
    text->lines[i].written = "";
    text->n_changes++;
}

void text_remove_part(struct calendar_text *text, struct text_part part)
{
    for (size_t i = part.first; i <= part.last; i++) {
        text->lines[i].written = "";
        text->lines[i].before = i > part.first ? NULL : text->lines[i].before;
    }
    text->n_changes++;
}

int text_copy_part(const struct calendar_text *text, struct text_part part,
                   struct calendar_text *ret_copy)
{
    struct calendar_text copy = {.arena = text->arena,
                                 .line_end = text->line_end,
                                 .n = part.last - part.first + 1};
    copy.lines = arena_take(text->arena, copy.n, sizeof *copy.lines);
    if (!copy.lines) {
        return -ENOMEM;
    }
    memcpy(copy.lines, text->lines + part.first, copy.n * sizeof *copy.lines);
    copy.lines[0].before = NULL;
    *ret_copy = copy;
    return 0;
}

int text_put_behind(struct calendar_text *text, struct text_part part,
                    const struct calendar_text *copy)
{
    size_t n = 0;
    const char *bytes = calendar_text_write(copy, &n);
    struct text_line *line = &text->lines[part.last + 1]; /* at the least an END */
    line->before =
        bytes && line->before ? arena_printf(text->arena, "%s%s", line->before, bytes) : bytes;
    text->n_changes++;
    return line->before ? 0 : -ENOMEM;
}

char *calendar_text_write(const struct calendar_text *text, size_t *ret_n)
{
    size_t n = 0;
    for (size_t i = 0; i < text->n; i++) {
        const struct text_line *line = &text->lines[i];
        n += (line->before ? strlen(line->before) : 0) +
             (line->written ? strlen(line->written) : line->n_bytes);
    }
    char *out = arena_take(text->arena, n + 1, 1);
    char *to = out;
    for (size_t i = 0; out && i < text->n; i++) {
        const struct text_line *line = &text->lines[i];
        size_t n_before = line->before ? strlen(line->before) : 0;
        size_t n_line = line->written ? strlen(line->written) : line->n_bytes;
        memcpy(to, line->before ? line->before : "", n_before);
        memcpy(to + n_before, line->written ? line->written : line->bytes, n_line);
        to += n_before + n_line;
    }
    *ret_n = n;
    return out;
}
