/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/arena.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "station/build.h"
#include "station/values.h"

/* [zone ID]. A zone may hold zones, so their lines are settled after all are read. */

enum { NESTING_MAX = 16 };

enum member_state { NOT_RESOLVED, ON_THE_WAY, RESOLVED };

struct zone_members {
    const struct name **items; /* lines and zones */
    size_t n;
    size_t capacity;
    bool all;
    unsigned line; /* of the key */
    enum member_state state;
};

void make_zone_members(struct build *build)
{
    build->zone_members = build_take(build, build->station->n_zones, sizeof *build->zone_members);
}

static void zone_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct zone_def *)into)->title);
}

static void zone_from(struct build *build, const struct raw_key *key, void *into)
{
    build_instant(build, key, &((struct zone_def *)into)->from_us);
}

static void zone_until(struct build *build, const struct raw_key *key, void *into)
{
    build_instant(build, key, &((struct zone_def *)into)->until_us);
}

static void unknown_member(struct build *build, const char *id, unsigned line)
{
    const char *near = names_nearest(&build->names, NAME_LINE, id);
    near = near ? near : names_nearest(&build->names, NAME_ZONE, id);
    if (near) {
        build_mistake(build, "unknown-id", line,
                      _("there is no line or zone \"%s\"; did you mean \"%s\"?"), id, near);
    } else {
        build_mistake(build, "unknown-id", line,
                      _("there is no line or zone \"%s\"; write its section, or an id that exists"),
                      id);
    }
}

static void zone_lines(struct build *build, const struct raw_key *key, void *into)
{
    struct zone_def *zone = into;
    struct zone_members *members = &build->zone_members[zone - build->zones];
    members->line = key->line;
    char *list = build_copy(build, key->value);
    char *item = NULL;
    while ((item = value_next_item(&list))) {
        if (strcmp(item, "all") == 0) {
            members->all = true;
            continue;
        }
        if (!*item) {
            build_mistake(build, "empty-item", key->line,
                          _("an id is missing before or after a comma; write it or take the comma "
                            "out"));
            continue;
        }
        const struct name *name = names_find(&build->names, NAME_LINE, item);
        if (!name) {
            unknown_member(build, item, key->line);
            continue;
        }
        const struct name **items =
            build_grow(build, members->items, members->n, &members->capacity, sizeof *items);
        if (!items) {
            return;
        }
        members->items = items;
        items[members->n++] = name;
    }
}

void read_zone(struct build *build, const struct raw_section *section, size_t zone)
{
    static const struct key_rule rules[] = {
        {"title", zone_title, false},
        {"lines", zone_lines, false},
        {"from", zone_from, false},
        {"until", zone_until, false},
    };
    struct zone_def *def = &build->zones[zone];
    build_keys(build, section, rules, ARRAY_LEN(rules), def);
    build_check_dates(build, def->from_us, def->until_us, section->line);
    if (!build->zone_members[zone].line) {
        build_mistake(build, "empty-zone", section->line,
                      _("the zone has no lines; write lines = and the ids of its lines"));
    }
}

/* The zones that are being resolved, the outermost first. */
struct way {
    size_t zones[NESTING_MAX];
    size_t n;
};

static void report_loop(struct build *build, const struct way *way, size_t zone)
{
    struct strbuf chain;
    strbuf_init(&chain, FAULT_TEXT_MAX);
    size_t first = 0;
    while (way->zones[first] != zone) {
        first++;
    }
    for (size_t i = first; i < way->n; i++) {
        strbuf_printf(&chain, "%s > ", build->zones[way->zones[i]].id);
    }
    strbuf_add(&chain, build->zones[zone].id);
    build_mistake(build, "zone-loop", build->zone_members[way->zones[way->n - 1]].line,
                  _("zone \"%s\" contains itself: %s; take one of them out"), build->zones[zone].id,
                  strbuf_text(&chain));
    strbuf_finish(&chain);
}

/* A zone within a zone is taken for good, so it must be valid all the while. */
static void check_inner_dates(struct build *build, size_t outer, size_t inner)
{
    const struct zone_def *out = &build->zones[outer];
    const struct zone_def *in = &build->zones[inner];
    if (in->from_us > out->from_us || in->until_us < out->until_us) {
        build_mistake(build, "zone-dates", build->zone_members[outer].line,
                      _("zone \"%s\" is not valid as long as \"%s\", which contains it; give "
                        "\"%s\" dates within its own, or name its lines"),
                      in->id, out->id, out->id);
    }
}

static void resolve_zone(struct build *build, struct way *way, size_t zone)
{
    struct zone_members *members = &build->zone_members[zone];
    if (members->state == RESOLVED) {
        return;
    }
    if (members->state == ON_THE_WAY) {
        report_loop(build, way, zone);
        return;
    }
    if (way->n == NESTING_MAX) {
        build_mistake(build, "zone-depth", members->line,
                      _("zones lie more than %d deep in each other; name lines instead"),
                      NESTING_MAX);
        return;
    }
    way->zones[way->n++] = zone;
    members->state = ON_THE_WAY;
    struct line_set *lines = &build->zones[zone].lines;
    *lines = line_set_make(build->arena, build->station->n_lines);
    build->out_of_memory |= !lines->words;
    if (members->all && lines->words) {
        line_set_fill(*lines, build->station->n_lines);
    }
    for (size_t i = 0; i < members->n && lines->words; i++) {
        const struct name *member = members->items[i];
        if (member->type == NAME_LINE) {
            line_set_add(*lines, member->index);
            continue;
        }
        resolve_zone(build, way, member->index);
        if (build->zone_members[member->index].state == RESOLVED) {
            check_inner_dates(build, zone, member->index);
            line_set_or(*lines, build->zones[member->index].lines);
        }
    }
    members->state = RESOLVED;
    way->n--;
}

void resolve_zones(struct build *build)
{
    for (size_t i = 0; i < build->station->n_zones; i++) {
        struct way way = {.n = 0};
        resolve_zone(build, &way, i);
    }
}
