/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/planner_int.h"

/* What may air at all? Of each code its newest approved version; found by code, and
 * by kind for rotation. */

/* One past the last version of the code at i. */
static size_t code_end(const struct segments *segments, size_t i)
{
    size_t end = i + 1;
    while (end < segments->n && strcmp(segments->items[end].code, segments->items[i].code) == 0) {
        end++;
    }
    return end;
}

static const struct segment *newest_approved(const struct segments *segments, size_t first,
                                             size_t end)
{
    for (size_t i = end; i > first; i--) {
        const struct segment *segment = &segments->items[i - 1];
        if (segment->state == SEGMENT_APPROVED) {
            return segment->frames > 0 ? segment : NULL;
        }
    }
    return NULL;
}

/* Kinds known to the station get a list each; the last list holds the rest. */
static size_t kind_list(const struct recording *recording, size_t n_kinds)
{
    return recording->kind == SIZE_MAX ? n_kinds : recording->kind;
}

static int recordings_by_kind(struct recordings *recordings, size_t n_kinds, struct arena *arena)
{
    size_t *first = arena_take(arena, n_kinds + 2, sizeof *first);
    size_t *next = arena_take(arena, n_kinds + 1, sizeof *next);
    struct recording **by_kind = arena_take(arena, recordings->n, sizeof(struct recording *));
    if (!first || !next || !by_kind) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < recordings->n; i++) {
        first[kind_list(&recordings->items[i], n_kinds) + 1]++;
    }
    for (size_t k = 0; k <= n_kinds; k++) {
        first[k + 1] += first[k];
        next[k] = first[k];
    }
    for (size_t i = 0; i < recordings->n; i++) {
        by_kind[next[kind_list(&recordings->items[i], n_kinds)]++] = &recordings->items[i];
    }
    recordings->by_kind = by_kind;
    recordings->kind_first = first;
    return 0;
}

int recordings_make(const struct station *station, const struct segments *segments,
                    struct arena *arena, struct recordings *ret_recordings)
{
    struct recordings recordings = {.items =
                                        arena_take(arena, segments->n, sizeof *recordings.items)};
    if (!recordings.items) {
        return -ENOMEM;
    }
    for (size_t i = 0, end; i < segments->n; i = end) {
        end = code_end(segments, i);
        const struct segment *segment = newest_approved(segments, i, end);
        if (!segment) {
            continue;
        }
        size_t kind = station_find_kind(station, segment->kind);
        recordings.items[recordings.n++] =
            (struct recording){.segment = segment,
                               .kind = kind,
                               .topic = segment->topic ? station_find_topic(station, segment->topic)
                                                       : SIZE_MAX,
                               .is_spoken = is_spoken_code(segment->code),
                               .counts =
                                   kind == SIZE_MAX ? COUNTS_NOTHING : station->kinds[kind].counts};
    }
    int r = recordings_by_kind(&recordings, station->n_kinds, arena);
    if (r == 0) {
        *ret_recordings = recordings;
    }
    return r;
}

struct recording *recordings_find(const struct recordings *recordings, const char *code)
{
    size_t low = 0;
    size_t high = recordings->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(recordings->items[middle].segment->code, code);
        if (order == 0) {
            return &recordings->items[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const char *withdrawal_text(struct arena *arena, const struct segment *segment)
{
    char date[ZONE_INSTANT_MAX];
    char time[ZONE_INSTANT_MAX];
    if (!segment->decided_by) {
        return arena_printf(arena, _("recording %s was withdrawn"), segment->code);
    }
    zone_format_date(segment->decided_us, date);
    zone_format_time(segment->decided_us, time);
    return segment->decided_reason && *segment->decided_reason
               ? arena_printf(arena, _("recording %s was withdrawn by %s on %s at %s: %s"),
                              segment->code, segment->decided_by, date, time,
                              segment->decided_reason)
               : arena_printf(arena, _("recording %s was withdrawn by %s on %s at %s"),
                              segment->code, segment->decided_by, date, time);
}
