/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/topics.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

static int put(struct table *table, const char *id, size_t index)
{
    size_t *kept = arena_take(table->arena, 1, sizeof *kept);
    if (!kept) {
        return -ENOMEM;
    }
    *kept = index;
    return table_put(table, id, strlen(id), kept);
}

int topics_init(struct topics *topics, const struct station *station, struct arena *arena)
{
    *topics =
        (struct topics){.station = station, .topics = {.arena = arena}, .kinds = {.arena = arena}};
    int r = 0;
    for (size_t i = 0; i < station->n_topics && r == 0; i++) {
        r = put(&topics->topics, station->topics[i].id, i);
    }
    for (size_t i = 0; i < station->n_kinds && r == 0; i++) {
        r = put(&topics->kinds, station->kinds[i].id, i);
    }
    return r;
}

size_t topics_find(const struct topics *topics, const char *id)
{
    const size_t *index = id ? table_find(&topics->topics, id, strlen(id)) : NULL;
    return index ? *index : SIZE_MAX;
}

enum counts_as topics_counts(const struct topics *topics, const char *kind)
{
    const size_t *index = table_find(&topics->kinds, kind, strlen(kind));
    return index ? topics->station->kinds[*index].counts : COUNTS_NOTHING;
}
