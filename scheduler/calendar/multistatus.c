/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/multistatus.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"

/*
 * multistatus > response > href, status, propstat > prop, status
 * A propstat has its status behind its properties, so these wait for its end.
 */
enum { DEPTH_MAX = 64, ITEMS_MAX = 200000 };

#define DAV "DAV: "
#define CALDAV "urn:ietf:params:xml:ns:caldav "

enum element {
    ELEMENT_OTHER,
    ELEMENT_MULTISTATUS,
    ELEMENT_RESPONSE,
    ELEMENT_HREF,
    ELEMENT_STATUS,
    ELEMENT_PROPSTAT,
    ELEMENT_PROP,
    ELEMENT_RESOURCETYPE,
    ELEMENT_COLLECTION,
    ELEMENT_CALENDAR,
    ELEMENT_SYNC_TOKEN,
    ELEMENT_CTAG,
    ELEMENT_CALENDAR_DATA,
};

/* Where an element means something. */
static const struct {
    const char *name;
    enum element within;
    enum element element;
    bool has_text;
} grammar[] = {
    {DAV "multistatus", ELEMENT_OTHER, ELEMENT_MULTISTATUS, false},
    {DAV "response", ELEMENT_MULTISTATUS, ELEMENT_RESPONSE, false},
    {DAV "href", ELEMENT_RESPONSE, ELEMENT_HREF, true},
    {DAV "status", ELEMENT_RESPONSE, ELEMENT_STATUS, true},
    {DAV "propstat", ELEMENT_RESPONSE, ELEMENT_PROPSTAT, false},
    {DAV "prop", ELEMENT_PROPSTAT, ELEMENT_PROP, false},
    {DAV "status", ELEMENT_PROPSTAT, ELEMENT_STATUS, true},
    {DAV "resourcetype", ELEMENT_PROP, ELEMENT_RESOURCETYPE, false},
    {DAV "collection", ELEMENT_RESOURCETYPE, ELEMENT_COLLECTION, false},
    {CALDAV "calendar", ELEMENT_RESOURCETYPE, ELEMENT_CALENDAR, false},
    {DAV "sync-token", ELEMENT_PROP, ELEMENT_SYNC_TOKEN, true},
    {"http://calendarserver.org/ns/ getctag", ELEMENT_PROP, ELEMENT_CTAG, true},
    {CALDAV "calendar-data", ELEMENT_PROP, ELEMENT_CALENDAR_DATA, true},
};

struct reader {
    XML_Parser parser;
    struct arena *arena;
    enum element open[DEPTH_MAX];
    size_t depth;
    bool was_multistatus;
    struct strbuf text; /* of the element that is open */
    bool has_text;
    struct multistatus_item *items;
    size_t n;
    size_t capacity;
    struct multistatus_item found; /* by the propstat that is open */
    const char *sync_token;
    const char *ctag;
    int propstat_status;
    int err; /* positive errno; 0: go on */
};

static void stop(struct reader *reader, int err)
{
    reader->err = reader->err ? reader->err : err;
    XML_StopParser(reader->parser, XML_FALSE);
}

static struct multistatus_item *newest(struct reader *reader)
{
    return &reader->items[reader->n - 1];
}

static void begin_response(struct reader *reader)
{
    struct multistatus_item *grown =
        reader->n < ITEMS_MAX
            ? arena_grow(reader->arena, reader->items, reader->n, &reader->capacity, sizeof *grown)
            : NULL;
    if (!grown) {
        stop(reader, reader->n < ITEMS_MAX ? ENOMEM : EINVAL);
        return;
    }
    reader->items = grown;
    reader->items[reader->n++] = (struct multistatus_item){.href = ""};
}

static void begin_propstat(struct reader *reader)
{
    reader->found = (struct multistatus_item){0};
    reader->sync_token = reader->ctag = NULL;
    reader->propstat_status = 0;
}

static void end_propstat(struct reader *reader)
{
    struct multistatus_item *item = newest(reader);
    const struct multistatus_item *found = &reader->found;
    if (reader->propstat_status / 100 != 2) {
        return;
    }
    item->is_collection |= found->is_collection;
    item->is_calendar |= found->is_calendar;
    item->token = reader->sync_token ? reader->sync_token : reader->ctag;
    if (found->calendar_data) {
        item->calendar_data = found->calendar_data;
        item->n_calendar_data = found->n_calendar_data;
    }
}

/* "HTTP/1.1 200 OK" */
static int status_of(const char *text)
{
    const char *blank = strchr(text, ' ');
    long status = blank && isdigit((unsigned char)blank[1]) ? strtol(blank + 1, NULL, 10) : 0;
    return status >= 100 && status <= 999 ? (int)status : 0;
}

