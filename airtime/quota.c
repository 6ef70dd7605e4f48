/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/quota.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "airtime/count.h"
#include "airtime/interned.h"
#include "airtime/last_heard.h"
#include "airtime/table.h"
#include "airtime/topics.h"
#include "base/arena.h"
#include "base/decimal.h"
#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"

/* Listeners remember an instant for each recording that they asked for, in pages of recordings
 * that follow one another; those that come when so much is taken remember nothing, and are
 * answered all the same. */
static const size_t LISTENERS_MAX_BYTES = (size_t)32 << 20;
enum { PAGE_PASTS = 64 };

struct past {
    size_t number;
    struct last_heard last;
    struct line_set whole_on; /* words NULL: on none */
    bool was_whole;
    bool is_counted; /* toward features or items */
    size_t kept_by;  /* the mark that has it as it was */
};

/* As it was at the mark. */
struct kept_past {
    struct kept_past *next;
    struct past *past;
    struct past as_it_was; /* but for what its pointers lead to */
    struct last_heard_kept last;
    struct line_set whole_on;
};

struct kept_bucket {
    struct cover_end cover;
    struct count_window *windows;
};

struct listeners {
    struct standing *standing;
    const struct line_set *lines;
    int64_t **pages; /* by number of the recording; NULL: nothing is known of these */
    size_t n_pages;
};

struct standing {
    const struct station *station;
    struct arena *arena;
    struct topics topics;
    struct count_bucket *buckets; /* of each topic; its windows are its quotas */
    struct table pasts;           /* of recordings, by code */
    struct table line_sets;
    struct table listeners; /* by their lines */
    size_t listeners_bytes;
    size_t n_lines;               /* the station's and those of the past */
    struct arena *mark_arena;     /* NULL: nothing can be taken back */
    size_t mark;                  /* counts up */
    struct kept_past *kept_pasts; /* those that were changed since */
    struct kept_bucket *kept_buckets;
};

static struct past *new_past(struct standing *standing, const void *code, size_t n_bytes)
{
    struct past *past = arena_take(standing->arena, 1, sizeof *past);
    if (!past) {
        return NULL;
    }
    past->number = standing->pasts.n;
    return table_put(&standing->pasts, code, n_bytes, past) == 0 ? past : NULL;
}

struct past *standing_past(struct standing *standing, const char *segment_code)
{
    size_t n_bytes = strlen(segment_code);
    struct past *past = table_find(&standing->pasts, segment_code, n_bytes);
    return past ? past : new_past(standing, segment_code, n_bytes);
}

static struct listeners *new_listeners(struct standing *standing, const struct line_set *lines)
{
    struct listeners *listeners = arena_take(standing->arena, 1, sizeof *listeners);
    if (!listeners) {
        return NULL;
    }
    listeners->standing = standing;
    listeners->lines = lines;
    int r = table_put(&standing->listeners, &lines, sizeof lines, listeners);
    return r == 0 ? listeners : NULL;
}

/* Make room for recordings that were not known before. */
static int listeners_grow(struct standing *standing, struct listeners *listeners)
{
    size_t n = standing->pasts.n / PAGE_PASTS + 1;
    if (n <= listeners->n_pages) {
        return 0;
    }
    int64_t **pages = arena_take(standing->arena, n, sizeof *pages);
    if (!pages) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < listeners->n_pages; i++) {
        pages[i] = listeners->pages[i];
    }
    listeners->pages = pages;
    listeners->n_pages = n;
    return 0;
}

static int64_t *new_page(struct standing *standing)
{
    size_t n_bytes = PAGE_PASTS * sizeof(int64_t);
    bool has_room = standing->listeners_bytes + n_bytes <= LISTENERS_MAX_BYTES;
    int64_t *page = has_room ? arena_take(standing->arena, PAGE_PASTS, sizeof *page) : NULL;
    for (size_t i = 0; page && i < PAGE_PASTS; i++) {
        page[i] = INT64_MIN;
    }
    standing->listeners_bytes += page ? n_bytes : 0;
    return page;
}

