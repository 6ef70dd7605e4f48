/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "station/build.h"
#include "station/values.h"

/* What a station does not air while it mourns, or for whatever else it has a mode: [mode ID] */

static void mode_title(struct build *build, const struct raw_key *key, void *into)
{
    (void)build;
    build_title(key, &((struct mode_def *)into)->title);
}

static int compare_kinds(const void *a, const void *b)
{
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Sort, and keep one of each. */
static size_t settle_kinds(size_t *kinds, size_t n)
{
    size_t kept = 0;
    if (n) {
        qsort(kinds, n, sizeof *kinds, compare_kinds);
    }
    for (size_t i = 0; i < n; i++) {
        if (!kept || kinds[kept - 1] != kinds[i]) {
            kinds[kept++] = kinds[i];
        }
    }
    return kept;
}

static void mode_withholds(struct build *build, const struct raw_key *key, void *into)
{
    struct mode_def *mode = into;
    size_t *kinds = NULL;
    size_t n = 0;
    size_t capacity = 0;
    char *list = build_copy(build, key->value);
    char *item = NULL;
    while ((item = value_next_item(&list))) {
        if (strcmp(item, "khan-cap") == 0) {
            build_mistake(build, "bad-mode", key->line,
                          _("no mode withholds an emergency; take khan-cap out"));
            continue;
        }
        const struct name *kind = build_reference(build, NAME_KIND, item, key->line);
        size_t *grown = build_grow(build, kinds, n, &capacity, sizeof *kinds);
        if (!grown) {
            return;
        }
        kinds = grown;
        if (kind) {
            kinds[n++] = kind->index;
        }
    }
    mode->withholds = kinds;
    mode->n_withholds = settle_kinds(kinds, n);
}

void read_mode(struct build *build, const struct raw_section *section, struct mode_def *mode)
{
    static const struct key_rule rules[] = {
        {"title", mode_title, false},
        {"withholds", mode_withholds, false},
    };
    size_t n_errors = build->findings->n_errors;
    build_keys(build, section, rules, ARRAY_LEN(rules), mode);
    if (mode->n_withholds == 0 && build->findings->n_errors == n_errors) {
        build_mistake(build, "no-withholds", section->line,
                      _("the mode withholds nothing; write withholds = ca-nhac, nhac-hieu"));
    }
}