/* The text of an element without the white space around it; "" is none. */
static const char *trimmed(struct reader *reader)
{
    const char *text = strbuf_text(&reader->text);
    size_t n = strlen(text);
    while (n > 0 && isspace((unsigned char)*text)) {
        text++;
        n--;
    }
    while (n > 0 && isspace((unsigned char)text[n - 1])) {
        n--;
    }
    const char *kept = arena_strndup(reader->arena, text, n);
    if (!kept) {
        stop(reader, ENOMEM);
    }
    return kept && *kept ? kept : NULL;
}

static void keep_calendar(struct reader *reader)
{
    size_t n = reader->text.n;
    reader->found.calendar_data = arena_strndup(reader->arena, strbuf_text(&reader->text), n);
    reader->found.n_calendar_data = n;
    if (!reader->found.calendar_data) {
        stop(reader, ENOMEM);
    }
}

static void take_text(struct reader *reader, enum element element, enum element within)
{
    const char *text = NULL;
    switch (element) {
    case ELEMENT_HREF:
        text = trimmed(reader);
        newest(reader)->href = text ? text : "";
        break;
    case ELEMENT_STATUS:
        *(within == ELEMENT_PROPSTAT ? &reader->propstat_status : &newest(reader)->status) =
            status_of(strbuf_text(&reader->text));
        break;
    case ELEMENT_SYNC_TOKEN:
        reader->sync_token = trimmed(reader);
        break;
    case ELEMENT_CTAG:
        reader->ctag = trimmed(reader);
        break;
    default:
        keep_calendar(reader);
        break;
    }
}

static void element_begins(void *data, const char *name, const char **attributes)
{
    struct reader *reader = data;
    (void)attributes;
    if (reader->depth == DEPTH_MAX) {
        stop(reader, EINVAL);
        return;
    }
    enum element within = reader->depth ? reader->open[reader->depth - 1] : ELEMENT_OTHER;
    size_t i = 0;
    while (i < ARRAY_LEN(grammar) &&
           (grammar[i].within != within || strcmp(grammar[i].name, name) != 0 ||
            (grammar[i].element == ELEMENT_MULTISTATUS && reader->depth > 0))) {
        i++;
    }
    enum element element = i < ARRAY_LEN(grammar) ? grammar[i].element : ELEMENT_OTHER;
    reader->open[reader->depth++] = element;
    reader->has_text = i < ARRAY_LEN(grammar) && grammar[i].has_text;
    strbuf_clear(&reader->text);
    reader->was_multistatus |= element == ELEMENT_MULTISTATUS;
    if (element == ELEMENT_RESPONSE) {
        begin_response(reader);
    } else if (element == ELEMENT_PROPSTAT) {
        begin_propstat(reader);
    }
    reader->found.is_collection |= element == ELEMENT_COLLECTION;
    reader->found.is_calendar |= element == ELEMENT_CALENDAR;
}

static void element_ends(void *data, const char *name)
{
    struct reader *reader = data;
    (void)name;
    enum element element = reader->open[--reader->depth];
    enum element within = reader->depth ? reader->open[reader->depth - 1] : ELEMENT_OTHER;
    if (reader->err) {
        return; /* expat may still end what it began */
    }
    if (reader->has_text) {
        take_text(reader, element, within);
    } else if (element == ELEMENT_PROPSTAT) {
        end_propstat(reader);
    }
    reader->has_text = false;
}

static void text_comes(void *data, const char *text, int n)
{
    struct reader *reader = data;
    if (reader->has_text) {
        strbuf_add_bytes(&reader->text, text, (size_t)n);
        if (strbuf_failed(&reader->text)) {
            stop(reader, ENOMEM);
        }
    }
}

static void doctype_begins(void *data, const char *name, const char *system, const char *public,
                           int has_subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    stop(data, EINVAL);
}

int multistatus_parse(struct arena *arena, const char *bytes, size_t n_bytes,
                      struct multistatus *ret_multistatus, struct fault *reterr)
{
    struct reader reader = {.parser = XML_ParserCreateNS(NULL, ' '), .arena = arena};
    if (!reader.parser) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    strbuf_init(&reader.text, n_bytes < INT_MAX ? 2 * n_bytes : 0); /* from UTF-16 text grows */
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, element_begins, element_ends);
    XML_SetCharacterDataHandler(reader.parser, text_comes);
    XML_SetStartDoctypeDeclHandler(reader.parser, doctype_begins);
    bool is_whole = n_bytes < INT_MAX &&
                    XML_Parse(reader.parser, bytes, (int)n_bytes, XML_TRUE) == XML_STATUS_OK;
    if (!is_whole && XML_GetErrorCode(reader.parser) == XML_ERROR_NO_MEMORY) {
        reader.err = ENOMEM;
    }
    strbuf_finish(&reader.text);
    XML_ParserFree(reader.parser);
    if (reader.err == ENOMEM) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    if (!is_whole || reader.err || !reader.was_multistatus) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the server's list of events is damaged or cut off"));
    }
    *ret_multistatus = (struct multistatus){.items = reader.items, .n = reader.n};
    return 0;
}
