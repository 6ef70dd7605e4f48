/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "station/build.h"
#include "station/values.h"

/* What programmes are made from: [clock ID] and [layer ID] */

enum { STEPS_MAX = 200, STEP_COUNT_MAX = 100 };
static const int64_t EVERY_MIN_US = 60LL * 1000000;
static const int64_t EVERY_MAX_US = 7LL * 24 * 3600 * 1000000;

static void clock_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct clock_def *)into)->title);
}

/* "segment:nhac-hieu", "3 tin", "tin", "* thong-bao" */
static bool read_step(struct build *build, const struct raw_key *key, const char *item,
                      struct clock_step *step)
{
    const char *code = build_segment_code(item);
    if (code && *code) {
        *step = (struct clock_step){.segment_code = code, .kind = SIZE_MAX, .count = 1};
        return true;
    }
    int64_t count = 1;
    const char *kind_id = item;
    if (*item == '*') {
        count = 0;
        kind_id = item + 1;
    } else if (value_take_count(&kind_id, &count) && (count < 1 || count > STEP_COUNT_MAX)) {
        build_mistake(build, "bad-clock", key->line,
                      _("\"%s\" is not between 1 and %d; write * for as many as fit"), item,
                      STEP_COUNT_MAX);
        return false;
    }
    kind_id += strspn(kind_id, " \t");
    if (!value_is_id(kind_id)) {
        build_mistake(build, "bad-clock", key->line,
                      _("\"%s\" is not a step of a clock; write segment:CODE, 3 KIND or * KIND"),
                      item);
        return false;
    }
    const struct name *kind = build_reference(build, NAME_KIND, kind_id, key->line);
    *step = (struct clock_step){.kind = kind ? kind->index : SIZE_MAX, .count = (int)count};
    return kind != NULL;
}

static void clock_items(struct build *build, const struct raw_key *key, void *into)
{
    struct clock_def *clock = into;
    struct clock_step *steps = NULL;
    size_t n = 0;
    size_t capacity = 0;
    char *list = build_copy(build, key->value);
    char *item = NULL;
    while ((item = value_next_item(&list))) {
        if (n == STEPS_MAX) {
            build_mistake(build, "bad-clock", key->line,
                          _("a clock has at most %d steps; divide it"), STEPS_MAX);
            return;
        }
        struct clock_step *grown = build_grow(build, steps, n, &capacity, sizeof *steps);
        if (!grown) {
            return;
        }
        steps = grown;
        n += read_step(build, key, item, &steps[n]);
    }
    clock->steps = steps;
    clock->n_steps = n;
}

void read_clock(struct build *build, const struct raw_section *section, struct clock_def *clock)
{
    static const struct key_rule rules[] = {
        {"title", clock_title, false},
        {"items", clock_items, false},
    };
    size_t n_errors = build->findings->n_errors;
    build_keys(build, section, rules, ARRAY_LEN(rules), clock);
    if (clock->n_steps == 0 && build->findings->n_errors == n_errors) {
        build_mistake(build, "empty-clock", section->line,
                      _("the clock has no items; write items = and what it plays in turn"));
    }
}

static void layer_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct layer_def *)into)->title);
}

static void layer_calendar(struct build *build, const struct raw_key *key, void *into)
{
    struct layer_def *layer = into;
    struct fault fault;
    if (!value_is_address(key->value)) {
        layer->calendar = key->value;
        return;
    }
    int r = value_address(build->arena, key->value, &layer->url, &fault);
    if (r < 0) {
        build_fault(build, "bad-address", key->line, r, &fault);
        return;
    }
    size_t n = strlen("calendars/.ics") + strlen(layer->id) + 1;
    char *copy = build_take(build, n, 1);
    if (copy) {
        snprintf(copy, n, "calendars/%s.ics", layer->id);
        layer->calendar = copy;
    }
}

static void layer_login(struct build *build, const struct raw_key *key, void *into)
{
    struct layer_def *layer = into;
    layer->login = key->value;
    layer->login_line = key->line;
    if (!*key->value) {
        build_mistake(build, "no-login", key->line,
                      _("write the name of a file that holds name:password"));
    }
}

static void layer_every(struct build *build, const struct raw_key *key, void *into)
{
    struct layer_def *layer = into;
    struct fault fault;
    int r = value_duration(key->value, EVERY_MAX_US, &layer->every_us, &fault);
    if (r < 0) {
        build_fault(build, "bad-duration", key->line, r, &fault);
    } else if (layer->every_us < EVERY_MIN_US) {
        build_mistake(build, "bad-duration", key->line,
                      _("a server is asked once a minute at most; write every = 15 min"));
    }
}

static void layer_replaces(struct build *build, const struct raw_key *key, void *into)
{
    struct layer_def *layer = into;
    const struct name *other = build_reference(build, NAME_LAYER, key->value, key->line);
    if (other && other->index >= (size_t)(layer - build->layers)) {
        build_mistake(build, "bad-layer", key->line,
                      _("a layer can only replace one below it; write [layer %s] before this one"),
                      other->id);
        return;
    }
    layer->replaces = other ? other->index : SIZE_MAX;
}

static void layer_from(struct build *build, const struct raw_key *key, void *into)
{
    build_instant(build, key, &((struct layer_def *)into)->from_us);
}

static void layer_until(struct build *build, const struct raw_key *key, void *into)
{
    build_instant(build, key, &((struct layer_def *)into)->until_us);
}

/* What the keys of a layer say together. */
static void check_address(struct build *build, const struct raw_section *section,
                          const struct layer_def *layer)
{
    for (size_t i = 0; !layer->url && i < section->n_keys; i++) {
        const struct raw_key *key = &section->keys[i];
        if (strcmp(key->name, "login") == 0 || strcmp(key->name, "every") == 0) {
            build_mistake(build, "no-address", key->line,
                          _("%s is for a calendar that is a web address, and this one is a file"),
                          key->name);
        }
    }
    if (layer->url && layer->login && address_is_open(layer->url)) {
        build_mistake(build, "open-login", layer->login_line,
                      _("the password would cross the network for everybody to read; write "
                        "calendar = https://…"));
    }
}

void read_layer(struct build *build, const struct raw_section *section, size_t layer)
{
    static const struct key_rule rules[] = {
        {"title", layer_title, false},       {"calendar", layer_calendar, false},
        {"login", layer_login, false},       {"every", layer_every, false},
        {"replaces", layer_replaces, false}, {"from", layer_from, false},
        {"until", layer_until, false},
    };
    struct layer_def *def = &build->layers[layer];
    size_t n_errors = build->findings->n_errors;
    build_keys(build, section, rules, ARRAY_LEN(rules), def);
    build_check_dates(build, def->from_us, def->until_us, section->line);
    if (build->findings->n_errors != n_errors) {
        return;
    }
    check_address(build, section, def);
    if (!*def->calendar) {
        build_mistake(build, "no-calendar", section->line,
                      _("the layer names no calendar; write calendar = schedules/%s.ics"), def->id);
    }
}
