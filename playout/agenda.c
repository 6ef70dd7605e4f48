/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/agenda.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/frames.h"
#include "base/i18n.h"
#include "station/station.h"

/* The engine takes up everything so much ahead (PREPARE_FRAMES); a pre-roll counts from the same
 * instant. */
enum { TAKEN_UP_US = 5000000 };

struct held_plan {
    const struct plan *plan;
    struct plan *owned;
    bool *known;       /* one an item: it is to come, has begun, or an earlier run aired it */
    int64_t end_frame; /* of its last item */
};

/* A line in a plan that revises others. */
struct line_levels {
    const struct plan_level *first; /* NULL: the plan says nothing of it */
    const struct plan_level *now;   /* the one in force; NULL: all are to come */
};

/* What taking a plan in needs besides, made before anything is changed. */
struct room {
    bool *known;                      /* one an item of the plan */
    const struct plan_item **keys;    /* of all that is known */
    const struct plan_item **dropped; /* by a revision */
    struct line_levels *lines;        /* of a revision */
};

struct agenda {
    const struct station *station;
    struct held_plan *plans;
    size_t n_plans;
    struct agenda_item *items; /* from next_item on, by time */
    size_t n_items;
    size_t next_item;
    struct plan_level *levels;
    size_t n_levels;
    size_t next_level;
    uint64_t n_handed_in;
};

static int no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the plan"));
}

struct agenda *agenda_create(const struct station *station)
{
    struct agenda *agenda = calloc(1, sizeof *agenda);
    if (agenda) {
        agenda->station = station;
    }
    return agenda;
}

static void held_plan_release(struct held_plan *held)
{
    plan_destroy(held->owned);
    free(held->known);
}

struct agenda *agenda_destroy(struct agenda *agenda)
{
    if (agenda) {
        for (size_t i = 0; i < agenda->n_plans; i++) {
            held_plan_release(&agenda->plans[i]);
        }
        free(agenda->plans);
        free(agenda->items);
        free(agenda->levels);
        free(agenda);
    }
    return NULL;
}

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_keys(const void *a, const void *b)
{
    const struct plan_item *x = *(const struct plan_item *const *)a;
    const struct plan_item *y = *(const struct plan_item *const *)b;
    int order = strcmp(x->slot_uid, y->slot_uid);
    order = order ? order : compare_i64(x->slot_recurrence_us, y->slot_recurrence_us);
    order = order ? order : compare_i64(x->position, y->position);
    return order ? order : compare_i64(x->piece, y->piece);
}

