/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/fault.h"
#include "scheduler/planner_int.h"

/* What a simulated window hands on to the next, which would otherwise ask the database. */

int simulation_init(struct simulation *simulation, const struct station *station, struct db *db,
                    int64_t at_us, int64_t since_us, struct fault *reterr)
{
    simulation->since_us = since_us;
    simulation->arena = arena_create(PLAN_MAX_BYTES);
    simulation->standing_arena = arena_create(PLAN_MAX_BYTES);
    if (!simulation->arena || !simulation->standing_arena) {
        return plan_no_memory(reterr);
    }
    return standing_read(db, station, at_us, simulation->standing_arena, &simulation->standing,
                         reterr);
}

void simulation_finish(struct simulation *simulation)
{
    simulation->next_arena = arena_destroy(simulation->next_arena);
    simulation->standing_arena = arena_destroy(simulation->standing_arena);
    simulation->arena = arena_destroy(simulation->arena);
}

int simulation_note(struct simulation *simulation, const struct station *station,
                    const struct plan_item *item, int64_t from_frame, bool is_whole)
{
    size_t kind = station_find_kind(station, item->kind);
    int64_t start_frame = item->start_frame > from_frame ? item->start_frame : from_frame;
    struct planned_airing airing = {.segment_code = item->segment_code,
                                    .topic = item->topic ? station_find_topic(station, item->topic)
                                                         : SIZE_MAX,
                                    .counts = kind == SIZE_MAX ? COUNTS_NOTHING
                                                               : station->kinds[kind].counts,
                                    .lines = item->lines,
                                    .start_us = frames_to_us(start_frame),
                                    .end_us = frames_to_us(item->start_frame + item->n_frames),
                                    .complete = is_whole && *item->segment_code,
                                    .counts_airtime = item->state == PLAN_PLANNED};
    return quota_note(simulation->standing, &airing);
}

/* A copy also leaves behind what the window before has littered its arena with. */
int simulation_begin(struct simulation *simulation, struct planner *planner)
{
    arena_destroy(simulation->next_arena);
    simulation->next_arena = arena_create(PLAN_MAX_BYTES);
    int r = simulation->next_arena
                ? standing_copy(simulation->standing, simulation->next_arena, &simulation->next)
                : -ENOMEM;
    if (r == 0) {
        planner->standing = simulation->next;
    }
    return r;
}

/* -- events ------------------------------------------------------------------- */

