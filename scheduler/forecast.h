/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_FORECAST_H
#define SCHEDULER_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "airtime/measure.h"
#include "base/attr.h"
#include "scheduler/planner.h"

struct arena;
struct quota_def;

/*
 * Will the quotas be reached? What has aired comes from the ledger, what is frozen from
 * the plan, and the time beyond it is expanded and goes through the planner itself, a
 * calendar week at a time, to the end of each quota's period. Nothing is written.
 *
 * The forecast holds for the calendars and the library as they are now: what is recorded
 * tomorrow is not in it. If they stay as they are it is what will air, to the frame.
 *
 * Each airing is in one of three sums:
 *     aired     by the ledger; what is on air, as far as the sound has got
 *     planned   by the frozen plan: the rest of what is on air, and what follows
 *     forecast  simulated, from where the frozen plan ends
 * docs/counting.md says what each counts: a first run that is planned is a repeat in what
 * is simulated, and a minute that two slots share counts once.
 *
 * Units   of the measure: frames of 48 kHz for time, else recordings. _us: instants.
 */

/* Why a quota is missed, and so what helps. */
enum forecast_cause {
    FORECAST_REACHED,    /* nothing is missing */
    FORECAST_OVER,       /* its period has ended */
    FORECAST_FROZEN,     /* what is left of its period is frozen already */
    FORECAST_NO_SLOT,    /* no slot leaves it to rotation to choose such a recording */
    FORECAST_FULL,       /* such slots are full to the end */
    FORECAST_RECORDINGS, /* there is room, but nothing (new) to fill it with */
};

struct forecast_line {
    size_t topic; /* index */
    const struct quota_def *quota;
    enum quota_measure measure;
    int64_t asked; /* more than 0 */
    int64_t aired;
    int64_t planned;
    int64_t forecast;
    int64_t shortfall; /* 0: reached */
    enum forecast_cause cause;
    /*
     * The first week in which something can still be done, as its Monday's midnight: it
     * has, beyond the frozen plan and within the period, a slot with room for one more.
     * INT64_MIN: there is none, and a slot must be added; or nothing is missing.
     *
     * Such a slot airs, leaves the choice to rotation (categories, or a clock's step by
     * kind), and its topics and kinds let a recording of the topic, or of one below it, in
     * that counts by the measure, at some time in the kind's hours at which no mode withholds
     * it. Room is time in which such a kind may be chosen, and that
     *   - is left over, to filler or to silence, if the slot takes one more; or
     *   - goes to what adds nothing: for features and items, to what has had its first
     *     run; always, to a recording whose own quotas of that time (and those above it,
     *     up to what it shares with this topic) were reached when the week began;
     * and is as long as the shortest approved recording that would count; where there is
     * none, of any topic; where there is none of that kind at all, as a minute.
     */
    int64_t first_week_us;
    /* Features and items: approved recordings that would have counted in the rest of the
     * period and get no first run. */
    int64_t waiting;
};

struct forecast {
    struct forecast_line *items; /* by topic and quota as in the station file, then by measure */
    size_t n;
    int64_t since_us; /* where the frozen plan ends and simulation begins */
};

struct forecast_question {
    int64_t from_us; /* quotas whose period meets [from_us, until_us) */
    int64_t until_us;
    int64_t now_us;
    /* Look back: now_us has passed, and everything that began later is simulated, whatever
     * the ledger and the frozen plan hold of it by now. */
    bool is_past;
    void (*progress)(void *context, double share); /* after each week; NULL: nobody asks */
    void *context;
};

/* Lines live in the arena, quotas are the station's. -E2BIG, -ENOMEM or the database's errno. */
MUST_CHECK int forecast_make(const struct planner_inputs *inputs,
                             const struct forecast_question *question, struct arena *arena,
                             struct forecast *ret_forecast, struct fault *reterr);

/* "over", "frozen", "no-slot", "full", "recordings"; NULL for FORECAST_REACHED */
const char *forecast_cause_name(enum forecast_cause cause);

#endif
