/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/i18n.h"
#include "station/build.h"
#include "station/values.h"

/* Where sound comes from besides recordings: [relay ID] and [input ID] */

static void source_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct source_def *)into)->title);
}

static void source_kind(struct build *build, const struct raw_key *key, void *into)
{
    const struct name *kind = build_reference(build, NAME_KIND, key->value, key->line);
    if (kind) {
        ((struct source_def *)into)->kind = kind->index;
    }
}

static void source_topic(struct build *build, const struct raw_key *key, void *into)
{
    const struct name *topic = build_reference(build, NAME_TOPIC, key->value, key->line);
    if (topic) {
        ((struct source_def *)into)->topic = topic->index;
    }
}

static void relay_url(struct build *build, const struct raw_key *key, void *into)
{
    struct source_def *relay = into;
    struct fault fault = {0};
    int r = station_check_stream(key->value, &fault);
    build_fault(build, "bad-address", key->line, r, &fault);
    relay->target = key->value;
}

static void input_device(struct build *build, const struct raw_key *key, void *into)
{
    struct source_def *input = into;
    struct fault fault = {0};
    char *text = build_copy(build, key->value);
    int r =
        text ? value_device(text, &input->target, input->channels, &input->n_channels, &fault) : 0;
    build_fault(build, "bad-device", key->line, r, &fault);
}

static void source_preroll(struct build *build, const struct raw_key *key, void *into)
{
    static const struct value_unit unit = {"s", "10 s", (double)SOURCE_PREROLL_MIN_US / 1e6,
                                           (double)SOURCE_PREROLL_MAX_US / 1e6};
    struct source_def *source = into;
    struct fault fault = {0};
    double seconds = (double)source->preroll_us / 1e6;
    int r = value_quantity(key->value, &unit, &seconds, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
    source->preroll_us = (int64_t)(seconds * 1e6);
}

static void input_duck(struct build *build, const struct raw_key *key, void *into)
{
    static const struct value_unit unit = {"dB", "-15 dB", -40, -3};
    struct source_def *input = into;
    struct fault fault = {0};
    int r = value_quantity(key->value, &unit, &input->duck_db, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

void read_relay(struct build *build, const struct raw_section *section, struct source_def *relay)
{
    static const struct key_rule rules[] = {
        {"title", source_title, false},      {"url", relay_url, false},
        {"kind", source_kind, false},        {"topic", source_topic, false},
        {"pre-roll", source_preroll, false},
    };
    size_t n_errors = build->findings->n_errors;
    build_keys(build, section, rules, ARRAY_LEN(rules), relay);
    if (!*relay->target && build->findings->n_errors == n_errors) {
        build_mistake(build, "no-address", section->line,
                      _("the relay has no address; write url = https:// and so on"));
    }
}

void read_input(struct build *build, const struct raw_section *section, struct source_def *input)
{
    static const struct key_rule rules[] = {
        {"title", source_title, false},      {"device", input_device, false},
        {"kind", source_kind, false},        {"topic", source_topic, false},
        {"pre-roll", source_preroll, false}, {"duck", input_duck, false},
    };
    size_t n_errors = build->findings->n_errors;
    build_keys(build, section, rules, ARRAY_LEN(rules), input);
    if (!*input->target && build->findings->n_errors == n_errors) {
        build_mistake(build, "no-device", section->line,
                      _("the input names no sound device; write device = default, or a name that "
                        "loa devices lists"));
    }
}