/* Where listeners know of a recording; NULL: nowhere yet. */
static int64_t *known_of(const struct listeners *listeners, const struct past *past)
{
    size_t page = past->number / PAGE_PASTS;
    return page < listeners->n_pages && listeners->pages[page]
               ? &listeners->pages[page][past->number % PAGE_PASTS]
               : NULL;
}

static void remember(struct listeners *listeners, const struct past *past, int64_t last_us)
{
    size_t page = past->number / PAGE_PASTS;
    if (last_us != INT64_MIN && page < listeners->n_pages && !listeners->pages[page]) {
        listeners->pages[page] = new_page(listeners->standing);
    }
    int64_t *known_us = known_of(listeners, past);
    if (known_us) {
        *known_us = last_us;
    }
}

struct listeners *standing_listeners(struct standing *standing, struct line_set lines)
{
    const struct line_set *same = interned_lines(&standing->line_sets, lines, standing->n_lines);
    struct listeners *listeners =
        same ? table_find(&standing->listeners, &same, sizeof same) : NULL;
    if (same && !listeners) {
        listeners = new_listeners(standing, same);
    }
    return listeners && listeners_grow(standing, listeners) == 0 ? listeners : NULL;
}

static int note_whole(struct standing *standing, struct past *past, struct line_set lines)
{
    if (!past->whole_on.words) {
        past->whole_on = line_set_make(standing->arena, standing->n_lines);
        if (!past->whole_on.words) {
            return -ENOMEM;
        }
    }
    line_set_or(past->whole_on, lines);
    past->was_whole = true;
    return 0;
}

