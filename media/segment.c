/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/segment.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/paths.h"
#include "media/fold.h"

const char *segment_state_name(enum segment_state state)
{
    static const char *const names[] = {"draft", "approved", "withdrawn"};
    return names[state];
}

enum segment_state segment_state_from_name(const char *name)
{
    return strcmp(name, "approved") == 0    ? SEGMENT_APPROVED
           : strcmp(name, "withdrawn") == 0 ? SEGMENT_WITHDRAWN
                                            : SEGMENT_DRAFT;
}

const char *code_of_file(struct arena *arena, const char *path)
{
    const char *name = path_name(path);
    const char *ending = path_ending(name);
    const char *stem =
        arena_strndup(arena, name, *ending ? (size_t)(ending - 1 - name) : strlen(name));
    char code[IMPORT_CODE_MAX];
    return stem && code_from_name(stem, code) == 0 ? arena_strdup(arena, code) : stem;
}

/* One past the last version of a code; items before it with that code are its older ones. */
static size_t segments_end_of(const struct segments *segments, const char *code)
{
    size_t low = 0;
    size_t high = segments->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(segments->items[middle].code, code) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct segment *segments_find_airable(const struct segments *segments, const char *code)
{
    for (size_t i = segments_end_of(segments, code); i > 0; i--) {
        const struct segment *segment = &segments->items[i - 1];
        if (strcmp(segment->code, code) != 0) {
            return NULL;
        }
        if (segment->state == SEGMENT_APPROVED) {
            return segment;
        }
    }
    return NULL;
}

const struct segment *segments_find_newest(const struct segments *segments, const char *code)
{
    size_t end = segments_end_of(segments, code);
    bool found = end > 0 && strcmp(segments->items[end - 1].code, code) == 0;
    return found ? &segments->items[end - 1] : NULL;
}

static bool copy_text(struct arena *arena, const char **text)
{
    *text = *text ? arena_strdup(arena, *text) : NULL;
    return *text != NULL;
}

const struct segment *segment_copy(struct arena *arena, const struct segment *segment)
{
    struct segment *copy = arena_take(arena, 1, sizeof *copy);
    if (!copy) {
        return NULL;
    }
    *copy = *segment;
    bool whole = copy_text(arena, &copy->code) && copy_text(arena, &copy->title) &&
                 copy_text(arena, &copy->kind) && copy_text(arena, &copy->tags) &&
                 (!segment->topic || copy_text(arena, &copy->topic)) &&
                 (!segment->decided_by || copy_text(arena, &copy->decided_by)) &&
                 (!segment->decided_reason || copy_text(arena, &copy->decided_reason));
    return whole ? copy : NULL;
}
