/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/collection.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "scheduler/calendar/multistatus.h"

/* What a reader of calendars takes too. */
enum { ZONES_MAX = 500, ZONE_NAME_MAX = 200 };

static const char begin_zone[] = "BEGIN:VTIMEZONE";
static const char end_zone[] = "END:VTIMEZONE";

/* A line of the object that is read, unfolded; not ended by '\0'. */
struct line {
    const char *text;
    size_t n;
};

struct zone {
    struct line name; /* in its object */
    struct line text; /* from BEGIN to END, with the ends of lines */
    const char *new_name;
};

struct merge {
    struct strbuf *into;
    struct arena *arena; /* of what outlasts an object */
    struct strbuf unfolded;
    struct zone *zones;
    size_t n_zones;
    size_t capacity;
    /* Those of the object that is read, as indices of zones. */
    size_t used[ZONES_MAX];
    size_t n_used;
};

static bool is_line(struct line line, const char *text)
{
    return line.n == strlen(text) && strncasecmp(line.text, text, line.n) == 0;
}

static bool is_same(struct line a, struct line b)
{
    return a.n == b.n && memcmp(a.text, b.text, a.n) == 0;
}

/* The next line of a text of whole lines that end in CRLF; false at its end. */
static bool next_line(struct line text, size_t *at, struct line *ret_line)
{
    if (*at >= text.n) {
        return false;
    }
    const char *begin = text.text + *at;
    const char *end = memchr(begin, '\n', text.n - *at);
    *ret_line = (struct line){begin, (size_t)(end - begin) - 1};
    *at += ret_line->n + 2;
    return true;
}

/* Join folded lines (RFC 5545, section 3.1), leave empty ones out, and end each in CRLF. */
static void unfold(struct strbuf *out, const char *text, size_t n)
{
    bool is_open = false;
    strbuf_clear(out);
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t n_line = end ? (size_t)(end - text) - at : n - at;
        size_t next = at + n_line + 1;
        bool goes_on = is_open && n_line > 0 && (text[at] == ' ' || text[at] == '\t');
        while (n_line > 0 && text[at + n_line - 1] == '\r') {
            n_line--;
        }
        if (n_line > 0) {
            strbuf_add(out, is_open && !goes_on ? "\r\n" : "");
            strbuf_add_bytes(out, text + at + goes_on, n_line - goes_on);
            is_open = true;
        }
        at = next;
    }
    strbuf_add(out, is_open ? "\r\n" : "");
}

/* ---- time zones --------------------------------------------------------------------------- */

/* "TZID:Asia/Ho_Chi_Minh", with parameters or not; an empty line if there is none. */
static struct line zone_name(struct line zone)
{
    struct line line;
    for (size_t at = 0; next_line(zone, &at, &line);) {
        if (line.n > 5 && strncasecmp(line.text, "TZID", 4) == 0 &&
            (line.text[4] == ':' || line.text[4] == ';')) {
            const char *colon = memchr(line.text, ':', line.n);
            return colon ? (struct line){colon + 1, line.n - (size_t)(colon + 1 - line.text)}
                         : (struct line){"", 0};
        }
    }
    return (struct line){"", 0};
}

