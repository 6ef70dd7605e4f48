/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "media/segment_row.h"
#include "station/station.h"

enum { IDS_MAX_BYTES = 1 << 20, SCRATCH_MAX_BYTES = 1 << 30 };

/* --- what is asked for -------------------------------------------------------------------- */

static const char *const state_names[] = {"", "draft", "approved", "withdrawn", "expired"};

int search_state_parse(const char *text, enum search_state *ret_state, struct fault *reterr)
{
    for (size_t i = 1; i < ARRAY_LEN(state_names); i++) {
        if (strcmp(text, state_names[i]) == 0) {
            *ret_state = (enum search_state)i;
            return 0;
        }
    }
    const char *near = station_nearest_id(text, &state_names[1], ARRAY_LEN(state_names) - 1,
                                          sizeof state_names[1]);
    return near ? fault_set(reterr, ENOENT, NULL, 0,
                            _("there is no state \"%s\"; did you mean \"%s\"?"), text, near)
                : fault_set(reterr, ENOENT, NULL, 0,
                            _("there is no state \"%s\"; write draft, approved, withdrawn or "
                              "expired"),
                            text);
}

static int check_kind(const struct station *station, const char *kind, struct fault *reterr)
{
    if (!kind || station_find_kind(station, kind) != SIZE_MAX) {
        return 0;
    }
    const char *near = station->n_kinds ? station_nearest_id(kind, station->kinds, station->n_kinds,
                                                             sizeof *station->kinds)
                                        : NULL;
    return near ? fault_set(reterr, ENOENT, NULL, 0,
                            _("the station has no kind \"%s\"; did you mean \"%s\"?"), kind, near)
                : fault_set(reterr, ENOENT, NULL, 0,
                            _("the station has no kind \"%s\"; `loa help station` names them"),
                            kind);
}

static bool topic_is_under(const struct station *station, size_t topic, size_t above)
{
    while (topic != SIZE_MAX && topic != above) {
        topic = station->topics[topic].parent;
    }
    return topic == above;
}

/* The ids of a topic and of all below it, with a space before and behind each. */
static int add_topics(const struct station *station, const char *id, struct strbuf *ids,
                      struct fault *reterr)
{
    size_t above = station_find_topic(station, id);
    if (above == SIZE_MAX) {
        const char *near = station->n_topics
                               ? station_nearest_id(id, station->topics, station->n_topics,
                                                    sizeof *station->topics)
                               : NULL;
        return near
                   ? fault_set(reterr, ENOENT, NULL, 0,
                               _("the station has no topic \"%s\"; did you mean \"%s\"?"), id, near)
                   : fault_set(reterr, ENOENT, NULL, 0,
                               _("the station has no topic \"%s\"; the [topic] sections of %s are "
                                 "those that exist"),
                               id, station->file);
    }
    strbuf_add(ids, " ");
    for (size_t i = 0; i < station->n_topics; i++) {
        if (topic_is_under(station, i, above)) {
            strbuf_printf(ids, "%s ", station->topics[i].id);
        }
    }
    return strbuf_failed(ids) ? fault_set(reterr, ENOMEM, NULL, 0, _("out of memory")) : 0;
}

