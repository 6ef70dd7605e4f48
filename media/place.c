/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/place.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "media/fold.h"
#include "station/station.h"

/* The three lists a word is looked up in. Their items begin with id and title. */
struct named {
    const char *id;
    const char *title;
};

enum { UNKNOWN_MAX = 8 };

enum { LIST_KINDS, LIST_TOPICS, LIST_TAGS, N_LISTS };

struct list {
    const void *items;
    size_t n;
    size_t item_bytes;
};

_Static_assert(offsetof(struct kind_def, id) == offsetof(struct named, id) &&
                   offsetof(struct topic_def, id) == offsetof(struct named, id) &&
                   offsetof(struct tag_def, id) == offsetof(struct named, id) &&
                   offsetof(struct kind_def, title) == offsetof(struct named, title) &&
                   offsetof(struct topic_def, title) == offsetof(struct named, title) &&
                   offsetof(struct tag_def, title) == offsetof(struct named, title),
               "kinds, topics and tags begin with id and title");

static struct list list_of(const struct station *station, int which)
{
    switch (which) {
    case LIST_KINDS:
        return (struct list){station->kinds, station->n_kinds, sizeof *station->kinds};
    case LIST_TOPICS:
        return (struct list){station->topics, station->n_topics, sizeof *station->topics};
    default:
        return (struct list){station->tags, station->n_tags, sizeof *station->tags};
    }
}

static struct named item_of(struct list list, size_t i)
{
    struct named named;
    memcpy(&named, (const char *)list.items + i * list.item_bytes, sizeof named);
    return named;
}

static bool folds_to(const char *text, const char *folded)
{
    AUTO_FREE char *own = text ? text_fold(text) : NULL;
    return own && strcmp(own, folded) == 0;
}

