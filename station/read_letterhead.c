/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>

#include "base/i18n.h"
#include "station/build.h"

/* [report]: who reports to whom */

enum { RECIPIENTS_MAX = 20 };

static void letterhead_superior(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct letterhead *)into)->superior);
}

static void letterhead_issuer(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct letterhead *)into)->issuer);
}

static void letterhead_symbol(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct letterhead *)into)->symbol);
}

static void letterhead_place(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct letterhead *)into)->place);
}

static void letterhead_authority(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct letterhead *)into)->authority);
}

static void letterhead_position(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct letterhead *)into)->position);
}

static void letterhead_signer(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct letterhead *)into)->signer);
}

static void letterhead_recipient(struct build *build, const struct raw_key *key, void *into)
{
    struct letterhead *letterhead = into;
    const char *recipient = NULL;
    build_title(key, &recipient);
    if (!recipient) {
        return;
    }
    if (letterhead->n_recipients == RECIPIENTS_MAX) {
        build_mistake(build, "too-many", key->line, _("a report goes to at most %d recipients"),
                      RECIPIENTS_MAX);
        return;
    }
    if (!letterhead->recipients) {
        letterhead->recipients = build_take(build, RECIPIENTS_MAX, sizeof(const char *));
    }
    if (letterhead->recipients) {
        letterhead->recipients[letterhead->n_recipients++] = recipient;
    }
}

void read_letterhead(struct build *build, const struct raw_section *section)
{
    static const struct key_rule rules[] = {
        {"superior", letterhead_superior, false},   {"issuer", letterhead_issuer, false},
        {"symbol", letterhead_symbol, false},       {"place", letterhead_place, false},
        {"authority", letterhead_authority, false}, {"position", letterhead_position, false},
        {"signer", letterhead_signer, false},       {"recipient", letterhead_recipient, true},
    };
    if (section->id) {
        build_mistake(build, "bad-id", section->line,
                      _("there is one letterhead and it has no id; write [report]"));
    }
    build_keys(build, section, rules, ARRAY_LEN(rules), &build->station->letterhead);
}