/* Each word between quotes, so that nothing in it is an operator of the index. */
static int add_words(const char *words, struct strbuf *query, struct fault *reterr)
{
    static const char spaces[] = " \t\r\n\f\v";
    if (!utf8_is_valid(words)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the words to look for are not UTF-8; write them anew"));
    }
    if (strlen(words) > SEARCH_WORDS_MAX_BYTES) {
        return fault_set(reterr, E2BIG, NULL, 0, _("these are too many words; write fewer"));
    }
    for (const char *at = words + strspn(words, spaces); *at; at += strspn(at, spaces)) {
        strbuf_add(query, query->n ? " \"" : "\"");
        for (; *at && !strchr(spaces, *at); at++) {
            strbuf_add_bytes(query, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
        }
        strbuf_add(query, "\"");
    }
    if (query->n) {
        strbuf_add(query, "*");
    }
    return strbuf_failed(query) ? fault_set(reterr, ENOMEM, NULL, 0, _("out of memory")) : 0;
}

/* --- asking --------------------------------------------------------------------------------- */

#define WHAT                                                                                       \
    " WHERE (?1 = '' OR instr(?1, ' ' || topic || ' ') > 0) AND (?2 = '' OR kind = ?2)"            \
    " AND (?3 = '' OR state = ?3) AND (NOT ?4 OR valid_until_us <= ?5)"                            \
    " AND imported_us >= ?6 AND imported_us < ?7"                                                  \
    " AND (?8 OR state <> 'draft' OR NOT EXISTS (SELECT 1 FROM segment AS newer"                   \
    " WHERE newer.code = segment.code AND newer.version > segment.version))"

static const char LISTED[] = "SELECT " SEGMENT_COLUMNS ", imported_us FROM segment" WHAT
                             " ORDER BY code COLLATE BINARY, version";

/* Weights of title, script, code, tags and original name; đ as base/migrations has it. By id. What
 * begins with one letter is nearly everything, and fits equally well: weighing it takes long and
 * tells nothing. */
#define FIT "bm25(segment_words, 10, 1, 5, 3, 2)"
static const char WITH_WORDS[] =
    "SELECT rowid, iif(?2, 0.0, " FIT ") FROM segment_words WHERE segment_words MATCH"
    " replace(replace(replace(replace(?1, 'đ', 'd'), 'Đ', 'd'), 'Ð', 'd'), 'ð', 'd') ORDER BY "
    "rowid";

/* A version that has the words. Less is better. */
struct hit {
    int64_t id;
    double distance;
    int64_t imported_us; /* once it is found … */
    size_t at;           /* … there; SIZE_MAX: something else that is asked for is missing */
};

struct finder {
    struct db *db;
    struct arena *arena;   /* of the caller: what is found stays there */
    struct arena *scratch; /* goes with the search */
    bool by_words;
    struct hit *hits; /* by id, until all is found */
    size_t n_hits;
    struct segment *items; /* by code */
    size_t n;
    size_t capacity;
};

static int out_of_memory(const struct finder *finder, struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, db_path(finder->db), 0, _("out of memory"));
}

static int read_hits(struct finder *finder, const char *query, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    size_t capacity = 0;
    int r = db_prepare(finder->db, WITH_WORDS, &stmt, reterr);
    if (r < 0) {
        return r;
    }
    size_t n_letter = utf8_char_bytes(query + 1);
    bool is_one_letter = n_letter > 0 && strcmp(query + 1 + n_letter, "\"*") == 0;
    stmt_bind(stmt, "ti", query, (int64_t)is_one_letter);
    while ((r = stmt_step(stmt, reterr)) > 0) {
        finder->hits = arena_grow(finder->scratch, finder->hits, finder->n_hits, &capacity,
                                  sizeof *finder->hits);
        if (!finder->hits) {
            return out_of_memory(finder, reterr);
        }
        finder->hits[finder->n_hits++] =
            (struct hit){.id = stmt_i64(stmt, 0), .distance = stmt_f64(stmt, 1), .at = SIZE_MAX};
    }
    return r;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = ((const struct hit *)a)->id;
    int64_t y = ((const struct hit *)b)->id;
    return (x > y) - (x < y);
}

static int compare_fit(const void *a, const void *b)
{
    const struct hit *x = a;
    const struct hit *y = b;
    if (x->distance != y->distance) {
        return x->distance < y->distance ? -1 : 1;
    }
    if (x->imported_us != y->imported_us) {
        return x->imported_us > y->imported_us ? -1 : 1;
    }
    return compare_ids(y, x);
}

/* The hit of a version; NULL: it has not the words. */
static struct hit *find_hit(const struct finder *finder, int64_t id)
{
    struct hit key = {.id = id};
    return finder->n_hits ? bsearch(&key, finder->hits, finder->n_hits, sizeof key, compare_ids)
                          : NULL;
}

/* As many as can be found: the pages of memory that are not needed are never touched. */
static int make_room(struct finder *finder, struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(finder->db, "SELECT count(*) FROM segment", &stmt, reterr);
    if (r < 0) {
        return r;
    }
    stmt_bind(stmt, "");
    r = stmt_step(stmt, reterr);
    if (r < 0) {
        return r;
    }
    size_t n = (size_t)stmt_i64(stmt, 0);
    finder->capacity = finder->by_words && finder->n_hits < n ? finder->n_hits : n;
    finder->items = arena_take(finder->arena, finder->capacity, sizeof *finder->items);
    return finder->items ? 0 : out_of_memory(finder, reterr);
}

