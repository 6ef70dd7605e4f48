/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/utf8.h"
#include "scheduler/calendar/calendar_int.h"
#include "scheduler/calendar/content_line.h"
#include "station/station.h"

/* What an event attaches: recordings, files of the inbox, and what is carried live. */

/* "mailto:…" has a scheme; "tin/10-05.flac" and "C:…" are paths. */
static bool has_scheme(const char *text)
{
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || text[n] == '+' || text[n] == '-' || text[n] == '.') {
        n++;
    }
    return n > 1 && isalpha((unsigned char)*text) && text[n] == ':';
}

static int hex_value(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
                                        : -1;
}

/* "Tin%20s%C3%A1ng.wav" of an address is "Tin sáng.wav"; in place. False: a '%' without two
 * digits, a byte that no name has, or what is not UTF-8. */
static bool decode_address(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        int byte = (unsigned char)*in;
        if (*in == '%') {
            int high = hex_value(in[1]);
            int low = high < 0 ? -1 : hex_value(in[2]);
            byte = low < 0 ? -1 : high * 16 + low;
            in += 2;
        }
        if (byte < ' ' || byte == 127) {
            return false;
        }
        *out++ = (char)byte;
    }
    *out = '\0';
    return utf8_is_valid(text);
}

/* A relay and an input are sections of the station file; an address stands for itself. */
static int check_live_source(struct event_reader *reader, unsigned line,
                             const struct attachment *attachment, bool is_address)
{
    const struct station *station = reader->calendars->station;
    const char *text = attachment->text;
    struct fault fault;
    if (is_address) {
        return station_check_stream(text, &fault) < 0
                   ? event_wrong(reader, line, "bad-attachment", "%s", fault.text)
                   : 0;
    }
    if (attachment->kind == ATTACH_RELAY && station_find_relay(station, text) == SIZE_MAX) {
        event_unknown(reader, line, "unknown-relay",
                      _("the station has no relay \"%.80s\"; write [relay NAME] and its url into "
                        "station.ini"),
                      _("the station has no relay \"%.80s\"; did you mean \"%s\"?"), text,
                      event_nearest(text, &station->relays->id, station->n_relays,
                                    sizeof *station->relays));
    }
    if (attachment->kind == ATTACH_INPUT && station_find_input(station, text) == SIZE_MAX) {
        event_unknown(
            reader, line, "unknown-input",
            _("the station has no input \"%.80s\"; write [input NAME] and its device into "
              "station.ini"),
            _("the station has no input \"%.80s\"; did you mean \"%s\"?"), text,
            event_nearest(text, &station->inputs->id, station->n_inputs, sizeof *station->inputs));
    }
    return 0;
}

static int read_attachment(struct event_reader *reader, struct content_line *line,
                           struct attachment *ret)
{
    static const struct {
        const char *prefix;
        enum attachment_kind kind;
        bool is_address;
    } kinds[] = {{"segment:", ATTACH_SEGMENT, false}, {"relay:", ATTACH_RELAY, false},
                 {"input:", ATTACH_INPUT, false},     {"http://", ATTACH_RELAY, true},
                 {"https://", ATTACH_RELAY, true},    {"file://", ATTACH_FILE, false}};
    const char *value_type = content_param(line, "VALUE");
    if ((value_type && strcasecmp(value_type, "BINARY") == 0) || content_param(line, "ENCODING")) {
        event_wrong(
            reader, line->line, "bad-attachment",
            _("sound inside the calendar is not played; import the file and write segment:CODE"),
            NULL);
        return 0;
    }
    content_unescape(line->value);
    char *text = event_trim(line->value);
    *ret = (struct attachment){.kind = ATTACH_FILE, .text = text};
    size_t i = 0;
    while (i < ARRAY_LEN(kinds) && !event_text_begins(text, kinds[i].prefix)) {
        i++;
    }
    if (i < ARRAY_LEN(kinds)) {
        if (event_text_begins(text, "file:") && !decode_address(text)) {
            return event_wrong(reader, line->line, "bad-attachment",
                               _("this file address cannot be read: after each %% in it stand two "
                                 "hexadecimal digits, and a blank is %%20"),
                               NULL);
        }
        ret->kind = kinds[i].kind;
        ret->text = kinds[i].is_address ? text : event_trim(text + strlen(kinds[i].prefix));
    } else if (has_scheme(text)) {
        return event_wrong(reader, line->line, "bad-attachment",
                           _("\"%.60s\" is not playable; write segment:CODE, a file of the inbox, "
                             "relay:NAME, input:NAME or an http address"),
                           text);
    }
    if (*ret->text == '\0') {
        return event_wrong(reader, line->line, "bad-attachment",
                           _("ATTACH names nothing to play; write as in ATTACH:segment:tin-01"),
                           NULL);
    }
    int r = check_live_source(reader, line->line, ret, i < ARRAY_LEN(kinds) && kinds[i].is_address);
    ret->text = arena_strdup(reader->calendars->arena, ret->text);
    return r < 0 ? r : ret->text ? 1 : -ENOMEM;
}

int event_read_attachments(struct event_reader *reader)
{
    struct slot *slot = &reader->event->slot;
    size_t n = 0;
    for (size_t i = 0; i < reader->lines.n; i++) {
        n += strcasecmp(reader->lines.lines[i].name, "ATTACH") == 0;
    }
    struct attachment *attachments =
        n ? arena_take(reader->calendars->arena, n, sizeof *attachments) : NULL;
    if (n && !attachments) {
        return -ENOMEM;
    }
    slot->attachments = attachments;
    for (size_t i = 0; i < reader->lines.n; i++) {
        struct content_line *line = &reader->lines.lines[i];
        if (strcasecmp(line->name, "ATTACH") != 0) {
            continue;
        }
        int r = read_attachment(reader, line, &attachments[slot->n_attachments]);
        if (r < 0) {
            return r;
        }
        slot->n_attachments += (size_t)r;
    }
    return 0;
}