/* Time counts for the topic and for every topic above it. */
static int add_time(struct standing *standing, size_t topic, int64_t from_frame,
                    int64_t until_frame)
{
    for (; topic != SIZE_MAX; topic = standing->station->topics[topic].parent) {
        int r = count_time(&standing->buckets[topic], standing->arena, from_frame, until_frame);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static void add_recording(struct standing *standing, size_t topic, enum counts_as counts,
                          int64_t end_frame)
{
    for (; topic != SIZE_MAX; topic = standing->station->topics[topic].parent) {
        count_recording(&standing->buckets[topic], counts, end_frame);
    }
}

static int on_begin(void *context, const struct count_walk *walk)
{
    struct standing *standing = context;
    standing->n_lines = walk->n_lines;
    return 0;
}

static int on_heard(void *context, const struct count_heard *heard)
{
    struct standing *standing = context;
    const struct airing *airing = heard->airing;
    const struct line_set *lines =
        interned_lines(&standing->line_sets, heard->lines, standing->n_lines);
    struct past *past = standing_past(standing, airing->segment_code);
    if (!lines || !past) {
        return -ENOMEM;
    }
    /* What is on air now will have been heard until its planned end. */
    int64_t end_us = airing->frames < 0
                         ? airing->planned_start_us + frames_to_us(airing->planned_frames)
                         : airing->end_us;
    int r = 0;
    if (!line_set_is_empty(heard->lines)) {
        r = last_heard_note(&past->last, standing->arena, lines, standing->n_lines, end_us);
    }
    if (r == 0 && heard->is_whole) {
        r = note_whole(standing, past, heard->whole_lines);
    }
    for (size_t i = 0; i < heard->n_parts && r == 0 && airing->role == AIRING_PROGRAMME; i++) {
        r = add_time(standing, topics_find(&standing->topics, airing->topic), heard->parts[i].from,
                     heard->parts[i].until);
    }
    return r;
}

static int on_first(void *context, const struct count_first *first)
{
    struct standing *standing = context;
    struct past *past = standing_past(standing, first->segment_code);
    if (!past) {
        return -ENOMEM;
    }
    past->is_counted = true;
    add_recording(standing, topics_find(&standing->topics, first->topic),
                  topics_counts(&standing->topics, first->kind), first->end_frame);
    return 0;
}

static struct standing *new_standing(const struct station *station, struct arena *arena)
{
    struct standing *standing = arena_take(arena, 1, sizeof *standing);
    if (!standing || topics_init(&standing->topics, station, arena) < 0) {
        return NULL;
    }
    standing->station = station;
    standing->arena = arena;
    standing->pasts.arena = arena;
    standing->line_sets.arena = arena;
    standing->listeners.arena = arena;
    standing->n_lines = station->n_lines;
    standing->buckets = arena_take(arena, station->n_topics, sizeof *standing->buckets);
    for (size_t i = 0; standing->buckets && i < station->n_topics; i++) {
        const struct topic_def *topic = &station->topics[i];
        struct count_bucket *bucket = &standing->buckets[i];
        bucket->windows = arena_take(arena, topic->n_quotas, sizeof *bucket->windows);
        if (!bucket->windows) {
            return NULL;
        }
        bucket->n_windows = topic->n_quotas;
        for (size_t q = 0; q < topic->n_quotas; q++) {
            bucket->windows[q].from_frame = frames_from_us(topic->quotas[q].from_us);
            bucket->windows[q].until_frame = frames_from_us(topic->quotas[q].until_us);
        }
    }
    return standing->buckets ? standing : NULL;
}

int standing_read(struct db *db, const struct station *station, int64_t at_us, struct arena *arena,
                  struct standing **ret_standing, struct fault *reterr)
{
    struct standing *standing = new_standing(station, arena);
    if (!standing) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    if (db) {
        struct count_walk walk = {.db = db,
                                  .station = station,
                                  .to_us = at_us,
                                  .items_from_us = INT64_MAX,
                                  .context = standing,
                                  .begin = on_begin,
                                  .heard = on_heard,
                                  .first = on_first};
        int r = count_walk(&walk, reterr);
        if (r < 0) {
            return r;
        }
    }
    *ret_standing = standing;
    return 0;
}

static int copy_pasts(const struct standing *standing, struct standing *copy)
{
    struct table_entry entry;
    for (size_t at = 0; table_next(&standing->pasts, &at, &entry);) {
        const struct past *past = entry.value;
        struct past *twin = new_past(copy, entry.key, entry.n_bytes);
        if (!twin ||
            last_heard_copy(&past->last, &copy->line_sets, copy->n_lines, &twin->last) < 0) {
            return -ENOMEM;
        }
        twin->was_whole = past->was_whole;
        twin->is_counted = past->is_counted;
        if (past->whole_on.words) {
            twin->whole_on = line_set_copy(copy->arena, past->whole_on);
            if (!twin->whole_on.words) {
                return -ENOMEM;
            }
        }
    }
    return 0;
}

int standing_copy(const struct standing *standing, struct arena *arena, struct standing **ret_copy)
{
    struct standing *copy = new_standing(standing->station, arena);
    if (!copy) {
        return -ENOMEM;
    }
    copy->n_lines = standing->n_lines;
    for (size_t i = 0; i < standing->station->n_topics; i++) {
        const struct count_bucket *bucket = &standing->buckets[i];
        if (cover_copy(&bucket->cover, arena, &copy->buckets[i].cover) < 0) {
            return -ENOMEM;
        }
        for (size_t q = 0; q < bucket->n_windows; q++) {
            copy->buckets[i].windows[q] = bucket->windows[q];
        }
    }
    if (copy_pasts(standing, copy) < 0) {
        return -ENOMEM;
    }
    *ret_copy = copy;
    return 0;
}

/* -- marks ---------------------------------------------------------------------- */

static int keep_bucket(const struct count_bucket *bucket, int64_t from_frame, struct arena *arena,
                       struct kept_bucket *into)
{
    into->windows = arena_take(arena, bucket->n_windows, sizeof *into->windows);
    if (!into->windows) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < bucket->n_windows; i++) {
        into->windows[i] = bucket->windows[i];
    }
    return cover_keep(&bucket->cover, arena, from_frame, &into->cover);
}

int standing_mark(struct standing *standing, int64_t from_us, struct arena *arena)
{
    size_t n_topics = standing->station->n_topics;
    standing->mark_arena = arena;
    standing->mark++;
    standing->kept_pasts = NULL;
    standing->kept_buckets = arena_take(arena, n_topics, sizeof *standing->kept_buckets);
    int r = standing->kept_buckets ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < n_topics; i++) {
        r = keep_bucket(&standing->buckets[i], frames_from_us(from_us), arena,
                        &standing->kept_buckets[i]);
    }
    return r;
}