/* Where an event is, or would be. */
static size_t event_place(const struct simulation *simulation, const char *uid)
{
    size_t low = 0;
    size_t high = simulation->n_events;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(simulation->events[middle].uid, uid) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct carried_event *simulation_find_event(const struct simulation *simulation,
                                                  const char *uid)
{
    size_t at = event_place(simulation, uid);
    return at < simulation->n_events && strcmp(simulation->events[at].uid, uid) == 0
               ? &simulation->events[at]
               : NULL;
}

static struct carried_event *event_of(struct simulation *simulation, const char *uid)
{
    size_t at = event_place(simulation, uid);
    if (at < simulation->n_events && strcmp(simulation->events[at].uid, uid) == 0) {
        return &simulation->events[at];
    }
    struct carried_event *events =
        arena_grow(simulation->arena, simulation->events, simulation->n_events,
                   &simulation->event_capacity, sizeof *events);
    const char *copy = arena_strdup(simulation->arena, uid);
    if (!events || !copy) {
        return NULL;
    }
    memmove(&events[at + 1], &events[at], (simulation->n_events - at) * sizeof *events);
    events[at] = (struct carried_event){.uid = copy};
    simulation->events = events;
    simulation->n_events++;
    return &events[at];
}

static bool pick_airs(const struct pick *pick)
{
    return pick->state == PLAN_PLANNED && pick->n_pieces > 0;
}

static int carry_codes(struct simulation *simulation, struct carried_event *event,
                       const struct job *job)
{
    event->n_codes = 0;
    for (size_t i = 0; i < job->n_picks; i++) {
        if (!pick_airs(&job->picks[i])) {
            continue;
        }
        event->codes = arena_grow(simulation->arena, (void *)event->codes, event->n_codes,
                                  &event->capacity, sizeof *event->codes);
        if (!event->codes) {
            return -ENOMEM;
        }
        const struct recording *recording = job->picks[i].recording;
        const char *name = recording->segment->code; /* of the segments, which stay */
        if (recording->source != ITEM_SOURCE_COPY) {
            name = arena_strdup(simulation->arena, recording->source_name);
        }
        if (!name) {
            return -ENOMEM;
        }
        event->codes[event->n_codes++] = name;
    }
    return 0;
}

/* -- items that run on ---------------------------------------------------------- */

static int carry_running(struct simulation *simulation, const char *uid, const struct job *job,
                         int64_t end_frame)
{
    for (size_t i = 0; i < job->n_picks; i++) {
        const struct pick *pick = &job->picks[i];
        for (size_t k = 0; pick_airs(pick) && k < pick->n_pieces; k++) {
            const struct piece *piece = &pick->pieces[k];
            if (piece->until_frame <= end_frame) {
                continue;
            }
            simulation->items =
                arena_grow(simulation->arena, simulation->items, simulation->n_items,
                           &simulation->item_capacity, sizeof *simulation->items);
            if (!simulation->items) {
                return -ENOMEM;
            }
            simulation->items[simulation->n_items++] =
                (struct carried_item){.uid = uid,
                                      .recurrence_us = job->slot->recurrence_us,
                                      .start_frame = piece->from_frame,
                                      .until_frame = piece->until_frame};
        }
    }
    return 0;
}

int64_t simulation_running(const struct simulation *simulation, const struct slot *slot,
                           int64_t frame)
{
    int64_t until_frame = INT64_MIN;
    for (size_t i = 0; i < simulation->n_items; i++) {
        const struct carried_item *item = &simulation->items[i];
        if (item->recurrence_us == slot->recurrence_us && strcmp(item->uid, slot->uid) == 0 &&
            item->start_frame < frame && item->until_frame > frame &&
            item->until_frame > until_frame) {
            until_frame = item->until_frame;
        }
    }
    return until_frame;
}

/* -- a window is settled --------------------------------------------------------- */

/* What still runs from the window before that this one does not end either. */
static void drop_ended(struct simulation *simulation, int64_t end_frame)
{
    size_t kept = 0;
    for (size_t i = 0; i < simulation->n_items; i++) {
        if (simulation->items[i].until_frame > end_frame) {
            simulation->items[kept++] = simulation->items[i];
        }
    }
    simulation->n_items = kept;
}

static int carry_jobs(struct simulation *simulation, const struct planner *planner)
{
    int64_t end_frame = frames_from_us(planner->to_us);
    int r = 0;
    drop_ended(simulation, end_frame);
    for (size_t i = 0; r == 0 && i < planner->n_jobs; i++) { /* by start: the latest stays */
        const struct job *job = &planner->jobs[i];
        bool airs = false;
        for (size_t k = 0; job->airs && job->in_window && k < job->n_picks; k++) {
            airs |= pick_airs(&job->picks[k]);
        }
        if (airs) {
            struct carried_event *event = event_of(simulation, job->slot->uid);
            r = event ? carry_codes(simulation, event, job) : -ENOMEM;
            r = r == 0 ? carry_running(simulation, event->uid, job, end_frame) : r;
        }
    }
    return r;
}

int simulation_take(struct simulation *simulation, const struct planner *planner)
{
    int r = simulation->see ? simulation->see(simulation->context, simulation, planner) : 0;
    r = r == 0 ? carry_jobs(simulation, planner) : r;
    if (r == 0) {
        arena_destroy(simulation->standing_arena);
        simulation->standing_arena = STEAL(simulation->next_arena);
        simulation->standing = simulation->next;
    }
    return r;
}
