/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "airtime/occurrences.h"

#include <errno.h>
#include <string.h>

#include "airtime/interned.h"
#include "airtime/ledger.h"
#include "base/arena.h"
#include "base/strbuf.h"

enum { GENERATION_MAX_BYTES = 256 << 20, KEY_MAX_BYTES = 64 << 10 };

void occurrences_init(struct occurrences *all, size_t n_lines)
{
    *all = (struct occurrences){.n_lines = n_lines};
}

void occurrences_finish(struct occurrences *all)
{
    arena_destroy(all->kept[0].arena);
    arena_destroy(all->kept[1].arena);
    occurrences_init(all, all->n_lines);
}

static bool make_room_for(struct occurrences *all, int64_t at_us)
{
    if (all->kept[0].arena && at_us - all->began_us < AIRING_MAX_US) {
        return true;
    }
    struct arena *arena = arena_create(GENERATION_MAX_BYTES);
    if (!arena) {
        return false;
    }
    arena_destroy(all->kept[1].arena);
    all->kept[1] = all->kept[0];
    all->kept[0] = (struct occurrences_kept){.arena = arena,
                                             .items = {.arena = arena},
                                             .line_sets = {.arena = arena}};
    all->began_us = at_us;
    return true;
}

static struct occurrence *find_or_make(struct occurrences *all, const char *key, size_t n_bytes)
{
    for (size_t i = 0; i < ARRAY_LEN(all->kept); i++) {
        struct occurrence *found = table_find(&all->kept[i].items, key, n_bytes);
        if (found) {
            return found;
        }
    }
    struct occurrence *made = arena_take(all->kept[0].arena, 1, sizeof *made);
    return made && table_put(&all->kept[0].items, key, n_bytes, made) == 0 ? made : NULL;
}

struct occurrence *occurrences_of(struct occurrences *all, const struct airing *airing)
{
    if (!make_room_for(all, airing->start_us)) {
        return NULL;
    }
    struct strbuf key;
    strbuf_init(&key, KEY_MAX_BYTES);
    strbuf_printf(&key, "%lld %d ", (long long)airing->slot_recurrence_us, airing->position);
    strbuf_add(&key, airing->slot_uid);
    struct occurrence *found =
        strbuf_failed(&key) ? NULL : find_or_make(all, strbuf_text(&key), key.n);
    strbuf_finish(&key);
    return found;
}

void occurrence_lines_from(const struct occurrence *occurrence, const struct airing *airing,
                           int64_t reached, struct line_set into)
{
    for (const struct heard_part *part = occurrence->parts; part; part = part->next) {
        if (part->reached >= reached && part->version == airing->segment_version &&
            strcmp(part->code, airing->segment_code) == 0) {
            line_set_or(into, *part->lines);
        }
    }
}

int occurrence_note(struct occurrences *all, struct occurrence *occurrence,
                    const struct airing *airing, int64_t reached, struct line_set lines)
{
    struct occurrences_kept *kept = &all->kept[0];
    struct heard_part *part = arena_take(kept->arena, 1, sizeof *part);
    if (!part) {
        return -ENOMEM;
    }
    part->code = arena_strdup(kept->arena, airing->segment_code);
    part->version = airing->segment_version;
    part->reached = reached;
    part->lines = interned_lines(&kept->line_sets, lines, all->n_lines);
    if (!part->code || !part->lines) {
        return -ENOMEM;
    }
    part->next = occurrence->parts;
    occurrence->parts = part;
    return 0;
}