void standing_settle(struct standing *standing)
{
    standing->mark_arena = NULL;
}

/* Before a past changes. */
static int keep_past(struct standing *standing, struct past *past)
{
    struct arena *arena = standing->mark_arena;
    if (!arena || past->kept_by == standing->mark) {
        return 0;
    }
    past->kept_by = standing->mark;
    struct kept_past *kept = arena_take(arena, 1, sizeof *kept);
    if (!kept || last_heard_keep(&past->last, arena, standing->n_lines, &kept->last) < 0) {
        return -ENOMEM;
    }
    kept->next = standing->kept_pasts;
    kept->past = past;
    kept->as_it_was = *past;
    if (past->whole_on.words) {
        kept->whole_on = line_set_copy(arena, past->whole_on);
        if (!kept->whole_on.words) {
            return -ENOMEM;
        }
    }
    standing->kept_pasts = kept;
    return 0;
}

/* What listeners know of it may be of what is taken back. */
static void forget_known(struct standing *standing, const struct past *past)
{
    struct table_entry entry;
    for (size_t at = 0; table_next(&standing->listeners, &at, &entry);) {
        int64_t *known_us = known_of(entry.value, past);
        if (known_us) {
            *known_us = INT64_MIN;
        }
    }
}

void standing_undo(struct standing *standing)
{
    for (const struct kept_past *kept = standing->kept_pasts; kept; kept = kept->next) {
        struct past *past = kept->past;
        *past = kept->as_it_was;
        last_heard_restore(&past->last, &kept->last, standing->n_lines);
        if (past->whole_on.words) {
            line_set_clear(past->whole_on);
            line_set_or(past->whole_on, kept->whole_on);
        }
        forget_known(standing, past);
    }
    for (size_t i = 0; i < standing->station->n_topics; i++) {
        struct count_bucket *bucket = &standing->buckets[i];
        cover_restore(&bucket->cover, &standing->kept_buckets[i].cover);
        for (size_t q = 0; q < bucket->n_windows; q++) {
            bucket->windows[q] = standing->kept_buckets[i].windows[q];
        }
    }
}

struct quota_total standing_total(const struct standing *standing, size_t topic, size_t quota)
{
    const struct count_window *window = &standing->buckets[topic].windows[quota];
    return (struct quota_total){window->frames, window->features, window->items};
}

int quota_note(struct standing *standing, const struct planned_airing *airing)
{
    const struct line_set *lines =
        interned_lines(&standing->line_sets, airing->lines, standing->n_lines);
    struct past *past = airing->past ? airing->past : standing_past(standing, airing->segment_code);
    if (!lines || !past || keep_past(standing, past) < 0) {
        return -ENOMEM;
    }
    int r = last_heard_note(&past->last, standing->arena, lines, standing->n_lines, airing->end_us);
    if (r == 0 && airing->complete) {
        r = note_whole(standing, past, *lines);
    }
    if (r < 0 || !airing->counts_airtime) {
        return r;
    }
    int64_t end_frame = frames_from_us(airing->end_us);
    if (airing->complete && !past->is_counted) {
        past->is_counted = true;
        add_recording(standing, airing->topic, airing->counts, end_frame);
    }
    return add_time(standing, airing->topic, frames_from_us(airing->start_us), end_frame);
}

int64_t past_last_aired(const struct past *past, struct listeners *listeners)
{
    int64_t last_us = last_heard_on(&past->last, *listeners->lines);
    remember(listeners, past, last_us);
    return last_us;
}

int64_t past_last_known(const struct past *past, const struct listeners *listeners)
{
    const int64_t *known_us = known_of(listeners, past);
    return known_us ? *known_us : INT64_MIN;
}

bool past_aired_on_all(const struct past *past, struct line_set lines)
{
    for (size_t i = 0; past->was_whole && i < lines.n_words; i++) {
        if (lines.words[i] & ~past->whole_on.words[i]) {
            return false;
        }
    }
    return past->was_whole;
}

bool past_ever_aired(const struct past *past)
{
    return past->was_whole;
}

bool past_is_counted(const struct past *past)
{
    return past->is_counted;
}

