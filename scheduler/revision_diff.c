/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "airtime/line_sets.h"
#include "base/arena.h"
#include "base/fault.h"
#include "scheduler/planner_int.h"
#include "scheduler/revision_int.h"

/* Two frozen plans, compared as a person would: slot by slot, then item by item. */

/* Rows of one slot, or of one item of it. */
struct part {
    const struct frozen_row *rows;
    size_t n;
};

/* What a part comes to. */
struct sum {
    struct plan_outcome outcome; /* line_set_id 0: it is `lines`, which has no number yet */
    struct line_set lines;
    bool sounds;
};

int frozen_row_compare_slots(const struct frozen_row *a, const struct frozen_row *b)
{
    int order = strcmp(a->uid, b->uid);
    return order ? order
                 : (a->recurrence_us > b->recurrence_us) - (a->recurrence_us < b->recurrence_us);
}

static int frozen_row_compare(const void *a, const void *b)
{
    const struct frozen_row *x = a;
    const struct frozen_row *y = b;
    int order = frozen_row_compare_slots(x, y);
    order = order ? order : (x->position > y->position) - (x->position < y->position);
    return order ? order : (x->piece > y->piece) - (x->piece < y->piece);
}

void frozen_rows_sort(struct frozen_rows *rows)
{
    if (rows->n) {
        qsort(rows->items, rows->n, sizeof *rows->items, frozen_row_compare);
    }
}

/* ---- what a part comes to */

static bool row_sounds(const struct frozen_row *row)
{
    return row->state == PLAN_PLANNED || row->state == PLAN_FILLER;
}

/* The row whose state is the part's: what is planned before what fills before what is silent. */
static const struct frozen_row *part_head(struct part part)
{
    const struct frozen_row *head = &part.rows[0];
    for (size_t i = 1; i < part.n && head->state != PLAN_PLANNED; i++) {
        if (part.rows[i].state == PLAN_PLANNED ||
            (part.rows[i].state == PLAN_FILLER && head->state != PLAN_FILLER)) {
            head = &part.rows[i];
        }
    }
    return head;
}

/* Does a row count for what its part comes to? Of what sounds, the rows that do. */
static bool row_counts(const struct frozen_row *row, const struct sum *sum)
{
    return sum->sounds ? row_sounds(row) : row->state == sum->outcome.state;
}

/* The lines of a part, and how long they hear it in the mean. */
static int sum_lines(struct differ *differ, struct part part, struct sum *sum, struct fault *reterr)
{
    int64_t line_frames = 0;
    int64_t one_set = 0;
    bool is_one = true;
    sum->lines = line_set_make(differ->arena, line_sets_n_lines(differ->sets));
    if (!sum->lines.words) {
        return plan_no_memory(reterr);
    }
    for (size_t i = 0; i < part.n; i++) {
        struct line_set lines = {0};
        if (!row_counts(&part.rows[i], sum)) {
            continue;
        }
        int r = line_sets_read(differ->sets, part.rows[i].line_set_id, &lines, reterr);
        if (r < 0) {
            return r;
        }
        line_set_or(sum->lines, lines);
        line_frames += part.rows[i].frames * (int64_t)line_set_count(lines);
        is_one &= !one_set || one_set == part.rows[i].line_set_id;
        one_set = part.rows[i].line_set_id;
    }
    int64_t n = (int64_t)line_set_count(sum->lines);
    sum->outcome.frames = n ? line_frames / n : 0;
    sum->outcome.line_set_id = is_one ? one_set : 0;
    return 0;
}

static bool same_sound(const struct frozen_row *a, const struct frozen_row *b)
{
    return a->segment_id == b->segment_id && strcmp(a->source, b->source) == 0;
}