/* The words are asked for first and on their own: an index has all that is listed, one version
 * behind the other, and to walk along it is faster than to go to each that has the words. */
static int read_listed(struct finder *finder, const struct search *search, const char *topics,
                       struct fault *reterr)
{
    AUTO(stmt_close) struct stmt *stmt = NULL;
    int r = db_prepare(finder->db, LISTED, &stmt, reterr);
    if (r < 0) {
        return r;
    }
    bool expired = search->state == SEARCH_EXPIRED;
    stmt_bind(stmt, "tttiiiii", topics, search->kind ? search->kind : "",
              state_names[expired ? SEARCH_APPROVED : search->state], (int64_t)expired,
              search->now_us, search->imported_from_us, search->imported_until_us,
              (int64_t)search->with_superseded);
    while ((r = stmt_step(stmt, reterr)) > 0) {
        struct hit *hit = finder->by_words ? find_hit(finder, stmt_i64(stmt, 0)) : NULL;
        if (finder->by_words && !hit) {
            continue;
        }
        finder->items = arena_grow(finder->arena, finder->items, finder->n, &finder->capacity,
                                   sizeof *finder->items);
        if (!finder->items || !read_segment(stmt, finder->arena, &finder->items[finder->n])) {
            return out_of_memory(finder, reterr);
        }
        if (hit) {
            hit->at = finder->n;
            hit->imported_us = stmt_i64(stmt, N_SEGMENT_COLUMNS);
        }
        finder->n++;
    }
    return r;
}

/* The items once more, those that fit best first. */
static int sort_by_fit(struct finder *finder, struct fault *reterr)
{
    struct segment *sorted = arena_take(finder->arena, finder->n, sizeof *sorted);
    if (!sorted) {
        return out_of_memory(finder, reterr);
    }
    qsort(finder->hits, finder->n_hits, sizeof *finder->hits, compare_fit);
    size_t n = 0;
    for (size_t i = 0; i < finder->n_hits; i++) {
        if (finder->hits[i].at != SIZE_MAX) {
            sorted[n++] = finder->items[finder->hits[i].at];
        }
    }
    finder->items = sorted;
    return 0;
}

static int find(struct finder *finder, const struct search *search, const char *query,
                const char *topics, struct fault *reterr)
{
    int r = 0;
    if (finder->by_words) {
        r = read_hits(finder, query, reterr);
        if (r < 0 || finder->n_hits == 0) {
            return r;
        }
    }
    r = make_room(finder, reterr);
    if (r == 0) {
        r = read_listed(finder, search, topics, reterr);
    }
    return r == 0 && finder->by_words ? sort_by_fit(finder, reterr) : r;
}

int library_search(struct db *db, const struct station *station, const struct search *search,
                   struct arena *arena, struct segments *ret_segments, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *scratch = arena_create(SCRATCH_MAX_BYTES);
    struct strbuf query;
    struct strbuf topics;
    if (!scratch) {
        return fault_set(reterr, ENOMEM, db_path(db), 0, _("out of memory"));
    }
    strbuf_init(&query, 4 * SEARCH_WORDS_MAX_BYTES);
    strbuf_init(&topics, IDS_MAX_BYTES);
    int r = check_kind(station, search->kind, reterr);
    if (r == 0 && search->topic) {
        r = add_topics(station, search->topic, &topics, reterr);
    }
    if (r == 0 && search->words) {
        r = add_words(search->words, &query, reterr);
    }
    if (r == 0) {
        struct finder finder = {.db = db,
                                .arena = arena,
                                .scratch = scratch,
                                .by_words = query.n > 0};
        r = find(&finder, search, strbuf_text(&query), strbuf_text(&topics), reterr);
        *ret_segments = (struct segments){.items = finder.items, .n = finder.n};
    }
    strbuf_finish(&query);
    strbuf_finish(&topics);
    return r;
}