bool standing_is_counted(const struct standing *standing, const char *segment_code)
{
    const struct past *past = table_find(&standing->pasts, segment_code, strlen(segment_code));
    return past && past->is_counted;
}

/* The quota, and the measure of it, that a topic is furthest behind in. */
struct furthest {
    double behind;  /* -INFINITY: no quota asks for what the recording would add */
    size_t topic;   /* whose quota it is */
    double missing; /* in the measure's unit: frames, features or items */
    enum measure { MEASURE_SECONDS, MEASURE_FEATURES, MEASURE_ITEMS } measure;
};

static void weigh(struct furthest *furthest, enum measure measure, double gone, int64_t asked,
                  int64_t reached)
{
    double behind = asked > 0 ? gone - (double)reached / (double)asked : -INFINITY;
    if (behind > furthest->behind) {
        furthest->behind = behind;
        furthest->missing = behind * (double)asked;
        furthest->measure = measure;
    }
}

static struct furthest furthest_behind(const struct standing *standing, size_t topic,
                                       enum counts_as counts, int64_t at_us)
{
    struct furthest furthest = {.behind = -INFINITY};
    for (; topic != SIZE_MAX && isinf(furthest.behind);
         topic = standing->station->topics[topic].parent) {
        furthest.topic = topic;
        const struct topic_def *def = &standing->station->topics[topic];
        for (size_t i = 0; i < def->n_quotas; i++) {
            const struct quota_def *quota = &def->quotas[i];
            const struct count_window *window = &standing->buckets[topic].windows[i];
            if (at_us < quota->from_us || at_us >= quota->until_us) {
                continue;
            }
            double gone =
                (double)(at_us - quota->from_us) / (double)(quota->until_us - quota->from_us);
            weigh(&furthest, MEASURE_SECONDS, gone, quota->seconds * AIR_RATE, window->frames);
            weigh(&furthest, MEASURE_FEATURES, gone, counts == COUNTS_FEATURE ? quota->features : 0,
                  window->features);
            weigh(&furthest, MEASURE_ITEMS, gone, counts == COUNTS_ITEM ? quota->items : 0,
                  window->items);
        }
    }
    return furthest;
}

double quota_behind(const struct standing *standing, size_t topic, enum counts_as counts,
                    int64_t at_us)
{
    return furthest_behind(standing, topic, counts, at_us).behind;
}

static char *say_how_far(struct arena *arena, const char *title, const struct furthest *furthest)
{
    bool is_behind = furthest->missing > 0;
    double amount = fabs(furthest->missing);
    if (furthest->measure == MEASURE_SECONDS) {
        amount = round(amount / AIR_RATE / 60);
    } else {
        amount = round(amount * 10) / 10;
    }
    if (amount == 0) {
        return arena_printf(arena, _("%s keeps to its quota"), title);
    }
    char text[DECIMAL_MAX];
    decimal_text(amount, 1, text);
    switch (furthest->measure) {
    case MEASURE_SECONDS:
        return is_behind
                   ? arena_printf(arena, _("%s is %.0f min behind its quota"), title, amount)
                   : arena_printf(arena, _("%s is %.0f min ahead of its quota"), title, amount);
    case MEASURE_FEATURES:
        return is_behind
                   ? arena_printf(arena, _("%s is %s features behind its quota"), title, text)
                   : arena_printf(arena, _("%s is %s features ahead of its quota"), title, text);
    default:
        return is_behind ? arena_printf(arena, _("%s is %s items behind its quota"), title, text)
                         : arena_printf(arena, _("%s is %s items ahead of its quota"), title, text);
    }
}

const char *quota_explain(struct standing *standing, size_t topic, enum counts_as counts,
                          int64_t at_us)
{
    struct furthest furthest = furthest_behind(standing, topic, counts, at_us);
    if (isinf(furthest.behind)) {
        return "";
    }
    const struct topic_def *topics = standing->station->topics;
    const char *text = say_how_far(standing->arena, topics[furthest.topic].title, &furthest);
    if (text && furthest.topic != topic) {
        text = arena_printf(standing->arena, _("%s counts for %s, and %s"), topics[topic].title,
                            topics[furthest.topic].title, text);
    }
    return text;
}
