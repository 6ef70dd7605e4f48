/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "station/build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/zone.h"

#define SEGMENT_WORD "segment:"

void build_mistake(struct build *build, const char *rule, unsigned line, const char *format, ...)
{
    char text[FAULT_TEXT_MAX + 1]; /* longer than what fits, so that the fault sees it is cut */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    findings_add(build->findings, SEVERITY_ERROR, rule, build->file, line, "%s", text);
}

void build_fault(struct build *build, const char *rule, unsigned line, int r,
                 const struct fault *fault)
{
    if (r == -ENOMEM) {
        build->out_of_memory = true;
    } else if (r < 0) {
        build_mistake(build, rule, line, "%s", fault->text);
    }
}

void *build_take(struct build *build, size_t n_items, size_t item_bytes)
{
    void *memory = arena_take(build->arena, n_items, item_bytes);
    build->out_of_memory |= !memory;
    return memory;
}

void *build_grow(struct build *build, void *items, size_t n, size_t *capacity, size_t item_bytes)
{
    void *memory = arena_grow(build->arena, items, n, capacity, item_bytes);
    build->out_of_memory |= !memory;
    return memory;
}

char *build_copy(struct build *build, const char *value)
{
    char *copy = arena_strdup(build->arena, value);
    build->out_of_memory |= !copy;
    return copy;
}

static void unknown_key(struct build *build, const struct raw_section *section,
                        const struct raw_key *key, const struct key_rule *rules, size_t n_rules)
{
    const char *near = station_nearest_id(key->name, &rules[0].name, n_rules, sizeof *rules);
    if (near) {
        build_mistake(build, "unknown-key", key->line,
                      _("[%s] has no key \"%s\"; did you mean \"%s\"?"), section->type, key->name,
                      near);
        return;
    }
    struct strbuf all;
    strbuf_init(&all, FAULT_TEXT_MAX);
    for (size_t i = 0; i < n_rules; i++) {
        strbuf_printf(&all, "%s%s", i ? ", " : "", rules[i].name);
    }
    build_mistake(build, "unknown-key", key->line, _("[%s] has no key \"%s\"; its keys are %s"),
                  section->type, key->name, strbuf_text(&all));
    strbuf_finish(&all);
}

void build_keys(struct build *build, const struct raw_section *section,
                const struct key_rule *rules, size_t n_rules, void *into)
{
    unsigned first_lines[KEY_RULES_MAX] = {0};
    for (size_t k = 0; k < section->n_keys; k++) {
        const struct raw_key *key = &section->keys[k];
        size_t i = 0;
        while (i < n_rules && strcmp(rules[i].name, key->name) != 0) {
            i++;
        }
        if (i == n_rules) {
            unknown_key(build, section, key, rules, n_rules);
        } else if (first_lines[i] && !rules[i].repeats) {
            build_mistake(build, "duplicate-key", key->line,
                          _("\"%s\" was already written in line %u; keep one of them"), key->name,
                          first_lines[i]);
        } else {
            first_lines[i] = key->line;
            rules[i].read(build, key, into);
        }
    }
}

void build_unknown(struct build *build, enum name_type type, const char *id, unsigned line)
{
    const char *word = name_type_word(type);
    const char *near = names_nearest(&build->names, type, id);
    if (near) {
        build_mistake(build, "unknown-id", line, _("there is no [%s %s]; did you mean \"%s\"?"),
                      word, id, near);
    } else {
        build_mistake(build, "unknown-id", line,
                      _("there is no [%s %s]; write such a section, or an id that exists"), word,
                      id);
    }
}

const struct name *build_reference(struct build *build, enum name_type type, const char *id,
                                   unsigned line)
{
    const struct name *name = names_find(&build->names, type, id);
    if (!name) {
        build_unknown(build, type, id, line);
        return NULL;
    }
    if (name->type != type) {
        build_mistake(build, "wrong-type", line,
                      _("\"%s\" is a [%s], but a [%s] belongs here; write the id of one"), id,
                      name_type_word(name->type), name_type_word(type));
        return NULL;
    }
    return name;
}

void build_title(const struct raw_key *key, const char **title)
{
    if (*key->value) {
        *title = key->value;
    }
}

void build_instant(struct build *build, const struct raw_key *key, int64_t *ret_us)
{
    struct fault fault = {0};
    int r = zone_parse_instant(key->value, ret_us, &fault);
    build_fault(build, "bad-date", key->line, r, &fault);
}

const char *build_segment_code(const char *item)
{
    size_t n = strlen(SEGMENT_WORD);
    return strncmp(item, SEGMENT_WORD, n) == 0 ? item + n : NULL;
}

void build_check_dates(struct build *build, int64_t from_us, int64_t until_us, unsigned line)
{
    if (from_us >= until_us) {
        build_mistake(build, "bad-dates", line,
                      _("\"from\" is not before \"until\"; \"until\" is the first day that no "
                        "longer belongs"));
    }
}
