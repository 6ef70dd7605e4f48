/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "playout/agenda.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"

struct held_plan {
    const struct plan *plan;
    struct plan *owned;
    int64_t end_frame; /* of its last item */
};

struct agenda {
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

struct agenda *agenda_create(void)
{
    return calloc(1, sizeof(struct agenda));
}

struct agenda *agenda_destroy(struct agenda *agenda)
{
    if (agenda) {
        for (size_t i = 0; i < agenda->n_plans; i++) {
            plan_destroy(agenda->plans[i].owned);
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
    int order = compare_i64(x->from_frame, y->from_frame);
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
           item->segment_id != 0;
}

/* The items of all plans held, by key; *ret_keys is given to the caller. */
static int agenda_keys(const struct agenda *agenda, const struct plan_item ***ret_keys,
                       size_t *ret_n)
{
    size_t n = 0;
    for (size_t i = 0; i < agenda->n_plans; i++) {
        n += agenda->plans[i].plan->n_items;
    }
    const struct plan_item **keys = calloc(n ? n : 1, sizeof(const struct plan_item *));
    if (!keys) {
        return -ENOMEM;
    }
    n = 0;
    for (size_t i = 0; i < agenda->n_plans; i++) {
        for (size_t j = 0; j < agenda->plans[i].plan->n_items; j++) {
            if (sounds(&agenda->plans[i].plan->items[j])) {
                keys[n++] = &agenda->plans[i].plan->items[j];
            }
        }
    }
    qsort(keys, n, sizeof(const struct plan_item *), compare_keys);
    *ret_keys = keys;
    *ret_n = n;
    return 0;
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

static void agenda_add_items(struct agenda *agenda, const struct plan *plan,
                             const int64_t *aired_until, int64_t now_frame,
                             const struct plan_item **keys, size_t n_keys)
{
    for (size_t i = 0; i < plan->n_items; i++) {
        const struct plan_item *item = &plan->items[i];
        int64_t from = item->start_frame;
        if (aired_until && aired_until[i] > from) {
            from = aired_until[i];
        }
        if (sounds(item) && plan_item_end(item) > now_frame && plan_item_end(item) > from &&
            !bsearch(&item, keys, n_keys, sizeof(const struct plan_item *), compare_keys)) {
            agenda->items[agenda->n_items++] =
                (struct agenda_item){item, from, agenda->n_handed_in++};
        }
    }
    qsort(agenda->items, agenda->n_items, sizeof *agenda->items, compare_items);
}

int agenda_add(struct agenda *agenda, const struct plan *plan, struct plan *owned,
               const int64_t *aired_until, int64_t now_frame, struct fault *reterr)
{
    AUTO_FREE const struct plan_item **keys = NULL;
    size_t n_keys = 0;
    if (agenda_keys(agenda, &keys, &n_keys) < 0 || agenda_make_room(agenda, plan) < 0) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the plan"));
    }
    agenda_add_items(agenda, plan, aired_until, now_frame, keys, n_keys);
    if (plan->n_levels) {
        memcpy(agenda->levels + agenda->n_levels, plan->levels,
               plan->n_levels * sizeof *agenda->levels);
        agenda->n_levels += plan->n_levels;
        qsort(agenda->levels, agenda->n_levels, sizeof *agenda->levels, compare_levels);
    }
    struct held_plan held = {plan, owned, INT64_MIN};
    for (size_t i = 0; i < plan->n_items; i++) {
        int64_t end = plan_item_end(&plan->items[i]);
        held.end_frame = end > held.end_frame ? end : held.end_frame;
    }
    agenda->plans[agenda->n_plans++] = held;
    return 0;
}

const struct agenda_item *agenda_next_item(const struct agenda *agenda)
{
    return agenda->next_item < agenda->n_items ? &agenda->items[agenda->next_item] : NULL;
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

void agenda_forget(struct agenda *agenda, int64_t frame)
{
    size_t kept = 0;
    for (size_t i = 0; i < agenda->n_plans; i++) {
        if (agenda->plans[i].end_frame >= frame) {
            agenda->plans[kept++] = agenda->plans[i];
        } else {
            plan_destroy(agenda->plans[i].owned);
        }
    }
    agenda->n_plans = kept;
}
