/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/line_sets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/table.h"
#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "station/station.h"

enum {
    NAMES_MAX_BYTES = 32 << 20,
    CACHE_MAX_BYTES = 64 << 20,
    TEXT_MAX_BYTES = 8 << 20,
};

struct line_sets {
    struct db *db;
    const struct station *station;
    struct stmt *insert;
    struct stmt *select_id;
    struct stmt *select_text;
    struct arena *names_arena;
    const size_t *sorted; /* the station's lines by id, bytewise */
    struct table names;   /* id of a line: its index, a size_t */
    size_t n_lines;
    /* What was asked for before. Dropped as a whole when it grows too large. */
    struct arena *cache;
    struct table numbers; /* a set's words: int64_t */
    struct table texts;   /* a number: char */
    struct table sets;    /* a number: struct line_set */
};

static int out_of_memory(const struct line_sets *sets, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, db_path(sets->db), 0, _("out of memory"));
}

static int cache_clear(struct line_sets *sets)
{
    struct arena *fresh = arena_create(CACHE_MAX_BYTES);
    if (!fresh) {
        return -ENOMEM;
    }
    arena_destroy(sets->cache);
    sets->cache = fresh;
    line_sets_forget(sets);
    return 0;
}

struct id_of_line {
    const char *id;
    size_t line;
};

static int compare_ids(const void *a, const void *b)
{
    const struct id_of_line *left = a;
    const struct id_of_line *right = b;
    return strcmp(left->id, right->id);
}

static int name_line(struct line_sets *sets, const char *id, size_t n_bytes, size_t line)
{
    size_t *index = arena_take(sets->names_arena, 1, sizeof *index);
    if (!index) {
        return -ENOMEM;
    }
    *index = line;
    return table_put(&sets->names, id, n_bytes, index);
}

static int name_lines(struct line_sets *sets)
{
    size_t n = sets->station ? sets->station->n_lines : 0;
    AUTO_FREE struct id_of_line *ids = calloc(n + 1, sizeof *ids);
    size_t *sorted = arena_take(sets->names_arena, n, sizeof *sorted);
    if (!ids || !sorted) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        const char *id = sets->station->lines[i].id;
        ids[i] = (struct id_of_line){.id = id, .line = i};
        int r = name_line(sets, id, strlen(id), i);
        if (r < 0) {
            return r;
        }
    }
    qsort(ids, n, sizeof *ids, compare_ids);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = ids[i].line;
    }
    sets->sorted = sorted;
    sets->n_lines = n;
    return 0;
}

static int prepare(struct line_sets *sets, struct fault *reterr)
{
    int r = db_prepare(sets->db, "INSERT OR IGNORE INTO line_set (lines) VALUES (?)", &sets->insert,
                       reterr);
    if (r == 0) {
        r = db_prepare(sets->db, "SELECT id FROM line_set WHERE lines = ?", &sets->select_id,
                       reterr);
    }
    if (r == 0) {
        r = db_prepare(sets->db, "SELECT lines FROM line_set WHERE id = ?", &sets->select_text,
                       reterr);
    }
    return r;
}

int line_sets_create(struct db *db, const struct station *station, struct line_sets **ret_sets,
                     struct fault *reterr)
{
    AUTO(line_sets_destroy) struct line_sets *sets = calloc(1, sizeof *sets);
    if (!sets) {
        return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
    }
    sets->db = db;
    sets->station = station;
    sets->names_arena = arena_create(NAMES_MAX_BYTES);
    sets->names.arena = sets->names_arena;
    if (!sets->names_arena || cache_clear(sets) < 0 || name_lines(sets) < 0) {
        return out_of_memory(sets, reterr);
    }
    int r = prepare(sets, reterr);
    if (r < 0) {
        return r;
    }
    *ret_sets = STEAL(sets);
    return 0;
}

struct line_sets *line_sets_destroy(struct line_sets *sets)
{
    if (sets) {
        stmt_close(sets->insert);
        stmt_close(sets->select_id);
        stmt_close(sets->select_text);
        arena_destroy(sets->names_arena);
        arena_destroy(sets->cache);
        free(sets);
    }
    return NULL;
}

size_t line_sets_n_lines(const struct line_sets *sets)
{
    return sets->n_lines;
}

void line_sets_forget(struct line_sets *sets)
{
    sets->numbers = sets->texts = sets->sets = (struct table){.arena = sets->cache};
}

/* A full cache is emptied and the piece put once more; what does not fit then, never will. */
static int cache_put(struct line_sets *sets, struct table *table, const void *key, size_t n_bytes,
                     const void *value, size_t value_bytes, void **ret_copy)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        char *copy = arena_strndup(sets->cache, value, value_bytes);
        if (copy && table_put(table, key, n_bytes, copy) == 0) {
            *ret_copy = copy;
            return 0;
        }
        if (cache_clear(sets) < 0) {
            break;
        }
    }
    return -ENOMEM;
}

static int text_of(const struct line_sets *sets, struct line_set set, struct strbuf *text)
{
    strbuf_init(text, TEXT_MAX_BYTES);
    for (size_t i = 0; sets->station && i < sets->station->n_lines; i++) {
        if (line_set_has(set, sets->sorted[i])) {
            strbuf_add(text, text->n ? " " : "");
            strbuf_add(text, sets->station->lines[sets->sorted[i]].id);
        }
    }
    return strbuf_failed(text) ? -ENOMEM : 0;
}