static int part_sum(struct differ *differ, struct part part, bool is_slot, struct sum *ret_sum,
                    struct fault *reterr)
{
    const struct frozen_row *head = part_head(part);
    struct sum sum = {.sounds = row_sounds(head),
                      .outcome = {.title = is_slot ? head->slot_title : head->title,
                                  .start_us = head->start_us,
                                  .code = head->segment_id ? head->code
                                          : *head->source  ? head->source
                                                           : NULL,
                                  .version = head->version,
                                  .gain_db = head->gain_db,
                                  .state = head->state,
                                  .reason = is_slot && row_sounds(head) ? "" : head->reason}};
    for (size_t i = 0; i < part.n; i++) {
        const struct frozen_row *row = &part.rows[i];
        if (row->start_us < sum.outcome.start_us) {
            sum.outcome.start_us = row->start_us;
        }
        if (row_counts(row, &sum) && !same_sound(row, head)) {
            sum.outcome.code = NULL;
        }
    }
    *ret_sum = sum;
    return sum_lines(differ, part, ret_sum, reterr);
}

/* Lines that the station no longer has are only known by the number of their set. */
static bool same_lines(const struct sum *a, const struct sum *b)
{
    return a->outcome.line_set_id && b->outcome.line_set_id
               ? a->outcome.line_set_id == b->outcome.line_set_id
               : line_set_equal(a->lines, b->lines);
}

/* ---- telling */

static int keep_outcome(struct differ *differ, const struct sum *sum,
                        const struct plan_outcome **ret, struct fault *reterr)
{
    *ret = NULL;
    if (!sum) {
        return 0;
    }
    struct plan_outcome *outcome = arena_take(differ->arena, 1, sizeof *outcome);
    if (!outcome) {
        return plan_no_memory(reterr);
    }
    *outcome = sum->outcome;
    *ret = outcome;
    return outcome->line_set_id
               ? 0
               : line_sets_number(differ->sets, sum->lines, &outcome->line_set_id, reterr);
}

/* row: of the slot as it is now, or of the one that went. */
static int tell(struct differ *differ, enum plan_change_kind kind, const struct frozen_row *row,
                int position, const struct sum *before, const struct sum *after,
                struct fault *reterr)
{
    struct changes *changes = &differ->changes;
    struct plan_change change = {.kind = kind,
                                 .slot_uid = row->uid,
                                 .slot_recurrence_us = row->recurrence_us,
                                 .slot_title = row->slot_title,
                                 .position = position};
    int r = keep_outcome(differ, before, &change.before, reterr);
    r = r < 0 ? r : keep_outcome(differ, after, &change.after, reterr);
    if (r < 0) {
        return r;
    }
    changes->items = arena_grow(differ->arena, changes->items, changes->n, &changes->capacity,
                                sizeof *changes->items);
    if (!changes->items) {
        return plan_no_memory(reterr);
    }
    changes->items[changes->n++] = change;
    return 0;
}

/* ---- items of a slot that sounds before and after */

struct parts {
    struct part *items;
    size_t n;
};

/* The items of a slot. */
static int split(struct differ *differ, struct part slot, struct parts *ret_parts,
                 struct fault *reterr)
{
    struct parts parts = {.items = arena_take(differ->arena, slot.n, sizeof *parts.items)};
    if (!parts.items) {
        return plan_no_memory(reterr);
    }
    for (size_t i = 0; i < slot.n; i++) {
        if (i == 0 || slot.rows[i].position != slot.rows[i - 1].position) {
            parts.items[parts.n++] = (struct part){.rows = &slot.rows[i]};
        }
        parts.items[parts.n - 1].n++;
    }
    *ret_parts = parts;
    return 0;
}

/* The same recording, or the same silence? */
static bool same_thing(struct part a, struct part b)
{
    const struct frozen_row *x = part_head(a);
    const struct frozen_row *y = part_head(b);
    return row_sounds(x) ? x->state == y->state && same_sound(x, y)
                         : x->state == y->state && strcmp(x->title, y->title) == 0 &&
                               strcmp(x->reason, y->reason) == 0;
}

/* A slot before and after, and its items. */
struct pair {
    struct sum before;
    struct sum after;
    struct parts old;
    struct parts new;
    bool lines_differ;
};