static bool is_taken(const struct merge *merge, const char *name)
{
    for (size_t i = 0; i < merge->n_zones; i++) {
        if (strcmp(merge->zones[i].new_name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The zone's own name if it is free, or else the first "NAME (2)", "NAME (3)" … that is. */
static const char *free_name(const struct merge *merge, struct line name)
{
    char *free = arena_strndup(merge->arena, name.text, name.n);
    for (size_t i = 2; free && is_taken(merge, free); i++) {
        free = arena_printf(merge->arena, "%.*s (%zu)", (int)name.n, name.text, i);
    }
    return free;
}

/* 1: taken in or known; 0: not a zone that can be known by name, so it stays as it is. */
static int take_zone(struct merge *merge, struct line name, struct line text)
{
    size_t i = 0;
    while (i < merge->n_zones &&
           !(is_same(merge->zones[i].name, name) && is_same(merge->zones[i].text, text))) {
        i++;
    }
    if (name.n == 0 || name.n > ZONE_NAME_MAX || memchr(name.text, '"', name.n) ||
        memchr(name.text, '\0', name.n)) {
        return 0;
    }
    if (merge->n_used == ZONES_MAX || (i == merge->n_zones && i == ZONES_MAX)) {
        return -E2BIG;
    }
    merge->used[merge->n_used++] = i;
    if (i < merge->n_zones) {
        return 1;
    }
    struct zone *grown =
        arena_grow(merge->arena, merge->zones, merge->n_zones, &merge->capacity, sizeof *grown);
    const char *kept_name = arena_strndup(merge->arena, name.text, name.n);
    const char *kept_text = arena_strndup(merge->arena, text.text, text.n);
    const char *new_name = free_name(merge, name);
    if (!grown || !kept_name || !kept_text || !new_name) {
        return -ENOMEM;
    }
    merge->zones = grown;
    merge->zones[merge->n_zones++] =
        (struct zone){{kept_name, name.n}, {kept_text, text.n}, new_name};
    return 1;
}

/* ---- objects ------------------------------------------------------------------------------ */

static const struct zone *zone_of(const struct merge *merge, struct line name)
{
    for (size_t i = 0; i < merge->n_used; i++) {
        const struct zone *zone = &merge->zones[merge->used[i]];
        if (is_same(zone->name, name)) {
            return zone;
        }
    }
    return NULL;
}

/* The value of a TZID parameter that begins at `at` of a line, without quotes, or an empty one. */
static struct line zone_parameter(struct line line, size_t at)
{
    static const char key[] = ";TZID=";
    size_t n_key = strlen(key);
    if (line.n - at <= n_key || strncasecmp(line.text + at, key, n_key) != 0) {
        return (struct line){"", 0};
    }
    const char *value = line.text + at + n_key;
    const char *end = line.text + line.n;
    bool is_quoted = *value == '"';
    value += is_quoted;
    const char *stop = value;
    while (stop < end && (is_quoted ? *stop != '"' : !strchr(";:,", *stop))) {
        stop++;
    }
    return (struct line){value, (size_t)(stop - value)};
}

/* A line as it was, but for the names of zones that have a new one. */
static void add_line(struct merge *merge, struct line line)
{
    bool is_quoted = false;
    size_t done = 0;
    for (size_t at = 0; at < line.n && (is_quoted || line.text[at] != ':'); at++) {
        is_quoted ^= line.text[at] == '"';
        struct line name = is_quoted ? (struct line){"", 0} : zone_parameter(line, at);
        const struct zone *zone = name.n ? zone_of(merge, name) : NULL;
        if (zone && !is_same(name, (struct line){zone->new_name, strlen(zone->new_name)})) {
            size_t n_before = (size_t)(name.text - line.text);
            bool has_quotes = name.text[-1] == '"';
            strbuf_add_bytes(merge->into, line.text + done, n_before - done);
            strbuf_printf(merge->into, has_quotes ? "%s" : "\"%s\"", zone->new_name);
            done = n_before + name.n;
        }
    }
    strbuf_add_bytes(merge->into, line.text + done, line.n - done);
    strbuf_add(merge->into, "\r\n");
}

/* A zone under its new name. */
static void add_zone(struct merge *merge, const struct zone *zone)
{
    struct line line;
    for (size_t at = 0; next_line(zone->text, &at, &line);) {
        if (line.n > 5 && strncasecmp(line.text, "TZID", 4) == 0 &&
            (line.text[4] == ':' || line.text[4] == ';')) {
            strbuf_printf(merge->into, "TZID:%s\r\n", zone->new_name);
        } else {
            strbuf_add_bytes(merge->into, line.text, line.n);
            strbuf_add(merge->into, "\r\n");
        }
    }
}

/* The zone whose BEGIN lies at `begin`, to its END or else to the end of the object; *at goes
 * behind it. */
static struct line zone_text(struct line object, size_t begin, size_t *at)
{
    struct line line;
    while (next_line(object, at, &line) && !is_line(line, end_zone)) {
    }
    return (struct line){object.text + begin, *at - begin};
}

static void write_zone(struct merge *merge, struct line text, size_t n_known)
{
    const struct zone *zone = zone_of(merge, zone_name(text));
    if (!zone) {
        strbuf_add_bytes(merge->into, text.text, text.n);
    } else if (zone >= merge->zones + n_known && is_same(zone->text, text)) {
        add_zone(merge, zone);
    }
}

/* The zones of an object may stand behind what uses them: first they are gathered. */
static int add_object(struct merge *merge, const struct multistatus_item *item)
{
    struct line line;
    int r = 0;
    unfold(&merge->unfolded, item->calendar_data, item->n_calendar_data);
    if (strbuf_failed(&merge->unfolded)) {
        return -ENOMEM;
    }
    struct line object = {strbuf_text(&merge->unfolded), merge->unfolded.n};
    size_t n_known = merge->n_zones;
    merge->n_used = 0;
    for (size_t at = 0, begin = 0; r >= 0 && next_line(object, &at, &line); begin = at) {
        if (is_line(line, begin_zone)) {
            struct line text = zone_text(object, begin, &at);
            r = take_zone(merge, zone_name(text), text);
        }
    }
    for (size_t at = 0, begin = 0; r >= 0 && next_line(object, &at, &line); begin = at) {
        if (is_line(line, begin_zone)) {
            write_zone(merge, zone_text(object, begin, &at), n_known);
        } else {
            add_line(merge, line);
        }
    }
    return r < 0 ? r : 0;
}

static int compare_items(const void *a, const void *b)
{
    const struct multistatus_item *x = *(const struct multistatus_item *const *)a;
    const struct multistatus_item *y = *(const struct multistatus_item *const *)b;
    int order = strcmp(x->href, y->href);
    return order ? order : (x > y) - (x < y);
}

/* Some servers list the collection among what is in it. */
static bool is_collection_itself(const struct multistatus_item *item)
{
    size_t n = strlen(item->href);
    return !item->status && !item->calendar_data && n > 0 && item->href[n - 1] == '/';
}

static int too_large(const struct merge *merge, struct fault *reterr)
{
    return fault_set(reterr, E2BIG, NULL, 0, _("the calendar is larger than %d MiB"),
                     (int)(merge->into->max_bytes >> 20));
}

static int check_object(const struct merge *merge, const struct multistatus_item *item,
                        struct fault *reterr)
{
    bool is_missing = item->status && item->status / 100 != 2;
    if (item->n_calendar_data > merge->into->max_bytes) {
        return too_large(merge, reterr);
    }
    if (is_missing || !item->calendar_data) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the server did not give all events: %.200s is missing"), item->href);
    }
    return 0;
}

static int merge_items(struct merge *merge, const struct multistatus_item **items, size_t n,
                       struct fault *reterr)
{
    qsort(items, n, sizeof *items, compare_items);
    for (size_t i = 0; i < n; i++) {
        if (is_collection_itself(items[i])) {
            continue;
        }
        int r = check_object(merge, items[i], reterr);
        if (r < 0) {
            return r;
        }
        r = add_object(merge, items[i]);
        if (r == -ENOMEM) {
            return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
        }
        if (r == -E2BIG) {
            return fault_set(reterr, E2BIG, NULL, 0,
                             _("the events have more time zones than loa reads"));
        }
        if (strbuf_failed(merge->into)) {
            return too_large(merge, reterr);
        }
    }
    return 0;
}

int collection_merge(const struct multistatus *objects, struct strbuf *into, struct fault *reterr)
{
    /* What is kept of zones is a part of what is written, and some more for their names. */
    AUTO(arena_destroy) struct arena *arena = arena_create(4 * into->max_bytes + (1 << 20));
    struct merge *merge = arena ? arena_take(arena, 1, sizeof *merge) : NULL;
    const struct multistatus_item **items =
        arena ? arena_take(arena, objects->n + 1, sizeof(struct multistatus_item *)) : NULL;
    if (!merge || !items) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    *merge = (struct merge){.into = into, .arena = arena};
    for (size_t i = 0; i < objects->n; i++) {
        items[i] = &objects->items[i];
    }
    /* Unfolding makes a text longer only by the ends of its lines. */
    strbuf_init(&merge->unfolded, 2 * into->max_bytes + 4);
    int r = merge_items(merge, items, objects->n, reterr);
    strbuf_finish(&merge->unfolded);
    return r;
}