static int number_in_db(struct line_sets *sets, const char *text, int64_t *ret_id,
                        struct fault *reterr)
{
    stmt_bind(sets->select_id, "t", text);
    int r = stmt_step(sets->select_id, reterr);
    if (r == 0) {
        stmt_bind(sets->insert, "t", text);
        r = stmt_step(sets->insert, reterr);
        stmt_bind(sets->insert, "");
        if (r < 0) {
            return r;
        }
        stmt_bind(sets->select_id, "t", text);
        r = stmt_step(sets->select_id, reterr);
    }
    if (r == 1) {
        *ret_id = stmt_i64(sets->select_id, 0);
    }
    stmt_bind(sets->select_id, ""); /* a statement left at a row would hold its transaction */
    return r < 0 ? r : 0;
}

int line_sets_number(struct line_sets *sets, struct line_set set, int64_t *ret_id,
                     struct fault *reterr)
{
    size_t n_bytes = set.n_words * sizeof *set.words;
    const void *words = n_bytes ? (const void *)set.words : "";
    const int64_t *known = table_find(&sets->numbers, words, n_bytes);
    if (known) {
        *ret_id = *known;
        return 0;
    }
    struct strbuf text;
    int r = text_of(sets, set, &text);
    if (r < 0) {
        r = out_of_memory(sets, reterr);
    } else {
        r = number_in_db(sets, strbuf_text(&text), ret_id, reterr);
    }
    strbuf_finish(&text);
    void *copy = NULL;
    if (r == 0 &&
        cache_put(sets, &sets->numbers, words, n_bytes, ret_id, sizeof *ret_id, &copy) < 0) {
        r = out_of_memory(sets, reterr);
    }
    return r;
}

int line_sets_text(struct line_sets *sets, int64_t id, const char **ret_text, struct fault *reterr)
{
    const char *known = table_find(&sets->texts, &id, sizeof id);
    if (known) {
        *ret_text = known;
        return 0;
    }
    stmt_bind(sets->select_text, "i", id);
    int r = stmt_step(sets->select_text, reterr);
    if (r == 0) {
        r = fault_set(reterr, EUCLEAN, db_path(sets->db), 0,
                      _("is damaged: a set of lines is missing; put back a safety copy"));
    }
    if (r == 1) {
        const char *text = stmt_text(sets->select_text, 0);
        void *copy = NULL;
        r = !text ? -ENOMEM
                  : cache_put(sets, &sets->texts, &id, sizeof id, text, strlen(text), &copy);
        if (r < 0) {
            r = out_of_memory(sets, reterr);
        } else {
            *ret_text = copy;
        }
    }
    stmt_bind(sets->select_text, "");
    return r;
}

/* Call for each id in a text of ids with one space between. */
static int each_id(const char *text,
                   int (*visit)(struct line_sets *sets, const char *id, size_t n,
                                struct line_set into),
                   struct line_sets *sets, struct line_set into)
{
    int r = 0;
    while (*text && r == 0) {
        size_t n = strcspn(text, " ");
        r = visit(sets, text, n, into);
        text += n + (text[n] == ' ');
    }
    return r;
}

static int add_line(struct line_sets *sets, const char *id, size_t n, struct line_set into)
{
    const size_t *index = table_find(&sets->names, id, n);
    if (index) {
        line_set_add(into, *index);
    }
    return 0;
}

static struct line_set *new_set(struct line_sets *sets, int64_t id)
{
    struct line_set *set = arena_take(sets->cache, 1, sizeof *set);
    if (set) {
        *set = line_set_make(sets->cache, sets->n_lines);
    }
    return set && set->words && table_put(&sets->sets, &id, sizeof id, set) == 0 ? set : NULL;
}

int line_sets_read(struct line_sets *sets, int64_t id, struct line_set *ret_set,
                   struct fault *reterr)
{
    const struct line_set *known = table_find(&sets->sets, &id, sizeof id);
    for (int attempt = 0; !known && attempt < 2; attempt++) {
        const char *text = NULL;
        int r = line_sets_text(sets, id, &text, reterr);
        if (r < 0) {
            return r;
        }
        struct line_set *set = new_set(sets, id);
        if (set) {
            (void)each_id(text, add_line, sets, *set);
        } else if (cache_clear(sets) < 0) {
            break;
        }
        known = set;
    }
    if (!known) {
        return out_of_memory(sets, reterr);
    }
    *ret_set = *known;
    return 0;
}

static int add_former(struct line_sets *sets, const char *id, size_t n, struct line_set into)
{
    (void)into;
    if (table_find(&sets->names, id, n)) {
        return 0;
    }
    int r = name_line(sets, id, n, sets->n_lines);
    sets->n_lines += r == 0;
    return r;
}

int line_sets_keep_former(struct line_sets *sets, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *all = NULL;
    int r = db_prepare(sets->db, "SELECT lines FROM line_set ORDER BY id", &all, reterr);
    while (r == 0 && (r = stmt_step(all, reterr)) == 1) {
        const char *text = stmt_text(all, 0);
        r = text ? each_id(text, add_former, sets, (struct line_set){0}) : -ENOMEM;
        if (r < 0) {
            return out_of_memory(sets, reterr);
        }
    }
    sets->sets = (struct table){.arena = sets->cache};
    return r;
}

size_t line_sets_find(const struct line_sets *sets, const char *id, size_t n_bytes)
{
    const size_t *index = table_find(&sets->names, id, n_bytes);
    return index ? *index : SIZE_MAX;
}