static int compare_items(struct differ *differ, const struct pair *slot, struct part old,
                         struct part new, struct fault *reterr)
{
    struct sum before = {0};
    struct sum after = {0};
    if (same_thing(old, new) && part_head(new)->state == PLAN_FILLER) {
        return 0; /* it fills what the others leave */
    }
    int r = part_sum(differ, old, false, &before, reterr);
    r = r < 0 ? r : part_sum(differ, new, false, &after, reterr);
    if (r < 0) {
        return r;
    }
    bool follows_slot = slot->lines_differ && same_lines(&before, &slot->before) &&
                        same_lines(&after, &slot->after);
    bool is_same = same_thing(old, new) && (follows_slot || same_lines(&before, &after)) &&
                   before.outcome.frames == after.outcome.frames &&
                   before.outcome.gain_db == after.outcome.gain_db;
    return is_same ? 0
                   : tell(differ, CHANGE_CHANGED, new.rows, new.rows->position, &before, &after,
                          reterr);
}

static int tell_lone(struct differ *differ, struct part part, enum plan_change_kind kind,
                     struct fault *reterr)
{
    struct sum sum = {0};
    int r = part_sum(differ, part, false, &sum, reterr);
    return r < 0 ? r
                 : tell(differ, kind, part.rows, part.rows->position,
                        kind == CHANGE_REMOVED ? &sum : NULL, kind == CHANGE_REMOVED ? NULL : &sum,
                        reterr);
}

/* What begins and what ends the slot as before is paired; between, one by one. */
static int compare_all_items(struct differ *differ, const struct pair *slot, struct fault *reterr)
{
    const struct parts *old = &slot->old;
    const struct parts *new = &slot->new;
    size_t least = old->n < new->n ? old->n : new->n;
    size_t head = 0;
    while (head < least && same_thing(old->items[head], new->items[head])) {
        head++;
    }
    size_t tail = 0;
    while (tail < least - head &&
           same_thing(old->items[old->n - 1 - tail], new->items[new->n - 1 - tail])) {
        tail++;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < least - tail; i++) {
        r = compare_items(differ, slot, old->items[i], new->items[i], reterr);
    }
    for (size_t i = least - tail; r == 0 && i < old->n - tail; i++) {
        r = tell_lone(differ, old->items[i], CHANGE_REMOVED, reterr);
    }
    for (size_t i = least - tail; r == 0 && i < new->n - tail; i++) {
        r = tell_lone(differ, new->items[i], CHANGE_ADDED, reterr);
    }
    for (size_t i = tail; r == 0 && i > 0; i--) {
        r = compare_items(differ, slot, old->items[old->n - i], new->items[new->n - i], reterr);
    }
    return r;
}

/* ---- slots */

static bool same_row(const struct frozen_row *a, const struct frozen_row *b)
{
    return a->position == b->position && a->piece == b->piece && a->line_set_id == b->line_set_id &&
           a->start_us == b->start_us && a->frames == b->frames && same_sound(a, b) &&
           a->gain_db == b->gain_db && a->state == b->state &&
           strcmp(a->slot_title, b->slot_title) == 0 &&
           (row_sounds(a) ||
            (strcmp(a->title, b->title) == 0 && strcmp(a->reason, b->reason) == 0));
}

static bool same_part(struct part a, struct part b)
{
    bool same = a.n == b.n;
    for (size_t i = 0; same && i < a.n; i++) {
        same = same_row(&a.rows[i], &b.rows[i]);
    }
    return same;
}

