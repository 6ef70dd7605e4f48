/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/report_tally.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/report.h"
#include "base/arena.h"
#include "base/frames.h"

struct tally *tally_make(const struct tally_shape *shape, const char *id, const char *title,
                         size_t n_more)
{
    struct tally *tally = arena_take(shape->arena, 1, sizeof *tally);
    if (!tally) {
        return NULL;
    }
    struct count_bucket *bucket = &tally->bucket;
    tally->id = id;
    tally->title = title;
    tally->lines = line_set_make(shape->arena, shape->n_lines);
    bucket->n_windows = 1 + shape->n_months + n_more;
    bucket->windows = arena_take(shape->arena, bucket->n_windows, sizeof *bucket->windows);
    if (!tally->lines.words || !bucket->windows) {
        return NULL;
    }
    bucket->windows[0].from_frame = shape->from_frame;
    bucket->windows[0].until_frame = shape->until_frame;
    for (size_t i = 0; i < shape->n_months; i++) {
        bucket->windows[1 + i].from_frame = frames_from_us(shape->months[i].from_us);
        bucket->windows[1 + i].until_frame = frames_from_us(shape->months[i].to_us);
    }
    return tally;
}

const struct tally *tally_find_part(const struct tally *tally, const struct tally *key)
{
    const struct tally *part = tally->parts;
    while (part && part->key != key) {
        part = part->next_part;
    }
    return part;
}

struct tally *tally_part(const struct tally_shape *shape, struct tally *tally,
                         const struct tally *key)
{
    struct tally *part = tally->parts;
    while (part && part->key != key) {
        part = part->next_part;
    }
    if (part) {
        return part;
    }
    part = tally_make(shape, key->id, key->title, 0);
    if (part) {
        part->key = key;
        part->next_part = tally->parts;
        tally->parts = part;
    }
    return part;
}

int tally_hear(const struct tally_shape *shape, struct tally *tally, const struct cover_span *parts,
               size_t n_parts)
{
    int r = 0;
    for (size_t i = 0; i < n_parts && r == 0; i++) {
        r = count_time(&tally->bucket, shape->arena, parts[i].from, parts[i].until);
    }
    return r;
}

static struct report_part part_of(const struct count_window *window)
{
    return (struct report_part){.frames = window->frames,
                                .features = window->features,
                                .items = window->items,
                                .first_runs = window->first_runs,
                                .repeats = window->repeats};
}

int tally_row(const struct tally_shape *shape, const struct tally *tally,
              struct report_row *ret_row)
{
    const struct count_window *window = &tally->bucket.windows[0];
    struct report_part *months =
        arena_take(shape->arena, shape->n_months, sizeof(struct report_part));
    if (shape->n_months && !months) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < shape->n_months; i++) {
        months[i] = part_of(&window[1 + i]);
    }
    *ret_row = (struct report_row){.id = tally->id,
                                   .title = tally->title,
                                   .frames = window->frames,
                                   .features = window->features,
                                   .items = window->items,
                                   .first_runs = window->first_runs,
                                   .repeats = window->repeats,
                                   .n_lines = line_set_count(tally->lines),
                                   .percent = NAN,
                                   .months = months};
    return 0;
}

int tally_section_add(const struct tally_shape *shape, struct tally_section *section,
                      struct tally *tally)
{
    struct tally **items = arena_grow(shape->arena, section->items, section->n, &section->capacity,
                                      sizeof(struct tally *));
    if (!tally || !items) {
        return -ENOMEM;
    }
    section->items = items;
    section->items[section->n++] = tally;
    return table_put(&section->by_id, tally->id, strlen(tally->id), tally);
}

struct tally *tally_section_find(const struct tally_shape *shape, struct tally_section *section,
                                 const char *id, size_t n_bytes)
{
    struct tally *tally = table_find(&section->by_id, id, n_bytes);
    if (!tally) {
        const char *copy = arena_strndup(shape->arena, id, n_bytes);
        tally = copy ? tally_make(shape, copy, copy, 0) : NULL;
        if (tally_section_add(shape, section, tally) < 0) {
            return NULL;
        }
    }
    return tally;
}

static int compare_tallies(const void *a, const void *b)
{
    const struct tally *const *left = a;
    const struct tally *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

void tally_section_sort(struct tally_section *section)
{
    if (section->n > section->n_known) {
        qsort(section->items + section->n_known, section->n - section->n_known,
              sizeof(struct tally *), compare_tallies);
    }
}