static int compare_items(const void *a, const void *b)
{
    const struct agenda_item *x = a;
    const struct agenda_item *y = b;
    int order = compare_i64(x->due_frame, y->due_frame);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int compare_levels(const void *a, const void *b)
{
    const struct plan_level *x = a;
    const struct plan_level *y = b;
    int order = compare_i64(x->from_frame, y->from_frame);
    return order ? order : compare_i64(x->line, y->line);
}

static bool sounds(const struct plan_item *item)
{
    return (item->state == PLAN_PLANNED || item->state == PLAN_FILLER) && item->n_frames > 0 &&
           (item->segment_id != 0 || item->source != ITEM_SOURCE_COPY);
}

/* One past the last frame that is heard of it, under what follows. */
static int64_t item_sound_end(const struct plan_item *item)
{
    return plan_item_end(item) + item->tail_frames;
}

/* Everything that is known, by key. Returns how many. */
static size_t agenda_keys(const struct agenda *agenda, const struct plan_item **keys)
{
    size_t n = 0;
    for (size_t i = 0; i < agenda->n_plans; i++) {
        for (size_t j = 0; j < agenda->plans[i].plan->n_items; j++) {
            if (agenda->plans[i].known[j]) {
                keys[n++] = &agenda->plans[i].plan->items[j];
            }
        }
    }
    qsort(keys, n, sizeof(const struct plan_item *), compare_keys);
    return n;
}

static bool has_key(const struct plan_item *const *keys, size_t n, const struct plan_item *item)
{
    return bsearch(&item, keys, n, sizeof(const struct plan_item *), compare_keys) != NULL;
}

/* Move what is still to come to the front and make room for n_more behind it. */
static void *make_room(void *array, size_t item_bytes, size_t *n, size_t *next, size_t n_more)
{
    size_t left = *n - *next;
    char *larger = calloc(left + n_more + 1, item_bytes);
    if (!larger) {
        return NULL;
    }
    if (left) {
        memcpy(larger, (char *)array + *next * item_bytes, left * item_bytes);
    }
    free(array);
    *n = left;
    *next = 0;
    return larger;
}

static int agenda_make_room(struct agenda *agenda, const struct plan *plan)
{
    struct agenda_item *items = make_room(agenda->items, sizeof *items, &agenda->n_items,
                                          &agenda->next_item, plan->n_items);
    if (!items) {
        return -ENOMEM;
    }
    agenda->items = items;
    struct plan_level *levels = make_room(agenda->levels, sizeof *levels, &agenda->n_levels,
                                          &agenda->next_level, plan->n_levels);
    if (!levels) {
        return -ENOMEM;
    }
    agenda->levels = levels;
    struct held_plan *plans = realloc(agenda->plans, (agenda->n_plans + 1) * sizeof *plans);
    if (!plans) {
        return -ENOMEM;
    }
    agenda->plans = plans;
    return 0;
}

static void room_release(struct room *room)
{
    free(room->known);
    free(room->keys);
    free(room->dropped);
    free(room->lines);
}

static int room_make(struct agenda *agenda, const struct plan *plan, size_t n_prepared,
                     struct room *room)
{
    size_t n_held = 0;
    for (size_t i = 0; i < agenda->n_plans; i++) {
        n_held += agenda->plans[i].plan->n_items;
    }
    size_t n_dropped = n_prepared + agenda->n_items - agenda->next_item;
    room->known = calloc(plan->n_items + 1, sizeof *room->known);
    room->keys = calloc(n_held + 1, sizeof(const struct plan_item *));
    room->dropped = calloc(n_dropped + 1, sizeof(const struct plan_item *));
    room->lines = calloc(plan->n_lines + 1, sizeof *room->lines);
    return room->known && room->keys && room->dropped && room->lines
               ? agenda_make_room(agenda, plan)
               : -ENOMEM;
}

/* How much earlier than a copy it is taken up. */
static int64_t preroll_frames(const struct agenda *agenda, const struct plan_item *item)
{
    const struct source_def *source = station_find_source(agenda->station, item->source_name);
    int64_t preroll_us = source ? source->preroll_us : SOURCE_PREROLL_US;
    return frames_from_us(preroll_us - TAKEN_UP_US);
}

static void agenda_add_items(struct agenda *agenda, const struct plan *plan,
                             const int64_t *aired_until, int64_t now_frame, struct room *room)
{
    size_t n_keys = agenda_keys(agenda, room->keys);
    for (size_t i = 0; i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        int64_t aired = aired_until ? aired_until[i] : INT64_MIN;
        int64_t from = aired > item->start_frame ? aired : item->start_frame;
        if (!sounds(item)) {
            continue;
        }
        bool is_new = !has_key(room->keys, n_keys, item);
        bool is_past = plan_item_end(item) <= now_frame;
        room->known[i] = !is_new || !is_past || aired != INT64_MIN;
        if (is_new && !is_past && plan_item_end(item) > from) {
            bool is_live = item->source != ITEM_SOURCE_COPY;
            agenda->items[agenda->n_items++] =
                (struct agenda_item){item, from, agenda->n_handed_in++,
                                     is_live ? from - preroll_frames(agenda, item) : from};
        }
    }
    qsort(agenda->items, agenda->n_items, sizeof *agenda->items, compare_items);
}

static void agenda_hold(struct agenda *agenda, const struct plan *plan, struct plan *owned,
                        struct room *room)
{
    struct held_plan held = {plan, owned, STEAL(room->known), INT64_MIN};
    for (size_t i = 0; i < plan->n_items; i++) {
        int64_t end = item_sound_end(&plan->items[i]);
        held.end_frame = end > held.end_frame ? end : held.end_frame;
    }
    agenda->plans[agenda->n_plans++] = held;
}

int agenda_add(struct agenda *agenda, const struct plan *plan, struct plan *owned,
               const int64_t *aired_until, int64_t now_frame, struct fault *reterr)
{
    struct room room = {0};
    int r = room_make(agenda, plan, 0, &room);
    if (r == 0) {
        agenda_add_items(agenda, plan, aired_until, now_frame, &room);
        if (plan->n_levels) {
            memcpy(agenda->levels + agenda->n_levels, plan->levels,
                   plan->n_levels * sizeof *agenda->levels);
            agenda->n_levels += plan->n_levels;
            qsort(agenda->levels, agenda->n_levels, sizeof *agenda->levels, compare_levels);
        }
        agenda_hold(agenda, plan, owned, &room);
    }
    room_release(&room);
    return r < 0 ? no_memory(reterr) : 0;
}

/* Forget the keys of what a revision drops. A plan whose items are all dropped is kept until
 * the engine has moved on: what it prepared of it may still be on its hands. */
static void held_plan_revise(struct held_plan *held, const struct plan_item *const *dropped,
                             size_t n_dropped, int64_t from_us, int64_t now_frame)
{
    held->end_frame = now_frame;
    for (size_t i = 0; i < held->plan->n_items; i++) {
        const struct plan_item *item = &held->plan->items[i];
        bool is_to_come = item->slot_start_us >= from_us && item->start_frame > now_frame;
        if (is_to_come || has_key(dropped, n_dropped, item)) {
            held->known[i] = false;
        }
        if (held->known[i] && item_sound_end(item) > held->end_frame) {
            held->end_frame = item_sound_end(item);
        }
    }
}

static void items_drop(struct agenda *agenda, const struct agenda_cut *cut, int64_t now_frame,
                       const struct plan_item **dropped)
{
    size_t n = 0;
    for (size_t i = 0; i < cut->n_prepared; i++) {
        dropped[n++] = cut->prepared[i];
    }
    size_t kept = agenda->next_item;
    for (size_t i = agenda->next_item; i < agenda->n_items; i++) {
        if (agenda->items[i].item->slot_start_us >= cut->from_us) {
            dropped[n++] = agenda->items[i].item;
        } else {
            agenda->items[kept++] = agenda->items[i];
        }
    }
    agenda->n_items = kept;
    qsort(dropped, n, sizeof(const struct plan_item *), compare_keys);
    for (size_t i = 0; i < agenda->n_plans; i++) {
        held_plan_revise(&agenda->plans[i], dropped, n, cut->from_us, now_frame);
    }
}

/* Does the revising plan say what this level of another said? */
static bool is_revised(const struct plan_level *level, const struct plan *plan,
                       const struct line_levels *lines, int64_t now_frame)
{
    const struct plan_level *first = level->line < plan->n_lines ? lines[level->line].first : NULL;
    return first && level->from_frame >= first->from_frame && level->from_frame >= now_frame;
}

/* A line's levels are the plan's from its first on, but never before now: what is in force by
 * now is reached from now on, so that it comes with a ramp where it is another than before. */
static void levels_revise(struct agenda *agenda, const struct plan *plan, int64_t now_frame,
                          struct line_levels *lines)
{
    for (size_t i = 0; i < plan->n_levels; i++) {
        const struct plan_level *level = &plan->levels[i];
        if (level->line < plan->n_lines) {
            struct line_levels *line = &lines[level->line];
            line->first = line->first ? line->first : level;
            line->now = level->from_frame <= now_frame ? level : line->now;
        }
    }
    size_t kept = agenda->next_level;
    for (size_t i = agenda->next_level; i < agenda->n_levels; i++) {
        if (!is_revised(&agenda->levels[i], plan, lines, now_frame)) {
            agenda->levels[kept++] = agenda->levels[i];
        }
    }
    agenda->n_levels = kept;
    for (size_t i = 0; i < plan->n_levels; i++) {
        struct plan_level level = plan->levels[i];
        if (level.line < plan->n_lines &&
            (level.from_frame > now_frame || lines[level.line].now == &plan->levels[i])) {
            level.from_frame = level.from_frame > now_frame ? level.from_frame : now_frame;
            agenda->levels[agenda->n_levels++] = level;
        }
    }
    qsort(agenda->levels, agenda->n_levels, sizeof *agenda->levels, compare_levels);
}

int agenda_revise(struct agenda *agenda, struct plan *plan, const int64_t *aired_until,
                  const struct agenda_cut *cut, int64_t now_frame, struct fault *reterr)
{
    struct room room = {0};
    int r = room_make(agenda, plan, cut->n_prepared, &room);
    if (r == 0) {
        items_drop(agenda, cut, now_frame, room.dropped);
        agenda_add_items(agenda, plan, aired_until, now_frame, &room);
        levels_revise(agenda, plan, now_frame, room.lines);
        agenda_hold(agenda, plan, plan, &room);
    }
    room_release(&room);
    return r < 0 ? no_memory(reterr) : 0;
}

const struct agenda_item *agenda_item_at(const struct agenda *agenda, size_t i)
{
    return i < agenda->n_items - agenda->next_item ? &agenda->items[agenda->next_item + i] : NULL;
}

const struct agenda_item *agenda_next_item(const struct agenda *agenda)
{
    return agenda_item_at(agenda, 0);
}

void agenda_drop_item(struct agenda *agenda)
{
    agenda->next_item++;
}

const struct plan_level *agenda_next_level(const struct agenda *agenda)
{
    return agenda->next_level < agenda->n_levels ? &agenda->levels[agenda->next_level] : NULL;
}

void agenda_drop_level(struct agenda *agenda)
{
    agenda->next_level++;
}

/* The earlier of `next` and an edge, if that is after the frame. */
static int64_t next_after(int64_t frame, int64_t edge, int64_t next)
{
    return edge > frame && edge < next ? edge : next;
}

static const struct plan *plan_deciding(const struct agenda *agenda, int64_t frame)
{
    for (size_t i = agenda->n_plans; i > 0; i--) {
        if (agenda->plans[i - 1].plan->from_us <= frames_to_us(frame)) {
            return agenda->plans[i - 1].plan;
        }
    }
    return NULL;
}

int64_t agenda_withheld_from(const struct agenda *agenda, const char *kind, size_t line,
                             int64_t frame)
{
    const struct plan *plan = plan_deciding(agenda, frame);
    for (size_t i = 0; plan && i < plan->n_withheld; i++) { /* by start: the first is the one */
        const struct plan_withheld *withheld = &plan->withheld[i];
        if (withheld->until_frame > frame && line_set_has(withheld->lines, line) &&
            strcmp(withheld->kind, kind) == 0) {
            return withheld->from_frame > frame ? withheld->from_frame : frame;
        }
    }
    return INT64_MAX;
}

void agenda_withhold(const struct agenda *agenda, const char *kind, int64_t frame,
                     struct line_set lines)
{
    const struct plan *plan = plan_deciding(agenda, frame);
    for (size_t i = 0; plan && i < plan->n_withheld; i++) {
        const struct plan_withheld *withheld = &plan->withheld[i];
        if (withheld->from_frame <= frame && withheld->until_frame > frame &&
            strcmp(withheld->kind, kind) == 0) {
            line_set_minus(lines, withheld->lines);
        }
    }
}

int64_t agenda_next_withheld(const struct agenda *agenda, int64_t frame)
{
    int64_t next = INT64_MAX;
    bool is_any = false;
    for (size_t i = 0; i < agenda->n_plans; i++) {
        const struct plan *plan = agenda->plans[i].plan;
        is_any = is_any || plan->n_withheld;
        if (plan->from_us > frames_to_us(frame)) {
            next = next_after(frame, frames_from_us(plan->from_us), next);
        }
        for (size_t k = 0; k < plan->n_withheld; k++) {
            next = next_after(frame, plan->withheld[k].from_frame, next);
            next = next_after(frame, plan->withheld[k].until_frame, next);
        }
    }
    return is_any ? next : INT64_MAX;
}

void agenda_forget(struct agenda *agenda, int64_t frame)
{
    size_t kept = 0;
    for (size_t i = 0; i < agenda->n_plans; i++) {
        if (agenda->plans[i].end_frame >= frame) {
            agenda->plans[kept++] = agenda->plans[i];
        } else {
            held_plan_release(&agenda->plans[i]);
        }
    }
    agenda->n_plans = kept;
}
