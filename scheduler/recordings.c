/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/zone.h"
#include "scheduler/planner_int.h"

/* What may air at all? Of each code its newest approved version; found by code, and
 * by kind and topic for rotation. */

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

static int compare_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* By group, and in it by code: the order of the recordings themselves. */
static int group_compare(const void *a, const void *b)
{
    const struct recording *x = *(struct recording *const *)a;
    const struct recording *y = *(struct recording *const *)b;
    int order = compare_size(x->kind, y->kind);
    order = order ? order : compare_size(x->topic, y->topic);
    return order ? order : (x > y) - (x < y);
}

static int length_compare(const void *a, const void *b)
{
    const struct recording *x = *(struct recording *const *)a;
    const struct recording *y = *(struct recording *const *)b;
    if (x->segment->frames != y->segment->frames) {
        return x->segment->frames > y->segment->frames ? -1 : 1;
    }
    return (x > y) - (x < y);
}

/* The group of by_code[0 .. n), which are of one kind and topic. */
static struct recording_group group_of(struct recording **by_code, struct recording **by_length,
                                       size_t n)
{
    memcpy(by_length, by_code, n * sizeof(struct recording *));
    qsort(by_length, n, sizeof(struct recording *), length_compare);
    return (struct recording_group){.kind = by_code[0]->kind,
                                    .topic = by_code[0]->topic,
                                    .counts = by_code[0]->counts,
                                    .n = n,
                                    .by_code = by_code,
                                    .by_length = by_length};
}

static int recordings_group(struct recordings *recordings, size_t n_kinds, struct arena *arena)
{
    struct recording **by_code = arena_take(arena, recordings->n, sizeof(struct recording *));
    struct recording **by_length = arena_take(arena, recordings->n, sizeof(struct recording *));
    recordings->kind_first = arena_take(arena, n_kinds + 1, sizeof *recordings->kind_first);
    if (!by_code || !by_length || !recordings->kind_first) {
        return -ENOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < recordings->n; i++) {
        struct recording *recording = &recordings->items[i];
        if (recording->kind != SIZE_MAX && !recording->is_spoken) {
            by_code[n++] = recording;
        }
    }
    if (n) {
        qsort(by_code, n, sizeof(struct recording *), group_compare);
    }
    size_t capacity = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && by_code[end]->kind == by_code[i]->kind &&
                          by_code[end]->topic == by_code[i]->topic;) {
            end++;
        }
        recordings->groups = arena_grow(arena, recordings->groups, recordings->n_groups, &capacity,
                                        sizeof *recordings->groups);
        if (!recordings->groups) {
            return -ENOMEM;
        }
        recordings->groups[recordings->n_groups++] = group_of(by_code + i, by_length + i, end - i);
        recordings->kind_first[by_code[i]->kind + 1] = recordings->n_groups;
    }
    for (size_t k = 0; k < n_kinds; k++) { /* of kinds without a group */
        if (recordings->kind_first[k + 1] < recordings->kind_first[k]) {
            recordings->kind_first[k + 1] = recordings->kind_first[k];
        }
    }
    return 0;
}

/* Of a recording that is too short for it nothing overlaps. */
static int64_t tail_of(const struct station *station, size_t kind, const struct segment *segment)
{
    int64_t tail = kind == SIZE_MAX ? 0 : frames_from_us(station->kinds[kind].crossfade_us);
    return segment->frames >= TAIL_SHARE_MIN * tail ? tail : 0;
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
                               .tail_frames = tail_of(station, kind, segment),
                               .is_spoken = is_spoken_code(segment->code),
                               .counts =
                                   kind == SIZE_MAX ? COUNTS_NOTHING : station->kinds[kind].counts};
    }
    int r = recordings_group(&recordings, station->n_kinds, arena);
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
