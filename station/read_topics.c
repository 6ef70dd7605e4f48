/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/strbuf.h"
#include "station/build.h"
#include "station/period.h"
#include "station/values.h"

/* [topic ID] and its quotas, [tag ID], [kind ID] */

enum { QUOTAS_MAX = 100, CHAIN_SHOWN_MAX = 16, CROSSFADE_MAX_US = 30 * 1000000 };

static void topic_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct topic_def *)into)->title);
}

static void topic_parent(struct build *build, const struct raw_key *key, void *into)
{
    struct topic_def *topic = into;
    const struct name *parent = build_reference(build, NAME_TOPIC, key->value, key->line);
    topic->parent = parent ? parent->index : SIZE_MAX;
}

/* "60 min", "12 features", "120 items": one measure, at most once in a quota. */
static bool read_measure(const char *text, struct quota_def *quota)
{
    static const struct {
        const char *word;
        size_t offset;
        int64_t factor;
    } measures[] = {
        {"min", offsetof(struct quota_def, seconds), 60},
        {"h", offsetof(struct quota_def, seconds), 3600},
        {"s", offsetof(struct quota_def, seconds), 1},
        {"feature", offsetof(struct quota_def, features), 1},
        {"features", offsetof(struct quota_def, features), 1},
        {"item", offsetof(struct quota_def, items), 1},
        {"items", offsetof(struct quota_def, items), 1},
    };
    int64_t count = 0;
    if (!value_take_count(&text, &count) || count == 0) {
        return false;
    }
    text += strspn(text, " \t");
    for (size_t i = 0; i < ARRAY_LEN(measures); i++) {
        if (strcmp(text, measures[i].word) == 0) {
            int64_t *field = (void *)((char *)quota + measures[i].offset);
            bool is_first = *field == 0;
            *field = count * measures[i].factor;
            return is_first;
        }
    }
    return false;
}

/* "2023: 60 min, 12 features, 120 items" */
static int parse_quota(struct build *build, const struct raw_key *key, struct quota_def *quota,
                       struct fault *fault)
{
    *quota = (struct quota_def){.file_line = key->line};
    char *text = build_copy(build, key->value);
    if (!text) {
        return -ENOMEM;
    }
    char *colon = strchr(text, ':');
    if (!colon) {
        return fault_set(fault, EINVAL, NULL, 0,
                         _("\"%s\" is not a quota; write it as in 2023: 60 min, 12 features, "
                           "120 items"),
                         text);
    }
    *colon = '\0';
    quota->period = value_trim(text);
    char *list = colon + 1;
    char *item = NULL;
    while ((item = value_next_item(&list))) {
        if (!read_measure(item, quota)) {
            return fault_set(fault, EINVAL, NULL, 0,
                             _("\"%s\" is not understood here; write min, features and items "
                               "once each at most, as in 60 min, 12 features, 120 items"),
                             item);
        }
    }
    return period_parse(quota->period, &quota->from_us, &quota->until_us, fault);
}

static void topic_quota(struct build *build, const struct raw_key *key, void *into)
{
    struct topic_def *topic = into;
    struct quota_def quota;
    struct fault fault = {0};
    int r = parse_quota(build, key, &quota, &fault);
    if (r < 0) {
        build_fault(build, "bad-quota", key->line, r, &fault);
        return;
    }
    if (topic->n_quotas == QUOTAS_MAX) {
        build_mistake(build, "too-many-quotas", key->line,
                      _("a topic has at most %d quotas; take old ones out"), QUOTAS_MAX);
        return;
    }
    struct quota_def *quotas = build_take(build, topic->n_quotas + 1, sizeof *quotas);
    if (!quotas) {
        return;
    }
    for (size_t i = 0; i < topic->n_quotas; i++) {
        quotas[i] = topic->quotas[i];
        if (strcmp(quotas[i].period, quota.period) == 0) {
            build_mistake(build, "duplicate-quota", key->line,
                          _("the topic's quota for %s was already written in line %u; keep one of "
                            "them"),
                          quota.period, quotas[i].file_line);
        }
    }
    quotas[topic->n_quotas++] = quota;
    topic->quotas = quotas;
}

void read_topic(struct build *build, const struct raw_section *section, struct topic_def *topic)
{
    static const struct key_rule rules[] = {
        {"title", topic_title, false},
        {"parent", topic_parent, false},
        {"quota", topic_quota, true},
    };
    build_keys(build, section, rules, ARRAY_LEN(rules), topic);
}

static void report_loop(struct build *build, size_t topic)
{
    struct strbuf chain;
    strbuf_init(&chain, FAULT_TEXT_MAX);
    size_t at = topic;
    size_t n = 0;
    do {
        strbuf_printf(&chain, "%s > ", build->topics[at].id);
        at = build->topics[at].parent;
    } while (at != topic && ++n < CHAIN_SHOWN_MAX);
    strbuf_add(&chain, at == topic ? build->topics[topic].id : "…");
    build_mistake(build, "topic-loop", build->topics[topic].file_line,
                  _("topic \"%s\" is its own ancestor: %s; take a parent out"),
                  build->topics[topic].id, strbuf_text(&chain));
    strbuf_finish(&chain);
}

/* Walk up from every topic, marking the way with the topic it began at: coming upon
 * one's own mark is a loop, upon another's is known ground. */
void check_topics(struct build *build)
{
    size_t n = build->station->n_topics;
    size_t *began_at = build_take(build, n, sizeof *began_at);
    if (!began_at) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        while (at != SIZE_MAX && began_at[at] == 0) {
            began_at[at] = i + 1;
            at = build->topics[at].parent;
        }
        if (at != SIZE_MAX && began_at[at] == i + 1) {
            report_loop(build, at);
        }
    }
}

static void tag_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct tag_def *)into)->title);
}

void read_tag(struct build *build, const struct raw_section *section, struct tag_def *tag)
{
    static const struct key_rule rules[] = {{"title", tag_title, false}};
    build_keys(build, section, rules, ARRAY_LEN(rules), tag);
}

static void kind_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct kind_def *)into)->title);
}

static void kind_counts(struct build *build, const struct raw_key *key, void *into)
{
    static const char *const words[] = {
        [COUNTS_NOTHING] = "nothing", [COUNTS_ITEM] = "item", [COUNTS_FEATURE] = "feature"};
    struct kind_def *kind = into;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(key->value, words[i]) == 0) {
            kind->counts = (enum counts_as)i;
            return;
        }
    }
    build_mistake(build, "bad-value", key->line,
                  _("a kind cannot count as \"%s\"; write feature, item or nothing"), key->value);
}

static void kind_hours(struct build *build, const struct raw_key *key, void *into)
{
    struct kind_def *kind = into;
    struct fault fault = {0};
    int r = value_hours(build->arena, key->value, &kind->hours, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

static void kind_crossfade(struct build *build, const struct raw_key *key, void *into)
{
    struct kind_def *kind = into;
    struct fault fault = {0};
    int r = value_duration(key->value, CROSSFADE_MAX_US, &kind->crossfade_us, &fault);
    build_fault(build, "bad-value", key->line, r, &fault);
}

void read_kind(struct build *build, const struct raw_section *section, struct kind_def *kind)
{
    static const struct key_rule rules[] = {
        {"title", kind_title, false},
        {"counts", kind_counts, false},
        {"hours", kind_hours, false},
        {"crossfade", kind_crossfade, false},
    };
    build_keys(build, section, rules, ARRAY_LEN(rules), kind);
}