static int compare_slots(struct differ *differ, struct part old, struct part new,
                         struct fault *reterr)
{
    struct pair slot = {0};
    if (same_part(old, new)) {
        return 0;
    }
    int r = part_sum(differ, old, true, &slot.before, reterr);
    r = r < 0 ? r : part_sum(differ, new, true, &slot.after, reterr);
    r = r < 0 ? r : split(differ, old, &slot.old, reterr);
    r = r < 0 ? r : split(differ, new, &slot.new, reterr);
    if (r < 0) {
        return r;
    }
    const struct plan_outcome *before = &slot.before.outcome;
    const struct plan_outcome *after = &slot.after.outcome;
    slot.lines_differ = !same_lines(&slot.before, &slot.after);
    bool is_silent = !slot.before.sounds || !slot.after.sounds;
    bool differs = slot.lines_differ || strcmp(before->title, after->title) != 0 ||
                   (is_silent &&
                    (before->state != after->state || strcmp(before->reason, after->reason) != 0));
    bool moved = before->start_us != after->start_us;
    size_t n_told = differ->changes.n;
    if (moved || differs) {
        r = tell(differ, moved ? CHANGE_MOVED : CHANGE_CHANGED, new.rows, -1, &slot.before,
                 &slot.after, reterr);
    }
    if (r == 0 && !is_silent) {
        r = compare_all_items(differ, &slot, reterr);
    }
    if (r == 0 && differ->changes.n == n_told && before->frames != after->frames) {
        r = tell(differ, CHANGE_CHANGED, new.rows, -1, &slot.before, &slot.after, reterr);
    }
    return r;
}

static bool was_frozen(const struct differ *differ, int64_t us)
{
    for (size_t i = 0; i < differ->n_windows; i++) {
        if (differ->windows[i].from_us <= us && us < differ->windows[i].to_us) {
            return true;
        }
    }
    return false;
}

static int tell_slot(struct differ *differ, struct part part, enum plan_change_kind kind,
                     struct fault *reterr)
{
    struct sum sum = {0};
    if (kind == CHANGE_ADDED && !was_frozen(differ, part.rows->slot_start_us)) {
        return 0; /* the frozen time was prolonged */
    }
    int r = part_sum(differ, part, true, &sum, reterr);
    return r < 0 ? r
                 : tell(differ, kind, part.rows, -1, kind == CHANGE_REMOVED ? &sum : NULL,
                        kind == CHANGE_REMOVED ? NULL : &sum, reterr);
}

/* The slot that begins at row i. */
static struct part slot_at(const struct frozen_rows *rows, size_t i)
{
    struct part part = {.rows = &rows->items[i]};
    while (i + part.n < rows->n && frozen_row_compare_slots(part.rows, &part.rows[part.n]) == 0) {
        part.n++;
    }
    return part;
}

/* The slots of one event, before and after; [k] with their number in the other list, or
 * SIZE_MAX. */
struct event {
    struct parts old;
    struct parts new;
    size_t *new_of;
    size_t *old_of;
};

/* The rows from i on that are of the same event, slot by slot; returns how many. */
static size_t take_event(const struct frozen_rows *rows, size_t i, const char *uid,
                         struct parts *parts)
{
    size_t n = 0;
    while (i + n < rows->n && strcmp(rows->items[i + n].uid, uid) == 0) {
        parts->items[parts->n] = slot_at(rows, i + n);
        n += parts->items[parts->n++].n;
    }
    return n;
}

static void event_pair(struct event *event, size_t old, size_t new)
{
    event->new_of[old] = new;
    event->old_of[new] = old;
}

static int64_t start_distance(struct part a, struct part b)
{
    int64_t us = a.rows->slot_start_us - b.rows->slot_start_us;
    return us < 0 ? -us : us;
}

/* The slot of those that have no other half which starts nearest to one. */
static size_t nearest(const struct parts *parts, const size_t *other_of, struct part part)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < parts->n; i++) {
        if (other_of[i] == SIZE_MAX &&
            (best == SIZE_MAX ||
             start_distance(parts->items[i], part) < start_distance(parts->items[best], part))) {
            best = i;
        }
    }
    return best;
}

/* By their keys; and where the event's own start was edited, which makes other keys, those
 * that lie nearest to each other, within half a day. */
