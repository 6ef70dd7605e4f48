/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/checked.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "media/fold.h"
#include "station/station.h"

/* An id has at most 64 bytes, and one stands between two. */
enum { TAGS_MAX = 64, TAGS_MAX_BYTES = TAGS_MAX * (64 + 1) };

struct id_list {
    const char *what; /* for a message */
    const char *rule;
    const void *items; /* each begins with its id */
    size_t n;
    size_t item_bytes;
};

static void unknown_id(const struct checking *checking, const struct id_list *list, const char *id,
                       const struct origin *origin)
{
    const char *near = station_nearest_id(id, list->items, list->n, list->item_bytes);
    if (near) {
        findings_add(checking->findings, SEVERITY_ERROR, list->rule, origin->file, origin->line,
                     _("the station has no %s `%s`; did you mean `%s`?"), list->what, id, near);
    } else {
        findings_add(checking->findings, SEVERITY_ERROR, list->rule, origin->file, origin->line,
                     _("the station has no %s `%s`; name one of %s, or add it there"), list->what,
                     id, checking->station->file);
    }
}

static int keep(const struct checking *checking, const char *text, const char **ret)
{
    *ret = arena_strdup(checking->arena, text);
    return *ret ? 0 : -ENOMEM;
}

int checked_kind(const struct checking *checking, const struct origin *origin,
                 const char **ret_kind)
{
    const struct station *station = checking->station;
    if (!origin->text) {
        *ret_kind = NULL;
        return 0;
    }
    if (station_find_kind(station, origin->text) == SIZE_MAX) {
        unknown_id(checking,
                   &(struct id_list){_("kind"), "unknown-kind", station->kinds, station->n_kinds,
                                     sizeof *station->kinds},
                   origin->text, origin);
    }
    return keep(checking, origin->text, ret_kind);
}

int checked_topic(const struct checking *checking, const struct origin *origin,
                  const char **ret_topic)
{
    const struct station *station = checking->station;
    if (!origin->text) {
        *ret_topic = NULL;
        return 0;
    }
    if (station_find_topic(station, origin->text) == SIZE_MAX) {
        unknown_id(checking,
                   &(struct id_list){_("topic"), "unknown-topic", station->topics,
                                     station->n_topics, sizeof *station->topics},
                   origin->text, origin);
    }
    return keep(checking, origin->text, ret_topic);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_tag(const char *const *tags, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(tags[i], id) == 0) {
            return true;
        }
    }
    return false;
}

/* Sorted, one space between. */
static int join_tags(const struct checking *checking, const char *tags[static TAGS_MAX], size_t n,
                     const char **ret_tags)
{
    struct strbuf buf;
    strbuf_init(&buf, TAGS_MAX_BYTES);
    qsort(tags, n, sizeof *tags, compare_texts);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(&buf, "%s%s", i > 0 ? " " : "", tags[i]);
    }
    int r = strbuf_failed(&buf) ? -ENOMEM : keep(checking, strbuf_text(&buf), ret_tags);
    strbuf_finish(&buf);
    return r;
}

int checked_tags(const struct checking *checking, const struct origin *origin,
                 const char **ret_tags)
{
    const struct station *station = checking->station;
    const char *tags[TAGS_MAX];
    size_t n = 0;
    char *rest = arena_strdup(checking->arena, origin->text ? origin->text : "");
    if (!rest) {
        return -ENOMEM;
    }
    for (char *tag = strtok_r(rest, ", \t", &rest); tag; tag = strtok_r(NULL, ", \t", &rest)) {
        size_t index = station_find_tag(station, tag);
        if (index == SIZE_MAX) {
            unknown_id(checking,
                       &(struct id_list){_("tag"), "unknown-tag", station->tags, station->n_tags,
                                         sizeof *station->tags},
                       tag, origin);
        } else if (has_tag(tags, n, tag)) {
            continue;
        } else if (n == TAGS_MAX) {
            findings_add(checking->findings, SEVERITY_ERROR, "too-many-tags", origin->file,
                         origin->line, _("has more than %d tags; keep the telling ones"), TAGS_MAX);
            break;
        } else {
            tags[n++] = station->tags[index].id;
        }
    }
    return join_tags(checking, tags, n, ret_tags);
}

void make_one_line(char *text)
{
    for (char *c = text; *c; c++) {
        if (iscntrl((unsigned char)*c)) {
            *c = ' ';
        }
    }
}

int checked_title(const struct checking *checking, const struct origin *origin,
                  const char **ret_title)
{
    *ret_title = NULL;
    AUTO_FREE char *composed = origin->text ? text_normalise(origin->text, TEXT_COMPOSED) : NULL;
    if (!origin->text) {
        return 0;
    }
    if (!composed) {
        findings_add(checking->findings, SEVERITY_ERROR, "bad-title", origin->file, origin->line,
                     _("the title is not UTF-8 text"));
    } else if (text_has_control(composed)) {
        findings_add(checking->findings, SEVERITY_ERROR, "bad-title", origin->file, origin->line,
                     _("the title holds a line break or another control character; write it on "
                       "one line"));
    } else if (strlen(composed) > CHECKED_TITLE_MAX_BYTES) {
        findings_add(checking->findings, SEVERITY_ERROR, "bad-title", origin->file, origin->line,
                     _("the title has %zu bytes, and %d are the most; shorten it"),
                     strlen(composed), CHECKED_TITLE_MAX_BYTES);
    } else {
        return keep(checking, composed, ret_title);
    }
    return 0;
}