static size_t find_by_id(struct list list, const char *words, const char *folded)
{
    for (size_t i = 0; i < list.n; i++) {
        const char *id = item_of(list, i).id;
        if (strcmp(id, words) == 0 || (folded && folds_to(id, folded))) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* *ret_other: a second one of that title; SIZE_MAX: none. */
static size_t find_by_title(struct list list, const char *folded, size_t *ret_other)
{
    size_t found = SIZE_MAX;
    *ret_other = SIZE_MAX;
    for (size_t i = 0; folded && i < list.n && *ret_other == SIZE_MAX; i++) {
        if (folds_to(item_of(list, i).title, folded)) {
            *(found == SIZE_MAX ? &found : ret_other) = i;
        }
    }
    return found;
}

static size_t find_in(struct list list, const char *words)
{
    AUTO_FREE char *folded = text_fold(words);
    size_t other = SIZE_MAX;
    size_t found = find_by_id(list, words, folded);
    if (found == SIZE_MAX) {
        found = find_by_title(list, folded, &other);
    }
    return other == SIZE_MAX ? found : SIZE_MAX;
}

size_t place_find_kind(const struct station *station, const char *words)
{
    return find_in(list_of(station, LIST_KINDS), words);
}

size_t place_find_topic(const struct station *station, const char *words)
{
    return find_in(list_of(station, LIST_TOPICS), words);
}

/* --- folders ---------------------------------------------------------------------------- */

struct reading {
    const struct station *station;
    const struct place_wanted *wanted;
    struct arena *arena;
    struct place *place;
    size_t n_unknown;
    struct findings *findings;
};

/* The folder stands for item i of a list; a kind or a topic can stand there once. */
static void take_one(const struct reading *r, bool is_wanted, size_t *slot, size_t i, int which)
{
    struct list list = list_of(r->station, which);
    if (*slot == SIZE_MAX || *slot == i || !is_wanted) {
        *slot = *slot == SIZE_MAX ? i : *slot;
    } else if (which == LIST_KINDS) {
        findings_add(r->findings, SEVERITY_ERROR, "two-kinds", r->wanted->file, 0,
                     _("lies in folders of two kinds, `%s` and `%s`; move it into one of them"),
                     item_of(list, *slot).id, item_of(list, i).id);
    } else {
        findings_add(r->findings, SEVERITY_ERROR, "two-topics", r->wanted->file, 0,
                     _("lies in folders of two topics, `%s` and `%s`; move it into one of them"),
                     item_of(list, *slot).id, item_of(list, i).id);
    }
}

/* Of words with a space before each. */
static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *c = words; c && *c; c = strchr(c, ' ')) {
        c++;
        if (strncmp(c, word, n) == 0 && (c[n] == ' ' || c[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static int take(struct reading *r, int which, size_t i)
{
    struct place *place = r->place;
    if (which == LIST_KINDS) {
        take_one(r, r->wanted->kind, &place->kind, i, which);
        return 0;
    }
    if (which == LIST_TOPICS) {
        take_one(r, r->wanted->topic, &place->topic, i, which);
        return 0;
    }
    if (has_word(place->tags, r->station->tags[i].id)) {
        return 0;
    }
    place->tags =
        arena_printf(r->arena, "%s %s", place->tags ? place->tags : "", r->station->tags[i].id);
    return place->tags ? 0 : -ENOMEM;
}

/* The id or title that is spelled most like the folder; NULL: none is near. */
static int nearest_name(const struct reading *r, const char *folded, const char **ret_name)
{
    struct spelled {
        const char *folded;
        const char *name;
    } *words = NULL;
    size_t n = 0;
    size_t capacity = 0;
    for (int which = 0; which < N_LISTS; which++) {
        struct list list = list_of(r->station, which);
        for (size_t i = 0; i < 2 * list.n; i++) {
            struct named named = item_of(list, i / 2);
            const char *name = i % 2 ? named.id : named.title;
            AUTO_FREE char *own = name ? text_fold(name) : NULL;
            if (!own) {
                continue;
            }
            words = arena_grow(r->arena, words, n, &capacity, sizeof *words);
            const char *kept = words ? arena_strdup(r->arena, own) : NULL;
            if (!kept) {
                return -ENOMEM;
            }
            words[n++] = (struct spelled){kept, name};
        }
    }
    const char *near = n ? station_nearest_id(folded, &words[0].folded, n, sizeof *words) : NULL;
    *ret_name = NULL;
    for (size_t i = 0; near && !*ret_name && i < n; i++) {
        *ret_name = words[i].folded == near ? words[i].name : NULL;
    }
    return 0;
}

static int say_unknown(const struct reading *r, const char *folder, const char *folded)
{
    const char *near = NULL;
    int n = folded ? nearest_name(r, folded, &near) : 0;
    if (n < 0) {
        return n;
    }
    if (near) {
        findings_add(r->findings, SEVERITY_ERROR, "unknown-folder", r->wanted->file, 0,
                     _("lies in the folder `%s`, and the station has no such kind, topic or tag; "
                       "did you mean `%s`?"),
                     folder, near);
    } else {
        findings_add(r->findings, SEVERITY_ERROR, "unknown-folder", r->wanted->file, 0,
                     _("lies in the folder `%s`, and the station has no such kind, topic or tag; "
                       "give the folder the name of one of %s, or add it there"),
                     folder, r->station->file);
    }
    return 0;
}

static void say_ambiguous(const struct reading *r, const char *folder, struct list list, size_t a,
                          size_t b)
{
    findings_add(r->findings, SEVERITY_ERROR, "ambiguous-folder", r->wanted->file, 0,
                 _("lies in the folder `%s`, which is the title of both `%s` and `%s`; give the "
                   "folder the one or the other name"),
                 folder, item_of(list, a).id, item_of(list, b).id);
}

static int read_folder(struct reading *r, const char *folder)
{
    AUTO_FREE char *folded = text_fold(folder);
    for (int which = 0; which < N_LISTS; which++) {
        size_t i = find_by_id(list_of(r->station, which), folder, folded);
        if (i != SIZE_MAX) {
            return take(r, which, i);
        }
    }
    for (int which = 0; which < N_LISTS; which++) {
        size_t other = SIZE_MAX;
        struct list list = list_of(r->station, which);
        size_t i = find_by_title(list, folded, &other);
        if (other != SIZE_MAX) {
            say_ambiguous(r, folder, list, i, other);
            return 0;
        }
        if (i != SIZE_MAX) {
            return take(r, which, i);
        }
    }
    /* Of a path that leads through many more, the first are telling enough. */
    bool is_told = r->wanted->kind && r->n_unknown++ < UNKNOWN_MAX;
    return is_told ? say_unknown(r, folder, folded) : 0;
}

int place_read(const struct station *station, const char *folders,
               const struct place_wanted *wanted, struct arena *arena, struct place *ret_place,
               struct findings *findings)
{
    *ret_place = (struct place){.kind = SIZE_MAX, .topic = SIZE_MAX};
    struct reading reading = {.station = station,
                              .wanted = wanted,
                              .arena = arena,
                              .place = ret_place,
                              .findings = findings};
    char *rest = arena_strdup(arena, folders);
    if (!rest) {
        return -ENOMEM;
    }
    int r = 0;
    for (char *folder = strtok_r(rest, "/", &rest); r == 0 && folder;
         folder = strtok_r(NULL, "/", &rest)) {
        r = read_folder(&reading, folder);
    }
    return r;
}
