/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/report_airings.h"

#include <errno.h>

#include "airtime/count.h"
#include "base/arena.h"
#include "base/frames.h"

struct lister {
    struct arena *arena;
    int64_t from_frame;
    int64_t until_frame;
    struct line_set lines;
    struct report_airing *items;
    size_t n;
    size_t capacity;
};

static int on_begin(void *context, const struct count_walk *walk)
{
    struct lister *lister = context;
    lister->lines = line_set_make(lister->arena, walk->n_lines);
    return lister->lines.words ? 0 : -ENOMEM;
}

static int64_t frames_within(const struct lister *lister, const struct count_heard *heard)
{
    int64_t frames = 0;
    for (size_t i = 0; i < heard->n_parts; i++) {
        int64_t from = heard->parts[i].from;
        int64_t until = heard->parts[i].until;
        from = from > lister->from_frame ? from : lister->from_frame;
        until = until < lister->until_frame ? until : lister->until_frame;
        frames += until > from ? until - from : 0;
    }
    return frames;
}

static int on_heard(void *context, const struct count_heard *heard)
{
    struct lister *lister = context;
    const struct airing *airing = heard->airing;
    int64_t frames = airing->role == AIRING_PROGRAMME ? frames_within(lister, heard) : 0;
    if (frames == 0) {
        return 0;
    }
    struct report_airing *items = arena_grow(lister->arena, lister->items, lister->n,
                                             &lister->capacity, sizeof(struct report_airing));
    if (!items) {
        return -ENOMEM;
    }
    lister->items = items;
    line_set_clear(lister->lines);
    count_lines_between(heard, lister->from_frame, lister->until_frame, lister->lines);
    struct report_airing *item = &items[lister->n++];
    *item =
        (struct report_airing){.id = airing->id,
                               .start_us = airing->start_us,
                               .frames = frames,
                               .n_lines = line_set_count(lister->lines),
                               .title = arena_strdup(lister->arena, airing->title),
                               .kind = arena_strdup(lister->arena, airing->kind),
                               .topic = airing->topic ? arena_strdup(lister->arena, airing->topic)
                                                      : NULL,
                               .repeat = airing->repeat,
                               .cause = airing->cause};
    return item->title && item->kind && (item->topic || !airing->topic) ? 0 : -ENOMEM;
}

static int on_first(void *context, const struct count_first *first)
{
    (void)context;
    (void)first;
    return 0;
}

int report_list_airings(struct db *db, const struct station *station, int64_t from_us,
                        int64_t to_us, struct arena *arena, struct report_airings *ret_airings,
                        struct fault *reterr)
{
    struct lister lister = {.arena = arena,
                            .from_frame = frames_from_us(from_us),
                            .until_frame = frames_from_us(to_us)};
    struct count_walk walk = {.db = db,
                              .station = station,
                              .to_us = to_us,
                              .items_from_us = INT64_MAX,
                              .context = &lister,
                              .begin = on_begin,
                              .heard = on_heard,
                              .first = on_first};
    int r = count_walk(&walk, reterr);
    *ret_airings = (struct report_airings){.items = lister.items, .n = lister.n};
    return r;
}