static void event_match(struct event *event)
{
    for (size_t i = 0, j = 0; i < event->old.n && j < event->new.n;) {
        int order = frozen_row_compare_slots(event->old.items[i].rows, event->new.items[j].rows);
        if (order == 0) {
            event_pair(event, i, j);
        }
        i += order <= 0;
        j += order >= 0;
    }
    for (size_t i = 0; i < event->old.n; i++) {
        size_t j = event->new_of[i] == SIZE_MAX
                       ? nearest(&event->new, event->old_of, event->old.items[i])
                       : SIZE_MAX;
        if (j != SIZE_MAX && nearest(&event->old, event->new_of, event->new.items[j]) == i &&
            start_distance(event->old.items[i], event->new.items[j]) <= SLOT_MAX_US / 2) {
            event_pair(event, i, j);
        }
    }
}

static int compare_event(struct differ *differ, const struct event *event, struct fault *reterr)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < event->old.n; i++) {
        r = event->new_of[i] == SIZE_MAX
                ? tell_slot(differ, event->old.items[i], CHANGE_REMOVED, reterr)
                : compare_slots(differ, event->old.items[i], event->new.items[event->new_of[i]],
                                reterr);
    }
    for (size_t i = 0; r == 0 && i < event->new.n; i++) {
        if (event->old_of[i] == SIZE_MAX) {
            r = tell_slot(differ, event->new.items[i], CHANGE_ADDED, reterr);
        }
    }
    return r;
}

static int change_compare(const void *a, const void *b)
{
    const struct plan_change *x = a;
    const struct plan_change *y = b;
    int64_t x_us = x->after ? x->after->start_us : x->before->start_us;
    int64_t y_us = y->after ? y->after->start_us : y->before->start_us;
    int order = (x_us > y_us) - (x_us < y_us);
    order = order ? order : strcmp(x->slot_uid, y->slot_uid);
    order = order ? order
                  : (x->slot_recurrence_us > y->slot_recurrence_us) -
                        (x->slot_recurrence_us < y->slot_recurrence_us);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

int differ_compare(struct differ *differ, const struct frozen_rows *before,
                   const struct frozen_rows *after, struct fault *reterr)
{
    struct event event = {
        .old = {.items = arena_take(differ->arena, before->n + 1, sizeof *event.old.items)},
        .new = {.items = arena_take(differ->arena, after->n + 1, sizeof *event.new.items)},
        .new_of = arena_take(differ->arena, before->n + 1, sizeof *event.new_of),
        .old_of = arena_take(differ->arena, after->n + 1, sizeof *event.old_of)};
    if (!event.old.items || !event.new.items || !event.new_of || !event.old_of) {
        return plan_no_memory(reterr);
    }
    int r = 0;
    for (size_t i = 0, j = 0; r == 0 && (i < before->n || j < after->n);) {
        bool is_old = i < before->n &&
                      (j == after->n || strcmp(before->items[i].uid, after->items[j].uid) <= 0);
        const char *uid = is_old ? before->items[i].uid : after->items[j].uid;
        event.old.n = event.new.n = 0;
        i += take_event(before, i, uid, &event.old);
        j += take_event(after, j, uid, &event.new);
        memset(event.new_of, 0xff, event.old.n * sizeof *event.new_of); /* SIZE_MAX */
        memset(event.old_of, 0xff, event.new.n * sizeof *event.old_of);
        event_match(&event);
        r = compare_event(differ, &event, reterr);
    }
    if (r == 0 && differ->changes.n) {
        qsort(differ->changes.items, differ->changes.n, sizeof *differ->changes.items,
              change_compare);
    }
    return r;
}

int differ_silence(struct differ *differ, const struct frozen_row *rows, size_t n,
                   const char *reason, struct fault *reterr)
{
    struct sum before = {0};
    int r = part_sum(differ, (struct part){.rows = rows, .n = n}, false, &before, reterr);
    struct sum after = before;
    after.outcome.frames = 0;
    after.outcome.code = NULL;
    after.outcome.state = PLAN_REFUSED;
    after.outcome.reason = reason;
    return r < 0 ? r : tell(differ, CHANGE_CHANGED, rows, rows->position, &before, &after, reterr);
}
