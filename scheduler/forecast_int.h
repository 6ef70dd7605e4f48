/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_FORECAST_INT_H
#define SCHEDULER_FORECAST_INT_H

#include "scheduler/forecast.h"
#include "scheduler/planner_int.h"

/*
 * Inside the forecast:
 *
 *     forecast_promised.c  what is frozen and still to come
 *     forecast_room.c      what a week's slots could still take
 *     forecast.c           week by week, and the sums
 */

/* A line at work. */
struct outlook {
    struct forecast_line line;
    size_t quota; /* of the topic's */
    int64_t needed_frames;
    bool is_asked; /* a slot beyond the frozen plan would take it */
};

struct outlooks {
    const struct station *station;
    struct outlook *items;
    size_t n;
};

/* Where slots come from: calendars, or a test. As calendars_expand(). */
struct slot_source {
    int (*expand)(void *context, int64_t from_us, int64_t to_us, struct arena *arena,
                  struct slots *ret_slots, struct fault *reterr);
    void *context;
};

/* The core of forecast_make(); inputs->calendars is not looked at. */
MUST_CHECK int forecast_from_slots(const struct planner_inputs *inputs,
                                   const struct slot_source *source,
                                   const struct forecast_question *question, struct arena *arena,
                                   struct forecast *ret_forecast, struct fault *reterr);

/* Of a standing, in the line's measure. */
int64_t outlook_total(const struct outlook *outlook, const struct standing *standing);
/* Would a recording of this kind add to it? */
bool measure_takes(enum quota_measure measure, enum counts_as counts);
/* Monday's midnight of the week that holds an instant. */
int64_t week_start_us(int64_t us);

/* -- forecast_promised.c ------------------------------------------------------ */

/* Keys of slots that are frozen. */
struct promised_slot {
    const char *uid;
    int64_t recurrence_us;
};

struct promised {
    int64_t until_us; /* where the frozen plan ends; now, if it does not reach so far */
    struct plan *plan;
    struct promised_slot *slots; /* in order of uid, recurrence */
    size_t n_slots;
};

/* What is frozen around now; nothing without a database. promised_finish() frees it. */
MUST_CHECK int promised_read(const struct planner_inputs *inputs,
                             const struct forecast_question *question, struct arena *arena,
                             struct promised *ret_promised, struct fault *reterr);
void promised_finish(struct promised *promised);
/* Count it, as far as the ledger does not know it. */
MUST_CHECK int promised_note(const struct promised *promised, const struct planner_inputs *inputs,
                             const struct forecast_question *question,
                             struct simulation *simulation, struct fault *reterr);
/* What is frozen for an earlier time airs then, even if the calendar has moved it since: take
 * it out of slots that start at or after until_us. */
void promised_take_out(const struct promised *promised, struct slots *slots);

/* -- forecast_room.c ----------------------------------------------------------- */

/* What the shortest recording takes that would count for each line. */
void room_measure(struct outlooks *outlooks, const struct recordings *recordings, int64_t since_us);
/* The `see` of the simulation; context is the outlooks. */
int room_see(void *context, const struct simulation *simulation, const struct planner *planner);
/* May a recording air in the rest of the line's period, and count for it? */
bool outlook_wants(const struct station *station, const struct outlook *outlook,
                   const struct recording *recording, int64_t since_us);

#endif
